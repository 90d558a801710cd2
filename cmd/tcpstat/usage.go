package main

import (
	"fmt"
	"strings"

	"tcpstat/internal/spelling"
	"tcpstat/render/typeset"
)

// usageError is a mistake on the command line: what is wrong, and what to try.
type usageError struct{ what, try string }

func (e *usageError) Error() string { return e.what }

func usagef(try, format string, args ...any) *usageError {
	return &usageError{fmt.Sprintf(format, args...), try}
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

// maxSaid bounds what is said at once: a message may quote foreign text.
const maxSaid = 1000

// printable makes a message safe for a terminal. Whatever it quotes, it is one
// line. Backslashes stay, since part of it may be quoted already.
func printable(message string) string {
	if len(message) > maxSaid {
		message = message[:maxSaid] + "..."
	}
	parts := strings.Split(message, `\`)
	for i, part := range parts {
		parts[i] = typeset.Escape(part)
	}
	return strings.Join(parts, `\`)
}
