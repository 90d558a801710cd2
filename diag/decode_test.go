package diag

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// diffSockets compares sockets field by field, absent fields included.
func diffSockets(want, got any) string {
	all := cmp.Exporter(func(reflect.Type) bool { return true })
	return cmp.Diff(want, got, all, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }))
}

// TestSSDump decodes the file that iproute2 tests its filters with. ss shows the
// first half of it.
func TestSSDump(t *testing.T) {
	dump, seq := readRecording(t, "testdata/ss1.dump")
	w := &walk{query: everything}
	var got []tcp.Socket
	w.yield = func(s *tcp.Socket, err error) bool {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, *s)
		return true
	}
	// Its first dump ends after four sockets.
	const v4 = 4*96 + 20
	for _, datagram := range [][]byte{dump[:v4], dump[v4:]} {
		if done, err := w.datagram(datagram, seq); !done || err != nil {
			t.Errorf("done %v, %v", done, err)
		}
	}

	at := netip.MustParseAddrPort
	keepalive := func(ms time.Duration) tcp.Timer {
		return tcp.Timer{Kind: tcp.KeepaliveTimer, Code: 2, Expires: ms * time.Millisecond}
	}
	none, open := tcp.Some[uint32](0), tcp.Some[uint8](0)
	want := []tcp.Socket{
		{
			Family: tcp.IPv4, State: tcp.Listen, Local: at("0.0.0.0:22"), Interface: none, UID: none,
			Backlog: tcp.Backlog{Limit: tcp.Some[uint32](128)},
			Inode:   tcp.Some[uint64](411), Cookie: tcp.Some[uint64](3), Shutdown: open,
		},
		{
			Family: tcp.IPv4, State: tcp.Established, Local: at("10.0.0.1:22"), Remote: at("10.0.0.1:36266"),
			Timer: keepalive(7180950), Interface: none, UID: none,
			Inode: tcp.Some[uint64](15840), Cookie: tcp.Some[uint64](6), Shutdown: open,
		},
		{
			Family: tcp.IPv4, State: tcp.Established, Local: at("10.0.0.1:36266"), Remote: at("10.0.0.1:22"),
			Timer: keepalive(7180937), Interface: none, UID: tcp.Some[uint32](1000),
			Inode: tcp.Some[uint64](15057), Cookie: tcp.Some[uint64](7), Shutdown: open,
		},
		{
			Family: tcp.IPv4, State: tcp.Established, Local: at("10.0.0.1:22"), Remote: at("10.0.0.2:50312"),
			Timer: keepalive(7153358), Interface: none, UID: none,
			Inode: tcp.Some[uint64](15834), Cookie: tcp.Some[uint64](5), Shutdown: open,
		},
		{
			Family: tcp.IPv6, State: tcp.Listen, Local: at("[::]:22"), Interface: none, UID: none,
			Backlog: tcp.Backlog{Limit: tcp.Some[uint32](128)}, V6Only: tcp.Some(true),
			Inode: tcp.Some[uint64](413), Cookie: tcp.Some[uint64](4), Shutdown: open,
		},
		{
			Family: tcp.IPv6, State: tcp.Established, Local: at("[fec0:42::24]:40520"), Remote: at("[fec0:42::1]:22"),
			Timer: keepalive(6577864), Interface: none, UID: tcp.Some[uint32](1000),
			Inode: tcp.Some[uint64](1647), Cookie: tcp.Some[uint64](1), Shutdown: open,
		},
		{
			Family: tcp.IPv6, State: tcp.Established, Local: at("[fec0:42::24]:22"), Remote: at("[fec0:42::1]:44248"),
			Timer: keepalive(6576980), Interface: none, UID: none,
			Inode: tcp.Some[uint64](14185), Cookie: tcp.Some[uint64](2), Shutdown: open,
		},
	}
	if diff := diffSockets(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// inetDiagMsg builds a struct inet_diag_msg.
type inetDiagMsg struct {
	state, timer, retrans              uint8
	local, remote                      netip.AddrPort
	device                             uint32
	cookie                             [2]uint32
	expires, receive, send, uid, inode uint32
}

func (m inetDiagMsg) bytes(attributes ...[]byte) []byte {
	b := make([]byte, sizeofInetDiagMsg)
	b[0], b[1], b[2], b[3] = unix.AF_INET, m.state, m.timer, m.retrans
	if m.local.Addr().Is6() {
		b[0] = unix.AF_INET6
	}
	binary.BigEndian.PutUint16(b[4:], m.local.Port())
	binary.BigEndian.PutUint16(b[6:], m.remote.Port())
	copy(b[8:24], m.local.Addr().AsSlice())
	copy(b[24:40], m.remote.Addr().AsSlice())
	for i, word := range []uint32{m.device, m.cookie[0], m.cookie[1], m.expires, m.receive, m.send, m.uid, m.inode} {
		binary.NativeEndian.PutUint32(b[40+4*i:], word)
	}
	return append(b, slices.Concat(attributes...)...)
}

// attribute builds a netlink attribute and its padding.
func attribute(kind uint16, value ...byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(unix.SizeofRtAttr+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	return append(b, make([]byte, align4(len(b))-len(b))...)
}

func words(values ...uint32) (b []byte) {
	for _, v := range values {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return b
}

var (
	localV4, remoteV4 = netip.MustParseAddrPort("192.0.2.1:80"), netip.MustParseAddrPort("198.51.100.7:50000")
	localV6           = netip.MustParseAddrPort("[2001:db8::1]:80")
	mappedLocal       = netip.MustParseAddrPort("[::ffff:192.0.2.1]:80")
	mappedRemote      = netip.MustParseAddrPort("[::ffff:198.51.100.7]:50000")
	nowhere4          = netip.MustParseAddrPort("0.0.0.0:0")
	fullShutdown      = attribute(attrShutdown, 0)
)

// TestShapes holds what is absent and what is present in each shape of message.
func TestShapes(t *testing.T) {
	none, present := tcp.Some[uint32](0), tcp.Some[uint8](0)
	for _, test := range []struct {
		name    string
		message []byte
		want    tcp.Socket
	}{
		{
			"TIME_WAIT",
			inetDiagMsg{state: 6, timer: 3, local: localV4, remote: remoteV4, expires: 59904, cookie: [2]uint32{2, 1}}.bytes(),
			tcp.Socket{
				State: tcp.TimeWait, Mini: true, Local: localV4, Remote: remoteV4,
				Interface: none, Cookie: tcp.Some[uint64](1<<32 | 2),
				Timer: tcp.Timer{Kind: tcp.TimeWaitTimer, Code: 3, Expires: 59904 * time.Millisecond},
			},
		},
		{
			"FIN_WAIT2 mini",
			inetDiagMsg{state: 5, timer: 3, local: localV4, remote: remoteV4, expires: 1}.bytes(),
			tcp.Socket{
				State: tcp.FinWait2, Mini: true, Local: localV4, Remote: remoteV4,
				Interface: none, Cookie: tcp.Some[uint64](0),
				Timer: tcp.Timer{Kind: tcp.FinWait2Timer, Code: 3, Expires: time.Millisecond},
			},
		},
		{
			"FIN_WAIT2 orphan",
			inetDiagMsg{state: 5, timer: 2, local: localV4, remote: remoteV4, expires: 1000, retrans: 9}.bytes(attribute(attrShutdown, 3)),
			tcp.Socket{
				State: tcp.FinWait2, Local: localV4, Remote: remoteV4,
				Interface: none, Cookie: tcp.Some[uint64](0), UID: none, Inode: tcp.Some[uint64](0), Shutdown: tcp.Some[uint8](3),
				Timer: tcp.Timer{Kind: tcp.FinWait2Timer, Code: 2, Expires: time.Second},
			},
		},
		{
			"FIN_WAIT2 owned, keepalive",
			inetDiagMsg{state: 5, timer: 2, local: localV4, remote: remoteV4, expires: 1000, retrans: 2, inode: 7}.bytes(attribute(attrShutdown, 2)),
			tcp.Socket{
				State: tcp.FinWait2, Local: localV4, Remote: remoteV4,
				Interface: none, Cookie: tcp.Some[uint64](0), UID: none, Inode: tcp.Some[uint64](7), Shutdown: tcp.Some[uint8](2),
				Timer: tcp.Timer{Kind: tcp.KeepaliveTimer, Code: 2, Expires: time.Second, Probes: 2},
			},
		},
		{
			"SYN_RECV mini",
			inetDiagMsg{state: 3, timer: 1, local: mappedLocal, remote: mappedRemote, expires: 824, retrans: 2}.bytes(),
			tcp.Socket{
				Family: tcp.IPv6, State: tcp.SynRecv, Mini: true, Local: mappedLocal, Remote: mappedRemote,
				Interface: none, Cookie: tcp.Some[uint64](0),
				Timer: tcp.Timer{Kind: tcp.RetransmitTimer, Code: 1, Expires: 824 * time.Millisecond, Retransmits: 2},
			},
		},
		{
			"SYN_RECV of a simultaneous open",
			inetDiagMsg{state: 3, timer: 1, local: localV4, remote: remoteV4, send: 1, inode: 7, uid: 1000}.bytes(fullShutdown),
			tcp.Socket{
				State: tcp.SynRecv, Local: localV4, Remote: remoteV4, SendQueue: 1,
				Interface: none, Cookie: tcp.Some[uint64](0), UID: tcp.Some[uint32](1000), Inode: tcp.Some[uint64](7), Shutdown: present,
				Timer: tcp.Timer{Kind: tcp.RetransmitTimer, Code: 1},
			},
		},
		{
			"BOUND",
			inetDiagMsg{state: 7, local: localV4, remote: nowhere4, inode: 7}.bytes(fullShutdown),
			tcp.Socket{
				State: tcp.Bound, Local: localV4,
				Interface: none, Cookie: tcp.Some[uint64](0), UID: none, Inode: tcp.Some[uint64](7), Shutdown: present,
			},
		},
		{
			"CLOSE",
			inetDiagMsg{state: 7, local: localV4, remote: remoteV4}.bytes(fullShutdown),
			tcp.Socket{
				State: tcp.Close, Local: localV4, Remote: remoteV4,
				Interface: none, Cookie: tcp.Some[uint64](0), UID: none, Inode: tcp.Some[uint64](0), Shutdown: present,
			},
		},
		{
			"LISTEN with drops",
			inetDiagMsg{state: 10, local: localV6, remote: netip.MustParseAddrPort("[::]:0"), receive: 498, send: 511, inode: 7, device: 3}.bytes(
				fullShutdown, attribute(attrSkMemInfo, words(1, 2, 3, 4, 5, 6, 7, 8, 16)...), attribute(attrV6Only, 0)),
			tcp.Socket{
				Family: tcp.IPv6, State: tcp.Listen, Local: localV6, V6Only: tcp.Some(false),
				Backlog:   tcp.Backlog{Used: 498, Limit: tcp.Some[uint32](511), Drops: tcp.Some[uint32](16)},
				Interface: tcp.Some[uint32](3), Cookie: tcp.Some[uint64](0), UID: none, Inode: tcp.Some[uint64](7), Shutdown: present,
				Memory: tcp.Some(tcp.Memory{
					ReceiveAllocated: 1, ReceiveBuffer: 2, SendAllocated: 3, SendBuffer: 4,
					ForwardAllocated: 5, SendQueued: 6, Options: 7, Backlog: 8, Drops: tcp.Some[uint32](16),
				}),
			},
		},
		{
			"LISTEN of a kernel without drops",
			inetDiagMsg{state: 10, local: localV4, remote: nowhere4, send: 128, inode: 7}.bytes(
				fullShutdown, attribute(attrSkMemInfo, words(0, 0, 0, 0, 0, 0, 0, 0)...)),
			tcp.Socket{
				State: tcp.Listen, Local: localV4, Backlog: tcp.Backlog{Limit: tcp.Some[uint32](128)},
				Interface: none, Cookie: tcp.Some[uint64](0), UID: none, Inode: tcp.Some[uint64](7), Shutdown: present,
				Memory: tcp.Some(tcp.Memory{}),
			},
		},
		{
			"window probe, every other attribute",
			inetDiagMsg{state: 1, timer: 4, local: localV4, remote: remoteV4, retrans: 3, inode: 7, receive: 5, send: 6}.bytes(
				attribute(attrShutdown, 1), attribute(attrCong, []byte("cubic\x00")...),
				attribute(attrCgroupID, words(9, 0)...), attribute(99, 1, 2, 3)),
			tcp.Socket{
				State: tcp.Established, Local: localV4, Remote: remoteV4, RecvQueue: 5, SendQueue: 6,
				Interface: none, Cookie: tcp.Some[uint64](0), UID: none, Inode: tcp.Some[uint64](7), Shutdown: tcp.Some[uint8](1),
				Congestion: "cubic", CgroupID: tcp.Some(uint64(binary.NativeEndian.Uint64(words(9, 0)))),
				Timer: tcp.Timer{Kind: tcp.WindowProbe, Code: 4, Probes: 3},
			},
		},
		{
			"delayed ACK, which counts nothing",
			inetDiagMsg{state: 1, timer: 5, local: localV4, remote: remoteV4, retrans: 3, inode: 7, expires: 40}.bytes(fullShutdown),
			tcp.Socket{
				State: tcp.Established, Local: localV4, Remote: remoteV4,
				Interface: none, Cookie: tcp.Some[uint64](0), UID: none, Inode: tcp.Some[uint64](7), Shutdown: present,
				Timer: tcp.Timer{Kind: tcp.DelayedAckTimer, Code: 5, Expires: 40 * time.Millisecond},
			},
		},
		{
			"a state and a timer that nobody knows yet",
			inetDiagMsg{state: 14, timer: 200, local: localV4, remote: remoteV4, inode: 7}.bytes(fullShutdown),
			tcp.Socket{
				State: 14, Local: localV4, Remote: remoteV4,
				Interface: none, Cookie: tcp.Some[uint64](0), UID: none, Inode: tcp.Some[uint64](7), Shutdown: present,
				Timer: tcp.Timer{Kind: tcp.UnknownTimer, Code: 200},
			},
		},
		{
			"overdue timer of a kernel that wraps around",
			inetDiagMsg{state: 1, timer: 1, local: localV4, remote: remoteV4, inode: 7, expires: ^uint32(3)}.bytes(fullShutdown),
			tcp.Socket{
				State: tcp.Established, Local: localV4, Remote: remoteV4,
				Interface: none, Cookie: tcp.Some[uint64](0), UID: none, Inode: tcp.Some[uint64](7), Shutdown: present,
				Timer: tcp.Timer{Kind: tcp.RetransmitTimer, Code: 1},
			},
		},
	} {
		if test.want.Family == 0 {
			test.want.Family = tcp.IPv4
		}
		// What the decoder held before must not show through.
		d := decoder{socket: tcp.Socket{Congestion: "stale", RecvQueue: 1, Mini: true, V6Only: tcp.Some(true)}}
		got, err := d.decode(test.message)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := diffSockets(test.want, *got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestAttributeLengths cuts every attribute short, lets it claim more than there
// is, and less than its own header. A short one is absent, an absurd one ends
// the attributes, and what was read before stays.
func TestAttributeLengths(t *testing.T) {
	whole := map[uint16][]byte{
		attrInfo: make([]byte, 280), attrCong: []byte("bbr\x00"), attrSkMemInfo: make([]byte, 36),
		attrShutdown: {2}, attrV6Only: {1}, attrCgroupID: make([]byte, 8),
	}
	present := func(s *tcp.Socket, kind uint16) bool {
		switch kind {
		case attrInfo:
			return s.Info.Size != 0
		case attrCong:
			return s.Congestion != ""
		case attrSkMemInfo:
			return s.Memory != tcp.Opt[tcp.Memory]{}
		case attrShutdown:
			return s.Shutdown != tcp.Opt[uint8]{}
		case attrV6Only:
			return s.V6Only != tcp.Opt[bool]{}
		}
		return s.CgroupID != tcp.Opt[uint64]{}
	}
	least := map[uint16]int{attrInfo: 1, attrCong: 1, attrSkMemInfo: 32, attrShutdown: 1, attrV6Only: 1, attrCgroupID: 8}
	for kind, value := range whole {
		for n := range len(value) + 1 {
			var d decoder
			s, err := d.decode(inetDiagMsg{state: 1}.bytes(attribute(kind, value[:n]...)))
			if err != nil {
				t.Fatal(err)
			}
			if got := present(s, kind); got != (n >= least[kind]) {
				t.Errorf("attribute %d of %d bytes: present %v", kind, n, got)
			}
		}
	}
	for _, length := range []uint16{0, 1, 2, 3, 10, 65535} {
		absurd := attribute(attrCong, 'x')
		binary.NativeEndian.PutUint16(absurd, length)
		var d decoder
		s, err := d.decode(inetDiagMsg{state: 1}.bytes(attribute(attrShutdown, 3), absurd))
		if err != nil || s.Congestion != "" || s.Shutdown != tcp.Some[uint8](3) {
			t.Errorf("attribute of length %d: %v, congestion %q, shutdown %s", length, err, s.Congestion, opt(s.Shutdown))
		}
	}
}

func TestShortMessage(t *testing.T) {
	var d decoder
	for n := range sizeofInetDiagMsg {
		s, err := d.decode(make([]byte, n))
		want := fmt.Sprintf("sock_diag: socket message of %d bytes, want at least 72", n)
		if s != nil || err == nil || err.Error() != want {
			t.Errorf("%d bytes: %v, %v, want %s", n, s, err, want)
		}
	}
}

// TestNoAllocation holds the promise of a stream: nothing is allocated per
// socket.
func TestNoAllocation(t *testing.T) {
	const sockets = 1000
	datagrams, seq := repeatRecorded(t, sockets)
	seen := 0
	w := &walk{query: everything, yield: func(*tcp.Socket, error) bool { seen++; return true }}
	allocations := testing.AllocsPerRun(10, func() {
		for _, d := range datagrams {
			if _, err := w.datagram(d, seq); err != nil {
				t.Fatal(err)
			}
		}
	})
	if seen != 11*sockets || allocations != 0 {
		t.Errorf("%v allocations for %d sockets", allocations, seen/11)
	}
}

// BenchmarkDecode decodes dumps of full sockets with all their attributes.
func BenchmarkDecode(b *testing.B) {
	for _, sockets := range []int{10, 1_000, 100_000} {
		b.Run(fmt.Sprint(sockets), func(b *testing.B) {
			datagrams, seq := repeatRecorded(b, sockets)
			w := &walk{query: everything, yield: func(*tcp.Socket, error) bool { return true }}
			b.ReportAllocs()
			for b.Loop() {
				for _, d := range datagrams {
					if _, err := w.datagram(d, seq); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*sockets), "ns/socket")
		})
	}
}

// repeatRecorded fills datagrams, as the kernel does, with the recorded sockets
// of IPv4 over and over again.
func repeatRecorded(t testing.TB, sockets int) (datagrams [][]byte, seq uint32) {
	t.Helper()
	const full = 32 << 10
	dump, seq := readRecording(t, recordings[tcp.IPv4]+".bin")
	messages := split(t, dump)
	messages = messages[:len(messages)-1] // NLMSG_DONE
	var datagram []byte
	for i := range sockets {
		m := messages[i%len(messages)]
		if len(datagram)+len(m) > full {
			datagrams, datagram = append(datagrams, datagram), nil
		}
		datagram = append(datagram, m...)
	}
	return append(datagrams, datagram), seq
}
