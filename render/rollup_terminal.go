package render

import (
	"slices"
	"strings"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// RollupTerminal writes a roll-up for people: columns that say something, the most
// urgent groups in colour, and the closing lines of the table.
type RollupTerminal struct {
	Rollup
	Width    int
	Palette  *typeset.Palette
	Header   bool
	Stamp    bool // the time above the groups, for a list that is repeated
	Root     bool // what this user may not see, nobody may
	All      bool // every state was asked for
	Filtered bool // a filter chose among the sockets
	Lang     tcp.Lang

	tally tally
}

// AppendHead begins anew.
func (t *RollupTerminal) AppendHead(dst []byte, h listing.Head) []byte {
	t.reset()
	t.tally = tally{all: t.All, filter: t.Filtered, lang: t.Lang, where: h.Where}
	if t.Stamp {
		dst = appendStamp(dst, t.Palette, h)
	}
	return dst
}

// AppendBetween appends what stands between two sockets: nothing.
func (t *RollupTerminal) AppendBetween(dst []byte) []byte { return dst }

// AppendRow adds one socket.
func (t *RollupTerminal) AppendRow(dst []byte, r *listing.Row) []byte {
	t.add(r)
	t.tally.add(r)
	return dst
}

// AppendTail prints the groups.
func (t *RollupTerminal) AppendTail(dst []byte, tail listing.Tail) []byte {
	shown, others, rest := t.ordered()
	columns := t.columns(t.Root)
	var rows [][]string
	for _, g := range shown {
		rows = append(rows, wordCells(columns, g))
	}
	if others > 0 {
		cells := wordCells(columns, &rest)
		cells[subjectColumn] = typeset.Say(wordsMore, t.Lang, "n", typeset.Decimal(others))
		rows = append(rows, cells)
	}
	columns, rows = telling(columns, rows)
	heads := titles(columns, true)
	p := &painter{
		Terminal: &Terminal{Palette: t.Palette},
		f:        layout{screen: max(t.Width, minWidth)},
		out:      dst,
	}
	places := placeColumns(p.f.screen, groupWishes(columns, heads, rows))
	if t.Header && len(rows) > 0 {
		p.titles(places, heads)
	}
	for i, cells := range rows {
		style := typeset.Plain
		if i < len(shown) {
			style = t.style(shown[i])
		}
		p.group(places, heads, cells, style)
	}
	if t.shared {
		p.closing(typeset.Say(wordsShared, t.Lang), typeset.Faint)
	}
	t.tally.close(p, tail, t.tally.counts.Total())
	return p.out
}

// groupWishes is the room that the columns would like to have.
func groupWishes(columns []groupColumn, heads []string, rows [][]string) []wish {
	widths := make([]int, len(columns))
	widen(widths, heads)
	for _, cells := range rows {
		widen(widths, cells)
	}
	wishes := make([]wish, len(columns))
	for i := range columns {
		wishes[i] = wish{width: widths[i], right: columns[i].right}
		if columns[i].title == statesTitle {
			wishes[i].least = statesRoom
		}
	}
	return wishes
}

// statesRoom is the least width in which counts by state read well.
const statesRoom = 18

// states prints counts by state, over as many lines as they take.
func (p *painter) states(start int, text string) {
	counts := strings.SplitAfter(text, ", ")
	for i := range counts {
		counts[i] = strings.TrimSuffix(counts[i], " ")
	}
	for i, line := range typeset.Fill(slices.Values(counts), p.f.screen-start) {
		if i > 0 {
			p.newline()
		}
		p.put(start, typeset.Plain, []byte(line))
	}
}

func wordCells(columns []groupColumn, g *group) []string {
	var cells []string
	for i := range columns {
		text := columns[i].plain
		if columns[i].words != nil {
			text = columns[i].words
		}
		cells = append(cells, text(g))
	}
	return cells
}

// telling leaves out the columns in which no group has anything to say.
func telling(columns []groupColumn, rows [][]string) ([]groupColumn, [][]string) {
	var kept []groupColumn
	texts := make([][]string, len(rows))
	for i, c := range columns {
		tells := slices.ContainsFunc(rows, func(cells []string) bool { return !silent(cells[i]) })
		if i > subjectColumn && !tells {
			continue
		}
		kept = append(kept, c)
		for n, cells := range rows {
			texts[n] = append(texts[n], cells[i])
		}
	}
	return kept, texts
}

// silent reports whether a cell has nothing to say.
func silent(text string) bool { return text == "0" || idleWord(text) }

// titles prints the heads of the columns that fit.
func (p *painter) titles(places []place, heads []string) {
	for i, head := range heads {
		if places[i].fits {
			p.put(places[i].of(typeset.Width(head)), typeset.Strong, []byte(head))
		}
	}
	p.newline()
}

// group prints one line of a roll-up, and below it what found no room.
func (p *painter) group(places []place, heads, texts []string, style typeset.Style) {
	var below []string
	for i, text := range texts {
		last := heads[i] == statesTitle
		switch {
		case last && places[i].fits:
			p.states(places[i].start, text)
		case last:
			below = append(below, text)
		case !places[i].fits && silent(text):
		case !places[i].fits:
			below = append(below, heads[i]+" "+text)
		case i <= subjectColumn:
			p.put(places[i].of(typeset.Width(text)), style, []byte(text))
		case silent(text):
			p.put(places[i].of(typeset.Width(text)), typeset.Faint, []byte(text))
		default:
			p.put(places[i].of(typeset.Width(text)), typeset.Plain, []byte(text))
		}
	}
	p.newline()
	p.below(strings.Join(below, ", "), typeset.Plain)
}
