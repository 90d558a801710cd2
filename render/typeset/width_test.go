package typeset

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unicode"
)

// Hangul takes two columns; boxes, arrows and dots take one, whatever the locale.
func TestCells(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "한글": 4, "상대가 닫음, 3.2초": 18, "│──>": 4, "(leak)입니다.": 13, "e\u0301": 1,
	} {
		if got := Width(text); got != want {
			t.Errorf("Width(%q) = %d, want %d", text, got, want)
		}
		if got := WidthOf([]byte(text)); got != want {
			t.Errorf("WidthOf(%q) = %d, want %d", text, got, want)
		}
	}
	if got := FillRight("한글", 6) + "|" + FillLeft("한글", 6); got != "한글  |  한글" {
		t.Errorf("filled up: %q", got)
	}
}

// Korean is broken at blanks, like English, and by its width.
func TestWrapKorean(t *testing.T) {
	got := Wrap("연결이 끝났고 이쪽이 먼저 닫았습니다(능동적 닫기).", 14)
	want := []string{"연결이 끝났고", "이쪽이 먼저", "닫았습니다(능동적", "닫기)."}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// The widths of our own letters are those of the library, alone and beside any
// other of them.
func TestOwnWidth(t *testing.T) {
	var letters []rune
	for r := rune(0); r <= unicode.MaxRune; r++ {
		width, ours := ownWidth(string(r))
		if !ours {
			continue
		}
		letters = append(letters, r)
		if want := screen.StringWidth(string(r)); width != want {
			t.Errorf("%q takes %d columns, want %d", r, width, want)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		text := make([]rune, 8)
		for i := range text {
			text[i] = letters[random.IntN(len(letters))]
		}
		if got, want := Width(string(text)), screen.StringWidth(string(text)); got != want {
			t.Errorf("%q takes %d columns, want %d", string(text), got, want)
		}
	}
}

func TestTruncate(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"한글", 4, "한글"},
		{"한글말", 4, "한…"},
		{"한글말", 5, "한글…"},
	} {
		if got := Truncate(test.text, test.width, "…"); got != test.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", test.text, test.width, got, test.want)
		}
	}
}
