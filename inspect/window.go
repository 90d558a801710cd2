package inspect

import (
	"context"
	"errors"

	"tcpstat/diag"
	"tcpstat/health"
	"tcpstat/tcp"
)

// Window is a stretch of time between two looks, for the rules that compare them. It
// listens to the kernel's feed of sockets that end.
type Window struct {
	machine *Machine
	moment  health.Moment
	feed    *feed // nil: there is none
}

// Begin begins a window with a [Machine.Moment]. End must be called.
func (m *Machine) Begin(ctx context.Context) *Window {
	w := &Window{machine: m}
	var surroundings tcp.Machine
	w.moment.Sockets = m.snapshot(ctx, &surroundings.Listeners)
	endings := health.NewEndings()
	if m.used == Netlink && m.recorded == nil {
		_ = m.inside(func() (err error) { // without them fewer connections are known to be ours
			surroundings.Sysctls, err = m.proc.Sysctls()
			return err
		})
		w.listen(ctx, endings, &surroundings)
	}
	m.count(&w.moment)
	if w.feed != nil {
		w.moment.Endings = endings
	}
	return w
}

// listen counts the sockets that end. Where the kernel does not tell them the rules do
// without.
func (w *Window) listen(ctx context.Context, endings *health.Endings, surroundings *tcp.Machine) {
	var err error
	w.feed, err = w.machine.listen(ctx, func(s *tcp.Socket, err error) {
		if err == nil {
			endings.Add(s, tcp.OpenerOfEnd(s, surroundings))
		} else if message := (*diag.MessageError)(nil); errors.As(err, &message) {
			endings.Lost++
		}
	})
	if err != nil {
		w.feed = nil
		w.machine.options.Hint("the kernel does not tell of sockets that end (%v); which peers refuse is not known", RootCause(err))
	}
}

// End gives the moment that the window began with, and what has ended since. Call it
// just before the second look's counters are read; to call it again does no harm.
func (w *Window) End() health.Moment {
	if w.feed != nil {
		lost := w.feed.Lost()
		w.feed.close() // and nothing is added any more
		w.moment.Endings.Lost += uint(lost)
		w.feed = nil
	}
	return w.moment
}
