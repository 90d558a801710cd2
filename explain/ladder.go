package explain

import (
	"fmt"
	"strings"

	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// A scene is drawn as a ladder: time runs downwards, a segment is an arrow from
// one side to the other, and beside each stands the state that both ends are
// then in.
//
//	CLOSE       | connect()                    | LISTEN
//	SYN_SENT    |--------- SYN seq=x --------->| SYN_RECV

const (
	stateWidth  = len("ESTABLISHED")
	aroundArrow = indent + 2*stateWidth + len(" ||") + len(" ") // what a line has beside the arrow
)

// ladder draws the lines of one sc.
type ladder struct {
	o     Options
	arrow int    // width between the sides
	dash  string // what arrows are made of
	side  string
	out   []byte

	left, right tcp.State // where both ends stand
}

func appendScene(dst []byte, sc scene, o Options, width int) []byte {
	l := &ladder{o: o, dash: "─", side: "│", out: dst}
	if o.ASCII {
		l.dash, l.side = "-", "|"
	}
	l.arrow = max(min(width, pageWidth)-aroundArrow, l.needed(sc))
	l.names(sc.LeftName.In(o.Lang), sc.RightName.In(o.Lang))
	l.left, l.right = sc.LeftStart, sc.RightStart
	l.line(typeset.Plain, "", sc.LeftStart, sc.RightStart)
	for _, s := range sc.Steps {
		l.step(s)
	}
	return l.out
}

// needed is the width below which a label would not fit.
func (l *ladder) needed(sc scene) int {
	width := 0
	for _, s := range sc.Steps {
		width = max(width, typeset.Width(l.label(s))+len("--  ---X ")+typeset.Width(l.lost()), typeset.Width(l.event(s))+2, typeset.Width(s.Options)+2)
	}
	return width
}

func (l *ladder) names(left, right string) {
	width := l.arrow + aroundArrow - indent
	l.out = append(l.out, typeset.Blanks(indent)...)
	l.out = append(l.out, left+typeset.FillLeft(right, width-typeset.Width(left))+"\n"...)
}

func (l *ladder) step(s step) {
	if !s.isSegment() {
		l.line(typeset.Plain, l.placed(s.At, l.event(s)), s.Left, s.Right)
		return
	}
	style := typeset.Plain
	if s.Fate == lost {
		style = typeset.Alarm
	}
	l.line(style, l.segment(s), s.Left, s.Right)
	if s.Options != "" {
		l.line(typeset.Faint, centre(s.Options, l.arrow), s.Left, s.Right)
	}
}

// line draws what lies between the sides, with the states beside it. A state
// that is new stands out.
func (l *ladder) line(style typeset.Style, between string, left, right tcp.State) {
	l.out = append(l.out, typeset.Blanks(indent)...)
	l.out = l.o.Palette.Append(l.out, newStyle(left, l.left), left.String())
	l.out = append(l.out, typeset.Blanks(stateWidth+1-len(left.String()))+l.side...)
	l.out = l.o.Palette.Append(l.out, style, typeset.FillRight(between, l.arrow))
	l.out = append(l.out, l.side+" "...)
	l.out = l.o.Palette.Append(l.out, newStyle(right, l.right), right.String())
	l.out = append(l.out, '\n')
	l.left, l.right = left, right
}

func newStyle(now, before tcp.State) typeset.Style {
	if now != before {
		return typeset.Strong
	}
	return typeset.Faint
}

func (l *ladder) event(s step) string { return s.Event.Expand(l.o.Lang, l.o.Sysctls) }

// placed sets a text beside the end where it happens.
func (l *ladder) placed(at end, text string) string {
	switch at {
	case atLeft:
		return " " + text
	case atRight:
		return typeset.FillLeft(text+" ", l.arrow)
	}
	return centre(text, l.arrow)
}

func centre(text string, width int) string {
	return typeset.Blanks((width-typeset.Width(text))/2) + text
}

// segment draws an arrow. From the left:
//
//	------- SYN seq=x -------->    delivered
//	--- SYN seq=x ----X lost       lost
//	----- SYN seq=x -----> ...     sets out
//	... ----- SYN seq=x ----->     arrives
func (l *ladder) segment(s step) string {
	head, near, far := ">", "", ""
	if s.At == atRight {
		head = "<"
	}
	switch s.Fate {
	case lost:
		head, far = "X", l.lost()
	case setsOut:
		far = "..."
	case arrives:
		near = "..."
	}
	nearCells, farCells := cellsBeside(near), cellsBeside(far)
	if s.Fate == lost {
		farCells = max(farCells, l.arrow*3/10) // it does not come far
	}
	text := " " + l.label(s) + " "
	room := max(l.arrow-nearCells-farCells-typeset.Width(text)-len(head), 2)
	tail, front := strings.Repeat(l.dash, room/2), strings.Repeat(l.dash, room-room/2)
	if s.At == atRight {
		return typeset.Blanks(farCells-cellsBeside(far)) + typeset.FillRight(far, cellsBeside(far)) + head + front + text + tail + typeset.FillLeft(near, nearCells)
	}
	return typeset.FillRight(near, nearCells) + tail + text + front + head + typeset.FillLeft(far, cellsBeside(far))
}

// cellsBeside is what a word beside an arrow takes up, with a blank between.
func cellsBeside(word string) int {
	if word == "" {
		return 0
	}
	return typeset.Width(word) + 1
}

var (
	wordLost    = tcp.Text{"lost", "유실"}
	dataInBytes = tcp.Text{"{n} bytes", "{n}바이트"}
)

func (l *ladder) lost() string { return wordLost.In(l.o.Lang) }

// label names a segment: SYN+ACK seq=y ack=x+1, 100 bytes.
func (l *ladder) label(s step) string {
	if !s.isSegment() {
		return ""
	}
	text := fmt.Sprintf("%v seq=%s", s.Flags, s.Seq)
	if s.Ack != "" {
		text += " ack=" + s.Ack
	}
	if s.Bytes > 0 {
		text += ", " + typeset.Say(dataInBytes, l.o.Lang, "n", typeset.Decimal(s.Bytes))
	}
	return text
}
