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
	Causes:    []Cause{{"not-reading", unreadPart}, {"zero-window", shutPart}},
	Cases:     []*Diagnosis{&memoryUnread, &memoryUnsent},
	Reference: "tcp_mem in ip-sysctl",
	judge:     (*judge).tcpMemory,
}

// Titles from where the kernel drops.
var (
	memoryNearlyUsedUp = tcp.Text{"TCP memory nearly used up", "TCP 메모리가 거의 바닥남"}
	memoryUsedUp       = tcp.Text{"TCP memory used up", "TCP 메모리 고갈"}
)

var memoryUnread = Diagnosis{
	Cause: "unread",
	Why: tcp.Text{
		"TCP's buffers take {used_bytes}, more than tcp_mem allows without pressure; {received_bytes} of this network namespace have been received, and programs have not read them.",
		"TCP 버퍼가 쓰는 메모리는 {used_bytes}이며, tcp_mem이 압박 없이 허용하는 양을 넘었습니다. 이 네트워크 네임스페이스에서는 받았지만 프로그램이 읽지 않은 것이 {received_bytes}입니다.",
	},
	Side: Program,
	Ends: tcp.Text{
		"When the programs read.",
		"프로그램이 읽으면 끝납니다.",
	},
	Advice: tcp.Text{
		"See why the program does not read as fast as its peers send, and bound its buffers (SO_RCVBUF, the third number of tcp_rmem). Raise tcp_mem only if the memory is there.",
		"프로그램이 상대가 보내는 만큼 빨리 읽지 못하는 이유를 확인하고 버퍼를 제한합니다(SO_RCVBUF, tcp_rmem의 세 번째 값). tcp_mem은 메모리에 여유가 있을 때만 늘립니다.",
	},
}

var memoryUnsent = Diagnosis{
	Cause: "unsent",
	Why: tcp.Text{
		"TCP's buffers take {used_bytes}, more than tcp_mem allows without pressure; {sending_bytes} of this network namespace have been written by programs, and peers have not acknowledged them.",
		"TCP 버퍼가 쓰는 메모리는 {used_bytes}이며, tcp_mem이 압박 없이 허용하는 양을 넘었습니다. 이 네트워크 네임스페이스에서는 프로그램이 썼지만 상대의 ACK가 없는 것이 {sending_bytes}입니다.",
	},
	Side: PeerOrPath,
	Ends: tcp.Text{
		"When the peers acknowledge.",
		"상대의 ACK가 오면 끝납니다.",
	},
	Advice: tcp.Text{
		"See which peers take so little: they read slowly, or the path to them is narrow. Bound the send buffers (SO_SNDBUF, the third number of tcp_wmem, tcp_notsent_lowat). Raise tcp_mem only if the memory is there.",
		"어느 상대가 조금씩만 받는지 확인합니다. 느리게 읽거나 거기까지의 경로가 좁은 것입니다. 송신 버퍼를 제한합니다(SO_SNDBUF, tcp_wmem의 세 번째 값, tcp_notsent_lowat). tcp_mem은 메모리에 여유가 있을 때만 늘립니다.",
	},
	Command: "tcpstat -m --sort sendq --top 10",
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
	Causes:    []Cause{{"not-reading", fullPart}, {Rule: "tcp-mem"}},
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
		b := &j.facts.Census.limits.buffers
		j.found(Subject{}, values, Evidence{"received_bytes", b.received}, Evidence{"full_bytes", b.full})
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
	Cases:     []*Diagnosis{&conntrackFull},
	judge:     (*judge).conntrack,
}

var conntrackFull = Diagnosis{
	Cause: "full",
	Title: tcp.Text{"connection tracking full", "연결 추적 테이블 가득 참"},
	Why: tcp.Text{
		"All {limit} entries of nf_conntrack_max are taken: packets of new connections are dropped now, unless an entry without an answer can be thrown out for them.",
		"nf_conntrack_max의 항목 {limit}개가 모두 찼습니다. 응답이 없던 항목을 대신 내보낼 수 없으면 지금 새 연결의 패킷이 버려집니다.",
	},
}

// conntrack measures how full the firewall's table is. Its counters of drops are of all
// times: they support what is so now, and are no finding of their own.
func (j *judge) conntrack() {
	n, counted := j.facts.Settings[tcp.ConntrackCount]
	most, known := j.facts.Settings[tcp.ConntrackMax]
	if !counted || !known {
		j.cannot(NotThere)
		return
	}
	f := &finding{
		values:   []float64{share(float64(n), float64(most))},
		evidence: []Evidence{{"tracked", float64(n)}, {"limit", float64(most)}},
	}
	if n >= most {
		f.diagnosis = &conntrackFull
	}
	for _, of := range [...]struct{ key, name string }{{"dropped_since_boot", "drop"}, {"thrown_out_since_boot", "early_drop"}} {
		if total, ok := j.total(conntrackGroup, of.name); ok {
			f.evidence = append(f.evidence, Evidence{of.key, total})
		}
	}
	j.find(f)
}

// conntrackGroup is the group of the counters of /proc/net/stat/nf_conntrack.
const conntrackGroup = "nf_conntrack"
