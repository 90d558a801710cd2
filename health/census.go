package health

import (
	"net/netip"
	"time"

	"tcpstat/tcp"
)

// Times from which a socket counts. They are part of the rules' conditions.
const (
	closeWaitOld   = 60 * time.Second
	unacceptedOld  = 5 * time.Second
	finWait2Old    = 5 * time.Minute
	unreadOld      = 30 * time.Second
	idleOld        = 7200 * time.Second
	synSentRetries = 3
	finRetries     = 2
	probeBackoff   = 3
)

// Census is what the rules need of the sockets of one look. Listeners must be
// added before connections, as a list yields them.
type Census struct {
	// Listeners are the accept queues, one for each listening socket.
	Listeners []Queue

	closeWait, finWait2, idle, unread []Held

	total      int
	states     [32]int
	connects   map[netip.AddrPort]int      // stuck in SYN_SENT, by peer
	finUnacked map[netip.Addr]int          // by peer
	ports      map[route]int               // local ports used
	sent       map[netip.Addr]*transmitted // by peer
	queues     map[netip.AddrPort][]int    // indices in Listeners, by address
	stuck      worstSocket                 // most retransmissions
	shut       worstSocket                 // longest closed window
	shutCount  int
}

// Held is one socket that a process holds on to.
type Held struct {
	Inode uint64
	UID   uint32
	Local netip.AddrPort
	Age   time.Duration // at least
}

// Queue is the accept queue of one listener and what waits for it.
type Queue struct {
	Local      netip.AddrPort
	Backlog    tcp.Backlog
	Unaccepted int // connections that wait for accept() for long
	HalfOpen   int // in SYN_RECV
	Repeated   int // of those, how many had the SYN+ACK sent again
}

// route is what a local port must be unique for.
type route struct {
	local  netip.Addr
	remote netip.AddrPort
}

// transmitted sums up the live connections with a peer.
type transmitted struct{ sent, again uint64 }

// worstSocket is the one that counts most.
type worstSocket struct {
	value         float64
	local, remote netip.AddrPort
	state         tcp.State
	waiting       uint32 // bytes
}

func (w *worstSocket) offer(value float64, s *tcp.Socket) {
	if value > w.value {
		*w = worstSocket{value, s.Local, s.Remote, s.State, s.SendQueue}
	}
}

// NewCensus makes an empty one.
func NewCensus() *Census {
	return &Census{
		connects:   map[netip.AddrPort]int{},
		finUnacked: map[netip.Addr]int{},
		ports:      map[route]int{},
		sent:       map[netip.Addr]*transmitted{},
		queues:     map[netip.AddrPort][]int{},
	}
}

// Add counts one socket. m knows the listeners.
func (c *Census) Add(s *tcp.Socket, v *tcp.View, m *tcp.Machine) {
	c.total++
	c.states[min(s.State, tcp.Unknown)]++
	switch s.State {
	case tcp.Listen:
		c.queues[s.Local] = append(c.queues[s.Local], len(c.Listeners))
		c.Listeners = append(c.Listeners, Queue{Local: s.Local, Backlog: s.Backlog})
		return
	case tcp.SynRecv:
		c.halfOpen(s, m)
	case tcp.SynSent:
		if s.Timer.Retransmits >= synSentRetries {
			c.connects[unmapped(s.Remote)]++
		}
	case tcp.Established:
		c.established(s)
	case tcp.CloseWait:
		c.hold(&c.closeWait, s, v.Age.Min.Or(0), closeWaitOld)
	case tcp.FinWait2:
		c.hold(&c.finWait2, s, v.Age.Min.Or(0), finWait2Old)
	case tcp.FinWait1, tcp.LastAck, tcp.Closing:
		if s.Timer.Retransmits >= finRetries {
			c.finUnacked[s.Remote.Addr().Unmap()]++
		}
	}
	if v.Ownership == tcp.Unaccepted {
		c.unaccepted(s, v, m)
	}
	if s.HasRemote() {
		c.connection(s, v)
	}
}

// hold keeps a socket of a process that is old enough.
func (c *Census) hold(list *[]Held, s *tcp.Socket, age, least time.Duration) {
	inode := s.Inode.Or(0)
	if inode != 0 && age >= least {
		*list = append(*list, Held{inode, s.UID.Or(0), s.Local, age})
	}
}

// established looks for programs that do not read, and for connections that
// nobody uses.
func (c *Census) established(s *tcp.Socket) {
	received, known := s.InfoValue(tcp.InfoLastDataRecv)
	sinceIn := time.Duration(received) * time.Millisecond
	if s.RecvQueue > 0 && known {
		c.hold(&c.unread, s, sinceIn, unreadOld)
	}
	if idle, known := idleFor(s); known && s.Timer.Kind == tcp.NoTimer {
		c.hold(&c.idle, s, idle, idleOld)
	}
}

// idleFor is the time since anything was last heard of the peer or sent to it.
func idleFor(s *tcp.Socket) (time.Duration, bool) {
	ack, known := s.InfoValue(tcp.InfoLastAckRecv)
	idle := ack
	for _, field := range [...]tcp.InfoField{tcp.InfoLastDataSent, tcp.InfoLastDataRecv} {
		if v, ok := s.InfoValue(field); ok {
			idle = min(idle, v)
		}
	}
	return time.Duration(idle) * time.Millisecond, known
}

// connection counts what is asked of every connection.
func (c *Census) connection(s *tcp.Socket, v *tcp.View) {
	peer := s.Remote.Addr().Unmap()
	if v.Opener == tcp.OpenedActive {
		c.ports[route{s.Local.Addr().Unmap(), unmapped(s.Remote)}]++
	}
	if s.State == tcp.Established || s.State == tcp.CloseWait {
		c.sending(s)
	}
	sent, known := s.Info.Get(tcp.InfoBytesSent)
	if !known || sent == 0 {
		return
	}
	again, _ := s.Info.Get(tcp.InfoBytesRetrans)
	t := c.sent[peer]
	if t == nil {
		t = new(transmitted)
		c.sent[peer] = t
	}
	t.sent, t.again = t.sent+sent, t.again+again
}

// sending looks for data that does not get through, and for windows that stay
// shut. Nothing is sent while a window is shut, so that it has been so for as
// long as no data was.
func (c *Census) sending(s *tcp.Socket) {
	switch s.Timer.Kind {
	case tcp.RetransmitTimer:
		if s.SendQueue > 0 {
			c.stuck.offer(float64(s.Timer.Retransmits), s)
		}
	case tcp.WindowProbe:
		backoff, _ := s.Info.Get(tcp.InfoBackoff)
		if backoff < probeBackoff {
			return
		}
		c.shutCount++
		since, _ := s.InfoValue(tcp.InfoLastDataSent)
		c.shut.offer(float64(max(since, 1)), s)
	}
}

// halfOpen counts a half-open connection at its listener.
func (c *Census) halfOpen(s *tcp.Socket, m *tcp.Machine) {
	if q := c.queueOf(s, m); q != nil {
		q.HalfOpen++
		if s.Timer.Retransmits > 0 {
			q.Repeated++
		}
	}
}

// unaccepted counts a connection that waits in an accept queue.
func (c *Census) unaccepted(s *tcp.Socket, v *tcp.View, m *tcp.Machine) {
	age, known := v.Age.Min.Get()
	if !known {
		age, known = idleFor(s)
	}
	if q := c.queueOf(s, m); q != nil && known && age >= unacceptedOld {
		q.Unaccepted++
	}
}

// queueOf gives the listener that a connection came through. Of several at one
// address (SO_REUSEPORT) that is the fullest: the kernel does not tell which.
func (c *Census) queueOf(s *tcp.Socket, m *tcp.Machine) (fullest *Queue) {
	local, ok := m.Listeners.Of(s)
	if !ok {
		return nil
	}
	for _, i := range c.queues[local] {
		if q := &c.Listeners[i]; fullest == nil || q.Backlog.Used > fullest.Backlog.Used {
			fullest = q
		}
	}
	return fullest
}

// Inodes gives the sockets whose owners the rules want to name.
func (c *Census) Inodes(yield func(uint64) bool) {
	for _, list := range [...][]Held{c.closeWait, c.finWait2, c.idle, c.unread} {
		for i := range list {
			if !yield(list[i].Inode) {
				return
			}
		}
	}
}

func unmapped(end netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(end.Addr().Unmap(), end.Port())
}
