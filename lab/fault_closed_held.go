package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

func init() {
	programs["slam"] = slam
	register(Fault{
		Name: "closed-held", Numbers: []int{22}, Quick: true, Least: 2,
		Title: "Thousands of descriptors of sockets that stand in no table",
		Story: `
A server accepts connections and forgets them. Health checks connect and reset, 20 a
second; five customers stay. The sockets are closed as far as the kernel is concerned: neither ss nor
netstat nor /proc/net/tcp has them, and each holds a descriptor. 3000 of 4096 are gone.`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			orders := server.Start(Command{Name: "orders", Program: "never-reads", Args: []string{"8080"}, Files: 4096})
			s.Until("a listener", server.Has(1, "state listening sport = :8080"))
			client.Start(Command{Name: "till", Program: "keep", Args: []string{server.Addr + ":8080", "5"}})
			s.Until("5 connections", server.Has(5, "state established sport = :8080"))
			client.Start(Command{Name: "probe", Program: "slam", Args: []string{server.Addr + ":8080", "3000", "20"}})
			s.Until("3000 descriptors", func() bool {
				return strings.Count(server.Run("ls", fmt.Sprintf("/proc/%d/fd", orders.PID)), "\n") >= 3000
			})
			s.Set("pid", orders.PID)
			s.Ask(server)
			s.Also("tcpstat --watch ESTABLISHED,CLOSE_WAIT --for 2s")
		},
		Cause: Expect{
			Full: `\bCLOSE\b [^\n]*orders/{pid}|(in|on) no (TCP )?table|stand in no|(reset|closed|dead)[^\n]{0,60}(still|descriptor|held)|(descriptors?|held)[^\n]{0,60}(reset|closed|dead) sockets`,
			Half: `\b3\d\d\d open files|open files|descriptors`,
			In:   []Answer{Overview, Check, List, "tcpstat --watch ESTABLISHED,CLOSE_WAIT --for 2s"},
		},
		Culprit: Expect{Full: `orders/{pid}\b`, Half: `orders`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside:? [^\n]*this machine: (the|its) program`, Half: `its program|this (side|machine)`},
		Ends: Expect{
			Full: `4096.{0,120}reached in \d+`,
			Half: `never by itself|of 4096|4096 open files`,
		},
		Advice: Expect{Full: `\b(do|do:) .{0,200}\bclos(e|es|ing)\b`, Half: `restart|clos(e|ing)`, In: []Answer{Overview, Check}},
		Never:  append([]string{`sockets not closed`}, falseComfort...),
	})
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
