package health

import (
	"net/netip"
	"time"

	"tcpstat/tcp"
)

// Endings are the sockets that ended in a window, summed up by peer. Make it with
// [NewEndings].
type Endings struct {
	// Lost is how many ends the kernel could not tell, so that all numbers may be higher.
	Lost uint

	peers  map[netip.AddrPort]*endings // of connections that were opened here
	told   endings                     // all of these
	erased int                         // the peer was lost: a connect() failed that blocked, or a program aborted
}

// endings counts the ends of connections to one peer.
type endings struct {
	refused, unanswered, cutShort int           // attempts
	connected                     int           // not attempts
	reset, forgotten, silent      int           // of these
	longest                       time.Duration // that an attempt without an answer lasted
}

// maxEndings bounds the peers that are told apart.
const maxEndings = 4096

// NewEndings makes them without any.
func NewEndings() *Endings { return &Endings{peers: map[netip.AddrPort]*endings{}} }

// Add counts a socket as diag.Feed tells it. Who opened it says the caller.
func (e *Endings) Add(s *tcp.Socket, opener tcp.Opener) {
	ending := tcp.EndingOf(s, opener)
	attempt := ending == tcp.EndRefused || ending == tcp.EndUnanswered || ending == tcp.EndCutShort
	switch {
	case !s.HasRemote() && s.Local.Addr().IsUnspecified():
		e.erased++
		return
	case !attempt && opener != tcp.OpenedActive, ending == tcp.EndUnknown:
		return
	}
	e.told.add(ending, s)
	peer := unmapped(s.Remote)
	one := e.peers[peer]
	if one == nil {
		if len(e.peers) == maxEndings {
			return
		}
		one = new(endings)
		e.peers[peer] = one
	}
	one.add(ending, s)
}

func (n *endings) add(ending tcp.Ending, s *tcp.Socket) {
	switch ending {
	case tcp.EndRefused:
		n.refused++
		return
	case tcp.EndUnanswered:
		n.unanswered++
		if lasted, known := tcp.Patience(s).Get(); known {
			n.longest = max(n.longest, lasted)
		}
		return
	case tcp.EndCutShort:
		n.cutShort++
		return
	case tcp.EndReset:
		n.reset++
	case tcp.EndForgotten:
		n.forgotten++
	case tcp.EndSilent:
		n.silent++
	}
	n.connected++
}

// failed is how many attempts ended without a connection.
func (n *endings) failed() int { return n.refused + n.unanswered + n.cutShort }

// failing reports whether a finding may be about attempts to a peer.
func (e *Endings) failing(peer netip.AddrPort) bool {
	return e != nil && e.peers[peer] != nil && e.peers[peer].failed() >= leastFailed
}
