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
	_, ok := l.find(s)
	return ok
}

// Full reports whether the accept queue that s would wait in has no room.
func (l *Listeners) Full(s *Socket) bool {
	found, ok := l.find(s)
	limit, known := found.backlog.Limit.Get()
	return ok && known && found.backlog.Used > limit
}

func (l *Listeners) find(s *Socket) (listener, bool) {
	for _, candidate := range l.byPort[s.Local.Port()] {
		if candidate.covers(s) {
			return candidate, true
		}
	}
	return listener{}, false
}

// covers compares the local end. A dual-stack wildcard covers IPv4 too.
func (l listener) covers(s *Socket) bool {
	if device, known := s.Interface.Get(); known && l.device != 0 && l.device != device {
		return false
	}
	addr := s.Local.Addr()
	switch {
	case !l.addr.IsUnspecified():
		return l.addr == addr
	case l.addr.Is4():
		return addr.Is4()
	case addr.Is4() || addr.Is4In6():
		return !l.v6only
	}
	return true
}
