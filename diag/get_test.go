package diag_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/diag"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// at gives an address of a family by its shape, and a port.
func at(ip netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(ip, port) }

// TestGet looks sockets up that share their ports with others. The library's
// SocketGet dumps all sockets with these ports and returns the first one, or
// fails where there are several: it does not look at addresses.
func TestGet(t *testing.T) {
	const port = 33000 // outside of what nettest gives away
	address := func(s string) netip.Addr { return netip.MustParseAddr(s) }
	listener := nettest.Open(t, nettest.V4)
	listener.BindPort(at(address("127.0.0.1"), port))
	listener.Listen(8)
	clients := map[string]*nettest.Sock{}
	for _, from := range []string{"127.0.0.5", "127.0.0.6", "127.0.0.7"} {
		c := nettest.Open(t, nettest.V4)
		c.BindPort(at(address(from), port+1))
		c.Connect(listener.Local)
		c.Remote = listener.Local
		c.Wait(tcp.Established)
		c.Local = at(address(from), port+1)
		clients[from] = c
	}
	for from, c := range clients {
		server := listener.Accept()
		for _, end := range []*nettest.Sock{c, server} {
			s, err := diag.Get(context.Background(), withInfo, end.Local, end.Remote)
			if err != nil {
				t.Errorf("%s: %v", from, err)
				continue
			}
			if s.Local != end.Local || s.Remote != end.Remote || s.Inode.Or(0) != end.Inode() || s.Info.Size == 0 || s.State != tcp.Established {
				t.Errorf("%v to %v: got %v to %v, %v, inode %v", end.Local, end.Remote, s.Local, s.Remote, s.State, opt(s.Inode))
			}
		}
	}
}

func opt[T any](o tcp.Opt[T]) any {
	if v, ok := o.Get(); ok {
		return v
	}
	return "-"
}

// TestGetScene looks up every socket of the scene, and finds it and no other.
func TestGetScene(t *testing.T) {
	scene := nettest.Build(t)
	for _, st := range scene.Stands {
		q := diag.Query{Info: true, Interface: st.Interface}
		s, err := diag.Get(context.Background(), q, st.Local, st.Remote)
		if st.State == tcp.Bound {
			if !errors.Is(err, unix.ENOENT) {
				t.Errorf("%s: %v, %v", st.Name, s, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v to %v: %v", st.Name, st.Local, st.Remote, err)
			continue
		}
		if s.Family != st.Family || s.Local != st.Local || s.Remote != st.Remote || s.Mini != st.Mini || s.State != st.State {
			t.Errorf("%s: got %v %v %v to %v, mini %v", st.Name, s.Family, s.State, s.Local, s.Remote, s.Mini)
		}
	}
}

// TestGetInterface: a socket that is bound to no device is not found on one, and
// of two listeners with one address each is found by its device.
func TestGetInterface(t *testing.T) {
	const lo = 1
	_, server := nettest.Pair(t)
	s, err := diag.Get(context.Background(), diag.Query{Interface: lo}, server.Local, server.Remote)
	if s != nil || !errors.Is(err, unix.ENOENT) {
		t.Errorf("bound to no device: %v, %v", s, err)
	}
	reuse := nettest.WithInt(unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	anywhere := nettest.Listen(t, nettest.V4, 1, reuse)
	bound := nettest.Open(t, nettest.V4, reuse, nettest.WithDevice("lo"))
	bound.BindPort(anywhere.Local)
	bound.Listen(1)
	for device, l := range []*nettest.Sock{0: anywhere, lo: bound} {
		s, err := diag.Get(context.Background(), diag.Query{Interface: uint32(device)}, l.Local, netip.AddrPort{})
		if err != nil || s.Inode.Or(0) != l.Inode() {
			t.Errorf("device %d: %v, %v", device, s, err)
		}
	}
}

// TestGetMapped: the IPv4 form and the v4-mapped form of an address find the
// same socket, whichever form it has.
func TestGetMapped(t *testing.T) {
	scene := nettest.Build(t)
	server := scene.Stand(t, "dual-stack v4-mapped server")
	client := scene.Stand(t, "dual-stack client")
	for _, st := range []*nettest.Stand{server, client} {
		for _, form := range []func(netip.Addr) netip.Addr{netip.Addr.Unmap, mapped} {
			local := at(form(st.Local.Addr()), st.Local.Port())
			remote := at(form(st.Remote.Addr()), st.Remote.Port())
			s, err := diag.Get(context.Background(), withInfo, local, remote)
			if err != nil {
				t.Errorf("%v to %v: %v", local, remote, err)
			} else if !st.Is(s) {
				t.Errorf("%v to %v: got %v to %v", local, remote, s.Local, s.Remote)
			}
		}
	}
	// One end in each form.
	s, err := diag.Get(context.Background(), withInfo, at(server.Local.Addr().Unmap(), server.Local.Port()), server.Remote)
	if err != nil || !server.Is(s) {
		t.Errorf("mixed forms: %v, %v", s, err)
	}
	s, err = diag.Get(context.Background(), withInfo, server.Local, at(server.Remote.Addr().Unmap(), server.Remote.Port()))
	if err != nil || !server.Is(s) {
		t.Errorf("mixed forms: %v, %v", s, err)
	}
}

func mapped(ip netip.Addr) netip.Addr { return netip.AddrFrom16(ip.As16()) }

// TestGetAbsent: where there is no such socket, the kernel would answer with the
// listener that a SYN reaches.
func TestGetAbsent(t *testing.T) {
	listener := nettest.Listen(t, nettest.V4, 1)
	wildcard := nettest.Listen(t, nettest.Any6, 1, nettest.WithInt(unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0))
	nobody := netip.MustParseAddrPort("127.0.0.9:9")
	for _, test := range []struct {
		name          string
		local, remote netip.AddrPort
	}{
		{"nothing there", nobody, netip.MustParseAddrPort("127.0.0.9:10")},
		{"nothing listens", nobody, netip.AddrPort{}},
		{"a connection of a listener", listener.Local, nobody},
		{"an address that a wildcard covers", at(nettest.V6, wildcard.Local.Port()), netip.AddrPort{}},
		{"the same, IPv4", at(nettest.V4, wildcard.Local.Port()), netip.AddrPort{}},
		{"no address at all", netip.AddrPort{}, netip.AddrPort{}},
	} {
		s, err := diag.Get(context.Background(), withInfo, test.local, test.remote)
		if s != nil || !errors.Is(err, unix.ENOENT) || err.Error() != "sock_diag: get: no such file or directory" {
			t.Errorf("%s: %v, %v", test.name, s, err)
		}
	}
	for _, l := range []*nettest.Sock{listener, wildcard} {
		s, err := diag.Get(context.Background(), withInfo, l.Local, netip.AddrPort{})
		if err != nil || s.State != tcp.Listen || s.Inode.Or(0) != l.Inode() {
			t.Errorf("%v: %v, %v", l.Local, s, err)
		}
	}
}
