package main

import (
	"context"
	"errors"
	"iter"
	"os"
	"os/signal"
	"syscall"
	"time"

	"tcpstat/diag"
	"tcpstat/listing"
	"tcpstat/netns"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// printer turns the sockets of one list into bytes.
type printer interface {
	AppendHead(dst []byte, h listing.Head) []byte
	AppendRow(dst []byte, r *listing.Row) []byte
	AppendBetween(dst []byte) []byte
	AppendTail(dst []byte, t listing.Tail) []byte
}

// lister makes socket lists: one, or one every interval.
type lister struct {
	env     *env
	options *listOptions
	source  *source
	printer printer
	machine tcp.Machine
	chooser chooser

	holders  *holders  // nil unless owners were asked for
	resolver *resolver // nil unless names were asked for
	devices  devices   // nil in another namespace
	cgroups  *cgroups  // nil unless the output shows cgroups

	everywhere *everywhere // nil but for --netns all

	recordTo string // file to keep the look in, before it is shown

	unsettled bool // it was said that settings are not known
	undecided bool // it was said that the filter asks what is not known
	unlisted  bool // it was said that BOUND sockets are not known
}

// newLister makes a list with what it takes to fill its rows and to judge them by
// the filter. It has no printer yet.
func newLister(e *env, src *source, options *listOptions) *lister {
	l := &lister{env: e, source: src, options: options, chooser: chooser{expr: options.filter}}
	needs := options.filter.Needs()
	cgroupAsked := options.needs.Cgroup || needs.Cgroup
	if !src.foreign {
		l.devices = devices{}
	}
	if options.owners() || needs.Owners || cgroupAsked && src.cgroupsByOwner() {
		l.holders = l.newHolders()
	}
	if options.cgroups || cgroupAsked {
		l.cgroups = newCgroups(src.proc, e.warn)
	}
	l.useLook()
	return l
}

// run prints the list, again and again if asked. An interrupt is the usual end
// of that; one list alone it simply kills.
func (l *lister) run(ctx context.Context) error {
	if l.recordTo != "" {
		if err := l.record(ctx, l.recordTo); err != nil {
			return err
		}
	}
	if l.options.quiet {
		return l.ask(ctx)
	}
	if l.options.samples == 1 {
		return l.list(ctx)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second one kills, should nobody read our output
	for sample := 1; ; sample++ {
		if err := l.list(ctx); err != nil {
			return err
		}
		if sample == l.options.samples {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(l.options.interval):
		}
	}
}

// list prints one list.
func (l *lister) list(ctx context.Context) error {
	if err := l.everywhere.survey(); err != nil {
		return err
	}
	if err := l.prepare(ctx); err != nil {
		return err
	}
	l.cgroups.begin()
	page := newPage(l)
	err := l.each(func(place netns.Namespace) error { return page.readIn(ctx, place) }, page.miss)
	switch {
	case errors.Is(err, errEnough):
		return err
	case err != nil:
		return page.fail(err)
	}
	return page.end()
}

// read adds the sockets of the thread's namespace to a page.
func (l *lister) read(ctx context.Context, page *page) error {
	if l.options.annotate {
		l.settings()
		l.queues(ctx)
	}
	for s, err := range l.sockets(ctx) {
		if err == nil {
			err = page.add(s)
		}
		switch {
		case err == nil:
		case errors.Is(err, errEnough):
			return err
		case skipped(err):
			page.skip(err)
		case errors.Is(err, diag.ErrInterrupted):
			page.gaps.unknown("sockets", listing.DumpInterrupted)
			l.env.warn("the kernel's table changed during the dump; some sockets may be missing")
		default:
			return err
		}
	}
	return nil
}

// prepare reads what must be known before the first row: who owns which socket,
// and names.
func (l *lister) prepare(ctx context.Context) error {
	if l.holders == nil && l.resolver == nil {
		return nil
	}
	wanted := new(procnet.Inodes)
	collect := func(netns.Namespace) error {
		for s, err := range l.searched(ctx) {
			if err != nil || l.chooser.excludes(s) {
				continue // an error is said when the rows are printed
			}
			wanted.Add(s.Inode.Or(0))
			l.resolver.add(s)
		}
		return nil
	}
	if err := l.each(collect, nil); err != nil {
		return err
	}
	l.resolver.resolve(ctx)
	return l.holders.find(ctx, wanted)
}

// searched streams the sockets of which owners or names are looked for. Nobody
// owns one in TIME_WAIT.
func (l *lister) searched(ctx context.Context) iter.Seq2[*tcp.Socket, error] {
	states := l.options.states
	if l.resolver == nil {
		states = states.Without(tcp.TimeWait)
	}
	if states == 0 {
		return func(func(*tcp.Socket, error) bool) {}
	}
	return l.source.sockets(ctx, l.options.want(states))
}

// settings reads the sysctls. Without them nothing is forecast, and the rest is
// shown all the same.
func (l *lister) settings() {
	sysctls, err := l.source.proc.Sysctls()
	if err != nil && !l.unsettled {
		l.env.warn("settings are not known: %v", err)
		l.unsettled = true
	}
	l.machine = tcp.Machine{Sysctls: sysctls}
}

// queues learns what the note of a listener tells beside its own numbers: whether
// accept queues have overflowed, and where listeners alone are listed how many
// connections of each are half-open. What cannot be read is not told.
func (l *lister) queues(ctx context.Context) {
	listeners := tcp.SetOf(tcp.Listen)
	if !l.options.states.Has(tcp.Listen) || l.options.judged && !l.options.overview {
		return
	}
	counters, _ := l.source.proc.Netstat()
	l.machine.Overflows = counters.Get("TcpExt", "ListenOverflows")
	if l.options.states != listeners {
		return
	}
	var all tcp.Listeners
	l.machine.HalfOpen = map[tcp.ListenerKey]int{}
	for _, states := range []tcp.Set{listeners, tcp.SetOf(tcp.SynRecv)} {
		for s, err := range l.source.sockets(ctx, want{ipv4: true, ipv6: true, states: states}) {
			if err != nil {
				continue // it is said when the rows are read
			}
			if s.State == tcp.Listen {
				all.Add(s)
			} else if key, ok := all.Through(s); ok {
				l.machine.HalfOpen[key]++
			}
		}
	}
}

// sockets streams the sockets of the list. Where they are annotated the
// listeners go first, because an annotation needs to know them all; the kernel
// finds them without walking its connections.
func (l *lister) sockets(ctx context.Context) func(func(*tcp.Socket, error) bool) {
	return func(yield func(*tcp.Socket, error) bool) {
		states := l.options.states
		if l.options.annotate {
			if !l.listeners(ctx, yield) {
				return
			}
			states = states.Without(tcp.Listen)
		}
		if states == 0 {
			return
		}
		l.source.sockets(ctx, l.options.attributes(states))(yield)
	}
}

// dispensable reports whether the list can do without a line that cannot be read:
// the second reading of the file meets it again, unless it is a listener's. So does
// that of a record, whatever is wrong with it.
func (l *lister) dispensable(err error) bool {
	var line *procnet.LineError
	switch {
	case !errors.As(err, &line):
		return l.source.look != nil && l.options.states.Without(tcp.Listen) != 0
	case line.State == tcp.Listen:
		return !l.options.states.Has(tcp.Listen)
	}
	return l.options.states.Without(tcp.Listen) != 0
}

// listeners learns the listeners, and yields those that belong to the list.
func (l *lister) listeners(ctx context.Context, yield func(*tcp.Socket, error) bool) bool {
	listed := l.options.states.Has(tcp.Listen)
	w := l.options.attributes(tcp.SetOf(tcp.Listen))
	w.ipv4, w.ipv6, w.memory = true, true, true // memory tells a listener's drops
	w.condition = nil                           // an annotation needs those that are not listed too
	for s, err := range l.source.sockets(ctx, w) {
		if err == nil {
			l.machine.Listeners.Add(s)
		}
		switch {
		case err != nil && l.dispensable(err):
			continue
		case err == nil && !(listed && l.options.shows(s.Family)):
			continue
		}
		if !yield(s, err) {
			return false
		}
	}
	return true
}
