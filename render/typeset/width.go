package typeset

import (
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// screen measures texts of our own. Box characters count as one cell whatever
// the locale, which the package's own functions ask the environment for.
var screen = &runewidth.Condition{}

// Width is the number of columns that a text takes.
func Width(text string) int {
	if width, ours := ownWidth(text); ours {
		return width
	}
	return screen.StringWidth(text)
}

// ownWidth is Width for the letters that texts of our own are made of: ASCII,
// Hangul, boxes and blocks. For the first other one the library makes tables of
// 2 MB, which takes 2 ms: as long as the rest of a short list.
func ownWidth(text string) (width int, ours bool) {
	for _, r := range text {
		switch {
		case ' ' <= r && r <= '~', '─' <= r && r <= '▟', r == '…', r == '→':
			width++
		case '가' <= r && r <= '힣':
			width += 2
		default:
			return 0, false
		}
	}
	return width, true
}

// Blanks is so many blanks, none for a negative number.
func Blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }

// FillRight adds blanks behind a text up to a width.
func FillRight(text string, width int) string { return text + Blanks(width-Width(text)) }

// FillLeft adds blanks before a text up to a width.
func FillLeft(text string, width int) string { return Blanks(width-Width(text)) + text }

// Truncate cuts a text to a width, with a mark where something was cut off.
func Truncate(text string, width int, mark string) string {
	if Width(text) <= width {
		return text
	}
	return screen.Truncate(text, width, mark)
}

// TruncateLeft cuts so many columns off the beginning of a text, and puts a mark
// there.
func TruncateLeft(text string, columns int, mark string) string {
	return screen.TruncateLeft(text, columns, mark)
}

// TrimBlanks cuts off the blanks at the end of a line.
func TrimBlanks(line []byte) []byte {
	for len(line) > 0 && line[len(line)-1] == ' ' {
		line = line[:len(line)-1]
	}
	return line
}

// WidthOf is Width without a copy for ASCII, which most texts are.
func WidthOf(text []byte) int {
	for _, c := range text {
		if c >= 0x80 {
			return Width(string(text))
		}
	}
	return len(text)
}

const spaces = "                                                                "

// PadRight fills dst with blanks up to a length.
func PadRight(dst []byte, length int) []byte { return AppendBlanks(dst, length-len(dst)) }

// PadLeft appends a number, right-aligned.
func PadLeft(dst []byte, v uint32, width int) []byte {
	if v < 10 {
		return append(AppendBlanks(dst, width-1), byte('0'+v))
	}
	digits := 1
	for rest := v; rest >= 10; rest /= 10 {
		digits++
	}
	return strconv.AppendUint(AppendBlanks(dst, width-digits), uint64(v), 10)
}

// AppendBlanks appends n blanks, none for a negative number.
func AppendBlanks(dst []byte, n int) []byte {
	for n > len(spaces) {
		dst = append(dst, spaces...)
		n -= len(spaces)
	}
	return append(dst, spaces[:max(n, 0)]...)
}
