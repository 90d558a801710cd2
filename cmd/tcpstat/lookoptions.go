package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"tcpstat/inspect"
	"tcpstat/tcp"
)

// lookOptions are what every mode that lists sockets is asked for: where, which, and what
// of them.
type lookOptions struct {
	placeFlags
	words []string      // the filter
	query inspect.Query // but for the filter; its states go where the filter names none
	color string
	lang  tcp.Lang

	samples  int // 0: without end
	interval time.Duration
}

// prepare opens the machine, and reads the filter into the query.
func (o *lookOptions) prepare(ctx context.Context, e *env) (*inspect.Machine, inspect.Query, error) {
	q := o.query
	m, err := o.open(ctx, e)
	if err != nil {
		return nil, q, err
	}
	if q.Filter, err = readFilter(ctx, o.words, m); err != nil {
		return nil, q, err
	}
	if set, named := q.Filter.States(); named {
		q.States = set
		if set.Has(tcp.Close) && !set.Has(tcp.Established) { // it is CLOSE that is asked for
			q.Owners, q.Ended = true, true
		}
	}
	return m, q, nil
}

// again calls list once, or once every interval. An interrupt is the usual end of
// that; one list alone it simply kills.
func (o *lookOptions) again(ctx context.Context, list func(context.Context) error) error {
	if o.samples == 1 {
		return list(ctx)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	for sample := 1; ; sample++ {
		if err := list(ctx); err != nil {
			return err
		}
		if sample == o.samples {
			return nil
		}
		if pause(ctx, o.interval) != nil {
			return nil
		}
	}
}

// interruptible gives a context that the first interrupt ends. The second one kills,
// should nobody read our output.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
