package health

import (
	"net/netip"

	"tcpstat/tcp"
)

// How many attempts to connect must have failed before that says something: a healthy
// machine has some, such as the probes of a service that is down on purpose.
const (
	leastFailed  = 3  // in a window
	leastPart    = 10 // per cent of the attempts
	leastWaiting = 3  // at once, without an answer to the first SYN
)

var connectFail = Rule{
	ID: "connect-fail", Kind: Gauge | Delta,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"connection attempts fail", "실패하는 연결 시도"},
		Why: tcp.Text{
			"The kernel gives up or is refused, and does not tell to which peers: it forgets the peer when connect() blocks. Attempts that programs give up themselves are not among them.",
			"커널이 포기하거나 거부당한 연결 시도이며, 어느 상대인지는 알려 주지 않습니다. connect()가 블로킹이면 커널이 상대를 지우기 때문입니다. 프로그램이 스스로 포기한 시도는 들어 있지 않습니다.",
		},
		Side: EitherSide,
		Ends: tcp.Text{
			"When the peers take connections again, or the programs stop trying.",
			"상대가 다시 연결을 받거나 프로그램이 시도를 멈추면 끝납니다.",
		},
		Advice: tcp.Text{
			"Ask the programs' logs for ECONNREFUSED, ETIMEDOUT and EHOSTUNREACH; tcpstat check --window 10s names the peers of programs whose connect() does not block, and strace -f -e trace=connect -p PID those of one program.",
			"프로그램 로그에서 ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH를 찾습니다. connect()가 블로킹이 아닌 프로그램의 상대는 tcpstat check --window 10s로, 한 프로그램의 상대는 strace -f -e trace=connect -p PID로 확인합니다.",
		},
		Command: "tcpstat -s -d 10s",
	},
	Cases: []*Diagnosis{&unanswered, &rejected, &refused, &refusedSomewhere},
	Meaning: tcp.Text{
		"Attempts to connect fail: they are refused, or nobody answers. Those that the kernel tells of are counted by peer and port in a window of check --window; a state file has the kernel's counters alone, in which attempts that programs give up themselves are missing. One look sees the attempts that wait without an answer.",
		"연결 시도가 실패합니다: 거부되거나 응답이 없습니다. check --window의 구간에서는 커널이 알려 주는 것을 상대와 포트별로 셉니다. 상태 파일에는 커널의 카운터만 있어, 프로그램이 스스로 포기한 시도는 빠집니다. 한 번 살펴보면 응답 없이 기다리는 시도를 알 수 있습니다.",
	},
	Limits: []Limit{
		{"failed_per_s", perSec, AtLeast(1), AtLeast(10), tcp.Text{
			"where a tenth of the attempts to a peer fails, and three at least: a busy client fails now and then, and a health check probes a service that is down every second or two",
			"한 상대로의 시도 중 10분의 1 이상, 셋 이상이 실패할 때: 바쁜 클라이언트는 어쩌다 실패하고, 헬스 체크는 멈춘 서비스를 1~2초마다 확인함",
		}},
		{"waiting", sockets, AtLeast(leastWaiting), AtLeast(30), tcp.Text{
			"in SYN_SENT at once, their SYN sent again: three are no single lost segment",
			"SYN을 재전송한 SYN_SENT 소켓이 동시에 있는 수: 셋이면 세그먼트 하나의 유실이 아님",
		}},
		{"stuck", sockets, AtLeast(1), AtLeast(10), tcp.Text{
			"those of syn-sent-stuck beside the others",
			"그 밖에 syn-sent-stuck에 해당하는 소켓",
		}},
	},
	Reference: "tcpstat explain SYN_SENT; tcpstat explain AttemptFails",
	judge:     (*judge).connectFail,
}

// How attempts fail.
var (
	unanswered = Diagnosis{
		Cause: "unanswered",
		Title: tcp.Text{"connects without an answer", "응답 없는 연결 시도"},
		Why: tcp.Text{
			"Not one SYN is answered: the peer is down, or a firewall on the way drops them.",
			"SYN에 아무 응답이 없습니다. 상대가 꺼졌거나 도중의 방화벽이 버립니다.",
		},
		Side: PeerOrPath,
		Ends: tcp.Text{
			"When the peer answers again. Each attempt ends at its program's own timeout, or with ETIMEDOUT after about two minutes by the kernel's defaults.",
			"상대가 다시 응답하면 끝납니다. 시도 하나하나는 프로그램이 정한 타임아웃에, 없으면 커널 기본값으로 2분쯤 뒤 ETIMEDOUT으로 끝납니다.",
		},
		Advice: tcp.Text{
			"Check that the peer is up, and the route and the firewalls to it: ping it, and connect to another port of it. A firewall that drops makes each attempt wait; one that rejects would not.",
			"상대가 살아 있는지, 경로와 그 사이의 방화벽을 확인합니다: ping을 보내고 다른 포트로도 연결해 봅니다. 방화벽이 패킷을 버리면(drop) 시도마다 기다리게 되고, 거부하면(reject) 기다리지 않습니다.",
		},
		Command: "tcpstat -op state SYN_SENT",
	}
	rejected = Diagnosis{
		Cause: "rejected",
		Title: tcp.Text{"connects rejected on the way", "도중에 거절된 연결 시도"},
		Why: tcp.Text{
			"The kernel ends the attempts at once, and the peer sent no segment: an ICMP message says that it is not reachable. A firewall that rejects sends one, or a router without a route.",
			"상대는 세그먼트를 보내지 않았는데 커널이 시도를 곧바로 끝냅니다. 도달할 수 없다는 ICMP 메시지 때문입니다. 거부하는(reject) 방화벽이나 경로가 없는 라우터가 보냅니다.",
		},
		Side: PeerOrPath,
		Advice: tcp.Text{
			"Look at the firewalls before the peer and the routes to it: nft list ruleset and ip route get on both machines.",
			"상대 앞의 방화벽과 경로를 확인합니다: 양쪽 시스템에서 nft list ruleset과 ip route get.",
		},
		Command: "tcpstat -s -d 10s",
	}
	refused = Diagnosis{
		Cause: "refused",
		Title: tcp.Text{"connects refused", "거부된 연결 시도"},
		Why: tcp.Text{
			"The peer answers with RST: nobody listens there, or its firewall refuses.",
			"상대가 RST로 응답합니다. 그 포트에서 듣는 프로그램이 없거나 방화벽이 거부합니다.",
		},
		Side: ThePeer,
		Ends: tcp.Text{
			"When a service listens there, or the program stops trying.",
			"그곳에서 서비스가 listen하거나 프로그램이 시도를 멈추면 끝납니다.",
		},
		Advice: tcp.Text{
			"Start the service at that address and port, or correct the address that the program uses. A refused socket is gone at once: if no process is named here, strace -f -e trace=connect -p PID shows whether it is the one that you suspect.",
			"그 주소와 포트의 서비스를 시작하거나 프로그램이 쓰는 주소를 바로잡습니다. 거부된 소켓은 곧바로 사라지므로 여기에 프로세스가 없으면 strace -f -e trace=connect -p PID로 의심되는 프로그램인지 확인합니다.",
		},
		Command: "tcpstat -s -d 10s",
	}
	refusedSomewhere = Diagnosis{
		Cause: "refused",
		Title: refused.Title,
		Why: tcp.Text{
			"Peers refuse, or a firewall rejects: the attempts fail at once. Which peers these are is not known: the kernel forgets them when connect() blocks.",
			"상대나 방화벽이 거부해 시도가 곧바로 실패합니다. 어느 상대인지는 알 수 없습니다. connect()가 블로킹이면 커널이 상대를 지우기 때문입니다.",
		},
		Side: ThePeer,
		Advice: tcp.Text{
			"See who refuses: the RSTs that come in have the peer's address and port as their source. Ask the programs' logs for ECONNREFUSED; strace -f -e trace=connect -p PID shows whether it is the one that you suspect.",
			"누가 거부하는지 확인합니다. 들어오는 RST의 출발지가 상대의 주소와 포트입니다. 프로그램 로그에서 ECONNREFUSED를 찾고, strace -f -e trace=connect -p PID로 의심되는 프로그램인지 확인합니다.",
		},
		Command: "tcpdump -nn -i any 'tcp[tcpflags] & tcp-rst != 0'",
	}
)

// When attempts without an answer end, where it is known how long the last of them
// waited.
var (
	givenUp = tcp.Text{
		"When the peer answers again. Each attempt is given up after {gives_up_ms}.",
		"상대가 다시 응답하면 끝납니다. 시도 하나하나는 {gives_up_ms} 뒤 포기됩니다.",
	}
	givenUpSoon = tcp.Text{
		"When the peer answers again. Each attempt is given up within a second, before its SYN is sent again.",
		"상대가 다시 응답하면 끝납니다. 시도 하나하나는 SYN을 재전송하기 전, 1초 안에 포기됩니다.",
	}
)

func (j *judge) connectFail() {
	told := map[netip.AddrPort]bool{}
	if e := j.ended(); e != nil {
		for peer, n := range e.peers {
			if e.failing(peer) {
				told[peer] = true
				j.find(j.failing(peer, n))
			}
		}
	}
	for peer, to := range j.facts.Census.connects {
		if to.repeated > 0 && !told[peer] {
			f := j.attempts(peer)
			f.values[0], f.diagnosis = unknown, &unanswered
			j.find(f)
		}
	}
	j.failingSomewhere()
}

// attempts measures the attempts to a peer that stand in SYN_SENT.
func (j *judge) attempts(peer netip.AddrPort) *finding {
	f := &finding{subject: Subject{Kind: Peer, Remote: peer}, values: make([]float64, 3)}
	if to := j.facts.Census.connects[peer]; to != nil {
		f.values[1], f.values[2], f.inodes = float64(to.repeated), float64(to.stuck), to.inodes
	}
	return f
}

// ended gives the sockets that ended in the window. Behind a filter they are not those
// that it chooses.
func (j *judge) ended() *Endings {
	if j.facts.Filtered || j.facts.Window <= 0 {
		return nil
	}
	return j.facts.Endings
}

// failing measures the attempts to one peer that have failed.
func (j *judge) failing(peer netip.AddrPort, n *endings) *finding {
	f, failed := j.attempts(peer), float64(n.failed())
	part := share(failed, failed+float64(n.connected))
	if part >= leastPart {
		f.values[0] = j.perSecond(failed)
	}
	f.evidence = []Evidence{{"failed", failed}, {"failed_percent", part}}
	for _, e := range []struct {
		key string
		n   int
	}{{"refused", n.refused}, {"unanswered", n.unanswered}, {"cut_short", n.cutShort}} {
		if e.n > 0 {
			f.evidence = append(f.evidence, Evidence{e.key, float64(e.n)})
		}
	}
	switch {
	case 2*n.refused > n.failed():
		f.diagnosis = &refused
	case 2*n.cutShort > n.failed() && j.endedByKernel(n.cutShort):
		f.diagnosis = &rejected
	case 2*n.cutShort > n.failed():
		f.diagnosis, f.ends = &unanswered, givenUpSoon
	case n.longest > 0:
		f.diagnosis, f.ends = &unanswered, givenUp
		f.evidence = append(f.evidence, Evidence{"gives_up_ms", float64(n.longest.Milliseconds())})
	default:
		f.diagnosis = &unanswered
	}
	return f
}

// failedHere is how many attempts of this machine the kernel has counted as failed:
// refused, or given up by itself. AttemptFails also counts half-open connections that
// the client resets, which EmbryonicRsts counts too; what a program gives up counts in
// neither (tcp_done() in net/ipv4/tcp.c, tcp_check_req() in net/ipv4/tcp_minisocks.c;
// measured on Linux 6.18).
func (j *judge) failedHere() (float64, bool) {
	fails, ok := j.difference("Tcp", "AttemptFails")
	half, _ := j.difference("TcpExt", "EmbryonicRsts")
	return max(0, fails-half), ok && !j.facts.Filtered
}

// endedByKernel reports whether so many attempts that nothing came back for were ended
// by the kernel, and not by their programs.
func (j *judge) endedByKernel(n int) bool {
	failed, ok := j.failedHere()
	e := j.facts.Endings
	return ok && failed-float64(e.told.refused+e.told.unanswered+e.erased) >= 0.9*float64(n)
}

// failingSomewhere measures the attempts whose peer the kernel does not tell.
func (j *judge) failingSomewhere() {
	failed, ok := j.failedHere()
	opened, okOpened := j.difference("Tcp", "ActiveOpens")
	if e := j.ended(); e != nil {
		failed -= float64(e.told.failed())
	}
	if !ok || !okOpened || failed < leastFailed {
		return
	}
	part := share(failed, opened)
	if part < leastPart {
		return
	}
	f := &finding{
		values:   []float64{j.perSecond(failed), 0, 0},
		evidence: []Evidence{{"failed", failed}, {"failed_percent", part}},
	}
	timeouts, known := j.difference("TcpExt", "TCPAbortOnTimeout")
	if known && 2*(failed-timeouts) > failed {
		f.diagnosis = &refusedSomewhere
	}
	j.find(f)
}
