package terminal

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// patience is how long something may take on a busy machine.
const patience = 20 * time.Second

// keyboard makes a terminal whose keys come from a pipe.
func keyboard(t *testing.T) (s *Terminal, keys *os.File) {
	t.Helper()
	input, keys, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		keys.Close()
		input.Close()
	})
	return &Terminal{input: int(input.Fd()), keyboard: true}, keys
}

func press(t *testing.T, keyboard *os.File, text string) {
	t.Helper()
	if _, err := keyboard.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// next gives what is handed over next, and whether anything is.
func next(t *testing.T, heard <-chan []Key) ([]Key, bool) {
	t.Helper()
	select {
	case keys, open := <-heard:
		return keys, open
	case <-time.After(patience):
		t.Fatal("nothing is handed over")
		return nil, false
	}
}

func TestListen(t *testing.T) {
	s, typed := keyboard(t)
	_, stop := s.Listen()
	stop() // what the runtime keeps for good: its goroutine for signals
	goroutines := runtime.NumGoroutine()
	heard, stop := s.Listen()
	for _, tt := range []struct {
		send  func()
		keys  []Key
		again bool // all is drawn
	}{
		{send: func() { press(t, typed, "q\x1b[A") }, keys: []Key{'q', KeyUp}},
		{send: func() { press(t, typed, "\x1b") }, keys: []Key{KeyEscape}}, // since nothing follows
		{send: func() { press(t, typed, "a\x0cb") }, keys: []Key{'a', 'b'}, again: true},
		{send: func() { _ = unix.Kill(os.Getpid(), unix.SIGWINCH) }, again: true},
	} {
		s.mu.Lock()
		s.lines = []string{"drawn"}
		s.mu.Unlock()
		tt.send()
		keys, open := next(t, heard)
		if diff := cmp.Diff(tt.keys, keys); diff != "" || !open {
			t.Errorf("handed over: %v (-want +got):\n%s", open, diff)
		}
		s.mu.Lock()
		if again := s.lines == nil; again != tt.again {
			t.Errorf("after %q all is drawn again: %v", tt.keys, again)
		}
		s.mu.Unlock()
	}
	stop()
	if _, open := <-heard; open {
		t.Error("keys are handed over after the end")
	}
	for late := time.Now().Add(patience); runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("%d goroutines, and %d before", runtime.NumGoroutine(), goroutines)
		}
	}
}

// A terminal that is gone, and the signal of that, end what is heard.
func TestListenEnds(t *testing.T) {
	for name, end := range map[string]func(*os.File){
		"keyboard": func(keys *os.File) { keys.Close() },
		"signal":   func(*os.File) { _ = unix.Kill(os.Getpid(), unix.SIGHUP) },
	} {
		s, typed := keyboard(t)
		heard, stop := s.Listen()
		end(typed)
		if keys, open := next(t, heard); open {
			t.Errorf("%s: %v is handed over", name, keys)
		}
		stop()
	}
}

// Who stops need not have taken what was handed over.
func TestListenStops(t *testing.T) {
	s, typed := keyboard(t)
	_, stop := s.Listen()
	press(t, typed, "q")
	done := make(chan struct{})
	go func() {
		stop()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("it does not stop")
	}
}
