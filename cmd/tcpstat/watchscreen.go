package main

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/inspect"
	"tcpstat/render"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// watchScreen shows a watch on a terminal while samples are taken: the sampler hands
// over shots, and a goroutine draws them and answers to keys. A nil one does nothing.
type watchScreen struct {
	terminal fullScreen
	look     *watchLook
	said     saidWriter
	stderr   io.Writer // said is written there in the end

	files   map[int32]tcp.Opt[watch.Files] // of the processes of the last shots
	counted time.Time                      // when they were

	sockets []watchedSocket // of this sample so far

	shot   atomic.Pointer[watchShot] // the last one
	fresh  chan struct{}             // there is one
	closed chan struct{}             // the terminal was given back
	quit   context.CancelFunc
}

// newWatchScreen makes the screen of a watch, nil where there is no terminal that can
// show one.
func (o *watchOptions) newWatchScreen(e *env, m *inspect.Machine) *watchScreen {
	if o.json || e.display == nil || e.getenv("TERM") == "dumb" {
		return nil
	}
	s := &watchScreen{stderr: e.stderr, fresh: make(chan struct{}, 1)}
	s.terminal = fullScreen{output: int(e.display.Fd()), w: e.stdout}
	if e.keyboard != nil {
		s.terminal.input, s.terminal.keys = int(e.keyboard.Fd()), true
	}
	names := m.FilterNames(context.Background())
	names.Host = nil // a key must not wait for a resolver
	s.look = newWatchLook(render.WatchScreen{
		Palette: e.palette(o.color), Lang: o.lang, ASCII: e.ascii(o.lang), Root: m.Root(),
	}, names, s.terminal.keys)
	return s
}

// saidWriter keeps what is said on standard error while there is a screen.
type saidWriter struct {
	mu   sync.Mutex
	text []byte
}

// maxKept bounds what is kept of what is said.
const maxKept = 64 << 10

func (w *saidWriter) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.text)+len(text) <= maxKept {
		w.text = append(w.text, text...)
	}
	return len(text), nil
}

// last gives the last line.
func (w *saidWriter) last() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := bytes.TrimRight(w.text, "\n")
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}

// open takes the terminal. The context that it gives ends when the user has seen
// enough.
func (s *watchScreen) open(ctx context.Context, e *env) (context.Context, error) {
	if s == nil {
		return ctx, nil
	}
	if err := s.terminal.enter(); err != nil {
		s.terminal.leave()
		return nil, err
	}
	e.stderr = &s.said
	ctx, s.quit = context.WithCancel(ctx)
	s.closed = make(chan struct{})
	go func() {
		defer close(s.closed)
		defer s.terminal.leave()
		s.serve(ctx)
	}()
	return ctx, nil
}

// close gives the terminal back, and says what was said meanwhile.
func (s *watchScreen) close(e *env) {
	if s == nil || s.closed == nil {
		return
	}
	s.quit()
	<-s.closed
	s.closed, e.stderr = nil, s.stderr
	_, _ = e.stderr.Write(s.said.text) // nobody to be told
}

// guard is deferred in every goroutine of a watch, so that a panic leaves the
// terminal as it was found.
func (s *watchScreen) guard() {
	if s == nil {
		return
	}
	if p := recover(); p != nil {
		s.terminal.leave()
		panic(p)
	}
}

// serve draws, and answers to keys and signals, until the context or the user ends
// it.
func (s *watchScreen) serve(ctx context.Context) {
	defer s.guard()
	defer s.quit()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGWINCH, unix.SIGTSTP, unix.SIGCONT, unix.SIGHUP, unix.SIGQUIT)
	defer signal.Stop(signals)
	keys, stop := s.keyboard()
	defer stop()
	for {
		s.look.Columns, s.look.Rows = s.terminal.size()
		if lines := s.look.draw(); lines != nil {
			if err := s.terminal.show(lines); err != nil {
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-s.fresh:
			s.look.take(s.shot.Load())
		case pressed, open := <-keys:
			if !open || s.press(pressed) {
				return
			}
		case sig := <-signals:
			if !s.obey(sig) {
				return
			}
		}
	}
}

// press does what keys ask for, and reports whether that is to end the watch.
func (s *watchScreen) press(pressed []key) (quit bool) {
	for _, k := range pressed {
		switch {
		case k == keyRedraw:
			s.terminal.forget()
		case k == keySuspend:
			_ = unix.Kill(0, unix.SIGTSTP) // all of the job, as a terminal does; it comes back as a signal
		case s.look.press(k):
			return true
		}
	}
	return false
}

// obey does what a signal asks for, and reports whether the watch goes on.
func (s *watchScreen) obey(sig os.Signal) bool {
	switch sig {
	case unix.SIGWINCH:
		s.terminal.forget()
		return true
	case unix.SIGTSTP:
		return s.terminal.suspend() == nil
	case unix.SIGCONT:
		return s.terminal.enter() == nil
	}
	return false
}

// keyboard reads keys until it is stopped. Without a keyboard no key ever comes.
func (s *watchScreen) keyboard() (keys chan []key, stop func()) {
	if !s.terminal.keys {
		return nil, func() {}
	}
	wake, end, err := os.Pipe()
	if err != nil {
		return nil, func() {}
	}
	keys = make(chan []key)
	enough, left := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		defer s.guard()
		defer close(keys)
		s.terminal.read(wake, func(pressed []key) bool {
			select {
			case keys <- pressed:
				return true
			case <-enough:
				return false
			}
		})
	}()
	return keys, func() {
		close(enough)
		end.Close()
		<-left
		wake.Close()
	}
}

// begin begins a sample.
func (s *watchScreen) begin() {
	if s != nil {
		s.sockets = make([]watchedSocket, 0, len(s.sockets)+len(s.sockets)/8)
	}
}

// add takes a socket that is watched, as the watch has seen it.
func (s *watchScreen) add(e *watch.Event) {
	s.sockets = append(s.sockets, keepWatched(e.Socket, e.Age, e.Holders))
}

// own fills in the owners of the sample's sockets.
func (s *watchScreen) own(w *inspect.Watcher) {
	for i := range s.sockets {
		k := &s.sockets[i]
		if inode := k.inode.Or(0); inode != 0 {
			found, complete := w.Holders(inode)
			if k.looked = complete; k.holders == nil {
				k.holders = found
			}
		}
	}
}

// unique leaves out what the sample has twice.
func (s *watchScreen) unique() {
	name := func(k *watchedSocket) uint64 { return k.cookie.Or(0) }
	slices.SortStableFunc(s.sockets, func(a, b watchedSocket) int { return cmp.Compare(name(&a), name(&b)) })
	s.sockets = slices.CompactFunc(s.sockets, func(a, b watchedSocket) bool { return name(&a) == name(&b) && name(&a) != 0 })
}

// filesEvery is how long a count of descriptors is good enough: it takes as long as a
// process has descriptors, and so as a leak grows.
const filesEvery = 5 * time.Second

// filesOf counts the descriptors of a process, or has done so not long ago.
func (s *watchScreen) filesOf(w *inspect.Watcher, pid int32) tcp.Opt[watch.Files] {
	files, known := s.files[pid]
	if !known {
		files = w.Files(pid)
		s.files[pid] = files
	}
	return files
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
	shot := &watchShot{sockets: s.sockets, machine: w.Surroundings()}
	shot.WatchShot = render.WatchShot{
		Head: run.headOf(w.Head()), States: run.query.States, Source: run.machine.Source(), Interval: run.interval,
		Sample: *sample, Summary: w.Summary(), History: w.History(), Said: s.said.last(),
	}
	if sample.Time.Sub(s.counted) >= filesEvery {
		s.files, s.counted = map[int32]tcp.Opt[watch.Files]{}, sample.Time
	}
	for _, g := range first(maxGroups, w.Groups(watch.ByProcess)) {
		shot.Processes = append(shot.Processes, render.ProcessGrowth{Group: g, Files: s.filesOf(w, g.PID)})
	}
	shot.Listeners, shot.Peers = first(maxGroups, w.Groups(watch.ByListener)), first(maxGroups, w.Groups(watch.ByPeer))
	s.shot.Store(shot)
	select {
	case s.fresh <- struct{}{}:
	default:
	}
	return nil
}
