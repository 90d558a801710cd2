package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// patience is how long a condition may take to come true.
const patience = 2 * time.Minute

// A Scene is where a fault is staged. Its methods and those of hosts and processes
// end the staging with an error if they fail; only the goroutine of [Fault.Stage] may
// call them.
type Scene struct {
	ctx      context.Context
	bench    *bench
	dir      string  // of the scene's files
	hosts    []*Host // the first one is the bridge
	asked    *Host
	also     []Answer
	show     []string
	flags    []string // of tcpstat
	values   map[string]string
	findings []finding // of Observe
	observed int       // answers in which they were looked for
}

// failure is what a method of the scene panics with.
type failure struct{ error }

// Fail ends the staging.
func (s *Scene) Fail(format string, args ...any) {
	panic(failure{fmt.Errorf(format, args...)})
}

// Must ends the staging if there is an error.
func (s *Scene) Must(err error) {
	if err != nil {
		panic(failure{err})
	}
}

// Until waits until a condition is true, and ends the staging if it never is or if a
// program fails meanwhile. What is waited for is said as "300 sockets in CLOSE_WAIT".
func (s *Scene) Until(what string, condition func() bool) {
	deadline := time.Now().Add(patience)
	for !condition() {
		s.programsLive(what)
		if time.Now().After(deadline) {
			s.Fail("waited %v in vain: %s", patience, what)
		}
		select {
		case <-s.ctx.Done():
			s.Fail("interrupted while waiting: %s", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *Scene) programsLive(what string) {
	for _, h := range s.hosts {
		for _, p := range h.processes {
			if err := p.failed(); err != nil {
				s.Fail("%s on %s: %w, while waiting: %s\n%s", p.Name, h.Name, err, what, p.Output())
			}
		}
	}
}

// Ask chooses the host on which the answers are taken.
func (s *Scene) Ask(h *Host) { s.asked = h }

// Also takes more answers than the four: "tcpstat check listener=8080",
// "tcpstat --watch CLOSE_WAIT --for 3s".
func (s *Scene) Also(more ...Answer) { s.also = append(s.also, more...) }

// Flags are put to every command of tcpstat, as "--proc", dir.
func (s *Scene) Flags(flags ...string) { s.flags = append(s.flags, flags...) }

// Show says which commands docs/faults.md shows beside the answers. Without, they
// are "ss -tanpo" and "ss -s".
func (s *Scene) Show(commands ...string) { s.show = append(s.show, commands...) }

// Set gives {name} in the fault's expressions a value that only the scene knows, as
// a PID or a port. In expressions a blank matches any white space, since answers
// break their lines where they like; case does not matter, and . matches a line's end.
func (s *Scene) Set(name string, value any) { s.values[name] = fmt.Sprint(value) }

// File writes a file of the scene, as a server's configuration, and gives its path.
func (s *Scene) File(name, text string) string {
	path := s.path(name)
	s.Must(os.WriteFile(path, []byte(text), 0o644))
	return path
}

// path is that of a file of the scene.
func (s *Scene) path(name string) string { return filepath.Join(s.dir, name) }

// Dir is the scene's folder. Everybody may read it.
func (s *Scene) Dir() string { return s.dir }

// stage runs f in a scene, takes the answers there and clears it away.
func (b *bench) stage(ctx context.Context, f Fault) (seen seen, err error) {
	dir, err := os.MkdirTemp(b.dir, f.Name+"-")
	if err != nil {
		return seen, err
	}
	s := &Scene{ctx: ctx, bench: b, dir: dir, values: map[string]string{}}
	defer s.clear()
	defer func() {
		switch end := recover().(type) {
		case nil:
		case failure:
			err = end.error
		default:
			panic(end)
		}
	}()
	s.Must(os.Chmod(dir, 0o755))
	f.Stage(s)
	if s.asked == nil {
		s.Fail("the fault does not say on which host to ask")
	}
	return s.look(), nil
}

// clear ends all processes of the scene, and with them its hosts.
func (s *Scene) clear() {
	for _, h := range s.hosts {
		h.end()
	}
	os.RemoveAll(s.dir)
}
