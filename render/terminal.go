package render

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// Terminal writes the annotated table for people. Its widths come from the
// data, so that it keeps the text of all rows until the end and then fits them
// into the terminal (see layout).
type Terminal struct {
	Width                       int // columns of the terminal
	Palette                     *typeset.Palette
	Extended, Processes, Timers bool // -e, -p, -o
	Info, Memory                bool // -i, -m: lines below the row
	Explain                     bool // the state's meaning below the row
	Header                      bool
	Stamp                       bool // the time above the table, for a list that is repeated
	Root                        bool // what this user may not see, nobody may
	Sort                        SortField
	Top                         int  // only so many rows, 0: all
	All                         bool // every state was asked for
	Filtered                    bool // a filter chose among the sockets

	Lang tcp.Lang

	lines []line
	text  []byte // of all lines
	keys  []byte // of all lines, to sort by
	order []sortKey
	facts [columnCount]facts
	ends  endWidths
	noted bool // some row has a note
	tally tally

	namespaces bool // the list is one over all namespaces
}

// line is the text of one row, in pieces of Terminal.text.
type line struct {
	cells        [columnCount]piece
	owners       piece // all, for a line below the row; empty if their cell is enough
	owner        piece // the first, and how many more, for a narrow cell
	commands     piece // of the owners, in lines
	note         piece
	info, memory piece
	level        tcp.Level
	state        tcp.State
	forecast     bool // the kernel's giving up is foretold
}

// piece is a part of Terminal.text.
type piece struct{ start, end uint32 }

func (p piece) empty() bool { return p.start == p.end }

// sortKey is the place of a line and its key in Terminal.keys.
type sortKey struct {
	key  piece
	line uint32
}

// facts is what the layout needs to know of the cells of a column.
type facts struct {
	width   int  // of the widest
	tells   bool // some cell says something worth a column
	unknown bool // some cell has none because the source did not tell it
}

// stampFormat is a time for people, in UTC.
const stampFormat = "2006-01-02 15:04:05Z"

// appendStamp appends the line above a list that is repeated.
func appendStamp(dst []byte, palette *typeset.Palette, h listing.Head) []byte {
	return append(palette.Append(dst, typeset.Strong, h.Time.UTC().Format(stampFormat)), '\n')
}

// AppendHead starts the table anew; nothing is printed before the widths are
// known.
func (t *Terminal) AppendHead(dst []byte, h listing.Head) []byte {
	t.lines, t.text = t.lines[:0], t.text[:0]
	t.order, t.keys = t.order[:0], t.keys[:0]
	t.namespaces = h.Namespaces != nil
	t.tally = tally{all: t.All, filter: t.Filtered, lang: t.Lang, where: h.Where}
	if t.Stamp {
		dst = appendStamp(dst, t.Palette, h)
	}
	return dst
}

// AppendBetween appends what stands between two rows: nothing.
func (t *Terminal) AppendBetween(dst []byte) []byte { return dst }

// AppendRow takes one socket into the table.
func (t *Terminal) AppendRow(dst []byte, r *listing.Row) []byte {
	s := r.Socket
	l := t.begin(r)
	for c := range columnCount {
		if t.asked(c) {
			t.addCell(l, c, r)
		}
	}
	if t.Extended && t.Processes {
		l.commands = t.add(strings.Join(commandsOf(r.Holders, t.Lang), "\n"))
	}
	mark := t.mark()
	t.text = r.Note.Append(t.text, t.Lang)
	l.note = t.since(mark)
	if t.Info && s.Info.Size > 0 {
		mark = t.mark()
		t.text = appendInfo(t.text, s)
		l.info = t.since(mark)
	}
	if memory, ok := s.Memory.Get(); ok && t.Memory {
		mark = t.mark()
		t.text = appendMemory(t.text, &memory)
		l.memory = t.since(mark)
	}
	return dst
}

// begin counts a row, and gives it a place and a line without cells.
func (t *Terminal) begin(r *listing.Row) *line {
	t.tally.add(r)
	t.addKey(r)
	_, forecast := r.View.Forecast.Get()
	t.lines = append(t.lines, line{level: r.Note.Level, state: r.Socket.State, forecast: forecast})
	return &t.lines[len(t.lines)-1]
}

// addKey keeps what a row is sorted by.
func (t *Terminal) addKey(r *listing.Row) {
	start := uint32(len(t.keys))
	t.keys = AppendSortKey(t.keys, t.Sort, r)
	t.order = append(t.order, sortKey{piece{start, uint32(len(t.keys))}, uint32(len(t.order))})
}

// addCell keeps the text of a cell.
func (t *Terminal) addCell(l *line, c column, r *listing.Row) {
	mark := t.mark()
	t.text = t.appendCell(t.text, c, r)
	l.cells[c] = t.since(mark)
	if c == ownerColumn && len(r.Holders) > 0 {
		t.addOwners(l, r.Holders)
	}
}

// addOwners keeps what stands for owners who are too many for their cell.
func (t *Terminal) addOwners(l *line, holders []tcp.Holder) {
	cell := &l.cells[ownerColumn]
	wide := t.width(*cell) > ownerRoom
	if len(holders) == 1 && !wide {
		return
	}
	mark := t.mark()
	t.text = appendHolders(t.text, holders, ", ")
	l.owners = t.since(mark)
	mark = t.mark()
	t.text = appendFirstHolder(t.text, holders)
	l.owner = t.since(mark)
	if wide {
		*cell = l.owner
	}
}

// add keeps a text.
func (t *Terminal) add(text string) piece {
	mark := t.mark()
	t.text = append(t.text, text...)
	return t.since(mark)
}

func (t *Terminal) mark() uint32 { return uint32(len(t.text)) }

func (t *Terminal) since(mark uint32) piece { return piece{mark, t.mark()} }

func (t *Terminal) bytes(p piece) []byte { return t.text[p.start:p.end] }

// width is the number of columns that a piece takes.
func (t *Terminal) width(p piece) int { return typeset.WidthOf(t.bytes(p)) }

// AppendTail prints the table: header, rows, verdict.
func (t *Terminal) AppendTail(dst []byte, tail listing.Tail) []byte {
	shown := t.shown()
	t.measure(shown)
	p := &painter{Terminal: t, f: t.fit(), out: dst}
	if t.Header && len(shown) > 0 {
		p.header()
	}
	for _, k := range shown {
		p.line(&t.lines[k.line])
	}
	p.leftOut()
	if t.forecasts(shown) {
		p.closing(typeset.Say(wordsReservation, t.Lang), typeset.Faint)
	}
	t.tally.close(p, tail, len(shown))
	return p.out
}

// shown gives the lines to be printed, in order.
func (t *Terminal) shown() []sortKey {
	slices.SortFunc(t.order, func(a, b sortKey) int {
		return cmp.Or(
			bytes.Compare(t.keys[a.key.start:a.key.end], t.keys[b.key.start:b.key.end]),
			cmp.Compare(a.line, b.line),
		)
	})
	if t.Top > 0 {
		return t.order[:min(t.Top, len(t.order))]
	}
	return t.order
}

// forecasts reports whether a row that is shown carries one.
func (t *Terminal) forecasts(shown []sortKey) bool {
	return slices.ContainsFunc(shown, func(k sortKey) bool { return t.lines[k.line].forecast })
}

// measure learns what the layout needs to know of the lines to be shown.
func (t *Terminal) measure(shown []sortKey) {
	t.facts, t.ends, t.noted = [columnCount]facts{}, endWidths{}, false
	for _, k := range shown {
		l := &t.lines[k.line]
		for c := range columnCount {
			if t.asked(c) {
				t.facts[c].add(t.bytes(l.cells[c]))
			}
		}
		t.ends.add(t.width(l.cells[localColumn]), t.width(l.cells[remoteColumn]))
		t.noted = t.noted || !l.note.empty()
	}
}

func (f *facts) add(cell []byte) {
	f.width = max(f.width, typeset.WidthOf(cell))
	switch string(cell) {
	case unknownWord:
		f.unknown = true
	case noDevice, noUnit, rootCgroup:
	default:
		f.tells = true
	}
}
