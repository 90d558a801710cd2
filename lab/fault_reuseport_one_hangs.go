package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

func init() {
	programs["share-port"] = sharePort
	register(Fault{
		Name: "reuseport-one-hangs", Numbers: []int{24}, Quick: true,
		Title: "One of four workers hangs that share a port",
		Story: `
Four workers listen on port 8024 with SO_REUSEPORT. One of them hangs, and a quarter
of the connections waits for it; the three others work.`,
		Stage: func(s *Scene) { stageWorkers(s, "accept", "accept", "hang", "accept") },
		Cause: Expect{
			Full: `(does not|not|stopped) (call )?accept`,
			Half: `accept queue`,
			In:   []Answer{Overview, Check, List},
		},
		Culprit: Expect{
			Full: `(:8024\b.{0,300}(one|1) of (the )?(four|4)\b.{0,600}worker/{hang2}\b|worker/{hang2}\b.{0,600}(one|1) of (the )?(four|4)\b|:8024\b.{0,300}worker/{hang2}\b.{0,400}(one|1) of (the )?(four|4)\b)`,
			Half: `worker/{hang2}\b|:8024\b`,
			In:   []Answer{Overview, Check},
		},
		Side:   Expect{Full: `\bside:? [^\n]*this machine: (the|its) program`, Half: `its program|this (side|machine)`},
		Ends:   Expect{Full: `\bends:? [^\n]*(accepts|ends)`, Half: `\bends:? `},
		Advice: Expect{Full: `\b(do|do:) .{0,200}(stack dump|blocked|hangs?|restart)`, Half: `blocked|restart`},
		Never: append([]string{
			`too small`,
			`(not accept|hangs|blocked)[^\n]*worker/({accept0}|{accept1}|{accept3})\b`,
		}, falseComfort...),
	})
	register(Fault{
		Name: "reuseport-all-hang", Quick: true,
		Title: "All of four workers hang that share a port",
		Story: `
Four workers listen on port 8024 with SO_REUSEPORT, and all of them hang. Their queues
have room for thousands more.`,
		Stage: func(s *Scene) { stageWorkers(s, "hang", "hang", "hang", "hang") },
		Cause: Expect{
			Full: `(does not|do not|not|stopped) (call )?accept`,
			Half: `accept queue`,
			In:   []Answer{Overview, Check, List},
		},
		Culprit: Expect{
			Full: `worker/({hang0}|{hang1}|{hang2}|{hang3})\b.{0,400}(all|none) (of )?(the )?(four|4)|(all|none) (of )?(the )?(four|4)|(worker/\d+.*){4}`,
			Half: `worker/|:8024\b`,
			In:   []Answer{Overview, Check},
		},
		Side:   Expect{Full: `\bside:? [^\n]*this machine: (the|its) program`, Half: `its program|this (side|machine)`},
		Ends:   Expect{Full: `\bends:? [^\n]*(accepts?|ends)`, Half: `\bends:? `},
		Advice: Expect{Full: `\b(do|do:) .{0,200}(stack dump|blocked|hangs?|restart)`, Half: `blocked|restart`},
		Never: append([]string{
			`one of (the )?(4|four) listeners`,
			`the others (work|cannot help)`,
			`too small`,
		}, falseComfort...),
	})
}

// stageWorkers starts workers that share port 8024 and do as they are told, and waits
// until those of 120 connections that hang have waited for 5 s.
func stageWorkers(s *Scene, ways ...string) {
	server, client := s.Host("server"), s.Host("client")
	for i, way := range ways {
		worker := server.Start(Command{Name: "worker", Program: "share-port", Args: []string{"8024", way}})
		s.Set(fmt.Sprint(way, i), worker.PID)
	}
	s.Until("a listener for each", server.Has(len(ways), "state listening sport = :8024"))
	client.Start(Command{Name: "shop", Program: "keep", Args: []string{server.Addr + ":8024", "120"}})
	s.Until("connections that wait", server.Reach(120, "state established sport = :8024", `lastack:(\d+)`, 5100))
	s.Ask(server)
}

// sharePort PORT accept|hang listens with SO_REUSEPORT, and keeps what it accepts, or
// hangs before it accepts.
func sharePort(args []string) error {
	config := net.ListenConfig{KeepAlive: -1, Control: reusePort}
	listener, err := config.Listen(context.Background(), "tcp4", ":"+args[0])
	if err != nil {
		return err
	}
	if args[1] == "hang" {
		return rest()
	}
	return acceptAll(listener, func(net.Conn) {})
}

func reusePort(_, _ string, raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	})
	return errors.Join(err, failed)
}
