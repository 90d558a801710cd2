package main

// leakInCloseWait stages a server whose program leaves 300 sockets in CLOSE_WAIT, 20 more a
// second, of 1024 files that it may open.
func leakInCloseWait(program string) func(*Scene) {
	return func(s *Scene) {
		server, client := s.Host("server"), s.Host("client")
		orders := server.Start(Command{Name: "orders", Program: program, Args: []string{"8080"}, Files: 1024})
		s.Until("a listener", server.Has(1, "state listening sport = :8080"))
		client.Start(Command{Name: "shop", Program: "visit", Args: []string{server.Addr + ":8080", "280", "20"}})
		s.Until("300 sockets in CLOSE_WAIT", server.Has(300, "state close-wait sport = :8080"))
		s.Set("pid", orders.PID)
		s.Ask(server)
	}
}

// What is said of both leaks.
var (
	leakCulprit = Expect{Full: `orders/{pid}`, Half: `orders`, In: []Answer{Overview, Check}}
	leakSide    = Expect{Full: `this machine: (the|its) program`, Half: `its program|this (side|machine)`}
	leakEnds    = Expect{Full: `1024 open files are reached in \d+`, Half: `never by itself|1024 open files`}
)
