package health

import (
	"net/netip"
	"time"

	"tcpstat/tcp"
)

// limits is what the rules about limits of the system ask of the sockets of one look.
type limits struct {
	machine *tcp.Machine   // of the rows, nil before the first connection
	local   tcp.LocalPorts // for outgoing connections
	reuse   int64          // tcp_tw_reuse

	full    int // sockets that are no mini-sockets
	routes  map[route]*routeUse
	spare   []routeUse // made at once, for there may be as many as connections
	sources map[netip.Addr]*portSource
	last    *portSource // of the connection before
	bound   []boundSocket
	asked   map[uint16]*askedPort

	waiting  [4]int             // in TIME_WAIT, by opener
	accepted map[uint16]int     // of those that were accepted, by port
	orphans  map[netip.Addr]int // by peer
	buffers  buffers
}

func newLimits() limits {
	return limits{
		routes: map[route]*routeUse{}, sources: map[netip.Addr]*portSource{},
		accepted: map[uint16]int{}, orphans: map[netip.Addr]int{},
	}
}

// boundSocket is one in BOUND: it has a local port, and neither listens nor is connected.
type boundSocket struct {
	local netip.AddrPort
	inode uint64
}

// routeUse is how many local ports the connections of one route take.
type routeUse struct {
	ports    int
	waiting  int           // of them in TIME_WAIT
	reusable int           // of those: connect() may take them
	free     time.Duration // until the last of those in TIME_WAIT has gone
	holders  sample
}

// portSource is one address that connections come from, with the local port of each.
type portSource struct {
	addr    netip.Addr
	ports   []uint16
	busiest int // ports of its fullest route
	holders sample
}

// sample is some of many sockets, enough to tell who holds most of them: the kernel's
// order is that of a hash, which prefers nobody.
type sample []uint64

func (s *sample) add(inode uint64) {
	if inode != 0 && len(*s) < samples {
		*s = append(*s, inode)
	}
}

// connection counts one connection.
func (l *limits) connection(s *tcp.Socket, v *tcp.View, m *tcp.Machine) {
	if l.machine == nil {
		l.machine, l.reuse = m, m.Sysctls.Value(tcp.TWReuse)
		l.local, _ = tcp.NewLocalPorts(m.Sysctls, m.Reserved)
	}
	if asked := l.asked[s.Local.Port()]; asked != nil {
		asked.add(s)
	}
	switch {
	case s.State == tcp.TimeWait:
		l.waiting[v.Opener]++
		if v.Opener == tcp.OpenedPassive {
			l.accepted[s.Local.Port()]++
		}
	case v.Ownership == tcp.Orphan:
		l.orphans[s.Remote.Addr().Unmap()]++
	}
	l.buffers.add(s)
	if v.Opener == tcp.OpenedActive && l.local.Has(s.Local.Port()) {
		l.opened(s)
	}
}

// opened counts the local port of a connection that was opened from here.
func (l *limits) opened(s *tcp.Socket) {
	inode := s.Inode.Or(0)
	r := route{s.Local.Addr().Unmap(), unmapped(s.Remote)}
	use := l.use(r)
	use.ports++
	use.holders.add(inode)
	if s.State == tcp.TimeWait {
		use.waiting++
		use.free = max(use.free, s.Timer.Expires)
		if l.reusable(r, s.Timer.Expires) {
			use.reusable++
		}
	}
	source := l.source(r.local)
	source.ports = append(source.ports, s.Local.Port())
	source.busiest = max(source.busiest, use.ports)
	source.holders.add(inode)
}

// use gives the use of a route.
func (l *limits) use(r route) *routeUse {
	use := l.routes[r]
	if use == nil {
		if len(l.spare) == 0 {
			l.spare = make([]routeUse, 256)
		}
		use, l.spare = &l.spare[0], l.spare[1:]
		l.routes[r] = use
	}
	return use
}

func (l *limits) source(addr netip.Addr) *portSource {
	if l.last != nil && l.last.addr == addr {
		return l.last
	}
	l.last = l.sources[addr]
	if l.last == nil {
		l.last = &portSource{addr: addr}
		l.sources[addr] = l.last
	}
	return l.last
}

// timeWait is how long TIME_WAIT lasts (TCP_TIMEWAIT_LEN), and reuseDelay from when on
// tcp_tw_reuse gives its port to a connect() (tcp_tw_reuse_delay by default).
const (
	timeWait   = 60 * time.Second
	reuseDelay = time.Second
)

// reusable reports whether connect() takes the port of a TIME_WAIT of the same route
// (tcp_twsk_unique() in net/ipv4/tcp_ipv4.c): then it is not in the way. The kernel asks
// for timestamps too, which nearly everybody sends and a TIME_WAIT does not show.
func (l *limits) reusable(r route, expires time.Duration) bool {
	loopback := r.local.IsLoopback() || r.remote.Addr().IsLoopback()
	return (l.reuse == 1 || l.reuse == 2 && loopback) && timeWait-expires > reuseDelay
}

// fullest is how many ports the fullest route takes.
func (l *limits) fullest() (most int) {
	for _, use := range l.routes {
		most = max(most, use.ports)
	}
	return most
}

// Inodes gives the sockets whose owners the rules want to name, once BOUND ones are
// known if the rules want them.
func (f *Facts) Inodes(yield func(uint64) bool) {
	for inode := range f.Census.Inodes {
		if !yield(inode) {
			return
		}
	}
	for _, list := range f.holders() {
		for _, inode := range list {
			if !yield(inode) {
				return
			}
		}
	}
}

// holders are sockets of those who may have come near a limit.
func (f *Facts) holders() (lists []sample) {
	if ports, known := f.localPorts(); known {
		lists = f.Census.crowded(&ports)
	}
	if n, most := f.timeWaits(); 2*n > most {
		_, holders := f.Census.closersFirst()
		lists = append(lists, holders)
	}
	if f.memoryShort() {
		lists = append(lists, f.Census.limits.buffers.holders())
	}
	for _, port := range f.Census.missing() {
		lists = append(lists, f.Census.limits.boundTo(port).holders, f.Census.limits.asked[port].holders)
	}
	return lists
}

func (f *Facts) localPorts() (ports tcp.LocalPorts, known bool) {
	return tcp.NewLocalPorts(f.Settings, f.Reserved)
}

// WantsBound reports whether BOUND sockets, which a look for rules leaves out, may change
// what they say. Those that the kernel has allocated on the whole machine and nobody has
// counted here are the most that there can be.
func (f *Facts) WantsBound() bool {
	ports, known := f.localPorts()
	l := &f.Census.limits
	if len(f.Census.missing()) > 0 {
		return true
	}
	uncounted := max(0, int(f.Counters.Get("TCP", "alloc").Or(0))-l.full)
	return known && 2*(l.fullest()+uncounted) > ports.Count()
}

// AddBound counts a BOUND socket.
func (c *Census) AddBound(s *tcp.Socket) {
	c.limits.bound = append(c.limits.bound, boundSocket{s.Local, s.Inode.Or(0)})
}
