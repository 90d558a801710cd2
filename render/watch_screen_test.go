package render

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// noon is when the made samples were taken.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// leakRows are n sockets that two programs leak.
func leakRows(n int) []*listing.Row {
	var specimens []specimen
	for i := range n {
		remote := fmt.Sprintf("10.20.30.%d:%d", 50+i%3, 40000+i)
		owner := owned("java", 4711)
		if i%5 == 4 {
			owner = owned("nginx", 1001, 1002)
		}
		specimens = append(specimens, socket(tcp.CloseWait, "10.20.30.40:8443", remote, queues(uint32(i%4*7), 0), owner))
	}
	all := rows(specimens)
	for i, r := range all {
		low := time.Duration(n-i) * 2 * time.Second
		r.View.Age = tcp.Age{Min: tcp.Some(low), Max: tcp.Some(low + 900*time.Millisecond)}
		r.Note = tcp.NoteOf(r.Socket, &r.View, &tcp.Machine{Sysctls: machine()})
	}
	return all
}

// leakShot is a watch of them.
func leakShot(n int) *WatchShot {
	shot := &WatchShot{
		Head: listing.Head{Host: "web-1"}, States: tcp.SetOf(tcp.CloseWait), Source: "netlink", Interval: time.Second,
		Sample: watch.Sample{
			Time: noon, Count: n, Growth: tcp.Some(30.0),
			Oldest: tcp.Age{Min: tcp.Some(time.Duration(2*n) * time.Second), Max: tcp.Some(time.Duration(2*n+1) * time.Second)},
		},
		Processes: []ProcessGrowth{
			{
				Group: watch.Group{Subject: watch.Subject{PID: 4711}, Process: &tcp.Process{PID: 4711, Name: "java"}, Count: n * 4 / 5, Growth: tcp.Some(24.0)},
				Files: tcp.Some(watch.Files{Open: 998, Limit: 1024}),
			},
			{
				Group: watch.Group{Subject: watch.Subject{PID: 1001}, Process: &tcp.Process{PID: 1001, Name: "evil\x1b[2J"}, Count: n / 5, Growth: tcp.Some(-1.5)},
			},
		},
		Listeners: []watch.Group{{Subject: watch.Subject{Listener: netip.MustParseAddrPort("0.0.0.0:8443")}, Count: n, Growth: tcp.Some(30.0)}},
		Peers: []watch.Group{
			{Subject: watch.Subject{Peer: netip.MustParseAddr("10.20.30.50")}, Count: n / 3, Growth: tcp.Some(10.0)},
			{Subject: watch.Subject{Peer: netip.MustParseAddr("2001:db8::7")}, Count: 1},
		},
	}
	shot.Summary = watch.Summary{Sample: shot.Sample, Start: noon.Add(-4 * time.Minute), Samples: 240}
	shot.Summary.Appeared, shot.Summary.Left, shot.Summary.Changed = uint64(n+3), 3, 2
	for i := range 240 {
		shot.History = append(shot.History, watch.Point{Time: noon.Add(time.Duration(i-239) * time.Second), Count: n * (i + 1) / 240})
	}
	return shot
}

// lookAt is how somebody looks at rows.
func lookAt(rows []*listing.Row, columns, lines int) *WatchLook {
	return &WatchLook{
		Columns: columns, Rows: lines, Row: func(i int) *listing.Row { return rows[i] }, Chosen: len(rows), Sort: "age", Keys: true,
	}
}

func TestWatchScreenGolden(t *testing.T) {
	leak, every := leakRows(40), rows(everySocket)
	all := leakShot(40)
	all.States, all.Source = tcp.AllStates, "proc"
	busy := leakShot(40)
	busy.Summary.LostEvents, busy.Summary.Unfollowed, busy.Summary.Brief = 12, 3, 40
	busy.Said = "tcpstat: owners may be missing: \x1b[31mpermission denied"
	empty := leakShot(0)
	empty.Sample.Count, empty.Processes, empty.Listeners, empty.Peers = 0, nil, nil, nil
	for _, tt := range []struct {
		name          string
		columns, rows int
		shot          *WatchShot
		sockets       []*listing.Row
		screen        WatchScreen
		change        func(*WatchLook)
	}{
		{name: "leak", columns: 80, rows: 24, shot: leakShot(40), sockets: leak},
		{name: "leak", columns: 200, rows: 50, shot: leakShot(40), sockets: leak},
		{name: "leak", columns: 20, rows: 5, shot: leakShot(40), sockets: leak},
		{name: "leak", columns: 40, rows: 10, shot: leakShot(40), sockets: leak},
		{name: "leak-ko", columns: 80, rows: 24, shot: leakShot(40), sockets: leak, screen: WatchScreen{Lang: tcp.Korean}},
		{name: "leak-color", columns: 120, rows: 24, shot: leakShot(40), sockets: leak, screen: WatchScreen{Palette: typeset.NewPalette()}},
		{name: "every", columns: 80, rows: 50, shot: all, sockets: every},
		{name: "every", columns: 200, rows: 50, shot: all, sockets: every, screen: WatchScreen{Root: true}},
		{
			name: "paused", columns: 80, rows: 24, shot: busy, sockets: leak, screen: WatchScreen{ASCII: true},
			change: func(l *WatchLook) { l.Paused, l.Offset, l.Filter = true, math.MaxInt, "java" },
		},
		{
			name: "typing", columns: 80, rows: 24, shot: leakShot(40), sockets: nil,
			change: func(l *WatchLook) { l.Typing, l.Filter, l.Plain = true, "state clo", "unknown state clo" },
		},
		{
			name: "no-keys", columns: 80, rows: 16, shot: empty,
			change: func(l *WatchLook) { l.Keys = false },
		},
	} {
		look := lookAt(tt.sockets, tt.columns, tt.rows)
		if tt.change != nil {
			tt.change(look)
		}
		page := tt.screen.Draw(tt.shot, look)
		name := fmt.Sprintf("watch-%s-%dx%d", tt.name, tt.columns, tt.rows)
		checkList(t, name, strings.Join(page.Lines, "\n")+"\n")
		checkFits(t, name, &page, look)
	}
}

// checkFits checks that a page is one for its screen.
func checkFits(t *testing.T, name string, page *WatchPage, look *WatchLook) {
	t.Helper()
	if len(page.Lines) > look.Rows {
		t.Errorf("%s: %d lines for %d rows", name, len(page.Lines), look.Rows)
	}
	for _, line := range page.Lines {
		line = colour.ReplaceAllString(line, "")
		if typeset.Width(line) > look.Columns {
			t.Errorf("%s: wider than %d: %q", name, look.Columns, line)
		}
		if !isPrinted(line) {
			t.Errorf("%s: %q", name, line)
		}
	}
	if page.Offset < 0 || page.Shown < 0 || page.Offset+page.Shown > look.Chosen {
		t.Errorf("%s: shows %d from %d of %d", name, page.Shown, page.Offset, look.Chosen)
	}
}

func isPrinted(line string) bool {
	return !strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u202e' || r == '\u009b' })
}

// Whatever the sockets, the size and the place in the list, the page fits its screen;
// at its end the last socket is on it, and every socket can be reached.
func TestWatchScreenRandom(t *testing.T) {
	g := newGenerator(t)
	for range 300 {
		all := g.rows(g.IntN(40))
		look := lookAt(all, g.IntN(250), g.IntN(80))
		if g.maybe() {
			look.Columns, look.Rows = 40+g.IntN(100), 10+g.IntN(30)
		}
		look.Paused, look.Typing, look.Keys = g.maybe(), g.maybe(), g.maybe()
		look.Offset, look.Filter, look.Plain = g.IntN(50)-5, g.name(), "expected: state"
		shot := leakShot(g.IntN(1000))
		shot.Host, shot.Said = g.name(), g.name()
		shot.Processes[0].Process.Name = g.name()
		shot.History = shot.History[:g.IntN(len(shot.History))]
		if g.maybe() {
			shot.States = tcp.AllStates
		}
		s := &WatchScreen{Lang: tcp.Lang(g.IntN(2)), ASCII: g.maybe(), Root: g.maybe()}
		if g.maybe() {
			s.Palette = typeset.NewPalette()
		}
		name := fmt.Sprintf("%dx%d", look.Columns, look.Rows)
		page := s.Draw(shot, look)
		checkFits(t, name, &page, look)
		if len(all) == 0 || page.Shown == 0 {
			continue
		}
		look.Offset = math.MaxInt
		page = s.Draw(shot, look)
		checkFits(t, name, &page, look)
		if page.Offset+page.Shown != len(all) {
			t.Errorf("%s: at the end it shows %d from %d of %d", name, page.Shown, page.Offset, len(all))
		}
		for next := 0; next < len(all); {
			look.Offset = next
			page = s.Draw(shot, look)
			if page.Offset > next || page.Shown == 0 || page.Offset+page.Shown <= next {
				t.Fatalf("%s: at %d it shows %d from %d of %d", name, next, page.Shown, page.Offset, len(all))
			}
			next = page.Offset + page.Shown
		}
	}
}

// Only what is visible is asked for.
func TestWatchScreenAsksForFew(t *testing.T) {
	all := leakRows(3)
	look := lookAt(all, 200, 50)
	asked := 0
	look.Chosen, look.Row = 100_000, func(int) *listing.Row { asked++; return all[0] }
	for _, offset := range []int{0, 50_000, math.MaxInt} {
		asked, look.Offset = 0, offset
		(&WatchScreen{}).Draw(leakShot(3), look)
		if asked > 2*look.Rows {
			t.Errorf("at %d: %d sockets asked for", offset, asked)
		}
	}
}

func BenchmarkWatchScreen(b *testing.B) {
	all := leakRows(3)
	look := lookAt(all, 200, 50)
	look.Chosen, look.Row = 100_000, func(i int) *listing.Row { return all[i%3] }
	shot := leakShot(100_000)
	for b.Loop() {
		(&WatchScreen{}).Draw(shot, look)
	}
}
