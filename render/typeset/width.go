package typeset

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Width is the number of columns that a text takes on a terminal. Of what a terminal
// may show in one column or in two, such as boxes, it takes one.
func Width(text string) int {
	if isASCII(text) {
		return len(text)
	}
	return uniseg.StringWidth(text)
}

func isASCII[T string | []byte](text T) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
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
	head, _ := split(text, width-Width(mark))
	return head + mark
}

// TruncateLeft cuts so many columns off the beginning of a text, and puts a mark
// there. A letter of two columns that is cut in half leaves a blank.
func TruncateLeft(text string, columns int, mark string) string {
	if Width(text) <= columns {
		return mark
	}
	head, rest := split(text, columns)
	if half := columns - Width(head); half > 0 {
		_, rest = split(rest, 2)
		return mark + Blanks(2-half) + rest
	}
	return mark + rest
}

// split cuts a text where its first columns end, or before: never within a letter.
func split(text string, columns int) (head, rest string) {
	rest = text
	for state := -1; rest != ""; {
		_, after, width, next := uniseg.FirstGraphemeClusterInString(rest, state)
		if columns -= width; columns < 0 {
			break
		}
		rest, state = after, next
	}
	return text[:len(text)-len(rest)], rest
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
	if isASCII(text) {
		return len(text)
	}
	return uniseg.StringWidth(string(text))
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
