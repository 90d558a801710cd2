package main

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

func init() {
	programs["burst"] = burst
	register(Fault{
		Name: "backlog-bursts", Numbers: []int{5}, Quick: true, Needs: []string{"nginx-light"},
		Title: "Bursts over nginx with backlog=5",
		Story: `
nginx listens with backlog=5. Between bursts of 200 connections its accept queue is
empty: only the counters of the listener tell.`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			server.Start(nginx(s, "", "listen 80 backlog=5;"))
			s.Until("a listener", server.Has(1, "state listening sport = :80"))
			client.Start(Command{Name: "shop", Program: "burst", Args: []string{server.Addr + ":80", "200", "500ms"}})
			s.Until("1000 overflows", func() bool { return server.Counter("ListenOverflows") >= 1000 })
			s.Ask(server)
		},
		Cause: Expect{
			Full: `(accept queue|backlog)[^\n]*(overflow|too small|short|full)|overflow[^\n]*(accept queue|backlog)`,
			Half: `overflow`,
			In:   []Answer{Overview, Check, List, Statistics},
		},
		Culprit: Expect{Full: `nginx.*:80\b|:80\b.*nginx`, Half: `:80\b`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside [^\n]*this machine`, Half: `its program|this machine`},
		Ends:    Expect{Full: `\bends [^\n]*(burst|backlog|limit|queue)`, Half: `\bends `},
		Advice:  Expect{Full: `(raise|larger|greater|more)[^\n]*(backlog|listen\(\))|backlog[^\n]*(raise|larger|greater)`, Half: `backlog|listen\(\)`},
		Never:   append([]string{`hangs`, `is blocked`}, falseComfort...),
	})
}

// burst ADDRESS N EVERY makes N requests at once, again and again.
func burst(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	every, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	for range time.Tick(every) {
		var all sync.WaitGroup
		for range n {
			all.Go(func() { fetch(args[0]) })
		}
		all.Wait()
	}
	return nil
}

// fetch makes a request and reads the answer. A client of a burst does not mind if
// there is none.
func fetch(address string) {
	patience := time.Now().Add(2 * time.Second)
	dialer := net.Dialer{Deadline: patience}
	conn, err := dialer.Dial("tcp4", address)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(patience) // of a socket, it takes one
	fmt.Fprintf(conn, "GET / HTTP/1.0\r\n\r\n")
	_, _ = io.Copy(io.Discard, conn) // whatever comes
}
