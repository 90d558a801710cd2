package health

import "tcpstat/tcp"

// LeastSegments is how many segments must have been sent before a ratio says something.
const LeastSegments = 1000

// leastBytes is the same of bytes to one peer.
const leastBytes = 1 << 20

var retrans = Rule{
	ID: "retrans", Kind: Delta,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"segments sent again", "세그먼트 재전송"},
		Why: tcp.Text{
			"Segments or their acknowledgements are lost on the way.",
			"세그먼트나 그에 대한 ACK가 도중에 유실됩니다.",
		},
		Side: ThePath,
		Ends: tcp.Text{
			"When the path recovers; TCP itself only slows down.",
			"경로가 회복되면 끝납니다. TCP는 속도를 늦출 뿐입니다.",
		},
		Advice: tcp.Text{
			"tcpstat -s -d 10s tells what kind of loss it is, tcpstat --by peer whether one peer has it all. Then look at the path: a duplex mismatch, a full link, a policer, radio.",
			"tcpstat -s -d 10s로 손실의 종류를, tcpstat --by peer로 한 상대에 몰려 있는지 확인합니다. 그다음 경로를 살펴봅니다: 듀플렉스 불일치, 가득 찬 링크, 폴리서(policer), 무선 구간.",
		},
		Command: "tcpstat -s -d 10s",
	},
	Meaning: tcp.Text{
		"Segments, or their acknowledgements, are lost on the way. From about one in a hundred on, throughput falls and answers stall.",
		"세그먼트나 그에 대한 ACK가 도중에 유실됩니다. 백에 하나쯤부터 처리량이 떨어지고 응답이 지연됩니다.",
	},
	Limits: []Limit{
		{"retrans_percent", percent, AtLeast(1), AtLeast(5), tcp.Text{
			"RetransSegs/OutSegs; 1 % is the rule of thumb of netstat -s",
			"RetransSegs/OutSegs; 1%는 netstat -s를 볼 때의 경험칙",
		}},
	},
	ForAll:    true,
	Causes:    []Cause{{"syn-sent-stuck", mostlySYNs}},
	Reference: "tcpstat explain retransmission",
	judge: func(j *judge) {
		again, ok := j.delta("Tcp", "RetransSegs")
		out, okOut := j.delta("Tcp", "OutSegs")
		if ok && okOut && out >= LeastSegments {
			evidence := []Evidence{{"retransmitted", again}, {"segments", out}}
			if syns, known := j.difference("TcpExt", "TCPSynRetrans"); known {
				evidence = append(evidence, Evidence{"syns", syns})
			}
			j.found(Subject{}, []float64{share(again, out)}, evidence...)
		}
	},
}

var retransPeer = Rule{
	ID: "retrans-peer", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"one peer loses segments", "한 상대의 세그먼트 유실"},
		Why: tcp.Text{
			"Much of what is sent to this peer has to be sent again.",
			"이 상대에게 보낸 것의 많은 부분을 다시 보냅니다.",
		},
		Side: ThePath,
		Ends: tcp.Text{
			"When the path to it recovers.",
			"그 상대로 가는 경로가 회복되면 끝납니다.",
		},
		Advice: tcp.Text{
			"Compare with other peers (tcpstat --by peer). If it is alone, look at its link and at the path to it.",
			"다른 상대와 비교합니다(tcpstat --by peer). 이 상대만 그렇다면 그 링크와 거기까지의 경로를 살펴봅니다.",
		},
		Command: "tcpstat -i --sort retrans --top 10",
	},
	Meaning: tcp.Text{
		"Of the bytes sent to this peer on its live connections, many had to be sent again: the loss lies on the way to it.",
		"이 상대와 연 연결에서 보낸 바이트 가운데 많은 부분을 재전송했습니다. 그 상대로 가는 경로에서 유실됩니다.",
	},
	Limits: []Limit{
		{"retrans_percent", percent, AtLeast(2), AtLeast(10), tcp.Text{
			"of at least 1 MiB, since the connections began",
			"연결이 시작된 뒤 1MiB 이상 보낸 경우",
		}},
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
	Diagnosis: Diagnosis{
		Title: tcp.Text{"data that does not get through", "전달되지 않는 데이터"},
		Why: tcp.Text{
			"Data is sent again and again, and nothing acknowledges it.",
			"데이터를 거듭 보내도 ACK가 없습니다.",
		},
		Side: PeerOrPath,
		Ends: tcp.Text{
			"The kernel gives up after tcp_retries2, about a quarter of an hour by default; a limit of the program's own may come sooner.",
			"커널은 tcp_retries2(기본값으로 15분쯤) 뒤 포기합니다. 프로그램이 정한 한도는 더 빠를 수 있습니다.",
		},
		Advice: tcp.Text{
			"Check the peer and the path. Let the program set TCP_USER_TIMEOUT, or time-outs of its own, to notice sooner.",
			"상대와 경로를 확인합니다. 더 빨리 알아채도록 프로그램에서 TCP_USER_TIMEOUT이나 자체 타임아웃을 설정합니다.",
		},
		Command: "tcpstat -op retrans ge 3",
	},
	Meaning: tcp.Text{
		"Data of an open connection is sent again and again without an acknowledgement: the peer or the way to it is gone. The program does not notice until the kernel gives up, by default after a quarter of an hour.",
		"열린 연결의 데이터를 거듭 재전송해도 ACK가 없습니다. 상대나 거기까지의 경로가 사라졌습니다. 커널이 포기할 때까지(기본값으로 15분쯤) 프로그램은 알지 못합니다.",
	},
	Limits: []Limit{
		{"retransmits", "retransmissions", AtLeast(3), AtLeast(8), tcp.Text{
			"tcp_retries1 is 3; after 8 it has lasted a minute and more",
			"tcp_retries1이 3; 8회면 1분 넘게 이어진 것",
		}},
	},
	Causes:    []Cause{{"syn-sent-stuck", samePeer}},
	Reference: "tcpstat explain retransmission",
	judge: func(j *judge) {
		if w := j.facts.Census.stuck; w.value > 0 {
			j.found(Subject{Kind: Peer, Remote: unmapped(w.remote)}, []float64{w.value}, Evidence{"unacknowledged_bytes", float64(w.waiting)})
		}
	},
}

var zeroWindow = Rule{
	ID: "zero-window", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"a peer does not read", "읽지 않는 상대"},
		Why: tcp.Text{
			"The peer's receive window is closed: its program does not read.",
			"상대의 수신 윈도우가 닫혀 있습니다. 상대 프로그램이 읽지 않습니다.",
		},
		Side: ThePeer,
		Ends: tcp.Text{
			"Never by itself while the peer answers probes.",
			"상대가 프로브에 응답하는 한 저절로 끝나지 않습니다.",
		},
		Advice: tcp.Text{
			"Look at the program at the other end: it is blocked or overloaded. A time-out on writing frees this end.",
			"반대쪽 프로그램을 살펴봅니다. 멈췄거나 과부하입니다. 쓰기에 타임아웃을 두면 이쪽은 벗어날 수 있습니다.",
		},
		Command: "tcpstat -p timer window_probe",
	},
	Meaning: tcp.Text{
		"The peer's receive window is shut and stays so: its program does not read. Answered probes keep such a connection alive for ever.",
		"상대의 수신 윈도우가 닫힌 채로 있습니다(제로 윈도우, zero window). 상대 프로그램이 읽지 않습니다. 프로브에 응답이 있는 한 이런 연결은 끝없이 이어집니다.",
	},
	Limits: []Limit{
		{"shut", sockets, AtLeast(1), Range{}, tcp.Text{
			"three doublings of the probe's wait are no passing stall",
			"프로브 대기 시간이 세 번 두 배가 됐으면 잠깐의 멈춤이 아님",
		}},
		{"shut_ms", millis, Range{}, AtLeast(60000), tcp.Text{
			"since when no data could be sent, of the longest",
			"데이터를 보내지 못한 시간, 가장 긴 것",
		}},
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
	Diagnosis: Diagnosis{
		Title: tcp.Text{"a program does not read", "읽지 않는 프로그램"},
		Why: tcp.Text{
			"Data has arrived, and the program does not read it.",
			"데이터가 도착했는데 프로그램이 읽지 않습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"Never by itself: when the program reads or closes.",
			"저절로는 끝나지 않습니다. 프로그램이 읽거나 닫아야 합니다.",
		},
		Advice: tcp.Text{
			"Take a stack dump of the program: what does it wait for while its peers wait for it?",
			"프로그램의 스택 덤프를 떠서, 상대들이 기다리는 동안 프로그램이 무엇을 기다리는지 확인합니다.",
		},
		Command: "tcpstat -p state ESTABLISHED recvq gt 0",
	},
	Meaning: tcp.Text{
		"Received data has lain unread on open connections for 30 s and longer: the program is blocked or has forgotten them.",
		"열린 연결에서 받은 데이터를 30초 넘게 읽지 않았습니다. 프로그램이 멈췄거나 그 연결을 잊었습니다.",
	},
	Limits: []Limit{
		{"unread", sockets, AtLeast(1), AtLeast(10), tcp.Text{"a program that works reads what has come", "정상 동작하는 프로그램은 온 데이터를 읽음"}},
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
	Diagnosis: Diagnosis{
		Title: tcp.Text{"idle connections nobody checks", "아무도 확인하지 않는 유휴 연결"},
		Why: tcp.Text{
			"Nothing has been heard for hours, and no keepalive asks.",
			"몇 시간 동안 아무것도 듣지 못했고 keepalive로 확인하지도 않습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"Never by itself: without keepalive nobody notices that a peer is gone.",
			"저절로는 끝나지 않습니다. keepalive가 없으면 상대가 사라져도 아무도 모릅니다.",
		},
		Advice: tcp.Text{
			"Let the program set SO_KEEPALIVE or close what is idle: the peers may be long gone.",
			"프로그램에서 SO_KEEPALIVE를 설정하거나 유휴 연결을 닫습니다. 상대가 오래전에 사라졌을 수 있습니다.",
		},
		Command: "tcpstat -p state ESTABLISHED timer none",
	},
	Meaning: tcp.Text{
		"Connections have been silent for two hours and longer, without keepalive: nobody would notice that the peer has gone.",
		"두 시간 넘게 아무것도 오가지 않았고 keepalive도 없는 연결입니다. 상대가 사라져도 아무도 모릅니다.",
	},
	Limits: []Limit{
		{"idle", sockets, AtLeast(100), Range{}, tcp.Text{
			"7200 s is where the kernel's keepalive would begin (tcp_keepalive_time)",
			"7200초는 커널의 keepalive가 시작되는 시점(tcp_keepalive_time)",
		}},
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
	Diagnosis: Diagnosis{
		Title: tcp.Text{"many resets sent", "RST 다량 전송"},
		Why: tcp.Text{
			"This machine sends many RSTs.",
			"이 시스템이 RST를 많이 보냅니다.",
		},
		Side: EitherSide,
		Ends: tcp.Text{
			"When those who cause it stop.",
			"원인이 되는 쪽이 멈추면 끝납니다.",
		},
		Advice: tcp.Text{
			"tcpstat -s -d 10s names the counters of aborts beside it; tcpdump 'tcp[tcpflags] & tcp-rst != 0' shows to whom.",
			"tcpstat -s -d 10s로 함께 늘어난 중단(abort) 카운터를, tcpdump 'tcp[tcpflags] & tcp-rst != 0'으로 누구에게 보내는지 확인합니다.",
		},
		Command: "tcpstat -s -d 10s",
	},
	Meaning: tcp.Text{
		"This machine resets many connections: ports where nobody listens, programs that close with data unread, or a service that was restarted.",
		"이 시스템이 많은 연결을 RST로 끊습니다: 리스너가 없는 포트, 읽지 않은 데이터를 둔 채 닫는 프로그램, 또는 서비스 재시작.",
	},
	Limits: []Limit{
		{"resets_per_s", perSec, AtLeast(10), AtLeast(100), tcp.Text{
			"and the part of all segments, both: a busy server resets some",
			"전체 세그먼트 대비 비율도 함께 넘어야 함: 바쁜 서버는 RST를 조금은 보냄",
		}},
		{"resets_percent", percent, AtLeast(1), AtLeast(5), tcp.Text{"OutRsts/OutSegs", "OutRsts/OutSegs"}},
	},
	ForAll:    true,
	Reference: "tcpstat explain reset",
	judge: func(j *judge) {
		resets, ok := j.delta("Tcp", "OutRsts")
		out, okOut := j.delta("Tcp", "OutSegs")
		if ok && okOut {
			j.found(Subject{}, []float64{j.perSecond(resets), share(resets, out)}, Evidence{"resets", resets}, Evidence{"segments", out})
		}
	},
}
