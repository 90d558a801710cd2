package tcp

// Opener says which end sent the first SYN, as far as it can be told.
type Opener uint8

// The openers.
const (
	OpenerUnknown Opener = iota
	OpenedActive         // this end connected
	OpenedPassive        // the peer connected to a listener here
	OpenedNone           // no connection: LISTEN, BOUND, CLOSE
)

// String gives the name in JSON: unknown, active, passive, none.
func (o Opener) String() string {
	return [...]string{"unknown", "active", "passive", "none"}[o]
}

// OpenerOf tells who opened s. A connection is passive if a listener covers its
// local end, and active if none does and its port is one that the kernel gives
// to outgoing connections.
func OpenerOf(s *Socket, m *Machine) Opener {
	switch s.State {
	case Listen, Bound, Close:
		return OpenedNone
	case SynSent:
		return OpenedActive
	case SynRecv:
		if s.Mini {
			return OpenedPassive
		}
	}
	switch {
	case s.State.bit() == Unknown.bit():
		return OpenerUnknown
	case m.Listeners.cover(s):
		return OpenedPassive
	case m.ephemeral(s.Local.Port()):
		return OpenedActive
	}
	return OpenerUnknown
}

// OpenerOfEnd is OpenerOf for a socket of which only the end is known, without its state.
func OpenerOfEnd(s *Socket, m *Machine) Opener {
	connection := *s
	if connection.State = Established; !s.HasRemote() {
		connection.State = Listen
	}
	return OpenerOf(&connection, m)
}

// Closer says which end sent the first FIN.
type Closer uint8

// The closers.
const (
	CloserUnknown Closer = iota // null in JSON
	ClosedNone                  // nobody yet
	ClosedLocal                 // this end: active close
	ClosedRemote                // the peer: passive close
	ClosedBoth                  // both at once
)

// String gives the name in JSON: none, local, remote, both; empty when unknown.
func (c Closer) String() string {
	return [...]string{"", "none", "local", "remote", "both"}[c]
}

// closerOf tells who closed first. It goes by the state alone: the shutdown
// bits also stand for a shutdown(SHUT_RD), which sends nothing.
func closerOf(s State) Closer {
	switch s {
	case FinWait1, FinWait2, TimeWait:
		return ClosedLocal
	case CloseWait, LastAck:
		return ClosedRemote
	case Closing:
		return ClosedBoth
	case Established, SynSent, SynRecv, Listen, Bound, Close:
		return ClosedNone
	}
	return CloserUnknown
}

// Completeness bits, as Wireshark counts them (tcp.completeness). A RST, 32
// there, leaves no trace in a socket.
const (
	SawSYN    = 1
	SawSYNACK = 2
	SawACK    = 4
	SawData   = 8
	SawFIN    = 16
)

// CompletenessOf tells which parts of a conversation the socket still proves.
// It is absent where there is no conversation, and where the source does not
// tell whether there was data. A mini-socket has forgotten its data.
func CompletenessOf(s *Socket) Opt[uint8] {
	var seen uint8
	switch s.State {
	case SynSent:
		return Some[uint8](SawSYN)
	case SynRecv:
		return Some[uint8](SawSYN | SawSYNACK)
	case Established:
		seen = SawSYN | SawSYNACK | SawACK
	case FinWait1, FinWait2, Closing, TimeWait, CloseWait, LastAck:
		seen = SawSYN | SawSYNACK | SawACK | SawFIN
	default:
		return Opt[uint8]{}
	}
	if s.Mini {
		return Some(seen)
	}
	in, known := s.Info.Get(InfoDataSegsIn)
	out, _ := s.Info.Get(InfoDataSegsOut)
	if !known {
		return Opt[uint8]{}
	}
	if in+out > 0 {
		seen |= SawData
	}
	if unsent, _ := s.Info.Get(InfoNotSent); s.State == FinWait1 && unsent > 0 {
		seen &^= SawFIN // still behind data that is not sent
	}
	return Some(seen)
}
