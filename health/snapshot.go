package health

import "tcpstat/tcp"

// Snapshot is what is kept of the sockets of an earlier moment, to see what grows. What
// is not known is nil.
type Snapshot struct {
	// Listeners are the accept queues, each by the inode of its listener, so that those
	// that share an address (SO_REUSEPORT) stay apart.
	Listeners map[uint64]tcp.Backlog

	// CloseWait are the inodes of the sockets in CLOSE_WAIT that a program held.
	CloseWait map[uint64]bool

	// Files are how many files processes had open, by their numbers.
	Files map[int32]uint64
}

// NewSnapshot makes one of a moment with no such socket yet.
func NewSnapshot() Snapshot {
	return Snapshot{Listeners: map[uint64]tcp.Backlog{}, CloseWait: map[uint64]bool{}}
}

// Add keeps what is kept of a socket.
func (s Snapshot) Add(socket *tcp.Socket) {
	inode := socket.Inode.Or(0)
	switch {
	case inode == 0:
	case socket.State == tcp.Listen:
		s.Listeners[inode] = socket.Backlog
	case socket.State == tcp.CloseWait:
		s.CloseWait[inode] = true
	}
}

// Dropped is how many segments and connections a listener has dropped since, if that is
// known. One that was not there then has dropped all of its drops since.
func (s Snapshot) Dropped(inode uint64, now tcp.Backlog) tcp.Opt[uint32] {
	drops, known := now.Drops.Get()
	if s.Listeners == nil || !known {
		return tcp.Opt[uint32]{}
	}
	then, was := s.Listeners[inode]
	if !was {
		return tcp.Some(drops)
	}
	before, known := then.Drops.Get()
	if !known {
		return tcp.Opt[uint32]{}
	}
	return tcp.Some(drops - before) // the kernel's number wraps around
}
