package health

import "tcpstat/tcp"

// manyAborts is how many connections a second programs may abort without a finding.
const manyAborts = 1000

var rstStorm = Rule{
	ID: "rst-storm", Kind: Delta, All: true,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"many resets sent", "RST 다량 전송"},
		Why: tcp.Text{
			"This machine answers segments that belong to no connection with RSTs: programs abort connections ({own_aborts} in the window), of which more segments arrive, and segments come for ports where nobody listens. Which of the two it is the counters do not tell.",
			"이 시스템이 어느 연결에도 속하지 않는 세그먼트에 RST로 응답합니다. 프로그램이 중단한 연결(구간 안에 {own_aborts}개)의 세그먼트가 더 오고, 리스너가 없는 포트로도 세그먼트가 옵니다. 둘 중 어느 쪽인지 카운터로는 알 수 없습니다.",
		},
		Side: EitherSide,
		Ends: tcp.Text{
			"When those who cause it stop.",
			"원인이 되는 쪽이 멈추면 끝납니다.",
		},
		Advice: tcp.Text{
			"See where they go: the source port of the RSTs is the local port that was asked for, their destination is who asked.",
			"어디로 가는지 확인합니다. RST의 출발지 포트가 요청받은 로컬 포트이고, 목적지가 요청한 쪽입니다.",
		},
		Command: "tcpdump -nn -i any 'tcp[tcpflags] & tcp-rst != 0'",
	},
	Cases: []*Diagnosis{&noListener, &aborts},
	Meaning: tcp.Text{
		"This machine sends many resets. Those with which its own programs abort connections (TCPAbortOnData, TCPAbortOnClose, TCPAbortOnLinger) are counted apart: health checks do that all day. The rest answers segments for ports where nobody listens, or for connections that are gone.",
		"이 시스템이 RST를 많이 보냅니다. 이 시스템의 프로그램이 연결을 중단하며 보낸 것(TCPAbortOnData, TCPAbortOnClose, TCPAbortOnLinger)은 따로 셉니다. 헬스 체크는 늘 그렇게 하기 때문입니다. 나머지는 리스너가 없는 포트나 이미 사라진 연결로 온 세그먼트에 대한 응답입니다.",
	},
	Limits: []Limit{
		{"resets_per_s", perSec, AtLeast(10), AtLeast(100), tcp.Text{
			"OutRsts less the aborts, and the part of all segments, both: a busy server resets some",
			"OutRsts에서 중단을 뺀 값. 전체 세그먼트 대비 비율도 함께 넘어야 함: 바쁜 서버는 RST를 조금은 보냄",
		}},
		{"resets_percent", percent, AtLeast(1), AtLeast(5), tcp.Text{"of OutSegs", "OutSegs 대비"}},
		{"aborts_per_s", perSec, AtLeast(manyAborts), Range{}, tcp.Text{
			"judged in place of resets_per_s: health checks of hundreds of servers stay below that",
			"resets_per_s 대신 판정: 서버 수백 대의 헬스 체크도 이보다 적음",
		}},
	},
	ForAll:    true,
	Causes:    []Cause{{"connect-fail", refusedHere}},
	Reference: "tcpstat explain reset",
	judge:     (*judge).resetsSent,
}

// Whom the resets are for.
var (
	noListener = Diagnosis{
		Cause: "no_listener",
		Title: tcp.Text{"connects to ports where nobody listens", "리스너 없는 포트로 오는 연결"},
		Why: tcp.Text{
			"Segments arrive for ports where nobody listens, or for connections that this machine does not know, and it answers each with a RST. Which ports these are the counters do not tell.",
			"리스너가 없는 포트나 이 시스템이 모르는 연결로 세그먼트가 오고, 이 시스템은 하나하나에 RST로 응답합니다. 어느 포트인지 카운터로는 알 수 없습니다.",
		},
		Ends: tcp.Text{
			"When a service listens there again, or the clients stop.",
			"그곳에서 서비스가 다시 listen하거나 클라이언트가 멈추면 끝납니다.",
		},
		Advice: tcp.Text{
			"See the port: the source port of the RSTs is where nobody listens, their destination is the client. Then start the service there (tcpstat -lnp shows what listens), or send the clients to the right place. Many ports and one client are a port scan.",
			"포트를 확인합니다. RST의 출발지 포트가 리스너 없는 포트이고, 목적지가 클라이언트입니다. 그다음 그 서비스를 시작하거나(tcpstat -lnp는 무엇이 듣는지 보여 줌) 클라이언트의 접속 주소를 바로잡습니다. 한 클라이언트가 여러 포트를 찾으면 포트 스캔입니다.",
		},
	}
	aborts = Diagnosis{
		Cause: "aborts",
		Title: tcp.Text{"programs abort many connections", "프로그램의 잦은 연결 중단"},
		Why: tcp.Text{
			"Programs of this machine close connections with data unread, or with SO_LINGER 0: the peers are reset, and what they have not read yet is lost to them.",
			"이 시스템의 프로그램이 읽지 않은 데이터를 둔 채, 또는 SO_LINGER 0으로 연결을 닫습니다. 상대는 RST를 받고 아직 읽지 않은 데이터를 잃습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"When the programs read to the end before they close.",
			"프로그램이 끝까지 읽고 닫으면 끝납니다.",
		},
		Advice: tcp.Text{
			"If the peers complain of ECONNRESET, let the program shut down its direction, read to the end, and close then. Health checks abort on purpose: leave them.",
			"상대에서 ECONNRESET이 문제라면 프로그램이 자기 방향을 shutdown하고 끝까지 읽은 다음 닫게 합니다. 헬스 체크는 일부러 중단하는 것이니 그대로 둡니다.",
		},
		Command: "tcpstat -s -d 10s",
	}
)

// ownAborts is how many connections the programs of this machine have aborted: each of
// these sends a RST (tcp_close() in net/ipv4/tcp.c), but for a few whose connection
// was over anyhow. TCPAbortOnTimeout and TCPAbortOnMemory may send none.
func (j *judge) ownAborts() (n float64) {
	for _, name := range [...]string{"TCPAbortOnData", "TCPAbortOnClose", "TCPAbortOnLinger"} {
		d, _ := j.difference("TcpExt", name)
		n += d
	}
	return n
}

func (j *judge) resetsSent() {
	resets, ok := j.delta("Tcp", "OutRsts")
	out, okOut := j.delta("Tcp", "OutSegs")
	if !ok || !okOut {
		return
	}
	own := j.ownAborts()
	strangers := max(0, resets-own)
	evidence := []Evidence{{"resets", resets}, {"own_aborts", own}, {"segments", out}}
	f := &finding{values: []float64{j.perSecond(strangers), share(strangers, out), unknown}, evidence: evidence}
	if 10*own <= strangers {
		f.diagnosis = &noListener
	}
	j.find(f)
	if j.perSecond(own) >= manyAborts {
		j.find(&finding{values: []float64{unknown, share(own, out), j.perSecond(own)}, evidence: evidence, diagnosis: &aborts})
	}
}

var resetsReceived = Rule{
	ID: "resets-received", Kind: Delta,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"peers reset connections", "상대가 RST로 끊은 연결"},
		Why: tcp.Text{
			"Established connections end with a RST of the peer: its program closed them with data unread, aborted them or was killed, or a firewall cut them.",
			"수립된 연결이 상대의 RST로 끝납니다. 상대 프로그램이 읽지 않은 데이터를 둔 채 닫았거나 중단했거나 강제 종료됐거나, 방화벽이 끊었습니다.",
		},
		Side: ThePeer,
		Ends: tcp.Text{
			"These connections are over; it ends when the peer closes in order again.",
			"이 연결들은 이미 끝났습니다. 상대가 다시 정상적으로 닫으면 멈춥니다.",
		},
		Advice: tcp.Text{
			"Look at the log of the peer's service at this time: a crash, a restart, a request that it refuses to read. What was under way on these connections may be lost; programs must connect again.",
			"이 시각의 상대 서비스 로그를 확인합니다: 비정상 종료, 재시작, 끝까지 읽지 않고 거부한 요청. 이 연결에서 진행 중이던 것은 사라졌을 수 있으며 프로그램은 다시 연결해야 합니다.",
		},
		Command: "tcpstat -s -d 10s",
	},
	Cases: []*Diagnosis{&forgotten},
	Meaning: tcp.Text{
		"Peers reset established connections. In a window of check --window the kernel tells which peers these are; connections that clients opened are left out, since clients that abort are no fault of this machine. A state file has the kernel's counters alone: EstabResets less what programs here have aborted and what timed out.",
		"상대가 수립된 연결을 RST로 끊습니다. check --window의 구간에서는 커널이 어느 상대인지 알려 줍니다. 클라이언트가 연 연결은 세지 않습니다. 클라이언트의 중단은 이 시스템의 문제가 아니기 때문입니다. 상태 파일에는 커널의 카운터만 있습니다: EstabResets에서 이 시스템의 프로그램이 중단한 것과 타임아웃을 뺀 값.",
	},
	Limits: []Limit{
		{"forgotten", sockets, AtLeast(1), AtLeast(10), tcp.Text{
			"data sent after a second of silence and more was answered by a RST: a program that closes in time does not do that",
			"1초 넘게 조용하던 연결로 보낸 데이터에 RST가 돌아옴: 제때 닫는 프로그램에서는 일어나지 않음",
		}},
		{"resets_per_s", perSec, AtLeast(10), AtLeast(100), tcp.Text{
			"where they are half of the connections that ended, or of those that were opened: some servers abort what they do not want to read",
			"끝난 연결이나 열린 연결의 절반 이상일 때: 읽고 싶지 않은 것을 중단하는 서버도 있음",
		}},
	},
	ForAll:    true,
	Causes:    []Cause{{"connect-fail", samePeerPort}},
	Reference: "tcpstat explain reset; tcpstat explain EstabResets",
	judge:     (*judge).resetsReceived,
}

var forgotten = Diagnosis{
	Cause: "forgotten",
	Title: tcp.Text{"connections reset by a peer that has forgotten them", "연결을 잊은 상대가 RST로 끊은 연결"},
	Why: tcp.Text{
		"After a silence the peer answered data with a RST: it or its program was restarted meanwhile, or a firewall or NAT between had forgotten the connection.",
		"조용하던 연결로 보낸 데이터에 상대가 RST로 응답했습니다. 그동안 상대나 그 프로그램이 재시작됐거나, 사이의 방화벽이나 NAT가 연결을 잊었습니다.",
	},
	Side: PeerOrPath,
	Ends: tcp.Text{
		"These connections are over. Others that were idle meanwhile end the same way at their next send.",
		"이 연결들은 이미 끝났습니다. 그동안 쉬던 다른 연결도 다음에 보낼 때 같은 식으로 끝납니다.",
	},
	Advice: tcp.Text{
		"Check whether the peer or its service was restarted (its uptime, its log). If not, set keepalive in the program to less than the idle timeout of the firewall or load balancer between. Let the program connect again and repeat the request.",
		"상대나 그 서비스가 재시작됐는지 확인합니다(가동 시간, 로그). 아니라면 프로그램의 keepalive를 사이의 방화벽이나 로드 밸런서의 유휴 타임아웃보다 짧게 설정합니다. 프로그램은 다시 연결해 요청을 반복해야 합니다.",
	},
}

// resetHere is how many established connections peers have reset, at least: EstabResets
// counts each that ends in ESTABLISHED or CLOSE_WAIT without a FIN of ours
// (tcp_set_state() in net/ipv4/tcp.c), also those that a program here aborts and those
// that time out.
func (j *judge) resetHere() (float64, bool) {
	n, ok := j.delta("Tcp", "EstabResets")
	n -= j.ownAborts()
	for _, name := range [...]string{"TCPAbortOnTimeout", "TCPAbortOnMemory"} {
		d, _ := j.difference("TcpExt", name)
		n -= d
	}
	return max(0, n), ok
}

func (j *judge) resetsReceived() {
	most, ok := j.resetHere()
	if !ok {
		return
	}
	e := j.ended()
	if e == nil {
		j.resetSomewhere(most)
		return
	}
	timeouts, _ := j.difference("TcpExt", "TCPAbortOnTimeout")
	for peer, n := range e.peers {
		lost := n.forgotten
		if timeouts == 0 {
			lost += n.silent // nothing has timed out
		}
		cut := min(float64(lost+n.reset), most)
		if cut == 0 {
			continue
		}
		f := &finding{
			subject:  Subject{Kind: Peer, Remote: peer},
			values:   []float64{min(float64(lost), cut), unknown},
			evidence: []Evidence{{"reset", cut}, {"ended", float64(n.connected)}},
		}
		if 2*cut >= float64(n.connected) {
			f.values[1] = j.perSecond(cut)
		}
		if lost > 0 {
			f.diagnosis = &forgotten
		}
		j.find(f)
	}
}

// resetSomewhere measures resets of which only the number is known.
func (j *judge) resetSomewhere(n float64) {
	active, ok := j.difference("Tcp", "ActiveOpens")
	passive, okPassive := j.difference("Tcp", "PassiveOpens")
	if ok && okPassive && 2*n >= active+passive {
		j.find(&finding{values: []float64{unknown, j.perSecond(n)}, evidence: []Evidence{{"reset", n}, {"opened", active + passive}}})
	}
}
