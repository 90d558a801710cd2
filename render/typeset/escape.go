package typeset

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// AppendEscaped appends foreign text (process names, command lines, interface
// and cgroup names) so that it cannot act on a terminal or break a line: what
// does not print, what reorders the text around it and what is not UTF-8 comes
// out as a Go escape (\n, \x1b, \u202e). A backslash is doubled, so that the
// escape cannot be forged.
func AppendEscaped(dst []byte, text string) []byte {
	if isPlain(text) {
		return append(dst, text...)
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size <= 1:
			dst = AppendHex(append(dst, `\x`...), uint64(text[0]), 2)
		case r == '\\':
			dst = append(dst, `\\`...)
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r < ' ' || r == 0x7f:
			dst = AppendHex(append(dst, `\x`...), uint64(r), 2)
		case unicode.IsPrint(r):
			dst = append(dst, text[:size]...)
		case r > 0xffff:
			dst = AppendHex(append(dst, `\U`...), uint64(r), 8)
		default:
			dst = AppendHex(append(dst, `\u`...), uint64(r), 4)
		}
		text = text[size:]
	}
	return dst
}

// Escape is AppendEscaped for a text on its own.
func Escape(text string) string {
	if isPlain(text) {
		return text
	}
	return string(AppendEscaped(nil, text))
}

// isPlain reports whether nothing in text needs an escape, for the common case.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '\\' {
			return false
		}
	}
	return true
}

// maxMessage bounds what is said at once: a message may quote foreign text.
const maxMessage = 1000

// Message makes a message safe for a terminal. Whatever it quotes, it is one line.
// Backslashes stay, since part of it may be quoted already.
func Message(text string) string {
	if len(text) > maxMessage {
		text = text[:maxMessage] + "..."
	}
	parts := strings.Split(text, `\`)
	for i, part := range parts {
		parts[i] = Escape(part)
	}
	return strings.Join(parts, `\`)
}
