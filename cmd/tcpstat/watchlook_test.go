package main

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tcpstat/filter"
	"tcpstat/render"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// madeShot is a sample of n sockets in CLOSE_WAIT, the first of which is the oldest.
func madeShot(n int) *watchShot {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	java, nginx := &tcp.Process{PID: 4711, Name: "java"}, &tcp.Process{PID: 1001, Name: "nginx"}
	shot := &watchShot{WatchShot: render.WatchShot{
		States: tcp.SetOf(tcp.CloseWait), Source: "netlink", Interval: time.Second,
		Sample: watch.Sample{Time: noon, Count: n}, Summary: watch.Summary{Start: noon},
	}}
	for i := range n {
		process := java
		if i%2 == 1 {
			process = nginx
		}
		s := &tcp.Socket{
			Family: tcp.IPv4, State: tcp.CloseWait, Cookie: tcp.Some(uint64(i + 1)), Inode: tcp.Some(uint64(1000 + i)),
			Local:     netip.MustParseAddrPort("10.0.0.7:8443"),
			Remote:    netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), uint16(65000-i%50000)),
			RecvQueue: uint32(i % 7),
		}
		age := time.Duration(n-i) * time.Second
		shot.sockets = append(shot.sockets, keepWatched(s, tcp.Age{Min: tcp.Some(age), Max: tcp.Some(age)},
			[]tcp.Holder{{Owner: tcp.Owner{PID: process.PID, FD: int32(i)}, Process: process}}))
	}
	return shot
}

func madeLook(shot *watchShot) *watchLook {
	l := newWatchLook(render.WatchScreen{}, filter.Names{}, true)
	l.Columns, l.Rows = 80, 24
	l.take(shot)
	l.draw()
	return l
}

// pressed presses keys, and draws after each.
func pressed(l *watchLook, keys ...key) (quit bool) {
	for _, k := range keys {
		quit = l.press(k)
		l.draw()
	}
	return quit
}

func letters(text string) (keys []key) {
	for _, r := range text {
		keys = append(keys, key(r))
	}
	return keys
}

// first is the cookie of the first socket on the screen.
func (l *watchLook) first() uint64 { return l.shot.sockets[l.chosen[l.Offset]].cookie.Or(0) }

func TestWatchLookScrolls(t *testing.T) {
	const n = 40
	l := madeLook(madeShot(n))
	for _, step := range []struct {
		name  string
		key   key
		first uint64
	}{
		{"up at the top", keyUp, 1},
		{"down", keyDown, 2},
		{"down", keyDown, 3},
		{"up", keyUp, 2},
		{"home", keyHome, 1},
		{"page up at the top", keyPageUp, 1},
	} {
		if pressed(l, step.key); l.first() != step.first {
			t.Errorf("%s: the first is %d, not %d", step.name, l.first(), step.first)
		}
	}
	page := l.shown
	if pressed(l, keyPageDown); page < 3 || l.Offset != page-1 {
		t.Errorf("a page of %d further it is at %d", page, l.Offset)
	}
	for _, k := range []key{keyEnd, keyDown, keyPageDown} {
		if pressed(l, k); l.Offset+l.shown != n {
			t.Errorf("at the end: %d from %d", l.shown, l.Offset)
		}
	}
	if pressed(l, keyUp); l.Offset+l.shown != n-1 {
		t.Errorf("one up from the end: %d from %d", l.shown, l.Offset)
	}
	l.take(madeShot(3))
	if l.draw(); l.Offset != 0 || l.shown != 3 {
		t.Errorf("when few are left: %d from %d", l.shown, l.Offset)
	}
}

func TestWatchLookSorts(t *testing.T) {
	l := madeLook(madeShot(300))
	for _, want := range []struct {
		sort  string
		first uint64
	}{{"process", 1}, {"peer", 1}, {"queue", 7}, {"state", 1}, {"age", 1}} {
		pressed(l, keyDown, 's')
		if l.Sort != want.sort || l.first() != want.first || l.Offset != 0 {
			t.Errorf("sort %s: the first is %d at %d", l.Sort, l.first(), l.Offset)
		}
	}
	pressed(l, 's')
	if holder := l.shot.sockets[l.chosen[len(l.chosen)-1]].holders[0]; holder.Process.Name != "nginx" {
		t.Errorf("by process %s is last", holder.Process.Name)
	}
}

func TestWatchLookPauses(t *testing.T) {
	l := madeLook(madeShot(40))
	pressed(l, ' ')
	l.take(madeShot(50))
	l.take(madeShot(60))
	if l.Chosen != 40 || !strings.Contains(strings.Join(l.draw(), "\n"), "paused") {
		t.Errorf("while it is paused there are %d", l.Chosen)
	}
	if pressed(l, ' '); l.Chosen != 60 {
		t.Errorf("then there are %d", l.Chosen)
	}
	l = newWatchLook(render.WatchScreen{}, filter.Names{}, true)
	l.press(' ')
	if l.draw() != nil {
		t.Error("something is drawn before the first sample")
	}
	l.take(madeShot(5))
	if l.draw(); l.Chosen != 5 {
		t.Error("the first sample is not shown because it is paused")
	}
}

func TestWatchLookFilters(t *testing.T) {
	const n = 40
	for _, tt := range []struct {
		typed  string
		chosen int
		plain  bool
	}{
		{"", n, false},
		{"recvq > 3", 16, false},
		{"process nginx and recvq == 0", 3, false},
		{"state established", 0, false},
		{"dst 10.1.0.7", 1, false},
		{"age >= 39s", 2, false},
		{"JAVA", n / 2, true},
		{"10.1.0.3", 11, true}, // and 10.1.0.30 to 10.1.0.39
		{":64999", 1, true},
		{"eof_read", 6, true},
		{"nobody", 0, true},
		{"rtt < 100s", 0, true},
		{"not cgroup /a", 0, true},
	} {
		l := madeLook(madeShot(n))
		pressed(l, keyDown, '/')
		pressed(l, letters(tt.typed)...)
		if !l.Typing || l.Chosen != tt.chosen || (l.Plain != "") != tt.plain {
			t.Errorf("%q: %d chosen, typing %v, plain %q", tt.typed, l.Chosen, l.Typing, l.Plain)
		}
		pressed(l, keyEnter)
		if l.Typing || l.Chosen != tt.chosen {
			t.Errorf("%q entered: %d chosen, typing %v", tt.typed, l.Chosen, l.Typing)
		}
		if pressed(l, keyEscape); l.Filter != "" || l.Chosen != n {
			t.Errorf("%q left: %d chosen by %q", tt.typed, l.Chosen, l.Filter)
		}
	}
}

func TestWatchLookTypes(t *testing.T) {
	l := madeLook(madeShot(40))
	pressed(l, letters("/q s한")...)
	if l.Filter != "q s한" {
		t.Errorf("typed %q", l.Filter)
	}
	pressed(l, keyDelete, keyBackspace)
	if l.Filter != "q " {
		t.Errorf("two letters less: %q", l.Filter)
	}
	pressed(l, keyErase, keyDelete)
	if l.Filter != "" || !l.Typing || l.Chosen != 40 {
		t.Errorf("erased: %q, %d chosen", l.Filter, l.Chosen)
	}
	pressed(l, letters(strings.Repeat("x", 2*maxTyped))...)
	if len(l.Filter) != maxTyped {
		t.Errorf("%d bytes typed", len(l.Filter))
	}
	pressed(l, keyErase)
	if pressed(l, keyDown); l.Offset != 1 {
		t.Error("the list does not scroll while a filter is typed")
	}
	if pressed(l, 'q', keyEscape) {
		t.Error("q ends the watch while a filter is typed")
	}
	for _, k := range []key{'q', keyInterrupt} {
		if !pressed(l, k) {
			t.Errorf("%d does not end the watch", k)
		}
	}
	l.press('/')
	if !l.press(keyInterrupt) {
		t.Error("Ctrl-C does not end the watch while a filter is typed")
	}
}

// An answer to a key at 50,000 sockets: it has 100 ms.
func BenchmarkWatchKeys(b *testing.B) {
	for _, n := range []int{1000, 50_000} {
		for _, keys := range []struct {
			name string
			keys []key
		}{
			{"scroll", []key{keyPageDown}},
			{"sort", []key{'s'}},
			{"text", append(letters("/x"), keyEscape)},
			{"filter", append(letters("/recvq>3"), keyEscape)},
		} {
			b.Run(fmt.Sprintf("%s/%d", keys.name, n), func(b *testing.B) {
				l := madeLook(madeShot(n))
				for b.Loop() {
					pressed(l, keys.keys...)
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N*len(keys.keys)), "ms/key")
			})
		}
	}
}
