package main

func init() {
	register(Fault{
		Name: "peer-vanished-in-flight", Numbers: []int{11}, Quick: true,
		Title: "A peer that vanished with data in flight",
		Story: `
A server streams to two peers. One of them loses its power: what is sent to it is sent
again and again.`,
		Stage: func(s *Scene) {
			server, lives, gone := s.Host("server"), s.Host("lives"), s.Host("gone")
			radio := server.Start(Command{Name: "radio", Program: "stream", Args: []string{"8000", "1000000"}})
			s.Until("a listener", server.Has(1, "state listening sport = :8000"))
			for _, peer := range []*Host{lives, gone} {
				peer.Start(Command{Name: "player", Program: "drink", Args: []string{server.Addr + ":8000"}})
				s.Set(peer.Name, peer.Addr)
			}
			s.Until("both to be served", server.Has(2, "state established sport = :8000"))
			gone.Down()
			s.Until("3 timeouts", func() bool { return server.Counter("TCPTimeouts") >= 3 })
			s.Set("pid", radio.PID)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `(does not get through|nothing acknowledges|(no|without an) ack|not acknowledged|sent again and again|retransmission [3-9] of)`,
			In:   []Answer{Overview, Check, List},
		},
		Culprit: Expect{
			Full: `(WARNING|CRITICAL)[^\n]*({gone}\b[^\n]*radio/{pid}|radio/{pid}[^\n]*{gone}\b)`,
			Half: `(WARNING|CRITICAL)[^\n]*{gone}\b`,
			In:   []Answer{Overview, Check},
		},
		Side: Expect{Full: `\bside [^\n]*(peer|path|way)`, In: []Answer{Overview, Check}},
		Ends: Expect{
			Full: `\bends [^\n]*(1[3-9]m|quarter of an hour|tcp_retries2)`,
			Half: `gives up in`,
			In:   []Answer{Overview, Check},
		},
		Advice: Expect{
			Full: `\bdo [^\n]*(peer|path|TCP_USER_TIMEOUT|time-?outs?)`, Half: `TCP_USER_TIMEOUT`,
			In: []Answer{Overview, Check},
		},
		Never: append([]string{
			`(WARNING|CRITICAL)[^\n]*{lives}\b`,
			`loses segments`,
			`(does not|is not) read`,
			`MTU`,
		}, falseComfort...),
	})
}
