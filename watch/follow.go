package watch

import (
	"cmp"
	"hash/maphash"
	"maps"
	"math"
	"net/netip"
	"slices"
	"time"

	"tcpstat/tcp"
)

// follow is one socket that is followed. Times count from the beginning of the
// watch.
type follow struct {
	Compact

	round   uint32        // the sample that it was last seen in
	seen    time.Duration // when that sample began
	first   time.Duration // when it was first seen
	watched bool          // it was then among what is watched
	present bool          // it was there at the first sample

	// It got into its state between these two.
	earliest, latest time.Duration

	rests time.Duration // a mini-socket stays until then

	holders  []tcp.Holder
	listener netip.AddrPort // that it came through
	final    *final
}

// always is earlier than every time.
const always = time.Duration(math.MinInt64)

// final is what the kernel told of an end.
type final struct {
	at   time.Duration
	kept Compact
	info tcp.Info
}

// counts gives tcp_info, nil where none was told.
func (f *final) counts() *tcp.Info {
	if f.info.Size == 0 {
		return nil
	}
	return &f.info
}

// told is what the kernel told of ends, by cookie. What is nil is only counted.
type told struct {
	ends   map[uint64]*final
	byEnds map[uint64]uint64 // the last cookie between two ends
}

func newTold() told { return told{map[uint64]*final{}, map[uint64]uint64{}} }

func (t *told) add(s *tcp.Socket, end *final) {
	t.ends[name(s)] = end
	t.byEnds[nameOfEnds(s)] = name(s)
}

// take gives, and forgets, the end of a socket that turns out to be there still, as
// a mini-socket. Where nobody has seen it before, its cookie is another: a socket
// gets one when it is first looked at, and a mini-socket only takes over what it has.
func (t *told) take(s *tcp.Socket) (end *final, found bool) {
	id := name(s)
	if end, found = t.ends[id]; !found && s.Mini {
		if id, found = t.byEnds[nameOfEnds(s)]; found {
			end, found = t.ends[id]
		}
	}
	delete(t.ends, id)
	return end, found
}

func (t *told) clear() {
	clear(t.ends)
	clear(t.byEnds)
}

// sorted gives the ends in the order of time.
func (t *told) sorted() []*final {
	sorted := slices.Collect(maps.Values(t.ends))
	slices.SortFunc(sorted, func(a, b *final) int {
		if a == nil || b == nil {
			return 0
		}
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kept.cookie, b.kept.cookie))
	})
	return sorted
}

// enter notes that a socket got into its state between two times.
func (f *follow) enter(earliest, latest time.Duration) { f.earliest, f.latest = earliest, latest }

// narrow takes closer bounds, unless they contradict what is known.
func (f *follow) narrow(earliest, latest time.Duration) {
	if earliest > f.latest || latest < f.earliest {
		return
	}
	f.earliest, f.latest = max(f.earliest, earliest), min(f.latest, latest)
}

// prove narrows the bounds by what the socket's counters prove, which the kernel
// read some time between two others.
func (f *follow) prove(s *tcp.Socket, begin, at time.Duration) {
	age := tcp.AgeOf(s)
	earliest := always
	if longest, known := age.Max.Get(); known {
		earliest = begin - longest
	}
	f.narrow(earliest, at-age.Min.Or(0))
}

// age bounds how long the socket has been in its state from one time to another
// between which it ends.
func (f *follow) age(from, to time.Duration) tcp.Age {
	age := tcp.Age{Min: tcp.Some(max(0, from-f.latest))}
	if f.earliest != always {
		age.Max = tcp.Some(max(0, to-f.earliest))
	}
	return age
}

// isOther reports whether s, which has no cookie and the ends of f, is another
// socket.
func (f *follow) isOther(s *tcp.Socket) bool {
	if _, has := s.Cookie.Get(); has {
		return false
	}
	was, is := f.inode, s.Inode.Or(0)
	if was != 0 && is != 0 && was != is {
		return true
	}
	_, possible := Through(f.State, s.State)
	return f.State != s.State && !possible
}

// seed is one for the process: names of sockets never leave it.
var seed = maphash.MakeSeed()

// name gives the number by which a socket is followed: its cookie, or one made of
// its ends. Listeners may share them, and are told apart by inode.
func name(s *tcp.Socket) uint64 {
	if cookie, has := s.Cookie.Get(); has {
		return cookie
	}
	return nameOfEnds(s)
}

// nameOfEnds makes a number of the ends of a socket.
func nameOfEnds(s *tcp.Socket) uint64 {
	ends := struct {
		family        tcp.Family
		local, remote netip.AddrPort
		inode         uint64
	}{s.Family, s.Local, s.Remote, 0}
	if !s.HasRemote() {
		ends.inode = s.Inode.Or(0)
	}
	return maphash.Comparable(seed, ends)
}
