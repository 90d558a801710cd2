package screen

import (
	"fmt"
	"math"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tcpstat/internal/golden"
	"tcpstat/internal/rowtest"
	"tcpstat/listing"
	"tcpstat/render"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// noon is when the made samples were taken.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// leakRows are n sockets that two programs leak.
func leakRows(n int) []*listing.Row {
	var specimens []rowtest.Specimen
	for i := range n {
		remote := fmt.Sprintf("10.20.30.%d:%d", 50+i%3, 40000+i)
		owner := rowtest.Owned("java", 4711)
		if i%5 == 4 {
			owner = rowtest.Owned("nginx", 1001, 1002)
		}
		specimens = append(specimens, rowtest.Socket(tcp.CloseWait, "10.20.30.40:8443", remote, rowtest.Queues(uint32(i%4*7), 0), owner))
	}
	all := rowtest.Rows(specimens)
	for i, r := range all {
		low := time.Duration(n-i) * 2 * time.Second
		r.View.Age = tcp.Age{Min: tcp.Some(low), Max: tcp.Some(low + 900*time.Millisecond)}
		r.Note = tcp.NoteOf(r.Socket, &r.View, &tcp.Machine{Sysctls: rowtest.Sysctls()})
	}
	return all
}

// leakShot is a watch of them.
func leakShot(n int) *Shot {
	shot := &Shot{
		Head: listing.Head{Host: "web-1"}, States: tcp.SetOf(tcp.CloseWait), Source: "netlink", Interval: time.Second,
		Sample: watch.Sample{
			Time: noon, Count: n, Growth: tcp.Some(30.0),
			Oldest: tcp.Age{Min: tcp.Some(time.Duration(2*n) * time.Second), Max: tcp.Some(time.Duration(2*n+1) * time.Second)},
		},
		Processes: []render.ProcessGrowth{
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

// viewOf is how somebody looks at rows, from the first one on.
func viewOf(shot *Shot, rows []*listing.Row, columns, lines int) *view {
	v := &view{look: look{sort: "age", keys: true}, columns: columns, rows: lines, shot: shot}
	v.from(rows, 0)
	return v
}

// from looks at them from another one on.
func (v *view) from(rows []*listing.Row, offset int) {
	from, to := window(offset, len(rows), v.rows)
	v.offset, v.chosen, v.first, v.visible = offset, len(rows), from, nil
	for _, r := range rows[from:to] {
		v.visible = append(v.visible, *r)
	}
}

// checkGolden compares a screen with testdata/NAME.golden.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	golden.Check(t, filepath.Join("testdata", name+".golden"), got)
}

// colour is a sequence that sets one.
var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestDrawGolden(t *testing.T) {
	leak, every := leakRows(40), rowtest.Rows(rowtest.Every)
	all := leakShot(40)
	all.States, all.Source = tcp.AllStates, "proc"
	busy := leakShot(40)
	busy.Summary.LostEvents, busy.Summary.Unfollowed, busy.Summary.Brief = 12, 3, 40
	busy.said = "tcpstat: owners may be missing: \x1b[31mpermission denied"
	empty := leakShot(0)
	empty.Sample.Count, empty.Processes, empty.Listeners, empty.Peers = 0, nil, nil, nil
	for _, tt := range []struct {
		name          string
		columns, rows int
		shot          *Shot
		sockets       []*listing.Row
		style         Style
		offset        int
		change        func(*view)
	}{
		{name: "leak", columns: 80, rows: 24, shot: leakShot(40), sockets: leak},
		{name: "leak", columns: 200, rows: 50, shot: leakShot(40), sockets: leak},
		{name: "leak", columns: 20, rows: 5, shot: leakShot(40), sockets: leak},
		{name: "leak", columns: 40, rows: 10, shot: leakShot(40), sockets: leak},
		{name: "leak-ko", columns: 80, rows: 24, shot: leakShot(40), sockets: leak, style: Style{Lang: tcp.Korean}},
		{name: "leak-color", columns: 120, rows: 24, shot: leakShot(40), sockets: leak, style: Style{Palette: typeset.NewPalette()}},
		{name: "every", columns: 80, rows: 50, shot: all, sockets: every},
		{name: "every", columns: 200, rows: 50, shot: all, sockets: every, style: Style{Root: true}},
		{
			name: "paused", columns: 80, rows: 24, shot: busy, sockets: leak, style: Style{ASCII: true}, offset: math.MaxInt,
			change: func(v *view) { v.paused, v.filter = true, "java" },
		},
		{
			name: "typing", columns: 80, rows: 24, shot: leakShot(40), sockets: nil,
			change: func(v *view) { v.typing, v.filter, v.plain = true, "state clo", "unknown state clo" },
		},
		{
			name: "no-keys", columns: 80, rows: 16, shot: empty,
			change: func(v *view) { v.keys = false },
		},
	} {
		v := viewOf(tt.shot, tt.sockets, tt.columns, tt.rows)
		v.from(tt.sockets, tt.offset)
		if tt.change != nil {
			tt.change(v)
		}
		p := tt.style.draw(v)
		name := fmt.Sprintf("%s-%dx%d", tt.name, tt.columns, tt.rows)
		checkGolden(t, name, strings.Join(p.lines, "\n")+"\n")
		checkFits(t, name, &p, v)
	}
}

// checkFits checks that a page is one for its screen.
func checkFits(t *testing.T, name string, p *page, v *view) {
	t.Helper()
	if len(p.lines) > v.rows {
		t.Errorf("%s: %d lines for %d rows", name, len(p.lines), v.rows)
	}
	for _, line := range p.lines {
		line = colour.ReplaceAllString(line, "")
		if typeset.Width(line) > v.columns {
			t.Errorf("%s: wider than %d: %q", name, v.columns, line)
		}
		if !isPrinted(line) {
			t.Errorf("%s: %q", name, line)
		}
	}
	if p.offset < 0 || p.shown < 0 || p.offset+p.shown > v.chosen {
		t.Errorf("%s: shows %d from %d of %d", name, p.shown, p.offset, v.chosen)
	}
}

func isPrinted(line string) bool {
	return !strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u202e' || r == '\u009b' })
}

// Whatever the sockets, the size and the place in the list, the page fits its screen;
// at its end the last socket is on it, and every socket can be reached.
func TestDrawRandom(t *testing.T) {
	g := rowtest.NewGenerator(t)
	for range 300 {
		all := g.Rows(g.IntN(40))
		shot := leakShot(g.IntN(1000))
		shot.Host, shot.said = g.Name(), g.Name()
		shot.Processes[0].Process.Name = g.Name()
		shot.History = shot.History[:g.IntN(len(shot.History))]
		if g.Maybe() {
			shot.States = tcp.AllStates
		}
		columns, lines := g.IntN(250), g.IntN(80)
		if g.Maybe() {
			columns, lines = 40+g.IntN(100), 10+g.IntN(30)
		}
		v := viewOf(shot, all, columns, lines)
		v.paused, v.typing, v.keys = g.Maybe(), g.Maybe(), g.Maybe()
		v.filter, v.plain = g.Name(), "expected: state"
		s := &Style{Lang: tcp.Lang(g.IntN(2)), ASCII: g.Maybe(), Root: g.Maybe()}
		if g.Maybe() {
			s.Palette = typeset.NewPalette()
		}
		name := fmt.Sprintf("%dx%d", columns, lines)
		at := func(offset int) page {
			v.from(all, offset)
			p := s.draw(v)
			checkFits(t, name, &p, v)
			return p
		}
		if p := at(g.IntN(50) - 5); len(all) == 0 || p.shown == 0 {
			continue
		}
		if p := at(math.MaxInt); p.offset+p.shown != len(all) {
			t.Errorf("%s: at the end it shows %d from %d of %d", name, p.shown, p.offset, len(all))
		}
		for next := 0; next < len(all); {
			p := at(next)
			if p.offset > next || p.shown == 0 || p.offset+p.shown <= next {
				t.Fatalf("%s: at %d it shows %d from %d of %d", name, next, p.shown, p.offset, len(all))
			}
			next = p.offset + p.shown
		}
	}
}

// A process that has no more descriptors within the hour is an alarm, within the day
// worth a look.
func TestFullStyle(t *testing.T) {
	for in, want := range map[time.Duration]typeset.Style{
		time.Hour - 1: typeset.Alarm, time.Hour: typeset.Notice, 24*time.Hour - 1: typeset.Notice, 24 * time.Hour: typeset.Plain,
	} {
		if got := fullStyle(in); got != want {
			t.Errorf("%v: %v, and not %v", in, got, want)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	m := madeModel(madeShot(100_000))
	for b.Loop() {
		new(Style).draw(m.view(200, 50))
	}
}
