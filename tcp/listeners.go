package tcp

import "net/netip"

// Listeners knows the listeners of a namespace, to tell which connections came
// through one. However many there are, it looks at those few that a connection
// can have come through. The zero value is empty and ready.
type Listeners struct {
	byPort map[uint16]*portListeners
}

// portListeners are the listeners of one port.
type portListeners struct {
	wildcard []listener                // bound to every address
	exact    map[netip.Addr][]listener // by the one that they are bound to
}

// listener is one listener, or several that are bound alike (SO_REUSEPORT).
type listener struct {
	addr   netip.Addr
	v6only bool
	device uint32

	backlog Backlog // of all of them
	sockets int
	full    bool // every one of them
}

// Add takes a listener. A socket in another state is ignored.
func (l *Listeners) Add(s *Socket) {
	if s.State != Listen {
		return
	}
	if l.byPort == nil {
		l.byPort = make(map[uint16]*portListeners)
	}
	port := l.byPort[s.Local.Port()]
	if port == nil {
		port = &portListeners{exact: make(map[netip.Addr][]listener)}
		l.byPort[s.Local.Port()] = port
	}
	limit, known := s.Backlog.Limit.Get()
	port.add(listener{
		addr:    s.Local.Addr(),
		v6only:  s.V6Only.Or(false),
		device:  s.Interface.Or(0),
		backlog: s.Backlog,
		sockets: 1,
		full:    known && s.Backlog.Used > limit,
	})
}

func (p *portListeners) add(one listener) {
	if one.wildcard() {
		p.wildcard = join(p.wildcard, one)
	} else {
		p.exact[one.addr] = join(p.exact[one.addr], one)
	}
}

// join adds a listener to a list, to the one that is bound alike if there is one.
func join(list []listener, one listener) []listener {
	for i := range list {
		if with := &list[i]; with.addr == one.addr && with.v6only == one.v6only && with.device == one.device {
			with.backlog = with.backlog.plus(one.backlog)
			with.sockets += one.sockets
			with.full = with.full && one.full
			return list
		}
	}
	return append(list, one)
}

// near gives the listeners that can matter to a socket with this local end: those
// bound to every address, and those bound to its own.
func (l *Listeners) near(local netip.AddrPort) [2][]listener {
	port := l.byPort[local.Port()]
	if port == nil {
		return [2][]listener{}
	}
	return [2][]listener{port.wildcard, port.exact[local.Addr()]}
}

// cover reports whether a connection with s's local end can have come through
// one of the listeners.
func (l *Listeners) cover(s *Socket) bool {
	for _, candidates := range l.near(s.Local) {
		for i := range candidates {
			if candidates[i].covers(s) {
				return true
			}
		}
	}
	return false
}

// full reports whether the accept queue that s would wait in has no room. The
// kernel gives a connection to the listener that is bound most closely, as
// [Listeners.Through] finds it, by address before device
// (__inet_lookup_listener() in net/ipv4/inet_hashtables.c); of several that are
// bound alike (SO_REUSEPORT) all must be full.
func (l *Listeners) full(s *Socket) bool {
	full, best := false, 0
	for _, candidates := range l.near(s.Local) {
		for i := range candidates {
			candidate := &candidates[i]
			if rank := candidate.rank(s); rank > 0 && rank >= best {
				full = candidate.full && (full || rank > best)
				best = rank
			}
		}
	}
	return full
}

// ListenerKey names a listener, or several that share an address and port
// (SO_REUSEPORT).
type ListenerKey struct {
	Local     netip.AddrPort
	Interface uint32 // index of the device that it is bound to, 0: none
}

// Through tells which listener s came through, or is: the one that is bound most
// closely, of its own family where there is one, since the kernel gives a
// connection the family of its listener.
func (l *Listeners) Through(s *Socket) (key ListenerKey, found bool) {
	best := 0
	for _, candidates := range l.near(s.Local) {
		for i := range candidates {
			candidate := &candidates[i]
			if rank := candidate.rank(s); rank > best {
				best = rank
				key = ListenerKey{netip.AddrPortFrom(candidate.addr, s.Local.Port()), candidate.device}
			}
		}
	}
	return key, best > 0
}

// Backlog adds up the accept queues of a listener and those that share its
// address. A limit or a number of drops that is not known of one is absent.
func (l *Listeners) Backlog(key ListenerKey) (sum Backlog, listeners int) {
	sum.Limit, sum.Drops = Some[uint32](0), Some[uint32](0)
	for _, candidates := range l.near(key.Local) {
		for i := range candidates {
			if candidate := &candidates[i]; candidate.addr == key.Local.Addr() && candidate.device == key.Interface {
				sum = sum.plus(candidate.backlog)
				listeners += candidate.sockets
			}
		}
	}
	return sum, listeners
}

func (b Backlog) plus(other Backlog) Backlog {
	return Backlog{b.Used + other.Used, plus(b.Limit, other.Limit), plus(b.Drops, other.Drops)}
}

func plus(a, b Opt[uint32]) Opt[uint32] {
	if !a.present || !b.present {
		return Opt[uint32]{}
	}
	return Some(a.value + b.value)
}

// rank ranks the listeners that s can have come through, or is, from 1. It is 0
// for the others.
func (l *listener) rank(s *Socket) int {
	itself := l.addr == s.Local.Addr() && l.device == s.Interface.Or(0)
	switch {
	case s.State == Listen && !itself, !l.covers(s):
		return 0
	case l.addr.Is4() == s.Local.Addr().Is4():
		return ownFamily + l.closeness()
	}
	return l.closeness()
}

// ownFamily outranks every closeness.
const ownFamily = 5

// closeness ranks listeners that cover the same connection, from 1.
func (l *listener) closeness() int {
	rank := 1
	if !l.wildcard() {
		rank += 2
	}
	if l.device != 0 {
		rank++
	}
	return rank
}

// wildcard reports whether every local address will do. An IPv6 socket may be
// bound to the IPv4 wildcard, ::ffff:0.0.0.0.
func (l *listener) wildcard() bool { return l.addr.Unmap().IsUnspecified() }

// covers compares the local end. A dual-stack wildcard covers IPv4 too.
func (l *listener) covers(s *Socket) bool {
	if device, known := s.Interface.Get(); known && l.device != 0 && l.device != device {
		return false
	}
	addr := s.Local.Addr()
	switch {
	case !l.wildcard():
		return l.addr == addr
	case l.addr.Is4():
		return addr.Is4()
	case l.addr.Is4In6():
		return addr.Is4In6()
	case addr.Is4() || addr.Is4In6():
		return !l.v6only
	}
	return true
}
