package health

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// Places in struct tcp_info.
const (
	atBackoff       = 4
	atLastDataSent  = 44
	atLastDataRecv  = 52
	atLastAckRecv   = 56
	atDataSegsIn    = 152
	atDataSegsOut   = 156
	atBytesSent     = 200
	atBytesRetrans  = 208
	atSendWindow    = 228
	atReceiveWindow = 232
)

type option func(*tcp.Socket)

// socket makes one between 10.0.0.7:40000 and 10.0.0.9:443, owned by inode 1.
func socket(state tcp.State, options ...option) tcp.Socket {
	s := tcp.Socket{
		Family: tcp.IPv4, State: state,
		Local: at("10.0.0.7:40000"), Remote: at("10.0.0.9:443"),
		UID: tcp.Some[uint32](1001), Inode: tcp.Some[uint64](1),
	}
	for _, o := range options {
		o(&s)
	}
	return s
}

func at(end string) netip.AddrPort { return netip.MustParseAddrPort(end) }

func local(end string) option  { return func(s *tcp.Socket) { s.Local = at(end) } }
func remote(end string) option { return func(s *tcp.Socket) { s.Remote = at(end) } }
func inode(n uint64) option    { return func(s *tcp.Socket) { s.Inode = tcp.Some(n) } }
func unread(n uint32) option   { return func(s *tcp.Socket) { s.RecvQueue = n } }
func unacked(n uint32) option  { return func(s *tcp.Socket) { s.SendQueue = n } }

// info sets fields of tcp_info; those before the tcpi_rto are bytes.
func info(values map[int]uint64) option {
	return func(s *tcp.Socket) {
		raw := make([]byte, 280)
		for place, v := range values {
			switch {
			case place < 8:
				raw[place] = byte(v)
			case place >= atBytesSent && place < atDSACKDups:
				binary.NativeEndian.PutUint64(raw[place:], v)
			default:
				binary.NativeEndian.PutUint32(raw[place:], uint32(v))
			}
		}
		s.Info.SetBytes(raw)
	}
}

// silent is a connection of which nothing was heard for so long.
func silent(d time.Duration) option {
	ms := uint64(d.Milliseconds())
	return info(map[int]uint64{atLastDataSent: ms, atLastDataRecv: ms, atLastAckRecv: ms, atDataSegsIn: 1, atDataSegsOut: 1})
}

func retransmitted(n uint8) option {
	return func(s *tcp.Socket) { s.Timer = tcp.Timer{Kind: tcp.RetransmitTimer, Retransmits: n} }
}

func queue(used, limit uint32) option {
	return func(s *tcp.Socket) {
		s.Remote = netip.AddrPort{}
		s.Local = at("0.0.0.0:8080")
		s.Backlog = tcp.Backlog{Used: used, Limit: tcp.Some(limit), Drops: tcp.Some[uint32](0)}
	}
}

func drops(n uint32) option {
	return func(s *tcp.Socket) { s.Backlog.Drops = tcp.Some(n) }
}

// times makes n of a socket, with inodes of their own.
func times(n int, s tcp.Socket) (list []tcp.Socket) {
	for i := range n {
		if s.Inode.Or(0) != 0 {
			s.Inode = tcp.Some(uint64(1000 + i))
		}
		list = append(list, s)
	}
	return list
}

// ports makes n connections to one peer, from ports of their own.
func ports(n int, to string) (list []tcp.Socket) {
	for i := range n {
		list = append(list, socket(tcp.TimeWait, local(fmt.Sprintf("10.0.0.7:%d", 40000+i)), remote(to), func(s *tcp.Socket) {
			s.Mini, s.Inode, s.UID = true, tcp.Opt[uint64]{}, tcp.Opt[uint32]{}
		}))
	}
	return list
}

// open makes n connections from one address, of which each peer has every so many, on
// the ports that a step leads to.
func open(n int, step int, peers ...string) (list []tcp.Socket) {
	for i := range n {
		list = append(list, socket(tcp.Established, inode(uint64(1000+i)),
			local(fmt.Sprintf("10.0.0.7:%d", 40000+i*step%100)), remote(peers[i%len(peers)])))
	}
	return list
}

// bound makes n BOUND sockets, from port 40099 downwards.
func bound(n int) (list []tcp.Socket) {
	for i := range n {
		list = append(list, socket(tcp.Bound, inode(uint64(5000+i)), func(s *tcp.Socket) {
			s.Local, s.Remote = at(fmt.Sprintf("0.0.0.0:%d", 40099-i)), netip.AddrPort{}
		}))
	}
	return list
}

// settings of the fixture: a hundred local ports from 40000 on.
func settings(more map[tcp.Sysctl]int64) tcp.Sysctls {
	s := tcp.Sysctls{tcp.PortRangeLow: 40000, tcp.PortRangeHigh: 40099, tcp.Somaxconn: 4096, tcp.MaxTWBuckets: 100}
	for name, v := range more {
		s[name] = v
	}
	return s
}

// facts are those of a look with sock_diag, all owned by java/4711 which may
// open 1,000 files.
func facts(sockets []tcp.Socket, more ...func(*Facts)) *Facts {
	f := &Facts{
		Census: NewCensus(RuleAges), Details: true, Settings: settings(nil),
		Owners: map[uint64][]*Owner{}, Files: OpenFiles{Counted: true},
	}
	java := []*Owner{{Process: tcp.Process{PID: 4711, Name: "java"}, OpenFiles: tcp.Some[uint64](1000)}}
	for i := range sockets {
		f.Owners[sockets[i].Inode.Or(0)] = java
	}
	for _, m := range more {
		m(f)
	}
	machine := &tcp.Machine{Sysctls: f.Settings, Reserved: f.Reserved}
	for _, listeners := range []bool{true, false} {
		for i := range sockets {
			s := &sockets[i]
			if (s.State == tcp.Listen) != listeners {
				continue
			}
			machine.Listeners.Add(s)
			v := tcp.Annotate(s, machine)
			f.Census.Add(&listing.Row{Socket: s, View: v, Machine: machine})
		}
	}
	return f
}

// opened are the open files of java/4711, all looked through.
func opened(open, limit uint64, closed int, states map[tcp.State]int) func(*Facts) {
	return func(f *Facts) {
		f.Files.Processes = append(f.Files.Processes, &ProcessFiles{
			Process: tcp.Process{PID: 4711, Name: "java"}, Open: open, Limit: limit,
			TCP: true, Searched: true, Closed: closed, States: states,
		})
	}
}

func having(name tcp.Sysctl, v int64) func(*Facts) {
	return func(f *Facts) { f.Settings[name] = v }
}

// window is one of ten seconds in which counters moved.
func window(moved map[string]int64) func(*Facts) {
	return func(f *Facts) {
		before, now := map[string]int64{}, map[string]int64{}
		for name, d := range moved {
			before[name], now[name] = 1_000_000, 1_000_000+d
		}
		f.Earlier, f.Counters, f.Window = counters(before), counters(now), 10*time.Second
	}
}

// overflowed is a window in which accept queues overflowed, and listeners have dropped
// all of their drops.
func overflowed(n int64) func(*Facts) {
	return func(f *Facts) {
		window(map[string]int64{"TcpExt.ListenOverflows": n})(f)
		f.Before = NewSnapshot()
	}
}

// standing are counters without a window.
func standing(values map[string]int64) func(*Facts) {
	return func(f *Facts) { f.Counters = counters(values) }
}

func counters(values map[string]int64) (list tcp.Counters) {
	for name, v := range values {
		group, name, _ := strings.Cut(name, ".")
		list = append(list, tcp.Counter{Group: group, Name: name, Value: v})
	}
	return list
}
