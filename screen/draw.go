package screen

import (
	"strconv"
	"strings"
	"time"

	"tcpstat/render"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// Style is how a screen is written.
type Style struct {
	Palette *typeset.Palette
	Lang    tcp.Lang
	ASCII   bool // draw with ASCII alone
	Root    bool // what this user may not see, nobody may
}

// The smallest screen that is drawn.
const (
	leastColumns = 40
	leastRows    = 10
)

// page is a screen: as many lines as it has rows or fewer, none wider than it is, and
// which of the sockets are on it.
type page struct {
	lines         []string
	offset, shown int
}

// draw draws a view. An offset behind the end comes out as that of the last screen.
func (s *Style) draw(v *view) page {
	p := &painter{Style: s, view: v}
	if v.columns < leastColumns || v.rows < leastRows {
		p.tooSmall()
		return page{lines: p.lines}
	}
	p.head()
	p.groups()
	const footer = 1
	said := 0
	if v.shot.said != "" {
		said = 1
	}
	offset, shown := p.sockets(v.rows - len(p.lines) - said - footer)
	for len(p.lines) < v.rows-said-footer {
		p.newline()
	}
	if said > 0 {
		p.put(typeset.Notice, typeset.Escape(v.shot.said))
		p.newline()
	}
	p.footer(offset, shown)
	return page{p.lines, offset, shown}
}

// painter draws lines that are cut at the edge of the screen.
type painter struct {
	*Style
	*view
	lines []string
	out   []byte // the line so far
	used  int    // and its columns
}

// gap is between columns.
const gap = 2

// cutMark stands for what is cut off.
func (s *Style) cutMark() string {
	if s.ASCII {
		return "..."
	}
	return "…"
}

// cut gives what has room of a text.
func (s *Style) cut(text string, room int) string {
	mark := s.cutMark()
	if room < typeset.Width(mark) {
		mark = ""
	}
	return typeset.Truncate(text, max(room, 0), mark)
}

// put adds text to the line, as far as there is room.
func (p *painter) put(style typeset.Style, text string) {
	text = p.cut(text, p.columns-p.used)
	if p.used += typeset.Width(text); text != "" {
		p.out = p.Palette.Append(p.out, style, text)
	}
}

// to goes on at a column.
func (p *painter) to(column int) {
	n := min(column, p.columns) - p.used
	p.out, p.used = typeset.AppendBlanks(p.out, n), p.used+max(n, 0)
}

// right puts text at the right edge, if there is room.
func (p *painter) right(style typeset.Style, text string) {
	if start := p.columns - typeset.Width(text); start > p.used {
		p.to(start)
		p.put(style, text)
	}
}

// hasRoom reports whether text of a width has room behind the gap.
func (p *painter) hasRoom(width int) bool { return p.used+gap+width <= p.columns }

func (p *painter) newline() {
	p.lines = append(p.lines, string(typeset.TrimBlanks(p.out)))
	p.out, p.used = p.out[:0], 0
}

// tooSmall says what can be said on a screen that is too small.
func (p *painter) tooSmall() {
	lines := typeset.Wrap(typeset.Say(wordsTooSmall, p.Lang, "columns", typeset.Decimal(leastColumns), "rows", typeset.Decimal(leastRows)), max(p.columns, 1))
	lines = append([]string{p.countWords(), p.growthWord()}, lines...)
	for _, text := range lines[:min(len(lines), p.rows)] {
		p.put(typeset.Plain, text)
		p.newline()
	}
}

func (p *painter) countWords() string {
	return typeset.Say(wordsCount, p.Lang, "n", typeset.Decimal(p.shot.Sample.Count), "state", render.StatesWatched(p.shot.States))
}

func (p *painter) growthWord() string {
	return string(render.AppendGrowth(nil, p.shot.Sample.Growth))
}

// head draws what is known of all sockets.
func (p *painter) head() {
	shot := p.shot
	p.put(typeset.Strong, "tcpstat --watch "+render.StatesWatched(shot.States))
	if p.paused {
		p.to(p.used + gap)
		p.put(typeset.Notice, typeset.Say(wordsPaused, p.Lang))
	}
	place := shot.Source + " " + p.duration(shot.Interval) + " " + shot.Sample.Time.UTC().Format("15:04:05Z")
	if host := typeset.Escape(shot.Host); host != "" && p.hasRoom(typeset.Width(host)+1+len(place)) {
		place = host + " " + place
	}
	p.right(typeset.Faint, place)
	p.newline()
	p.counts()
	p.run()
	if p.rows >= rowsForHistory {
		p.history()
	}
}

func (p *painter) duration(d time.Duration) string { return string(p.Lang.AppendDuration(nil, d)) }

// counts draws what there is now.
func (p *painter) counts() {
	now := &p.shot.Sample
	p.put(typeset.Strong, p.countWords())
	if growth, known := now.Growth.Get(); known {
		p.to(p.used + gap)
		p.put(growthStyle(growth), p.growthWord())
	}
	if oldest := string(render.AppendAge(nil, now.Oldest)); now.Count > 0 && oldest != "-" {
		p.to(p.used + gap)
		p.put(typeset.Plain, typeset.Say(wordsOldest, p.Lang, "age", oldest))
	}
	p.newline()
}

// run draws what happened since the watch began.
func (p *painter) run() {
	sum := &p.shot.Summary
	p.put(typeset.Faint, typeset.Say(wordsSince, p.Lang, "time", p.duration(sum.Sample.Time.Sub(sum.Start).Round(time.Second))))
	for _, count := range [...]struct {
		words tcp.Text
		n     uint64
		style typeset.Style
		quiet bool // at 0
	}{
		{wordsAppeared, sum.Appeared, typeset.Plain, false},
		{wordsLeft, sum.Left, typeset.Plain, false},
		{wordsLost, sum.LostEvents, typeset.Notice, true},
		{wordsUnfollowed, sum.Unfollowed, typeset.Notice, true},
		{wordsChanged, sum.Changed, typeset.Plain, true},
		{wordsBrief, sum.Brief, typeset.Plain, true},
	} {
		if count.n > 0 || !count.quiet {
			p.to(p.used + gap)
			p.put(count.style, typeset.Say(count.words, p.Lang, "n", strconv.FormatUint(count.n, 10)))
		}
	}
	p.newline()
}

// Rows from which on there is room for more than the sockets.
const (
	rowsForHistory = 12
	rowsForGroups  = 16
)

// history draws the count over time.
func (p *painter) history() {
	points := p.shot.History
	if len(points) < 2 {
		return
	}
	low, high := points[0].Count, points[0].Count
	for _, point := range points {
		low, high = min(low, point.Count), max(high, point.Count)
	}
	over := points[len(points)-1].Time.Sub(points[0].Time).Round(time.Second)
	label := typeset.Say(wordsRange, p.Lang, "low", typeset.Decimal(low), "high", typeset.Decimal(high), "time", p.duration(over))
	room := p.columns - gap - typeset.Width(label)
	p.put(typeset.Plain, p.sparkline(points, room, low, high))
	p.to(p.used + gap)
	p.put(typeset.Faint, label)
	p.newline()
}

// sparkline draws one mark for each point, or where there is no room for that for
// the highest of some.
func (p *painter) sparkline(points []watch.Point, room, low, high int) string {
	marks := []rune("▁▂▃▄▅▆▇█")
	if p.ASCII {
		marks = []rune("_.-~=+*#")
	}
	width := min(len(points), room)
	var line strings.Builder
	for i := range width {
		top := low
		for _, point := range points[i*len(points)/width : (i+1)*len(points)/width] {
			top = max(top, point.Count)
		}
		line.WriteRune(marks[(top-low)*(len(marks)-1)/max(high-low, 1)])
	}
	return line.String()
}

// footer draws the keys, or the filter that is being typed, and where in the list
// the screen is.
func (p *painter) footer(offset, shown int) {
	where := typeset.Say(wordsPart, p.Lang, "first", typeset.Decimal(min(offset+1, p.chosen)),
		"last", typeset.Decimal(offset+shown), "n", typeset.Decimal(p.chosen))
	room := p.columns - typeset.Width(where) - gap
	cut := func(style typeset.Style, text string) {
		p.put(style, p.cut(text, room-p.used))
	}
	switch {
	case p.typing:
		text := typeset.Escape(p.filter)
		if more := typeset.Width(text) - (room - len("/_")); more > 0 { // its end is where the typing is
			text = typeset.TruncateLeft(text, more, "")
		}
		cut(typeset.Strong, "/"+text+"_")
	case p.filter != "":
		cut(typeset.Notice, "/"+typeset.Escape(p.filter))
		cut(typeset.Faint, "  "+typeset.Say(wordsEsc, p.Lang))
	case p.keys:
		cut(typeset.Faint, typeset.Say(wordsKeys, p.Lang, "sort", p.sort))
	default:
		cut(typeset.Faint, typeset.Say(wordsNoKeys, p.Lang))
	}
	p.right(typeset.Faint, where)
	p.newline()
}
