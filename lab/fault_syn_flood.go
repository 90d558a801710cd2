package main

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"time"
)

func init() {
	programs["forge-syns"] = forgeSYNs
	register(Fault{
		Name: "syn-flood-cookies", Numbers: []int{8}, Quick: true, Needs: []string{"nginx-light"},
		Title: "A SYN flood, with SYN cookies",
		Story: `
SYNs with forged sender addresses come to nginx, 400 a second, beside those of a client
that is genuine. tcp_syncookies is 1, as by default: the SYN queue is full, and the
client is still served.`,
		Stage: func(s *Scene) {
			server := flooded(s, "1")
			s.Until("cookies", func() bool { return server.Counter("TCPReqQFullDoCookies") >= 200 })
		},
		Cause:   floodCause,
		Culprit: floodCulprit,
		Side:    floodSide,
		Ends:    floodEnds,
		Advice: Expect{
			Full: `\bdo [^\n]*(cookies[^\n]*(on|at 1|are sent|stay|carry|keep)|(keep|leave)[^\n]*cookies)`,
			Half: `\bdo [^\n]*(filter|rate|upstream|block)`,
			In:   []Answer{Check},
		},
		Never: append([]string{
			`(set|turn on|switch on|enable)[^\n]*syn_?cookies`,
			`cookies are (off|disabled)`,
			`(raise|increase)[^\n]*tcp_max_syn_backlog`, // does nothing beside cookies
		}, floodNever...),
	})
	register(Fault{
		Name: "syn-flood-no-cookies", Numbers: []int{8}, Quick: true, Needs: []string{"nginx-light"},
		Title: "A SYN flood, without SYN cookies",
		Story: `
The same with tcp_syncookies=0: the SYN queue is full, and SYNs are dropped, those of
the client too.`,
		Stage: func(s *Scene) {
			server := flooded(s, "0")
			s.Until("dropped SYNs", func() bool { return server.Counter("TCPReqQFullDrop") >= 200 })
		},
		Cause:   floodCause,
		Culprit: floodCulprit,
		Side:    Expect{Full: `\bside [^\n]*(peer|client|path|way|this machine: the system)`, In: []Answer{Check}},
		Ends:    floodEnds,
		Advice: Expect{
			Full: `\bdo [^\n]*((set|turn|switch|enable)[^\n]*cookies|cookies[^\n]*(to|=) ?1)`,
			Half: `cookies`,
			In:   []Answer{Check},
		},
		Never: append([]string{
			`(keep|leave)[^\n]*cookies`,
			`cookies are (on|sent)`,
		}, floodNever...),
	})
}

// What is said of a flood, whatever is done about it.
var (
	floodCause = Expect{
		Full: `flood|forged|SYN queue[^\n]* full|half-open connections`,
		Half: `SYN_RECV[^\n]*(half|handshake)`,
		In:   []Answer{Overview, Check},
	}
	floodCulprit = Expect{
		Full: `(WARNING|CRITICAL)[^\n]*(nginx[^\n]*:80\b|:80\b[^\n]*nginx)`,
		Half: `(WARNING|CRITICAL)[^\n]*:80\b`,
		In:   []Answer{Overview, Check},
	}
	floodSide = Expect{Full: `\bside [^\n]*(peer|client|path|way)`, In: []Answer{Check}}
	floodEnds = Expect{
		Full: `\bends [^\n]*(stops?\b|flood|about a minute|6\ds|1m)`,
		Half: `\bends `,
		In:   []Answer{Check},
	}
	floodNever = append([]string{
		`(WARNING|CRITICAL)[^\n]*10\.9\.0\.3\b`, // the client
		`does not accept|not calling accept|is blocked|hangs`,
		`accept queues?[^\n]*overflow`,
	}, falseComfort...)
)

// flooded starts nginx and a flood of it, and asks there.
func flooded(s *Scene, cookies string) (server *Host) {
	server, attacker, client := s.Host("server"), s.Host("attacker"), s.Host("client")
	server.Sysctl("net/ipv4/tcp_syncookies", cookies)
	// Answers to forged addresses go where nobody wants them.
	server.Run("ip", "route", "add", forgedNet+"0.0/16", "via", attacker.Addr)
	server.Start(Command{Name: "nginx", Args: []string{"-p", s.Dir(), "-e", "stderr", "-c", s.File("nginx.conf", `
		daemon off; user root; worker_processes 1; pid nginx.pid; error_log stderr;
		events { worker_connections 1024; }
		http { access_log off; server { listen 80 backlog=128; return 200 "well\n"; } }
	`)}})
	s.Until("a listener", server.Has(1, "state listening sport = :80"))
	attacker.Start(Command{Name: "flood", Program: "forge-syns", Args: []string{server.Addr + ":80", "400"}})
	client.Start(Command{Name: "shop", Program: "burst", Args: []string{server.Addr + ":80", "1", "200ms"}})
	s.Until("a full SYN queue, long enough for repeats", func() bool {
		return server.Sockets("state syn-recv") >= 128 && server.Counter("TCPSynRetrans") >= 128
	})
	s.Ask(server)
	return server
}

const forgedNet = "198.18."

// forgeSYNs ADDRESS RATE sends RATE SYNs a second, each from another address.
func forgeSYNs(args []string) error {
	to, err := netip.ParseAddrPort(args[0])
	if err != nil {
		return err
	}
	rate, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	fd, err := rawSocket()
	if err != nil {
		return err
	}
	for range time.Tick(time.Second / time.Duration(rate)) {
		address := fmt.Sprintf("%s%d.%d", forgedNet, rand.N(256), 1+rand.N(254))
		syn := synPacket(netip.AddrPortFrom(netip.MustParseAddr(address), uint16(1024+rand.N(60000))), to)
		if err := syn.sendFrom(fd); err != nil {
			return err
		}
	}
	return nil
}
