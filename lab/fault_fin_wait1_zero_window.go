package main

import (
	"net"
	"time"
)

func init() {
	programs["export"] = export
	register(Fault{
		Name: "fin-wait1-zero-window", Numbers: []int{19},
		Title: "Closed against a closed window",
		Story: `
Twelve clients ask for an export and do not read it. The server gives up after a
second and closes: the kernel keeps the data and the FIN that the clients' closed
windows do not let out, in FIN_WAIT1.`,
		Stage: func(s *Scene) {
			server, west := s.Host("server"), s.Host("west")
			server.Start(Command{Name: "export", Program: "export", Args: []string{"8000"}})
			s.Until("a listener", server.Has(1, "state listening sport = :8000"))
			west.Start(Command{Name: "report", Program: "keep", Args: []string{server.Addr + ":8000", "12"}})
			s.Until("12 sockets in FIN_WAIT1, windows closed for 10 s", shut(server, 12, "state fin-wait-1 sport = :8000"))
			s.Set("west", west.Addr)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `(does not|not|stopped) read|window[^\n]{0,40}(closed|shut)|(closed|shut)[^\n]{0,20}window|zero[- ]window`,
			Half: `FIN_WAIT1`,
			In:   []Answer{Overview, Check, List},
		},
		Culprit: Expect{Full: `{west}`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside:? [^\n]*the peer\b`, Half: `the peer`},
		Ends:    Expect{Full: `\bends:? .{0,200}(\d+m|minutes?|gives up|tcp_orphan_retries|reads)`, Half: `\bends:? |gives up`},
		Advice:  Expect{Full: `\b(do|do:) .{0,200}(other end|the peer|{west}|tcp_orphan_retries)`, Half: `other end|time-?out`},
		Never: append([]string{
			`(peer|path|way|they)[^\n]{0,30} (is|has|have|are) gone`,
			`firewall`,
			`closes without an answer`,
			`loses segments`,
			`\bside:? the path`,
			`export/\d+[^\n]*not read`,
		}, falseComfort...),
	})
}

// export PORT sends to each client for a second, and closes.
func export(args []string) error {
	return serve(args[0], func(conn net.Conn) {
		go func() {
			defer conn.Close()
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second)) // of a socket, it takes one
			for piece := make([]byte, 64<<10); ; {
				if _, err := conn.Write(piece); err != nil {
					return
				}
			}
		}()
	})
}
