package main

import (
	"context"
	"io"
	"net"
)

func init() {
	programs["drink-multipath"] = drinkMultipath
	register(Fault{
		Name: "mptcp-subflow-dead", Numbers: []int{30}, Quick: true,
		Title: "MPTCP with a dead subflow",
		Story: `
A phone reads a stream over MPTCP, by two addresses. It leaves the network of the first
one: that subflow sends the same again and again, and the second carries all data.`,
		Stage: func(s *Scene) {
			server, phone := s.Host("server"), s.Host("phone")
			const mobile = "10.9.0.102"
			phone.Run("ip", "address", "add", mobile+"/24", "dev", "eth0")
			phone.Run("ip", "mptcp", "limits", "set", "subflow", "2")
			phone.Run("ip", "mptcp", "endpoint", "add", mobile, "dev", "eth0", "subflow")
			server.Run("ip", "mptcp", "limits", "set", "subflow", "2")
			radio := server.Start(Command{Name: "radio", Program: "stream", Args: []string{"8000", "2000000"}})
			s.Until("a listener", server.Has(1, "state listening sport = :8000"))
			phone.Start(Command{Name: "player", Program: "drink-multipath", Args: []string{server.Addr + ":8000"}})
			s.Until("two subflows", server.Has(2, "state established sport = :8000"))
			phone.Drop(In, "ip daddr "+phone.Addr)
			s.Until("3 timeouts", func() bool { return server.Counter("TCPTimeouts") >= 3 })
			s.Set("pid", radio.PID)
			s.Set("gone", phone.Addr)
			s.Set("mobile", mobile)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `subflow[^.]*(other|another|rest|carr|live)|(other|another)[^.]*subflow`,
			Half: `(WARNING|CRITICAL)[^\n]*(subflow|MPTCP)`,
			In:   []Answer{Overview, Check, List},
		},
		Culprit: Expect{
			Full: `(WARNING|CRITICAL)[^\n]*({gone}\b[^\n]*radio/{pid}|radio/{pid}[^\n]*{gone}\b)`,
			Half: `(WARNING|CRITICAL)[^\n]*{gone}\b`,
			In:   []Answer{Overview, Check},
		},
		Side: Expect{Full: `\bside [^\n]*(path|way|network)`, In: []Answer{Overview, Check}},
		Ends: Expect{
			Full: `\bends [^\n]*(1[3-9]m|quarter of an hour|tcp_retries2|recovers|closes|subflow)`,
			In:   []Answer{Overview, Check},
		},
		Advice: Expect{
			Full: `\bdo [^\n]*(subflow|mptcp|path|address|link)`, In: []Answer{Overview, Check},
		},
		Never: append([]string{
			`data (that )?does not get through`,
			`CRITICAL`,
			`(WARNING|CRITICAL)[^\n]*{mobile}\b`,
			`program does not notice`,
		}, falseComfort...),
	})
}

// drinkMultipath ADDRESS reads what comes over MPTCP.
func drinkMultipath(args []string) error {
	dialer := net.Dialer{KeepAlive: -1}
	dialer.SetMultipathTCP(true)
	conn, err := dialer.DialContext(context.Background(), "tcp4", args[0])
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}
