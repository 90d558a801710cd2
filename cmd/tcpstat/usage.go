package main

import (
	"fmt"
	"strings"
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
	if near := nearest(word, known); near != "" {
		try = fmt.Sprintf("did you mean %s? %s", near, try)
	}
	return usagef(try, "unknown %s %q", kind, word)
}

// nearest gives the known word that takes fewest edits, if few enough for a
// typing mistake.
func nearest(word string, known []string) string {
	best, fewest := "", max(1, len(word)/3)+1
	for _, candidate := range known {
		if d := editDistance(strings.ToLower(word), strings.ToLower(candidate)); d < fewest {
			best, fewest = candidate, d
		}
	}
	return best
}

// editDistance counts the letters to insert, delete or replace.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
