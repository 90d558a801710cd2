package render

import (
	"strings"

	"github.com/mattn/go-runewidth"

	"tcpstat/tcp"
)

// sheet is what a page is written on: text for a terminal or a pipe, Markdown
// for the documents.
type sheet interface {
	title(name string, elsewhere []string) // elsewhere: what others call it
	section(heading string)
	gap()
	paragraph(text string)
	item(text string)
	command(line string) // belongs to the item before it; empty for none
	lines(lines []string)
	rows(rows []row)
	scene(scene tcp.Scene)
}

// row is a pair of texts side by side.
type row struct {
	left, right string
	style       Style
}

// textSheet is plain text, wrapped and indented.
type textSheet struct {
	o     ExplainOptions
	width int
	out   []byte
}

const (
	pageWidth = 80
	minWidth  = 40 // below it lines run over rather than become unreadable
	indent    = 2
)

func newTextSheet(o ExplainOptions) *textSheet {
	if o.Width == 0 {
		o.Width = pageWidth
	}
	return &textSheet{o: o, width: max(o.Width, minWidth)}
}

func (s *textSheet) line(style Style, indent int, text string) {
	s.out = append(s.out, blanks(indent)...)
	s.out = s.o.Palette.Append(s.out, style, text)
	s.out = append(s.out, '\n')
}

func (s *textSheet) title(name string, elsewhere []string) {
	s.line(Strong, 0, name)
	if elsewhere != nil {
		s.line(Faint, 0, strings.Join(elsewhere, "   "))
	}
	s.gap()
}

func (s *textSheet) section(heading string) {
	if len(s.out) > 0 {
		s.gap()
	}
	for _, line := range wrap(heading, s.width) {
		s.line(Strong, 0, line)
	}
}

func (s *textSheet) gap() { s.out = append(s.out, '\n') }

func (s *textSheet) paragraph(text string) {
	for _, line := range wrap(text, s.width-indent) {
		s.line(Plain, indent, line)
	}
}

func (s *textSheet) item(text string) {
	bullet := "- "
	for _, line := range wrap(text, s.width-indent-len(bullet)) {
		s.line(Plain, indent, bullet+line)
		bullet = "  "
	}
}

func (s *textSheet) command(line string) {
	if line != "" {
		s.line(Strong, 3*indent, line)
	}
}

func (s *textSheet) lines(lines []string) {
	for _, text := range lines {
		for i, line := range wrap(text, s.width-2*indent) {
			s.line(Plain, indent+min(i, 1)*indent, line)
		}
	}
}

// rows sets pairs in two columns, the left one as wide as it needs to be but no
// wider than two fifths of the line, or its longest word.
func (s *textSheet) rows(rows []row) {
	const between = 2
	longest, longestWord := 0, 0
	for _, r := range rows {
		longest = max(longest, cells(r.left))
		for word := range strings.FieldsSeq(r.left) {
			longestWord = max(longestWord, cells(word))
		}
	}
	left := min(longest, max(longestWord, (s.width-indent)*2/5))
	right := s.width - indent - left - between
	for _, r := range rows {
		l, t := wrap(r.left, left), wrap(r.right, right)
		for i := range max(len(l), len(t)) {
			s.out = append(s.out, blanks(indent)...)
			s.out = append(s.out, fillRight(at(l, i), left+between)...)
			s.out = s.o.Palette.Append(s.out, r.style, at(t, i))
			s.out = trimBlanks(s.out)
			s.out = append(s.out, '\n')
		}
	}
}

// at gives a line, or nothing where there are fewer.
func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

func trimBlanks(line []byte) []byte {
	for len(line) > 0 && line[len(line)-1] == ' ' {
		line = line[:len(line)-1]
	}
	return line
}

func (s *textSheet) scene(scene tcp.Scene) {
	s.out = appendScene(s.out, scene, s.o, s.width)
}

// screen measures texts of our own. Box characters count as one cell whatever
// the locale, which the package's own functions ask the environment for.
var screen = &runewidth.Condition{}

func cells(text string) int { return screen.StringWidth(text) }

func blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }

// fillRight adds blanks behind a text up to a width.
func fillRight(text string, width int) string { return text + blanks(width-cells(text)) }

// fillLeft adds blanks before a text up to a width.
func fillLeft(text string, width int) string { return blanks(width-cells(text)) + text }
