package filter_test

import (
	"testing"

	"tcpstat/filter"
	"tcpstat/internal/filtertest"
)

// 100,000 random filters and sockets are judged as filters of their words must
// be, and the filter that was printed judges alike.
func TestRandom(t *testing.T) {
	g := filtertest.New(1)
	seen := map[filter.Truth]int{}
	for range 5000 {
		text, want := g.Filter()
		e, err := filter.Parse(text, filter.Names{})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		printed, err := filter.Parse(e.String(), filter.Names{})
		if err != nil {
			t.Fatalf("%s: printed as %s: %v", text, e, err)
		}
		for range 20 {
			s := g.Subject()
			got := e.Match(s)
			seen[got]++
			if got != want(s) || got != printed.Match(s) {
				t.Fatalf("%s\n  %s\n  %v, printed %v, want %v, for %+v %+v", text, e, got, printed.Match(s), want(s), s.Socket, s)
			}
		}
	}
	for _, truth := range []filter.Truth{filter.False, filter.Unknown, filter.True} {
		if seen[truth] < 1000 {
			t.Errorf("%v only %d times", truth, seen[truth])
		}
	}
}
