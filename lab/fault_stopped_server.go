package main

import "golang.org/x/sys/unix"

func init() {
	register(Fault{
		Name: "stopped-server", Quick: true, Least: 10, Needs: []string{"redis-server"},
		Title: "A stopped server",
		Story: `
redis-server is stopped by SIGSTOP (a debugger, a freezer, Ctrl-Z). Requests of twenty
connections lie unread, and fifteen new connections wait in the accept queue.`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			redis := server.Start(redisServer("--timeout", "0"))
			s.Until("a listener", server.Has(1, "state listening sport = :6379"))
			client.Start(Command{Name: "shop", Program: "pool", Args: []string{server.Addr + ":6379", "20", "50ms", "PING\r\n"}})
			s.Until("20 clients", server.Has(20, "state established sport = :6379"))
			s.Must(redis.Signal(unix.SIGSTOP))
			client.Start(Command{Name: "till", Program: "pool", Args: []string{server.Addr + ":6379", "15", "50ms", "PING\r\n"}})
			s.Until("5 s without an answer", server.Reach(35, "state established sport = :6379", `lastack:(\d+)`, 5100))
			s.Set("pid", redis.PID)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `\bstopped\b|SIGSTOP|SIGCONT`,
			Half: `(does not|not|never) (call )?(accept|read)`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{Full: `redis-server/{pid}\b`, Half: `:6379\b|redis`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside:? [^\n]*this machine: (the|its) program`, Half: `its program|this (side|machine)`},
		Ends:    Expect{Full: `\bends:? .{0,200}(SIGCONT|continue|resume)`, Half: `\bends:? `},
		Advice:  Expect{Full: `SIGCONT|\b(do|do:) .{0,200}(continue|resume|who stopped|debugger)`, Half: `blocked|stack dump|restart`},
		Never:   append([]string{`has ended`, `too small`, `raise [^\n]{0,40}backlog`}, falseComfort...),
	})
}
