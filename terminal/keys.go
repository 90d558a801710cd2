package terminal

import (
	"bytes"
	"unicode/utf8"
)

// Key is what a user pressed: a letter, or one of the keys below.
type Key rune

// The keys without a letter.
const (
	KeyEscape Key = -iota - 1
	KeyUp
	KeyDown
	KeyPageUp
	KeyPageDown
	KeyHome
	KeyEnd
)

// The control characters that are keys here.
const (
	KeyInterrupt Key = 'C' & 0x1f
	KeyBackspace Key = '\b'
	KeyEnter     Key = '\r'
	KeyErase     Key = 'U' & 0x1f
	KeyDelete    Key = 0x7f
)

// Those that the terminal answers to itself.
const (
	keyRedraw  Key = 'L' & 0x1f
	keySuspend Key = 'Z' & 0x1f
)

// decodeKeys reads the keys in what a terminal sent (ECMA-48, and xterm's
// application mode). The rest is the beginning of a key; what is none is left out.
func decodeKeys(text []byte) (keys []Key, rest []byte) {
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
func decodeKey(text []byte) (k Key, size int) {
	const escape = 0x1b
	switch {
	case text[0] == escape && len(text) == 1:
		return 0, 0
	case text[0] == escape && (text[1] == '[' || text[1] == 'O'):
		return decodeSequence(text)
	case text[0] == escape:
		return KeyEscape, 1
	case !utf8.FullRune(text):
		return 0, 0
	}
	r, size := utf8.DecodeRune(text)
	if r == utf8.RuneError && size == 1 {
		return 0, 1
	}
	return Key(r), size
}

// longestSequence is more than any key sends.
const longestSequence = 32

// decodeSequence reads a key that begins with ESC [ or ESC O.
func decodeSequence(text []byte) (k Key, size int) {
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
		return numberedKey(string(number)), size
	}
	return letterKey(final), size
}

// letterKey gives the key whose sequence ends in a letter, 0 for none that is known.
func letterKey(final byte) Key {
	switch final {
	case 'A':
		return KeyUp
	case 'B':
		return KeyDown
	case 'H':
		return KeyHome
	case 'F':
		return KeyEnd
	}
	return 0
}

// numberedKey gives the key whose sequence ends in a tilde, 0 for none that is known.
func numberedKey(number string) Key {
	switch number {
	case "1", "7":
		return KeyHome
	case "4", "8":
		return KeyEnd
	case "5":
		return KeyPageUp
	case "6":
		return KeyPageDown
	}
	return 0
}
