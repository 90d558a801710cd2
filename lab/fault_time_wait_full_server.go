package main

import (
	"strconv"
	"time"
)

func init() {
	programs["fetch"] = fetchAll
	register(Fault{
		Name: "time-wait-full-server", Numbers: []int{17}, Quick: true, Needs: []string{"nginx-light"},
		Title: "TIME_WAIT table full on a server that closes first",
		Story: `
nginx has keep-alive switched off and closes each connection after its answer, so that
TIME_WAIT is here and not with the clients. tcp_max_tw_buckets is 300: what is beyond
ends without TIME_WAIT.`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			server.Sysctl("net/ipv4/tcp_max_tw_buckets", "300")
			master := server.Start(nginx(s, "", "listen 80; keepalive_timeout 0;"))
			server.listens(80)
			client.Start(Command{Name: "browser", Program: "fetch", Args: []string{server.Addr + ":80", "200"}})
			s.Until("100 overflows", func() bool { return server.Counter("TCPTimeWaitOverflow") >= 100 })
			s.Set("worker", server.Children(master)[0])
			s.Set("pid", master.PID)
			s.Ask(server)
		},
		Cause: Expect{
			Full: within(tableFull, `(side|machine|server|program|nginx|we)[^\n]* close[sd]?( its| the| their)?( connections?)? first|closed first`),
			Half: within(tableFull, ``),
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{
			Full: within(tableFull, `nginx/({pid}|{worker})`) + inSameFinding + `(:80|port 80)\b`,
			Half: within(tableFull, `:80\b|port 80\b|nginx/`),
			In:   []Answer{Overview, Check},
		},
		Side:   Expect{Full: `\bside [^\n]*this machine`, Half: `this machine`},
		Ends:   Expect{Full: `\bends [^\n]*60 ?s`, Half: `\bends `},
		Advice: Expect{Full: `\bdo [^\n]*(let the (client|peer|side that opened)[^\n]*close|keep-?alive)`, Half: `tcp_max_tw_buckets`},
		Never:  append([]string{`\bdo [^\n]*(connection pool|\ba pool\b)`, `lower[^\n]*tcp_max_tw_buckets`, `tcp_tw_reuse`}, falseComfort...),
	})
}

// tableFull is what the title must say.
const tableFull = `TIME_WAIT table (is )?full`

// fetchAll ADDRESS RATE makes requests of HTTP/1.0, RATE a second, and reads each
// answer to its end before it closes.
func fetchAll(args []string) error {
	rate, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	for range time.Tick(time.Second / time.Duration(rate)) {
		fetch(args[0])
	}
	return nil
}
