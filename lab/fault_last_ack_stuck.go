package main

import (
	"io"
	"net"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

func init() {
	programs["close-late"] = closeLate
	register(Fault{
		Name: "last-ack-stuck", Numbers: []int{20}, Quick: true,
		Title: "LAST_ACK without the last ACK",
		Story: `
Clients close their connections and vanish. The server closes after that: nothing
acknowledges its FINs.`,
		Stage: func(s *Scene) {
			server, west := s.Host("server"), s.Host("west")
			orders := server.Start(Command{Name: "orders", Program: "close-late", Args: []string{"8080"}})
			s.Until("a listener", server.Has(1, "state listening sport = :8080"))
			west.Start(Command{Name: "shop", Program: "visit", Args: []string{server.Addr + ":8080", "40", "1"}})
			s.Until("40 clients that have closed", server.Has(40, "state close-wait sport = :8080"))
			west.Down()
			s.Must(orders.Signal(unix.SIGUSR1))
			s.Until("40 FINs sent again",
				server.Reach(40, "state last-ack sport = :8080", `timer:\(on,[^,]*,(\d+)\)`, 3))
			s.Set("west", west.Addr)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `(FIN|close)[^\n]{0,80}(not acknowledged|no ACK|without an (answer|ACK)|unacknowledged|not answered|unanswered)|retr(y|ies)[^\n]{0,40}FIN|FIN[^\n]{0,60}(sent again|retr)`,
			Half: `LAST_ACK`,
			In:   []Answer{Overview, Check, List},
		},
		Culprit: Expect{Full: `{west}`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside:? [^\n]*the peer, or the path`, Half: `the peer|the path`},
		Ends:    Expect{Full: `\bends:? .{0,200}(\d+ ?s\b|\d+m|gives up)`, Half: `gives up`},
		Advice:  Expect{Full: `\b(do|do:) .{0,200}(peer|path|firewall)`, Half: `peer|path`},
		Never: append([]string{
			`does not read`,
			`not closed`,
			`\bside:? this machine: (the|its) program`,
		}, falseComfort...),
	})
}

// closeLate PORT reads each stream to its end, and closes all when SIGUSR1 comes.
func closeLate(args []string) error {
	now := make(chan os.Signal, 1)
	signal.Notify(now, unix.SIGUSR1)
	closing := make(chan struct{})
	go func() {
		<-now
		close(closing)
	}()
	return serve(args[0], func(conn net.Conn) {
		go func() {
			defer conn.Close()
			_, _ = io.Copy(io.Discard, conn) // however it ends
			<-closing
		}()
	})
}
