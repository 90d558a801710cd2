package render

import (
	"iter"
	"strings"
)

// wrap breaks text at blanks into lines of at most width columns. A word that
// is longer stands on a line of its own, whole.
func wrap(text string, width int) []string {
	return fill(strings.FieldsSeq(text), width)
}

// fill is wrap for words that may have blanks in them.
func fill(words iter.Seq[string], width int) (lines []string) {
	var current strings.Builder
	used := 0
	for word := range words {
		w := cells(word)
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
