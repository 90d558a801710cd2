package terminal

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeKeys(t *testing.T) {
	for _, tt := range []struct {
		sent string
		keys []Key
		rest string
	}{
		{sent: "q s/", keys: []Key{'q', ' ', 's', '/'}},
		{sent: "é한", keys: []Key{'é', '한'}},
		{sent: "\x03\x1a\x7f\b\r", keys: []Key{KeyInterrupt, keySuspend, KeyDelete, KeyBackspace, KeyEnter}},
		{sent: "\x1b[A\x1b[B\x1bOA\x1bOB", keys: []Key{KeyUp, KeyDown, KeyUp, KeyDown}},
		{sent: "\x1b[5~\x1b[6~\x1b[H\x1b[F\x1b[1~\x1b[4~\x1bOH\x1bOF\x1b[7~\x1b[8~", keys: []Key{
			KeyPageUp, KeyPageDown, KeyHome, KeyEnd, KeyHome, KeyEnd, KeyHome, KeyEnd, KeyHome, KeyEnd,
		}},
		{sent: "\x1b[1;5Aq\x1b[6;2~", keys: []Key{KeyUp, 'q', KeyPageDown}},
		{sent: "\x1b[C\x1b[15~\x1b[?1;2cq", keys: []Key{'q'}}, // others
		{sent: "\x1bq\x1b\x1b[A", keys: []Key{KeyEscape, 'q', KeyEscape, KeyUp}},
		{sent: "\x1b[\x03", keys: []Key{KeyInterrupt}},
		{sent: "\xffq\xc3(", keys: []Key{'q', '('}},
		{sent: "s\x1b", keys: []Key{'s'}, rest: "\x1b"},
		{sent: "s\x1b[", keys: []Key{'s'}, rest: "\x1b["},
		{sent: "\x1b[1;", rest: "\x1b[1;"},
		{sent: "\xed\x95", rest: "\xed\x95"},
	} {
		keys, rest := decodeKeys([]byte(tt.sent))
		if diff := cmp.Diff(tt.keys, keys); diff != "" || string(rest) != tt.rest {
			t.Errorf("%q: rest %q, keys (-want +got):\n%s", tt.sent, rest, diff)
		}
	}
}

// Whatever a terminal sends is decoded to its end, in one piece or in two, and what
// is kept back does not grow.
func FuzzDecodeKeys(f *testing.F) {
	for _, seed := range []string{"q\x1b[A", "\x1b[1;5", "\x1b\x1b", "\xff\xed\x95", "\x1b[000000000000000000000000000000000000000"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		whole, rest := decodeKeys(sent)
		if len(rest) > 2*longestSequence {
			t.Errorf("%q: %q is kept", sent, rest)
		}
		if len(sent) > longestSequence {
			return // a sequence that is too long is given up at another place
		}
		for cut := range sent {
			first, pending := decodeKeys(sent[:cut:cut])
			second, _ := decodeKeys(append(pending, sent[cut:]...))
			if diff := cmp.Diff(whole, append(first, second...)); diff != "" {
				t.Errorf("%q cut at %d (-whole +cut):\n%s", sent, cut, diff)
			}
		}
	})
}
