package main

func init() {
	register(Fault{
		Name: "loss-to-one-peer", Numbers: []int{13}, Quick: true,
		Title: "Loss on the way to one of several peers",
		Story: `
A server streams to three peers. On the way to one of them 3 % of the packets are
lost.`,
		Stage: func(s *Scene) {
			server := s.Host("server")
			server.Start(Command{Name: "radio", Program: "stream", Args: []string{"8000", "3000000"}})
			s.Until("a listener", server.Has(1, "state listening sport = :8000"))
			for _, name := range []string{"north", "south", "west"} {
				peer := s.Host(name)
				if name == "west" {
					peer.Drop(In, "numgen random mod 1000 < 30")
				}
				peer.Start(Command{Name: "player", Program: "drink", Args: []string{server.Addr + ":8000"}})
				s.Set(name, peer.Addr)
			}
			s.Until("200 segments sent again", func() bool { return server.Counter("RetransSegs") >= 200 })
			s.Ask(server)
		},
		Cause: Expect{
			Full: `(loses segments|segments [^\n]*lost|loss)[^\n]*{west}|{west}[^\n]*(loses|loss|lost)`,
			Half: `one peer loses segments|loss|lost`,
			In:   []Answer{Check, Statistics},
		},
		Culprit: Expect{Full: `{west}`, In: []Answer{Overview, Check, Statistics}},
		Side:    Expect{Full: `\bside [^\n]*(the way|the path|network)`, Half: `the way|the path|network`, In: []Answer{Check}},
		Ends:    Expect{Full: `\bends [^\n]+`, Half: `never by itself|as long as`, In: []Answer{Check}},
		Advice:  Expect{Full: `\bdo [^\n]*(path|way|link|mtr|interface|route)`, Half: `(path|way|link) to`, In: []Answer{Check}},
		Never: append([]string{
			`no peer stands out`,
			`no loss of data`,
			`needless: delay`,
			`(loses segments|loss)[^\n]*({north}|{south})\b`,
		}, falseComfort...),
	})
}
