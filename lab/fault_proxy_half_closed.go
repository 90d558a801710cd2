package main

import (
	"io"
	"net"
	"time"
)

func init() {
	programs["pool"] = pool
	register(Fault{
		Name: "proxy-half-closed", Numbers: []int{25}, Needs: []string{"haproxy", "nginx-light"},
		Title: "A proxy between a server that closes and clients that do not",
		Story: `
haproxy relays TCP between forty clients and nginx, which closes idle connections
after a second. haproxy passes that on, and the clients do not close: forty sockets
in CLOSE_WAIT and forty in FIN_WAIT2 in one process, for more than a minute.`,
		Stage: func(s *Scene) {
			proxy, backend, client := s.Host("proxy"), s.Host("backend"), s.Host("client")
			backend.Start(nginx(s, "", "listen 80; keepalive_timeout 1s;"))
			s.Until("nginx", backend.Has(1, "state listening sport = :80"))
			config := "global\n maxconn 2000\n" +
				"defaults\n mode tcp\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n" +
				"listen web\n bind :8080\n server nginx " + backend.Addr + ":80\n"
			haproxy := proxy.Start(Command{Name: "haproxy", Args: []string{"-db", "-f", s.File("haproxy.cfg", config)}})
			s.Until("haproxy", proxy.Has(1, "state listening sport = :8080"))
			client.Start(Command{Name: "browser", Program: "pool", Args: []string{
				proxy.Addr + ":8080", "40", "0", "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n",
			}})
			s.Until("40 clients that wait", proxy.Has(40, "state fin-wait-2 sport = :8080"))
			s.Until("CLOSE_WAIT for 61 s", proxy.Reach(40, "state close-wait dport = :80", `lastack:(\d+)`, 61_000))
			s.Set("pid", haproxy.PID)
			s.Set("client", client.Addr)
			s.Ask(proxy)
		},
		Cause: Expect{
			Full: `(relay|prox|both sides|pass(es|ed) (it|that) on|two halves).{0,200}(not closed|do(es)? not close|has closed)`,
			Half: `half-closed|not closed`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{Full: `haproxy/{pid}\b.*({client}|clients? (close|have|do|side))|({client}|clients? (close|have|do|side)).*haproxy/{pid}\b`, Half: `haproxy`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside:? [^\n]*(the peer|client|other side)`, Half: `clients?\b`},
		Ends:    Expect{Full: `\bends:? .{0,200}(time-?out|clients? closes?|other side closes)`, Half: `\bends:? `},
		Advice:  Expect{Full: `timeout client-fin|timeout tunnel`, Half: `time-?out`, In: []Answer{Overview, Check}},
		Never: append([]string{
			`fault of the program`,
			`forgets to close`,
			`side:? this machine: the program.{0,600}timeout (tunnel|client-fin)`,
		}, falseComfort...),
	})
}

// pool ADDRESS N EVERY REQUEST keeps N connections, over each of which it sends a
// request and reads the answer: again and again with a pause, or once if that is 0.
func pool(args []string) error {
	every, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	return each(args[0], args[1], func(conn net.Conn) {
		for {
			if _, err := io.WriteString(conn, args[3]); err != nil {
				return
			}
			if _, err := conn.Read(make([]byte, 4<<10)); err != nil || every == 0 {
				return
			}
			time.Sleep(every)
		}
	})
}
