package typeset

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Hangul takes two columns; boxes, arrows and dots take one, whatever the locale.
func TestCells(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "한글": 4, "상대가 닫음, 3.2초": 18, "│──>": 4, "(leak)입니다.": 13, "e\u0301": 1, "👩‍💻": 2, "…": 1,
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

func TestTruncateLeft(t *testing.T) {
	for _, test := range []struct {
		text    string
		columns int
		want    string
	}{
		{"abcd", 1, "…bcd"},
		{"abcd", 4, "…"},
		{"abcd", 9, "…"},
		{"한글말", 2, "…글말"},
		{"한글말", 3, "… 말"},
		{"e\u0301a", 1, "…a"},
	} {
		if got := TruncateLeft(test.text, test.columns, "…"); got != test.want {
			t.Errorf("TruncateLeft(%q, %d) = %q, want %q", test.text, test.columns, got, test.want)
		}
	}
}

// However a text is cut, it takes what it may take, and keeps whole letters.
func TestTruncateAny(t *testing.T) {
	letters := []string{"a", "한", "e\u0301", "👩‍💻", "─", "🇰🇷", "\u200d", "ก็", "1️⃣"}
	for range 10_000 {
		var text string
		for range rand.IntN(8) {
			text += letters[rand.IntN(len(letters))]
		}
		all, columns := Width(text), rand.IntN(12)
		if cut := Truncate(text, columns, "~"); columns > 0 && Width(cut) > columns {
			t.Errorf("Truncate(%q, %d) = %q takes %d columns", text, columns, cut, Width(cut))
		}
		if cut := TruncateLeft(text, columns, ""); Width(cut) != max(all-columns, 0) {
			t.Errorf("TruncateLeft(%q, %d) = %q takes %d columns, and not %d", text, columns, cut, Width(cut), max(all-columns, 0))
		}
	}
}
