package tcp

import (
	"net/netip"
	"time"
)

// Family is the address family of a socket. A socket of family IPv6 may carry
// IPv4 traffic; its addresses are then v4-mapped (::ffff:a.b.c.d).
type Family uint8

// The families, by IP version.
const (
	IPv4 Family = 4 // AF_INET
	IPv6 Family = 6 // AF_INET6
)

// String gives "ipv4" or "ipv6".
func (f Family) String() string {
	if f == IPv6 {
		return "ipv6"
	}
	return "ipv4"
}

// Socket is what the kernel tells about one TCP socket. Fields that only some
// sources, states or kernels supply are Opt, or have a presence of their own.
type Socket struct {
	Family Family
	State  State

	// Mini marks a mini-socket: the kernel keeps a stub instead of a socket, for a
	// half-open connection (SYN_RECV), for TIME_WAIT, and for the end of an
	// orphaned FIN_WAIT2. It has no owner, no inode and no user.
	Mini bool

	// Local and Remote keep v4-mapped addresses as such. Remote is not valid
	// for LISTEN and BOUND.
	Local, Remote netip.AddrPort

	// Interface is the index of the device that the socket is bound to
	// (SO_BINDTODEVICE), 0 for none. Sock_diag only.
	Interface Opt[uint32]

	// V6Only is IPV6_V6ONLY, known for IPv6 listeners from sock_diag.
	V6Only Opt[bool]

	// RecvQueue and SendQueue are bytes: received and not yet read, written and
	// not yet acknowledged. A SYN and a FIN each count as one. Of a listener they
	// mean nothing; see Backlog.
	RecvQueue, SendQueue uint32

	// Backlog is the accept queue of a listener.
	Backlog Backlog

	Timer Timer

	// UID owns the socket (the file system uid at its creation). Absent for
	// mini-sockets.
	UID Opt[uint32]

	// Inode identifies the socket in /proc/PID/fd. 0: no descriptor refers to it
	// (see Ownership). Absent for mini-sockets.
	Inode Opt[uint64]

	// Cookie identifies the socket for its whole life, from half-open to
	// TIME_WAIT. Never 0. Sock_diag only.
	Cookie Opt[uint64]

	// Shutdown holds the directions that are shut (bit 0 receive, bit 1 send).
	// Sock_diag, full sockets only.
	Shutdown Opt[uint8]

	// CgroupID is the inode of the cgroup v2 directory of the socket's creator.
	// Sock_diag, full sockets, since Linux 5.9.
	CgroupID Opt[uint64]

	// RTO is the retransmission timeout as it now stands, doublings included.
	// From tcp_info, or /proc (10 ms resolution).
	RTO Opt[time.Duration]

	// Info is tcp_info; Info.Size is 0 when it was not asked for or not sent.
	Info Info

	// Subflow says that it carries a part of a Multipath TCP connection, as far as the
	// kernel tells: it takes CAP_NET_ADMIN, and sock_diag.
	Subflow bool

	// Congestion names the congestion control algorithm, empty when not asked
	// for. It comes from a kernel module and is foreign text.
	Congestion string

	// Memory is the socket's memory accounting, absent when not asked for.
	Memory Opt[Memory]
}

// Backlog is the accept queue of a listener: connections that are established
// and wait for accept().
type Backlog struct {
	Used  uint32      // connections waiting now
	Limit Opt[uint32] // the limit; the queue holds one more. Not in /proc
	Drops Opt[uint32] // segments and connections dropped by this listener since it exists (sk_drops). With Memory only
}

// Memory is the memory accounting of a socket (INET_DIAG_SKMEMINFO), in bytes.
type Memory struct {
	ReceiveAllocated uint32      // SK_MEMINFO_RMEM_ALLOC
	ReceiveBuffer    uint32      // SK_MEMINFO_RCVBUF
	SendAllocated    uint32      // SK_MEMINFO_WMEM_ALLOC
	SendBuffer       uint32      // SK_MEMINFO_SNDBUF
	ForwardAllocated uint32      // SK_MEMINFO_FWD_ALLOC
	SendQueued       uint32      // SK_MEMINFO_WMEM_QUEUED
	Options          uint32      // SK_MEMINFO_OPTMEM
	Backlog          uint32      // SK_MEMINFO_BACKLOG: arrived while a program held the socket
	Drops            Opt[uint32] // SK_MEMINFO_DROPS, a count, not bytes; since Linux 4.13
}

// HasRemote reports whether the socket has a peer: not so for LISTEN and BOUND.
func (s *Socket) HasRemote() bool { return s.Remote.IsValid() }
