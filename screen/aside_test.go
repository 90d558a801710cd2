package screen

import (
	"bytes"
	"strings"
	"testing"

	"tcpstat/filter"
	"tcpstat/terminal"
)

// What is said goes on at once, but for what is said while there is a screen: its last
// line stands on the screen, and all of it is said in the end.
func TestStderr(t *testing.T) {
	var stderr bytes.Buffer
	f := newFake()
	s := New(f, &stderr, Style{}, filter.Names{})
	say := func(text string) {
		if n, err := s.Stderr().Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
	said := func(want string) {
		t.Helper()
		if got := stderr.String(); got != want {
			t.Errorf("said %q, and not %q", got, want)
		}
	}
	say("before\n")
	said("before\n")
	if _, err := s.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	say("one\n")
	say("two\n")
	said("before\n")
	s.Show(madeShot(1))
	f.awaitShown(t, "\ntwo\n")
	f.keys <- []terminal.Key{terminal.KeyInterrupt}
	s.Close()
	s.Close()
	said("before\none\ntwo\n")
	say("after\n")
	said("before\none\ntwo\nafter\n")
}

// What waits is bounded, and said once.
func TestAsideBounded(t *testing.T) {
	var stderr bytes.Buffer
	a := aside{w: &stderr}
	a.hold()
	line := []byte(strings.Repeat("x", 1023) + "\n")
	for range 2 * maxHeld / len(line) {
		if n, err := a.Write(line); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	a.release()
	if a.release(); stderr.Len() != maxHeld {
		t.Errorf("%d bytes waited", stderr.Len())
	}
}
