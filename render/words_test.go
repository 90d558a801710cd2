package render

import (
	"testing"

	"tcpstat/tcp"
)

func TestSay(t *testing.T) {
	for want, got := range map[string]string{
		"3 TCP sockets": say(wordsSockets, tcp.English, "n", "3"),
		"1 TCP socket":  say(wordsOneSocket, tcp.English),
		"TCP 소켓 20개 중 5개 표시(proc에서 읽음)":                    say(wordsSockets, tcp.Korean, "n", "20") + say(wordsShown, tcp.Korean, "shown", "5") + say(wordsSource, tcp.Korean, "source", "proc"),
		"TCP 소켓 20개(네트워크 네임스페이스 3개) 중 5개 표시":               say(wordsSockets, tcp.Korean, "n", "20") + say(wordsNamespaces, tcp.Korean, "n", "3") + say(wordsShown, tcp.Korean, "shown", "5"),
		"{time}의 TCP 소켓, 12:00":                            say(wordsOverviewOf, tcp.Korean, "time", "12:00", "host", "{time}"),
		"owned by {owners}/1, x/2":                         say(wordsOwnedBy, tcp.English, "owners", "{owners}/1, x/2"),
		"TCP sockets of {time} at 12:00":                   say(wordsOverviewOf, tcp.English, "time", "12:00", "host", "{time}"),
		"No room for Cookie in 80 columns; --json has it.": say(wordsNoRoom, tcp.English, "columns", "Cookie", "width", "80"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
