package typeset

import (
	"iter"
	"strings"
)

// MinWidth is the narrowest screen. On a narrower one lines run over rather than
// become unreadable.
const MinWidth = 40

// Wrap breaks text at blanks into lines of at most width columns. A word that
// is longer stands on a line of its own, whole.
func Wrap(text string, width int) []string {
	return Fill(strings.FieldsSeq(text), width)
}

// Fill is Wrap for words that may have blanks in them.
func Fill(words iter.Seq[string], width int) (lines []string) {
	var current strings.Builder
	used := 0
	for word := range words {
		w := Width(word)
		if used > 0 && used+1+w > width {
			lines = append(lines, current.String())
			current.Reset()
			used = 0
		}
		if used > 0 {
			current.WriteByte(' ')
			used++
		}
		current.WriteString(word)
		used += w
	}
	return append(lines, current.String())
}
