package render

import (
	"slices"
	"strings"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/rollup"
	"tcpstat/tcp"
)

// RollupTerminal writes a roll-up for people: columns that say something, the most
// urgent groups in colour, and the closing lines of the table.
type RollupTerminal struct {
	Width    int
	Palette  *typeset.Palette
	Header   bool
	Stamp    bool // the time above the groups, for a list that is repeated
	Root     bool // what this user may not see, nobody may
	All      bool // every state was asked for
	Filtered bool // a filter chose among the sockets
	Lang     tcp.Lang
}

// Append appends the groups, those that were cut as one line, and what is to be
// said of all sockets.
func (t *RollupTerminal) Append(dst []byte, h listing.Head, r *rollup.Result, tail listing.Tail) []byte {
	if t.Stamp {
		dst = appendStamp(dst, t.Palette, h)
	}
	p := &painter{
		Terminal: &Terminal{Palette: t.Palette},
		f:        layout{screen: max(t.Width, typeset.MinWidth)},
		out:      dst,
	}
	t.groups(p, rollupTable{r})
	if r.Shared {
		p.closing(typeset.Say(wordsShared, t.Lang), typeset.Faint)
	}
	all := tally{counts: tail.Counts, levels: r.Levels, all: t.All, filter: t.Filtered, lang: t.Lang, where: h.Where}
	all.close(p, tail, tail.Counts.Total())
	return p.out
}

// groups prints the groups under their titles.
func (t *RollupTerminal) groups(p *painter, table rollupTable) {
	columns := table.columns(t.Root)
	var rows [][]string
	for _, g := range table.Groups {
		rows = append(rows, wordCells(columns, g))
	}
	if table.Others > 0 {
		cells := wordCells(columns, &table.Rest)
		cells[subjectColumn] = typeset.Say(wordsMore, t.Lang, "n", typeset.Decimal(table.Others))
		rows = append(rows, cells)
	}
	columns, rows = telling(columns, rows)
	heads := titles(columns, true)
	places := placeColumns(p.f.screen, groupWishes(columns, heads, rows))
	if t.Header && len(rows) > 0 {
		p.titles(places, heads)
	}
	for i, cells := range rows {
		style := typeset.Plain
		if i < len(table.Groups) {
			style = table.style(table.Groups[i])
		}
		p.group(places, heads, cells, style)
	}
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

func wordCells(columns []groupColumn, g *rollup.Group) []string {
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
