package diag

import (
	"context"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// Get returns the one socket between two endpoints, with the attributes that q
// asks for; the states and families of q do not matter. An error that wraps
// unix.ENOENT says that there is no such socket.
//
// Addresses, ports and the device that the socket is bound to are compared
// exactly, except that a v4-mapped address and its IPv4 form are the same. A
// listener is found by its own address and the zero remote; of several that
// share their address, one. BOUND sockets are not found.
func Get(ctx context.Context, q Query, local, remote netip.AddrPort) (*tcp.Socket, error) {
	c, err := q.dial()
	if err != nil {
		return nil, err
	}
	defer c.close()
	request := getRequest(q, local, remote)
	if err := c.send(request); err != nil {
		return nil, err
	}
	for {
		datagram, err := c.receive(ctx)
		if err != nil {
			return nil, err
		}
		s, err := answer(datagram, request.Seq)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue
		}
		if !isBetween(s, local, remote) || s.Interface.Or(0) != q.Interface {
			return nil, &Error{"get", unix.ENOENT}
		}
		return s, nil
	}
}

// answer reads the socket or the refusal in the answer to request seq. Both are
// nil where the datagram is not that answer.
func answer(datagram []byte, seq uint32) (*tcp.Socket, error) {
	for len(datagram) > 0 {
		m, rest, ok := nextMessage(datagram)
		switch {
		case !ok:
			return nil, &Error{"receive", ErrTruncated}
		case m.seq == seq && m.kind == nl.SOCK_DIAG_BY_FAMILY:
			return new(decoder).decode(m.payload)
		case m.seq == seq && m.kind == unix.NLMSG_ERROR:
			if err := m.verdict(); err != nil {
				return nil, &Error{"get", err}
			}
		}
		datagram = rest
	}
	return nil, nil
}

// isBetween reports whether s is the socket that was meant: where there is none,
// the kernel answers with the listener that a SYN would reach.
func isBetween(s *tcp.Socket, local, remote netip.AddrPort) bool {
	if !s.HasRemote() {
		return remote.Port() == 0 && unmap(s.Local) == unmap(local)
	}
	return unmap(s.Local) == unmap(local) && unmap(s.Remote) == unmap(remote)
}

func unmap(at netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}
