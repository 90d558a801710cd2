package health

import (
	"tcpstat/tcp"
)

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

var keepaliveUnanswered = Rule{
	ID: "keepalive-unanswered", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"idle peer does not answer", "응답 없는 유휴 상대"},
		Why: tcp.Text{
			"Keepalive probes are not answered: the peer is down, or the path to it is.",
			"keepalive 프로브에 응답이 없습니다. 상대가 꺼졌거나 경로가 끊겼습니다.",
		},
		Side: PeerOrPath,
		Ends: tcp.Text{
			"By itself: the kernel gives up in {gives_up_ms} and the program gets ETIMEDOUT.",
			"저절로 끝납니다. 커널이 {gives_up_ms} 뒤 포기하고 프로그램은 ETIMEDOUT을 받습니다.",
		},
		Advice: tcp.Text{
			"Check the peer and the path to it. The connection needs nothing: keepalive ends it.",
			"상대와 거기까지의 경로를 확인합니다. 연결에 대해 할 일은 없습니다. keepalive가 끝냅니다.",
		},
		Command: "tcpstat -op timer keepalive",
	},
	Cases: []*Diagnosis{&ownKeepalive},
	Meaning: tcp.Text{
		"Three keepalive probes and more of an idle connection were not answered. A kernel that lives answers the first.",
		"유휴 연결의 keepalive 프로브 세 개 이상에 응답이 없었습니다. 살아 있는 커널은 첫 프로브에 응답합니다.",
	},
	Limits: []Limit{
		{"unanswered", sockets, AtLeast(1), AtLeast(100), tcp.Text{
			"three lost probes in a row are no chance; a client among ten and more of a service counts only with ten others",
			"연달아 세 번의 유실은 우연이 아님; 한 서비스의 많은 클라이언트 중 하나는 열 개가 될 때까지 세지 않음",
		}},
	},
	Causes:    []Cause{{"syn-sent-stuck", samePeer}, {"send-stuck", samePeer}},
	Reference: "tcpstat explain keepalive",
	judge: func(j *judge) {
		if !j.needDetails() {
			return
		}
		for addr, peer := range j.facts.Census.probed {
			if j.facts.Census.tolerated(peer) {
				continue
			}
			w := &peer.worst
			f := &finding{
				subject: Subject{Kind: Peer, Peer: addr}, inodes: []uint64{w.inode},
				values: []float64{float64(peer.opened + peer.accepted)},
				evidence: []Evidence{
					{"probes", w.value},
					{"silent_ms", float64(peer.silence.Milliseconds())},
					{"gives_up_ms", float64(peer.ends.Milliseconds())},
				},
			}
			if peer.early {
				f.diagnosis = &ownKeepalive
			}
			j.find(f)
		}
	},
}

// ownKeepalive is a peer that a program asks for sooner than the settings say.
var ownKeepalive = Diagnosis{
	Cause: "own_times",
	Ends: tcp.Text{
		"By itself, within {gives_up_ms}: the probes came sooner than the settings allow, so the program has set times of its own (TCP_KEEPIDLE, TCP_KEEPINTVL), and perhaps fewer probes (TCP_KEEPCNT).",
		"{gives_up_ms} 안에 저절로 끝납니다. 설정이 허용하는 것보다 프로브가 일찍 왔으므로 프로그램이 자체 시간(TCP_KEEPIDLE, TCP_KEEPINTVL)을 정했고, 프로브 수(TCP_KEEPCNT)도 줄였을 수 있습니다.",
	},
}
