package health

import (
	"net/netip"
	"strconv"
	"time"

	"tcpstat/tcp"
)

// Facts is everything that is known about a machine, or about one network
// namespace of it.
type Facts struct {
	Census *Census

	// Details says that the sockets came with tcp_info and the limits of accept
	// queues: from sock_diag and not from /proc.
	Details bool

	// WhyNoDetails says why they did not; empty where it was /proc.
	WhyNoDetails Reason

	// Settings are the sysctls. Host-wide ones are absent in a child namespace.
	Settings tcp.Sysctls

	// PageSize is that of the kernel's memory in bytes; 0: not known.
	PageSize int

	// Reserved are the ports that are not given to outgoing connections.
	Reserved tcp.PortSpans

	// Time is that of the Counters, which are the kernel's now; Earlier what they
	// were a Window ago. A Window of 0 says that there is no earlier look. See Since.
	Time              time.Time
	Counters, Earlier tcp.Counters
	Window            time.Duration

	// Before is what is known of the sockets a Window ago.
	Before Snapshot

	// Endings are the sockets that ended in the window; nil: they are not known.
	Endings *Endings

	// WhyNoWindow says why Window is 0; empty where two looks were not asked for.
	WhyNoWindow Reason

	// Filtered says that a filter chose the sockets of the census. What the kernel
	// counts for all of them together is not judged then.
	Filtered bool

	// Undecided says that the filter could not tell of some sockets, which are not
	// in the census.
	Undecided bool

	// Owners are the processes that hold a socket, by its inode, as far as they are
	// known. Those of the sockets that [Census.Inodes] names are asked for.
	Owners map[uint64][]*Owner

	// Files are the open files of processes, as far as they matter.
	Files OpenFiles
}

// Owner is a process that holds sockets.
type Owner struct {
	tcp.Process                 // PID and Name
	Files       tcp.Opt[uint64] // how many files it has open
	OpenFiles   tcp.Opt[uint64] // how many it may have open at once
	Parent      int32           // PID of the process that started it, 0: not known
	Executable  string          // path; empty: not known. Foreign text
	Stopped     bool            // by a signal or a debugger: it runs no instruction
}

// Moment is what the kernel had counted at one moment, or why that is not known, and
// what is kept of its sockets.
type Moment struct {
	Time     time.Time
	Counters tcp.Counters // nil: they are not known
	Missing  Reason       // why not; empty where nobody asked
	Sockets  Snapshot
	Endings  *Endings // since then; nil: they are not known
}

// Since compares with an earlier moment, if the counters went nowhere but up since.
func (f *Facts) Since(earlier Moment) {
	f.Earlier, f.Window, f.Before, f.Endings, f.WhyNoWindow = nil, 0, Snapshot{}, nil, earlier.Missing
	if earlier.Counters == nil {
		return
	}
	if _, back := f.Counters.Since(earlier.Counters); len(back) > 0 {
		f.WhyNoWindow = CountersFell
		return
	}
	f.Earlier, f.Window, f.WhyNoWindow = earlier.Counters, f.Time.Sub(earlier.Time), ""
	f.Before, f.Endings = earlier.Sockets, earlier.Endings
}

// SubjectKind says what a subject is.
type SubjectKind uint8

// The kinds of subject.
const (
	Namespace SubjectKind = iota // the whole of it
	Process
	User // where processes are hidden
	Listener
	Peer
	Route  // local address → peer
	Source // local address
	Port
)

// Subject is whom a finding is about.
type Subject struct {
	Kind          SubjectKind
	Process       tcp.Process
	UID           uint32
	Local, Remote netip.AddrPort
	Peer          netip.Addr
	Port          uint16
}

// String names the subject: java/4711, pid 4711, uid 1001, 10.0.0.7:8080, 10.0.0.7 ->
// 10.0.0.9:5432; empty for the namespace. A process's name is foreign text.
func (s *Subject) String() string {
	switch s.Kind {
	case Process:
		return s.Process.String()
	case User:
		return "uid " + strconv.FormatUint(uint64(s.UID), 10)
	case Listener:
		return endText(s.Local)
	case Peer:
		if s.Remote.IsValid() {
			return s.Remote.String()
		}
		return s.Peer.String()
	case Port:
		return ":" + strconv.Itoa(int(s.Port))
	case Source:
		return s.Local.Addr().String()
	case Route:
		return s.Local.Addr().String() + " -> " + s.Remote.String()
	}
	return ""
}

// host is the peer's address.
func (s *Subject) host() netip.Addr {
	if s.Peer.IsValid() {
		return s.Peer
	}
	return s.Remote.Addr()
}

// endText writes a wildcard as a star.
func endText(end netip.AddrPort) string {
	if end.Addr().IsUnspecified() {
		return "*:" + strconv.Itoa(int(end.Port()))
	}
	return end.String()
}
