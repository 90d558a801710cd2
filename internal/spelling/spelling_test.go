package spelling

import (
	"strings"
	"testing"
)

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"close", "close", 0},
		{"clsoe", "close", 1},
		{"listne", "listen", 1},
		{"stauts", "status", 1},
		{"ab", "ba", 1},
		{"abc", "cba", 2},
		{"ca", "abc", 3},
		{"kitten", "sitting", 3},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"state", "local", "remote", "retrans"}
	for word, want := range map[string]string{
		"locl":                      "local",
		"REMOTE":                    "remote",
		"retrnas":                   "retrans",
		"stat":                      "state",
		"tsate":                     "state",
		"xyz":                       "",
		"":                          "",
		strings.Repeat("state", 20): "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// A word of any length is answered at once, and so is a known one: neither is
// compared letter by letter.
func TestLongWords(t *testing.T) {
	long := strings.Repeat("state", 16_000)
	for _, pair := range [][2]string{{long, "state"}, {"state", long}, {long, long}} {
		var mistyped bool
		if n := testing.AllocsPerRun(1, func() { _, mistyped = Mistake(pair[0], pair[1]) }); n > 0 || mistyped {
			t.Errorf("%d and %d letters: mistyped %t, compared with %v rows", len(pair[0]), len(pair[1]), mistyped, n)
		}
		if got := Nearest(pair[0], []string{pair[1]}); got != "" {
			t.Errorf("%d and %d letters: the nearest is %.20q", len(pair[0]), len(pair[1]), got)
		}
	}
}

func TestMistake(t *testing.T) {
	for _, test := range []struct {
		word, known string
		letters     int
		mistyped    bool
	}{
		{"clsoe", "close", 1, true},
		{"close", "close", 0, true},
		{"clo", "close", 0, false},
		{"clse", "close", 1, true},
		{"", "a", 0, false},
		{strings.Repeat("a", longest), strings.Repeat("a", longest+13), 13, true},
		{strings.Repeat("a", longest), strings.Repeat("a", longest+14), 0, false},
		{strings.Repeat("a", longest+1), strings.Repeat("a", longest+1), 0, false},
	} {
		letters, mistyped := Mistake(test.word, test.known)
		if mistyped != test.mistyped || mistyped && letters != test.letters {
			t.Errorf("Mistake(%q, %q) = %d, %t, want %d, %t", test.word, test.known, letters, mistyped, test.letters, test.mistyped)
		}
	}
}
