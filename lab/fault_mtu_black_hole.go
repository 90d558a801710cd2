package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

func init() {
	programs["download"] = download
	programs["poll"] = poll
	register(Fault{
		Name: "mtu-black-hole", Numbers: []int{14}, Quick: true, Needs: []string{"nginx-light"},
		Title: "A path that swallows large packets",
		Story: `
On the way to a client is a tunnel that drops packets over 1300 bytes, and the ICMP
that would tell so is filtered. Small answers of nginx arrive, over a connection that the
client keeps; large ones never do.`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			client.Drop(In, "meta length > 1300")
			s.File("report", string(make([]byte, 200<<10)))
			nginx := server.Start(Command{Name: "nginx", Args: []string{"-p", s.Dir(), "-e", "stderr", "-c", s.File("nginx.conf", `
				daemon off; user root; worker_processes 1; pid nginx.pid; error_log stderr;
				events { worker_connections 1024; }
				http { access_log off; server { listen 80; root .; location = / { return 200 "well\n"; } } }
			`)}})
			s.Until("a listener", server.Has(1, "state listening sport = :80"))
			client.Start(Command{Name: "monitor", Program: "poll", Args: []string{"http://" + server.Addr, "100ms"}})
			client.Start(Command{Name: "office", Program: "download", Args: []string{server.Addr + ":80", "/report", "5"}})
			s.Until("4 timeouts of each download", func() bool { return server.Counter("TCPTimeouts") >= 20 })
			s.Set("worker", server.Children(nginx)[0])
			s.Set("client", client.Addr)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `\bMTU\b`,
			Half: `(full|large|big)(-sized)? (segments|packets)`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{
			Full: `(WARNING|CRITICAL)[^\n]*({client}\b[^\n]*nginx/{worker}|nginx/{worker}[^\n]*{client}\b)`,
			Half: `(WARNING|CRITICAL)[^\n]*{client}\b`,
			In:   []Answer{Overview, Check},
		},
		Side: Expect{
			Full: `\bside the (path|way|network)`, Half: `\bside [^\n]*(path|way|network)`,
			In: []Answer{Overview, Check},
		},
		Ends: Expect{
			Full: `\bends [^\n]*(1[3-9]m|quarter of an hour|tcp_retries2|never|MTU)`,
			In:   []Answer{Overview, Check},
		},
		Advice: Expect{
			Full: `\bdo [^\n]*(MTU|MSS|ICMP|tcp_mtu_probing|ping -M|tracepath)`,
			In:   []Answer{Overview, Check},
		},
		Never: append([]string{
			`peer[^\n]*(is|has) (gone|vanished|down)`,
			`the peer or the way to it is gone`,
			`check that the peer is (up|alive)`,
			`loses segments`,
		}, falseComfort...),
	})
}

// download ADDRESS PATH N asks N times at once for something, and waits for it.
func download(args []string) error {
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	for range n {
		conn, err := dial(args[0])
		if err != nil {
			return err
		}
		held = append(held, conn)
		fmt.Fprintf(conn, "GET %s HTTP/1.0\r\n\r\n", args[1])
		go io.Copy(io.Discard, conn)
	}
	return rest()
}

// poll URL EVERY asks again and again over one connection.
func poll(args []string) error {
	every, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	for range time.Tick(every) {
		response, err := http.Get(args[0])
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return err
		}
	}
	return nil
}
