package health

import (
	"tcpstat/tcp"
)

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
