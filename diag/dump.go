package diag

import (
	"context"
	"errors"
	"iter"
	"runtime"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// Dump yields the sockets that match q, of the network namespace of q.Inside or else
// of the calling thread, in the kernel's order, which mixes the families; of both
// families, BOUND sockets come last where others are wanted too. Those that the kernel
// can tell not to meet q.Condition are left out. The socket is valid until the next step.
//
// A *[MessageError] comes with a nil socket and the walk goes on after it. Any
// other error is an *[Error], comes last, and ends the walk; what was yielded
// before it is good. Breaking off the loop closes the netlink socket; a
// cancelled ctx ends the walk within 50 ms.
func Dump(ctx context.Context, q Query) iter.Seq2[*tcp.Socket, error] {
	return func(yield func(*tcp.Socket, error) bool) {
		w := &walk{query: q, program: compile(q.Condition), yield: yield}
		if err := w.run(ctx); err != nil {
			w.step(nil, err)
			return
		}
		w.finish()
	}
}

// run asks for BOUND sockets beside all others where that pays, and keeps them for
// the end where it does not.
func (w *walk) run(ctx context.Context) error {
	c, err := w.query.dial()
	if err != nil {
		return err
	}
	defer c.close()
	rest, apart, ok := w.query.split()
	if !ok {
		return w.together(ctx, c)
	}
	bound, err := startBound(ctx, apart)
	if err != nil {
		return w.together(ctx, c) // with one netlink socket, then
	}
	defer bound.end()
	w.query = rest
	if err := w.chosen(ctx, c); err != nil {
		return err
	}
	bound.each(w.step)
	return nil
}

// together asks for all sockets in one walk.
func (w *walk) together(ctx context.Context, c *conn) error {
	w.boundLast = w.query.boundLast()
	if err := w.chosen(ctx, c); err != nil {
		return err
	}
	for i := range w.last {
		w.step(&w.last[i], nil)
	}
	return nil
}

// chosen asks for the sockets that pass the program, or, where the kernel does
// not understand the program, for all.
func (w *walk) chosen(ctx context.Context, c *conn) error {
	err := w.all(ctx, c)
	if w.misunderstood(err) {
		w.program = nil
		err = w.all(ctx, c)
	}
	return err
}

// misunderstood reports whether the kernel refused the program, as older ones do
// that lack an op of it.
func (w *walk) misunderstood(err error) bool {
	return w.program != nil && !w.seen && isRefusal(err) && errors.Is(err, unix.EINVAL)
}

// all asks for the families of the query: for both in one walk through the
// kernel's table, or, where the kernel refuses the old request that can say so,
// for one after the other.
func (w *walk) all(ctx context.Context, c *conn) error {
	if w.query.IPv4 && w.query.IPv6 {
		if err := w.ask(ctx, c, w.withProgram(bothRequest(w.query))); w.seen || !isRefusal(err) {
			return err
		}
	}
	return eachFamily(w.query.families(), func(family tcp.Family) error {
		return w.ask(ctx, c, w.withProgram(dumpRequest(w.query, family)))
	})
}

// eachFamily asks for one family after the other. A kernel that lacks the second
// has no such sockets; one that lacks the first has no sock_diag of TCP.
func eachFamily(families []tcp.Family, ask func(tcp.Family) error) error {
	for i, family := range families {
		err := ask(family)
		if err != nil && !(i > 0 && isAbsentFamily(err)) {
			return err
		}
	}
	return nil
}

// withProgram adds the program to a request.
func (w *walk) withProgram(request *nl.NetlinkRequest) *nl.NetlinkRequest {
	if w.program != nil {
		request.AddData(nl.NewRtAttr(reqBytecode, w.program))
	}
	return request
}

// isRefusal reports whether the kernel answered, and did not like the question.
func isRefusal(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Op == "dump"
}

// isAbsentFamily reports whether the kernel has no handler for a family.
func isAbsentFamily(err error) bool {
	return isRefusal(err) && errors.Is(err, unix.ENOENT)
}

// walk is one run through the kernel's table.
type walk struct {
	query   Query
	program []byte // bytecode that chooses sockets, nil for none
	decoder decoder
	yield   func(*tcp.Socket, error) bool
	stopped bool

	boundOnly bool // nothing but BOUND sockets is yielded
	beyond    bool // another came, so that all of them have come

	boundLast bool         // BOUND sockets are yielded after all others
	last      []tcp.Socket // those

	seen        bool // a socket came
	interrupted bool // a message carried NLM_F_DUMP_INTR
}

// step hands one result on, unless the consumer has left.
func (w *walk) step(s *tcp.Socket, err error) {
	if !w.stopped {
		w.stopped = !w.yield(s, err)
	}
}

// ask walks the sockets that answer one request, unless the consumer has left.
func (w *walk) ask(ctx context.Context, c *conn, request *nl.NetlinkRequest) error {
	if w.stopped {
		return nil
	}
	if err := c.send(request); err != nil {
		return err
	}
	next, pays := c.receive, !w.boundOnly && runtime.GOMAXPROCS(0) > 1
	for n := 0; !w.stopped && !(w.beyond && asksBoth(request)); n++ {
		if pays && n == aheadAfter {
			a := c.receiveAhead(ctx, request.Seq)
			defer a.stop()
			next = a.next
		}
		datagram, err := next(ctx)
		if err != nil {
			return err
		}
		if done, err := w.datagram(datagram, request.Seq); done || err != nil {
			return err
		}
	}
	return nil
}

// asksBoth reports whether a request is one for both families, after which no
// other follows on its netlink socket: that one can be broken off.
func asksBoth(request *nl.NetlinkRequest) bool { return request.Type == tcpDiagGetSock }

// finish says whether the walk may have missed something.
func (w *walk) finish() {
	if w.interrupted {
		w.step(nil, &Error{"dump", ErrInterrupted})
	}
}

// datagram steps through the messages of one datagram that answer request seq.
// done is true after the last message of the dump.
func (w *walk) datagram(datagram []byte, seq uint32) (done bool, err error) {
	for len(datagram) > 0 && !w.stopped {
		m, rest, ok := nextMessage(datagram)
		if !ok {
			return true, &Error{"receive", ErrTruncated}
		}
		whole := datagram[:len(datagram)-len(rest)]
		datagram = rest
		if m.seq != seq {
			continue // an answer to an earlier question
		}
		w.interrupted = w.interrupted || m.flags&unix.NLM_F_DUMP_INTR != 0
		switch m.kind {
		case nl.SOCK_DIAG_BY_FAMILY, tcpDiagGetSock:
			w.tap(whole)
			w.message(m.payload)
		case unix.NLMSG_DONE, unix.NLMSG_ERROR:
			if err := m.verdict(); err != nil {
				return true, &Error{"dump", err}
			}
			if m.kind == unix.NLMSG_DONE {
				w.tap(whole)
				return true, nil
			}
		}
	}
	return false, nil
}

func (w *walk) tap(message []byte) {
	if w.query.Tap != nil {
		w.query.Tap(message)
	}
}

// message steps to the socket of one message. The kernel has applied the state
// mask; it is applied again because one kernel number stands for CLOSE and
// BOUND.
func (w *walk) message(payload []byte) {
	w.seen = true
	s, err := w.decoder.decode(payload)
	if err == nil && w.boundOnly && s.State != tcp.Bound {
		w.beyond = true
		return
	}
	switch {
	case err == nil && !w.query.States.Has(s.State):
	case err == nil && w.boundLast && s.State == tcp.Bound:
		w.last = append(w.last, *s)
	default:
		w.step(s, err)
	}
}
