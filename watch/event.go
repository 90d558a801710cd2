package watch

import (
	"slices"
	"time"

	"tcpstat/tcp"
)

// Kind is what happened to a socket.
type Kind uint8

// The kinds of events.
const (
	Nothing  Kind = iota // nothing to tell
	Present              // it was there at the first sample
	Appeared             // it came, or came into a watched state
	Changed              // it went from one state to another
	Left                 // it is gone
	Brief                // it came and went between two samples; only that it closed was reported
)

// String gives the name in JSON: present, appeared, changed, left, brief; empty for
// nothing.
func (k Kind) String() string {
	return [...]string{"", "present", "appeared", "changed", "left", "brief"}[k]
}

// Event is something that happened to one socket. It is valid until the next call
// to the watch that told it.
type Event struct {
	Kind Kind
	Time time.Time // when it was noticed; of a socket that the kernel reported as closed: when that was

	// Socket is as it was sampled; of Left as it was last seen, without what passes
	// (timer, tcp_info); of Brief with the little that the kernel reports of a closed one,
	// and no state.
	Socket *tcp.Socket

	// From and To are the states of Changed. Of Left, From is the last one seen.
	From, To tcp.State

	// Through are the states that Changed must have passed unseen.
	Through []tcp.State

	// Age bounds how long the socket has been in its state; of Left, how long it was.
	Age tcp.Age

	// Final is tcp_info at the end of the full socket, if the kernel told it: of
	// Left and Brief, and of what has become a mini-socket since.
	Final *tcp.Info

	// Inferred is how a socket left, as far as it can be inferred.
	Inferred Inference

	// Holders are the owners that Own found.
	Holders []tcp.Holder
}

// Inference is how a socket left. The kernel does not tell it.
type Inference uint8

// The inferences.
const (
	NotInferred  Inference = iota
	Expired                // TIME_WAIT or FIN_WAIT2: its timer had run out
	Acknowledged           // LAST_ACK: the ACK of our FIN must have come, or a RST
	Aborted                // its program sent a RST (SO_LINGER 0): the kernel had forgotten the peer
	Reset                  // the peer sent a RST
	Refused                // the same, in answer to the SYN
)

// String gives the name in JSON: expired, acknowledged, aborted, reset, refused; empty
// for none.
func (i Inference) String() string {
	return [...]string{"", "expired", "acknowledged", "aborted", "reset", "refused"}[i]
}

// Through lists the states that a socket must have passed on its way from one state
// to another, in order: none where a move of the diagram leads there at once, or
// where every state between can have been another. It is not possible where no way
// leads there: then it is another socket, or the same after it was closed.
func Through(from, to tcp.State) (states []tcp.State, possible bool) {
	from, to = closed(from), closed(to)
	if moves(from, to) {
		return nil, true
	}
	if !leads(from, to, 0) {
		return nil, false
	}
	for _, s := range tcp.States {
		if s != from && s != to && !leads(from, to, s) {
			states = append(states, s)
		}
	}
	slices.SortFunc(states, func(a, b tcp.State) int {
		if leads(a, b, 0) {
			return -1
		}
		return 1
	})
	return states, true
}

// After gives the states that a socket can go to from one state, at once or not.
func After(from tcp.State) (set tcp.Set) {
	for _, s := range tcp.States {
		if s != from && leads(closed(from), s, 0) {
			set = set.With(s)
		}
	}
	return set
}

// closed takes BOUND for what it is to the diagram.
func closed(s tcp.State) tcp.State {
	if s == tcp.Bound {
		return tcp.Close
	}
	return s
}

// moves reports whether one move of the diagram leads from one state to another.
func moves(from, to tcp.State) bool {
	for t := range transitions {
		if t.From == from && t.To == to {
			return true
		}
	}
	return false
}

// leads reports whether moves lead from one state to another that avoid a state.
// A socket that is closed on the way is at its end.
func leads(from, to, avoid tcp.State) bool {
	reached := tcp.SetOf(from)
	for grown := true; grown; {
		grown = false
		for t := range transitions {
			ended := t.From == tcp.Close && from != tcp.Close
			if !ended && reached.Has(t.From) && !reached.Has(t.To) && t.To != avoid {
				reached, grown = reached.With(t.To), true
			}
		}
	}
	return from != to && reached.Has(to)
}

// transitions are the moves of one socket on Linux: there a listener never becomes
// a connection, nor a connection a listener.
func transitions(yield func(*tcp.Transition) bool) {
	for _, table := range [][]tcp.Transition{tcp.Transitions, tcp.Resets} {
		for i := range table {
			t := &table[i]
			if t.From == tcp.Listen && t.To != tcp.Close || t.To == tcp.Listen && t.From != tcp.Close {
				continue
			}
			if !yield(t) {
				return
			}
		}
	}
}
