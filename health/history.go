package health

import (
	"strconv"

	"tcpstat/tcp"
)

// Remark is something that the counters tell of the time since they began, worth a
// look with two looks: nobody knows whether it goes on.
type Remark struct {
	Text  tcp.Text
	Names []Name // what its placeholders stand for
}

// History tells what has gone wrong since the network namespace was made, by counters
// that only rise.
func History(f *Facts) (remarks []Remark) {
	counters := f.Counters
	in := func(name string) int64 { return counters.Get("Tcp", name).Or(0) }
	ext := func(name string) int64 { return counters.Get("TcpExt", name).Or(0) }
	say := func(text tcp.Text, n, of int64) {
		remarks = append(remarks, Remark{text, []Name{
			{"n", strconv.FormatInt(n, 10)}, {"of", strconv.FormatInt(of, 10)},
		}})
	}
	if n := ext("ListenOverflows"); n > 0 {
		say(tcp.Text{"accept queues overflowed {n} times", "accept 큐 넘침 {n}회"}, n, 0)
		remarks = append(remarks, f.mostDrops()...)
	}
	if n := ext("TCPReqQFullDrop"); n > 0 {
		say(tcp.Text{"full SYN queues dropped {n} SYNs", "가득 찬 SYN 큐가 버린 SYN {n}건"}, n, 0)
	}
	if again, sent := in("RetransSegs"), in("OutSegs"); sent >= LeastSegments && 100*again >= sent {
		say(tcp.Text{"{n} of {of} segments were sent again", "세그먼트 {of}개 중 {n}개 재전송"}, again, sent)
	}
	if n := ext("TCPTimeWaitOverflow"); n > 0 {
		say(tcp.Text{"the TIME_WAIT table was full {n} times", "TIME_WAIT 테이블 가득 참 {n}회"}, n, 0)
	}
	if n := ext("TCPAbortOnMemory"); n > 0 {
		say(tcp.Text{"{n} connections were reset for want of memory or as too many orphans", "메모리 부족이나 고아 소켓 초과로 끊긴 연결 {n}개"}, n, 0)
	}
	opens := in("ActiveOpens")
	if n := in("AttemptFails"); n >= fewSockets && 10*n >= opens {
		say(tcp.Text{"{n} connection attempts failed ({of} begun here)", "연결 시도 실패 {n}건(여기서 시작한 것 {of}건)"}, n, opens)
	}
	if n := ext("TCPSynRetrans"); n >= fewSockets && 10*n >= opens+in("PassiveOpens") {
		say(tcp.Text{"{n} SYNs or SYN+ACKs were sent again", "SYN 또는 SYN+ACK 재전송 {n}건"}, n, 0)
	}
	if n := in("OutRsts"); n >= fewSockets && 100*n >= in("OutSegs") {
		say(tcp.Text{"{n} resets were sent", "RST 전송 {n}건"}, n, 0)
	}
	if n := in("EstabResets"); n >= fewSockets && 10*n >= opens+in("PassiveOpens") {
		say(tcp.Text{"{n} connections ended with a reset", "RST로 끝난 연결 {n}개"}, n, 0)
	}
	return remarks
}

// mostDrops names the listener that has dropped most, whatever for.
func (f *Facts) mostDrops() []Remark {
	var most *listenQueue
	for q := range f.Census.listeners {
		if drops := q.Backlog.Drops.Or(0); drops > 0 && (most == nil || drops > most.Backlog.Drops.Or(0)) {
			most = q
		}
	}
	if most == nil {
		return nil
	}
	who := endText(most.Local)
	if owners := childrenFirst(f.Owners[most.Inode]); len(owners) > 0 {
		who = owners[0].Process.String() + " " + who
	}
	return []Remark{{
		tcp.Text{"of the listeners {who} has dropped most ({n})", "가장 많이 버린 리스너: {who}({n}건)"},
		[]Name{{"who", who}, {"n", strconv.FormatUint(uint64(most.Backlog.Drops.Or(0)), 10)}},
	}}
}
