package main

func init() {
	register(Fault{
		Name: "peer-stops-reading", Numbers: []int{9},
		Title: "A peer stops reading",
		Story: `
A server streams to three players. One of them does not read any more: its window is
closed, and it answers the probes.`,
		Stage: func(s *Scene) {
			server, _ := streamToThree(s)
			s.Until("a window closed for 10 s", shut(server, 1, "state established sport = :8000"))
			s.Ask(server)
		},
		Cause: Expect{
			Full: `(program|peer) .{0,40}(does not|not|stopped) read`,
			Half: `window`,
			In:   []Answer{Overview, Check, List},
		},
		Culprit: Expect{Full: `{west}.{0,400}radio/{pid}\b|radio/{pid}\b.{0,400}{west}`, Half: `{west}`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside:? [^\n]*the peer\b`, Half: `the peer`},
		Ends:    Expect{Full: `\bends:? [^\n]*(never by itself|reads|as long as|while)`, Half: `\bends:? `},
		Advice:  Expect{Full: `\b(do|do:) .{0,200}(other end|the peer|{west}|time-?out)`, Half: `other end|time-?out`},
		Never: append([]string{
			`({north}|{south})\b[^\n]{0,60}(does not read|window)`,
			`does not read[^\n]{0,60}({north}|{south})\b`,
			`(peer|path|way)[^\n]{0,30} (is|has) gone`,
			`loses segments`,
			`probes? (is|are|was|were|go) (un|not )answered`,
		}, falseComfort...),
	})
}

// streamToThree starts a server, radio, and three players, one of which, west, does
// not read. It waits until the window of that is closed.
func streamToThree(s *Scene) (server, west *Host) {
	server = s.Host("server")
	radio := server.Start(Command{Name: "radio", Program: "stream", Args: []string{"8000", "1000000"}})
	s.Until("a listener", server.Has(1, "state listening sport = :8000"))
	for _, name := range []string{"north", "south", "west"} {
		peer := s.Host(name)
		s.Set(name, peer.Addr)
		if name == "west" {
			west = peer
			peer.Start(Command{Name: "player", Program: "keep", Args: []string{server.Addr + ":8000", "1"}})
			continue
		}
		peer.Start(Command{Name: "player", Program: "drink", Args: []string{server.Addr + ":8000"}})
	}
	s.Set("pid", radio.PID)
	s.Until("a closed window",
		server.Reach(1, "state established sport = :8000 dst "+west.Addr, `timer:\(persist.*backoff:(\d+)`, 1))
	return server, west
}

// shut is the condition that the windows of at least n peers have been closed for 10 s
// and more: nothing can be sent. A reader that is only slow opens its own sooner.
func shut(h *Host, n int, filter string) func() bool {
	return h.Reach(n, filter, `timer:\(persist.*lastsnd:(\d+)`, 10_500)
}
