package tcp

import "net/netip"

// Listeners knows the listeners of a namespace, to tell which connections came
// through one. The zero value is empty and ready.
type Listeners struct {
	byPort map[uint16][]listener
}

type listener struct {
	addr    netip.Addr
	v6only  bool
	device  uint32
	backlog Backlog
}

// Add takes a listener. A socket in another state is ignored.
func (l *Listeners) Add(s *Socket) {
	if s.State != Listen {
		return
	}
	if l.byPort == nil {
		l.byPort = make(map[uint16][]listener)
	}
	port := s.Local.Port()
	l.byPort[port] = append(l.byPort[port], listener{
		addr:    s.Local.Addr(),
		v6only:  s.V6Only.Or(false),
		device:  s.Interface.Or(0),
		backlog: s.Backlog,
	})
}

// Cover reports whether a connection with s's local end can have come through
// one of the listeners.
func (l *Listeners) Cover(s *Socket) bool {
	candidates := l.byPort[s.Local.Port()]
	for i := range candidates {
		if candidates[i].covers(s) {
			return true
		}
	}
	return false
}

// Full reports whether the accept queue that s would wait in has no room. The
// kernel gives a connection to the listener that is bound most closely, by
// address before device (__inet_lookup_listener() in
// net/ipv4/inet_hashtables.c); of several that are bound alike (SO_REUSEPORT)
// all must be full.
func (l *Listeners) Full(s *Socket) bool {
	full, closest := false, 0
	for _, candidate := range l.byPort[s.Local.Port()] {
		if closeness := candidate.closeness(); candidate.covers(s) && closeness >= closest {
			full = candidate.full() && (full || closeness > closest)
			closest = closeness
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
	for _, candidate := range l.byPort[s.Local.Port()] {
		itself := candidate.addr == s.Local.Addr() && candidate.device == s.Interface.Or(0)
		if s.State == Listen && !itself || !candidate.covers(s) {
			continue
		}
		rank := candidate.closeness()
		if candidate.addr.Is4() == s.Local.Addr().Is4() {
			rank += ownFamily
		}
		if rank > best {
			best = rank
			key = ListenerKey{netip.AddrPortFrom(candidate.addr, s.Local.Port()), candidate.device}
		}
	}
	return key, best > 0
}

// Backlog adds up the accept queues of a listener and those that share its
// address. A limit or a number of drops that is not known of one is absent.
func (l *Listeners) Backlog(key ListenerKey) (sum Backlog, listeners int) {
	sum.Limit, sum.Drops = Some[uint32](0), Some[uint32](0)
	for _, candidate := range l.byPort[key.Local.Port()] {
		if candidate.addr != key.Local.Addr() || candidate.device != key.Interface {
			continue
		}
		sum.Used += candidate.backlog.Used
		sum.Limit = plus(sum.Limit, candidate.backlog.Limit)
		sum.Drops = plus(sum.Drops, candidate.backlog.Drops)
		listeners++
	}
	return sum, listeners
}

func plus(a, b Opt[uint32]) Opt[uint32] {
	if !a.present || !b.present {
		return Opt[uint32]{}
	}
	return Some(a.value + b.value)
}

func (l *listener) full() bool {
	limit, known := l.backlog.Limit.Get()
	return known && l.backlog.Used > limit
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
