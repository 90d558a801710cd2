package main

import (
	"fmt"
	"strings"

	"tcpstat/internal/spelling"
	"tcpstat/render/typeset"
)

// usageError is a mistake on the command line: what is wrong, and what to try.
type usageError struct {
	what, try string

	cause error // nil where what says it all
}

func (e *usageError) Error() string { return e.what }

func (e *usageError) Unwrap() error { return e.cause }

func usagef(try, format string, args ...any) *usageError {
	return &usageError{what: fmt.Sprintf(format, args...), try: try}
}

// unknownWord is the mistake of a word that is none of the known ones. It
// suggests the nearest, or lists them.
func unknownWord(kind, word string, known []string) *usageError {
	try := "known: " + strings.Join(known, " ")
	if near := spelling.Nearest(word, known); near != "" {
		try = fmt.Sprintf("did you mean %s? %s", near, try)
	}
	return usagef(try, "unknown %s %q", kind, word)
}

// printable makes a message safe for a terminal.
func printable(message string) string { return typeset.Message(message) }
