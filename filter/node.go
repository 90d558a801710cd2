package filter

import (
	"cmp"
	"net/netip"
	"path"
	"time"

	"tcpstat/tcp"
)

// Node is a condition or a part of one.
type Node interface {
	// match judges a socket.
	match(*Subject) Truth

	// appendTo writes the condition as the parser reads it.
	appendTo(dst []byte) []byte
}

// And holds where all its parts hold, Or where one does.
type (
	And []Node
	Or  []Node
)

// Not turns a condition around.
type Not struct{ Node Node }

// Side chooses an endpoint of the socket.
type Side uint8

// The sides.
const (
	Local  Side = iota // src, sport
	Remote             // dst, dport
)

// Host compares the address of one endpoint, or address and port.
type Host struct {
	Side Side

	// Family restricts to sockets of one family; 0: any.
	Family tcp.Family

	// Prefix must hold the address. Not valid: any address. One of IPv4 holds
	// v4-mapped addresses too; one of IPv6 holds no address of an IPv4 socket.
	Prefix netip.Prefix

	// Port must be that of the endpoint. Absent: any.
	Port tcp.Opt[uint16]
}

// Port compares the port of one endpoint. Family restricts to sockets of one family;
// 0: any.
type Port struct {
	Side   Side
	Family tcp.Family
	Op     Op
	Number uint16
}

// Device holds for sockets bound to the device of that index; 0: to none.
type Device struct{ Index uint32 }

// PID holds for sockets that the process holds.
type PID struct{ PID int32 }

// Name holds for sockets that a process of that name holds: the name that is
// shown, or the base name of its argv[0].
type Name struct{ Name string }

// User holds for sockets of that user. A mini-socket is nobody's.
type User struct{ UID uint32 }

// Timer holds for sockets that wait for that timer.
type Timer struct{ Kind tcp.TimerKind }

// Ownership holds for sockets that are kept alive in that way.
type Ownership struct{ Kind tcp.Ownership }

// Age compares the time that a socket has been in its state. Of that only
// bounds are known: what lies between them is unknown.
type Age struct {
	Op       Op // an order
	Duration time.Duration
}

// RTT compares the smoothed round-trip time. 0 is none measured yet, unknown.
type RTT struct {
	Op       Op
	Duration time.Duration
}

// Count compares a number that every socket has.
type Count struct {
	Field Field
	Op    Op
	Value uint32
}

// Field is a number of a socket.
type Field uint8

// The fields. Of a listener the queues are what the columns show: the
// connections in its accept queue and the limit.
const (
	RecvQueue   Field = iota // bytes received and not yet read
	SendQueue                // bytes written and not yet acknowledged
	Retransmits              // retransmissions since the last acknowledgement
)

func (n And) match(s *Subject) Truth {
	result := True
	for _, part := range n {
		if result = min(result, part.match(s)); result == False {
			break
		}
	}
	return result
}

func (n Or) match(s *Subject) Truth {
	result := False
	for _, part := range n {
		if result = max(result, part.match(s)); result == True {
			break
		}
	}
	return result
}

func (n Not) match(s *Subject) Truth { return n.Node.match(s).not() }

func (n Host) match(s *Subject) Truth {
	addr, port := n.Side.of(s.Socket)
	if want, named := n.Port.Get(); named && want != port || !ofFamily(s.Socket, n.Family) {
		return False
	}
	if n.Prefix.Addr().Is4() {
		addr = addr.Unmap()
	}
	return truth(!n.Prefix.IsValid() || n.Prefix.Contains(addr))
}

func (n Port) match(s *Subject) Truth {
	_, port := n.Side.of(s.Socket)
	return truth(ofFamily(s.Socket, n.Family) && n.Op.Holds(cmp.Compare(port, n.Number)))
}

// of gives one endpoint of a socket. The remote one of a socket that has none is, as
// in the kernel, address and port 0.
func (side Side) of(s *tcp.Socket) (netip.Addr, uint16) {
	switch {
	case side == Local:
		return s.Local.Addr(), s.Local.Port()
	case s.HasRemote():
		return s.Remote.Addr(), s.Remote.Port()
	case s.Family == tcp.IPv4:
		return netip.IPv4Unspecified(), 0
	}
	return netip.IPv6Unspecified(), 0
}

func ofFamily(s *tcp.Socket, family tcp.Family) bool { return family == 0 || s.Family == family }

func (n Device) match(s *Subject) Truth { return equal(s.Socket.Interface, n.Index) }

func (n User) match(s *Subject) Truth {
	if s.Socket.Mini {
		return False
	}
	return equal(s.Socket.UID, n.UID)
}

// equal compares a value that may not be known.
func equal[T comparable](value tcp.Opt[T], with T) Truth {
	v, known := value.Get()
	if !known {
		return Unknown
	}
	return truth(v == with)
}

func (n PID) match(s *Subject) Truth {
	return s.held(func(p *tcp.Process) bool { return p.PID == n.PID })
}

func (n Name) match(s *Subject) Truth {
	return s.held(func(p *tcp.Process) bool { return p.Name == n.Name || path.Base(p.Command) == n.Name })
}

// held reports whether one of the owners is the one meant.
func (s *Subject) held(meant func(*tcp.Process) bool) Truth {
	for i := range s.Holders {
		if meant(s.Holders[i].Process) {
			return True
		}
	}
	if !s.HoldersKnown {
		return Unknown
	}
	return False
}

func (n Timer) match(s *Subject) Truth { return truth(s.Socket.Timer.Kind == n.Kind) }

func (n Ownership) match(s *Subject) Truth {
	if s.View == nil {
		return Unknown
	}
	return truth(s.View.Ownership == n.Kind)
}

func (n Age) match(s *Subject) Truth {
	if s.View == nil {
		return Unknown
	}
	low, bounded := s.View.Age.Min.Get()
	high, limited := s.View.Age.Max.Get()
	atLow, atHigh := n.Op.Holds(cmp.Compare(low, n.Duration)), n.Op.Holds(cmp.Compare(high, n.Duration))
	older := n.Op == Greater || n.Op == GreaterEqual
	switch {
	case older && bounded && atLow, !older && limited && atHigh:
		return True
	case older && limited && !atHigh, !older && bounded && !atLow:
		return False
	}
	return Unknown
}

func (n RTT) match(s *Subject) Truth {
	rtt, known := s.Socket.Info.Duration(tcp.InfoRTT)
	if !known || rtt == 0 {
		return Unknown
	}
	return truth(n.Op.Holds(cmp.Compare(rtt, n.Duration)))
}

func (n Count) match(s *Subject) Truth {
	value, known := n.Field.of(s.Socket).Get()
	if !known {
		return Unknown
	}
	return truth(n.Op.Holds(cmp.Compare(value, n.Value)))
}

func (f Field) of(s *tcp.Socket) tcp.Opt[uint32] {
	switch {
	case f == Retransmits:
		return tcp.Some(uint32(s.Timer.Retransmits))
	case f == RecvQueue && s.State == tcp.Listen:
		return tcp.Some(s.Backlog.Used)
	case f == RecvQueue:
		return tcp.Some(s.RecvQueue)
	case s.State == tcp.Listen:
		return s.Backlog.Limit
	}
	return tcp.Some(s.SendQueue)
}
