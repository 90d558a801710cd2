package health

import "tcpstat/tcp"

// leastSegments and leastBytes are how much must have been sent before a ratio
// says something.
const (
	leastSegments = 1000
	leastBytes    = 1 << 20
)

var retrans = Rule{
	ID: "retrans", Kind: Delta,
	Title:   tcp.Text{"segments sent again"},
	Meaning: tcp.Text{"Segments, or their acknowledgements, are lost on the way. From about one in a hundred on, throughput falls and answers stall."},
	Advice:  tcp.Text{"tcpstat -s -d 10s tells what kind of loss it is, tcpstat --by peer whether one peer has it all. Then look at the path: a duplex mismatch, a full link, a policer, radio."},
	Limits: []Limit{
		{"retrans_percent", percent, AtLeast(1), AtLeast(5), tcp.Text{"RetransSegs/OutSegs; 1 % is the rule of thumb of netstat -s"}},
	},
	ExplainedBy: []string{"syn-sent-stuck"},
	Reference:   "tcpstat explain retransmission",
	judge: func(j *judge) {
		again, ok := j.delta("Tcp", "RetransSegs")
		out, okOut := j.delta("Tcp", "OutSegs")
		if ok && okOut && out >= leastSegments {
			j.found(Subject{}, []float64{share(again, out)}, Evidence{"retransmitted", again}, Evidence{"segments", out})
		}
	},
}

var retransPeer = Rule{
	ID: "retrans-peer", Kind: Gauge,
	Title:   tcp.Text{"one peer loses segments"},
	Meaning: tcp.Text{"Of the bytes sent to this peer on its live connections, many had to be sent again: the loss lies on the way to it."},
	Advice:  tcp.Text{"Compare with other peers (tcpstat --by peer). If it is alone, look at its link and at the path to it."},
	Limits: []Limit{
		{"retrans_percent", percent, AtLeast(2), AtLeast(10), tcp.Text{"of at least 1 MiB, since the connections began"}},
	},
	Reference: "tcpstat explain retransmission",
	judge: func(j *judge) {
		if !j.needDetails() {
			return
		}
		for peer, t := range j.facts.Census.sent {
			if t.sent >= leastBytes {
				j.found(Subject{Kind: Peer, Peer: peer}, []float64{share(float64(t.again), float64(t.sent))},
					Evidence{"bytes_retransmitted", float64(t.again)}, Evidence{"bytes_sent", float64(t.sent)})
			}
		}
	},
}

var sendStuck = Rule{
	ID: "send-stuck", Kind: Gauge,
	Title:   tcp.Text{"data that does not get through"},
	Meaning: tcp.Text{"Data of an open connection is sent again and again without an acknowledgement: the peer or the way to it is gone. The program does not notice until the kernel gives up, by default after a quarter of an hour."},
	Advice:  tcp.Text{"Check the peer and the path. Let the program set TCP_USER_TIMEOUT, or time-outs of its own, to notice sooner."},
	Limits: []Limit{
		{"retransmits", "retransmissions", AtLeast(3), AtLeast(8), tcp.Text{"tcp_retries1 is 3; after 8 it has lasted a minute and more"}},
	},
	ExplainedBy: []string{"syn-sent-stuck"},
	Reference:   "tcpstat explain retransmission",
	judge: func(j *judge) {
		if w := j.facts.Census.stuck; w.value > 0 {
			j.found(Subject{Kind: Peer, Remote: unmapped(w.remote)}, []float64{w.value}, Evidence{"unacknowledged_bytes", float64(w.waiting)})
		}
	},
}

var zeroWindow = Rule{
	ID: "zero-window", Kind: Gauge,
	Title:   tcp.Text{"a peer does not read"},
	Meaning: tcp.Text{"The peer's receive window is shut and stays so: its program does not read. Answered probes keep such a connection alive for ever."},
	Advice:  tcp.Text{"Look at the program at the other end: it is blocked or overloaded. A time-out on writing frees this end."},
	Limits: []Limit{
		{"shut", sockets, AtLeast(1), Range{}, tcp.Text{"three doublings of the probe's wait are no passing stall"}},
		{"shut_ms", millis, Range{}, AtLeast(60000), tcp.Text{"since when no data could be sent, of the longest"}},
	},
	Reference: "RFC 9293 section 3.8.6.1; tcpstat explain window_probe",
	judge: func(j *judge) {
		c := j.facts.Census
		if j.needDetails() && c.shutCount > 0 {
			j.found(Subject{Kind: Peer, Remote: unmapped(c.shut.remote)}, []float64{float64(c.shutCount), c.shut.value},
				Evidence{"waiting_bytes", float64(c.shut.waiting)})
		}
	},
}

var notReading = Rule{
	ID: "not-reading", Kind: Gauge,
	Title:   tcp.Text{"a program does not read"},
	Meaning: tcp.Text{"Received data has lain unread on open connections for 30 s and longer: the program is blocked or has forgotten them."},
	Advice:  tcp.Text{"Take a stack dump of the program: what does it wait for while its peers wait for it?"},
	Limits: []Limit{
		{"unread", sockets, AtLeast(1), AtLeast(10), tcp.Text{"a program that works reads what has come"}},
	},
	Reference: "tcpstat explain ESTABLISHED",
	judge: func(j *judge) {
		if j.needDetails() {
			j.processes(j.facts.Census.unread)
		}
	},
}

var idleNoKeepalive = Rule{
	ID: "idle-no-keepalive", Kind: Gauge,
	Title:   tcp.Text{"idle connections nobody checks"},
	Meaning: tcp.Text{"Connections have been silent for two hours and longer, without keepalive: nobody would notice that the peer has gone."},
	Advice:  tcp.Text{"Let the program set SO_KEEPALIVE or close what is idle: the peers may be long gone."},
	Limits: []Limit{
		{"idle", sockets, AtLeast(100), Range{}, tcp.Text{"7200 s is where the kernel's keepalive would begin (tcp_keepalive_time)"}},
	},
	Reference: "tcp(7), SO_KEEPALIVE",
	judge: func(j *judge) {
		if j.needDetails() {
			j.processes(j.facts.Census.idle)
		}
	},
}

var rstStorm = Rule{
	ID: "rst-storm", Kind: Delta, All: true,
	Title:   tcp.Text{"many resets sent"},
	Meaning: tcp.Text{"This machine resets many connections: ports where nobody listens, programs that close with data unread, or a service that was restarted."},
	Advice:  tcp.Text{"tcpstat -s -d 10s names the counters of aborts beside it; tcpdump 'tcp[tcpflags] & tcp-rst != 0' shows to whom."},
	Limits: []Limit{
		{"resets_per_s", perSec, AtLeast(10), AtLeast(100), tcp.Text{"and the part of all segments, both: a busy server resets some"}},
		{"resets_percent", percent, AtLeast(1), AtLeast(5), tcp.Text{"OutRsts/OutSegs"}},
	},
	Reference: "tcpstat explain reset",
	judge: func(j *judge) {
		resets, ok := j.delta("Tcp", "OutRsts")
		out, okOut := j.delta("Tcp", "OutSegs")
		if ok && okOut {
			j.found(Subject{}, []float64{j.perSecond(resets), share(resets, out)}, Evidence{"resets", resets}, Evidence{"segments", out})
		}
	},
}
