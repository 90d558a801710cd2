package main

import (
	"cmp"
	"context"
	"slices"

	"tcpstat/inspect"
	"tcpstat/render"
	"tcpstat/screen"
	"tcpstat/terminal"
	"tcpstat/watch"
)

// watchScreen makes the shots of a screen. A nil one does nothing.
type watchScreen struct {
	*screen.Screen
	terminal *terminal.Terminal

	sockets []screen.Socket // of this sample so far
}

// newWatchScreen makes the screen of a watch, nil where there is no terminal that can
// show one.
func (o *watchOptions) newWatchScreen(e *env, m *inspect.Machine) *watchScreen {
	if o.json || e.display == nil || e.getenv("TERM") == "dumb" {
		return nil
	}
	s := &watchScreen{terminal: terminal.New(e.stdout, e.display, e.keyboard)}
	names := m.FilterNames(context.Background())
	names.Host = nil // a key must not wait for a resolver
	s.Screen = screen.New(s.terminal, e.stderr, screen.Style{
		Palette: e.palette(o.color), Lang: o.lang, ASCII: e.ascii(o.lang), Root: m.Root(),
	}, names)
	e.stderr = s.Stderr() // before a goroutine has something to say
	return s
}

// open takes the terminal. The context that it gives ends when the user has seen
// enough.
func (s *watchScreen) open(ctx context.Context) (context.Context, error) {
	if s == nil {
		return ctx, nil
	}
	return s.Open(ctx)
}

// close gives the terminal back, and says what was said meanwhile.
func (s *watchScreen) close() {
	if s != nil {
		s.Close()
	}
}

// guard is deferred in every goroutine of a watch, so that a panic leaves the
// terminal as it was found.
func (s *watchScreen) guard() {
	if s == nil {
		return
	}
	if p := recover(); p != nil {
		s.terminal.Leave()
		panic(p)
	}
}

// begin begins a sample.
func (s *watchScreen) begin() {
	if s != nil {
		s.sockets = make([]screen.Socket, 0, len(s.sockets)+len(s.sockets)/8)
	}
}

// add takes a socket that is watched, as the watch has seen it.
func (s *watchScreen) add(e *watch.Event) {
	s.sockets = append(s.sockets, screen.Keep(e.Socket, e.Age, e.Holders))
}

// own fills in the owners of the sample's sockets.
func (s *watchScreen) own(w *inspect.Watcher) {
	for i := range s.sockets {
		k := &s.sockets[i]
		if inode := k.Inode().Or(0); inode != 0 {
			found, complete := w.Holders(inode)
			if k.Looked = complete; k.Holders == nil {
				k.Holders = found
			}
		}
	}
}

// unique leaves out what the sample has twice.
func (s *watchScreen) unique() {
	name := func(k *screen.Socket) uint64 { return k.Cookie().Or(0) }
	slices.SortStableFunc(s.sockets, func(a, b screen.Socket) int { return cmp.Compare(name(&a), name(&b)) })
	s.sockets = slices.CompactFunc(s.sockets, func(a, b screen.Socket) bool { return name(&a) == name(&b) && name(&a) != 0 })
}

// maxGroups is how many groups of each kind a screen has room for.
const maxGroups = 8

// show shows the sample that has ended, with the owners of its sockets.
func (s *watchScreen) show(ctx context.Context, run *watchRun, sample *watch.Sample) error {
	w := run.watcher
	if err := w.FindOwners(ctx); err != nil {
		return err
	}
	s.own(w)
	if w.Again() {
		s.unique()
	}
	shot := &screen.Shot{
		Head: run.headOf(w.Head()), States: run.query.States, Source: run.machine.Source(), Interval: run.interval,
		Sample: *sample, Summary: w.Summary(), History: w.History(),
		Sockets: s.sockets, Machine: w.Surroundings(),
	}
	for _, g := range first(maxGroups, w.Groups(watch.ByProcess)) {
		shot.Processes = append(shot.Processes, render.ProcessGrowth{Group: g, Files: w.Files(g.PID)})
	}
	shot.Listeners, shot.Peers = first(maxGroups, w.Groups(watch.ByListener)), first(maxGroups, w.Groups(watch.ByPeer))
	s.Show(shot)
	return nil
}
