package main

func init() {
	register(Fault{
		Name: "zero-window-vanished", Numbers: []int{19},
		Title: "A peer with a closed window vanishes",
		Story: `
A server streams to three players. One of them does not read any more, and then its
machine vanishes: the probes of its window are not answered.`,
		Stage: func(s *Scene) {
			server, west := streamToThree(s)
			west.Down()
			s.Until("three probes without an answer",
				server.Reach(1, "state established sport = :8000 dst "+west.Addr, `timer:\(persist,[^,]*,(\d+)\)`, 3))
			s.Until("a window closed for 10 s", shut(server, 1, "state established sport = :8000"))
			s.Ask(server)
		},
		Cause: Expect{
			Full: `(probe|peer)[^\n]{0,80}((not|no longer)( even)? answer|unanswered|no answer|without (an )?answer|gone|vanished|nothing (is|was) heard|silent)`,
			Half: `probe|window`,
			In:   []Answer{Overview, Check, List},
		},
		Culprit: Expect{Full: `{west}.{0,400}radio/{pid}\b|radio/{pid}\b.{0,400}{west}`, Half: `{west}`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside:? [^\n]*(the peer, or the path|the path)`, Half: `the peer`},
		Ends:    Expect{Full: `\bends:? .{0,200}(tcp_retries2|gives up|quarter of an hour|\d+m)`, Half: `\bends:? |gives up`},
		Advice:  Expect{Full: `\b(do|do:) .{0,200}(check|reach|ping|alive|path|TCP_USER_TIMEOUT|time-?out)`, Half: `time-?out|TCP_USER_TIMEOUT`},
		Never: append([]string{
			`its program (is blocked|does not read)`,
			`a peer does not read`,
			`program at the other end`,
			`while the peer answers probes`,
			`({north}|{south})\b[^\n]{0,60}(gone|vanished|answer)`,
		}, falseComfort...),
	})
}
