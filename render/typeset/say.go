package typeset

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tcpstat/tcp"
)

// Say fills the placeholders of a text with pairs of name and value.
func Say(t tcp.Text, lang tcp.Lang, pairs ...string) string {
	return Replace(t.In(lang), pairs...)
}

// Replace is Say for a text that is the same in every language.
func Replace(text string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

// Decimal is a number for Say.
func Decimal(n int) string { return strconv.Itoa(n) }

// UpperFirst begins a sentence.
func UpperFirst(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(r)) + text[size:]
}
