package screen

import (
	"strings"
	"testing"
)

// At the foot stands where in the list the screen is, and to its left, without touching
// it, what has room of the rest: the end of what is typed, and the beginning of all else.
func TestFooter(t *testing.T) {
	long := strings.Repeat("0123456789", 4)
	for _, tt := range []struct {
		name, filter string
		typing, keys bool
		want         string
	}{
		{name: "no keys", want: "no keyboard here; Ctrl-C ends…  1-1 of 3"},
		{name: "keys", keys: true, want: "q quit, space pause, s sort: …  1-1 of 3"},
		{name: "short", filter: "java", want: "/java  Esc: all of them         1-1 of 3"},
		{name: "little room behind it", filter: "0123456789012345678901234", want: "/0123456789012345678901234  E…  1-1 of 3"},
		{name: "long", filter: long, want: "/0123456789012345678901234567…  1-1 of 3"},
		{name: "typing", typing: true, filter: "java", want: "/java_                          1-1 of 3"},
		{name: "typing just fits", typing: true, filter: long[:28], want: "/0123456789012345678901234567_  1-1 of 3"},
		{name: "typing more", typing: true, filter: long[:29], want: "/1234567890123456789012345678_  1-1 of 3"},
	} {
		v := viewOf(leakShot(3), leakRows(3), 40, 10)
		v.filter, v.typing, v.keys = tt.filter, tt.typing, tt.keys
		lines := new(Style).draw(v).lines
		if got := lines[len(lines)-1]; got != tt.want {
			t.Errorf("%s:\n%q, and not\n%q", tt.name, got, tt.want)
		}
	}
}
