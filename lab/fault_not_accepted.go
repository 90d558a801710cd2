package main

func init() {
	register(Fault{
		Name: "not-accepted", Numbers: []int{4}, Quick: true,
		Title: "Nobody accepts",
		Story: `
A server listens and hangs before it accepts. 129 connections fill its accept queue
of 128; more clients come and give up after 2 seconds.`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			orders := server.Start(Command{Name: "orders", Program: "never-accepts", Args: []string{"8080", "128"}})
			s.Until("a listener", server.Has(1, "state listening sport = :8080"))
			client.Start(Command{Name: "shop", Program: "keep", Args: []string{server.Addr + ":8080", "129"}})
			s.Until("a full queue", server.Has(129, "state established sport = :8080"))
			client.Start(Command{Name: "visitors", Program: "give-up", Args: []string{server.Addr + ":8080", "5", "2s"}})
			s.Until("5 s in the queue", server.Reach(129, "state established sport = :8080", `lastack:(\d+)`, 5100))
			s.Set("pid", orders.PID)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `(does not|not|never|nobody|stopped) (call )?accept`,
			Half: `accept queue`,
			In:   []Answer{Overview, Check, List},
		},
		Culprit: Expect{Full: `:8080\b.{0,200}orders/{pid}\b|orders/{pid}\b.{0,200}:8080\b`, Half: `:8080\b`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside:? [^\n]*this machine: (the|its) program`, Half: `its program|this (side|machine)`, In: []Answer{Overview}},
		Ends:    Expect{Full: `\bends:? [^\n]*accepts`, Half: `\bends:? `},
		Advice:  Expect{Full: `\b(do|do:) .{0,160}(stack dump|blocked|hangs?|restart|what it (does|waits))`, Half: `blocked|restart`},
		Never: append([]string{
			`too small`,
			`(its|the) program is (well|idle)`,
		}, falseComfort...),
	})
}
