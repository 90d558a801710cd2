package main

import (
	"io"
	"net"
	"strconv"
	"time"
)

func init() {
	programs["tick"] = tick
	programs["drink-many"] = drinkMany
	register(Fault{
		Name: "loss-of-acks", Numbers: []int{13}, Quick: true,
		Title: "Loss on the way back",
		Story: `
A server sends a short message to each of 300 clients every 300 ms. All messages
arrive, but 3 % of the acknowledgements do not: those messages are sent again, and the
clients say that they had them (DSACK).`,
		Stage: func(s *Scene) {
			server := s.Host("server")
			server.Start(Command{Name: "ticker", Program: "tick", Args: []string{"8000", "300ms"}})
			s.Until("a listener", server.Has(1, "state listening sport = :8000"))
			for _, name := range []string{"north", "south", "west"} {
				peer := s.Host(name)
				peer.Start(Command{Name: "reader", Program: "drink-many", Args: []string{server.Addr + ":8000", "100"}})
			}
			s.Until("300 clients", server.Has(300, "state established sport = :8000"))
			server.Drop(In, "tcp flags & (syn | fin | rst) == 0 numgen random mod 1000 < 30")
			s.Until("messages sent again", func() bool { return server.Counter("TCPDSACKRecv") >= 60 })
			s.Ask(server)
		},
		Cause: Expect{
			Full: `way back|return path|lost ACKs|\b(its|the|peers'?) (acks|acknowledgements) (are|come|get|were|do)[^\n]*(lost|late|dropped|not)`,
			Half: `(WARNING|CRITICAL)[^\n]*needless`,
			In:   []Answer{Check, Statistics},
		},
		Culprit: Expect{
			Full: `(all|every|each|several|(3|three)( of (3|three))?) (the )?peers?|no (single )?peer stands out|10\.9\.0\.2\b[^\n]*10\.9\.0\.3\b`,
			In:   []Answer{Check},
		},
		Side: Expect{Full: `\bside [^\n]*(path|way|network)`, In: []Answer{Check}},
		Ends: Expect{Full: `\bends [^\n]+`, In: []Answer{Check}},
		Advice: Expect{
			Full: `\bdo [^\n]*(way back|return|from the peers?|towards? this|delay|receive|incoming|into this)`,
			Half: `\bdo [^\n]*(path|link|interface)`,
			In:   []Answer{Check},
		},
		Never: append([]string{
			`one peer loses`,
			`loses segments`,
			`Retransmission: OK`,
			`Segments or their acknowledgements are lost`, // the counters tell which
		}, falseComfort...),
	})
}

// tick PORT EVERY sends a short message to each client again and again.
func tick(args []string) error {
	every, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	message := make([]byte, 100)
	return serve(args[0], func(conn net.Conn) {
		go func() {
			defer conn.Close()
			for range time.Tick(every) {
				if _, err := conn.Write(message); err != nil {
					return
				}
			}
		}()
	})
}

// drinkMany ADDRESS N reads what comes over N connections.
func drinkMany(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	failed := make(chan error)
	for range n {
		conn, err := dial(args[0])
		if err != nil {
			return err
		}
		go func() {
			_, err := io.Copy(io.Discard, conn)
			failed <- err
		}()
	}
	return <-failed
}
