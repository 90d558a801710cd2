package typeset

import (
	"strconv"
	"strings"

	"tcpstat/tcp"
)

// Say fills the placeholders of a text with pairs of name and value.
func Say(t tcp.Text, lang tcp.Lang, pairs ...string) string {
	text := t.In(lang)
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

// Decimal is a number for Say.
func Decimal(n int) string { return strconv.Itoa(n) }
