package render

import (
	"regexp"
	"slices"
	"testing"

	"tcpstat/tcp"
)

func TestSay(t *testing.T) {
	for want, got := range map[string]string{
		"3 TCP sockets":                                    say(wordsSockets, tcp.English, "n", "3"),
		"1 TCP socket":                                     say(wordsOneSocket, tcp.English),
		"owned by {owners}/1, x/2":                         say(wordsOwnedBy, tcp.English, "owners", "{owners}/1, x/2"),
		"TCP sockets of {time} at 12:00":                   say(wordsOverviewOf, tcp.English, "time", "12:00", "host", "{time}"),
		"No room for Cookie in 80 columns; --json has it.": say(wordsNoRoom, tcp.English, "columns", "Cookie", "width", "80"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A text has the same placeholders in every language that it has.
func TestWordsAgree(t *testing.T) {
	placeholder := regexp.MustCompile(`\{[a-z]+\}`)
	for _, text := range []tcp.Text{
		wordsOneSocket, wordsSockets, wordsShown, wordsSource, wordsReservation, wordsNoRoom, wordsNotKnown,
		wordsOwnedBy, wordsBoth, wordsAlarms, wordsNotices, wordsNoSockets, wordsNoneShown, wordsCalmProc,
		wordsCalmList, wordsCalm, wordsOverviewOf, wordsOverview,
	} {
		english := placeholder.FindAllString(text[tcp.English], -1)
		slices.Sort(english)
		for lang, other := range text {
			found := placeholder.FindAllString(other, -1)
			slices.Sort(found)
			if other == "" || !slices.Equal(found, english) {
				t.Errorf("language %d: %q does not go with %q", lang, other, text[tcp.English])
			}
		}
	}
}
