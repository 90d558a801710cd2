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

// Of gives the address of the listener that a connection with s's local end came
// through: the one that is bound most closely.
func (l *Listeners) Of(s *Socket) (local netip.AddrPort, ok bool) {
	closest := 0
	for _, candidate := range l.byPort[s.Local.Port()] {
		if closeness := candidate.closeness(); candidate.covers(s) && closeness > closest {
			local, closest = netip.AddrPortFrom(candidate.addr, s.Local.Port()), closeness
		}
	}
	return local, closest > 0
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

func (l *listener) full() bool {
	limit, known := l.backlog.Limit.Get()
	return known && l.backlog.Used > limit
}

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
