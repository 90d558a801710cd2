package main

import (
	"errors"
	"io"
	"net"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"
)

func init() {
	programs["leave-to-child"] = leaveToChild
	programs["answered"] = answered
	register(inheritedBy("exec", Fault{
		Name:  "inherited-by-exec",
		Title: "A child of another program holds the sockets",
		Story: `
A server accepts connections without close-on-exec and starts another program,
sleep. It reads each stream to its end and closes; the child knows nothing of its
descriptors and keeps them open.`,
		Culprit: Expect{Full: `orders/{pid}.*sleep/{child}|sleep/{child}.*orders/{pid}`, Half: `orders/{pid}|sleep/{child}`, In: []Answer{Overview, Check}},
		Advice:  Expect{Full: `close-on-exec|CLOEXEC`, Half: `after fork`, In: []Answer{Overview, Check}},
	}))
	register(inheritedBy("fork", Fault{
		Name:  "inherited-by-fork",
		Title: "A forked child holds the sockets",
		Story: `
A server accepts connections and forks a child, which runs the same program, does
other work and closes nothing. The server reads each stream to its end and closes,
and goes on to accept: the child keeps the old ones open.`,
		Culprit: Expect{Full: `orders/{pid}\b.*orders/{child}\b|orders/{child}\b.*orders/{pid}\b`, Half: `orders/({pid}|{child})\b`, In: []Answer{Overview, Check}},
		Advice:  Expect{Full: `close (them|it|the sockets|the descriptors|what) .{0,40}\b(child|after fork)|after fork`, Half: `close-on-exec|inherit`, In: []Answer{Overview, Check}},
	}))
}

// inheritedBy completes a fault of a server that closes, while its child does not.
func inheritedBy(way string, f Fault) Fault {
	f.Numbers, f.Quick = []int{3}, true
	f.Stage = func(s *Scene) {
		server, client := s.Host("server"), s.Host("client")
		orders := server.Start(Command{
			Name: "orders", Program: "leave-to-child", Files: 1024,
			Args: []string{"8080", "120", way},
		})
		s.Until("a listener", server.Has(1, "state listening sport = :8080"))
		client.Start(Command{Name: "shop", Program: "answered", Args: []string{server.Addr + ":8080", "120"}})
		s.Until("120 sockets in CLOSE_WAIT", server.Has(120, "state close-wait sport = :8080"))
		client.Start(Command{Name: "till", Program: "keep", Args: []string{server.Addr + ":8080", "5"}})
		s.Until("5 new connections", server.Has(5, "state established sport = :8080"))
		s.Until("CLOSE_WAIT for 2 s", server.Reach(120, "state close-wait sport = :8080", `lastack:(\d+)`, 2000))
		s.Set("pid", orders.PID)
		s.Set("child", server.Children(orders)[0])
		s.Ask(server)
	}
	f.Cause = Expect{
		Full: `inherit|holds? .{0,60}descriptors .{0,60}(parent|fork|exec)`,
		Half: `not closed|leak|child`,
		In:   []Answer{Overview, Check}, // a row tells of its socket, not of two processes
	}
	f.Side = Expect{Full: `\bside:? [^\n]*this machine: (the|its) program`, Half: `its program|this (side|machine)`}
	f.Ends = Expect{
		Full: `\bends:? [^\n]*(child|sleep|orders)[^\n]*(ends|exits|closes)|\bends:? [^\n]*when (the )?(child|sleep|orders)`,
		Half: `never by itself|end of the process`,
	}
	f.Never = append([]string{
		`sockets not closed: (sleep|orders)/{child}\b[^\n]*\n(.{0,300})(does not|never) call`,
		`(sleep|orders)/{child}\b[^\n]* read the end`,
		`(does not|never) reads?\b`,
	}, falseComfort...)
	return f
}

// leaveToChild PORT N exec|fork starts a child once N connections are there, which
// inherits them, then answers each connection, reads it to its end and closes it.
func leaveToChild(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	listener, err := listen(args[0])
	if err != nil {
		return err
	}
	var early []net.Conn
	for len(early) < n {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		if err := inheritable(conn.(*net.TCPConn)); err != nil {
			return err
		}
		early = append(early, conn)
	}
	if err := startChild(args[2]); err != nil {
		return err
	}
	for _, conn := range early {
		go answerAndClose(conn)
	}
	return acceptAll(listener, func(conn net.Conn) { go answerAndClose(conn) })
}

// inheritable takes back the close-on-exec that Go sets.
func inheritable(conn *net.TCPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { _, failed = unix.FcntlInt(fd, unix.F_SETFD, 0) })
	return errors.Join(err, failed)
}

func startChild(way string) error {
	if way == "exec" {
		return exec.Command("sleep", "infinity").Start()
	}
	return fork()
}

// fork makes a child that is a copy of this process and waits for ever. Of Go's
// runtime it has one thread only: it may do nothing but raw system calls.
//
//go:norace
func fork() error {
	pid, _, errno := unix.RawSyscall(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0)
	if errno != 0 {
		return errno
	}
	for pid == 0 {
		_, _, _ = unix.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
	return nil
}

func answerAndClose(conn net.Conn) {
	defer conn.Close()
	if _, err := io.WriteString(conn, "done\n"); err == nil {
		_, _ = io.Copy(io.Discard, conn) // a client that leaves is no fault of the server
	}
}

// answered ADDRESS N opens N connections and closes each when it is answered.
func answered(args []string) error {
	return each(args[0], args[1], func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 16)) // whatever comes
		conn.Close()
	})
}
