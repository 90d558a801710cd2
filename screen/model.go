package screen

import (
	"math"
	"unicode"

	"tcpstat/filter"
	"tcpstat/listing"
	"tcpstat/tcp"
	"tcpstat/terminal"
)

// model is what a user sees of a watch, and what the keys do to it. It knows no
// terminal, and nothing of how it is drawn.
type model struct {
	look
	names filter.Names

	shot    *Shot   // nil before the first sample
	pending *Shot   // that came while it was paused
	order   int     // in orders
	list    []int32 // of the sockets of the shot, those chosen, in order
	stale   bool    // it is to be made anew, which several keys at once need once
	shown   int     // sockets on the last screen

	rows []listing.Row // of the last view
}

// look is how somebody looks at a shot.
type look struct {
	sort   string // the order of the sockets
	offset int    // of the first one on the screen

	filter string // that chose them, as it was typed
	plain  string // it is plain text, and this is what a filter lacks; empty: it is a filter
	typing bool   // it is being typed

	paused bool
	keys   bool // there is a keyboard
}

// view is what is to be drawn on a screen of so many columns and rows.
type view struct {
	look
	columns, rows int
	shot          *Shot

	chosen  int           // sockets
	visible []listing.Row // those of them that may find room, valid until the next view
	first   int           // the place of the first one
}

func newModel(names filter.Names, keys bool) *model {
	return &model{look: look{keys: keys, sort: orders[0].name}, names: names}
}

// take takes a new sample, which is not shown while the watch is paused.
func (m *model) take(shot *Shot) {
	if m.paused && m.shot != nil {
		m.pending = shot
		return
	}
	m.shot, m.pending, m.stale = shot, nil, true
}

// view gives what is to be drawn, nil before the first sample. Only what may be
// visible costs anything.
func (m *model) view(columns, rows int) *view {
	if m.shot == nil {
		return nil
	}
	if m.stale {
		m.choose()
	}
	from, to := window(m.offset, len(m.list), rows)
	return &view{
		look: m.look, columns: columns, rows: rows, shot: m.shot,
		chosen: len(m.list), visible: m.annotate(m.list[from:to]), first: from,
	}
}

// window gives the places in a list that one of so many rows may show from an offset
// on, or where it shows the end, before that.
func window(offset, length, rows int) (from, to int) {
	from = max(min(offset, length-1), 0)
	to = min(from+rows, length)
	if to == length {
		from = max(to-rows, 0)
	}
	return from, to
}

// annotate makes the rows of some sockets.
func (m *model) annotate(list []int32) []listing.Row {
	for len(m.rows) < len(list) {
		m.rows = append(m.rows, listing.Row{Socket: new(tcp.Socket)})
	}
	for i, k := range list {
		r := &m.rows[i]
		m.shot.fill(r, &m.shot.Sockets[k])
		r.Note = tcp.NoteOf(r.Socket, &r.View, &m.shot.Machine)
	}
	return m.rows[:len(list)]
}

// drawn takes where in the list the screen came to stand.
func (m *model) drawn(p *page) { m.offset, m.shown = p.offset, p.shown }

// press does what a key asks for, and reports whether that is to end the watch.
func (m *model) press(k terminal.Key) (quit bool) {
	if k == terminal.KeyInterrupt {
		return true
	}
	if m.typing && m.typed(k) {
		return false
	}
	switch k {
	case 'q', 'Q':
		return true
	case ' ':
		m.pause()
	case 's':
		m.order = (m.order + 1) % len(orders)
		m.sort = orders[m.order].name
		m.offset, m.stale = 0, true
	case '/':
		m.typing = true
	case terminal.KeyEscape:
		m.filterBy("")
	default:
		m.scroll(k)
	}
	return false
}

func (m *model) pause() {
	m.paused = !m.paused
	if !m.paused && m.pending != nil {
		m.take(m.pending)
	}
}

// scroll moves through the list. Drawing bounds the offset.
func (m *model) scroll(k terminal.Key) {
	page := max(m.shown-1, 1)
	switch k {
	case terminal.KeyUp:
		m.offset--
	case terminal.KeyDown:
		m.offset++
	case terminal.KeyPageUp:
		m.offset -= page
	case terminal.KeyPageDown:
		m.offset += page
	case terminal.KeyHome:
		m.offset = 0
	case terminal.KeyEnd:
		m.offset = math.MaxInt32
	}
	m.offset = max(m.offset, 0)
}

// maxTyped bounds a filter that is typed, in bytes.
const maxTyped = 500

// typed edits the filter, and reports whether the key was one for that.
func (m *model) typed(k terminal.Key) bool {
	switch {
	case k == terminal.KeyEnter || k == '\n':
		m.typing = false
	case k == terminal.KeyEscape:
		m.typing = false
		m.filterBy("")
	case k == terminal.KeyBackspace || k == terminal.KeyDelete:
		text := []rune(m.filter)
		m.filterBy(string(text[:max(len(text)-1, 0)]))
	case k == terminal.KeyErase:
		m.filterBy("")
	case k > 0 && unicode.IsPrint(rune(k)):
		if len(m.filter) < maxTyped {
			m.filterBy(m.filter + string(rune(k)))
		}
	default:
		return false
	}
	return true
}

func (m *model) filterBy(text string) {
	if text != m.filter {
		m.filter, m.offset, m.stale = text, 0, true
	}
}
