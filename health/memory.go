package health

import (
	"cmp"
	"slices"

	"tcpstat/tcp"
)

// buffers is what the sockets of one look hold in their queues, in bytes.
type buffers struct {
	received float64 // and not read
	sending  float64 // and not acknowledged
	stale    float64 // received, and not read for long
	full     float64 // of that, in sockets whose buffer has no room for as much again
	shut     float64 // waits for windows that stay closed
	heaviest []buffer
}

// buffer is a socket and what it holds.
type buffer struct {
	inode uint64
	bytes float64
}

// add counts a connection. Those that hold most are kept.
func (b *buffers) add(s *tcp.Socket) {
	if s.RecvQueue == 0 && s.SendQueue == 0 {
		return
	}
	received, sending := float64(s.RecvQueue), float64(s.SendQueue)
	b.received += received
	b.sending += sending
	b.keep(buffer{s.Inode.Or(0), received + sending})
}

// keep keeps the heaviest, lightest first.
func (b *buffers) keep(one buffer) {
	at, _ := slices.BinarySearchFunc(b.heaviest, one, func(a, b buffer) int { return cmp.Compare(a.bytes, b.bytes) })
	switch {
	case len(b.heaviest) < samples:
		b.heaviest = slices.Insert(b.heaviest, at, one)
	case at > 0: // in the place of the lightest
		copy(b.heaviest, b.heaviest[1:at])
		b.heaviest[at-1] = one
	}
}

// unread counts what an established socket has received, where its program reads none
// of it. One whose window has room for as much again has dropped nothing.
func (b *buffers) unread(s *tcp.Socket, long bool) {
	if !long || s.Inode.Or(0) == 0 {
		return
	}
	b.stale += float64(s.RecvQueue)
	if window, known := s.Info.Get(tcp.InfoReceiveWindow); !known || window < uint64(s.RecvQueue) {
		b.full += float64(s.RecvQueue)
	}
}

func (b *buffers) holders() (holders sample) {
	for i := range b.heaviest {
		holders.add(b.heaviest[i].inode)
	}
	return holders
}

// memory is what TCP takes on the host, and what it may take, in pages.
func (f *Facts) memory() (pages, pressure, most float64, reason Reason) {
	low, known := f.Settings[tcp.MemPressure]
	high, knownMost := f.Settings[tcp.MemMax]
	used, counted := f.Counters.Get("TCP", "mem").Get()
	switch {
	case !known || !knownMost:
		reason = HostWide
	case !counted || used < 0:
		reason = NotCounted
	}
	return float64(used), float64(low), float64(high), reason
}

// memoryShort reports whether the rule will find something, so that it matters whose
// buffers are full.
func (f *Facts) memoryShort() bool {
	pages, pressure, most, reason := f.memory()
	return reason == "" && (pages > pressure || 10*pages > 9*most)
}

// pageSize is the size of a page of memory where nobody tells.
const pageSize = 4096

// tcpMemory measures the memory of all buffers, and tells who holds most of it.
func (j *judge) tcpMemory() {
	pages, pressure, most, reason := j.facts.memory()
	if reason != "" {
		j.cannot(reason)
		return
	}
	b := &j.facts.Census.limits.buffers
	used := pages * float64(cmp.Or(j.facts.PageSize, pageSize))
	f := &finding{
		values: []float64{share(pages, pressure), share(pages, most)},
		evidence: []Evidence{
			{"pages", pages},
			{"used_bytes", used},
			{"received_bytes", b.received},
			{"sending_bytes", b.sending},
			{"unread_bytes", b.stale},
			{"shut_bytes", b.shut},
		},
	}
	switch {
	case pages >= most:
		f.title = memoryUsedUp
	case 10*pages > 9*most:
		f.title = memoryNearlyUsedUp
	}
	j.heaviest(f, used)
	j.find(f)
}

// heaviest adds the process whose sockets hold most of what this namespace has in its
// queues, if that is a fair part of the whole.
func (j *judge) heaviest(f *finding, used float64) {
	b := &j.facts.Census.limits.buffers
	switch {
	case 4*(b.received+b.sending) < used:
		return
	case b.received >= b.sending:
		f.diagnosis = &memoryUnread
	default:
		f.diagnosis = &memoryUnsent
	}
	of, worst := map[int32]float64{}, int32(0)
	for i := range b.heaviest {
		for _, owner := range j.facts.Owners[b.heaviest[i].inode] {
			if of[owner.PID] += b.heaviest[i].bytes; of[owner.PID] > of[worst] {
				worst = owner.PID
			}
		}
	}
	for i := range b.heaviest {
		held := func(o *Owner) bool { return o.PID == worst }
		if inode := b.heaviest[i].inode; slices.ContainsFunc(j.facts.Owners[inode], held) {
			f.inodes = append(f.inodes, inode)
		}
	}
}
