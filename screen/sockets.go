package screen

import (
	"slices"
	"strings"

	"tcpstat/listing"
	"tcpstat/render"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// The columns of the sockets.
const (
	stateColumn = iota
	localColumn
	remoteColumn
	recvColumn
	sendColumn
	ageColumn
	ownerColumn
	noteColumn
	columnCount
)

var columnTitles = [columnCount]string{"State", "Local", "Remote", "Recv-Q", "Send-Q", "Age", "Owner", "Note"}

// socketLine is the text of one socket.
type socketLine struct {
	cells [columnCount]string
	state tcp.State
	level tcp.Level
	alone bool // it has no peer
}

func (p *painter) line(r *listing.Row) socketLine {
	cells := render.CellsOf(r, p.Root)
	l := socketLine{state: r.Socket.State, level: r.Note.Level, alone: !r.Socket.HasRemote()}
	l.cells = [columnCount]string{
		stateColumn: r.Socket.State.String(), localColumn: cells.Local, remoteColumn: cells.Remote,
		recvColumn: cells.Recv, sendColumn: cells.Send,
		ownerColumn: p.cut(cells.Owner, ownerRoom), noteColumn: string(r.Note.Append(nil, p.Lang)),
	}
	if r.View.Age != (tcp.Age{}) {
		l.cells[ageColumn] = string(render.AppendAge(nil, r.View.Age))
	}
	return l
}

// ownerRoom is the widest that an owner's cell gets.
const ownerRoom = 32

// A remote address that finds no room beside the local one stands below it, behind an
// arrow, as all does that finds none.
const (
	indent = 4
	arrow  = "-> "
)

// layout is where the columns stand.
type layout struct {
	has    [columnCount]bool // else below the row, or not at all
	width  [columnCount]int
	single bool // there is one state, which need not be told
}

// noteRoom is the width that long notes need to stand beside the row.
const noteRoom = 50

// arrange finds room for what some sockets have to say.
func (p *painter) arrange(lines []socketLine) (f layout) {
	for c, title := range columnTitles {
		f.width[c] = len(title)
		for i := range lines {
			f.width[c] = max(f.width[c], typeset.Width(lines[i].cells[c]))
		}
		f.has[c] = true
	}
	f.single = len(p.shot.States.States()) == 1
	f.has[stateColumn] = !f.single
	f.width[noteColumn] = min(f.width[noteColumn], noteRoom)
	for _, first := range []int{sendColumn, recvColumn, noteColumn, ownerColumn, remoteColumn, stateColumn} {
		if f.total() > p.columns {
			f.has[first] = false
		}
	}
	return f
}

func (f *layout) total() int {
	total := -gap
	for c, has := range f.has {
		if has {
			total += f.width[c] + gap
		}
	}
	return total
}

// height is how many rows of the screen a socket takes.
func (f *layout) height(l *socketLine) int {
	height := 1
	if f.stacked(l) {
		height++
	}
	if f.below(l) != "" {
		height++
	}
	return height
}

// stacked reports whether the remote end of a socket has a line of its own.
func (f *layout) stacked(l *socketLine) bool {
	return !f.has[remoteColumn] && !l.alone
}

// below is what stands below the row of a socket.
func (f *layout) below(l *socketLine) string {
	var parts []string
	for _, c := range []int{stateColumn, ownerColumn, noteColumn} {
		if !f.has[c] && l.cells[c] != "" && !(c == stateColumn && f.single) {
			parts = append(parts, l.cells[c])
		}
	}
	return strings.Join(parts, "; ")
}

// sockets draws those that are visible in some rows of the screen, below a blank one
// and the titles. It tells which they are.
func (p *painter) sockets(room int) (offset, shown int) {
	const above = 2
	if room -= above; room <= 0 {
		return 0, 0
	}
	p.newline()
	if p.chosen == 0 {
		p.none()
		return 0, 0
	}
	from, to := window(p.offset, p.chosen, room)
	lines := make([]socketLine, 0, to-from)
	for i := from; i < to; i++ {
		lines = append(lines, p.line(&p.visible[i-p.first]))
	}
	f := p.arrange(lines)
	offset = max(min(p.offset, p.chosen-1), 0)
	if to == p.chosen {
		offset = min(offset, from+f.lastPage(lines, room))
	}
	p.titles(&f)
	for i := range lines[offset-from:] {
		l := &lines[offset-from+i]
		if room -= f.height(l); room < 0 && i > 0 {
			break
		}
		p.socket(&f, l)
		shown++
	}
	return offset, shown
}

// lastPage is the first of the lines that fit at the end.
func (f *layout) lastPage(lines []socketLine, room int) int {
	for i := range slices.Backward(lines) {
		if room -= f.height(&lines[i]); room < 0 {
			return min(i+1, len(lines)-1)
		}
	}
	return 0
}

// none says why there is no socket to show.
func (p *painter) none() {
	words := wordsNoneNow
	if p.filter != "" {
		words = wordsNoneMatch
	}
	p.put(typeset.Faint, typeset.Say(words, p.Lang))
	p.newline()
	p.put(typeset.Faint, p.plain)
	p.newline()
}

func (p *painter) titles(f *layout) {
	var l socketLine
	l.cells = columnTitles
	p.row(f, &l, func(int) typeset.Style { return typeset.Strong })
}

// socket draws one socket.
func (p *painter) socket(f *layout, l *socketLine) {
	p.row(f, l, l.style)
	if f.stacked(l) {
		p.to(indent - len(arrow))
		p.put(typeset.Plain, arrow+l.cells[remoteColumn])
		p.newline()
	}
	if text := f.below(l); text != "" {
		p.to(indent)
		p.put(render.NoteStyle(l.level), text)
		p.newline()
	}
}

// style is that of a cell.
func (l *socketLine) style(column int) typeset.Style {
	switch column {
	case stateColumn:
		return render.StateStyle(l.state, l.level)
	case noteColumn:
		return render.NoteStyle(l.level)
	}
	return typeset.Plain
}

// row draws the columns of one line.
func (p *painter) row(f *layout, l *socketLine, style func(column int) typeset.Style) {
	start := 0
	for c, text := range l.cells {
		if !f.has[c] {
			continue
		}
		if c == recvColumn || c == sendColumn || c == ageColumn {
			p.to(start + f.width[c] - typeset.Width(text))
		} else {
			p.to(start)
		}
		p.put(style(c), text)
		start += f.width[c] + gap
	}
	p.newline()
}
