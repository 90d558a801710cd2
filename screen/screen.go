package screen

import (
	"context"
	"io"
	"slices"
	"sync/atomic"

	"tcpstat/filter"
	"tcpstat/terminal"
)

// Terminal is what a screen is shown on: a [terminal.Terminal], or in a test none.
type Terminal interface {
	Enter() error
	Leave()
	Guard()
	Size() (columns, rows int)
	Show(lines []string) error
	Keyboard() bool
	Listen() (keys <-chan []terminal.Key, stop func())
}

// Screen shows a watch while samples are taken: who takes them hands over shots, and
// a goroutine draws the last one and answers to keys.
type Screen struct {
	terminal Terminal
	stderr   aside
	style    Style
	model    *model

	shot   atomic.Pointer[Shot] // the last one
	fresh  chan struct{}        // there is one
	closed chan struct{}        // the terminal was given back
	quit   context.CancelFunc
}

// New makes a screen. What must not be written across it goes to stderr in the end.
// Names are those that a filter may look up.
func New(t Terminal, stderr io.Writer, style Style, names filter.Names) *Screen {
	return &Screen{
		terminal: t, stderr: aside{w: stderr}, style: style, model: newModel(names, t.Keyboard()), fresh: make(chan struct{}, 1),
	}
}

// Stderr is what has to be used in place of standard error, from before Open on. What
// is written while the terminal is taken waits until it is given back, and its last
// line is shown. It is safe for concurrent use.
func (s *Screen) Stderr() io.Writer { return &s.stderr }

// Open takes the terminal. The context that it gives ends when the user has seen
// enough.
func (s *Screen) Open(ctx context.Context) (context.Context, error) {
	if err := s.terminal.Enter(); err != nil {
		s.terminal.Leave()
		return nil, err
	}
	s.stderr.hold()
	ctx, s.quit = context.WithCancel(ctx)
	s.closed = make(chan struct{})
	go func() {
		defer close(s.closed)
		defer s.terminal.Leave()
		s.serve(ctx)
	}()
	return ctx, nil
}

// Close gives the terminal back. It may be called again, and without Open.
func (s *Screen) Close() {
	if s.closed == nil {
		return
	}
	s.quit()
	<-s.closed
	s.closed = nil
	s.stderr.release()
}

// Show shows a shot in place of the one before, which nothing may change from now on.
// It does not wait for that.
func (s *Screen) Show(shot *Shot) {
	shot.said = s.stderr.last()
	s.shot.Store(shot)
	select {
	case s.fresh <- struct{}{}:
	default:
	}
}

// serve draws, and answers to keys, until the context or the user ends it.
func (s *Screen) serve(ctx context.Context) {
	defer s.terminal.Guard()
	defer s.quit()
	keys, stop := s.terminal.Listen()
	defer stop()
	for {
		if err := s.draw(); err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-s.fresh:
			s.model.take(s.shot.Load())
		case pressed, open := <-keys:
			if !open || slices.ContainsFunc(pressed, s.model.press) {
				return
			}
		}
	}
}

// draw shows what the model has now.
func (s *Screen) draw() error {
	v := s.model.view(s.terminal.Size())
	if v == nil {
		return nil
	}
	p := s.style.draw(v)
	s.model.drawn(&p)
	return s.terminal.Show(p.lines)
}
