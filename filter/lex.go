package filter

import (
	"strings"
	"unicode/utf8"
)

// A token is a word, or a mark: a parenthesis or an operator in signs.
type token struct {
	text   string // without quotes
	raw    string // as it was written
	column int    // in characters, from 1
	kind   kind
}

type kind uint8

const (
	end    kind = iota // behind the last token
	word               // a bare word
	quoted             // a word of which a part stood in quotes
	mark
)

const (
	marks   = "()!=<>|&"
	blanks  = " \t\r\n\v\f"
	quotes  = `"'`
	special = marks + blanks + quotes
)

// pairs are the marks of two signs.
var pairs = []string{"!=", "==", "<=", ">=", "||", "&&"}

// tokens takes a filter apart. The last token is the end.
func tokens(text string) ([]token, error) {
	var list []token
	column := 1
	for {
		trimmed := strings.TrimLeft(text, blanks)
		column += len(text) - len(trimmed) // blanks are one byte each
		if trimmed == "" {
			return append(list, token{column: column}), nil
		}
		t := token{column: column}
		if strings.ContainsRune(marks, rune(trimmed[0])) {
			t.kind, t.raw = mark, leadingMark(trimmed)
			t.text = t.raw
		} else if err := t.readWord(trimmed); err != nil {
			return nil, err
		}
		list = append(list, t)
		column += utf8.RuneCountInString(t.raw)
		text = trimmed[len(t.raw):]
	}
}

func leadingMark(text string) string {
	for _, pair := range pairs {
		if strings.HasPrefix(text, pair) {
			return pair
		}
	}
	return text[:1]
}

// readWord reads up to a blank or mark that does not stand in quotes. As in a
// shell, quotes may begin and end anywhere in a word.
func (t *token) readWord(text string) error {
	t.kind = word
	var plain strings.Builder
	rest := text
	for rest != "" {
		if n := strings.IndexAny(rest, special); n != 0 {
			if n < 0 {
				n = len(rest)
			}
			plain.WriteString(rest[:n])
			rest = rest[n:]
			continue
		}
		if !strings.Contains(quotes, rest[:1]) {
			break
		}
		inside, after, closed := strings.Cut(rest[1:], rest[:1])
		if !closed {
			return &Error{
				Column: t.column + utf8.RuneCountInString(text[:len(text)-len(rest)]), Word: rest,
				Problem: "has no closing quote", Expected: "the same quote at the end of the word",
			}
		}
		t.kind = quoted
		plain.WriteString(inside)
		rest = after
	}
	t.text, t.raw = plain.String(), text[:len(text)-len(rest)]
	return nil
}

// quote writes a name so that it is read as one word, and not as a number.
func quote(name string) string {
	_, number := parseNumber(name, 64)
	if name != "" && !number && !strings.ContainsAny(name, special) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `"'"'"`) + `"`
}
