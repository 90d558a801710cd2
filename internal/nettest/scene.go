package nettest

import (
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"tcpstat/tcp"
)

// Stand is one socket of the scene and what is true about it. A reader of the
// kernel must say the same, or that it cannot know.
type Stand struct {
	Name string

	State  tcp.State
	Mini   bool
	Family tcp.Family

	// Remote is not valid for LISTEN and BOUND.
	Local, Remote netip.AddrPort

	Interface uint32        // index of the device bound to, 0 for none
	V6Only    tcp.Opt[bool] // of IPv6 listeners

	// RecvQueue and SendQueue hold bytes, Backlog the accept queue of a listener.
	RecvQueue, SendQueue uint32
	Backlog              tcp.Backlog

	// Timer has its Kind and Code; the rest of it passes.
	Timer tcp.Timer

	// Ownership is what a scan of all processes finds. OwnerUnknown looks like
	// OwnedByProcess to who sees the inode alone.
	Ownership tcp.Ownership

	// Owners are the descriptors that refer to the socket, in no order.
	Owners []tcp.Owner

	// Inode is 0 for a full socket without owner, absent for a mini-socket.
	Inode tcp.Opt[uint64]

	// UID is absent for a mini-socket and where kernels differ: for a full
	// socket that no descriptor refers to.
	UID tcp.Opt[uint32]

	// Opener is active, passive, unknown or none: what can be told from the
	// listeners and ip_local_port_range of the namespace.
	Opener string

	// Closer is local, remote, both or none: who sent the first FIN.
	Closer string

	// Verdict is that of a CLOSE_WAIT: eof_read, fin_unread, data_unread or
	// not_accepted.
	Verdict string

	// The socket entered its state between Earliest and Latest.
	Earliest, Latest time.Time
}

// Is reports whether a socket that a reader found is this one. Sockets that
// share their address (SO_REUSEPORT) are told apart by inode.
func (st *Stand) Is(s *tcp.Socket) bool {
	if st.Family != s.Family || st.Local != s.Local || st.Remote != s.Remote {
		return false
	}
	mine, known := st.Inode.Get()
	theirs, told := s.Inode.Get()
	return !known || !told || mine == theirs
}

// Scene is a namespace in which every state, timer and ownership stands.
type Scene struct {
	// Stands are all sockets of the scene, both ends of every connection.
	Stands []*Stand

	// Missing names the makers that this kernel cannot serve, with the reason.
	Missing map[string]string
}

// Stand finds a stand by name. It fails the test where there is none, and skips
// it where this kernel lacks what it needs.
func (s *Scene) Stand(t testing.TB, name string) *Stand {
	t.Helper()
	for _, st := range s.Stands {
		if st.Name == name {
			return st
		}
	}
	if reason, ok := s.Missing[name]; ok {
		t.Skipf("no stand %q: %s", name, reason)
	}
	t.Fatalf("no stand %q", name)
	return nil
}

// Find gives the stand that a socket is, or nil.
func (s *Scene) Find(socket *tcp.Socket) *Stand {
	for _, st := range s.Stands {
		if st.Is(socket) {
			return st
		}
	}
	return nil
}

// Has reports whether a socket with these addresses belongs to the scene: each
// of its connections has an end on a port that was bound for it alone. Other
// scenes and tests of the process have other ports.
func (s *Scene) Has(local, remote netip.AddrPort) bool {
	for _, st := range s.Stands {
		port := st.Local.Port()
		if port >= firstPort && port <= lastPort && (port == local.Port() || port == remote.Port()) {
			return true
		}
	}
	return false
}

// makers are the table of stands. Each adds the socket that it is named after,
// and under its name and a word of their own the others that it takes.
var makers = []struct {
	name string
	make func(b *builder)
}{
	// states.go
	{"LISTEN", makeListen},
	{"BOUND", makeBound},
	{"SYN_SENT", makeSynSent},
	{"SYN_RECV", makeSynRecv},
	{"ESTABLISHED", makeEstablished},
	{"FIN_WAIT1", makeFinWait1},
	{"FIN_WAIT2", makeFinWait2},
	{"CLOSING", makeClosing},
	{"TIME_WAIT", makeTimeWait},
	{"LAST_ACK", makeLastAck},

	// closewait.go
	{"CLOSE_WAIT eof_read", makeEOFRead},
	{"CLOSE_WAIT fin_unread", makeFinUnread},
	{"CLOSE_WAIT data_unread", makeDataUnread},
	{"CLOSE_WAIT not_accepted", makeNotAccepted},

	// timers.go
	{"retransmit", makeRetransmit},
	{"keepalive", makeKeepalive},
	{"window_probe", makeWindowProbe},
	{"fin_wait2 full", makeFinWait2Full},

	// ownership.go
	{"unaccepted", makeUnaccepted},
	{"two descriptors", makeTwoDescriptors},
	{"two processes", makeTwoProcesses},
	{"in flight", makeInFlight},
	{"other user", makeOtherUser},

	// shapes.go
	{"IPv6", makeIPv6},
	{"dual-stack", makeDualStack},
	{"v6only", makeV6Only},
	{"lo-bound", makeDeviceBound},
	{"SO_REUSEPORT", makeReusePort},
	{"simultaneous open", makeSimultaneousOpen},
	{"simultaneous SYN_RECV", makeSimultaneousSynRecv},
	{"TCP_DEFER_ACCEPT", makeDeferAccept},
	{"full accept queue", makeFullQueue},
	{"MPTCP", makeMPTCP},
}

// Build makes the scene, in a fraction of a second, and clears it away when the
// test ends but for sockets in TIME_WAIT. Scenes do not disturb each other.
func Build(t testing.TB) *Scene {
	t.Helper()
	Need(t)
	b := &builder{t: t, scene: &Scene{Missing: map[string]string{}}}
	for _, m := range makers {
		b.name, b.began = m.name, time.Now()
		m.make(b)
	}
	Poll(t, b.scene.stands)
	return b.scene
}

type builder struct {
	t        testing.TB
	scene    *Scene
	listener *Sock // of all connections that need none of their own

	name  string    // of the maker at work
	began time.Time // when it began
}

// missing notes that this kernel cannot serve the maker at work.
func (b *builder) missing(reason string) {
	b.t.Logf("nettest: no %s: %s", b.name, reason)
	b.scene.Missing[b.name] = reason
}

// stand waits until s is in the state that st claims and adds it to the scene.
// An empty suffix gives it the maker's own name. It fills in what is known of
// every socket; st tells the rest.
func (b *builder) stand(suffix string, s *Sock, st Stand) {
	b.t.Helper()
	st.Name = b.name
	if suffix != "" {
		st.Name += " " + suffix
	}
	st.Family, st.Local, st.Remote = s.Family, s.Local, s.Remote
	if s.FD >= 0 {
		st.Inode = tcp.Some(s.Inode())
		st.UID = tcp.Some(st.UID.Or(uint32(os.Geteuid())))
		st.Owners = append(st.Owners, tcp.Owner{PID: int32(os.Getpid()), FD: int32(s.FD)})
	} else if !st.Mini && st.Ownership != tcp.OwnerUnknown {
		st.Inode = tcp.Some[uint64](0)
	}
	switch {
	case st.State == tcp.Bound: // which is CLOSE to TCP_INFO
	case s.FD >= 0:
		s.Wait(st.State)
	default:
		Poll(b.t, st.stands)
	}
	st.Earliest, st.Latest = b.began, time.Now()
	b.scene.Stands = append(b.scene.Stands, &st)
}

// stands reports what of the scene is not yet, or no longer, as it should be.
func (s *Scene) stands() error {
	all, err := allRows()
	if err != nil {
		return err
	}
	for _, st := range s.Stands {
		if err := st.among(all); err != nil {
			return err
		}
	}
	return nil
}

func (st *Stand) stands() error {
	all, err := rows(st.Family)
	if err != nil {
		return err
	}
	return st.among(all)
}

// among looks for the stand in what /proc says.
func (st *Stand) among(all []row) error {
	if st.State == tcp.Bound { // not in /proc
		return nil
	}
	seen := fmt.Errorf("stand %q (%v %v to %v): not there", st.Name, st.State, st.Local, st.Remote)
	for _, r := range all {
		if !st.isRow(r) {
			continue
		}
		if want := st.row(r); r != want {
			seen = fmt.Errorf("stand %q is\n%v, and should be\n%v", st.Name, r, want)
			continue
		}
		return nil
	}
	return seen
}

// isRow is Is for a row, where no inode is 0.
func (st *Stand) isRow(r row) bool {
	family := tcp.IPv4
	if !r.local.Addr().Is4() {
		family = tcp.IPv6
	}
	inode, known := st.Inode.Get()
	return st.Family == family && st.Local == r.local && st.Remote == r.remote &&
		(!known || inode == r.inode || r.inode == 0 || inode == 0)
}

// row is the row that the stand should have. What it does not claim is as in r.
func (st *Stand) row(r row) row {
	rx := st.RecvQueue
	if st.State == tcp.Listen {
		rx = st.Backlog.Used
	}
	inode := st.Inode.Or(r.inode)
	if st.Mini {
		inode = 0
	}
	return row{
		local: st.Local, remote: st.Remote, state: st.State, mini: st.Mini,
		rx: rx, tx: st.SendQueue, timer: st.Timer.Code,
		uid: st.UID.Or(r.uid), inode: inode,
	}
}

// peer is the other end of a connection, where nobody holds a descriptor of it.
func (s *Sock) peer() *Sock {
	return &Sock{FD: -1, Family: s.Family, Local: s.Remote, Remote: s.Local, t: s.t}
}
