package main

func init() {
	register(Fault{
		Name: "loss-to-all-peers", Numbers: []int{13}, Quick: true,
		Title: "Loss on the way to all peers",
		Story: `
A server streams to three peers. 3 % of the packets to each of them are lost, as they
would be by a bad cable of the server.`,
		Stage: func(s *Scene) {
			server := s.Host("server")
			server.Start(Command{Name: "radio", Program: "stream", Args: []string{"8000", "3000000"}})
			s.Until("a listener", server.Has(1, "state listening sport = :8000"))
			for _, name := range []string{"north", "south", "west"} {
				peer := s.Host(name)
				peer.Drop(In, "numgen random mod 1000 < 30")
				peer.Start(Command{Name: "player", Program: "drink", Args: []string{server.Addr + ":8000"}})
				s.Set(name, peer.Addr)
			}
			s.Until("400 segments sent again", func() bool { return server.Counter("RetransSegs") >= 400 })
			s.Ask(server)
		},
		Cause: Expect{
			Full: `(loss|lose|lost|sent again)[^.]*(all|every|each|several|(3|three)( of (3|three))?) (the )?peers|(all|every|each|several|(3|three)( of (3|three))?) (the )?peers?[^\n]*(loss|lose|lost)|no (single )?peer stands out|no peer alone`,
			Half: `segments sent again|loses segments`,
			In:   []Answer{Check, Statistics},
		},
		Culprit: Expect{
			Full: `({north}\b.*{south}\b.*{west}\b|(all|every|each|several|(3|three)( of (3|three))?) (the )?peers?|no (single )?peer stands out)`,
			In:   []Answer{Check, Statistics},
		},
		Side: Expect{Full: `\bside [^\n]*(path|way|this machine|network)`, In: []Answer{Check}},
		Ends: Expect{Full: `\bends [^\n]+`, In: []Answer{Check}},
		Advice: Expect{
			Full: `\bdo [^\n]*(this machine|this end|this side|here|own|local|shared?|common|near)[^\n]*(link|interface|cable|switch|port|path|way)|\bdo [^\n]*(link|interface|cable|switch|port|path|way)[^\n]*(this machine|this end|this side|own|local|share|common)`,
			Half: `\bdo [^\n]*(path|link|interface)`,
			In:   []Answer{Check},
		},
		Never: append([]string{
			`one peer loses`,
			`it is alone`,
			`no loss of data`,
			`look at it and the way there`,
			`not at this machine`,
		}, falseComfort...),
	})
}
