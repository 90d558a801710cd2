package nettest

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

const lo = 1 // index of the loopback device in every namespace

func makeIPv6(b *builder) {
	if !hasIPv6() {
		b.missing("no IPv6 on lo")
		return
	}
	listener := Listen(b.t, V6, 1)
	client, server := listener.Pair()
	b.stand("", client, established(active))
	b.stand("server", server, established(passive))
	b.stand("listener", listener, listening6(1, true)) // bind() to one address makes it so
}

// listening6 is what is true about an IPv6 listener.
func listening6(backlog uint32, v6only bool) Stand {
	st := listening(backlog)
	st.V6Only = tcp.Some(v6only)
	return st
}

// An IPv4 client of a dual-stack listener: its server end is an IPv6 socket
// with v4-mapped addresses.
func makeDualStack(b *builder) {
	if !hasIPv6() {
		b.missing("no IPv6 on lo")
		return
	}
	listener := Listen(b.t, Any6, 1, WithInt(unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0))
	to := netip.AddrPortFrom(V4, listener.Local.Port())
	client := Connect(b.t, to)
	server := listener.Accept()
	b.stand("", listener, listening6(1, false))
	b.stand("client", client, established(active))
	b.stand("v4-mapped server", server, established(passive))

	mapped := Connect(b.t, netip.AddrPortFrom(Mapped, to.Port()))
	b.stand("v4-mapped client", mapped, established(active))
	b.stand("v4-mapped server of v4-mapped client", listener.Accept(), established(passive))

	deaf := Connect(b.t, to, IsDeaf)
	half := &Sock{FD: -1, Family: tcp.IPv6, Local: server.Local, Remote: mappedPort(deaf.Local)}
	b.stand("v4-mapped SYN_RECV", half, Stand{
		State: tcp.SynRecv, Mini: true, Timer: retransmit,
		Ownership: tcp.OwnedByKernel, Opener: passive, Closer: none,
	})
	b.stand("v4-mapped SYN_RECV client", deaf, synSent)
}

func mappedPort(at netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(at.Addr().As16()), at.Port())
}

func makeV6Only(b *builder) {
	if !hasIPv6() {
		b.missing("no IPv6 on lo")
		return
	}
	listener := Listen(b.t, Any6, 1, WithInt(unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1))
	b.stand("", listener, listening6(1, true))
}

// The server's end inherits the device, the client's has none.
func makeDeviceBound(b *builder) {
	listener := Listen(b.t, V4, 1, WithDevice("lo"))
	client, server := listener.Pair()
	st := listening(1)
	st.Interface = lo
	b.stand("", listener, st)
	st = established(passive)
	st.Interface = lo
	b.stand("server", server, st)
	b.stand("client", client, established(active))
}

func makeReusePort(b *builder) {
	at := netip.AddrPortFrom(V4, nextPort())
	for _, nth := range []string{"", "second", "third"} {
		s := Open(b.t, V4, WithInt(unix.SOL_SOCKET, unix.SO_REUSEPORT, 1))
		s.BindPort(at)
		s.Listen(1)
		b.stand(nth, s, listening(1))
	}
}

// crossed makes two sockets of which each connects to the other's port. The
// first is deaf while nobody is at the other port, whose RST it would hear.
func crossed(b *builder, options ...Option) (first, second *Sock) {
	first, second = Open(b.t, V4, IsDeaf), Open(b.t, V4, options...)
	first.Bind(V4)
	second.Bind(V4)
	first.Connect(second.Local)
	Hear(b.t, first.FD)
	second.Connect(first.Local)
	return first, second
}

func makeSimultaneousOpen(b *builder) {
	first, second := crossed(b)
	b.stand("", first, established(unknown))
	b.stand("second", second, established(unknown))
}

// The second loses the SYN+ACK. The first is a full socket in SYN_RECV.
func makeSimultaneousSynRecv(b *builder) {
	first, second := crossed(b, IsDeaf)
	b.stand("", first, Stand{
		State: tcp.SynRecv, SendQueue: 1, Timer: retransmit, Opener: unknown, Closer: none,
	})
	b.stand("second", second, synSent)
}

// The client is ESTABLISHED, and the server waits for its data in SYN_RECV.
func makeDeferAccept(b *builder) {
	listener := Listen(b.t, V4, 1, WithInt(unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 60))
	client := Connect(b.t, listener.Local)
	b.stand("client", client, established(active))
	b.stand("", client.peer(), Stand{
		State: tcp.SynRecv, Mini: true, Timer: retransmit,
		Ownership: tcp.OwnedByKernel, Opener: passive, Closer: none,
	})
	b.stand("listener", listener, listening(1))
}

// The queue holds one more than its limit. The next SYN is lost.
func makeFullQueue(b *builder) {
	listener := Listen(b.t, V4, 1)
	for _, nth := range []string{"first", "second"} {
		client := Connect(b.t, listener.Local)
		b.stand(nth+" client", client, established(active))
		b.stand(nth, client.peer(), unaccepted)
	}
	b.stand("refused client", Connect(b.t, listener.Local), synSent)
	b.stand("", listener, holding(2, 1))
}

// The rows are those of the subflows. Here they carry inode and owner of the
// MPTCP socket, on older kernels neither.
func makeMPTCP(b *builder) {
	if err := hasMPTCP(); err != nil {
		b.missing(err.Error())
		return
	}
	listener := openProto(b.t, V4, unix.IPPROTO_MPTCP)
	listener.Bind(V4)
	listener.Listen(1)
	client := openProto(b.t, V4, unix.IPPROTO_MPTCP)
	client.Connect(listener.Local)
	server := listener.Accept()
	b.stand("", client, established(active))
	b.stand("server", server, established(passive))
	b.stand("listener", listener, listening(1))
}

// hasMPTCP tells whether the kernel has MPTCP and shows owners of subflows.
func hasMPTCP() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_MPTCP)
	if err != nil {
		return fmt.Errorf("IPPROTO_MPTCP: %w", err)
	}
	defer unix.Close(fd)
	if err := unix.Listen(fd, 1); err != nil { // on any free port
		return fmt.Errorf("IPPROTO_MPTCP: listen: %w", err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return err
	}
	all, err := rows(tcp.IPv4)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.state == tcp.Listen && r.local == addrPort(sa) && r.inode != 0 {
			return nil
		}
	}
	return errors.New("the kernel does not show the inodes of MPTCP subflows")
}

func hasIPv6() bool {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Bind(fd, &unix.SockaddrInet6{Addr: V6.As16()}) == nil
}
