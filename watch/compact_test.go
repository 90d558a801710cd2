package watch_test

import (
	"testing"
	"time"
	"unsafe"

	"tcpstat/tcp"
	"tcpstat/watch"
)

// keptSocket has every value of those that are kept of all sockets.
func keptSocket() tcp.Socket {
	return tcp.Socket{
		Family: tcp.IPv6, State: tcp.FinWait2, Mini: true, Local: addrPort("fe80::1", 80), Remote: addrPort("2001:db8::2", 81),
		Interface: tcp.Some[uint32](2), RecvQueue: 3, SendQueue: 4,
		Timer: tcp.Timer{Kind: tcp.KeepaliveTimer, Code: 5, Expires: 6, Retransmits: 7, Probes: 8},
		UID:   tcp.Some[uint32](9), Inode: tcp.Some[uint64](10), Cookie: tcp.Some[uint64](11),
		Shutdown: tcp.Some[uint8](3), CgroupID: tcp.Some[uint64](13),
	}
}

// withAll has besides what is kept of few.
func withAll(change func(*tcp.Socket)) tcp.Socket {
	s := keptSocket()
	s.RTO, s.Memory, s.Congestion = tcp.Some(time.Second), tcp.Some(tcp.Memory{ReceiveBuffer: 14}), "cubic"
	s.Info.SetBytes(make([]byte, 8))
	change(&s)
	return s
}

func TestCompact(t *testing.T) {
	zeros := keptSocket()
	zeros.Interface, zeros.UID, zeros.Inode = tcp.Some[uint32](0), tcp.Some[uint32](0), tcp.Some[uint64](0)
	zeros.Shutdown, zeros.CgroupID = tcp.Some[uint8](0), tcp.Some[uint64](0)
	for name, s := range map[string]tcp.Socket{
		"nothing known": {Family: tcp.IPv4, State: tcp.Established},
		"all known":     keptSocket(),
		"known to be 0": zeros,
		"retransmits":   withAll(func(s *tcp.Socket) { s.Timer.Kind = tcp.RetransmitTimer }),
		"probes":        withAll(func(s *tcp.Socket) { s.Timer.Kind = tcp.WindowProbe }),
		"backlog":       withAll(func(s *tcp.Socket) { s.Backlog.Limit = tcp.Some[uint32](0) }),
		"dual-stack":    withAll(func(s *tcp.Socket) { s.V6Only = tcp.Some(false) }),
	} {
		var kept watch.Compact
		kept.Keep(&s)
		if got := kept.Socket(); got != s {
			t.Errorf("%s: %+v, and not %+v", name, got, s)
		}
		if kept.Cookie() != s.Cookie || kept.Inode() != s.Inode || kept.Mini() != s.Mini {
			t.Errorf("%s: cookie %v, inode %v, mini %v", name, kept.Cookie(), kept.Inode(), kept.Mini())
		}
	}
	s := withAll(func(*tcp.Socket) {})
	var kept watch.Compact
	kept.Keep(&s)
	if got := kept.Socket(); got != keptSocket() {
		t.Errorf("of most this is kept: %+v", got)
	}
	if size := unsafe.Sizeof(kept); size > unsafe.Sizeof(s)/4 {
		t.Errorf("%d bytes, and the socket has %d", size, unsafe.Sizeof(s))
	}
}
