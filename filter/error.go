package filter

import "fmt"

// Error is a mistake in a filter. It points at the word that is wrong.
type Error struct {
	Column   int    // where the word begins, in characters from 1
	Word     string // as it was written; empty at the end of the filter
	Problem  string // what is wrong with the word
	Expected string // what would be right in its place
	Near     string // the known word that was probably meant, or empty

	// Unknown tells that the word stands where a condition should begin, and is
	// none of the words of the language.
	Unknown bool
}

// Error gives What and Try, on two lines; log What alone.
func (e *Error) Error() string { return e.What() + "\n" + e.Try() }

// What tells in one line which word is wrong, and why.
func (e *Error) What() string {
	if e.Word == "" {
		return fmt.Sprintf("filter, column %d: it ends here, but %s", e.Column, e.Problem)
	}
	return fmt.Sprintf("filter, column %d: %q %s", e.Column, clip(e.Word), e.Problem)
}

// Try tells in one line what was expected, and what was probably meant.
func (e *Error) Try() string {
	if e.Near != "" {
		return fmt.Sprintf("did you mean %s? expected: %s", e.Near, e.Expected)
	}
	return "expected: " + e.Expected
}

// clip keeps a message short, whatever the word.
func clip(word string) string {
	const most = 40
	if runes := []rune(word); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return word
}
