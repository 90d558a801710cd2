// Package rollup adds up sockets by what they have in common: their state, the
// process that holds them, the listener that they came through, or their peer. It
// is given a [listing.Row] for each and keeps groups, not sockets.
package rollup

import (
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

// Options say what is added up, and what is shown of it.
type Options struct {
	By   Subject
	Sort SortField
	Top  int // only so many groups, 0: all
}

// Rollup adds up sockets by a subject.
type Rollup struct {
	options Options
	groups  map[Key]*Group
	shared  bool
	levels  [tcp.Alarm + 1]listing.Counts
}

// New begins a roll-up without any socket.
func New(o Options) *Rollup { return &Rollup{options: o, groups: make(map[Key]*Group)} }

// Add takes one socket. One that several processes hold is added to each. By
// listener, a row tells its listeners by its Machine; without one, none is found.
func (u *Rollup) Add(r *listing.Row) {
	u.levels[r.Note.Level].Add(r.Socket.State)
	if u.options.By != ByProcess || len(r.Holders) == 0 {
		u.group(u.key(r), r).add(r)
		return
	}
	added := 0
	for i, h := range r.Holders {
		if slices.ContainsFunc(r.Holders[:i], func(b tcp.Holder) bool { return b.PID == h.PID }) {
			continue
		}
		g := u.group(Key{PID: h.PID}, r)
		g.Name = h.Process.Name
		g.add(r)
		added++
	}
	u.shared = u.shared || added > 1
}

// Result is what was added up. Its groups are those of the roll-up: a further Add
// changes them.
type Result struct {
	By     Subject
	Groups []*Group // those to be shown, in order
	Others int      // how many groups are not shown
	Rest   Group    // the others, added up under no key
	Shared bool     // a socket was added to several groups

	// Levels counts the sockets by the level of their note and by state, each once.
	Levels [tcp.Alarm + 1]listing.Counts
}

// Result gives the groups in order, and adds up those that are not shown.
func (u *Rollup) Result() *Result {
	result := &Result{By: u.options.By, Shared: u.shared, Levels: u.levels}
	for _, g := range u.groups {
		result.Groups = append(result.Groups, g)
	}
	slices.SortFunc(result.Groups, u.options.Sort.compare)
	if top := u.options.Top; top > 0 && top < len(result.Groups) {
		result.Others = len(result.Groups) - top
		for _, g := range result.Groups[top:] {
			result.Rest.merge(g)
		}
		result.Groups = result.Groups[:top]
	}
	for _, g := range result.Groups {
		if g.Listener.Local.IsValid() {
			g.Backlog, g.Listeners = g.listeners.Backlog(g.Listener)
		}
	}
	return result
}

// key names the group of a socket.
func (u *Rollup) key(r *listing.Row) (k Key) {
	switch u.options.By {
	case ByState:
		k.State = namedState(r.Socket.State)
	case ByProcess:
		k.Ownership = r.View.Ownership
	case ByPeer:
		k.Peer = r.Socket.Remote.Addr().Unmap()
	case ByListener:
		k.Opener = r.View.Opener
		if through, found := listener(r); found {
			k.Listener, k.Opener = through, tcp.OpenedPassive
		}
		if r.Namespace != nil {
			k.NetNS = r.Namespace.Inode
		}
	}
	return k
}

// listener finds the listener that a socket is, or came through.
func listener(r *listing.Row) (key tcp.ListenerKey, found bool) {
	if r.Machine == nil || r.Socket.State != tcp.Listen && r.View.Opener != tcp.OpenedPassive {
		return key, false
	}
	return r.Machine.Listeners.Through(r.Socket)
}

// namedState gives UNKNOWN for the numbers that have no name.
func namedState(s tcp.State) tcp.State {
	if slices.Contains(tcp.States, s) {
		return s
	}
	return tcp.Unknown
}

// group finds the group of that name, or begins one with r.
func (u *Rollup) group(k Key, r *listing.Row) *Group {
	g := u.groups[k]
	if g == nil {
		g = &Group{Key: k}
		switch {
		case k.Listener.Local.IsValid():
			g.Names, g.Interface, g.listeners = r.Local, r.Interface, r.Machine.Listeners
		case k.Peer.IsValid():
			g.Names = r.Remote
		}
		if k.NetNS != 0 {
			g.Namespace = r.Namespace.Name
		}
		u.groups[k] = g
	}
	return g
}

// Key names a group. What does not belong to the subject is zero.
type Key struct {
	State     tcp.State
	PID       int32           // 0: no process, or none that may be seen
	Ownership tcp.Ownership   // of sockets by process
	Listener  tcp.ListenerKey // not valid: through none
	Opener    tcp.Opener      // of sockets by listener
	Peer      netip.Addr      // not valid: none
	NetNS     uint64          // of a listener, in a list over all namespaces
}

// Subjectless reports whether the group is that of what has no such subject.
func (k *Key) Subjectless() bool {
	return k.State == 0 && k.PID == 0 && !k.Listener.Local.IsValid() && !k.Peer.IsValid()
}
