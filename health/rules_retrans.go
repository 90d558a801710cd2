package health

import (
	"cmp"
	"slices"

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
	Causes:    []Cause{{"syn-sent-stuck", mostlySYNs}, {"connect-fail", mostlySYNs}, {"needless-retrans", mostNeedless}},
	Reference: "tcpstat explain retransmission",
	judge: func(j *judge) {
		f, ok := j.retransmission()
		if !ok {
			return
		}
		if lost, part := f.part("needless"), f.part("retransmitted")-f.part("syns"); part > 0 && 100*lost >= mostlyNeedless*part {
			f.values[0] = share(f.part("retransmitted")-lost, f.part("segments"))
		}
		j.find(f)
	},
}

// retransmission measures what was sent again in the window, if enough was sent.
func (j *judge) retransmission() (f *finding, ok bool) {
	again, okAgain := j.delta("Tcp", "RetransSegs")
	out, okOut := j.delta("Tcp", "OutSegs")
	switch {
	case !okAgain || !okOut:
		return nil, false
	case out < LeastSegments:
		j.cannot(TooLittleTraffic)
		return nil, false
	}
	f = &finding{values: []float64{share(again, out)}, evidence: []Evidence{{"retransmitted", again}, {"segments", out}}}
	for key, name := range map[string]string{"syns": "TCPSynRetrans", "needless": "TCPDSACKRecvSegs"} {
		if n, known := j.difference("TcpExt", name); known {
			f.evidence = append(f.evidence, Evidence{key, n})
		}
	}
	slices.SortFunc(f.evidence, func(a, b Evidence) int { return cmp.Compare(a.Key, b.Key) })
	return f, true
}

var needlessRetrans = Rule{
	ID: "needless-retrans", Kind: Delta, All: true,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"segments sent again though they had arrived", "도착했는데도 재전송한 세그먼트"},
		Why: tcp.Text{
			"The peers report that they had most of what was sent again (DSACK): nothing, or little, was lost. Acknowledgements came too late, or were lost on the way back.",
			"상대들은 다시 받은 것의 대부분을 이미 갖고 있었다고 알립니다(DSACK). 유실은 없거나 거의 없습니다. ACK가 너무 늦게 왔거나 돌아오는 길에 유실됐습니다.",
		},
		Side: ThePath,
		Ends: tcp.Text{
			"When the path recovers; TCP itself only slows down.",
			"경로가 회복되면 끝납니다. TCP는 속도를 늦출 뿐입니다.",
		},
		Advice: tcp.Text{
			"Look for delay rather than loss: on the way back a full queue (bufferbloat), a loaded link or lost ACKs; a path that changes.",
			"유실보다 지연을 찾습니다: 돌아오는 경로의 가득 찬 큐(bufferbloat), 붐비는 링크, 유실되는 ACK, 바뀌는 경로.",
		},
		Command: "tcpstat -s -d 10s",
	},
	Cases: []*Diagnosis{&reordered, &acksLost},
	Meaning: tcp.Text{
		"Of the segments that were sent again many were needless: the receiver had them already and says so (TCPDSACKRecvSegs). That is delay, reordering or lost ACKs, not loss of data.",
		"다시 보낸 세그먼트 가운데 많은 것이 불필요했습니다. 받는 쪽이 이미 갖고 있었고 그렇게 알립니다(TCPDSACKRecvSegs). 데이터 유실이 아니라 지연, 순서 뒤바뀜, 또는 ACK 유실입니다.",
	},
	Limits: []Limit{
		{"retrans_percent", percent, AtLeast(1.5), Range{}, tcp.Text{
			"RetransSegs/OutSegs: more than of the rule retrans, since nothing is lost",
			"RetransSegs/OutSegs, 유실이 없으므로 규칙 retrans보다 높음",
		}},
		{"needless_percent", percent, AtLeast(mostlyNeedless), Range{}, tcp.Text{
			"of what was sent again but SYNs; reports are lost too, so that not all can be known",
			"SYN을 뺀 재전송 대비 비율; 보고도 유실되므로 전부는 알 수 없음",
		}},
	},
	ForAll:    true,
	Reference: "RFC 2883; tcpstat explain TCPDSACKRecvSegs",
	judge: func(j *judge) {
		f, ok := j.retransmission()
		if !ok {
			return
		}
		needless, known := j.difference("TcpExt", "TCPDSACKRecvSegs")
		if !known {
			j.cannot(NotCounted)
			return
		}
		syns, _ := j.difference("TcpExt", "TCPSynRetrans")
		again, _ := j.difference("Tcp", "RetransSegs")
		f.values = append(f.values, share(needless, again-syns))
		peers, most := j.facts.Census.sent.needless()
		if most.IsValid() {
			f.subject = Subject{Kind: Peer, Peer: most}
		}
		switch {
		case j.late(needless) || 2*peers.late > peers.needless:
			f.diagnosis = &reordered
		case peers.needless > 0:
			f.diagnosis = &acksLost
		}
		if peers.needless > 0 && !most.IsValid() {
			f.evidence = append(f.evidence, Evidence{"peers", float64(len(j.facts.Census.sent))})
			f.title = titleAllPeers
		}
		j.find(f)
	},
}

// titleAllPeers is what needless-retrans is called where no peer has most of it.
var titleAllPeers = tcp.Text{"segments to all {peers} peers sent again needlessly", "모든 상대({peers}개)에 대한 불필요한 재전송"}

// late reports whether the kernel has noticed that what it sent again was not lost but
// late, or whether as many segments came as went out: then no acknowledgement was lost.
func (j *judge) late(needless float64) bool {
	for _, name := range []string{"TCPSACKReorder", "TCPTSReorder", "TCPSpuriousRTOs", "TCPDSACKUndo", "TCPFullUndo", "TCPLossUndo"} {
		if n, _ := j.difference("TcpExt", name); 20*n >= needless {
			return true
		}
	}
	came, _ := j.difference("Tcp", "InSegs")
	sent, _ := j.difference("Tcp", "OutSegs")
	again, _ := j.difference("Tcp", "RetransSegs")
	return 200*came >= 199*(sent+again)
}

// mostlyNeedless is the part of what was sent again, in per cent, from which on the
// rest does not matter.
const mostlyNeedless = 60

// What needless retransmission can be.
var (
	reordered = Diagnosis{
		Cause: "delay_or_reordering",
		Title: tcp.Text{"segments sent again needlessly: delay or reordering", "불필요한 재전송: 지연 또는 순서 뒤바뀜"},
		Why: tcp.Text{
			"The peers had most of what was sent again (DSACK), and the kernel has noticed that segments overtake each other or come late: nothing, or little, is lost.",
			"상대들은 다시 받은 것의 대부분을 이미 갖고 있었고(DSACK), 커널은 세그먼트가 서로 앞지르거나 늦게 오는 것을 알아챘습니다. 유실은 없거나 거의 없습니다.",
		},
		Advice: tcp.Text{
			"Look for delay that jumps, not for loss: queues that fill up (bufferbloat), Wi-Fi or mobile links, paths that change, load balancing per packet.",
			"유실이 아니라 널뛰는 지연을 찾습니다: 차오르는 큐(bufferbloat), 무선·이동 통신 링크, 바뀌는 경로, 패킷 단위 부하 분산.",
		},
	}
	acksLost = Diagnosis{
		Cause: "acks_lost",
		Title: tcp.Text{"segments sent again needlessly: late or lost ACKs", "불필요한 재전송: 늦거나 유실된 ACK"},
		Why: tcp.Text{
			"The peers had most of what was sent again (DSACK), and round trips have not grown: data arrives in time, so the acknowledgements are probably lost on the way back to this machine.",
			"상대들은 다시 받은 것의 대부분을 이미 갖고 있었고(DSACK) 왕복 시간은 늘지 않았습니다. 데이터는 제때 도착하므로 ACK가 이 시스템으로 돌아오는 길에 유실되는 것으로 보입니다.",
		},
		Advice: tcp.Text{
			"Look at the way back to this machine first: its inbound link, a full queue.",
			"먼저 이 시스템으로 돌아오는 경로를 확인합니다: 들어오는 쪽 링크, 가득 찬 큐.",
		},
	}
)

var retransPeer = Rule{
	ID: "retrans-peer", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"segments to a peer are lost", "상대로 가는 세그먼트 유실"},
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
	Cases:  []*Diagnosis{&thisPeerAlone, &otherPeersToo},
	Causes: []Cause{{"zero-window", shutWindow}},
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
		sent := j.facts.Census.sent
		for peer, t := range sent {
			if t.sent < leastBytes {
				continue
			}
			f := &finding{
				subject: Subject{Kind: Peer, Peer: peer}, values: []float64{100 * t.loss()},
				evidence: []Evidence{{"bytes_retransmitted", float64(t.again)}, {"bytes_sent", float64(t.sent)}},
			}
			if others := sent.others(peer); others.sent > 0 {
				f.evidence = append(f.evidence, Evidence{"others_retrans_percent", 100 * others.loss()})
				f.diagnosis = &otherPeersToo
				if sent.standsOut(peer) {
					f.diagnosis = &thisPeerAlone
				}
			}
			j.find(f)
		}
	},
}

// What loss on the way to a peer can be, seen beside the other peers.
var (
	thisPeerAlone = Diagnosis{
		Cause: "one_peer",
		Title: tcp.Text{"segments to one peer are lost", "한 상대로 가는 세그먼트 유실"},
		Why: tcp.Text{
			"{retrans_percent} of the bytes to this peer had to be sent again, of those to all others {others_retrans_percent}: the loss lies on the way to it.",
			"다시 보낸 바이트의 비율: 이 상대 {retrans_percent}, 다른 모든 상대 {others_retrans_percent}. 그 상대로 가는 경로에서 유실됩니다.",
		},
		Advice: tcp.Text{
			"Look at its link and at the path to it, not at this machine: the others are well.",
			"이 시스템이 아니라 그 상대의 링크와 거기까지의 경로를 확인합니다. 다른 상대는 정상입니다.",
		},
	}
	otherPeersToo = Diagnosis{
		Cause: "all_peers",
		Title: tcp.Text{"segments to all peers are lost", "모든 상대로 가는 세그먼트 유실"},
		Why: tcp.Text{
			"{retrans_percent} of the bytes to this peer had to be sent again, and of those to the others {others_retrans_percent}: the loss lies on what their paths share, this machine's own link first.",
			"다시 보낸 바이트의 비율: 이 상대 {retrans_percent}, 다른 상대 {others_retrans_percent}. 경로들의 공통 구간, 먼저 이 시스템의 링크에서 유실됩니다.",
		},
		Advice: tcp.Text{
			"Look at this machine's own link first (ethtool -S, ip -s link), then at the first router and what else all paths share.",
			"먼저 이 시스템의 링크를(ethtool -S, ip -s link), 그다음 첫 라우터와 모든 경로가 함께 쓰는 구간을 확인합니다.",
		},
	}
)
