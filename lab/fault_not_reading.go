package main

import (
	"net"
	"strconv"
)

func init() {
	programs["pour"] = pour
	register(Fault{
		Name: "not-reading", Numbers: []int{10},
		Title: "A server stops reading",
		Story: `
A server accepts uploads and reads none. Twelve clients have filled its receive
buffers; for half a minute nothing more could come.`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			uploads := server.Start(Command{Name: "uploads", Program: "never-reads", Args: []string{"8080"}})
			s.Until("a listener", server.Has(1, "state listening sport = :8080"))
			client.Start(Command{Name: "cameras", Program: "pour", Args: []string{server.Addr + ":8080", "12"}})
			s.Until("nothing received for 31 s",
				server.Reach(12, "state established sport = :8080", `lastrcv:(\d+)`, 31_000))
			s.Set("pid", uploads.PID)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `(does not|not|stopped|never) read`,
			Half: `unread|window`,
			In:   []Answer{Overview, Check, List},
		},
		Culprit: Expect{Full: `uploads/{pid}\b`, Half: `:8080\b`, In: []Answer{Overview, Check}},
		Side:    Expect{Full: `\bside:? [^\n]*this machine: (the|its) program`, Half: `its program|this (side|machine)`},
		Ends:    Expect{Full: `\bends:? [^\n]*(never by itself|reads)`, Half: `\bends:? `},
		Advice:  Expect{Full: `\b(do|do:) .{0,200}(stack dump|what .{0,40}(waits|does)|blocked)`, Half: `stack dump|restart`},
		Never:   append([]string{`the peer does not read`, `\bside:? the (peer|path)`}, falseComfort...),
	})
}

// pour ADDRESS N opens N connections and sends over each as much as it can.
func pour(args []string) error {
	return each(args[0], args[1], func(conn net.Conn) {
		for piece := make([]byte, 64<<10); ; {
			if _, err := conn.Write(piece); err != nil {
				return
			}
		}
	})
}

// each ADDRESS N opens N connections and does the same over each at once.
func each(address, number string, do func(net.Conn)) error {
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	for range n {
		conn, err := dial(address)
		if err != nil {
			return err
		}
		held = append(held, conn)
		go do(conn)
	}
	return rest()
}
