package terminal

import (
	"bytes"
	"errors"
	"testing"
)

// Only the lines that changed are drawn again.
func TestTerminalShows(t *testing.T) {
	var sent bytes.Buffer
	s := &Terminal{w: &sent}
	show := func(lines ...string) string {
		sent.Reset()
		if err := s.Show(lines); err != nil {
			t.Fatal(err)
		}
		return sent.String()
	}
	if got := show("a"); got != "" {
		t.Errorf("before it is taken: %q", got)
	}
	if err := s.Enter(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		lines []string
		want  string
	}{
		{[]string{"a", "b", "c"}, clearScreen + "\x1b[1;1H\x1b[Ka\x1b[2;1H\x1b[Kb\x1b[3;1H\x1b[Kc"},
		{[]string{"a", "b", "c"}, ""},
		{[]string{"a", "B", "c"}, "\x1b[2;1H\x1b[KB"},
		{[]string{"a"}, "\x1b[2;1H\x1b[K\x1b[3;1H\x1b[K"},
		{[]string{"a", "b"}, "\x1b[2;1H\x1b[Kb"},
	} {
		want := tt.want
		if want != "" {
			want = beginUpdate + want + endUpdate
		}
		if got := show(tt.lines...); got != want {
			t.Errorf("%q: %q, not %q", tt.lines, got, want)
		}
	}
	s.forget()
	if got := show("a"); got != beginUpdate+clearScreen+"\x1b[1;1H\x1b[Ka"+endUpdate {
		t.Errorf("forgotten: %q", got)
	}
	sent.Reset()
	s.Leave()
	s.Leave()
	if sent.String() != leaveScreen {
		t.Errorf("left: %q", sent.String())
	}
	s = &Terminal{w: brokenWriter{}}
	if err := s.Enter(); !errors.Is(err, errBroken) {
		t.Errorf("a terminal that is gone: %v", err)
	}
}

var errBroken = errors.New("broken")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }
