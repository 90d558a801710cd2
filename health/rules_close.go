package health

import "tcpstat/tcp"

var closeWaitLeak = Rule{
	ID: "close-wait-leak", Kind: Gauge,
	Title:   tcp.Text{"sockets not closed"},
	Meaning: tcp.Text{"The peer closed a minute ago and longer, and the program has not: CLOSE_WAIT ends only when it calls close(). Each socket holds a descriptor, until accept() and open() fail with EMFILE."},
	Advice:  tcp.Text{"It is a fault of the program: find the path that forgets to close (an error return, a connection pool that does not notice the end). Restarting it frees the descriptors for a while."},
	Limits: []Limit{
		{"close_wait_old", sockets, AtLeast(10), AtLeast(100), tcp.Text{"a minute is longer than a healthy program takes; one or two may be idle members of a pool"}},
		{"open_files_percent", percent, AtLeast(5), AtLeast(50), tcp.Text{"part of the process's limit of open files"}},
	},
	Reference: "tcpstat explain CLOSE_WAIT",
	judge: func(j *judge) {
		if j.needDetails() {
			j.processes(j.facts.Census.closeWait)
		}
	},
}

var finWait2Held = Rule{
	ID: "fin-wait2-held", Kind: Gauge,
	Title:   tcp.Text{"half-closed connections held"},
	Meaning: tcp.Text{"The program closed its direction 5 minutes ago and longer and still holds the socket, while the peer has not closed. As long as it is held, no timeout ends it."},
	Advice:  tcp.Text{"The peer should close; the program should not wait for that without a timeout of its own. Look at what it reads from these connections."},
	Limits: []Limit{
		{"held", sockets, AtLeast(10), AtLeast(100), tcp.Text{"a half-close is meant to last as long as an answer"}},
	},
	Reference: "shutdown(2); tcpstat explain half-close",
	judge: func(j *judge) {
		if j.needDetails() {
			j.processes(j.facts.Census.finWait2)
		}
	},
}

var finUnacked = Rule{
	ID: "fin-unacked", Kind: Gauge,
	Title:   tcp.Text{"closes without an answer"},
	Meaning: tcp.Text{"A FIN, or data before it, was sent again twice and more and the peer does not acknowledge it: it has gone, or a firewall has forgotten the connection."},
	Advice:  tcp.Text{"Check the peer and the path to it. The kernel gives up by itself; tcp_orphan_retries says when."},
	Limits: []Limit{
		{"unacked", sockets, AtLeast(10), AtLeast(100), tcp.Text{"clients that vanish leave a few at any time"}},
	},
	ExplainedBy: []string{"syn-sent-stuck"},
	Reference:   "tcpstat explain close",
	judge: func(j *judge) {
		for peer, n := range j.facts.Census.finUnacked {
			j.found(Subject{Kind: Peer, Peer: peer}, []float64{float64(n)})
		}
	},
}

var twOverflow = Rule{
	ID: "tw-overflow", Kind: Gauge | Delta,
	Title:   tcp.Text{"TIME_WAIT table full"},
	Meaning: tcp.Text{"Beyond tcp_max_tw_buckets the kernel ends connections without TIME_WAIT, so that late segments of an old connection can meet a new one."},
	Advice:  tcp.Text{"Let the side that opened the connection close it, or reuse connections. Raise tcp_max_tw_buckets; a TIME_WAIT socket takes little memory."},
	Limits: []Limit{
		{"buckets_percent", percent, AtLeast(80), Range{}, tcp.Text{"tcp_max_tw_buckets"}},
		{"overflows", "sockets", Range{}, Above(0), tcp.Text{"the kernel logs it as well: time wait bucket table overflow"}},
	},
	Reference: "tcpstat explain TIME_WAIT",
	judge: func(j *judge) {
		most, known := j.facts.Settings[tcp.MaxTWBuckets]
		if !known {
			j.cannot(NoSettings)
			return
		}
		n := float64(j.facts.Census.states[tcp.TimeWait])
		overflows := unknown
		if d, ok := j.difference("TcpExt", "TCPTimeWaitOverflow"); ok {
			overflows = d
		}
		j.found(Subject{}, []float64{share(n, float64(most)), overflows}, Evidence{"time_wait", n}, Evidence{"limit", float64(most)})
	},
}

var orphans = Rule{
	ID: "orphans", Kind: Gauge,
	Title:   tcp.Text{"many orphaned sockets"},
	Meaning: tcp.Text{"Connections that their programs have closed wait for the peer's acknowledgement. Near tcp_max_orphans the kernel resets them instead, and data that was sent last is lost."},
	Advice:  tcp.Text{"See which peers do not acknowledge: tcpstat state FIN_WAIT1,LAST_ACK,CLOSING --by peer."},
	Limits: []Limit{
		{"orphans_percent", percent, AtLeast(25), AtLeast(50), tcp.Text{"the kernel counts a misbehaving orphan two- and fourfold (tcp_out_of_resources)"}},
	},
	ExplainedBy: []string{"fin-unacked"},
	Reference:   "tcp_max_orphans in ip-sysctl",
	judge: func(j *judge) {
		most, known := j.facts.Settings[tcp.MaxOrphans]
		n, counted := j.total("TCP", "orphan")
		switch {
		case !known:
			j.cannot(HostWide)
		case !counted:
			j.cannot(NotCounted)
		default:
			j.found(Subject{}, []float64{share(n, float64(most))}, Evidence{"orphans", n}, Evidence{"limit", float64(most)})
		}
	},
}
