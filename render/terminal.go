package render

import (
	"bytes"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tcpstat/tcp"
)

// Terminal writes the annotated table for people. Its widths come from the
// data, so that it keeps the text of all rows until the end.
//
// On a narrow terminal whole columns leave, in the order of leaving; an address
// is never cut. A note that does not fit beside its row stands below it.
type Terminal struct {
	Width                       int // columns of the terminal
	Palette                     *Palette
	Extended, Processes, Timers bool // -e, -p, -o
	Info, Memory                bool // -i, -m: lines below the row
	Explain                     bool // the state's meaning below the row
	Header                      bool
	Root                        bool // what this user may not see, nobody may
	Sort                        SortField
	Top                         int // only so many rows, 0: all

	Lang tcp.Lang

	lines  []line
	text   []byte // of all cells, one after the other
	widths [columnCount]int
	tally  tally
}

// column is one column of the table.
type column uint8

const (
	stateColumn column = iota
	recvColumn
	sendColumn
	localColumn
	remoteColumn
	timerColumn
	ownerColumn
	userColumn
	inodeColumn
	ageColumn
	interfaceColumn
	cookieColumn
	columnCount
)

var columnTitles = [columnCount]string{
	"State", "Recv-Q", "Send-Q", "Local Address", "Remote Address", "Timer",
	"Owner", "User", "Inode", "Age", "Interface", "Cookie",
}

// leaving is the order in which columns leave a terminal that is too narrow.
// State and the two addresses stay.
var leaving = []column{
	cookieColumn, inodeColumn, interfaceColumn, ageColumn, userColumn,
	timerColumn, sendColumn, recvColumn, ownerColumn,
}

// line is the text of one row. Cells and the lines below are pieces of
// Terminal.text.
type line struct {
	key   []byte
	cells [columnCount]piece
	note  piece
	below []piece
	level tcp.Level
	state tcp.State
}

// piece is a part of Terminal.text.
type piece struct{ start, end int }

// gap stands between columns.
const gap = 2

// AppendHead starts the table anew; nothing is printed before the widths are
// known.
func (t *Terminal) AppendHead(dst []byte, _ Head) []byte {
	t.lines, t.text, t.tally = t.lines[:0], t.text[:0], tally{}
	t.widths = [columnCount]int{}
	return dst
}

// AppendBetween appends what stands between two rows: nothing.
func (t *Terminal) AppendBetween(dst []byte) []byte { return dst }

// AppendRow takes one socket into the table.
func (t *Terminal) AppendRow(dst []byte, r *Row) []byte {
	s := r.Socket
	l := line{level: r.Note.Level, state: s.State, key: AppendSortKey(nil, t.Sort, r)}
	for c := range columnCount {
		if t.shows(c) {
			l.cells[c] = t.keep(func(b []byte) []byte { return t.appendCell(b, c, r) })
			t.widths[c] = max(t.widths[c], cells(t.string(l.cells[c])))
		}
	}
	l.note = t.keep(func(b []byte) []byte { return r.Note.Append(b, t.Lang) })
	if t.Explain {
		l.below = append(l.below, t.keep(func(b []byte) []byte {
			return append(b, s.State.Doc().Meaning.In(t.Lang)...)
		}))
	}
	if t.Info && s.Info.Size > 0 {
		l.below = append(l.below, t.keep(func(b []byte) []byte { return appendInfo(b, s) }))
	}
	if memory, ok := s.Memory.Get(); ok && t.Memory {
		l.below = append(l.below, t.keep(func(b []byte) []byte { return appendMemory(b, &memory) }))
	}
	t.lines = append(t.lines, l)
	t.tally.add(r)
	return dst
}

// keep appends to the kept text and says where.
func (t *Terminal) keep(add func([]byte) []byte) piece {
	start := len(t.text)
	t.text = add(t.text)
	return piece{start, len(t.text)}
}

func (t *Terminal) string(p piece) string { return string(t.text[p.start:p.end]) }

// shows reports whether a column was asked for.
func (t *Terminal) shows(c column) bool {
	switch c {
	case timerColumn:
		return t.Timers
	case ownerColumn:
		return t.Processes
	case userColumn, inodeColumn, ageColumn, interfaceColumn, cookieColumn:
		return t.Extended
	}
	return true
}

func (t *Terminal) appendCell(dst []byte, c column, r *Row) []byte {
	s := r.Socket
	switch c {
	case stateColumn:
		return append(dst, s.State.String()...)
	case recvColumn:
		if s.State == tcp.Listen {
			return strconv.AppendUint(dst, uint64(s.Backlog.Used), 10)
		}
		return strconv.AppendUint(dst, uint64(s.RecvQueue), 10)
	case sendColumn:
		return appendSendQueue(dst, s)
	case localColumn:
		return appendEnd(dst, s, s.Local, r.Local)
	case remoteColumn:
		return appendEnd(dst, s, s.Remote, r.Remote)
	case timerColumn:
		return appendTimerWords(dst, &s.Timer)
	case ownerColumn:
		return t.appendOwner(dst, r)
	case userColumn:
		return appendUser(dst, s)
	case inodeColumn:
		if inode, ok := s.Inode.Get(); ok && inode != 0 {
			return strconv.AppendUint(dst, inode, 10)
		}
		return append(dst, "(none)"...)
	case ageColumn:
		return r.View.Age.Append(dst)
	case interfaceColumn:
		return AppendEscaped(dst, r.Interface)
	case cookieColumn:
		if cookie, ok := s.Cookie.Get(); ok {
			return strconv.AppendUint(dst, cookie, 16)
		}
		return append(dst, "(unknown)"...)
	}
	return dst
}

func appendSendQueue(dst []byte, s *tcp.Socket) []byte {
	if s.State != tcp.Listen {
		return strconv.AppendUint(dst, uint64(s.SendQueue), 10)
	}
	if limit, ok := s.Backlog.Limit.Get(); ok {
		return strconv.AppendUint(dst, uint64(limit), 10)
	}
	return append(dst, '?')
}

// appendEnd appends one end of a socket: IPv6 in brackets, a wildcard as a
// star for a dual-stack socket.
func appendEnd(dst []byte, s *tcp.Socket, end netip.AddrPort, names Endpoint) []byte {
	if !end.IsValid() {
		return append(dst, "*:*"...)
	}
	addr := end.Addr()
	switch {
	case names.Host != "":
		dst = AppendEscaped(dst, names.Host)
	case addr.IsUnspecified() && addr.Is6() && s.State == tcp.Listen && !s.V6Only.Or(true):
		dst = append(dst, '*')
	case addr.Is4() || addr.Is4In6():
		dst = addr.Unmap().AppendTo(dst)
	default:
		dst = append(addr.AppendTo(append(dst, '[')), ']')
	}
	dst = append(dst, ':')
	switch {
	case names.Service != "":
		return AppendEscaped(dst, names.Service)
	case end.Port() == 0:
		return append(dst, '*')
	}
	return strconv.AppendUint(dst, uint64(end.Port()), 10)
}

// appendTimerWords says which timer runs, how often it has fired without an
// answer, and when it fires next.
func appendTimerWords(dst []byte, t *tcp.Timer) []byte {
	if t.Kind == tcp.NoTimer {
		return append(dst, "none"...)
	}
	dst = append(dst, t.Kind.String()...)
	if count := max(t.Retransmits, t.Probes); count > 0 {
		dst = strconv.AppendUint(append(dst, " #"...), uint64(count), 10)
	}
	return tcp.AppendDuration(append(dst, " in "...), t.Expires)
}

func appendUser(dst []byte, s *tcp.Socket) []byte {
	if uid, ok := s.UID.Get(); ok {
		return strconv.AppendUint(dst, uint64(uid), 10)
	}
	return append(dst, "(kernel)"...)
}

// appendOwner names all owners, or says in words why there is none to name.
func (t *Terminal) appendOwner(dst []byte, r *Row) []byte {
	if len(r.Holders) > 0 {
		return appendHolders(dst, r.Holders)
	}
	switch r.View.Ownership {
	case tcp.Unaccepted:
		dst = strconv.AppendUint(append(dst, "(in accept queue of :"...), uint64(r.Socket.Local.Port()), 10)
		return append(dst, ')')
	case tcp.Orphan:
		return append(dst, "(orphan)"...)
	case tcp.OwnedByKernel:
		if r.Socket.State == tcp.SynRecv {
			return append(dst, "(kernel: half-open)"...)
		}
		return append(append(append(dst, "(kernel: "...), r.Socket.State.String()...), ')')
	case tcp.OwnerUnknown:
		return append(dst, "(no process found)"...)
	}
	if t.Root {
		return append(dst, "(hidden)"...)
	}
	return append(dst, "(needs root)"...)
}

// appendHolders appends name/PID,PID name/PID: processes of one name together.
func appendHolders(dst []byte, holders []Holder) []byte {
	for i, h := range holders {
		before := holders[:i]
		if slices.ContainsFunc(before, func(b Holder) bool { return b.Name == h.Name }) {
			continue
		}
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = AppendEscaped(dst, h.Name)
		separator := byte('/')
		last := int32(-1)
		for _, same := range holders[i:] {
			if same.Name == h.Name && same.PID != last {
				dst = strconv.AppendInt(append(dst, separator), int64(same.PID), 10)
				separator, last = ',', same.PID
			}
		}
	}
	return dst
}

// AppendTail prints the table: header, rows, verdict.
func (t *Terminal) AppendTail(dst []byte, tail Tail) []byte {
	slices.SortFunc(t.lines, func(a, b line) int { return bytes.Compare(a.key, b.key) })
	for c := range columnCount {
		if t.widths[c] > 0 || c == stateColumn {
			t.widths[c] = max(t.widths[c], len(columnTitles[c]))
		}
	}
	f := t.fit()
	if t.Header && len(t.lines) > 0 {
		dst = t.appendHeader(dst, f)
	}
	shown := t.lines
	if t.Top > 0 {
		shown = shown[:min(t.Top, len(shown))]
	}
	for i := range shown {
		dst = t.appendLine(dst, &shown[i], f)
	}
	return t.tally.append(dst, t.Palette, tail, t.Width)
}

// layout is how the table is fitted into the width.
type layout struct {
	columns []column
	stacked bool // the remote address stands below the local one
	note    int  // room for notes beside the row, 0: notes stand below
}

// noteRoom is the least width in which a note beside the row reads well.
const noteRoom = 34

// fit chooses what the width has room for.
func (t *Terminal) fit() layout {
	var f layout
	for c := range columnCount {
		if t.widths[c] > 0 {
			f.columns = append(f.columns, c)
		}
	}
	for _, c := range leaving {
		if t.total(f.columns) <= t.Width {
			break
		}
		f.columns = slices.DeleteFunc(f.columns, func(have column) bool { return have == c })
	}
	f.stacked = t.total(f.columns) > t.Width
	if room := t.Width - t.total(f.columns) - gap; room >= noteRoom {
		f.note = room
	}
	return f
}

func (t *Terminal) total(columns []column) (width int) {
	for _, c := range columns {
		width += t.widths[c] + gap
	}
	return width - gap
}

func (t *Terminal) appendHeader(dst []byte, f layout) []byte {
	var b []byte
	for _, c := range f.columns {
		if f.stacked && c == remoteColumn {
			continue
		}
		b = t.appendPadded(b, c, columnTitles[c], columnTitles[c])
	}
	if f.note > 0 {
		b = append(b, "Note"...)
	}
	dst = t.Palette.Append(dst, Strong, strings.TrimRight(string(b), " "))
	return append(dst, '\n')
}

// rightAligned columns hold numbers.
func rightAligned(c column) bool {
	return c == recvColumn || c == sendColumn || c == inodeColumn
}

// appendPadded appends styled, which prints as text, in its column.
func (t *Terminal) appendPadded(dst []byte, c column, text, styled string) []byte {
	blanks := t.widths[c] - cells(text)
	if rightAligned(c) {
		dst = appendBlanks(dst, blanks)
		blanks = 0
	}
	dst = append(dst, styled...)
	return appendBlanks(dst, blanks+gap)
}

// below is how far lines below a row are indented.
const below = 4

func (t *Terminal) appendLine(dst []byte, l *line, f layout) []byte {
	for _, c := range f.columns {
		if f.stacked && c == remoteColumn {
			continue
		}
		text := t.string(l.cells[c])
		styled := text
		if c == stateColumn {
			styled = t.Palette.String(stateStyle(l), text)
		}
		dst = t.appendPadded(dst, c, text, styled)
	}
	note := t.string(l.note)
	if f.note > 0 && note != "" {
		dst = t.appendBeside(dst, note, f.note, noteStyle(l.level))
	} else {
		dst = append(bytes.TrimRight(dst, " "), '\n')
	}
	if f.stacked {
		dst = append(appendBlanks(dst, below), "-> "...)
		dst = append(append(dst, t.string(l.cells[remoteColumn])...), '\n')
	}
	if f.note == 0 && note != "" {
		dst = t.appendBelow(dst, note, noteStyle(l.level))
	}
	for _, p := range l.below {
		dst = t.appendBelow(dst, strings.TrimSpace(t.string(p)), Faint)
	}
	return dst
}

// appendBeside appends a note in the last column, over as many lines as it
// takes.
func (t *Terminal) appendBeside(dst []byte, note string, room int, style Style) []byte {
	for i, text := range wrap(note, room) {
		if i > 0 {
			dst = appendBlanks(dst, t.Width-room)
		}
		dst = append(t.Palette.Append(dst, style, text), '\n')
	}
	return dst
}

// appendBelow appends lines below a row.
func (t *Terminal) appendBelow(dst []byte, text string, style Style) []byte {
	for _, part := range wrap(text, max(t.Width-below, noteRoom)) {
		dst = append(t.Palette.Append(appendBlanks(dst, below), style, part), '\n')
	}
	return dst
}

// stateStyle colours a state by what needs eyes.
func stateStyle(l *line) Style {
	switch {
	case l.level == tcp.Alarm:
		return Alarm
	case l.level == tcp.Notice:
		return Notice
	case l.state == tcp.TimeWait:
		return Faint
	}
	return Plain
}

func noteStyle(level tcp.Level) Style {
	switch level {
	case tcp.Alarm:
		return Alarm
	case tcp.Notice:
		return Notice
	}
	return Faint
}
