package diag

import (
	"encoding/binary"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"tcpstat/filter"
	"tcpstat/tcp"
)

// Query says which sockets are wanted, and what of them.
type Query struct {
	IPv4, IPv6 bool // families; a v4-mapped socket is of family IPv6
	States     tcp.Set

	// Condition lets the kernel leave out sockets that do not meet it, as far as
	// it can tell: what [Dump] yields must still be judged. Nil: none.
	Condition filter.Node

	// Attributes beyond what always comes. Each costs kernel time per socket.
	Info       bool // tcp_info
	Memory     bool // socket memory; also the drops of a listener
	Congestion bool // name of the congestion control
	All        bool // all that the kernel has, also what this package does not decode

	// Tap, if it is not nil, is given every message of a socket, and the one that
	// ends a dump, as the kernel sent it: with header and padding, before it is
	// decoded. A message is valid until Tap returns. See [Replay].
	Tap func(message []byte)

	// Inside runs a function in the network namespace that is to be asked; nil: that of
	// the calling thread. A netlink socket belongs to the namespace that it was opened
	// in, so that only the opening runs inside. Its error is handed on as it is.
	Inside func(func() error) error

	// Sockets, if it is not nil, estimates how many sockets the namespace has. [Dump]
	// asks where it wants BOUND sockets beside others, and looks for them on a
	// netlink socket of their own where there are many. Nil: few. The answer changes
	// the time that a dump takes, and nothing else.
	Sockets func() int

	// Interface is the index of the device that the socket is bound to
	// (SO_BINDTODEVICE, or the scope of a link-local address), 0 for none. Only
	// [Get] asks for it.
	Interface uint32
}

// Attributes of a socket (INET_DIAG_* in include/uapi/linux/inet_diag.h) that
// this package decodes.
const (
	attrInfo      = 2
	attrCong      = 4
	attrSkMemInfo = 7
	attrShutdown  = 8
	attrV6Only    = 11
	attrULPInfo   = 19 // sent to CAP_NET_ADMIN, since Linux 5.5
	attrCgroupID  = 21
)

// extensions is idiag_ext: bit n-1 asks for attribute n.
func (q Query) extensions() (ext uint8) {
	if q.All {
		return ^uint8(0)
	}
	if q.Info {
		ext |= 1 << (attrInfo - 1)
	}
	if q.Congestion {
		ext |= 1 << (attrCong - 1)
	}
	if q.Memory {
		ext |= 1 << (attrSkMemInfo - 1)
	}
	return ext
}

// unnamedStates are the kernel numbers that no State has yet, 14 to 30. A query
// for UNKNOWN asks for them all.
const unnamedStates = 1<<uint32(tcp.Unknown) - 1<<14

// stateMask is idiag_states. TCP_SYN_RECV includes the half-open mini-sockets
// (TCP_NEW_SYN_RECV); BOUND's bit 13 is ignored by kernels before 6.8. States
// that the condition rules out are not asked for: to find BOUND sockets the
// kernel looks at every socket that has a port.
func (q Query) stateMask() uint32 {
	states := q.possible()
	mask := uint32(states.Without(tcp.Unknown))
	if states.Has(tcp.Unknown) {
		mask |= unnamedStates
	}
	return mask
}

// possible gives the states that the condition does not rule out.
func (q Query) possible() tcp.Set {
	if q.Condition != nil && !mayBeAlone(q.Condition, true) {
		return q.States.Without(tcp.Listen).Without(tcp.Bound)
	}
	return q.States
}

// families gives the families asked for, in the order of the dump.
func (q Query) families() (families []tcp.Family) {
	if q.IPv4 {
		families = append(families, tcp.IPv4)
	}
	if q.IPv6 {
		families = append(families, tcp.IPv6)
	}
	return families
}

// port gives the port that one end of every socket has which meets the
// condition, 0 where that may be any. Port 0 itself cannot be asked for.
func (q Query) port(side filter.Side) uint16 { return portOf(q.Condition, side) }

func portOf(n filter.Node, side filter.Side) uint16 {
	switch c := n.(type) {
	case filter.And:
		for _, part := range c {
			if port := portOf(part, side); port != 0 {
				return port
			}
		}
	case filter.Host:
		if c.Side == side {
			return c.Port.Or(0)
		}
	case filter.Port:
		if c.Side == side && c.Op == filter.Equal {
			return c.Number
		}
	}
	return 0
}

// setPorts fills idiag_sport and idiag_dport at the head of a struct
// inet_diag_sockid with what the query wants. The kernel looks at them before it
// touches more of a socket, which bytecode does.
func (q Query) setPorts(id []byte) {
	binary.BigEndian.PutUint16(id, q.port(filter.Local))
	binary.BigEndian.PutUint16(id[2:], q.port(filter.Remote))
}

// sizeofRequest is the size of struct inet_diag_req_v2.
const sizeofRequest = 56

// noCookie in both halves of a request's cookie matches every socket
// (INET_DIAG_NOCOOKIE).
const noCookie = ^uint64(0)

// requestBody is struct inet_diag_req_v2 in wire order:
//
//	0 family  1 protocol  2 ext  3 pad  4 states
//	8 sport  10 dport  12 src[16]  28 dst[16]  44 if  48 cookie
type requestBody [sizeofRequest]byte

// Len and Serialize make it an nl.NetlinkRequestData.
func (b *requestBody) Len() int          { return len(b) }
func (b *requestBody) Serialize() []byte { return b[:] }

func (b *requestBody) setHead(family tcp.Family, ext uint8, states uint32) {
	b[0] = addressFamily(family)
	b[1] = unix.IPPROTO_TCP
	b[2] = ext
	binary.NativeEndian.PutUint32(b[4:], states)
}

func (b *requestBody) setEndpoints(local, remote netip.AddrPort, device uint32) {
	binary.BigEndian.PutUint16(b[8:], local.Port())
	binary.BigEndian.PutUint16(b[10:], remote.Port())
	copy(b[12:28], local.Addr().AsSlice())
	copy(b[28:44], remote.Addr().AsSlice())
	binary.NativeEndian.PutUint32(b[44:], device)
	binary.NativeEndian.PutUint64(b[48:], noCookie)
}

func addressFamily(f tcp.Family) uint8 {
	if f == tcp.IPv6 {
		return unix.AF_INET6
	}
	return unix.AF_INET
}

// dumpRequest asks for all sockets of one family that match q.
func dumpRequest(q Query, family tcp.Family) *nl.NetlinkRequest {
	body := new(requestBody)
	body.setHead(family, q.extensions(), q.stateMask())
	q.setPorts(body[8:])
	request := nl.NewNetlinkRequest(nl.SOCK_DIAG_BY_FAMILY, unix.NLM_F_DUMP)
	request.AddData(body)
	return request
}

// tcpDiagGetSock is TCPDIAG_GETSOCK, the request of the days before
// SOCK_DIAG_BY_FAMILY, and the type of its answers.
const tcpDiagGetSock = 18

// bothBody is struct inet_diag_req in wire order:
//
//	0 family  1 src_len  2 dst_len  3 ext  4 id[48]  52 states  56 dbs
type bothBody [60]byte

// Len and Serialize make it an nl.NetlinkRequestData.
func (b *bothBody) Len() int          { return len(b) }
func (b *bothBody) Serialize() []byte { return b[:] }

// bothRequest asks for all sockets of both families that match q. The old
// request does not look at its family, so that the kernel walks its table once
// instead of twice (inet_diag_dump_compat() in net/ipv4/inet_diag.c).
func bothRequest(q Query) *nl.NetlinkRequest {
	body := new(bothBody)
	body[0] = unix.AF_INET
	body[3] = q.extensions()
	q.setPorts(body[4:])
	binary.NativeEndian.PutUint32(body[52:], q.stateMask())
	request := nl.NewNetlinkRequest(tcpDiagGetSock, unix.NLM_F_DUMP)
	request.AddData(body)
	return request
}

// getRequest asks for the one socket between two endpoints. Without NLM_F_DUMP
// the kernel looks it up as it does for a segment that arrives: by IPv4 for a
// v4-mapped address, and only on the device that the socket is bound to.
func getRequest(q Query, local, remote netip.AddrPort) *nl.NetlinkRequest {
	local, remote = unmap(local), unmap(remote)
	family := tcp.IPv4
	if local.Addr().Is6() {
		family = tcp.IPv6
	}
	body := new(requestBody)
	body.setHead(family, q.extensions(), ^uint32(0))
	body.setEndpoints(local, remote, q.Interface)
	request := nl.NewNetlinkRequest(nl.SOCK_DIAG_BY_FAMILY, 0)
	request.AddData(body)
	return request
}
