// Package listing holds what one look at the sockets of a machine consists of, as
// values: a [Head] before the first socket, a [Row] for each, a [Tail] behind the
// last. [tcpstat/inspect] makes them; everything that counts, judges, adds up or
// prints sockets receives them.
package listing

import (
	"slices"
	"time"

	"tcpstat/tcp"
)

// Row is one socket and what was concluded about it. It is valid until the next
// one: the row and what it points to are reused.
type Row struct {
	Socket *tcp.Socket

	// View and Note are what was concluded. They mean something only where they were
	// asked for; else they are zero, and a zero View says OwnedByProcess.
	View tcp.View
	Note tcp.Note

	// Machine is what they were concluded from: settings and listeners of the socket's
	// namespace. It is empty or nil unless an annotation was asked for.
	Machine *tcp.Machine

	// Unseen says that no dump has shown the socket, so that its state is not known.
	Unseen bool

	// Holders are the descriptors that refer to the socket. They are known only
	// if HoldersKnown is set: owners were asked for and could be read.
	Holders      []tcp.Holder
	HoldersKnown bool

	// Cgroup is the zero Cgroup where it was not asked for or is not known.
	Cgroup tcp.Cgroup

	// Namespace is where the socket is; nil: in that of the Head.
	Namespace *Namespace

	// Interface names the device that the socket is bound to, empty for none.
	Interface string

	// Local, Remote and User replace numbers where names were asked for and found.
	Local, Remote Endpoint
	User          string
}

// Endpoint holds names found for an address and its port, empty where none was.
type Endpoint struct{ Host, Service string }

// Namespace is one of the network namespaces of a list over all of them.
type Namespace struct {
	Inode uint64 // as /proc/PID/ns/net shows it
	Name  string // that people know it by
	Path  string // by which it can be entered
}

// Head is what is known of a list before its first socket.
type Head struct {
	Time  time.Time       // zero where it is not known
	Host  string          // empty where it is not known
	NetNS tcp.Opt[uint64] // inode of the network namespace, absent for a list over all

	// Where are the flags that look at the same place again, such as --netns blue.
	Where string

	// Namespaces are those that a list over all of them will be made of.
	Namespaces []Namespace
}

// Missing is a field that some sockets of a list lack, and why.
type Missing struct {
	// Field is a key of a socket in JSON, or sockets (whole ones), bound (those in BOUND),
	// brief (those between two samples), namespaces, settings, counters or record.
	Field   string
	Reason  Reason
	Sockets tcp.Opt[uint] // how many lack it, absent where that is not known
}

// Merge puts two lists of what is missing together, without those of the second that
// the first has.
func Merge(missing, more []Missing) []Missing {
	for _, m := range more {
		same := func(known Missing) bool { return known.Field == m.Field && known.Reason == m.Reason }
		if !slices.ContainsFunc(missing, same) {
			missing = append(missing, m)
		}
	}
	return missing
}

// Reason says why something is missing. The words are part of the JSON contract.
type Reason string

// The reasons.
const (
	NoPermission    Reason = "no_permission"    // this user may not see it
	NotInProc       Reason = "not_in_proc"      // only sock_diag tells it
	KernelTooOld    Reason = "kernel_too_old"   // a newer kernel tells it
	MalformedLine   Reason = "malformed_line"   // what was read could not be understood
	DumpInterrupted Reason = "dump_interrupted" // the kernel's table changed during the walk
	TimedOut        Reason = "timeout"          // it took too long to find out
	NotRecorded     Reason = "not_recorded"     // a record does not hold it
	EventsLost      Reason = "events_lost"      // the kernel reported more than could be taken
)

// Tail is what is known of a list only at its end.
type Tail struct {
	Source   string // netlink or proc
	Replayed bool   // from a record of that source
	Missing  []Missing
	Counts   Counts

	// Undecided sockets are left out, because the filter asks what is not known of
	// them.
	Undecided int

	// Namespaces are those that were looked into, nil but for a list over all.
	Namespaces []Namespace
}

// Counts counts sockets by state.
type Counts [32]int

// Add counts one socket.
func (c *Counts) Add(s tcp.State) { c[min(s, tcp.Unknown)]++ }

// Of gives the number of sockets in a state. UNKNOWN has all that have no name.
func (c *Counts) Of(s tcp.State) (n int) {
	for state, count := range c {
		if tcp.State(state).String() == s.String() {
			n += count
		}
	}
	return n
}

// Total gives the number of sockets.
func (c *Counts) Total() (n int) {
	for _, count := range c {
		n += count
	}
	return n
}
