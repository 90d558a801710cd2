package health

import (
	"tcpstat/tcp"
)

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
