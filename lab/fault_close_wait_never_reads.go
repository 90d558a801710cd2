package main

func init() {
	register(Fault{
		Name: "close-wait-never-reads", Numbers: []int{1}, Quick: true,
		Title: "A server that neither reads nor closes",
		Story: `
A server accepts connections and forgets them. Clients send a request and close, 20 a
second. The server may have 1024 files open, of which about 300 are in use.`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			orders := server.Start(Command{Name: "orders", Program: "never-reads", Args: []string{"8080"}, Files: 1024})
			s.Until("a listener", server.Has(1, "state listening sport = :8080"))
			client.Start(Command{Name: "shop", Program: "visit", Args: []string{server.Addr + ":8080", "280", "20"}})
			s.Until("300 sockets in CLOSE_WAIT", server.Has(300, "state close-wait sport = :8080"))
			s.Set("pid", orders.PID)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `(not closed|leak)[^\n]*\n.*(not read|never read|neither read|unread)`,
			Half: `not closed|leak`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{Full: `orders/{pid}`, Half: `orders`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `this machine: (the|its) program`, Half: `its program|this (side|machine)`},
		Ends: Expect{
			Full: `1024 open files are reached in \d+`,
			Half: `never by itself|1024 open files`,
		},
		Advice: Expect{Full: `(find|fix|make)[^\n]* (clos|read)`, Half: `restart|clos(e|ing)`},
		Never:  append([]string{`forgets to close`}, falseComfort...),
	})
}

// falseComfort is what no answer to a fault may say: that all is well, or nonsense.
var falseComfort = []string{
	`rules find nothing`, `Nothing found by \d+ rules`,
	`TCP OK`,
	`nothing here needs attention`,
	`\{[a-z_]+\}`, // a word that was to be filled in
}
