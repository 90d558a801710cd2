package main

import (
	"net"
	"strconv"
)

func init() {
	programs["knock"] = knock
	register(Fault{
		Name: "syn-repeats", Quick: true, Healthy: true, Needs: []string{"nginx-light"},
		Title: "Repeated SYNs count as drops of the listener",
		Story: `
The answers of nginx to twenty clients are lost on the way, and the clients repeat
their SYNs. The kernel counts each repeated SYN as a drop of the listener, whose
accept queue is empty all the time. The listener is innocent.`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			server.Start(nginx(s, "", "listen 80 backlog=128;"))
			s.Until("a listener", server.Has(1, "state listening sport = :80"))
			client.Drop(In, "tcp sport 80 tcp flags & (syn | ack) == syn | ack")
			client.Start(Command{Name: "shop", Program: "knock", Args: []string{server.Addr + ":80", "20"}})
			s.Until("40 drops", server.Reach(1, "state listening sport = :80", `skmem:.*,d(\d+)`, 40))
			s.Ask(server)
			s.Also("tcpstat -lnp", "tcpstat check listen-overflow --window 2s", "tcpstat check backlog-small", "tcpstat check accept-queue")
		},
		Never: []string{
			`accept queues? [^\n]{0,40}overflow`,
			`overflow(ed|s)? (here|now)`,
			`(limit|backlog) of 128 (is|was) (too |below)`,
			`backlog[^\n]{0,20} too small`,
			`accept queue (is |nearly |has been |almost )+full`,
			`not accept`,
			`(WARNING|CRITICAL)[^\n]*(:80|nginx)\b[^\n]*(accept|backlog|overflow)`,
		},
	})
}

// knock ADDRESS N opens N connections at once, as patiently as the kernel is.
func knock(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	for range n {
		go func() { _, _ = net.Dial("tcp4", args[0]) }() // nobody answers
	}
	return rest()
}
