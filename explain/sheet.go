package explain

import (
	"strings"

	"tcpstat/render/typeset"
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
	scene(sc scene)
}

// row is a pair of texts side by side.
type row struct {
	left, right string
	style       typeset.Style
}

// textSheet is plain text, wrapped and indented.
type textSheet struct {
	o     Options
	width int
	out   []byte
}

const (
	pageWidth = 80
	indent    = 2
)

func newTextSheet(o Options) *textSheet {
	if o.Width == 0 {
		o.Width = pageWidth
	}
	return &textSheet{o: o, width: max(o.Width, typeset.MinWidth)}
}

func (s *textSheet) line(style typeset.Style, indent int, text string) {
	s.out = append(s.out, typeset.Blanks(indent)...)
	s.out = s.o.Palette.Append(s.out, style, text)
	s.out = append(s.out, '\n')
}

func (s *textSheet) title(name string, elsewhere []string) {
	s.line(typeset.Strong, 0, name)
	if elsewhere != nil {
		s.line(typeset.Faint, 0, strings.Join(elsewhere, "   "))
	}
	s.gap()
}

func (s *textSheet) section(heading string) {
	if len(s.out) > 0 {
		s.gap()
	}
	for _, line := range typeset.Wrap(heading, s.width) {
		s.line(typeset.Strong, 0, line)
	}
}

func (s *textSheet) gap() { s.out = append(s.out, '\n') }

func (s *textSheet) paragraph(text string) {
	for _, line := range typeset.Wrap(text, s.width-indent) {
		s.line(typeset.Plain, indent, line)
	}
}

func (s *textSheet) item(text string) {
	bullet := "- "
	for _, line := range typeset.Wrap(text, s.width-indent-len(bullet)) {
		s.line(typeset.Plain, indent, bullet+line)
		bullet = "  "
	}
}

func (s *textSheet) command(line string) {
	if line != "" {
		s.line(typeset.Strong, 3*indent, line)
	}
}

func (s *textSheet) lines(lines []string) {
	for _, text := range lines {
		for i, line := range typeset.Wrap(text, s.width-2*indent) {
			s.line(typeset.Plain, indent+min(i, 1)*indent, line)
		}
	}
}

// rows sets pairs in two columns, the left one as wide as it needs to be but no
// wider than two fifths of the line, or its longest word.
func (s *textSheet) rows(rows []row) {
	const between = 2
	longest, longestWord := 0, 0
	for _, r := range rows {
		longest = max(longest, typeset.Width(r.left))
		for word := range strings.FieldsSeq(r.left) {
			longestWord = max(longestWord, typeset.Width(word))
		}
	}
	left := min(longest, max(longestWord, (s.width-indent)*2/5))
	right := s.width - indent - left - between
	for _, r := range rows {
		l, t := typeset.Wrap(r.left, left), typeset.Wrap(r.right, right)
		for i := range max(len(l), len(t)) {
			s.out = append(s.out, typeset.Blanks(indent)...)
			s.out = append(s.out, typeset.FillRight(at(l, i), left+between)...)
			s.out = s.o.Palette.Append(s.out, r.style, at(t, i))
			s.out = typeset.TrimBlanks(s.out)
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

func (s *textSheet) scene(sc scene) {
	s.out = appendScene(s.out, sc, s.o, s.width)
}
