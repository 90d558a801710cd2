package inspect

import (
	"cmp"
	"context"
	"errors"

	"tcpstat/procnet"
	"tcpstat/tcp"
)

// settings reads the sysctls. Without them nothing is forecast, and the rest is shown
// all the same.
func (l *Look) settings() {
	var settings tcp.Machine
	err := l.inside(func() (err error) {
		settings.Sysctls, err = l.machine.proc.Sysctls()
		if l.query.For == Judgement {
			reserved, failed := l.machine.proc.ReservedPorts()
			settings.Reserved, err = reserved, cmp.Or(err, failed)
		}
		return err
	})
	if err != nil && !l.unsettled {
		l.machine.options.Warn("settings are not known: %v", err)
		l.unsettled = true
	}
	l.surroundings = settings
}

// queues learns what the note of a listener tells beside its own numbers: whether
// accept queues have overflowed, and where listeners alone are listed how many
// connections of each are half-open. What cannot be read is not told.
func (l *Look) queues(ctx context.Context) {
	listeners := tcp.SetOf(tcp.Listen)
	if !l.query.States.Has(tcp.Listen) {
		return
	}
	var counters tcp.Counters
	_ = l.inside(func() (err error) { // what cannot be read is not told
		counters, err = l.machine.proc.Netstat()
		return err
	})
	l.surroundings.Overflows = counters.Get("TcpExt", "ListenOverflows")
	if l.query.States != listeners {
		return
	}
	var all tcp.Listeners
	l.surroundings.HalfOpen = map[tcp.ListenerKey]int{}
	for _, states := range []tcp.Set{listeners, tcp.SetOf(tcp.SynRecv)} {
		for s, err := range l.machine.sockets(ctx, want{ipv4: true, ipv6: true, states: states, inside: l.inside}) {
			if err != nil {
				continue // it is said when the rows are read
			}
			if s.State == tcp.Listen {
				all.Add(s)
			} else if key, ok := all.Through(s); ok {
				l.surroundings.HalfOpen[key]++
			}
		}
	}
}

// sockets streams the sockets of the look. Where they are annotated the listeners go
// first, because an annotation needs to know them all; the kernel finds them without
// walking its connections.
func (l *Look) sockets(ctx context.Context) func(func(*tcp.Socket, error) bool) {
	return l.socketsIn(ctx, l.query.States)
}

// socketsIn is sockets for states that a watch has come to want.
func (l *Look) socketsIn(ctx context.Context, states tcp.Set) func(func(*tcp.Socket, error) bool) {
	return func(yield func(*tcp.Socket, error) bool) {
		rest := states
		if l.query.Annotate {
			if !l.listeners(ctx, states, yield) {
				return
			}
			rest = states.Without(tcp.Listen)
		}
		if rest == 0 {
			return
		}
		l.machine.sockets(ctx, l.attributes(rest))(yield)
	}
}

// listeners learns the listeners, and yields those that belong to the look.
func (l *Look) listeners(ctx context.Context, states tcp.Set, yield func(*tcp.Socket, error) bool) bool {
	listed := states.Has(tcp.Listen)
	w := l.attributes(tcp.SetOf(tcp.Listen))
	w.ipv4, w.ipv6, w.memory = true, true, true // memory tells a listener's drops
	w.condition = nil                           // an annotation needs those that are not listed too
	for s, err := range l.machine.sockets(ctx, w) {
		if err == nil {
			l.surroundings.Listeners.Add(s)
		}
		switch {
		case err != nil && l.dispensable(err, states):
			continue
		case err == nil && !(listed && l.query.shows(s.Family)):
			continue
		}
		if !yield(s, err) {
			return false
		}
	}
	return true
}

// dispensable reports whether the look can do without a line that cannot be read: the
// second reading of the file meets it again, unless it is a listener's. So does that
// of a record, whatever is wrong with it.
func (l *Look) dispensable(err error, states tcp.Set) bool {
	var line *procnet.LineError
	switch {
	case !errors.As(err, &line):
		return l.machine.recorded != nil && states.Without(tcp.Listen) != 0
	case line.State == tcp.Listen:
		return !states.Has(tcp.Listen)
	}
	return states.Without(tcp.Listen) != 0
}
