package diag

import (
	"context"

	"tcpstat/tcp"
)

// The kernel has no list of its BOUND sockets. Since Linux 6.8 it finds them among
// all sockets that have a local port, which takes it an eighth of a dump, and then
// goes on to its table of connections (inet_diag_dump_icsk() in
// net/ipv4/inet_diag.c). A second netlink socket asks for them meanwhile, on
// another processor where there is one. It asks for connections too, without a
// condition: the first one that comes says that all BOUND sockets have come, and
// the walk is broken off.
//
// Each walk passes all buckets of the table of connections, which takes a third of a
// millisecond however few there are. Among few sockets one walk is faster.

// manySockets is from how many sockets on a second walk pays.
const manySockets = 10_000

// boundWalk looks for BOUND sockets beside another walk.
type boundWalk struct {
	found  chan boundResult
	cancel context.CancelFunc
}

type boundResult struct {
	socket tcp.Socket
	err    error
}

// boundLast reports whether BOUND sockets are wanted beside connections, which
// then come first. Where the messages are wanted as they come nothing is moved.
func (q Query) boundLast() bool {
	connections := q.States.Without(tcp.Listen).Without(tcp.Bound)
	return q.IPv4 && q.IPv6 && q.Tap == nil && connections != 0 && q.possible().Has(tcp.Bound)
}

// split takes BOUND out of a query where a walk of its own pays.
func (q Query) split() (rest, bound Query, ok bool) {
	if !q.boundLast() || q.Sockets == nil || q.Sockets() < manySockets {
		return q, Query{}, false
	}
	rest, bound = q, q
	rest.States = q.States.Without(tcp.Bound)
	bound.States, bound.Condition = q.States.Without(tcp.Listen), nil
	return rest, bound, true
}

// startBound begins to look for BOUND sockets.
func startBound(ctx context.Context, q Query) (*boundWalk, error) {
	c, err := q.dial()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	b := &boundWalk{make(chan boundResult), cancel}
	w := &walk{query: q, boundOnly: true, yield: func(s *tcp.Socket, err error) bool {
		r := boundResult{err: err}
		if s != nil {
			r.socket = *s
		}
		select {
		case b.found <- r:
			return true
		case <-ctx.Done():
			return false
		}
	}}
	go func() {
		defer close(b.found)
		defer c.close()
		if err := w.all(ctx, c); err != nil {
			w.step(nil, err)
			return
		}
		w.finish()
	}()
	return b, nil
}

// each hands on what was found, and waits for the rest.
func (b *boundWalk) each(step func(*tcp.Socket, error)) {
	for r := range b.found {
		if r.err != nil {
			step(nil, r.err)
		} else {
			step(&r.socket, nil)
		}
	}
}

// end breaks the walk off.
func (b *boundWalk) end() {
	b.cancel()
	for range b.found {
	}
}
