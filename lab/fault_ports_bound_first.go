package main

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	programs["hoard"] = hoard
	register(Fault{
		Name: "ports-bound-first", Numbers: []int{15}, Quick: true, Needs: []string{"nginx-light"},
		Title: "Local ports exhausted by bind() before connect()",
		Story: `
A gateway binds each connection to its address before it connects, to four ports of a
backend in turn. A port that is bound so serves one connection whatever its peer: its
500 local ports are gone at 125 connections to each, and bind() fails.`,
		Stage: func(s *Scene) {
			backend, gateway := s.Host("backend"), s.Host("gateway")
			listen, targets := "client_header_timeout 1h;", []string(nil)
			for port := 8081; port <= 8084; port++ {
				listen += fmt.Sprintf(" listen %d;", port)
				targets = append(targets, fmt.Sprintf("%s:%d", backend.Addr, port))
			}
			backend.Start(nginx(s, "", listen))
			backend.listens(8084)
			gateway.Sysctl("net/ipv4/ip_local_port_range", "40000 40499")
			relay := gateway.Start(Command{
				Name: "relay", Program: "hoard",
				Args: append([]string{"500", gateway.Addr}, targets...),
			})
			s.Until("EADDRINUSE", relay.says(unix.EADDRINUSE))
			s.Set("pid", relay.PID)
			s.Set("local", gateway.Addr)
			s.Ask(gateway)
		},
		Cause: Expect{
			Full: within(noPortsLeft, `\b(bind|bound)\b[^.]*before[^.]*connect`),
			Half: `\b500 of( the)? 500\b|local ports`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{Full: `ports[^\n]*relay/{pid}`, Half: `ports[^\n]*({local}|relay)`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside [^\n]*this machine: (the|its) program`, Half: `this machine`},
		Ends:    Expect{Full: `\bends [^\n]*(connections?[^\n]* (end|close)|never by itself)`, Half: `\bends `},
		Advice: Expect{
			Full: `IP_BIND_ADDRESS_NO_PORT`,
			Half: `\bdo [^\n]*(bind|reuse|pool|source address)`,
			In:   []Answer{Overview, Check},
		},
		Never: append([]string{`\bside [^\n]*the peer`, `firewall`, `125 of( the)? 500`}, falseComfort...),
	})
}

// hoard N FROM ADDRESS... opens connections to each address in turn, N a second, and
// keeps them. It binds each to the address FROM first unless that is "-", and tries
// on when that fails.
func hoard(args []string) error {
	rate, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	dialer := net.Dialer{KeepAlive: -1}
	if from := net.ParseIP(args[1]); from != nil {
		dialer.LocalAddr = &net.TCPAddr{IP: from}
	}
	targets := args[2:]
	for next := 0; ; {
		conn, err := dialer.Dial("tcp4", targets[next%len(targets)])
		if err != nil {
			fmt.Println(err)
		} else {
			held = append(held, conn)
			next++
		}
		time.Sleep(time.Second / time.Duration(rate))
	}
}
