package diag

import (
	"context"
	"errors"
	"iter"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// Dump yields the sockets that match q, IPv4 before IPv6, in the kernel's
// order. The socket is valid until the next step.
//
// A *[MessageError] comes with a nil socket and the walk goes on after it. Any
// other error is an *[Error], comes last, and ends the walk; what was yielded
// before it is good. Breaking off the loop closes the netlink socket; a
// cancelled ctx ends the walk within 50 ms.
func Dump(ctx context.Context, q Query) iter.Seq2[*tcp.Socket, error] {
	return func(yield func(*tcp.Socket, error) bool) {
		w := &walk{query: q, yield: yield}
		for i, family := range q.families() {
			err := w.family(ctx, family)
			if i > 0 && isAbsentFamily(err) {
				continue // a kernel without IPv6 has no such sockets
			}
			if err != nil {
				w.step(nil, err)
			}
			if w.stopped {
				return
			}
		}
	}
}

// isAbsentFamily reports whether the kernel has no handler for a family.
func isAbsentFamily(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Op == "dump" && errors.Is(err, unix.ENOENT)
}

// walk is one run through the kernel's table.
type walk struct {
	query   Query
	decoder decoder
	yield   func(*tcp.Socket, error) bool
	stopped bool

	interrupted bool // a message carried NLM_F_DUMP_INTR
}

// step hands one result on, unless the consumer has left.
func (w *walk) step(s *tcp.Socket, err error) {
	if !w.stopped {
		w.stopped = !w.yield(s, err)
	}
}

// family walks the sockets of one family.
func (w *walk) family(ctx context.Context, family tcp.Family) error {
	c, err := dial(w.query.NetNS)
	if err != nil {
		return err
	}
	defer c.close()
	request := dumpRequest(w.query, family)
	if err := c.send(request); err != nil {
		return err
	}
	for !w.stopped {
		datagram, err := c.receive(ctx)
		if err != nil {
			return err
		}
		if done, err := w.datagram(datagram, request.Seq); done || err != nil {
			return err
		}
	}
	return nil
}

// datagram steps through the messages of one datagram that answer request seq.
// done is true after the last message of the dump.
func (w *walk) datagram(datagram []byte, seq uint32) (done bool, err error) {
	for len(datagram) > 0 && !w.stopped {
		m, rest, ok := nextMessage(datagram)
		if !ok {
			return true, &Error{"receive", ErrTruncated}
		}
		datagram = rest
		if m.seq != seq {
			continue // an answer to an earlier question
		}
		w.interrupted = w.interrupted || m.flags&unix.NLM_F_DUMP_INTR != 0
		switch m.kind {
		case nl.SOCK_DIAG_BY_FAMILY:
			w.message(m.payload)
		case unix.NLMSG_DONE, unix.NLMSG_ERROR:
			return true, w.end(m)
		}
	}
	return false, nil
}

// message steps to the socket of one message. The kernel has applied the state
// mask; it is applied again because one kernel number stands for CLOSE and
// BOUND.
func (w *walk) message(payload []byte) {
	s, err := w.decoder.decode(payload)
	if err == nil && !w.query.States.Has(s.State) {
		return
	}
	w.step(s, err)
}

// end says how the dump went, from its last message.
func (w *walk) end(m message) error {
	if err := m.verdict(); err != nil {
		return &Error{"dump", err}
	}
	if w.interrupted {
		return &Error{"dump", ErrInterrupted}
	}
	return nil
}

// Get returns the one socket between two endpoints, with the attributes that q
// asks for; the states and families of q do not matter. The kernel compares
// addresses and ports exactly. An error that wraps unix.ENOENT says that there
// is no such socket. Listeners are found with a remote of port 0.
func Get(ctx context.Context, q Query, local, remote netip.AddrPort) (*tcp.Socket, error) {
	c, err := dial(q.NetNS)
	if err != nil {
		return nil, err
	}
	defer c.close()
	request := getRequest(q, local, remote)
	if err := c.send(request); err != nil {
		return nil, err
	}
	datagram, err := c.receive(ctx)
	if err != nil {
		return nil, err
	}
	m, _, ok := nextMessage(datagram)
	switch {
	case !ok || m.seq != request.Seq:
		return nil, &Error{"get", ErrTruncated}
	case m.verdict() != nil && m.kind == unix.NLMSG_ERROR:
		return nil, &Error{"get", m.verdict()}
	}
	return new(decoder).decode(m.payload)
}
