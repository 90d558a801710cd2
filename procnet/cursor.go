package procnet

import (
	"bytes"
	"fmt"
	"math"
)

// cursor takes one line apart, word by word. What is wrong first stays in
// reason and at; every word after it reads as 0.
type cursor struct {
	line   []byte
	next   int    // offset of what is not yet taken
	at     int    // offset of the word last taken
	reason string // empty: nothing is wrong so far
}

// fail records what is wrong with the word last taken.
func (c *cursor) fail(what, format string, args ...any) {
	if c.reason == "" {
		c.reason = what + ": " + fmt.Sprintf(format, args...)
	}
}

// more passes over blanks and reports whether anything follows them.
func (c *cursor) more() bool {
	for c.next < len(c.line) && c.line[c.next] == ' ' {
		c.next++
	}
	return c.next < len(c.line)
}

// word takes the next word, up to the byte stop, which it passes over. The end
// of the line stands for a blank. An empty word means that reason is set.
func (c *cursor) word(what string, stop byte) []byte {
	if c.reason != "" {
		return nil
	}
	more := c.more()
	c.at = c.next
	if !more {
		c.fail(what, "missing")
		return nil
	}
	rest := c.line[c.next:]
	n := bytes.IndexByte(rest, stop)
	if n < 0 && stop == ' ' {
		n = len(rest)
	}
	if n <= 0 {
		c.fail(what, "want a number and %q", stop)
		return nil
	}
	c.next = min(c.next+n+1, len(c.line))
	return rest[:n]
}

// hex takes a number of low to high (at most 16) hexadecimal digits.
func (c *cursor) hex(what string, stop byte, low, high int) uint64 {
	word := c.word(what, stop)
	v, ok := parseHex(word)
	if !ok || len(word) < low || len(word) > high {
		c.fail(what, "want %d hexadecimal digits", low)
		return 0
	}
	return v
}

// decimal takes a number from 0 to highest.
func (c *cursor) decimal(what string, stop byte, highest uint64) uint64 {
	v, ok := parseDecimal(c.word(what, stop), highest)
	if !ok {
		c.fail(what, "want a number from 0 to %d", highest)
	}
	return v
}

// signed checks a number that may be negative.
func (c *cursor) signed(what string) {
	word := c.word(what, ' ')
	if _, ok := parseDecimal(bytes.TrimPrefix(word, []byte("-")), 1<<32-1); !ok {
		c.fail(what, "want a number")
	}
}

// integer takes a number that may be negative.
func (c *cursor) integer(what string) int64 {
	word := c.word(what, ' ')
	digits, negative := bytes.CutPrefix(word, []byte("-"))
	v, ok := parseDecimal(digits, math.MaxInt64)
	if !ok {
		c.fail(what, "want a number that 64 bits hold")
		return 0
	}
	if negative {
		return -int64(v)
	}
	return int64(v)
}

// name takes a word of printable characters. Where stop is no blank, it has to
// be there.
func (c *cursor) name(what string, stop byte) string {
	if stop != ' ' && c.more() && bytes.IndexByte(c.line[c.next:], stop) < 0 {
		c.at = c.next
		c.fail(what, "want %q behind it", stop)
		return ""
	}
	word := c.word(what, stop)
	for _, b := range word {
		if b <= ' ' || b > '~' {
			c.fail(what, "want printable characters")
			return ""
		}
	}
	return string(word)
}

// printable checks a word whose value nobody needs.
func (c *cursor) printable(what string) {
	for _, b := range c.word(what, ' ') {
		if b < '!' || b > '~' {
			c.fail(what, "want printable characters")
		}
	}
}

// parseHex reads digits of either case. Only the last 16 count.
func parseHex(digits []byte) (v uint64, ok bool) {
	for _, b := range digits {
		d := hexDigits[b]
		if d == 0 {
			return 0, false
		}
		v = v<<4 | uint64(d-1)
	}
	return v, true
}

// hexDigits holds the value of each digit plus one.
var hexDigits = func() (table [256]uint8) {
	for i, b := range "0123456789abcdef" {
		table[b] = uint8(i) + 1
	}
	for i, b := range "ABCDEF" {
		table[b] = uint8(i) + 11
	}
	return table
}()

// parseDecimal reads digits only. It refuses values beyond highest.
func parseDecimal(digits []byte, highest uint64) (v uint64, ok bool) {
	for _, b := range digits {
		d := uint64(b - '0')
		if d > 9 || v > (highest-d)/10 {
			return 0, false
		}
		v = v*10 + d
	}
	return v, len(digits) > 0
}
