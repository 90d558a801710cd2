package health

import (
	"net/netip"

	"tcpstat/tcp"
)

var synSentStuck = Rule{
	ID: "syn-sent-stuck", Kind: Gauge,
	Title:   tcp.Text{"connects without an answer"},
	Meaning: tcp.Text{"SYNs were sent three times and more to a peer that does not answer: it is down, unreachable, or a firewall drops them. A refusal would have come back at once."},
	Advice:  tcp.Text{"Check that the peer is up, and the route and the firewalls to it. Give the program a connect timeout, so that it does not hang for two minutes."},
	Limits: []Limit{
		{"stuck", sockets, AtLeast(1), AtLeast(10), tcp.Text{"three repeats are 3 s and more; ten at once are no single host that reboots"}},
	},
	Reference: "tcpstat explain SYN_SENT",
	judge: func(j *judge) {
		for peer, n := range j.facts.Census.connects {
			j.found(Subject{Kind: Peer, Remote: peer}, []float64{float64(n)})
		}
	},
}

var portBudget = Rule{
	ID: "port-budget", Kind: Gauge,
	Title:   tcp.Text{"local ports run out"},
	Meaning: tcp.Text{"Each connection to one address and port takes a local port of its own from ip_local_port_range, TIME_WAIT included. At the end of them connect() fails with EADDRNOTAVAIL."},
	Advice:  tcp.Text{"Reuse connections (keep-alive, a pool): that is the cure. A wider ip_local_port_range, more source addresses or tcp_tw_reuse buy time."},
	Limits: []Limit{
		{"ports_percent", percent, AtLeast(70), AtLeast(90), tcp.Text{"the search for a free port slows down well before the end"}},
	},
	Reference: "ip_local_port_range in ip-sysctl; tcpstat explain TIME_WAIT",
	judge: func(j *judge) {
		low, okLow := j.facts.Settings[tcp.PortRangeLow]
		high, okHigh := j.facts.Settings[tcp.PortRangeHigh]
		if !okLow || !okHigh || low > high {
			j.cannot(NoSettings)
			return
		}
		size := float64(high - low + 1)
		for r, n := range j.facts.Census.ports {
			j.found(Subject{Kind: Route, Local: netip.AddrPortFrom(r.local, 0), Remote: r.remote}, []float64{share(float64(n), size)},
				Evidence{"ports", float64(n)}, Evidence{"range", size})
		}
	},
}

// share is a part of a whole in percent, not known of nothing.
func share(part, whole float64) float64 {
	if whole <= 0 {
		return unknown
	}
	return 100 * part / whole
}
