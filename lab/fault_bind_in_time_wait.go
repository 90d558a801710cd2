package main

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func init() {
	programs["old-server"] = oldServer
	const asked = "tcpstat check listener=8443"
	register(Fault{
		Name: "bind-in-time-wait", Numbers: []int{16}, Quick: true,
		Title: "bind: address already in use, after a restart",
		Story: `
A server that does not know SO_REUSEADDR closes its connections first, and is started
again. Its port is in TIME_WAIT for a minute: bind() fails with "Address already in
use".`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			legacy := Command{Name: "legacy", Program: "old-server", Args: []string{"8443"}}
			first := server.Start(legacy)
			server.listens(8443)
			client.Start(Command{Name: "browser", Program: "fetch", Args: []string{server.Addr + ":8443", "50"}})
			s.Until("30 in TIME_WAIT", server.Has(30, "state time-wait sport = :8443"))
			first.Kill()
			again := server.Start(legacy)
			s.Until("EADDRINUSE", func() bool { return strings.Contains(again.Output(), unix.EADDRINUSE.Error()) })
			again.Kill()
			s.Also(asked)
			s.Ask(server)
		},
		Cause: Expect{
			Full: within(`8443`, `\bwhy:? [^\n]*TIME_WAIT[^\n]*(EADDRINUSE|bind)`),
			Half: within(`8443`, `TIME_WAIT`),
			In:   []Answer{asked},
		},
		Culprit: Expect{Full: within(`:8443`, `TIME_WAIT[^\n]*\d\d|\d\d[^\n]*TIME_WAIT`), Half: within(`:8443`, ``), In: []Answer{asked}},
		Side:    Expect{Full: `\bside:? [^\n]*this machine`, In: []Answer{asked}},
		Ends:    Expect{Full: `\bends:? [^\n]*TIME_WAIT[^\n]*\d+s`, Half: `\bends:? [^\n]*TIME_WAIT`, In: []Answer{asked}},
		Advice:  Expect{Full: `\bdo:? [^\n]*SO_REUSEADDR`, Half: `\bdo:? [^\n]*wait`, In: []Answer{asked}},
		Never:   []string{`listener=8443[^\n]*OK`, `held by a socket`},
	})
}

// oldServer PORT reads from each connection that it accepts, and closes it. It does not
// set SO_REUSEADDR.
func oldServer(args []string) error {
	port, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Port: port}), unix.Listen(fd, 128)); err != nil {
		return err
	}
	for {
		conn, _, err := unix.Accept(fd)
		if err != nil {
			return err
		}
		request := make([]byte, 4096)
		_, err = unix.Read(conn, request)
		if err := errors.Join(err, unix.Close(conn)); err != nil {
			return err
		}
	}
}
