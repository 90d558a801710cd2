package tcp

import (
	"strconv"
	"time"
)

// Owner is one descriptor of one process that refers to a socket. A socket may
// have many, after fork() or when descriptors were passed on.
type Owner struct {
	PID int32
	FD  int32
}

// Holder is one descriptor that refers to a socket, and the process that has it.
// Many holders share one Process, which nothing changes once it is shared.
type Holder struct {
	Owner
	Process *Process
}

// Process is what people call an owner, and below the first three fields what tells
// owners of one name apart, where that was asked for. All text is foreign.
type Process struct {
	PID     int32
	Name    string // comm, or the longer name that the command line shows
	Command string // argv[0]; empty for kernel threads and where it may not be read

	Exe     string      // path of the executable, as /proc/PID/exe shows it; empty: unknown
	Cmdline Opt[string] // the command line, its words quoted as for a shell; empty for kernel threads
	User    string      // name of the effective user, or the number; empty: unknown
	Started time.Time   // in UTC, exact to a second; zero: unknown
}

// String gives java/4711, or pid 4711 where the process has gone or its name may not be
// read. The name is foreign text.
func (p *Process) String() string {
	pid := strconv.Itoa(int(p.PID))
	if p.Name == "" {
		return "pid " + pid
	}
	return p.Name + "/" + pid
}

// String names the process.
func (h Holder) String() string { return h.Process.String() }

// Ownership says who keeps a socket alive.
type Ownership uint8

// The kinds of ownership.
const (
	OwnedByProcess Ownership = iota // a descriptor refers to it, whether or not its process may be seen
	Unaccepted                      // in the accept queue of a listener: no program has it yet
	Orphan                          // closed by its program; the kernel finishes alone
	OwnedByKernel                   // a mini-socket: TIME_WAIT or half-open
	OwnerUnknown                    // a complete scan found nobody: the kernel itself, or another PID namespace
)

var ownershipNames = [...]string{"process", "unaccepted", "orphan", "kernel", "unknown"}

// String gives the name in JSON: process, unaccepted, orphan, kernel, unknown.
func (o Ownership) String() string { return ownershipNames[o] }

// ownershipOf tells who keeps s alive from its state and inode alone. It never
// says OwnerUnknown, which takes a scan of all processes.
func ownershipOf(s *Socket) Ownership {
	if s.Inode.Or(0) != 0 {
		return OwnedByProcess
	}
	switch s.State {
	case FinWait1, FinWait2, Closing, LastAck:
		return Orphan
	case TimeWait:
		return OwnedByKernel
	case SynRecv:
		if s.Mini {
			return OwnedByKernel
		}
		return Unaccepted // TCP Fast Open: queued before the handshake ends
	case Established, CloseWait:
		return Unaccepted
	}
	return OwnerUnknown
}
