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

// look opens the machine and makes the look that is asked for.
func (r *lookOptions) look(ctx context.Context, e *env) (*inspect.Machine, *inspect.Look, *inspect.Query, error) {
	m, err := r.open(ctx, e)
	if err != nil {
		return nil, nil, nil, err
	}
	q, err := r.complete(ctx, m)
	if err != nil {
		return nil, nil, nil, err
	}
	return m, m.Look(*q), q, nil
}

// complete reads the filter into the query.
func (r *lookOptions) complete(ctx context.Context, m *inspect.Machine) (*inspect.Query, error) {
	expr, err := readFilter(ctx, r.words, m)
	if err != nil {
		return nil, err
	}
	q := r.query
	q.Filter = expr
	if set, named := expr.States(); named {
		q.States = set
	}
	return &q, nil
}

// again calls list once, or once every interval. An interrupt is the usual end of
// that; one list alone it simply kills.
func (r *lookOptions) again(ctx context.Context, list func(context.Context) error) error {
	if r.samples == 1 {
		return list(ctx)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	for sample := 1; ; sample++ {
		if err := list(ctx); err != nil {
			return err
		}
		if sample == r.samples {
			return nil
		}
		if pause(ctx, r.interval) != nil {
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
