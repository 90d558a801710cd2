package main

import (
	"bytes"
	"unicode/utf8"
)

// key is what a user pressed: a letter, or one of the keys below.
type key rune

// The keys without a letter.
const (
	keyEscape key = -iota - 1
	keyUp
	keyDown
	keyPageUp
	keyPageDown
	keyHome
	keyEnd
)

// The control characters that are keys here.
const (
	keyInterrupt key = 'C' & 0x1f
	keyBackspace key = '\b'
	keyRedraw    key = 'L' & 0x1f
	keyEnter     key = '\r'
	keyErase     key = 'U' & 0x1f
	keySuspend   key = 'Z' & 0x1f
	keyDelete    key = 0x7f
)

// decodeKeys reads the keys in what a terminal sent (ECMA-48, and xterm's
// application mode). The rest is the beginning of a key; what is none is left out.
func decodeKeys(text []byte) (keys []key, rest []byte) {
	for len(text) > 0 {
		k, size := decodeKey(text)
		if size == 0 {
			return keys, text
		}
		if k != 0 {
			keys = append(keys, k)
		}
		text = text[size:]
	}
	return keys, nil
}

// decodeKey reads one key, 0 for none that is known. The size is 0 where its end is
// missing.
func decodeKey(text []byte) (k key, size int) {
	const escape = 0x1b
	switch {
	case text[0] == escape && len(text) == 1:
		return 0, 0
	case text[0] == escape && (text[1] == '[' || text[1] == 'O'):
		return decodeSequence(text)
	case text[0] == escape:
		return keyEscape, 1
	case !utf8.FullRune(text):
		return 0, 0
	}
	r, size := utf8.DecodeRune(text)
	if r == utf8.RuneError && size == 1 {
		return 0, 1
	}
	return key(r), size
}

// letterKeys are the keys by the last letter of their sequence, and those that end in
// a tilde by their number.
var (
	letterKeys = map[byte]key{'A': keyUp, 'B': keyDown, 'H': keyHome, 'F': keyEnd}
	tildeKeys  = map[string]key{
		"1": keyHome, "4": keyEnd, "5": keyPageUp, "6": keyPageDown, "7": keyHome, "8": keyEnd,
	}
)

// longestSequence is more than any key sends.
const longestSequence = 32

// decodeSequence reads a key that begins with ESC [ or ESC O.
func decodeSequence(text []byte) (k key, size int) {
	const prefix = len("\x1b[")
	end := bytes.IndexFunc(text[prefix:], func(r rune) bool { return r >= '@' || r < ' ' })
	switch {
	case end < 0 && len(text) > longestSequence:
		return 0, len(text)
	case end < 0:
		return 0, 0
	}
	final, size := text[prefix+end], prefix+end+1
	switch {
	case final < ' ': // a control character ends what was no sequence
		return 0, size - 1
	case final == '~':
		number, _, _ := bytes.Cut(text[prefix:prefix+end], []byte(";"))
		return tildeKeys[string(number)], size
	}
	return letterKeys[final], size
}
