package health

import "tcpstat/tcp"

var finWait2Held = Rule{
	ID: "fin-wait2-held", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"half-closed connections held", "쥐고 있는 반종료 연결"},
		Why: tcp.Text{
			"The program has closed its direction and waits; the peer's program does not close.",
			"프로그램은 자기 방향을 닫고 기다리는데 상대 프로그램이 닫지 않습니다.",
		},
		Side: EitherSide,
		Ends: tcp.Text{
			"Never by itself while the program holds the socket.",
			"프로그램이 소켓을 쥐고 있는 동안에는 저절로 끝나지 않습니다.",
		},
		Advice: tcp.Text{
			"The peer should close; the program should not wait for that without a timeout of its own. Look at what it reads from these connections.",
			"상대가 닫아야 합니다. 프로그램도 자체 타임아웃 없이 기다려서는 안 됩니다. 이 연결에서 무엇을 읽는지 살펴봅니다.",
		},
		Command: "tcpstat -p state FIN_WAIT2",
	},
	Meaning: tcp.Text{
		"The program closed its direction 5 minutes ago and longer and still holds the socket, while the peer has not closed. As long as it is held, no timeout ends it.",
		"프로그램이 자기 방향을 닫은 지 5분이 넘었는데 소켓을 쥐고 있고, 상대는 닫지 않았습니다(반종료, half-close). 쥐고 있는 동안에는 어떤 타임아웃도 이를 끝내지 않습니다.",
	},
	Limits: []Limit{
		{"held", sockets, AtLeast(10), AtLeast(100), tcp.Text{
			"a half-close is meant to last as long as an answer",
			"반종료는 응답 하나가 끝날 때까지만 이어지는 것이 정상",
		}},
	},
	Reference: "shutdown(2); tcpstat explain half-close",
	judge: func(j *judge) {
		if j.needDetails() {
			j.processes(j.facts.Census.old(j.facts.Census.finWait2, j.facts.Census.ages.FinWait2))
		}
	},
}

var finUnacked = Rule{
	ID: "fin-unacked", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"closes without an answer", "응답 없는 닫기"},
		Why: tcp.Text{
			"FINs, or data before them, are not acknowledged: the peer is gone, or a firewall has forgotten the connections.",
			"FIN이나 그 앞의 데이터에 ACK가 없습니다. 상대가 사라졌거나 방화벽이 연결을 잊었습니다.",
		},
		Side: PeerOrPath,
		Ends: tcp.Text{
			"By itself: the kernel gives up after tcp_orphan_retries (about 100 s by default), or tcp_retries2 while a program holds the socket.",
			"저절로 끝납니다. 커널이 tcp_orphan_retries(기본값으로 100초쯤) 뒤에, 프로그램이 소켓을 쥐고 있으면 tcp_retries2 뒤에 포기합니다.",
		},
		Advice: tcp.Text{
			"Check the peer and the path to it. The kernel gives up by itself; tcp_orphan_retries says when.",
			"상대와 그 경로를 확인합니다. 커널은 스스로 포기하며, 시점은 tcp_orphan_retries가 정합니다.",
		},
		Command: "tcpstat -o state FIN_WAIT1,LAST_ACK,CLOSING",
	},
	Meaning: tcp.Text{
		"A FIN, or data before it, was sent again twice and more and the peer does not acknowledge it: it has gone, or a firewall has forgotten the connection.",
		"FIN이나 그 앞의 데이터를 두 번 이상 재전송했지만 상대의 ACK가 없습니다. 상대가 사라졌거나 방화벽이 연결을 잊었습니다.",
	},
	Limits: []Limit{
		{"unacked", sockets, AtLeast(10), AtLeast(100), tcp.Text{"clients that vanish leave a few at any time", "사라지는 클라이언트 때문에 몇 개는 언제나 있음"}},
	},
	Causes:    []Cause{{"syn-sent-stuck", samePeer}, {"orphans", orphansOfIt}},
	Reference: "tcpstat explain close",
	judge: func(j *judge) {
		for peer, n := range j.facts.Census.finUnacked {
			j.found(Subject{Kind: Peer, Peer: peer}, []float64{float64(n)})
		}
	},
}

var twOverflow = Rule{
	ID: "tw-overflow", Kind: Gauge | Delta,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"TIME_WAIT table full", "TIME_WAIT 테이블 가득 참"},
		Why: tcp.Text{
			"More connections are closed here within a minute than the table holds.",
			"1분 동안 여기서 닫는 연결이 테이블의 크기보다 많습니다.",
		},
		Side: System,
		Ends: tcp.Text{
			"Each entry goes after 60 s; the table stays full as long as connections come and go at this rate.",
			"항목은 60초 뒤 사라지지만, 연결이 이 속도로 오가는 동안 테이블은 가득 차 있습니다.",
		},
		Advice: tcp.Text{
			"Let the side that opened the connection close it, or reuse connections. Raise tcp_max_tw_buckets; a TIME_WAIT socket takes little memory.",
			"연결을 연 쪽이 닫게 하거나 연결을 재사용합니다. tcp_max_tw_buckets를 늘립니다. TIME_WAIT 소켓은 메모리를 조금만 씁니다.",
		},
		Command: "tcpstat -a --by peer",
	},
	Meaning: tcp.Text{
		"Beyond tcp_max_tw_buckets the kernel ends connections without TIME_WAIT, so that late segments of an old connection can meet a new one.",
		"tcp_max_tw_buckets를 넘으면 커널이 TIME_WAIT 없이 연결을 끝내므로, 이전 연결의 늦은 세그먼트가 새 연결에 섞일 수 있습니다.",
	},
	Limits: []Limit{
		{"buckets_percent", percent, AtLeast(80), Range{}, tcp.Text{"tcp_max_tw_buckets", "tcp_max_tw_buckets"}},
		{"overflows", "sockets", Range{}, Above(0), tcp.Text{
			"the kernel logs it as well: time wait bucket table overflow",
			`커널 로그에도 "time wait bucket table overflow"가 남음`,
		}},
	},
	ForAll:    true,
	Reference: "tcpstat explain TIME_WAIT",
	judge:     (*judge).twOverflow,
}

// twNearlyFull is the title before the table is full.
var twNearlyFull = tcp.Text{"TIME_WAIT table nearly full", "TIME_WAIT 테이블이 거의 가득 참"}

var serverCloses = Diagnosis{
	Cause: "server_closes",
	Why: tcp.Text{
		"Clients connected, and the server here closed first: so did {accepted} of {time_wait} sockets in TIME_WAIT, {at_port} of them on port {port}.",
		"클라이언트가 연결했고 여기의 서버가 먼저 닫았습니다. TIME_WAIT {time_wait}개 가운데 {accepted}개가 그렇고, 그중 {at_port}개는 포트 {port}에 있습니다.",
	},
	Side: Program,
	Advice: tcp.Text{
		"Let the server keep connections open for the next request (keep-alive), and let clients close: who closes first has the TIME_WAIT. Raise tcp_max_tw_buckets; a TIME_WAIT socket takes little memory, and on a server's port none of the local ports.",
		"서버가 다음 요청을 위해 연결을 유지하고(keep-alive) 클라이언트가 닫게 합니다. 먼저 닫은 쪽에 TIME_WAIT가 남습니다. tcp_max_tw_buckets를 늘립니다. TIME_WAIT 소켓은 메모리를 조금만 쓰고, 서버 포트에서는 로컬 포트도 쓰지 않습니다.",
	},
	Command: "tcpstat -n --by listener state TIME_WAIT",
}

var clientCloses = Diagnosis{
	Cause: "client_closes",
	Why: tcp.Text{
		"Programs here connected and closed first: so did {opened} of {time_wait} sockets in TIME_WAIT, {to_peer} of them to {peer}.",
		"여기의 프로그램이 연결하고 먼저 닫았습니다. TIME_WAIT {time_wait}개 가운데 {opened}개가 그렇고, 그중 {to_peer}개의 상대는 {peer}입니다.",
	},
	Side: Program,
	Advice: tcp.Text{
		"Let the program reuse its connections (keep-alive, a pool). Raise tcp_max_tw_buckets; a TIME_WAIT socket takes little memory, but its local port is taken for this peer. TIME_WAIT does not tell whose it was: tcpstat --watch SYN_SENT,ESTABLISHED -p dst {peer} shows the program while it connects.",
		"프로그램이 연결을 재사용하게 합니다(keep-alive, 커넥션 풀). tcp_max_tw_buckets를 늘립니다. TIME_WAIT 소켓은 메모리를 조금만 쓰지만, 이 상대에 대한 로컬 포트를 차지합니다. 누구의 것이었는지는 TIME_WAIT에 남지 않습니다. tcpstat --watch SYN_SENT,ESTABLISHED -p dst {peer} 명령으로 연결하는 순간의 프로그램을 봅니다.",
	},
	Command: "tcpstat -n --by peer state TIME_WAIT",
}

var orphans = Rule{
	ID: "orphans", Kind: Gauge | Delta,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"many orphaned sockets", "많은 고아 소켓"},
		Why: tcp.Text{
			"Programs have closed connections, and the peers do not acknowledge what was sent last.",
			"프로그램이 닫은 연결의 마지막 데이터에 상대의 ACK가 없습니다.",
		},
		Side: PeerOrPath,
		Ends: tcp.Text{
			"Each goes after tcp_orphan_retries (about 100 s by default).",
			"하나하나는 tcp_orphan_retries(기본값으로 100초쯤) 뒤 사라집니다.",
		},
		Advice: tcp.Text{
			"See which peers do not acknowledge: tcpstat state FIN_WAIT1,LAST_ACK,CLOSING --by peer.",
			"어느 상대의 ACK가 없는지 확인합니다: tcpstat state FIN_WAIT1,LAST_ACK,CLOSING --by peer.",
		},
		Command: "tcpstat -o ownership orphan",
	},
	Meaning: tcp.Text{
		"Connections that their programs have closed wait for the peer's acknowledgement. Near tcp_max_orphans the kernel resets them instead, and data that was sent last is lost.",
		"프로그램이 닫은 연결이 상대의 ACK를 기다립니다(고아 소켓, orphan socket). tcp_max_orphans에 가까워지면 커널이 RST로 끊어 마지막에 보낸 데이터가 사라집니다.",
	},
	Limits: []Limit{
		{"orphans_percent", percent, AtLeast(25), AtLeast(50), tcp.Text{
			"the kernel counts a misbehaving orphan two- and fourfold (tcp_out_of_resources)",
			"커널은 문제 있는 고아 소켓을 두 배, 네 배로 셈(tcp_out_of_resources)",
		}},
		{"reset", sockets, Range{}, Above(0), tcp.Text{"TCPAbortOnMemory", "TCPAbortOnMemory"}},
	},
	ForAll:    true,
	Cases:     []*Diagnosis{&orphansReset, &orphansResetOfPeer, &orphansOfPeer},
	Reference: "tcp_max_orphans in ip-sysctl",
	judge:     (*judge).orphans,
}

// orphansFull is the title from where the kernel may reset any of them.
var orphansFull = tcp.Text{"orphaned sockets near the limit", "한도에 가까운 고아 소켓"}

var orphansReset = Diagnosis{
	Cause: "reset",
	Title: tcp.Text{"orphaned sockets are reset", "RST로 끊기는 고아 소켓"},
	Why: tcp.Text{
		"The kernel has too many orphaned sockets, or too little memory for them: in the window it has reset {reset} connections that programs had closed, and what they sent last may be lost.",
		"고아 소켓이 너무 많거나 그 메모리가 모자랍니다. 구간 동안 커널이 프로그램이 닫은 연결 {reset}개를 RST로 끊었고, 마지막에 보낸 것을 잃었을 수 있습니다.",
	},
}

var orphansResetOfPeer = Diagnosis{
	Cause: "reset_of_peer",
	Title: orphansReset.Title,
	Why: tcp.Text{
		"The kernel has too many orphaned sockets, or too little memory for them: in the window it has reset {reset} connections that programs had closed, and what they sent last may be lost. Of those that are left in this network namespace, {of_peer} of {here} are of {peer}.",
		"고아 소켓이 너무 많거나 그 메모리가 모자랍니다. 구간 동안 커널이 프로그램이 닫은 연결 {reset}개를 RST로 끊었고, 마지막에 보낸 것을 잃었을 수 있습니다. 이 네트워크 네임스페이스에 남은 {here}개 가운데 {of_peer}개의 상대는 {peer}입니다.",
	},
	Advice: orphansOfPeer.Advice,
}

var orphansOfPeer = Diagnosis{
	Cause: "unacknowledged",
	Why: tcp.Text{
		"Programs have closed connections, and the peers do not acknowledge what was sent last: {of_peer} of {here} in this network namespace are of {peer}. Resets of orphaned sockets since boot: {reset_since_boot}.",
		"프로그램이 닫은 연결의 마지막 데이터에 상대의 ACK가 없습니다. 이 네트워크 네임스페이스의 {here}개 가운데 {of_peer}개의 상대는 {peer}입니다. 부팅 뒤 RST로 끊은 고아 소켓은 {reset_since_boot}개입니다.",
	},
	Advice: tcp.Text{
		"Check {peer} and the path to it: a closed window, a peer that has gone, a firewall. tcpstat -n --by peer state FIN_WAIT1,LAST_ACK,CLOSING shows the others. A higher tcp_max_orphans costs memory, up to 64 kB each.",
		"{peer} 및 거기까지의 경로를 확인합니다. 닫힌 윈도우, 사라진 상대, 방화벽일 수 있습니다. 다른 상대는 tcpstat -n --by peer state FIN_WAIT1,LAST_ACK,CLOSING으로 봅니다. tcp_max_orphans를 늘리면 하나에 64kB까지 메모리가 듭니다.",
	},
}
