package health

import "tcpstat/tcp"

var tcpMem = Rule{
	ID: "tcp-mem", Kind: Gauge,
	Title:   tcp.Text{"TCP memory short"},
	Meaning: tcp.Text{"All TCP buffers of the host together have passed the pressure mark of tcp_mem: the kernel shrinks windows, and at the maximum it drops."},
	Advice:  tcp.Text{"tcpstat -m --sort recvq --top 10 shows whose buffers are full. Raise tcp_mem only if the memory is there."},
	Limits: []Limit{
		{"pressure_percent", percent, Above(100), Range{}, tcp.Text{"the second number of tcp_mem"}},
		{"max_percent", percent, Range{}, Above(90), tcp.Text{"the third number of tcp_mem"}},
	},
	ExplainedBy: []string{"not-reading", "zero-window"},
	Reference:   "tcp_mem in ip-sysctl",
	judge: func(j *judge) {
		pressure, known := j.facts.Settings[tcp.MemPressure]
		most, knownMost := j.facts.Settings[tcp.MemMax]
		pages, counted := j.total("TCP", "mem")
		switch {
		case !known || !knownMost:
			j.cannot(HostWide)
		case !counted:
			j.cannot(NotCounted)
		default:
			j.found(Subject{}, []float64{share(pages, float64(pressure)), share(pages, float64(most))}, Evidence{"pages", pages})
		}
	},
}

var rcvDrop = Rule{
	ID: "rcv-drop", Kind: Delta,
	Title:   tcp.Text{"received segments dropped"},
	Meaning: tcp.Text{"Segments that had arrived were thrown away for lack of buffer, and must be sent again."},
	Advice:  tcp.Text{"Look for programs that do not read (tcpstat --sort recvq --top 10) and for small fixed SO_RCVBUFs; see tcp_rmem."},
	Limits: []Limit{
		{"rcvq_drop", "segments", Above(0), Range{}, tcp.Text{"TCPRcvQDrop"}},
		{"backlog_drop", "segments", Above(0), Range{}, tcp.Text{"TCPBacklogDrop"}},
		{"pruned", "segments", Above(0), Range{}, tcp.Text{"RcvPruned"}},
	},
	ExplainedBy: []string{"not-reading", "tcp-mem"},
	Reference:   "tcpstat explain TCPRcvQDrop",
	judge: func(j *judge) {
		if !j.needWindow() {
			return
		}
		var values []float64
		known := false
		for _, name := range []string{"TCPRcvQDrop", "TCPBacklogDrop", "RcvPruned"} {
			n, ok := j.difference("TcpExt", name)
			if !ok {
				n = unknown // an older kernel
			}
			known = known || ok
			values = append(values, n)
		}
		if !known {
			j.cannot(NotCounted)
			return
		}
		j.found(Subject{}, values)
	},
}

var conntrack = Rule{
	ID: "conntrack", Kind: Gauge,
	Title:   tcp.Text{"connection tracking nearly full"},
	Meaning: tcp.Text{"The firewall's table of connections fills up. When it is full, packets of new connections are dropped, and no TCP counter tells."},
	Advice:  tcp.Text{"Raise nf_conntrack_max, or exempt traffic that needs no tracking (notrack); look for floods of short connections."},
	Limits: []Limit{
		{"used_percent", percent, AtLeast(75), AtLeast(90), tcp.Text{"the table fills within seconds under a burst"}},
	},
	Reference: "nf_conntrack-sysctl",
	judge: func(j *judge) {
		n, counted := j.facts.Settings[tcp.ConntrackCount]
		most, known := j.facts.Settings[tcp.ConntrackMax]
		if !counted || !known {
			j.cannot(NotThere)
			return
		}
		j.found(Subject{}, []float64{share(float64(n), float64(most))}, Evidence{"tracked", float64(n)}, Evidence{"limit", float64(most)})
	},
}
