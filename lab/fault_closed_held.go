package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

func init() {
	programs["forget"] = forget
	programs["slam"] = slam
	register(closedHeld("tcp", Fault{
		Name: "closed-held", Numbers: []int{22},
		Title: "Thousands of descriptors of sockets that stand in no table",
		Story: `
A server accepts connections and forgets them. Health checks connect and reset, 20 a
second; five customers stay. As far as the kernel is concerned the sockets are closed:
neither ss nor netstat nor /proc/net/tcp has them. Each holds a descriptor, 3000 of 4096.`,
	}))
	register(closedHeld("mptcp", Fault{
		Name:  "closed-held-mptcp",
		Title: "The same of a server that listens with MPTCP",
		Story: `
What a Go program listens on takes Multipath TCP unless it is told otherwise. The
clients speak plain TCP; their sockets are of the protocol MPTCP all the same, and
stand in no table once they are reset.`,
	}))
}

// closedHeld completes a fault of a server that listens with a protocol and does not
// close what was reset.
func closedHeld(protocol string, f Fault) Fault {
	const watch Answer = "tcpstat --watch ESTABLISHED,CLOSE_WAIT --for 2s"
	f.Quick = true
	f.Stage = func(s *Scene) {
		server, client := s.Host("server"), s.Host("client")
		orders := server.Start(Command{Name: "orders", Program: "forget", Args: []string{"8080", protocol}, Files: 4096})
		s.Until("a listener", server.Has(1, "state listening sport = :8080"))
		client.Start(Command{Name: "till", Program: "keep", Args: []string{server.Addr + ":8080", "5"}})
		s.Until("5 connections", server.Has(5, "state established sport = :8080"))
		client.Start(Command{Name: "probe", Program: "slam", Args: []string{server.Addr + ":8080", "3000", "20"}})
		s.Until("3000 descriptors", func() bool {
			return strings.Count(server.Run("ls", fmt.Sprintf("/proc/%d/fd", orders.PID)), "\n") >= 3000
		})
		s.Set("pid", orders.PID)
		s.Ask(server)
		s.Also(watch)
	}
	f.Cause = Expect{
		Full: `\bCLOSE\b [^\n]*orders/{pid}|(in|on) no (\w+ )?(table|list)|(reset|closed|ended)[^\n]{0,60}(not closed|still|held)`,
		Half: `\b3\d\d\d open files|open files|descriptors`,
		In:   []Answer{Overview, Check, List, watch},
	}
	f.Culprit = Expect{Full: `orders/{pid}\b[^\n]*3\d\d\d|3\d\d\d[^\n]*orders/{pid}\b`, Half: `orders/{pid}\b`, In: []Answer{Overview, Check}}
	f.Side = Expect{Full: `\bside:? [^\n]*this machine: (the|its) program`, Half: `its program|this (side|machine)`}
	f.Ends = Expect{
		Full: `4096.{0,120}reached in \d+`,
		Half: `never by itself|of 4096|4096 open files`,
	}
	f.Advice = Expect{Full: `\b(do|do:) .{0,200}\bclos(e|es|ing)\b`, Half: `restart|clos(e|ing)`, In: []Answer{Overview, Check}}
	f.Never = append([]string{`sockets not closed`}, falseComfort...)
	return f
}

// forget PORT tcp|mptcp accepts connections, and neither reads nor closes them.
func forget(args []string) error {
	config := net.ListenConfig{KeepAlive: -1}
	config.SetMultipathTCP(args[1] == "mptcp")
	listener, err := config.Listen(context.Background(), "tcp4", ":"+args[0])
	if err != nil {
		return err
	}
	return acceptAll(listener, func(net.Conn) {})
}

// slam ADDRESS N RATE opens N connections at once and then RATE each second, and
// resets each.
func slam(args []string) error {
	n, rate, err := twoNumbers(args[1:])
	if err != nil {
		return err
	}
	for range n {
		if err := connectAndReset(args[0]); err != nil {
			return err
		}
	}
	for range time.Tick(time.Second / time.Duration(rate)) {
		if err := connectAndReset(args[0]); err != nil {
			return err
		}
	}
	return nil
}

func connectAndReset(address string) error {
	conn, err := dial(address)
	if err != nil {
		return err
	}
	return errors.Join(conn.(*net.TCPConn).SetLinger(0), conn.Close())
}
