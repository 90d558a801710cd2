package render

import (
	"testing"

	"tcpstat/explain"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

func TestSay(t *testing.T) {
	for want, got := range map[string]string{
		"3 TCP sockets": typeset.Say(wordsSockets, tcp.English, "n", "3"),
		"1 TCP socket":  typeset.Say(wordsOneSocket, tcp.English),
		"TCP 소켓 20개 중 5개 표시(proc에서 읽음)":                    typeset.Say(wordsSockets, tcp.Korean, "n", "20") + typeset.Say(wordsShown, tcp.Korean, "shown", "5") + typeset.Say(wordsSource, tcp.Korean, "source", "proc"),
		"TCP 소켓 20개(네트워크 네임스페이스 3개) 중 5개 표시":               typeset.Say(wordsSockets, tcp.Korean, "n", "20") + typeset.Say(wordsNamespaces, tcp.Korean, "n", "3") + typeset.Say(wordsShown, tcp.Korean, "shown", "5"),
		"{time}의 TCP 소켓, 12:00":                            typeset.Say(wordsOverviewOf, tcp.Korean, "time", "12:00", "host", "{time}"),
		"owned by {owners}/1, x/2":                         typeset.Say(wordsOwnedBy, tcp.English, "owners", "{owners}/1, x/2"),
		"TCP sockets of {time} at 12:00":                   typeset.Say(wordsOverviewOf, tcp.English, "time", "12:00", "host", "{time}"),
		"No room for Cookie in 80 columns; --json has it.": typeset.Say(wordsNoRoom, tcp.English, "columns", "Cookie", "width", "80"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The few words of a state stand in the last column of the overview.
func TestStatesFitOverview(t *testing.T) {
	for _, s := range tcp.States {
		for _, lang := range languages {
			if short := explain.State(s).Short.In(lang); typeset.Width(short) > overviewRoom {
				t.Errorf("%v: too wide for the overview: %q", s, short)
			}
		}
	}
}
