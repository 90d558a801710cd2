package watch

import (
	"net/netip"
	"time"

	"tcpstat/tcp"
)

// Compact is a socket in less than a quarter of its memory, for those who keep a
// hundred thousand.
type Compact struct {
	Local, Remote        netip.AddrPort
	RecvQueue, SendQueue uint32
	Family               tcp.Family
	State                tcp.State

	has                       presence
	timer                     tcp.TimerKind
	code, retransmits, probes uint8 // of the timer
	shutdown                  uint8

	uid, device           uint32
	cookie, inode, cgroup uint64
	expires               time.Duration // the timer

	all *tcp.Socket // nil but for those few of which more is needed; never changed
}

// presence has a bit for each value that a socket may lack, and one for what it is.
type presence uint8

const (
	hasCookie presence = 1 << iota
	hasInode
	hasCgroup
	hasUID
	hasDevice
	hasShutdown
	isMini
)

// Keep keeps a socket: what tells it from others, queues and timer. All the rest is
// kept only of listeners, for their backlog, and where the timer counts unanswered
// segments, of which a forecast needs it.
func (c *Compact) Keep(s *tcp.Socket) {
	*c = lasting(s)
	c.expires, c.timer, c.code = s.Timer.Expires, s.Timer.Kind, s.Timer.Code
	c.retransmits, c.probes = s.Timer.Retransmits, s.Timer.Probes
	foretold := s.Timer.Kind == tcp.RetransmitTimer || s.Timer.Kind == tcp.WindowProbe
	if foretold || s.Backlog != (tcp.Backlog{}) || s.V6Only != (tcp.Opt[bool]{}) {
		all := *s
		c.all = &all
	}
}

// lasting keeps what does not pass by itself: no timer, no backlog.
func lasting(s *tcp.Socket) Compact {
	c := Compact{
		Local: s.Local, Remote: s.Remote, RecvQueue: s.RecvQueue, SendQueue: s.SendQueue, Family: s.Family, State: s.State,
		shutdown: s.Shutdown.Or(0), uid: s.UID.Or(0), device: s.Interface.Or(0),
		cookie: s.Cookie.Or(0), inode: s.Inode.Or(0), cgroup: s.CgroupID.Or(0),
	}
	c.note(hasCookie, has(s.Cookie))
	c.note(hasInode, has(s.Inode))
	c.note(hasCgroup, has(s.CgroupID))
	c.note(hasUID, has(s.UID))
	c.note(hasDevice, has(s.Interface))
	c.note(hasShutdown, has(s.Shutdown))
	c.note(isMini, s.Mini)
	return c
}

func (c *Compact) note(bit presence, set bool) {
	if set {
		c.has |= bit
	}
}

func has[T any](o tcp.Opt[T]) bool {
	_, present := o.Get()
	return present
}

// Socket gives the socket as far as it was kept.
func (c *Compact) Socket() tcp.Socket {
	if c.all != nil {
		return *c.all
	}
	return tcp.Socket{
		Family: c.Family, State: c.State, Mini: c.Mini(), Local: c.Local, Remote: c.Remote,
		Interface: kept(c, hasDevice, c.device), RecvQueue: c.RecvQueue, SendQueue: c.SendQueue,
		Timer: tcp.Timer{Kind: c.timer, Code: c.code, Expires: c.expires, Retransmits: c.retransmits, Probes: c.probes},
		UID:   kept(c, hasUID, c.uid), Inode: c.Inode(), Cookie: c.Cookie(),
		Shutdown: kept(c, hasShutdown, c.shutdown), CgroupID: kept(c, hasCgroup, c.cgroup),
	}
}

// kept gives a value that the socket may have lacked.
func kept[T any](c *Compact, bit presence, value T) tcp.Opt[T] {
	if c.has&bit == 0 {
		return tcp.Opt[T]{}
	}
	return tcp.Some(value)
}

// Cookie, Inode and Mini are those of the socket.
func (c *Compact) Cookie() tcp.Opt[uint64] { return kept(c, hasCookie, c.cookie) }
func (c *Compact) Inode() tcp.Opt[uint64]  { return kept(c, hasInode, c.inode) }
func (c *Compact) Mini() bool              { return c.has&isMini != 0 }
