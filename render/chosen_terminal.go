package render

import (
	"slices"
	"strings"

	"tcpstat/listing"
	"tcpstat/render/typeset"
)

// Chosen writes chosen columns for people, formatted as in the annotated table and
// with its closing lines. A column that finds no room stands below its row.
type Chosen struct {
	Terminal
	Columns []Column

	rows [][]piece // the cells of each line, by place in Columns
}

// AppendHead starts the table anew.
func (c *Chosen) AppendHead(dst []byte, h listing.Head) []byte {
	c.rows = c.rows[:0]
	return c.Terminal.AppendHead(dst, h)
}

// AppendRow takes one socket into the table.
func (c *Chosen) AppendRow(dst []byte, r *listing.Row) []byte {
	c.begin(r)
	cells := make([]piece, len(c.Columns))
	for i := range c.Columns {
		mark := c.mark()
		if col := &c.Columns[i]; col.table < columnCount {
			c.text = c.appendCell(c.text, col.table, r)
		} else {
			c.text = col.appendValue(c.text, r)
		}
		cells[i] = c.since(mark)
	}
	c.rows = append(c.rows, cells)
	return dst
}

// AppendTail prints the table.
func (c *Chosen) AppendTail(dst []byte, tail listing.Tail) []byte {
	shown := c.shown()
	places := c.layOut(shown)
	p := &painter{Terminal: &c.Terminal, f: layout{screen: max(c.Width, typeset.MinWidth)}, out: dst}
	if c.Header && len(shown) > 0 {
		p.titles(places, c.headings())
	}
	for _, k := range shown {
		c.paint(p, places, int(k.line))
	}
	if noted := slices.ContainsFunc(c.Columns, func(col Column) bool { return col.Name == noteName }); noted && c.forecasts(shown) {
		p.closing(typeset.Say(wordsReservation, c.Lang), typeset.Faint)
	}
	c.tally.close(p, tail, len(shown))
	return p.out
}

// heading is what stands above a column.
func (c *Column) heading() string {
	if c.table < columnCount {
		return columnTitles[c.table]
	}
	return c.title
}

func (c *Chosen) headings() (heads []string) {
	for i := range c.Columns {
		heads = append(heads, c.Columns[i].heading())
	}
	return heads
}

// layOut gives every cell room, or, where a column then finds none, three cells in
// four: a row with a wider one breaks behind it.
func (c *Chosen) layOut(shown []sortKey) []place {
	places := c.place(shown, len(shown))
	if slices.ContainsFunc(places, func(pl place) bool { return !pl.fits }) {
		return c.place(shown, len(shown)-len(shown)/4)
	}
	return places
}

// place makes the columns so wide that so many rows need no more.
func (c *Chosen) place(shown []sortKey, rows int) []place {
	wishes := make([]wish, len(c.Columns))
	for i := range c.Columns {
		col := &c.Columns[i]
		w := &wishes[i]
		w.width = max(typeset.Width(col.heading()), c.widthOf(i, shown, rows))
		if col.table == ownerColumn {
			w.width = min(w.width, ownerRoom)
		}
		w.right = col.right
		if col.Name == noteName {
			w.least = noteRoom
		}
	}
	return placeColumns(max(c.Width, typeset.MinWidth), wishes)
}

// widthOf gives the width that so many cells of a column do with.
func (c *Chosen) widthOf(column int, shown []sortKey, rows int) int {
	if rows == 0 {
		return 0
	}
	var widths []int
	for _, k := range shown {
		widths = append(widths, c.width(c.rows[k.line][column]))
	}
	slices.Sort(widths)
	return widths[rows-1]
}

// paint prints one line, and below it what found no room.
func (c *Chosen) paint(p *painter, places []place, n int) {
	l := &c.lines[n]
	var rest, notes []string
	for i := range c.Columns {
		col, text := &c.Columns[i], c.bytes(c.rows[n][i])
		isNote := col.Name == noteName
		switch {
		case isNote && string(text) == noneWord:
		case isNote && places[i].fits:
			p.f.note = places[i].start
			p.beside(text, NoteStyle(l.level))
		case isNote:
			notes = append(notes, string(text))
		case !places[i].fits:
			rest = append(rest, col.heading()+" "+string(text))
		default:
			width := typeset.WidthOf(text)
			start := places[i].of(width)
			if start+width > p.f.screen {
				start = min(start, below)
			}
			p.put(start, c.style(col, l, text), text)
		}
	}
	p.newline()
	p.below(strings.Join(rest, ", "), typeset.Plain)
	for _, text := range notes {
		p.below(text, NoteStyle(l.level))
	}
}

func (c *Chosen) style(col *Column, l *line, text []byte) typeset.Style {
	switch {
	case col.table == stateColumn:
		return StateStyle(l.state, l.level)
	case idleWord(string(text)):
		return typeset.Faint
	}
	return typeset.Plain
}
