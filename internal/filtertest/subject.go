package filtertest

import (
	"net/netip"
	"time"

	"tcpstat/filter"
	"tcpstat/tcp"
)

// Subject makes a socket. One that has a remote end has no remote port 0.
func (g *Gen) Subject() *filter.Subject {
	family, addrs := tcp.IPv4, ipv4
	if g.IntN(2) == 0 {
		family, addrs = tcp.IPv6, ipv6
	}
	s := &tcp.Socket{
		Family: family, State: pick(g, tcp.States[:]), RecvQueue: uint32(g.IntN(4)),
		Local: netip.AddrPortFrom(pick(g, addrs), uint16(g.IntN(5))),
	}
	s.Backlog.Used = s.RecvQueue
	if s.State != tcp.Listen && s.State != tcp.Bound {
		s.Remote = netip.AddrPortFrom(pick(g, addrs), uint16(1+g.IntN(4)))
	}
	if g.IntN(3) > 0 {
		s.UID = tcp.Some(uint32(g.IntN(3)))
	}
	if g.IntN(3) > 0 {
		s.Interface = tcp.Some(uint32(g.IntN(3)))
	}
	subject := &filter.Subject{Socket: s, View: &tcp.View{}, HoldersKnown: g.IntN(2) == 0}
	if g.IntN(2) == 0 {
		subject.Holders = []tcp.Holder{{Process: &tcp.Process{PID: int32(g.IntN(4))}}}
	}
	low := time.Duration(g.IntN(6)) * time.Second
	if g.IntN(3) > 0 {
		subject.View.Age.Min = tcp.Some(low)
	}
	if g.IntN(3) > 0 {
		subject.View.Age.Max = tcp.Some(low + time.Duration(g.IntN(3))*time.Second)
	}
	return subject
}
