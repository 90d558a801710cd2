package nettest

import (
	"fmt"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// patience is how long a condition of the kernel is waited for. Loopback needs
// microseconds; the rest is for a busy machine.
const patience = time.Minute

// Loopback addresses of the scenes.
var (
	V4     = netip.MustParseAddr("127.0.0.1")
	V6     = netip.MustParseAddr("::1")
	Mapped = netip.MustParseAddr("::ffff:127.0.0.1")
	Any6   = netip.MustParseAddr("::")
)

// Sock is one TCP socket, held through a non-blocking descriptor of this
// process until Close or the end of the test, which aborts the connection.
type Sock struct {
	FD     int // -1 once closed
	Family tcp.Family

	// Local and Remote keep their values after Close. Remote is not valid before
	// Connect.
	Local, Remote netip.AddrPort

	t testing.TB
}

// Option sets up a socket before it is bound.
type Option func(s *Sock)

// WithInt sets a socket option that is a number.
func WithInt(level, name, value int) Option {
	return func(s *Sock) { s.SetInt(level, name, value) }
}

// WithDevice binds a socket to a network device (SO_BINDTODEVICE).
func WithDevice(name string) Option {
	return func(s *Sock) {
		s.t.Helper()
		s.must("SO_BINDTODEVICE", unix.BindToDevice(s.FD, name))
	}
}

// IsDeaf makes a socket deaf from the beginning, see [Deafen].
func IsDeaf(s *Sock) {
	s.t.Helper()
	Deafen(s.t, s.FD)
}

// Open makes a socket that is neither bound nor connected: an IPv6 socket for
// an IPv6 or v4-mapped address.
func Open(t testing.TB, ip netip.Addr, options ...Option) *Sock {
	t.Helper()
	Need(t)
	return openProto(t, ip, unix.IPPROTO_TCP, options...)
}

func openProto(t testing.TB, ip netip.Addr, proto int, options ...Option) *Sock {
	t.Helper()
	domain, family := unix.AF_INET, tcp.IPv4
	if !ip.Is4() {
		domain, family = unix.AF_INET6, tcp.IPv6
	}
	fd, err := unix.Socket(domain, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, proto)
	if err != nil {
		t.Fatalf("nettest: socket: %v", err)
	}
	s := hand(t, &Sock{FD: fd, Family: family})
	for _, option := range options {
		option(s)
	}
	return s
}

// hand leaves a socket to the test's cleanup.
func hand(t testing.TB, s *Sock) *Sock {
	s.t = t
	t.Cleanup(s.abort)
	return s
}

// abort closes the socket with a RST to its peer, which ends that one too, in
// whatever state it is.
func (s *Sock) abort() {
	if s.FD < 0 {
		return
	}
	_ = unix.SetsockoptInt(s.FD, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0) // ENOENT: was not deaf
	_ = unix.SetsockoptLinger(s.FD, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	s.Close()
}

// firstPort and lastPort are the ports that sockets are bound to: below the
// default ip_local_port_range, so that no connection picks one of them.
const firstPort, lastPort = 10000, 32767

var portsUsed atomic.Uint32

func nextPort() uint16 {
	return uint16(firstPort + (portsUsed.Add(1)-1)%(lastPort-firstPort+1))
}

// Bind binds the socket to an address and a port that no other socket of the
// process was given.
func (s *Sock) Bind(ip netip.Addr) {
	s.t.Helper()
	s.BindPort(netip.AddrPortFrom(ip, nextPort()))
}

// BindPort binds the socket to an address and port.
func (s *Sock) BindPort(at netip.AddrPort) {
	s.t.Helper()
	s.SetInt(unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	s.must("bind", unix.Bind(s.FD, s.sockaddr(at)))
	s.Local = at
}

// Listen makes a listener on a port of its own.
func Listen(t testing.TB, ip netip.Addr, backlog int, options ...Option) *Sock {
	t.Helper()
	s := Open(t, ip, options...)
	s.Bind(ip)
	s.Listen(backlog)
	return s
}

// Listen turns a bound socket into a listener.
func (s *Sock) Listen(backlog int) {
	s.t.Helper()
	s.must("listen", unix.Listen(s.FD, backlog))
}

// Connect begins a connection from a port of ip_local_port_range. It does not
// wait for the answer, see [Sock.Wait].
func Connect(t testing.TB, to netip.AddrPort, options ...Option) *Sock {
	t.Helper()
	s := Open(t, to.Addr(), options...)
	s.Connect(to)
	return s
}

// Connect begins a connection and does not wait for the answer.
func (s *Sock) Connect(to netip.AddrPort) {
	s.t.Helper()
	if err := unix.Connect(s.FD, s.sockaddr(to)); err != unix.EINPROGRESS {
		s.must("connect", err)
	}
	local, err := unix.Getsockname(s.FD)
	s.must("getsockname", err)
	s.Local, s.Remote = addrPort(local), to
}

// Accept waits for a connection and takes it from the accept queue.
func (s *Sock) Accept() *Sock {
	s.t.Helper()
	s.waitReadable()
	fd, remote, err := unix.Accept4(s.FD, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	s.must("accept", err)
	local, err := unix.Getsockname(fd)
	s.must("getsockname", err)
	return hand(s.t, &Sock{FD: fd, Family: s.Family, Local: addrPort(local), Remote: addrPort(remote)})
}

// Pair makes an established connection over IPv4 and its listener, which stays
// open. The options are the client's.
func Pair(t testing.TB, options ...Option) (client, server *Sock) {
	t.Helper()
	return Listen(t, V4, 1).Pair(options...)
}

// Pair makes an established connection to a listener.
func (s *Sock) Pair(options ...Option) (client, server *Sock) {
	s.t.Helper()
	client = Connect(s.t, s.Local, options...)
	server = s.Accept()
	client.Wait(tcp.Established)
	return client, server
}

// Close closes the socket as a program does.
func (s *Sock) Close() {
	s.t.Helper()
	fd := s.FD
	s.FD = -1
	s.must("close", unix.Close(fd))
}

// Shutdown ends what this side sends (SHUT_WR): a half-close.
func (s *Sock) Shutdown() {
	s.t.Helper()
	s.must("shutdown", unix.Shutdown(s.FD, unix.SHUT_WR))
}

// Abandon closes the socket in two steps, so that it ends as a FIN_WAIT2
// mini-socket. Where the peer's ACK meets a close() that is still under way the
// kernel keeps the whole socket instead, for tcp_fin_timeout
// (tcp_rcv_state_process() in net/ipv4/tcp_input.c).
func (s *Sock) Abandon() {
	s.t.Helper()
	s.Shutdown()
	s.Wait(tcp.FinWait2)
	s.Close()
}

// Send writes n bytes.
func (s *Sock) Send(n int) {
	s.t.Helper()
	_, err := unix.Write(s.FD, make([]byte, n))
	s.must("write", err)
}

// Fill writes until the kernel takes no more.
func (s *Sock) Fill() {
	s.t.Helper()
	chunk := make([]byte, 4096)
	for {
		_, err := unix.Write(s.FD, chunk)
		if err == unix.EAGAIN {
			return
		}
		s.must("write", err)
	}
}

// ReadEOF reads up to the end of what the peer sent.
func (s *Sock) ReadEOF() {
	s.t.Helper()
	buffer := make([]byte, 4096)
	for {
		s.waitReadable()
		n, err := unix.Read(s.FD, buffer)
		s.must("read", err)
		if n == 0 {
			return
		}
	}
}

// ReadSome waits for data and reads some.
func (s *Sock) ReadSome() {
	s.t.Helper()
	s.waitReadable()
	_, err := unix.Read(s.FD, make([]byte, 4096))
	s.must("read", err)
}

// HasUnread is a condition for [Poll]: data has come that nobody has read.
func (s *Sock) HasUnread() error {
	if s.queued(unix.SIOCINQ) == 0 {
		return fmt.Errorf("nothing has come for %v", s.Local)
	}
	return nil
}

// SetInt sets a socket option that is a number.
func (s *Sock) SetInt(level, name, value int) {
	s.t.Helper()
	s.must("setsockopt", unix.SetsockoptInt(s.FD, level, name, value))
}

// Inode gives the number that names the socket in /proc/PID/fd.
func (s *Sock) Inode() uint64 {
	s.t.Helper()
	var st unix.Stat_t
	s.must("fstat", unix.Fstat(s.FD, &st))
	return st.Ino
}

// Info reads tcp_info.
func (s *Sock) Info() *unix.TCPInfo {
	s.t.Helper()
	info, err := unix.GetsockoptTCPInfo(s.FD, unix.IPPROTO_TCP, unix.TCP_INFO)
	s.must("TCP_INFO", err)
	return info
}

// Wait waits until the socket is in a state.
func (s *Sock) Wait(state tcp.State) {
	s.t.Helper()
	Poll(s.t, func() error {
		if now := tcp.State(s.Info().State); now != state {
			return fmt.Errorf("%v to %v is %v, not %v", s.Local, s.Remote, now, state)
		}
		return nil
	})
}

// Poll waits until a condition of the kernel holds, which is when it returns no
// error. It fails the test with the last error after a minute.
func Poll(t testing.TB, condition func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := condition()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("nettest: waited %v: %v", patience, err)
		}
		time.Sleep(time.Millisecond)
	}
}

// Deafen makes a socket lose every segment that is sent to it from now on,
// before it changes anything and without an answer (SO_ATTACH_FILTER with a
// filter that drops all). On a listener it drops SYNs. Needs CAP_NET_ADMIN,
// which the namespace gives.
func Deafen(t testing.TB, fd int) {
	t.Helper()
	drop := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0}
	err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &drop})
	if err != nil {
		t.Fatalf("nettest: SO_ATTACH_FILTER: %v", err)
	}
}

// Hear ends what Deafen began.
func Hear(t testing.TB, fd int) {
	t.Helper()
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0); err != nil {
		t.Fatalf("nettest: SO_DETACH_FILTER: %v", err)
	}
}

// Sysctl gives net.ipv4.name of the namespace another value until the test
// ends. Most settings count from the next timer on, a few for new sockets only.
func Sysctl(t testing.TB, name, value string) {
	t.Helper()
	Need(t)
	path := "/proc/sys/net/ipv4/" + name
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("nettest: %v", err)
	}
	if err := os.WriteFile(path, []byte(value), 0); err != nil {
		skip(t, fmt.Errorf("%w; to allow it: mount -o remount,rw /proc/sys", err))
	}
	t.Cleanup(func() {
		if err := os.WriteFile(path, before, 0); err != nil {
			t.Errorf("nettest: %v", err)
		}
	})
}

func (s *Sock) waitReadable() {
	s.t.Helper()
	fds := []unix.PollFd{{Fd: int32(s.FD), Events: unix.POLLIN}}
	deadline := time.Now().Add(patience)
	for {
		n, err := unix.Poll(fds, int(time.Until(deadline).Milliseconds()))
		if err == unix.EINTR {
			continue
		}
		s.must("poll", err)
		if n == 0 {
			s.t.Fatalf("nettest: nothing came for %v to %v in %v", s.Local, s.Remote, patience)
		}
		return
	}
}

func (s *Sock) must(call string, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("nettest: %s of %v to %v: %v", call, s.Local, s.Remote, err)
	}
}

func (s *Sock) sockaddr(at netip.AddrPort) unix.Sockaddr {
	if s.Family == tcp.IPv4 {
		return &unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}
	}
	return &unix.SockaddrInet6{Addr: at.Addr().As16(), Port: int(at.Port())}
}

func addrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

// WithAbortiveClose makes every close() of the socket send a RST (SO_LINGER 0).
func WithAbortiveClose(s *Sock) {
	s.t.Helper()
	s.must("SO_LINGER", unix.SetsockoptLinger(s.FD, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
}

// queued gives the bytes of a queue: SIOCINQ or SIOCOUTQ.
func (s *Sock) queued(request uint) uint32 {
	s.t.Helper()
	n, err := unix.IoctlGetInt(s.FD, request)
	s.must("ioctl", err)
	return uint32(n)
}
