package health

import (
	"tcpstat/tcp"
)

var acceptQueue = Rule{
	ID: "accept-queue", Kind: Gauge,
	Title:   tcp.Text{"accept queue nearly full"},
	Meaning: tcp.Text{"Finished connections wait in the listener's accept queue until the program calls accept(). Above the limit the kernel drops the handshakes of new clients, who see a slow or failed connect."},
	Advice:  tcp.Text{"See why the program does not accept: is it blocked, out of descriptors or out of workers? A larger backlog only helps against short bursts."},
	Limits: []Limit{
		{"used_percent", percent, AtLeast(80), Range{}, tcp.Text{"a queue of four fifths leaves little for a burst"}},
		{"over_limit", "connections", Range{}, AtLeast(1), tcp.Text{"the kernel drops a SYN when used is above the limit (sk_acceptq_is_full)"}},
	},
	Reference: "listen(2); tcpstat explain handshake",
	judge: func(j *judge) {
		if !j.facts.Details {
			j.cannot(NotInProc)
			return
		}
		for _, q := range j.facts.Census.Listeners {
			if limit, known := q.Backlog.Limit.Get(); known {
				j.found(listener(&q), []float64{share(float64(q.Backlog.Used), float64(limit)), over(q.Backlog.Used, limit)},
					Evidence{"used", float64(q.Backlog.Used)}, Evidence{"limit", float64(limit)})
			}
		}
	},
}

var notAccepted = Rule{
	ID: "not-accepted", Kind: Gauge,
	Title:   tcp.Text{"connections wait to be accepted"},
	Meaning: tcp.Text{"Established connections have waited in an accept queue for 5 s and more: the program that listens is not calling accept(), while its clients believe that they are connected."},
	Advice:  tcp.Text{"Look at the listening program: its accept loop is blocked or has ended. Attach a debugger or take a stack dump before you restart it."},
	Limits: []Limit{
		{"not_accepted", sockets, AtLeast(10), Range{}, tcp.Text{"a few may be the moment of a look"}},
		{"limit_percent", percent, Range{}, AtLeast(100), tcp.Text{"the whole queue is stale"}},
	},
	Reference: "accept(2)",
	judge: func(j *judge) {
		if !j.facts.Details {
			j.cannot(NotInProc)
			return
		}
		for _, q := range j.facts.Census.Listeners {
			if q.Unaccepted > 0 {
				limit := float64(q.Backlog.Limit.Or(0))
				j.found(listener(&q), []float64{float64(q.Unaccepted), share(float64(q.Unaccepted), limit)},
					Evidence{"used", float64(q.Backlog.Used)}, Evidence{"limit", limit})
			}
		}
	},
}

var listenOverflow = Rule{
	ID: "listen-overflow", Kind: Delta,
	Title:   tcp.Text{"accept queues overflowed"},
	Meaning: tcp.Text{"Handshakes were dropped because an accept queue was full (ListenOverflows). Each costs a client a second or more, or its connection."},
	Advice:  tcp.Text{"tcpstat -l shows which listener drops. Make the program accept faster; raise its backlog and somaxconn if the bursts are short."},
	Limits: []Limit{
		{"overflows_per_s", perSec, Above(0), AtLeast(5), tcp.Text{"every one was a client; 5/s is no single burst"}},
	},
	ExplainedBy: []string{"not-accepted", "accept-queue"},
	Reference:   "tcpstat explain ListenOverflows",
	judge:       func(j *judge) { j.rate("TcpExt", "ListenOverflows") },
}

var backlogSmall = Rule{
	ID: "backlog-small", Kind: Gauge,
	Title:   tcp.Text{"backlog too small"},
	Meaning: tcp.Text{"A listener that has dropped connections asked for a short accept queue, though the system allows a long one."},
	Advice:  tcp.Text{"Raise the backlog that the program passes to listen(): the system allows somaxconn."},
	Limits: []Limit{
		{"drops", "connections", Above(0), Range{}, tcp.Text{"a limit below 128, the ceiling until Linux 5.4, under a somaxconn of 1024 and more"}},
	},
	ExplainedBy: []string{"not-accepted", "accept-queue"},
	Reference:   "listen(2)",
	judge: func(j *judge) {
		somaxconn, known := j.facts.Settings[tcp.Somaxconn]
		overflows, counted := j.total("TcpExt", "ListenOverflows")
		switch {
		case !j.facts.Details:
			j.cannot(NotInProc)
		case !known:
			j.cannot(NoSettings)
		case !counted:
			j.cannot(NotCounted)
		case somaxconn >= 1024 && overflows > 0:
			j.smallBacklogs(float64(somaxconn))
		}
	},
}

// smallBacklogs measures the drops of listeners with a short queue. A listener
// counts all its drops together; that overflows were counted at all is what
// makes it likely that these are some.
func (j *judge) smallBacklogs(somaxconn float64) {
	for _, q := range j.facts.Census.Listeners {
		limit, known := q.Backlog.Limit.Get()
		drops, counted := q.Backlog.Drops.Get()
		if known && counted && limit < 128 {
			j.found(listener(&q), []float64{float64(drops)},
				Evidence{"limit", float64(limit)}, Evidence{"somaxconn", somaxconn})
		}
	}
}

var synQueue = Rule{
	ID: "syn-queue", Kind: Delta,
	Title:   tcp.Text{"SYN queue full"},
	Meaning: tcp.Text{"More half-open connections came than a listener's SYN queue holds: a flood of SYNs, or clients whose last ACK does not arrive. With SYN cookies the kernel goes on at the cost of TCP options, without them it drops."},
	Advice:  tcp.Text{"tcpstat -an state SYN_RECV shows where they come from. Keep tcp_syncookies at 1; raise tcp_max_syn_backlog and the program's backlog if the clients are genuine."},
	Limits: []Limit{
		{"cookies_per_s", perSec, Above(1), Above(5), tcp.Text{"a cookie now and then is a burst"}},
		{"drops", "segments", Range{}, Above(0), tcp.Text{"each is a client turned away"}},
	},
	Reference: "tcpstat explain TCPReqQFullDoCookies",
	judge: func(j *judge) {
		cookies, ok := j.delta("TcpExt", "TCPReqQFullDoCookies")
		drops, okDrops := j.delta("TcpExt", "TCPReqQFullDrop")
		if ok && okDrops {
			j.found(Subject{}, []float64{j.perSecond(cookies), drops}, Evidence{"cookies", cookies})
		}
	},
}

var synRecvPile = Rule{
	ID: "syn-recv-pile", Kind: Gauge,
	Title:   tcp.Text{"half-open connections pile up"},
	Meaning: tcp.Text{"Many connections of a listener stay half-open, and for at least half of them the SYN+ACK had to be sent again: the clients' ACKs do not come. Forged addresses or a broken way back look like this."},
	Advice:  tcp.Text{"tcpstat -an state SYN_RECV shows the clients. Check the route and the firewall back to them; if they are many and unknown, keep tcp_syncookies at 1."},
	Limits: []Limit{
		{"limit_percent", percent, AtLeast(50), AtLeast(100), tcp.Text{"the SYN queue is bounded by the listener's backlog"}},
	},
	ExplainedBy: []string{"accept-queue", "not-accepted"},
	Reference:   "tcpstat explain SYN_RECV",
	judge: func(j *judge) {
		if !j.facts.Details {
			j.cannot(NotInProc)
			return
		}
		for _, q := range j.facts.Census.Listeners {
			limit, known := q.Backlog.Limit.Get()
			if known && q.HalfOpen > 0 && 2*q.Repeated >= q.HalfOpen {
				j.found(listener(&q), []float64{share(float64(q.HalfOpen), float64(limit))},
					Evidence{"half_open", float64(q.HalfOpen)}, Evidence{"sent_again", float64(q.Repeated)}, Evidence{"limit", float64(limit)})
			}
		}
	},
}

var listenerMissing = Rule{
	ID: "listener", Kind: Gauge, AskedOnly: true,
	Title:   tcp.Text{"nobody listens"},
	Meaning: tcp.Text{"No socket listens on the port that was asked for: clients are refused."},
	Advice:  tcp.Text{"Start the service, or look at the address and port that it was told to listen on."},
	Limits: []Limit{
		{"listeners", sockets, Range{}, Exactly(0), tcp.Text{"a service without a listener is down"}},
	},
	Reference: "tcpstat explain LISTEN",
	judge: func(j *judge) {
		n := 0
		for _, q := range j.facts.Census.Listeners {
			if q.Local.Port() == j.port {
				n++
			}
		}
		j.found(Subject{Kind: Port, Port: j.port}, []float64{float64(n)})
	},
}

func listener(q *Queue) Subject { return Subject{Kind: Listener, Local: q.Local} }

// over is by how many connections a queue exceeds its limit.
func over(used, limit uint32) float64 { return float64(max(used, limit) - limit) }
