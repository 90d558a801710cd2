package health

import (
	"math"
	"net/netip"
	"slices"
	"time"

	"tcpstat/tcp"
)

var closeWaitLeak = Rule{
	ID: "close-wait-leak", Kind: Gauge | Delta,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"sockets not closed", "닫지 않은 소켓"},
		Why: tcp.Text{
			"The peers have closed. The program has read the end of the stream and does not call close().",
			"상대가 닫았습니다. 프로그램이 스트림의 끝(EOF)을 읽고도 close()를 호출하지 않습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"Never by itself: only close() ends CLOSE_WAIT, or the end of the process.",
			"저절로는 끝나지 않습니다. close()나 프로세스 종료만이 CLOSE_WAIT를 끝냅니다.",
		},
		Advice: tcp.Text{
			"Find the path that forgets to close: an error return, a handler that ends early. Restarting the program frees the descriptors for a while.",
			"닫기를 잊는 경로(오류 반환, 일찍 끝나는 핸들러)를 찾습니다. 재시작하면 디스크립터가 한동안은 풀립니다.",
		},
		Command: "tcpstat -p state CLOSE_WAIT",
	},
	Cases: []*Diagnosis{&neverReads, &stalePool, &inherited, &perhapsInherited, &relayed},
	Meaning: tcp.Text{
		"The peer has closed, and the program has not: CLOSE_WAIT ends only when it calls close(). Each socket holds a descriptor, until accept() and open() fail with EMFILE. Sockets count from a minute on; young ones count against the limit of open files, and where two looks show that they only grow in number.",
		"상대가 닫았는데 프로그램이 닫지 않았습니다. CLOSE_WAIT는 프로그램이 close()를 호출해야만 끝납니다. 소켓마다 디스크립터를 쥐고 있어, 결국 accept()와 open()이 EMFILE로 실패합니다(파일 디스크립터 누수, file-descriptor leak). 1분이 지난 소켓을 세며, 그보다 젊은 소켓은 열린 파일 한도에 대해, 그리고 두 번 살펴본 사이에 늘기만 했을 때 셉니다.",
	},
	Limits: []Limit{
		{"close_wait_old", sockets, AtLeast(fewSockets), AtLeast(100), tcp.Text{
			"a minute is longer than a healthy program takes; one or two may be idle members of a pool",
			"정상인 프로그램이라면 1분까지 걸리지 않음; 한두 개는 풀의 유휴 연결일 수 있음",
		}},
		{"open_files_percent", percent, AtLeast(5), AtLeast(50), tcp.Text{"part of the process's limit of open files, with the young ones from a second on", "프로세스의 열린 파일 한도 대비 비율, 1초가 지난 젊은 소켓 포함"}},
		{"grown", sockets, AtLeast(fewSockets), Range{}, tcp.Text{
			"more came in the window, and stay, than went; of a healthy program they go again within a second",
			"구간 안에 사라진 것보다 더 많이 와서 남음; 정상인 프로그램이라면 1초 안에 다시 사라짐",
		}},
	},
	Reference: "tcpstat explain CLOSE_WAIT",
	judge: func(j *judge) {
		if !j.needDetails() {
			return
		}
		for holder, l := range j.leaks() {
			j.find(l.finding(j, holder))
		}
		if none := new(leak); !j.seen {
			j.found(Subject{}, []float64{0, unknown, j.grown(none)})
		}
	},
}

// What a leak of CLOSE_WAIT can be.
var (
	neverReads = Diagnosis{
		Cause: "never_reads",
		Why: tcp.Text{
			"The peers have closed. The program does not read these connections any more: their end, or data before it, lies unread.",
			"상대가 닫았습니다. 프로그램이 이 연결들을 더는 읽지 않아 끝(EOF)이나 그 앞의 데이터가 읽히지 않은 채 남아 있습니다.",
		},
		Advice: tcp.Text{
			"Find out what the program does instead of reading: a handler that hangs, a connection that nobody looks at any more. Take a stack dump before you restart it.",
			"프로그램이 읽지 않고 무엇을 하는지 확인합니다: 멈춘 핸들러, 아무도 돌보지 않는 연결. 재시작하기 전에 스택 덤프를 뜹니다.",
		},
	}
	stalePool = Diagnosis{
		Cause: "stale_pool",
		Why: tcp.Text{
			"The program opened these connections, most of them to {peer}, which closed them while they were idle; it has not looked at them since: a connection pool that does not notice.",
			"프로그램이 연 연결(대부분 상대 {peer})을 쉬는 동안 상대가 닫았고, 프로그램은 그 뒤로 들여다보지 않았습니다. 닫힌 것을 알아채지 못하는 커넥션 풀입니다.",
		},
		Advice: tcp.Text{
			"Let the pool test a connection before use, and drop idle ones sooner than the peer's idle timeout.",
			"풀이 연결을 쓰기 전에 검사하게 하고, 상대의 유휴 타임아웃보다 먼저 유휴 연결을 버리게 합니다.",
		},
	}
	inherited = Diagnosis{
		Cause: "inherited",
		Title: tcp.Text{"closed sockets kept open by a child process", "자식 프로세스가 열어 둔 닫힌 소켓"},
		Why: tcp.Text{
			"{holder} did not accept these connections: it inherited the descriptors when this program started it, and keeps them open after the program has closed its own.",
			"{holder}은(는) 이 연결들을 accept하지 않았습니다. 이 프로그램이 시작할 때 디스크립터를 물려받아, 프로그램이 자기 것을 닫은 뒤에도 열어 두고 있습니다.",
		},
		Ends: tcp.Text{"When {holder} ends.", "{holder}이(가) 끝나면 끝납니다."},
		Advice: tcp.Text{
			"Let the program open its sockets close-on-exec (accept4() with SOCK_CLOEXEC), or close them in the child after fork(). Ending {holder} frees them now; {holder} itself is not at fault.",
			"프로그램이 소켓을 close-on-exec로 열거나(accept4()와 SOCK_CLOEXEC) fork() 뒤 자식에서 닫게 합니다. {holder}을(를) 끝내면 바로 풀립니다. {holder} 자체의 결함은 아닙니다.",
		},
	}
	perhapsInherited = Diagnosis{
		Cause: "perhaps_inherited",
		Why: tcp.Text{
			"A child of the process that listens holds them: it either accepted them and does not close them, or inherited them at fork() and the parent has closed its own.",
			"리스너 프로세스의 자식이 쥐고 있습니다. 직접 accept하고 닫지 않았거나, fork() 때 물려받았고 부모는 자기 것을 이미 닫았습니다.",
		},
		Advice: tcp.Text{
			"See who calls accept(): if the parent does, let it open sockets close-on-exec or close them in the child after fork(); if the child does, find the path in it that forgets to close.",
			"누가 accept()를 호출하는지 확인합니다. 부모라면 소켓을 close-on-exec로 열거나 fork() 뒤 자식에서 닫게 하고, 자식이라면 닫기를 잊는 경로를 찾습니다.",
		},
	}
	relayed = Diagnosis{
		Cause: "relayed",
		Title: tcp.Text{"half-closed connections of a proxy", "프록시의 반종료 연결"},
		Why: tcp.Text{
			"The program relays: one side of each pair has closed, the program has passed that on, and the other side ({waiting} sockets in FIN_WAIT2) has not closed yet.",
			"프로그램이 중계합니다. 각 쌍의 한쪽이 닫았고 프로그램은 이를 전달했는데, 다른 쪽(FIN_WAIT2 소켓 {waiting}개)이 아직 닫지 않았습니다.",
		},
		Side: ThePeer,
		Ends: tcp.Text{
			"When the other side closes, or at the proxy's timeout for half-closed connections, if it has one.",
			"다른 쪽이 닫거나, 프록시에 반종료 연결의 타임아웃이 있다면 그때 끝납니다.",
		},
		Advice: tcp.Text{
			"Let the clients close when they read the end. Give the proxy a timeout for half-closed connections: in haproxy `timeout client-fin`, `timeout server-fin` and `timeout tunnel`, in nginx `proxy_timeout`.",
			"클라이언트가 끝(EOF)을 읽으면 닫게 합니다. 프록시에 반종료 연결의 타임아웃을 둡니다. haproxy는 `timeout client-fin`, `timeout server-fin`, `timeout tunnel`, nginx는 `proxy_timeout`입니다.",
		},
		Command: "tcpstat -p state CLOSE_WAIT,FIN_WAIT2",
	}
)

// limitKnown is when a leak ends that counts against a known limit.
var limitKnown = tcp.Text{
	"Never by itself: only close() ends CLOSE_WAIT, or the end of the process. {open_files} of {open_files_limit} files are open; at the limit accept() and open() fail.",
	"저절로는 끝나지 않습니다. close()나 프로세스 종료만이 CLOSE_WAIT를 끝냅니다. 파일 {open_files_limit}개 중 {open_files}개가 열려 있고, 한도에 이르면 accept()와 open()이 실패합니다.",
}

// limitAhead is limitKnown where the sockets grow in number.
var limitAhead = tcp.Text{
	"Never by itself: only close() ends CLOSE_WAIT, or the end of the process. {open_files_limit} open files are reached in {limit_in_ms} ({growth_per_s} more a second, {open_files} now); then accept() and open() fail.",
	"저절로는 끝나지 않습니다. close()나 프로세스 종료만이 CLOSE_WAIT를 끝냅니다. 파일 {open_files_limit}개 중 {open_files}개가 열려 있고, 초당 {growth_per_s}개씩 늘면 {limit_in_ms} 뒤 한도에 이르러 accept()와 open()이 실패합니다.",
}

// leak is what one process holds in CLOSE_WAIT.
type leak struct {
	owner    *Owner // nil where processes are hidden
	n        int
	old      int     // of those, by the rule's age
	young    int     // of the others, from youngAge on
	fresh    int     // that came in the window
	stay     int     // of those, from youngAge on
	oldest   float64 // ms
	verdicts [tcp.DataUnread + 1]int
	opened   int                    // by the process itself
	through  map[int]int            // how many came through which listener
	peers    map[netip.AddrPort]int // how many were opened to whom
}

// leaks groups the sockets in CLOSE_WAIT by who holds them. Where a process and its
// child both do, the child has inherited them and counts for nothing.
func (j *judge) leaks() map[Subject]*leak {
	leaks := map[Subject]*leak{}
	c := j.facts.Census
	closeWait := c.leaking()
	for i := range closeWait {
		held := &closeWait[i]
		owners := withoutChildren(j.facts.Owners[held.Inode])
		if len(owners) == 0 {
			j.leak(leaks, Subject{Kind: User, UID: held.UID}, nil).add(held, j.facts)
		}
		for _, owner := range owners {
			process := tcp.Process{PID: owner.PID, Name: owner.Name}
			j.leak(leaks, Subject{Kind: Process, Process: process}, owner).add(held, j.facts)
		}
	}
	return leaks
}

func (j *judge) leak(leaks map[Subject]*leak, holder Subject, owner *Owner) *leak {
	if leaks[holder] == nil {
		leaks[holder] = &leak{owner: owner, through: map[int]int{}, peers: map[netip.AddrPort]int{}}
	}
	return leaks[holder]
}

// youngAge is when a socket counts against the limit: many that were closed at once
// are gone before.
const youngAge = time.Second

// counting is how many sockets count against the limit. A few young ones are the
// moment of a look.
func (l *leak) counting() int {
	if l.old+l.young < fewSockets {
		return l.old
	}
	return l.old + l.young
}

// mostPeer is the peer of most of the sockets, the first of equal ones.
func (l *leak) mostPeer() (most netip.AddrPort) {
	for peer, n := range l.peers {
		if n > l.peers[most] || n == l.peers[most] && peer.Compare(most) < 0 {
			most = peer
		}
	}
	return most
}

func (l *leak) add(held *heldSocket, f *Facts) {
	l.n++
	switch {
	case held.Age >= f.Census.ages.CloseWait:
		l.old++
	case held.Age >= youngAge:
		l.young++
	}
	if f.Before.CloseWait != nil && !f.Before.CloseWait[held.Inode] {
		l.fresh++
		if held.Age >= youngAge {
			l.stay++
		}
	}
	l.oldest = max(l.oldest, float64(held.Age.Milliseconds()))
	l.verdicts[held.Verdict]++
	if held.Opener == tcp.OpenedActive {
		l.opened++
		l.peers[held.Remote]++
	}
	if held.Through >= 0 {
		l.through[held.Through]++
	}
}

// withoutChildren leaves out the holders whose parent is one too.
func withoutChildren(owners []*Owner) []*Owner {
	if len(owners) < 2 {
		return owners
	}
	return slices.DeleteFunc(slices.Clone(owners), func(o *Owner) bool { return holds(owners, o.Parent) })
}

// holds reports whether a process is among the owners.
func holds(owners []*Owner, pid int32) bool {
	return slices.ContainsFunc(owners, func(o *Owner) bool { return o.PID == pid })
}

// finding measures a leak.
func (l *leak) finding(j *judge, holder Subject) *finding {
	f := &finding{
		subject:  holder,
		values:   []float64{float64(l.old), unknown, j.grown(l)},
		evidence: []Evidence{{"close_wait", float64(l.n)}, {"oldest_ms", l.oldest}},
	}
	if l.owner != nil {
		l.limit(j, f)
	}
	l.diagnose(j, f)
	return f
}

// limit compares a leak with the open files that its process may have.
func (l *leak) limit(j *judge, f *finding) {
	limit, limited := l.owner.OpenFiles.Get()
	open, counted := l.owner.Files.Get()
	if limited {
		f.evidence = append(f.evidence, Evidence{"open_files_limit", float64(limit)})
		f.values[1] = share(float64(l.counting()), float64(limit))
	}
	if !limited || !counted {
		return
	}
	f.ends = limitKnown
	f.evidence = append(f.evidence, Evidence{"open_files", float64(open)})
	if grown := f.values[2]; grown >= fewSockets {
		f.ends = limitAhead
		rate := j.perSecond(float64(l.fresh))
		left := float64(limit) - float64(open)
		f.evidence = append(f.evidence, Evidence{"growth_per_s", math.Round(10*rate) / 10}, Evidence{"limit_in_ms", 1000 * max(0, left) / rate})
	}
}

// grown is how many sockets have come in the window and stay, less all that have gone
// meanwhile: whose those were nobody knows.
func (j *judge) grown(l *leak) float64 {
	before, c := j.facts.Before.CloseWait, j.facts.Census
	if j.facts.Window <= 0 || before == nil {
		return unknown
	}
	gone := len(before)
	for i := range c.closeWait {
		if before[c.closeWait[i].Inode] {
			gone--
		}
	}
	return float64(max(0, l.stay-gone))
}

// diagnose tells what kind of leak it is.
func (l *leak) diagnose(j *judge, f *finding) {
	unread := l.verdicts[tcp.DataUnread] + l.verdicts[tcp.FINUnread]
	switch acceptor, certain := l.acceptor(j); {
	case acceptor != nil && certain:
		f.diagnosis, f.ends = &inherited, tcp.Text{}
		f.names = []Name{{"holder", f.subject.Process.String()}}
		f.subject.Process = tcp.Process{PID: acceptor.PID, Name: acceptor.Name}
	case l.halfClosed(j) >= l.n-l.n/5:
		f.diagnosis, f.ends = &relayed, tcp.Text{}
		f.evidence = append(f.evidence, Evidence{"waiting", float64(l.halfClosed(j))})
	case acceptor != nil:
		f.diagnosis = &perhapsInherited
	case 2*l.verdicts[tcp.FINUnread] > l.n && 2*l.opened > l.n:
		f.diagnosis = &stalePool
		f.names = append(f.names, Name{"peer", l.mostPeer().String()})
	case 2*unread > l.n:
		f.diagnosis = &neverReads
	}
}

// halfClosed counts the sockets in FIN_WAIT2 that the process holds: with those in
// CLOSE_WAIT they make the pairs of a relay, if the one half was opened by the process
// and the other was not.
func (l *leak) halfClosed(j *judge) (n int) {
	if l.owner == nil {
		return 0
	}
	opened := 0
	for i := range j.facts.Census.finWait2 {
		held := &j.facts.Census.finWait2[i]
		if holds(j.facts.Owners[held.Inode], l.owner.PID) {
			n++
			if held.Opener == tcp.OpenedActive {
				opened++
			}
		}
	}
	if (2*opened > n) == (2*l.opened > l.n) {
		return 0 // both halves on one side
	}
	return n
}

// acceptor is the parent of the holder if that listens where the sockets came from,
// and whether it is certain that it has accepted them: the holder runs another
// program, or what was accepted beside them belongs to the parent alone. It is nil
// where the holder accepts for itself, as the workers of a server do.
func (l *leak) acceptor(j *judge) (acceptor *Owner, certain bool) {
	if l.owner == nil {
		return nil, false
	}
	for place, n := range l.through {
		if 2*n < l.n {
			continue
		}
		q := &j.facts.Census.queues[place]
		for _, owner := range j.facts.Owners[q.Inode] {
			if owner.PID == l.owner.Parent {
				acceptor = owner
			}
		}
		if acceptor == nil {
			continue
		}
		for _, inode := range j.facts.Census.sampleAt(q.Local.Port()) {
			owners := j.facts.Owners[inode]
			parent, child := holds(owners, acceptor.PID), holds(owners, l.owner.PID)
			switch {
			case child && !parent:
				return nil, false
			case parent && !child:
				return acceptor, true
			}
		}
		other := acceptor.Executable != "" && l.owner.Executable != "" && acceptor.Executable != l.owner.Executable
		return acceptor, other
	}
	return nil, false
}
