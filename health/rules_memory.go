package health

import "tcpstat/tcp"

var tcpMem = Rule{
	ID: "tcp-mem", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"TCP memory short", "TCP 메모리 부족"},
		Why: tcp.Text{
			"TCP's buffers take more than tcp_mem allows without pressure.",
			"TCP 버퍼가 tcp_mem이 압박 없이 허용하는 양을 넘었습니다.",
		},
		Side: System,
		Ends: tcp.Text{
			"When programs read, or peers acknowledge, what the buffers hold.",
			"버퍼에 쌓인 것을 프로그램이 읽거나 상대가 ACK하면 끝납니다.",
		},
		Advice: tcp.Text{
			"tcpstat -m --sort recvq --top 10 shows whose buffers are full. Raise tcp_mem only if the memory is there.",
			"tcpstat -m --sort recvq --top 10으로 누구의 버퍼가 가득 찼는지 확인합니다. tcp_mem은 메모리에 여유가 있을 때만 늘립니다.",
		},
		Command: "tcpstat -m --sort recvq --top 10",
	},
	Meaning: tcp.Text{
		"All TCP buffers of the host together have passed the pressure mark of tcp_mem: the kernel shrinks windows, and at the maximum it drops.",
		"호스트의 TCP 버퍼 전체가 tcp_mem의 압박(pressure) 기준을 넘었습니다. 커널이 윈도우를 줄이고, 최댓값에 이르면 버립니다.",
	},
	Limits: []Limit{
		{"pressure_percent", percent, Above(100), Range{}, tcp.Text{"the second number of tcp_mem", "tcp_mem의 두 번째 값"}},
		{"max_percent", percent, Range{}, Above(90), tcp.Text{"the third number of tcp_mem", "tcp_mem의 세 번째 값"}},
	},
	ForAll:    true,
	Causes:    []Cause{{Rule: "not-reading"}, {Rule: "zero-window"}},
	Reference: "tcp_mem in ip-sysctl",
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
	Diagnosis: Diagnosis{
		Title: tcp.Text{"received segments dropped", "받은 세그먼트를 버림"},
		Why: tcp.Text{
			"Segments arrived faster than programs read, and the buffers were full.",
			"프로그램이 읽는 것보다 빨리 도착해 버퍼가 가득 찼습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"When programs read faster; what was dropped is sent again.",
			"프로그램이 더 빨리 읽으면 끝납니다. 버려진 것은 상대가 다시 보냅니다.",
		},
		Advice: tcp.Text{
			"Look for programs that do not read (tcpstat --sort recvq --top 10) and for small fixed SO_RCVBUFs; see tcp_rmem.",
			"읽지 않는 프로그램(tcpstat --sort recvq --top 10)과 작게 고정한 SO_RCVBUF를 찾습니다. tcp_rmem도 확인합니다.",
		},
		Command: "tcpstat -mp --sort recvq --top 10",
	},
	Meaning: tcp.Text{
		"Segments that had arrived were thrown away for lack of buffer, and must be sent again.",
		"도착한 세그먼트를 버퍼가 모자라 버렸고, 상대가 다시 보내야 합니다.",
	},
	Limits: []Limit{
		{"rcvq_drop", "segments", Above(0), Range{}, tcp.Text{"TCPRcvQDrop", "TCPRcvQDrop"}},
		{"backlog_drop", "segments", Above(0), Range{}, tcp.Text{"TCPBacklogDrop", "TCPBacklogDrop"}},
		{"pruned", "segments", Above(0), Range{}, tcp.Text{"RcvPruned", "RcvPruned"}},
	},
	ForAll:    true,
	Causes:    []Cause{{Rule: "not-reading"}, {Rule: "tcp-mem"}},
	Reference: "tcpstat explain TCPRcvQDrop",
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
	Diagnosis: Diagnosis{
		Title: tcp.Text{"connection tracking nearly full", "연결 추적 테이블이 거의 가득 참"},
		Why: tcp.Text{
			"More connections are tracked than nf_conntrack_max was meant for.",
			"nf_conntrack_max가 상정한 것보다 많은 연결을 추적합니다.",
		},
		Side: System,
		Ends: tcp.Text{
			"Entries go at their timeouts: days for established connections, minutes for closed ones.",
			"항목은 시간이 지나면 사라집니다. 성립한 연결은 며칠, 닫힌 연결은 몇 분 걸립니다.",
		},
		Advice: tcp.Text{
			"Raise nf_conntrack_max, or exempt traffic that needs no tracking (notrack); look for floods of short connections.",
			"nf_conntrack_max를 늘리거나 추적이 필요 없는 트래픽을 제외합니다(notrack). 짧은 연결이 쏟아지는지도 살펴봅니다.",
		},
		Command: "tcpstat -a --by peer",
	},
	Meaning: tcp.Text{
		"The firewall's table of connections fills up. When it is full, packets of new connections are dropped, and no TCP counter tells.",
		"방화벽의 연결 테이블이 차오릅니다. 가득 차면 새 연결의 패킷이 버려지며, 이를 알려 주는 TCP 카운터는 없습니다.",
	},
	Limits: []Limit{
		{"used_percent", percent, AtLeast(75), AtLeast(90), tcp.Text{"the table fills within seconds under a burst", "폭주하면 몇 초 만에 테이블이 가득 참"}},
	},
	ForAll:    true,
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
