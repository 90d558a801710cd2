package filter

import "tcpstat/tcp"

// Expr is a filter that was understood: the states that it names, and a
// condition. The zero Expr chooses every socket.
type Expr struct {
	states    tcp.Set
	named     bool
	condition Node
	text      string
}

// Text is the filter as it was given to [Parse]. In another network namespace the
// names in it may mean something else.
func (e *Expr) Text() string { return e.text }

// States gives the states that a socket may be in: those that the filter names,
// or all of them where it names none. As a mask it can be left to the kernel.
func (e *Expr) States() (set tcp.Set, named bool) {
	if !e.named {
		return tcp.AllStates, false
	}
	return e.states, true
}

// Condition is what remains to be judged once the states are chosen; nil where
// that is nothing.
func (e *Expr) Condition() Node { return e.condition }

// Subject is one socket with all that a filter may ask about it.
type Subject struct {
	Socket *tcp.Socket

	// View is what was concluded about the socket, for age and ownership. Nil:
	// nothing was.
	View *tcp.View

	// Holders are the descriptors that refer to the socket. HoldersKnown tells none from
	// not looked for or hidden.
	Holders      []tcp.Holder
	HoldersKnown bool

	// Cgroup is the cgroup of the socket; the zero Cgroup where it is not known.
	Cgroup tcp.Cgroup
}

// Match judges a socket.
func (e *Expr) Match(s *Subject) Truth {
	switch {
	case e.named && !e.states.Has(s.Socket.State):
		return False
	case e.condition == nil:
		return True
	}
	return e.condition.match(s)
}

// Needs says what a Subject must carry beyond the plain socket.
type Needs struct {
	Owners bool // the processes that hold the socket
	Info   bool // tcp_info, on which the age rests too
	RTT    bool // of it, the round-trip time
	View   bool // the conclusions
	Cgroup bool // the cgroup

	// Devices: the filter asks for a device, by an index that is one of the network
	// namespace in which the filter was read.
	Devices bool
}

// Needs tells what Match will ask for.
func (e *Expr) Needs() (n Needs) {
	walk(e.condition, func(node Node) {
		switch c := node.(type) {
		case PID, Name:
			n.Owners = true
		case Cgroup:
			n.Cgroup = true
		case Device:
			n.Devices = true
		case RTT:
			n.Info, n.RTT = true, true
		case Age:
			n.Info, n.View = true, true
		case Ownership:
			n.View = true
			n.Owners = n.Owners || c.Kind == tcp.OwnerUnknown
		}
	})
	return n
}

// walk visits a condition and all its parts.
func walk(n Node, visit func(Node)) {
	visit(n)
	switch c := n.(type) {
	case And:
		for _, part := range c {
			walk(part, visit)
		}
	case Or:
		for _, part := range c {
			walk(part, visit)
		}
	case Not:
		walk(c.Node, visit)
	}
}
