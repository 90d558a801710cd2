package render

import (
	"slices"
	"strings"

	"tcpstat/explain"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// painter prints the lines of a table in a layout.
type painter struct {
	*Terminal
	f    layout
	out  []byte
	used int // columns of the line so far
}

// Lines below a row are indented, and more from their second line on.
const (
	below   = 4
	hanging = 2
)

// arrow leads to a remote address that stands below the local one.
const arrow = "-> "

func (p *painter) newline() {
	p.out = append(p.out, '\n')
	p.used = 0
}

// put prints text at a column of the screen, on the next line if this one has
// already come too far.
func (p *painter) put(start int, style typeset.Style, text []byte) {
	if p.used > 0 && p.used+gap > start {
		p.newline()
	}
	p.out = typeset.AppendBlanks(p.out, start-p.used)
	if style == typeset.Plain {
		p.out = append(p.out, text...)
	} else {
		p.out = p.Palette.Append(p.out, style, string(text))
	}
	p.used = start + typeset.WidthOf(text)
}

func (p *painter) header() {
	for _, c := range p.f.order {
		title := columnTitles[c]
		switch {
		case p.f.stacked && c == remoteColumn:
			continue
		case p.f.stacked && c == localColumn:
			title = stackedTitle
		}
		p.put(p.aligned(c, len(title)), typeset.Strong, []byte(title))
	}
	if p.f.note > 0 {
		p.put(p.f.note, typeset.Strong, []byte("Note"))
	}
	p.newline()
}

// aligned is where a cell of a width begins in its column.
func (p *painter) aligned(c column, width int) int {
	if rightAligned(c) {
		return p.f.start[c] + p.f.width[c] - width
	}
	return p.f.start[c]
}

func (p *painter) line(l *line) {
	remoteLast := p.f.stacked && p.width(l.cells[localColumn]) <= p.f.width[localColumn]
	for _, c := range p.f.order {
		if c != remoteColumn || !remoteLast {
			p.cell(l, c)
		}
	}
	if remoteLast {
		p.cell(l, remoteColumn)
	}
	if p.f.note > 0 && !l.note.empty() {
		p.beside(p.bytes(l.note), NoteStyle(l.level))
	}
	p.newline()
	p.below(p.ownersBelow(l), typeset.Plain)
	for command := range strings.SplitSeq(string(p.bytes(l.commands)), "\n") {
		p.below(command, typeset.Plain)
	}
	p.below(p.absentCells(l), typeset.Plain)
	if p.f.note == 0 && l.state != tcp.TimeWait { // there are many, and nothing is to be done
		p.below(string(p.bytes(l.note)), NoteStyle(l.level))
	}
	if p.Explain {
		p.below(explain.State(l.state).Meaning.In(p.Lang), typeset.Faint)
	}
	p.below(string(p.bytes(l.info)), typeset.Faint)
	p.below(string(p.bytes(l.memory)), typeset.Faint)
}

func (p *painter) cell(l *line, c column) {
	text := p.bytes(l.cells[c])
	width, start := typeset.WidthOf(text), p.f.start[c]
	switch {
	case c == stateColumn:
		p.put(start, StateStyle(l.state, l.level), text)
	case c == localColumn && start+width > p.f.screen:
		p.newline()
		p.put(below, typeset.Plain, text)
	case c == remoteColumn && (width > p.f.width[c] || p.used+gap > start):
		p.remoteBelow(text, width)
	case c == ownerColumn && width > p.f.width[c]:
		p.put(start, typeset.Plain, p.shortOwner(l))
	default:
		p.put(p.aligned(c, width), cellStyle(c, text), text)
	}
}

// remoteBelow prints the remote address below the local one. A socket without
// a peer needs no line for that.
func (p *painter) remoteBelow(text []byte, width int) {
	if string(text) == noEnd {
		return
	}
	start := p.f.start[localColumn]
	if start+width > p.f.screen {
		start = below
	}
	p.newline()
	p.put(start-len(arrow), typeset.Plain, append([]byte(arrow), text...))
}

// shortOwner stands for an owner that is too wide for its column.
func (p *painter) shortOwner(l *line) []byte {
	switch {
	case !named(p.bytes(l.cells[ownerColumn])):
		return []byte("(in accept queue)")
	case !l.owner.empty() && p.width(l.owner) <= p.f.width[ownerColumn]:
		return p.bytes(l.owner)
	}
	return []byte(belowWord)
}

// ownersBelow names the owners that their cell does not name.
func (p *painter) ownersBelow(l *line) string {
	owner := p.bytes(l.cells[ownerColumn])
	absent := slices.Contains(p.f.absent, ownerColumn)
	narrow := typeset.WidthOf(owner) > p.f.width[ownerColumn]
	switch {
	case !l.owners.empty() && (absent || narrow || l.cells[ownerColumn] == l.owner):
		return typeset.Say(wordsOwnedBy, p.Lang, "owners", string(p.bytes(l.owners)))
	case absent && !named(owner):
		return string(owner)
	case named(owner) && (absent || narrow):
		return typeset.Say(wordsOwnedBy, p.Lang, "owners", string(owner))
	}
	return ""
}

// absentCells names the cells of a line that found no column, where they say
// something.
func (p *painter) absentCells(l *line) string {
	var parts []string
	for c := range columnCount {
		text := string(p.bytes(l.cells[c]))
		if slices.Contains(p.f.absent, c) && !idle(c, text) {
			parts = append(parts, columnTitles[c]+" "+text)
		}
	}
	return strings.Join(parts, ", ")
}

// idle reports whether a cell is not worth a line of its own. Owners have one
// already, and a cookie is for programs.
func idle(c column, text string) bool {
	switch c {
	case ownerColumn, cookieColumn:
		return true
	case recvColumn, sendColumn:
		return text == "0" || text == unknownWord || strings.HasPrefix(text, "/") // a limit; the note tells when it matters
	}
	return idleWord(text)
}

// idleWord reports whether a word stands for nothing in particular.
func idleWord(text string) bool {
	switch text {
	case unknownWord, noDevice, noUnit, rootCgroup, "none", "(none)":
		return true
	}
	return false
}

// named reports whether an owner's cell names a process, or says in brackets
// why there is none.
func named(owner []byte) bool { return len(owner) > 0 && owner[0] != '(' }

// beside prints a note in the last column, over as many lines as it takes.
func (p *painter) beside(note []byte, style typeset.Style) {
	room := p.f.screen - p.f.note
	if typeset.WidthOf(note) <= room {
		p.put(p.f.note, style, note)
		return
	}
	for i, part := range typeset.Wrap(string(note), room) {
		if i > 0 {
			p.newline()
		}
		p.put(p.f.note, style, []byte(part))
	}
}

// below prints text below the row, if there is any.
func (p *painter) below(text string, style typeset.Style) {
	if text == "" {
		return
	}
	indent, room := below, p.f.screen-below-hanging
	for _, part := range typeset.Wrap(text, room) {
		for part != "" {
			head := chop(part, room)
			p.put(indent, style, []byte(head))
			p.newline()
			part, indent = part[len(head):], below+hanging
		}
	}
}

// labelled prints a text below the row with its label before it, if there is any.
func (p *painter) labelled(label, text string) {
	if text == "" {
		return
	}
	start := below + labelWidth
	p.put(below, typeset.Faint, []byte(label))
	for _, part := range typeset.Wrap(text, p.f.screen-start) {
		p.put(start, typeset.Plain, []byte(part))
		p.newline()
	}
}

// command prints a command below the row, whole on its line, so that it can be copied.
func (p *painter) command(label, command string) {
	p.put(below, typeset.Faint, []byte(label))
	p.put(below+labelWidth, typeset.Plain, []byte(command))
	p.newline()
}

// labelWidth is the room of a label, and of the blanks behind it.
const labelWidth = 9

// chop gives what fits of a word that can be wider than the screen: foreign
// text, and socket memory, which ends at a comma.
func chop(word string, room int) string {
	if typeset.Width(word) <= room {
		return word
	}
	head := typeset.Truncate(word, room, "")
	if comma := strings.LastIndexByte(head, ','); comma >= 0 {
		return head[:comma+1]
	}
	return head
}

// leftOut says once which columns are missing and why.
func (p *painter) leftOut() {
	var noRoom, notKnown []byte
	for c := range columnCount {
		switch {
		case slices.Contains(p.f.absent, c) && c == cookieColumn:
			noRoom = appendListed(noRoom, columnTitles[c])
		case p.facts[c].unknown && !p.facts[c].tells:
			notKnown = appendListed(notKnown, columnTitles[c])
		}
	}
	if noRoom != nil {
		p.closing(typeset.Say(wordsNoRoom, p.Lang, "columns", string(noRoom), "width", typeset.Decimal(p.f.screen)), typeset.Faint)
	}
	if notKnown != nil {
		p.closing(typeset.Say(wordsNotKnown, p.Lang, "columns", string(notKnown)), typeset.Faint)
	}
}

func appendListed(dst []byte, word string) []byte {
	if dst != nil {
		dst = append(dst, ", "...)
	}
	return append(dst, word...)
}

// closing prints a sentence below the table.
func (p *painter) closing(text string, style typeset.Style) {
	for _, part := range typeset.Wrap(text, p.f.screen) {
		p.put(0, style, []byte(part))
		p.newline()
	}
}

// cellStyle makes words for nothing in particular step back.
func cellStyle(c column, text []byte) typeset.Style {
	if c > remoteColumn && idleWord(string(text)) {
		return typeset.Faint
	}
	return typeset.Plain
}

// StateStyle colours a state by what needs eyes. ESTABLISHED is as it should be;
// what may be wrong with it, the note says.
func StateStyle(s tcp.State, level tcp.Level) typeset.Style {
	switch {
	case s == tcp.Established:
		return typeset.Plain
	case level == tcp.Alarm:
		return typeset.Alarm
	case level == tcp.Notice:
		return typeset.Notice
	case s == tcp.TimeWait:
		return typeset.Faint
	}
	return typeset.Plain
}

// NoteStyle colours a note by what needs eyes.
func NoteStyle(level tcp.Level) typeset.Style {
	switch level {
	case tcp.Alarm:
		return typeset.Alarm
	case tcp.Notice:
		return typeset.Notice
	}
	return typeset.Faint
}
