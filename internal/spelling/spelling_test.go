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
		if got := Distance(test.a, test.b); got != test.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
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
