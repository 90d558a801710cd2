package health

import (
	"net/netip"

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
	Cases: []*Diagnosis{&largeLost, &onlySome, &subflowLost},
	Meaning: tcp.Text{
		"Data of an open connection is sent again and again without an acknowledgement: the peer or the way to it is gone. The program does not notice until the kernel gives up, by default after a quarter of an hour.",
		"열린 연결의 데이터를 거듭 재전송해도 ACK가 없습니다. 상대나 거기까지의 경로가 사라졌습니다. 커널이 포기할 때까지(기본값으로 15분쯤) 프로그램은 알지 못합니다.",
	},
	Limits: []Limit{
		{"retransmits", "retransmissions", AtLeast(3), AtLeast(8), tcp.Text{
			"tcp_retries1 is 3; the eighth comes after some 53 s; a client among ten and more of a service counts only with ten others",
			"tcp_retries1이 3; 여덟 번째는 53초쯤 뒤; 한 서비스의 많은 클라이언트 중 하나는 열 개가 될 때까지 세지 않음",
		}},
	},
	Causes:    []Cause{{"syn-sent-stuck", samePeer}},
	Reference: "tcpstat explain retransmission",
	judge: func(j *judge) {
		for addr, peer := range j.facts.Census.stuck {
			if !j.facts.Census.tolerated(peer) {
				j.find(j.stuckFinding(addr, peer))
			}
		}
	},
}

// What it can be that data does not get through.
var (
	largeLost = Diagnosis{
		Cause: "path_mtu",
		Title: tcp.Text{"large segments do not get through", "큰 세그먼트가 전달되지 않음"},
		Why: tcp.Text{
			"Segments of full size ({mss_bytes}) are lost again and again, while the peer is alive and small ones get through. Suspect the path MTU: a link on the way takes smaller packets, and the ICMP message that would say so does not arrive.",
			"최대 크기({mss_bytes}) 세그먼트는 거듭 유실되는데 상대는 살아 있고 작은 것은 전달됩니다. 경로 MTU를 의심합니다. 도중의 링크가 더 작은 패킷만 받고, 이를 알리는 ICMP 메시지가 도착하지 않습니다.",
		},
		Side: ThePath,
		Ends: tcp.Text{
			"Not for large segments, unless net.ipv4.tcp_mtu_probing is on; a connection is given up after tcp_retries2, about a quarter of an hour by default.",
			"net.ipv4.tcp_mtu_probing을 켜지 않으면 큰 세그먼트는 계속 막힙니다. 연결은 tcp_retries2(기본값으로 15분쯤) 뒤 포기합니다.",
		},
		Advice: tcp.Text{
			"Try ping -M do -s 1400 to the peer and smaller sizes. Let ICMP `fragmentation needed` and `packet too big` pass the firewalls, or clamp the MSS at the router of the narrow link; net.ipv4.tcp_mtu_probing=1 works around it.",
			"상대에게 ping -M do -s 1400과 더 작은 크기를 보내 봅니다. 방화벽이 ICMP `fragmentation needed`와 `packet too big`을 통과시키게 하거나, 좁은 링크의 라우터에서 MSS를 줄입니다(clamp). net.ipv4.tcp_mtu_probing=1로 우회할 수 있습니다.",
		},
	}
	onlySome = Diagnosis{
		Cause: "one_connection",
		Why: tcp.Text{
			"Data of this connection is not acknowledged, though the peer is alive: it was heard since. A firewall or NAT on the way may have forgotten the connection.",
			"이 연결의 데이터에 ACK가 없는데 상대는 살아 있습니다(그 뒤로 응답이 있었음). 도중의 방화벽이나 NAT가 이 연결을 잊었을 수 있습니다.",
		},
		Side: ThePath,
		Advice: tcp.Text{
			"Look at firewalls, NAT and load balancers between: idle timeouts shorter than the silence of the connection, or a change of the route. Keepalive below their timeout keeps entries alive.",
			"사이의 방화벽, NAT, 로드 밸런서를 확인합니다: 연결이 조용한 시간보다 짧은 유휴 타임아웃, 바뀐 경로. 그 타임아웃보다 짧은 keepalive는 항목을 유지합니다.",
		},
	}
	subflowLost = Diagnosis{
		Cause: "subflow",
		Title: tcp.Text{"a subflow that does not get through", "전달되지 않는 하위 흐름"},
		Why: tcp.Text{
			"One path of a Multipath TCP connection is dead. Another subflow of the same connection goes on and carries its data.",
			"Multipath TCP 연결의 한 경로가 끊겼습니다. 같은 연결의 다른 하위 흐름(subflow)이 살아 있어 데이터를 나릅니다.",
		},
		Side: ThePath,
		Ends: tcp.Text{
			"The connection goes on. The kernel closes the dead subflow after tcp_retries2, about a quarter of an hour by default.",
			"연결은 이어집니다. 커널은 끊긴 하위 흐름을 tcp_retries2(기본값으로 15분쯤) 뒤 닫습니다.",
		},
		Advice: tcp.Text{
			"Look at the path between these two addresses; nothing is lost meanwhile. ip mptcp endpoint shows the addresses in use.",
			"이 두 주소 사이의 경로를 확인합니다. 그동안 잃는 것은 없습니다. ip mptcp endpoint로 쓰이는 주소를 볼 수 있습니다.",
		},
	}
)

// stuckFinding measures data that a peer does not acknowledge. Where another subflow
// carries it nothing is lost: that is no more than a warning.
func (j *judge) stuckFinding(addr netip.Addr, peer *silentPeer) *finding {
	c, w := j.facts.Census, &peer.worst
	f := &finding{
		subject: Subject{Kind: Peer, Remote: unmapped(w.remote)}, values: []float64{w.value}, inodes: []uint64{w.inode},
		evidence: []Evidence{
			{"unacknowledged_bytes", float64(w.waiting)},
			{"silent_ms", float64(peer.silence.Milliseconds())},
			{"connections", float64(peer.opened + peer.accepted)},
		},
	}
	switch alive := c.alive(peer); {
	case c.carried(w.inode):
		f.diagnosis, f.values[0] = &subflowLost, min(w.value, j.limits[0].Warning.Start)
	case alive && peer.large:
		f.diagnosis = &largeLost
		f.evidence = append(f.evidence, Evidence{"mss_bytes", float64(peer.mss)})
	case alive:
		f.diagnosis = &onlySome
	}
	return f
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
	Cases: []*Diagnosis{&shutAndGone, &shutOrphan},
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
		if !j.needDetails() || c.shutCount == 0 {
			return
		}
		f := &finding{
			subject: Subject{Kind: Peer, Remote: unmapped(c.shut.remote)}, inodes: []uint64{c.shut.inode},
			values:   []float64{float64(c.shutCount), c.shut.value},
			evidence: []Evidence{{"waiting_bytes", float64(c.shut.waiting)}},
		}
		switch {
		case c.shutProbes >= unansweredProbes:
			f.diagnosis = &shutAndGone
		case c.shut.inode == 0:
			f.diagnosis = &shutOrphan
		}
		j.find(f)
	},
}

// unansweredProbes is from how many on a peer with a closed window counts as gone. Two
// may only be answered late: a kernel answers no more than one in 500 ms
// (tcp_invalid_ratelimit).
const unansweredProbes = 3

// What a window that stays closed can be.
var (
	shutAndGone = Diagnosis{
		Cause: "peer_gone",
		Title: tcp.Text{"a peer with a closed window has gone", "윈도우를 닫은 채 사라진 상대"},
		Why: tcp.Text{
			"The peer closed its receive window, and now it does not even answer the probes: it is down, or the path to it is.",
			"상대가 수신 윈도우를 닫았고 이제는 프로브에도 응답하지 않습니다. 상대가 꺼졌거나 경로가 끊겼습니다.",
		},
		Side: PeerOrPath,
		Ends: tcp.Text{
			"By itself: the kernel gives up after tcp_retries2 probes, about a quarter of an hour by default, and sooner where no program owns the socket.",
			"저절로 끝납니다. 커널이 tcp_retries2번의 프로브(기본값으로 15분쯤) 뒤, 소유한 프로그램이 없으면 더 일찍 포기합니다.",
		},
		Advice: tcp.Text{
			"Check the peer and the path. Let the program set TCP_USER_TIMEOUT, or time-outs of its own, to notice sooner.",
			"상대와 경로를 확인합니다. 더 빨리 알아채도록 프로그램에서 TCP_USER_TIMEOUT이나 자체 타임아웃을 설정합니다.",
		},
	}
	shutOrphan = Diagnosis{
		Cause: "closed_here",
		Why: tcp.Text{
			"The program here has closed, and its last data waits: the peer's receive window is closed, its program does not read.",
			"이쪽 프로그램은 닫았고 마지막 데이터가 기다립니다. 상대의 수신 윈도우가 닫혀 있고 상대 프로그램이 읽지 않습니다.",
		},
		Ends: tcp.Text{
			"By itself, but late: no program owns the socket, so that the kernel gives up even answered probes once their wait has grown to two minutes.",
			"저절로 끝나지만 오래 걸립니다. 소유한 프로그램이 없으므로 프로브에 응답이 있어도 대기 시간이 2분까지 늘면 커널이 포기합니다.",
		},
		Advice: tcp.Text{
			"Look at the program at the other end: it is blocked or overloaded. Nothing can be done here but to wait; the socket holds memory, no descriptor.",
			"반대쪽 프로그램을 살펴봅니다. 멈췄거나 과부하입니다. 이쪽에서는 기다릴 수밖에 없습니다. 소켓은 메모리를 쥐고 있을 뿐 디스크립터는 쓰지 않습니다.",
		},
	}
)
