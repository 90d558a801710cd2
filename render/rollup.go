package render

import (
	"cmp"
	"net/netip"
	"slices"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// Subject is what a roll-up groups sockets by.
type Subject uint8

// The subjects.
const (
	ByState Subject = iota
	ByProcess
	ByListener
	ByPeer
)

var subjectNames = []string{"state", "process", "listener", "peer"}

// SubjectNames lists the words for --by.
func SubjectNames() []string { return slices.Clone(subjectNames) }

// ParseSubject finds the subject that a word names.
func ParseSubject(word string) (Subject, bool) {
	i := slices.Index(subjectNames, word)
	return Subject(max(i, 0)), i >= 0
}

// String gives the word for --by.
func (s Subject) String() string { return subjectNames[s] }

// GroupField is what groups are ordered by. Quantities come largest first, equal
// ones follow by total and name.
type GroupField uint8

// The fields.
const (
	GroupTotal GroupField = iota
	GroupName
	GroupRecvQueue
	GroupSendQueue
	GroupRetransmits // sockets that retransmit, and then segments sent again
	GroupAge
)

var groupFieldNames = []string{"total", "name", "recvq", "sendq", "retrans", "age"}

// GroupFieldNames lists the words for --sort beside --by.
func GroupFieldNames() []string { return slices.Clone(groupFieldNames) }

// ParseGroupField finds the field that a word names.
func ParseGroupField(word string) (GroupField, bool) {
	i := slices.Index(groupFieldNames, word)
	return GroupField(max(i, 0)), i >= 0
}

// Rollup adds up sockets by a subject. It keeps groups, not sockets.
type Rollup struct {
	By        Subject
	Sort      GroupField
	Top       int            // only so many groups, 0: all
	Listeners *tcp.Listeners // all of the socket's namespace, for ByListener

	groups map[groupKey]*group
	shared bool // a socket was added to several groups
}

// groupKey names a group. What does not belong to the subject is zero.
type groupKey struct {
	netns     uint64 // of a listener, in a list over all namespaces
	state     tcp.State
	pid       int32           // 0: no process, or none that may be seen
	ownership tcp.Ownership   // of sockets by process
	listener  tcp.ListenerKey // not valid: through none
	opener    tcp.Opener      // of sockets by listener
	peer      netip.Addr      // not valid: none
}

// group is what is known of the sockets of one subject.
type group struct {
	key    groupKey
	name   string           // of the process, as in comm
	device string           // that the listener is bound to
	names  listing.Endpoint // of the listener or the peer, where names were asked for

	listeners tcp.Listeners // of the listener's namespace
	namespace string        // its name, in a list over all namespaces

	total          uint32
	states         [stateCount]uint32 // by place in tcp.States
	recv, send     uint64             // bytes, listeners left out
	retransmitting uint32             // sockets that wait for an answer to a segment that was sent again
	oldest         tcp.Age            // of the socket that has been in its state for longest
	levels         [tcp.Alarm + 1]uint32
	verdicts       [tcp.DataUnread + 1]uint32

	// From tcp_info; absent where no socket had one.
	resent, sentBytes, resentBytes tcp.Opt[uint64]
}

// stateCount is the number of states, UNKNOWN included.
const stateCount = 13

// reset begins anew.
func (u *Rollup) reset() { u.groups, u.shared = make(map[groupKey]*group), false }

// add takes one socket. One that several processes hold is added to each.
func (u *Rollup) add(r *listing.Row) {
	if u.By != ByProcess || len(r.Holders) == 0 {
		u.group(u.key(r), r).add(r)
		return
	}
	added := 0
	for i, h := range r.Holders {
		if slices.ContainsFunc(r.Holders[:i], func(b tcp.Holder) bool { return b.PID == h.PID }) {
			continue
		}
		g := u.group(groupKey{pid: h.PID}, r)
		g.name = h.Process.Name
		g.add(r)
		added++
	}
	u.shared = u.shared || added > 1
}

// key names the group of a socket.
func (u *Rollup) key(r *listing.Row) (k groupKey) {
	switch u.By {
	case ByState:
		k.state = namedState(r.Socket.State)
	case ByProcess:
		k.ownership = r.View.Ownership
	case ByPeer:
		k.peer = r.Socket.Remote.Addr().Unmap()
	case ByListener:
		k.opener = r.View.Opener
		if r.Socket.State == tcp.Listen || k.opener == tcp.OpenedPassive {
			k.listener, _ = u.Listeners.Through(r.Socket)
		}
		if k.listener != (tcp.ListenerKey{}) {
			k.opener = tcp.OpenedPassive
		}
		if r.Namespace != nil {
			k.netns = r.Namespace.Inode
		}
	}
	return k
}

// namedState gives UNKNOWN for the numbers that have no name.
func namedState(s tcp.State) tcp.State {
	if slices.Contains(tcp.States, s) {
		return s
	}
	return tcp.Unknown
}

// backlog gives the accept queue of a group by listener.
func (g *group) backlog() (sum tcp.Backlog, listeners int) {
	return g.listeners.Backlog(g.key.listener)
}

// group finds the group of that name, or begins one with r.
func (u *Rollup) group(k groupKey, r *listing.Row) *group {
	g := u.groups[k]
	if g == nil {
		g = &group{key: k}
		switch {
		case k.listener.Local.IsValid():
			g.names, g.device, g.listeners = r.Local, r.Interface, *u.Listeners
		case k.peer.IsValid():
			g.names = r.Remote
		}
		if k.netns != 0 {
			g.namespace = r.Namespace.Name
		}
		u.groups[k] = g
	}
	return g
}

func (g *group) add(r *listing.Row) {
	s := r.Socket
	g.total++
	g.states[slices.Index(tcp.States, namedState(s.State))]++
	g.levels[r.Note.Level]++
	g.verdicts[r.View.Verdict]++
	if s.State != tcp.Listen {
		g.recv += uint64(s.RecvQueue)
		g.send += uint64(s.SendQueue)
	}
	if s.Timer.Retransmits > 0 {
		g.retransmitting++
	}
	g.oldest = older(g.oldest, r.View.Age)
	g.resent = plusInfo(g.resent, s, tcp.InfoTotalRetrans)
	g.sentBytes = plusInfo(g.sentBytes, s, tcp.InfoBytesSent)
	g.resentBytes = plusInfo(g.resentBytes, s, tcp.InfoBytesRetrans)
}

// older gives the age with the higher lower bound.
func older(a, b tcp.Age) tcp.Age {
	low, known := a.Min.Get()
	other, bounded := b.Min.Get()
	if !known || bounded && other > low {
		return b
	}
	return a
}

func plusInfo(sum tcp.Opt[uint64], s *tcp.Socket, f tcp.InfoField) tcp.Opt[uint64] {
	v, known := s.InfoValue(f)
	if !known {
		return sum
	}
	return tcp.Some(sum.Or(0) + v)
}

// merge takes another group into this one.
func (g *group) merge(other *group) {
	g.total += other.total
	for i := range g.states {
		g.states[i] += other.states[i]
	}
	for i := range g.levels {
		g.levels[i] += other.levels[i]
	}
	g.recv += other.recv
	g.send += other.send
	g.retransmitting += other.retransmitting
	g.oldest = older(g.oldest, other.oldest)
	g.resent = plus(g.resent, other.resent)
	g.sentBytes = plus(g.sentBytes, other.sentBytes)
	g.resentBytes = plus(g.resentBytes, other.resentBytes)
}

func plus(a, b tcp.Opt[uint64]) tcp.Opt[uint64] {
	if v, known := b.Get(); known {
		return tcp.Some(a.Or(0) + v)
	}
	return a
}

// ordered gives the groups to be shown, and adds up the others.
func (u *Rollup) ordered() (shown []*group, others int, rest group) {
	for _, g := range u.groups {
		shown = append(shown, g)
	}
	slices.SortFunc(shown, u.compare)
	if u.Top == 0 || len(shown) <= u.Top {
		return shown, 0, rest
	}
	for _, g := range shown[u.Top:] {
		rest.merge(g)
	}
	return shown[:u.Top], len(shown) - u.Top, rest
}

func (u *Rollup) compare(a, b *group) int {
	order := 0
	switch u.Sort {
	case GroupName:
		return cmp.Or(compareNames(a, b), compareKeys(&a.key, &b.key))
	case GroupRecvQueue:
		order = cmp.Compare(b.recv, a.recv)
	case GroupSendQueue:
		order = cmp.Compare(b.send, a.send)
	case GroupRetransmits:
		order = cmp.Or(cmp.Compare(b.retransmitting, a.retransmitting), cmp.Compare(b.resent.Or(0), a.resent.Or(0)))
	case GroupAge:
		order = cmp.Compare(b.oldest.Min.Or(-1), a.oldest.Min.Or(-1))
	}
	return cmp.Or(order, cmp.Compare(b.total, a.total), compareNames(a, b), compareKeys(&a.key, &b.key))
}

// compareNames puts groups without a subject last.
func compareNames(a, b *group) int {
	if x, y := a.key.subjectless(), b.key.subjectless(); x != y {
		if x {
			return 1
		}
		return -1
	}
	return cmp.Compare(a.name, b.name)
}

// subjectless reports whether the group is that of what has no such subject.
func (k *groupKey) subjectless() bool {
	return k.state == 0 && k.pid == 0 && !k.listener.Local.IsValid() && !k.peer.IsValid()
}

func compareKeys(a, b *groupKey) int {
	return cmp.Or(
		cmp.Compare(slices.Index(tcp.States, a.state), slices.Index(tcp.States, b.state)),
		cmp.Compare(a.pid, b.pid),
		cmp.Compare(a.ownership, b.ownership),
		a.listener.Local.Compare(b.listener.Local),
		cmp.Compare(a.listener.Interface, b.listener.Interface),
		cmp.Compare(a.opener, b.opener),
		cmp.Compare(a.netns, b.netns),
		a.peer.Compare(b.peer),
	)
}
