package inspect

import (
	"tcpstat/listing"
	"tcpstat/tcp"
)

// gaps counts what a list cannot say, for "missing".
type gaps struct {
	order []listing.Missing
}

// unknown says that sockets lack a field and nobody knows how many, however many
// are counted beside.
func (g *gaps) unknown(field string, reason listing.Reason) {
	g.at(field, reason).Sockets = tcp.Opt[uint]{}
}

// add counts one socket that lacks a field.
func (g *gaps) add(field string, reason listing.Reason) {
	m := g.at(field, reason)
	if n, counted := m.Sockets.Get(); counted {
		m.Sockets = tcp.Some(n + 1)
	}
}

// at finds the gap, or begins it with no socket.
func (g *gaps) at(field string, reason listing.Reason) *listing.Missing {
	for i := range g.order {
		if m := &g.order[i]; m.Field == field && m.Reason == reason {
			return m
		}
	}
	g.order = append(g.order, listing.Missing{Field: field, Reason: reason, Sockets: tcp.Some[uint](0)})
	return &g.order[len(g.order)-1]
}

func (g *gaps) list() []listing.Missing { return g.order }

// notInProc counts the fields of s that sock_diag would have told and /proc
// does not have.
func (g *gaps) notInProc(s *tcp.Socket, q *Query) {
	const reason = listing.NotInProc
	if q.For == Groups {
		g.notAddedUp(s)
		return
	}
	g.add("cookie", reason)
	g.add("interface", reason)
	if s.State == tcp.Listen {
		g.add("accept_queue.limit", reason)
		g.add("accept_queue.drops", reason)
		if s.Family == tcp.IPv6 {
			g.add("v6only", reason)
		}
	}
	if s.Mini {
		return
	}
	g.withoutInfo(s, q, reason)
	if q.Memory {
		g.add("memory", reason)
	}
}

// withoutInfo counts the fields that only tcp_info would have told.
func (g *gaps) withoutInfo(s *tcp.Socket, q *Query, reason listing.Reason) {
	switch s.State {
	case tcp.CloseWait, tcp.FinWait2, tcp.Closing:
		g.add("age", reason)
	}
	if s.State != tcp.Listen && tcp.CompletenessOf(s) == (tcp.Opt[uint8]{}) {
		g.add("completeness", reason)
	}
	if q.Info {
		g.add("tcp_info", reason)
		g.add("congestion", reason)
	}
}

// notAddedUp counts the fields of s that a roll-up would have added up.
func (g *gaps) notAddedUp(s *tcp.Socket) {
	if s.State == tcp.Listen {
		g.add("accept_queue.limit", listing.NotInProc)
		g.add("accept_queue.drops", listing.NotInProc)
	}
	if s.Mini {
		return
	}
	switch s.State {
	case tcp.CloseWait, tcp.FinWait2, tcp.Closing:
		g.add("age", listing.NotInProc)
	}
	g.add("tcp_info", listing.NotInProc)
}

// notInKernel counts tcp_info that this kernel is too old to send whole.
func (g *gaps) notInKernel(s *tcp.Socket) {
	if s.Info.Size > 0 && !s.Info.Whole() {
		g.add("tcp_info", listing.KernelTooOld)
	}
}

// notRecorded notes what a replay cannot say about the list as a whole.
func (g *gaps) notRecorded(m *Machine, head *listing.Head) {
	if !m.Replayed() {
		return
	}
	if m.recorded.Damage != nil {
		g.unknown("record", listing.MalformedLine)
	}
	if head.Time.IsZero() {
		g.unknown("time", listing.NotRecorded)
	}
	if head.Host == "" {
		g.unknown("host", listing.NotRecorded)
	}
	if head.NetNS == (tcp.Opt[uint64]{}) {
		g.unknown("netns", listing.NotRecorded)
	}
}

// NotRecorded tells what a replay cannot say about the machine as a whole.
func (m *Machine) NotRecorded(head listing.Head) []listing.Missing {
	var g gaps
	g.notRecorded(m, &head)
	return g.list()
}

// notInDump counts what the dump of ss lacks of a socket, since it was asked for
// less.
func (g *gaps) notInDump(r *listing.Row, q *Query) {
	s := r.Socket
	if s.Mini || s.State == tcp.Bound {
		return
	}
	if s.Info.Size == 0 {
		g.withoutInfo(s, q, listing.NotRecorded)
	}
	if _, known := s.Memory.Get(); q.Memory && !known {
		g.add("memory", listing.NotRecorded)
	}
	if r.Cgroup.Path == "" {
		g.add("cgroup", listing.NotRecorded)
	}
}
