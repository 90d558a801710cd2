package health

import (
	"tcpstat/tcp"
)

var acceptQueue = Rule{
	ID: "accept-queue", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"accept queue nearly full", "accept 큐가 거의 가득 참"},
		Why: tcp.Text{
			"Connections come faster than the program calls accept().",
			"프로그램이 accept()를 호출하는 것보다 연결이 빨리 옵니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"When the program accepts.",
			"프로그램이 accept하면 끝납니다.",
		},
		Advice: tcp.Text{
			"See why the program does not accept: is it blocked, out of descriptors or out of workers? A larger backlog only helps against short bursts.",
			"프로그램이 accept하지 못하는 이유를 확인합니다: 멈췄는지, 디스크립터나 워커가 모자라는지. 백로그를 늘리는 것은 짧은 폭주에만 도움이 됩니다.",
		},
		Command: "tcpstat -lnp",
	},
	Meaning: tcp.Text{
		"Finished connections wait in the listener's accept queue until the program calls accept(). Above the limit the kernel drops the handshakes of new clients, who see a slow or failed connect.",
		"완성된 연결은 프로그램이 accept()를 호출할 때까지 리스너의 accept 큐(accept queue)에서 기다립니다. 한도를 넘으면 커널이 새 클라이언트의 핸드셰이크를 버리고, 클라이언트의 연결은 느려지거나 실패합니다.",
	},
	Limits: []Limit{
		{"used_percent", percent, AtLeast(80), Range{}, tcp.Text{
			"a queue of four fifths leaves little for a burst",
			"5분의 4가 찬 큐에는 폭주를 받아 낼 여유가 거의 없음",
		}},
		{"over_limit", "connections", Range{}, AtLeast(1), tcp.Text{
			"the kernel drops a SYN when used is above the limit (sk_acceptq_is_full)",
			"대기 수가 한도를 넘으면 커널이 SYN을 버림(sk_acceptq_is_full)",
		}},
	},
	Causes:    []Cause{{"not-accepted", sameListener}},
	Reference: "listen(2); tcpstat explain handshake",
	judge: func(j *judge) {
		if !j.needDetails() {
			return
		}
		for q := range j.facts.Census.listeners {
			if limit, known := q.Backlog.Limit.Get(); known {
				j.found(listener(q), []float64{share(float64(q.Backlog.Used), float64(limit)), over(q.Backlog.Used, limit)},
					Evidence{"used", float64(q.Backlog.Used)}, Evidence{"limit", float64(limit)})
			}
		}
	},
}

var notAccepted = Rule{
	ID: "not-accepted", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"connections wait to be accepted", "accept를 기다리는 연결"},
		Why: tcp.Text{
			"The program that listens does not call accept().",
			"리스너의 프로그램이 accept()를 호출하지 않습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"Never by itself: when the program accepts, or the clients give up.",
			"저절로는 끝나지 않습니다. 프로그램이 accept하거나 클라이언트가 포기해야 합니다.",
		},
		Advice: tcp.Text{
			"Look at the listening program: its accept loop is blocked or has ended. Attach a debugger or take a stack dump before you restart it.",
			"리스너의 프로그램을 살펴봅니다. accept 루프가 멈췄거나 끝났습니다. 재시작하기 전에 디버거를 붙이거나 스택 덤프를 뜹니다.",
		},
		Command: "tcpstat -lnp",
	},
	Meaning: tcp.Text{
		"Established connections have waited in an accept queue for 5 s and more: the program that listens is not calling accept(), while its clients believe that they are connected.",
		"성립한 연결이 accept 큐(accept queue)에서 5초 넘게 기다렸습니다. 리스너의 프로그램이 accept()를 호출하지 않는데, 클라이언트는 연결된 줄 압니다.",
	},
	Limits: []Limit{
		{"not_accepted", sockets, AtLeast(10), Range{}, tcp.Text{"a few may be the moment of a look", "몇 개는 살펴본 순간의 우연일 수 있음"}},
		{"limit_percent", percent, Range{}, AtLeast(100), tcp.Text{"the whole queue is stale", "큐 전체가 오래 묵음"}},
	},
	Reference: "accept(2)",
	judge: func(j *judge) {
		if !j.needDetails() {
			return
		}
		for i := range j.facts.Census.queues {
			q := &j.facts.Census.queues[i]
			if limit, known := q.Backlog.Limit.Get(); known && q.Unaccepted > 0 {
				j.found(listener(q), []float64{float64(q.Unaccepted), share(float64(q.Unaccepted), float64(limit))},
					Evidence{"used", float64(q.Backlog.Used)}, Evidence{"limit", float64(limit)})
			}
		}
	},
}

var listenOverflow = Rule{
	ID: "listen-overflow", Kind: Delta,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"accept queues overflowed", "accept 큐 넘침"},
		Why: tcp.Text{
			"Connections arrived while an accept queue was full.",
			"accept 큐가 가득 찬 동안 연결이 왔습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"When the program accepts as fast as connections come.",
			"연결이 오는 만큼 빨리 프로그램이 accept하면 끝납니다.",
		},
		Advice: tcp.Text{
			"tcpstat -l shows which listener drops. Make the program accept faster; raise its backlog and somaxconn if the bursts are short.",
			"tcpstat -l로 어느 리스너가 버리는지 확인합니다. 프로그램이 더 빨리 accept하게 하고, 폭주가 짧다면 백로그와 somaxconn을 늘립니다.",
		},
		Command: "tcpstat -lnp",
	},
	Meaning: tcp.Text{
		"Handshakes were dropped because an accept queue was full (ListenOverflows). Each costs a client a second or more, or its connection.",
		"accept 큐(accept queue)가 가득 차 핸드셰이크를 버렸습니다(ListenOverflows). 그때마다 클라이언트는 1초 이상을 잃거나 연결에 실패합니다.",
	},
	Limits: []Limit{
		{"overflows_per_s", perSec, Above(0), AtLeast(5), tcp.Text{
			"every one was a client; 5/s is no single burst",
			"하나하나가 클라이언트; 초당 5건이면 한 번의 폭주가 아님",
		}},
	},
	ForAll:    true,
	Causes:    []Cause{{Rule: "not-accepted"}, {Rule: "accept-queue"}},
	Reference: "tcpstat explain ListenOverflows",
	judge:     func(j *judge) { j.rate("TcpExt", "ListenOverflows") },
}

var backlogSmall = Rule{
	ID: "backlog-small", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"backlog too small", "너무 작은 백로그"},
		Why: tcp.Text{
			"The program asks listen() for a short accept queue.",
			"프로그램이 listen()에 짧은 accept 큐를 요청합니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"Never by itself: the next burst overflows again.",
			"저절로는 끝나지 않습니다. 다음 폭주에서 또 넘칩니다.",
		},
		Advice: tcp.Text{
			"Raise the backlog that the program passes to listen(): the system allows somaxconn.",
			"프로그램이 listen()에 넘기는 백로그(backlog)를 늘립니다. 시스템은 somaxconn까지 허용합니다.",
		},
		Command: "tcpstat -lnp",
	},
	Meaning: tcp.Text{
		"A listener that has dropped connections asked for a short accept queue, though the system allows a long one.",
		"연결을 버린 적이 있는 리스너가, 시스템은 더 긴 큐를 허용하는데도 짧은 accept 큐(accept queue)를 요청했습니다.",
	},
	Limits: []Limit{
		{"drops", "connections", Above(0), Range{}, tcp.Text{
			"a limit below 128, the ceiling until Linux 5.4, under a somaxconn of 1024 and more",
			"somaxconn이 1024 이상인데 한도가 128(Linux 5.4 전까지의 상한) 미만",
		}},
	},
	Causes:    []Cause{{"not-accepted", sameListener}, {"accept-queue", sameListener}},
	Reference: "listen(2)",
	judge: func(j *judge) {
		somaxconn, known := j.facts.Settings[tcp.Somaxconn]
		overflows, counted := j.total("TcpExt", "ListenOverflows")
		switch {
		case !j.needDetails():
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
	for q := range j.facts.Census.listeners {
		limit, known := q.Backlog.Limit.Get()
		drops, counted := q.Backlog.Drops.Get()
		if known && counted && limit < 128 {
			j.found(listener(q), []float64{float64(drops)},
				Evidence{"limit", float64(limit)}, Evidence{"somaxconn", somaxconn})
		}
	}
}

var synQueue = Rule{
	ID: "syn-queue", Kind: Delta,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"SYN queue full", "SYN 큐 가득 참"},
		Why: tcp.Text{
			"More half-open connections come than the SYN queue holds.",
			"SYN 큐의 크기보다 많은 반개방 연결이 옵니다.",
		},
		Side: EitherSide,
		Ends: tcp.Text{
			"When the SYNs stop; a half-open connection goes after about a minute.",
			"SYN이 멈추면 끝납니다. 반개방 연결은 1분쯤 뒤 사라집니다.",
		},
		Advice: tcp.Text{
			"tcpstat -an state SYN_RECV shows where they come from. Keep tcp_syncookies at 1; raise tcp_max_syn_backlog and the program's backlog if the clients are genuine.",
			"tcpstat -an state SYN_RECV로 어디에서 오는지 확인합니다. tcp_syncookies는 1로 둡니다. 정상 클라이언트라면 tcp_max_syn_backlog와 프로그램의 백로그를 늘립니다.",
		},
		Command: "tcpstat -n state SYN_RECV",
	},
	Meaning: tcp.Text{
		"More half-open connections came than a listener's SYN queue holds: a flood of SYNs, or clients whose last ACK does not arrive. With SYN cookies the kernel goes on at the cost of TCP options, without them it drops.",
		"리스너의 SYN 큐(SYN queue)보다 많은 반개방(half-open) 연결이 왔습니다: SYN 플러드, 또는 마지막 ACK가 도착하지 않는 클라이언트. SYN 쿠키가 있으면 커널은 TCP 옵션을 희생하며 계속하고, 없으면 버립니다.",
	},
	Limits: []Limit{
		{"cookies_per_s", perSec, Above(1), Above(5), tcp.Text{"a cookie now and then is a burst", "어쩌다 나오는 쿠키는 순간적인 폭주"}},
		{"drops", "segments", Range{}, Above(0), tcp.Text{"each is a client turned away", "하나하나가 돌려보낸 클라이언트"}},
	},
	ForAll:    true,
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
	Diagnosis: Diagnosis{
		Title: tcp.Text{"half-open connections pile up", "쌓이는 반개방 연결"},
		Why: tcp.Text{
			"SYN+ACKs are not answered: forged addresses, or a broken way back.",
			"SYN+ACK에 응답이 없습니다. 위조된 주소이거나 돌아가는 경로가 끊겼습니다.",
		},
		Side: PeerOrPath,
		Ends: tcp.Text{
			"Each goes after tcp_synack_retries, about a minute by default.",
			"하나하나는 tcp_synack_retries(기본값으로 1분쯤) 뒤 사라집니다.",
		},
		Advice: tcp.Text{
			"tcpstat -an state SYN_RECV shows the clients. Check the route and the firewall back to them; if they are many and unknown, keep tcp_syncookies at 1.",
			"tcpstat -an state SYN_RECV로 클라이언트를 확인합니다. 거기로 돌아가는 경로와 방화벽을 확인하고, 모르는 클라이언트가 많으면 tcp_syncookies를 1로 둡니다.",
		},
		Command: "tcpstat -n state SYN_RECV",
	},
	Meaning: tcp.Text{
		"Many connections of a listener stay half-open, and for at least half of them the SYN+ACK had to be sent again: the clients' ACKs do not come. Forged addresses or a broken way back look like this.",
		"한 리스너에 반개방(half-open) 연결이 많이 남아 있고, 절반 이상은 SYN+ACK를 재전송해야 했습니다. 클라이언트의 ACK가 오지 않습니다. 위조된 주소나 끊긴 회신 경로에서 나타나는 모습입니다.",
	},
	Limits: []Limit{
		{"limit_percent", percent, AtLeast(50), AtLeast(100), tcp.Text{
			"the SYN queue is bounded by the listener's backlog",
			"SYN 큐의 상한은 리스너의 백로그",
		}},
	},
	Causes:    []Cause{{"not-accepted", sameListener}, {"accept-queue", sameListener}},
	Reference: "tcpstat explain SYN_RECV",
	judge: func(j *judge) {
		if !j.needDetails() {
			return
		}
		for i := range j.facts.Census.queues {
			q := &j.facts.Census.queues[i]
			limit, known := q.Backlog.Limit.Get()
			if known && q.HalfOpen > 0 && 2*q.Repeated >= q.HalfOpen {
				j.found(listener(q), []float64{share(float64(q.HalfOpen), float64(limit))},
					Evidence{"half_open", float64(q.HalfOpen)}, Evidence{"sent_again", float64(q.Repeated)}, Evidence{"limit", float64(limit)})
			}
		}
	},
}

var listenerMissing = Rule{
	ID: "listener", Kind: Gauge, AskedOnly: true,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"nobody listens", "리스너 없음"},
		Why: tcp.Text{
			"No socket listens on this port.",
			"이 포트에서 기다리는 소켓이 없습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"When the service listens.",
			"서비스가 listen하면 끝납니다.",
		},
		Advice: tcp.Text{
			"Start the service, or look at the address and port that it was told to listen on.",
			"서비스를 시작하거나, 어느 주소와 포트에서 기다리도록 설정했는지 확인합니다.",
		},
		Command: "tcpstat -lnp",
	},
	Meaning: tcp.Text{
		"No socket listens on the port that was asked for: clients are refused.",
		"요청한 포트에서 기다리는 소켓이 없습니다. 클라이언트의 연결이 거부됩니다.",
	},
	Limits: []Limit{
		{"listeners", sockets, Range{}, Exactly(0), tcp.Text{"a service without a listener is down", "리스너 없는 서비스는 멈춘 것"}},
	},
	Reference: "tcpstat explain LISTEN",
	judge: func(j *judge) {
		n := 0
		for q := range j.facts.Census.listeners {
			if q.Local.Port() == j.port {
				n++
			}
		}
		j.found(Subject{Kind: Port, Port: j.port}, []float64{float64(n)})
	},
}

func listener(q *listenQueue) Subject { return Subject{Kind: Listener, Local: q.Local} }

// over is by how many connections a queue exceeds its limit.
func over(used, limit uint32) float64 { return float64(max(used, limit) - limit) }
