package main

import (
	"tcpstat/render"
	"tcpstat/tcp"
)

// gaps counts what a list cannot say, for "missing".
type gaps struct {
	order []render.Missing
}

// unknown says that sockets lack a field and nobody knows how many, however many
// are counted beside.
func (g *gaps) unknown(field string, reason render.Reason) {
	g.at(field, reason).Sockets = tcp.Opt[uint]{}
}

// add counts one socket that lacks a field.
func (g *gaps) add(field string, reason render.Reason) {
	m := g.at(field, reason)
	if n, counted := m.Sockets.Get(); counted {
		m.Sockets = tcp.Some(n + 1)
	}
}

// at finds the gap, or begins it with no socket.
func (g *gaps) at(field string, reason render.Reason) *render.Missing {
	for i := range g.order {
		if m := &g.order[i]; m.Field == field && m.Reason == reason {
			return m
		}
	}
	g.order = append(g.order, render.Missing{Field: field, Reason: reason, Sockets: tcp.Some[uint](0)})
	return &g.order[len(g.order)-1]
}

func (g *gaps) list() []render.Missing { return g.order }

// notInProc counts the fields of s that sock_diag would have told and /proc
// does not have.
func (g *gaps) notInProc(s *tcp.Socket, o *listOptions) {
	const reason = render.NotInProc
	if o.rollup != nil {
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
	g.withoutInfo(s, o, reason)
	if o.memory {
		g.add("memory", reason)
	}
}

// withoutInfo counts the fields that only tcp_info would have told.
func (g *gaps) withoutInfo(s *tcp.Socket, o *listOptions, reason render.Reason) {
	switch s.State {
	case tcp.CloseWait, tcp.FinWait2, tcp.Closing:
		g.add("age", reason)
	}
	if s.State != tcp.Listen && tcp.CompletenessOf(s) == (tcp.Opt[uint8]{}) {
		g.add("completeness", reason)
	}
	if o.info {
		g.add("tcp_info", reason)
		g.add("congestion", reason)
	}
}

// notAddedUp counts the fields of s that a roll-up would have added up.
func (g *gaps) notAddedUp(s *tcp.Socket) {
	if s.State == tcp.Listen {
		g.add("accept_queue.limit", render.NotInProc)
		g.add("accept_queue.drops", render.NotInProc)
	}
	if s.Mini {
		return
	}
	switch s.State {
	case tcp.CloseWait, tcp.FinWait2, tcp.Closing:
		g.add("age", render.NotInProc)
	}
	g.add("tcp_info", render.NotInProc)
}

// notInKernel counts tcp_info that this kernel is too old to send whole.
func (g *gaps) notInKernel(s *tcp.Socket) {
	if s.Info.Size > 0 && !s.Info.Whole() {
		g.add("tcp_info", render.KernelTooOld)
	}
}

// notRecorded notes what a replay cannot say about the list as a whole.
func (g *gaps) notRecorded(src *source, head render.Head) {
	if !src.isReplay() {
		return
	}
	if src.look.Damage != nil {
		g.unknown("record", render.MalformedLine)
	}
	if head.Time.IsZero() {
		g.unknown("time", render.NotRecorded)
	}
	if head.Host == "" {
		g.unknown("host", render.NotRecorded)
	}
	if head.NetNS == (tcp.Opt[uint64]{}) {
		g.unknown("netns", render.NotRecorded)
	}
}

// notInDump counts what the dump of ss lacks of a socket, since it was asked for
// less.
func (g *gaps) notInDump(r *render.Row, o *listOptions) {
	s := r.Socket
	if s.Mini || s.State == tcp.Bound {
		return
	}
	if s.Info.Size == 0 {
		g.withoutInfo(s, o, render.NotRecorded)
	}
	if _, known := s.Memory.Get(); o.memory && !known {
		g.add("memory", render.NotRecorded)
	}
	if r.Cgroup.Path == "" {
		g.add("cgroup", render.NotRecorded)
	}
}
