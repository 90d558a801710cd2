package health

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// Ages are the times from which a socket counts. They are part of the rules'
// conditions.
type Ages struct {
	CloseWait  time.Duration // in CLOSE_WAIT
	Unaccepted time.Duration // in an accept queue
	FinWait2   time.Duration // in FIN_WAIT2, held by a process
	Unread     time.Duration // since something was received that is not read
	Idle       time.Duration // without a sign of life
	Shut       time.Duration // since anything could be sent: a slow reader opens its window again
}

// RuleAges are those that the rules state.
var RuleAges = Ages{
	CloseWait:  60 * time.Second,
	Unaccepted: 5 * time.Second,
	FinWait2:   5 * time.Minute,
	Unread:     30 * time.Second,
	Idle:       7200 * time.Second,
	Shut:       10 * time.Second,
}

// How often something must have been repeated before a socket counts.
const (
	synSentRetries = 3
	finRetries     = 2
	probeBackoff   = 3
)

// Census is what the rules need of the sockets of one look. Listeners must be
// added before connections, as a list yields them.
type Census struct {
	ages    Ages
	queues  []listenQueue // one for each listening socket
	endings *Endings      // nil: they are not known

	closeWait, finWait2 []heldSocket        // of every age
	idle, unread        []heldSocket        // for long enough
	inodes              []uint64            // of all in ESTABLISHED
	services            map[uint16]*service // by local port
	stuck, probed       map[netip.Addr]*silentPeer
	stuckInodes         map[uint64]int

	bare       bool // some connection came without tcp_info
	total      int
	states     [32]int
	connects   map[netip.AddrPort]*connects // in SYN_SENT, by peer
	finUnacked map[netip.Addr]int           // by peer
	limits     limits
	sent       Peers
	at         map[tcp.ListenerKey][]int // places in queues
	shut       worstSocket               // longest closed window
	shutCount  int
	shutProbes uint8 // of the longest, that were not answered
}

// heldSocket is one socket that a process holds on to.
type heldSocket struct {
	Inode   uint64
	UID     uint32
	Local   netip.AddrPort
	Age     time.Duration // at least
	Verdict tcp.Verdict
	Opener  tcp.Opener
	Remote  netip.AddrPort
	Through int // place in queues of the listener that it came through, -1 for none
}

// listenQueue is the accept queue of one listener and what waits for it.
type listenQueue struct {
	key        tcp.ListenerKey
	Local      netip.AddrPort
	Inode      uint64 // of the listener, 0 if it was not added
	Backlog    tcp.Backlog
	Added      bool         // the listener was; else only connections through it were
	Unaccepted int          // connections that wait for accept() for long
	HalfOpen   int          // in SYN_RECV
	Sources    []netip.Addr // of those
	Repeated   int          // of those, how many had the SYN+ACK sent again
}

// route is what a local port must be unique for.
type route struct {
	local  netip.Addr
	remote netip.AddrPort
}

// worstSocket is the one that counts most.
type worstSocket struct {
	value         float64
	local, remote netip.AddrPort
	state         tcp.State
	waiting       uint32 // bytes
	inode         uint64
}

func (w *worstSocket) offer(value float64, s *tcp.Socket) {
	if value > w.value {
		*w = worstSocket{value, s.Local, s.Remote, s.State, s.SendQueue, s.Inode.Or(0)}
	}
}

// NewCensus makes an empty one; ages are [RuleAges] but in tests, which cannot
// wait.
func NewCensus(ages Ages) *Census {
	return &Census{
		ages:       ages,
		connects:   map[netip.AddrPort]*connects{},
		finUnacked: map[netip.Addr]int{},
		limits:     newLimits(),
		services:   map[uint16]*service{},
		stuck:      map[netip.Addr]*silentPeer{}, probed: map[netip.Addr]*silentPeer{}, stuckInodes: map[uint64]int{},
		sent: Peers{},
		at:   map[tcp.ListenerKey][]int{},
	}
}

// Add counts one socket with its conclusions. The row's machine knows all listeners,
// whether or not they are added: rows are of an inspect.Query for Judgement.
func (c *Census) Add(r *listing.Row) {
	s, v, m := r.Socket, &r.View, r.Machine
	c.bare = c.bare || s.HasRemote() && !s.Mini && s.Info.Size == 0
	c.total++
	if !s.Mini {
		c.limits.full++
	}
	c.states[min(s.State, tcp.Unknown)]++
	switch s.State {
	case tcp.Listen:
		c.queue(tcp.ListenerKey{Local: s.Local, Interface: s.Interface.Or(0)}, listenQueue{Backlog: s.Backlog, Added: true, Inode: s.Inode.Or(0)})
		return
	case tcp.Bound:
		c.AddBound(s)
	case tcp.SynRecv:
		c.halfOpen(s, m)
	case tcp.SynSent:
		c.connecting(s)
	case tcp.Established:
		c.established(s)
		c.serve(s, v)
		c.inodes = append(c.inodes, s.Inode.Or(0))
	case tcp.CloseWait:
		c.closed(&c.closeWait, s, v, m)
	case tcp.FinWait2:
		c.closed(&c.finWait2, s, v, m)
	case tcp.FinWait1, tcp.LastAck, tcp.Closing:
		if s.Timer.Retransmits >= finRetries {
			c.finUnacked[s.Remote.Addr().Unmap()]++
		}
	}
	if v.Ownership == tcp.Unaccepted {
		c.unaccepted(s, m)
	}
	if s.HasRemote() {
		c.connection(s, v)
		c.limits.connection(s, v, m)
	}
}

// connects are the attempts to connect to one peer that stand in SYN_SENT.
type connects struct {
	repeated int      // their SYN was sent again, but less often than those
	stuck    int      // for which it was three times and more
	inodes   []uint64 // of some of them
}

// connecting counts an attempt to connect.
func (c *Census) connecting(s *tcp.Socket) {
	peer := unmapped(s.Remote)
	to := c.connects[peer]
	if to == nil {
		to = new(connects)
		c.connects[peer] = to
	}
	switch again := s.Timer.Retransmits; {
	case again >= synSentRetries:
		to.stuck++
	case again > 0:
		to.repeated++
	}
	if inode := s.Inode.Or(0); inode != 0 && len(to.inodes) < samples {
		to.inodes = append(to.inodes, inode)
	}
}

// Ended tells the census which sockets ended before its own were looked at, so that it
// wants to know who goes on connecting in vain.
func (c *Census) Ended(endings *Endings) { c.endings = endings }

// inVain gives the sockets of attempts to peers that do not take them.
func (c *Census) inVain() (inodes []uint64) {
	for peer, to := range c.connects {
		if to.repeated+to.stuck >= leastWaiting || to.stuck > 0 || c.endings.failing(peer) {
			inodes = append(inodes, to.inodes...)
		}
	}
	return inodes
}

// hold keeps a socket of a process that is old enough.
func (c *Census) hold(list *[]heldSocket, s *tcp.Socket, age, least time.Duration) {
	inode := s.Inode.Or(0)
	if inode != 0 && age >= least {
		*list = append(*list, heldSocket{Inode: inode, UID: s.UID.Or(0), Local: s.Local, Age: age, Through: -1})
	}
}

// closed keeps a socket of a process that one side has closed.
func (c *Census) closed(list *[]heldSocket, s *tcp.Socket, v *tcp.View, m *tcp.Machine) {
	if s.Inode.Or(0) == 0 {
		return
	}
	held := heldSocket{s.Inode.Or(0), s.UID.Or(0), s.Local, v.Age.Min.Or(0), v.Verdict, v.Opener, unmapped(s.Remote), -1}
	if v.Opener == tcp.OpenedPassive {
		held.Through = c.placeOf(s, m)
	}
	*list = append(*list, held)
}

// old gives those that have been so for long.
func (c *Census) old(list []heldSocket, least time.Duration) (old []heldSocket) {
	for i := range list {
		if list[i].Age >= least {
			old = append(old, list[i])
		}
	}
	return old
}

// established looks for programs that do not read, and for connections that
// nobody uses.
func (c *Census) established(s *tcp.Socket) {
	received, known := s.InfoValue(tcp.InfoLastDataRecv)
	sinceIn := time.Duration(received) * time.Millisecond
	if s.RecvQueue > 0 && known {
		c.limits.buffers.unread(s, sinceIn >= c.ages.Unread)
		c.hold(&c.unread, s, sinceIn, c.ages.Unread)
	}
	if idle, known := s.Idle(); known && s.Timer.Kind == tcp.NoTimer {
		c.hold(&c.idle, s, idle, c.ages.Idle)
	}
}

// connection counts what is asked of every connection.
func (c *Census) connection(s *tcp.Socket, v *tcp.View) {
	switch s.State {
	case tcp.Established, tcp.CloseWait:
		c.sending(s, v)
	case tcp.FinWait1, tcp.LastAck, tcp.Closing:
		c.windowShut(s)
	}
	c.sent.Add(s)
}

// sending looks for what is sent and gets no answer.
func (c *Census) sending(s *tcp.Socket, v *tcp.View) {
	switch {
	case c.windowShut(s):
	case s.Timer.Kind == tcp.RetransmitTimer && s.SendQueue > 0:
		c.stuckData(s, v)
	case s.Timer.Kind == tcp.KeepaliveTimer:
		c.unansweredProbes(s, v)
	}
}

// windowShut reports whether the peer has closed its window, and counts those that stay
// so. Nothing is sent while a window is closed, so that it has been so for as long as no
// data was.
func (c *Census) windowShut(s *tcp.Socket) bool {
	if s.Timer.Kind != tcp.WindowProbe && !s.WindowShut() {
		return false
	}
	backoff, _ := s.Info.Get(tcp.InfoBackoff)
	since, _ := s.Info.Duration(tcp.InfoLastDataSent)
	if backoff >= probeBackoff && since >= c.ages.Shut {
		c.shutCount++
		c.limits.buffers.shut += float64(s.SendQueue)
		if ms := float64(since.Milliseconds()); ms > c.shut.value {
			c.shut.offer(ms, s)
			c.shutProbes = s.Timer.Probes
		}
	}
	return true
}

// halfOpen counts a half-open connection at its listener.
func (c *Census) halfOpen(s *tcp.Socket, m *tcp.Machine) {
	if q := c.queueOf(s, m); q != nil {
		q.HalfOpen++
		q.Sources = append(q.Sources, s.Remote.Addr().Unmap())
		if s.Timer.Retransmits > 0 {
			q.Repeated++
		}
	}
}

// unaccepted counts a connection that waits in an accept queue. The kernel begins
// to count the time since data was last sent when such a connection is made
// (tcp_create_openreq_child() in net/ipv4/tcp_minisocks.c), and nobody can have
// sent any: that is how long it waits.
func (c *Census) unaccepted(s *tcp.Socket, m *tcp.Machine) {
	waited, known := s.Info.Duration(tcp.InfoLastDataSent)
	if !known || waited < c.ages.Unaccepted {
		return
	}
	if q := c.queueOf(s, m); q != nil {
		q.Unaccepted++
	}
}

// queueOf gives the listener that a connection came through, nil for none.
func (c *Census) queueOf(s *tcp.Socket, m *tcp.Machine) *listenQueue {
	if place := c.placeOf(s, m); place >= 0 {
		return &c.queues[place]
	}
	return nil
}

// placeOf gives its place in queues, -1 for none. Of several at one address
// (SO_REUSEPORT) that is the fullest: the kernel does not tell which.
func (c *Census) placeOf(s *tcp.Socket, m *tcp.Machine) int {
	key, ok := m.Listeners.Through(s)
	if !ok {
		return -1
	}
	if c.at[key] == nil {
		backlog, _ := m.Listeners.Backlog(key)
		c.queue(key, listenQueue{Backlog: backlog})
	}
	return slices.MaxFunc(c.at[key], func(a, b int) int {
		return cmp.Compare(c.queues[a].Backlog.Used, c.queues[b].Backlog.Used)
	})
}

func (c *Census) queue(key tcp.ListenerKey, q listenQueue) {
	q.key, q.Local = key, key.Local
	c.at[key] = append(c.at[key], len(c.queues))
	c.queues = append(c.queues, q)
}

// listeners gives the queues of the listeners that were added.
func (c *Census) listeners(yield func(*listenQueue) bool) {
	for i := range c.queues {
		if q := &c.queues[i]; q.Added && !yield(q) {
			return
		}
	}
}

// Queues are the accept queues of the listeners that were added, for a [Snapshot].
func (c *Census) Queues() map[uint64]tcp.Backlog {
	queues := map[uint64]tcp.Backlog{}
	for q := range c.listeners {
		queues[q.Inode] = q.Backlog
	}
	return queues
}

// Bare reports whether some connection came without tcp_info, of which the rules ask.
func (c *Census) Bare() bool { return c.bare }

// Inodes gives the sockets whose owners the rules want to name.
func (c *Census) Inodes(yield func(uint64) bool) {
	for _, list := range [...][]heldSocket{c.leaking(), c.halfClosed(), c.idle, c.unread} {
		for i := range list {
			if !yield(list[i].Inode) {
				return
			}
		}
	}
	for _, inode := range slices.Concat(c.besideLeaks(), c.inVain()) {
		if !yield(inode) {
			return
		}
	}
	for i := range c.queues {
		if q := &c.queues[i]; q.troubled() && !yield(q.Inode) {
			return
		}
	}
	for _, inode := range c.waiting() {
		if inode != 0 && !yield(inode) {
			return
		}
	}
}

// leaking gives the sockets in CLOSE_WAIT, if some are old or they are many: a busy
// program has a few at any time.
func (c *Census) leaking() []heldSocket {
	if len(c.closeWait) >= fewSockets || len(c.old(c.closeWait, c.ages.CloseWait)) > 0 {
		return c.closeWait
	}
	return nil
}

// fewSockets are too few for a finding about a process.
const fewSockets = 10

// halfClosed gives the sockets in FIN_WAIT2 that are old, and beside a leak all: they
// may be the other halves of a relay.
func (c *Census) halfClosed() []heldSocket {
	if c.leaking() != nil {
		return c.finWait2
	}
	return c.old(c.finWait2, c.ages.FinWait2)
}

// besideLeaks gives the sockets whose owners tell who accepted those in CLOSE_WAIT:
// the listeners that they came through, and what else was accepted there.
func (c *Census) besideLeaks() (inodes []uint64) {
	leaking := c.leaking()
	seen := map[int]bool{-1: true}
	for i := range leaking {
		if place := leaking[i].Through; !seen[place] {
			seen[place] = true
			q := &c.queues[place]
			inodes = append(append(inodes, q.Inode), c.sampleAt(q.Local.Port())...)
		}
	}
	return inodes
}

// troubled reports whether a finding may be about the listener.
func (q *listenQueue) troubled() bool {
	limit, known := q.Backlog.Limit.Get()
	short := known && limit < 128 && q.Backlog.Drops.Or(0) > 0
	return q.Inode != 0 && (q.Unaccepted > 0 || q.HalfOpen > 0 || short || known && 2*q.Backlog.Used > limit)
}

func unmapped(end netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(end.Addr().Unmap(), end.Port())
}
