package rollup

import (
	"slices"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// Group is what is known of the sockets of one subject.
type Group struct {
	Key
	Name      string           // of the process, as in comm
	Interface string           // that the listener is bound to
	Names     listing.Endpoint // of the listener or the peer, where names were asked for
	Namespace string           // its name, in a list over all namespaces

	Total                uint32
	RecvQueue, SendQueue uint64  // bytes, listeners left out
	Retransmitting       uint32  // sockets that wait for an answer to a segment that was sent again
	Oldest               tcp.Age // of the socket that has been in its state for longest
	Levels               [tcp.Alarm + 1]uint32
	Verdicts             [tcp.DataUnread + 1]uint32

	// From tcp_info; absent where no socket had one. Resent are segments.
	Resent, SentBytes, ResentBytes tcp.Opt[uint64]

	// Backlog is that of all Listeners at the address of the Key.
	Backlog   tcp.Backlog
	Listeners int

	states    [stateCount]uint32 // by place in tcp.States
	listeners tcp.Listeners      // of the listener's namespace
}

// stateCount is the number of states, UNKNOWN included.
const stateCount = 13

// Of gives the number of sockets in a state. UNKNOWN has all that have no name.
func (g *Group) Of(s tcp.State) int {
	if i := slices.Index(tcp.States, s); i >= 0 {
		return int(g.states[i])
	}
	return 0
}

func (g *Group) add(r *listing.Row) {
	s := r.Socket
	g.Total++
	g.states[slices.Index(tcp.States, namedState(s.State))]++
	g.Levels[r.Note.Level]++
	g.Verdicts[r.View.Verdict]++
	if s.State != tcp.Listen {
		g.RecvQueue += uint64(s.RecvQueue)
		g.SendQueue += uint64(s.SendQueue)
	}
	if s.Timer.Retransmits > 0 {
		g.Retransmitting++
	}
	g.Oldest = older(g.Oldest, r.View.Age)
	g.Resent = plusInfo(g.Resent, s, tcp.InfoTotalRetrans)
	g.SentBytes = plusInfo(g.SentBytes, s, tcp.InfoBytesSent)
	g.ResentBytes = plusInfo(g.ResentBytes, s, tcp.InfoBytesRetrans)
}

// merge takes another group into this one.
func (g *Group) merge(other *Group) {
	g.Total += other.Total
	plusEach(g.states[:], other.states[:])
	plusEach(g.Levels[:], other.Levels[:])
	plusEach(g.Verdicts[:], other.Verdicts[:])
	g.RecvQueue += other.RecvQueue
	g.SendQueue += other.SendQueue
	g.Retransmitting += other.Retransmitting
	g.Oldest = older(g.Oldest, other.Oldest)
	g.Resent = plus(g.Resent, other.Resent)
	g.SentBytes = plus(g.SentBytes, other.SentBytes)
	g.ResentBytes = plus(g.ResentBytes, other.ResentBytes)
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

func plusEach(sums, counts []uint32) {
	for i, n := range counts {
		sums[i] += n
	}
}

func plusInfo(sum tcp.Opt[uint64], s *tcp.Socket, f tcp.InfoField) tcp.Opt[uint64] {
	v, known := s.InfoValue(f)
	if !known {
		return sum
	}
	return plus(sum, tcp.Some(v))
}

// plus adds what is known.
func plus(a, b tcp.Opt[uint64]) tcp.Opt[uint64] {
	if v, known := b.Get(); known {
		return tcp.Some(a.Or(0) + v)
	}
	return a
}
