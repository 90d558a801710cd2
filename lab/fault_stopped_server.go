package main

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

func init() {
	register(Fault{
		Name: "stopped-server", Quick: true, Needs: []string{"redis-server"},
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
	register(Fault{
		Name: "stopped-worker", Quick: true, Needs: []string{"nginx-light"},
		Title: "A stopped worker",
		Story: `
The only worker of nginx is stopped by SIGSTOP. Fifteen connections wait in the accept
queue, which the master holds too.`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			master := server.Start(nginx(s, "", "listen 80;"))
			s.Until("a worker", func() bool { return len(server.Children(master)) == 1 })
			worker := server.Children(master)[0]
			s.Until("a worker that waits for events", func() bool {
				return strings.Contains(server.Run("cat", fmt.Sprintf("/proc/%d/wchan", worker)), "poll")
			})
			server.Run("kill", "-STOP", fmt.Sprint(worker))
			client.Start(Command{Name: "shop", Program: "keep", Args: []string{server.Addr + ":80", "15"}})
			s.Until("5 s in the queue", server.Reach(15, "state established sport = :80", `lastack:(\d+)`, 5100))
			s.Set("master", master.PID)
			s.Set("worker", worker)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `\bstopped\b|SIGSTOP|SIGCONT`,
			Half: `(does not|not|never) (call )?accept`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{Full: `nginx/{worker}\b`, Half: `:80\b|nginx`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside:? [^\n]*this machine: (the|its) program`, Half: `its program|this (side|machine)`},
		Ends:    Expect{Full: `\bends:? .{0,200}(SIGCONT|continue|resume)`, Half: `\bends:? `},
		Advice:  Expect{Full: `(kill )?-CONT {worker}\b|SIGCONT|\b(do|do:) .{0,200}(continue|resume)`, Half: `blocked|stack dump|restart`},
		Never:   append([]string{`(WARNING|CRITICAL)[^\n]*nginx/{master}\b`, `-CONT {master}\b`, `too small`}, falseComfort...),
	})
}
