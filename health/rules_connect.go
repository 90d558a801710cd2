package health

import (
	"net/netip"

	"tcpstat/tcp"
)

var synSentStuck = Rule{
	ID: "syn-sent-stuck", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"connects without an answer", "응답 없는 연결 시도"},
		Why: tcp.Text{
			"SYNs are not answered, not even refused: the peer is down, or something on the way drops them.",
			"SYN에 응답이 없고 거부조차 없습니다. 상대가 꺼졌거나 도중에 무언가가 버립니다.",
		},
		Side: PeerOrPath,
		Ends: tcp.Text{
			"Each attempt fails with ETIMEDOUT after about two minutes by the kernel's defaults, or at the program's own timeout.",
			"커널 기본값으로는 2분쯤 뒤 ETIMEDOUT으로 실패하며, 프로그램의 타임아웃이 있으면 그때 끝납니다.",
		},
		Advice: tcp.Text{
			"Check that the peer is up, and the route and the firewalls to it. Give the program a connect timeout, so that it does not hang for two minutes.",
			"상대가 살아 있는지, 경로와 그 사이의 방화벽을 확인합니다. 프로그램이 2분 동안 멈추지 않도록 연결 타임아웃을 둡니다.",
		},
		Command: "tcpstat -op state SYN_SENT",
	},
	Meaning: tcp.Text{
		"SYNs were sent three times and more to a peer that does not answer: it is down, unreachable, or a firewall drops them. A refusal would have come back at once.",
		"응답하지 않는 상대에게 SYN을 세 번 이상 재전송했습니다. 상대가 꺼졌거나, 도달할 수 없거나, 방화벽이 버립니다. 거부였다면 바로 돌아왔을 것입니다.",
	},
	Limits: []Limit{
		{"stuck", sockets, AtLeast(1), AtLeast(10), tcp.Text{
			"three repeats are 3 s and more; ten at once are no single host that reboots",
			"재전송 세 번이면 3초 이상; 동시에 열 개면 호스트 하나의 재부팅이 아님",
		}},
	},
	Causes:    []Cause{{"connect-fail", samePeerPort}},
	Reference: "tcpstat explain SYN_SENT",
	judge: func(j *judge) {
		for peer, to := range j.facts.Census.connects {
			if to.stuck > 0 {
				j.find(&finding{subject: Subject{Kind: Peer, Remote: peer}, values: []float64{float64(to.stuck)}, inodes: to.inodes})
			}
		}
	},
}

var portBudget = Rule{
	ID: "port-budget", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"local ports run out", "로컬 포트 고갈"},
		Why: tcp.Text{
			"Connections to one address and port take up its local ports; closed ones hold theirs for another 60 s.",
			"한 주소와 포트로 가는 연결이 로컬 포트를 차지하고, 닫힌 연결도 60초 동안 더 쥐고 있습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"When connections end: a port in TIME_WAIT is free again after 60 s.",
			"연결이 끝나면 풀립니다. TIME_WAIT의 포트는 60초 뒤 다시 쓸 수 있습니다.",
		},
		Advice: tcp.Text{
			"Reuse connections (keep-alive, a pool): that is the cure. A wider ip_local_port_range, more source addresses or tcp_tw_reuse buy time.",
			"근본 해결책은 연결 재사용입니다(keep-alive, 커넥션 풀). 더 넓은 ip_local_port_range, 더 많은 출발지 주소, tcp_tw_reuse는 시간을 벌어 줄 뿐입니다.",
		},
		Command: "tcpstat -a --by peer",
	},
	Meaning: tcp.Text{
		"Each connection to one address and port takes a local port of its own from ip_local_port_range, TIME_WAIT included. At the end of them connect() fails with EADDRNOTAVAIL.",
		"한 주소와 포트로 가는 연결마다 ip_local_port_range의 로컬 포트를 하나씩 쓰며 TIME_WAIT도 포함됩니다. 다 쓰면 connect()가 EADDRNOTAVAIL로 실패합니다(임시 포트 고갈, ephemeral port exhaustion).",
	},
	Limits: []Limit{
		{"ports_percent", percent, AtLeast(70), AtLeast(90), tcp.Text{
			"the search for a free port slows down well before the end",
			"빈 포트를 찾는 속도는 다 쓰기 훨씬 전부터 느려짐",
		}},
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
