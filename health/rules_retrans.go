package health

import (
	"tcpstat/tcp"
)

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
