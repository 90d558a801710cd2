package screen

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tcpstat/filter"
	"tcpstat/tcp"
	"tcpstat/terminal"
	"tcpstat/watch"
)

// madeShot is a sample of n sockets in CLOSE_WAIT, the first of which is the oldest.
func madeShot(n int) *Shot {
	java, nginx := &tcp.Process{PID: 4711, Name: "java"}, &tcp.Process{PID: 1001, Name: "nginx"}
	shot := &Shot{
		States: tcp.SetOf(tcp.CloseWait), Source: "netlink", Interval: time.Second,
		Sample: watch.Sample{Time: noon, Count: n}, Summary: watch.Summary{Start: noon},
	}
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
		shot.Sockets = append(shot.Sockets, Keep(s, tcp.Age{Min: tcp.Some(age), Max: tcp.Some(age)},
			[]tcp.Holder{{Owner: tcp.Owner{PID: process.PID, FD: int32(i)}, Process: process}}))
	}
	return shot
}

func madeModel(shot *Shot) *model {
	m := newModel(filter.Names{}, true)
	m.take(shot)
	drawn(m)
	return m
}

// drawn draws a model, and gives the lines of that.
func drawn(m *model) []string {
	v := m.view(80, 24)
	if v == nil {
		return nil
	}
	p := new(Style).draw(v)
	m.drawn(&p)
	return p.lines
}

// pressed presses keys, and draws after each.
func pressed(m *model, keys ...terminal.Key) (quit bool) {
	for _, k := range keys {
		quit = m.press(k)
		drawn(m)
	}
	return quit
}

func letters(text string) (keys []terminal.Key) {
	for _, r := range text {
		keys = append(keys, terminal.Key(r))
	}
	return keys
}

// first is the cookie of the first socket on the screen.
func (m *model) first() uint64 { return m.shot.Sockets[m.list[m.offset]].Cookie().Or(0) }

func TestModelScrolls(t *testing.T) {
	const n = 40
	m := madeModel(madeShot(n))
	for _, step := range []struct {
		name  string
		key   terminal.Key
		first uint64
	}{
		{"up at the top", terminal.KeyUp, 1},
		{"down", terminal.KeyDown, 2},
		{"down", terminal.KeyDown, 3},
		{"up", terminal.KeyUp, 2},
		{"home", terminal.KeyHome, 1},
		{"page up at the top", terminal.KeyPageUp, 1},
	} {
		if pressed(m, step.key); m.first() != step.first {
			t.Errorf("%s: the first is %d, not %d", step.name, m.first(), step.first)
		}
	}
	page := m.shown
	if pressed(m, terminal.KeyPageDown); page < 3 || m.offset != page-1 {
		t.Errorf("a page of %d further it is at %d", page, m.offset)
	}
	for _, k := range []terminal.Key{terminal.KeyEnd, terminal.KeyDown, terminal.KeyPageDown} {
		if pressed(m, k); m.offset+m.shown != n {
			t.Errorf("at the end: %d from %d", m.shown, m.offset)
		}
	}
	if pressed(m, terminal.KeyUp); m.offset+m.shown != n-1 {
		t.Errorf("one up from the end: %d from %d", m.shown, m.offset)
	}
	m.take(madeShot(3))
	if drawn(m); m.offset != 0 || m.shown != 3 {
		t.Errorf("when few are left: %d from %d", m.shown, m.offset)
	}
}

// Of many sockets no more are looked at than a screen has rows, and those are the ones
// that it shows.
func TestModelViewsFew(t *testing.T) {
	const n, rows = 10_000, 50
	m := madeModel(madeShot(n))
	for _, tt := range []struct{ offset, first int }{{0, 0}, {5000, 5000}, {n - rows - 1, n - rows - 1}, {n - 1, n - rows}, {math.MaxInt, n - rows}} {
		m.offset = tt.offset
		v := m.view(200, rows)
		if v.first != tt.first || v.chosen != n || len(v.visible) != rows {
			t.Errorf("at %d: %d from %d of %d", tt.offset, len(v.visible), v.first, v.chosen)
		}
		for i := range v.visible {
			if cookie := v.visible[i].Socket.Cookie.Or(0); cookie != uint64(tt.first+i+1) {
				t.Fatalf("at %d: row %d is that of socket %d", tt.offset, i, cookie)
			}
		}
	}
}

func TestModelSorts(t *testing.T) {
	m := madeModel(madeShot(300))
	for _, want := range []struct {
		sort  string
		first uint64
	}{{"process", 1}, {"peer", 1}, {"queue", 7}, {"state", 1}, {"age", 1}} {
		pressed(m, terminal.KeyDown, 's')
		if m.sort != want.sort || m.first() != want.first || m.offset != 0 {
			t.Errorf("sort %s: the first is %d at %d", m.sort, m.first(), m.offset)
		}
	}
	pressed(m, 's')
	if holder := m.shot.Sockets[m.list[len(m.list)-1]].Holders[0]; holder.Process.Name != "nginx" {
		t.Errorf("by process %s is last", holder.Process.Name)
	}
}

func TestModelPauses(t *testing.T) {
	m := madeModel(madeShot(40))
	pressed(m, ' ')
	m.take(madeShot(50))
	m.take(madeShot(60))
	if len(m.list) != 40 || !strings.Contains(strings.Join(drawn(m), "\n"), "paused") {
		t.Errorf("while it is paused there are %d", len(m.list))
	}
	if pressed(m, ' '); len(m.list) != 60 {
		t.Errorf("then there are %d", len(m.list))
	}
	m = newModel(filter.Names{}, true)
	m.press(' ')
	if drawn(m) != nil {
		t.Error("something is drawn before the first sample")
	}
	m.take(madeShot(5))
	if drawn(m); len(m.list) != 5 {
		t.Error("the first sample is not shown because it is paused")
	}
}

func TestModelFilters(t *testing.T) {
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
		m := madeModel(madeShot(n))
		pressed(m, terminal.KeyDown, '/')
		pressed(m, letters(tt.typed)...)
		if !m.typing || len(m.list) != tt.chosen || (m.plain != "") != tt.plain {
			t.Errorf("%q: %d chosen, typing %v, plain %q", tt.typed, len(m.list), m.typing, m.plain)
		}
		pressed(m, terminal.KeyEnter)
		if m.typing || len(m.list) != tt.chosen {
			t.Errorf("%q entered: %d chosen, typing %v", tt.typed, len(m.list), m.typing)
		}
		if pressed(m, terminal.KeyEscape); m.filter != "" || len(m.list) != n {
			t.Errorf("%q left: %d chosen by %q", tt.typed, len(m.list), m.filter)
		}
	}
}

func TestModelTypes(t *testing.T) {
	m := madeModel(madeShot(40))
	pressed(m, letters("/q s한")...)
	if m.filter != "q s한" {
		t.Errorf("typed %q", m.filter)
	}
	pressed(m, terminal.KeyDelete, terminal.KeyBackspace)
	if m.filter != "q " {
		t.Errorf("two letters less: %q", m.filter)
	}
	pressed(m, terminal.KeyErase, terminal.KeyDelete)
	if m.filter != "" || !m.typing || len(m.list) != 40 {
		t.Errorf("erased: %q, %d chosen", m.filter, len(m.list))
	}
	pressed(m, letters(strings.Repeat("x", 2*maxTyped))...)
	if len(m.filter) != maxTyped {
		t.Errorf("%d bytes typed", len(m.filter))
	}
	pressed(m, terminal.KeyErase)
	if pressed(m, terminal.KeyDown); m.offset != 1 {
		t.Error("the list does not scroll while a filter is typed")
	}
	if pressed(m, 'q', terminal.KeyEscape) {
		t.Error("q ends the watch while a filter is typed")
	}
	for _, k := range []terminal.Key{'q', terminal.KeyInterrupt} {
		if !pressed(m, k) {
			t.Errorf("%d does not end the watch", k)
		}
	}
	m.press('/')
	if !m.press(terminal.KeyInterrupt) {
		t.Error("Ctrl-C does not end the watch while a filter is typed")
	}
}

// An answer to a key at 50,000 sockets: it has 100 ms.
func BenchmarkKeys(b *testing.B) {
	for _, n := range []int{1000, 50_000} {
		for _, keys := range []struct {
			name string
			keys []terminal.Key
		}{
			{"scroll", []terminal.Key{terminal.KeyPageDown}},
			{"sort", []terminal.Key{'s'}},
			{"text", append(letters("/x"), terminal.KeyEscape)},
			{"filter", append(letters("/recvq>3"), terminal.KeyEscape)},
		} {
			b.Run(fmt.Sprintf("%s/%d", keys.name, n), func(b *testing.B) {
				m := madeModel(madeShot(n))
				for b.Loop() {
					pressed(m, keys.keys...)
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N*len(keys.keys)), "ms/key")
			})
		}
	}
}
