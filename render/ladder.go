package render

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

// ladder draws the lines of one scene.
type ladder struct {
	o     ExplainOptions
	arrow int    // width between the sides
	dash  string // what arrows are made of
	side  string
	out   []byte

	left, right tcp.State // where both ends stand
}

func appendScene(dst []byte, scene tcp.Scene, o ExplainOptions, width int) []byte {
	l := &ladder{o: o, dash: "─", side: "│", out: dst}
	if o.ASCII {
		l.dash, l.side = "-", "|"
	}
	l.arrow = max(min(width, pageWidth)-aroundArrow, l.needed(scene))
	l.names(scene.LeftName.In(o.Lang), scene.RightName.In(o.Lang))
	l.left, l.right = scene.LeftStart, scene.RightStart
	l.line(typeset.Plain, "", scene.LeftStart, scene.RightStart)
	for _, step := range scene.Steps {
		l.step(step)
	}
	return l.out
}

// needed is the width below which a label would not fit.
func (l *ladder) needed(scene tcp.Scene) int {
	width := 0
	for _, step := range scene.Steps {
		width = max(width, typeset.Width(l.label(step))+len("--  ---X ")+typeset.Width(l.lost()), typeset.Width(l.event(step))+2, typeset.Width(step.Options)+2)
	}
	return width
}

func (l *ladder) names(left, right string) {
	width := l.arrow + aroundArrow - indent
	l.out = append(l.out, typeset.Blanks(indent)...)
	l.out = append(l.out, left+typeset.FillLeft(right, width-typeset.Width(left))+"\n"...)
}

func (l *ladder) step(step tcp.Step) {
	if !step.IsSegment() {
		l.line(typeset.Plain, l.placed(step.At, l.event(step)), step.Left, step.Right)
		return
	}
	style := typeset.Plain
	if step.Fate == tcp.Lost {
		style = typeset.Alarm
	}
	l.line(style, l.segment(step), step.Left, step.Right)
	if step.Options != "" {
		l.line(typeset.Faint, centre(step.Options, l.arrow), step.Left, step.Right)
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

func (l *ladder) event(step tcp.Step) string { return step.Event.Expand(l.o.Lang, l.o.Sysctls) }

// placed sets a text beside the end where it happens.
func (l *ladder) placed(at tcp.End, text string) string {
	switch at {
	case tcp.Left:
		return " " + text
	case tcp.Right:
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
func (l *ladder) segment(step tcp.Step) string {
	head, near, far := ">", "", ""
	if step.At == tcp.Right {
		head = "<"
	}
	switch step.Fate {
	case tcp.Lost:
		head, far = "X", l.lost()
	case tcp.SetsOut:
		far = "..."
	case tcp.Arrives:
		near = "..."
	}
	nearCells, farCells := cellsBeside(near), cellsBeside(far)
	if step.Fate == tcp.Lost {
		farCells = max(farCells, l.arrow*3/10) // it does not come far
	}
	text := " " + l.label(step) + " "
	room := max(l.arrow-nearCells-farCells-typeset.Width(text)-len(head), 2)
	tail, front := strings.Repeat(l.dash, room/2), strings.Repeat(l.dash, room-room/2)
	if step.At == tcp.Right {
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
	lost        = tcp.Text{"lost", "유실"}
	dataInBytes = tcp.Text{"{n} bytes", "{n}바이트"}
)

func (l *ladder) lost() string { return lost.In(l.o.Lang) }

// label names a segment: SYN+ACK seq=y ack=x+1, 100 bytes.
func (l *ladder) label(step tcp.Step) string {
	if !step.IsSegment() {
		return ""
	}
	text := fmt.Sprintf("%v seq=%s", step.Flags, step.Seq)
	if step.Ack != "" {
		text += " ack=" + step.Ack
	}
	if step.Bytes > 0 {
		text += ", " + typeset.Say(dataInBytes, l.o.Lang, "n", typeset.Decimal(step.Bytes))
	}
	return text
}
