package screen

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"tcpstat/filter"
	"tcpstat/terminal"
)

// patience is how long something may take on a busy machine.
const patience = 20 * time.Second

// fakeTerminal is a terminal that a test looks at and types on.
type fakeTerminal struct {
	keys   chan []terminal.Key
	shown  chan string
	broken error         // of Enter and Show
	panic  chan struct{} // closed: being asked for its size does

	taken   bool
	stopped bool
	panics  any
}

func newFake() *fakeTerminal {
	return &fakeTerminal{keys: make(chan []terminal.Key), shown: make(chan string), panic: make(chan struct{})}
}

func (f *fakeTerminal) Enter() error   { f.taken = true; return f.broken }
func (f *fakeTerminal) Leave()         { f.taken = false }
func (f *fakeTerminal) Guard()         { f.panics = recover() }
func (f *fakeTerminal) Keyboard() bool { return true }

func (f *fakeTerminal) Size() (columns, rows int) {
	select {
	case <-f.panic:
		panic("made")
	default:
		return 80, 24
	}
}

func (f *fakeTerminal) Show(lines []string) error {
	if f.broken == nil {
		f.shown <- strings.Join(lines, "\n")
	}
	return f.broken
}

func (f *fakeTerminal) Listen() (keys <-chan []terminal.Key, stop func()) {
	return f.keys, func() { f.stopped = true }
}

// awaitShown waits for a screen, and checks that it has some text.
func (f *fakeTerminal) awaitShown(t *testing.T, text string) {
	t.Helper()
	select {
	case shown := <-f.shown:
		if !strings.Contains(shown, text) {
			t.Errorf("no %q in\n%s", text, shown)
		}
	case <-time.After(patience):
		t.Fatal("nothing is shown")
	}
}

func open(t *testing.T, f *fakeTerminal) (s *Screen, ctx context.Context) {
	t.Helper()
	s = New(f, io.Discard, Style{}, filter.Names{})
	ctx, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s, ctx
}

// ended waits until a screen has ended by itself, and checks what it leaves.
func ended(t *testing.T, s *Screen, ctx context.Context, f *fakeTerminal) {
	t.Helper()
	select {
	case <-ctx.Done():
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
	s.Close()
	s.Close()
	if f.taken || !f.stopped {
		t.Errorf("it ends and has the terminal: %v, reads no keys: %v", f.taken, f.stopped)
	}
}

func TestScreen(t *testing.T) {
	f := newFake()
	s, ctx := open(t, f)
	f.keys <- []terminal.Key{'s'} // nothing is shown before the first shot
	s.Show(madeShot(5))
	f.awaitShown(t, "sort: process")
	f.keys <- []terminal.Key{'s', ' '}
	f.awaitShown(t, "paused")
	s.Show(madeShot(6))
	f.awaitShown(t, "1-5 of 5")
	f.keys <- nil // something happened to the terminal
	f.awaitShown(t, "sort: peer")
	f.keys <- letters(" /")
	f.awaitShown(t, "1-6 of 6")
	f.keys <- []terminal.Key{'q', terminal.KeyInterrupt, 'x'}
	ended(t, s, ctx, f)
}

// Who takes samples does not wait for the terminal, which shows the last one.
func TestScreenNeverWaits(t *testing.T) {
	f := newFake()
	s, ctx := open(t, f)
	s.Show(madeShot(1))
	for n := range 50 {
		s.Show(madeShot(n + 2))
	}
	for last := false; !last; {
		select {
		case shown := <-f.shown:
			last = strings.Contains(shown, "of 51")
		case <-time.After(patience):
			t.Fatal("the last one is not shown")
		}
	}
	f.keys <- letters("q")
	ended(t, s, ctx, f)
}

func TestScreenEnds(t *testing.T) {
	gone := errors.New("gone")
	for name, end := range map[string]func(*Screen, *fakeTerminal){
		"no more keys": func(_ *Screen, f *fakeTerminal) { close(f.keys) },
		"closed":       func(s *Screen, _ *fakeTerminal) { s.Close() },
		"cannot be drawn on": func(s *Screen, f *fakeTerminal) {
			f.keys <- nil // it is past Enter
			f.broken = gone
			s.Show(madeShot(1))
		},
		"panic": func(s *Screen, f *fakeTerminal) {
			close(f.panic)
			s.Show(madeShot(1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			s, ctx := open(t, f)
			end(s, f)
			ended(t, s, ctx, f)
			if (f.panics != nil) != (name == "panic") {
				t.Errorf("panics: %v", f.panics)
			}
		})
	}
	f := newFake()
	f.broken = gone
	s := New(f, io.Discard, Style{}, filter.Names{})
	if _, err := s.Open(t.Context()); !errors.Is(err, gone) || f.taken {
		t.Errorf("a terminal that cannot be taken: %v, taken %v", err, f.taken)
	}
	s.Close()
}
