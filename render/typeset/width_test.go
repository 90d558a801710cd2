package typeset

import (
	"slices"
	"testing"
)

// Hangul takes two columns; boxes, arrows and dots take one, whatever the locale.
func TestCells(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "한글": 4, "상대가 닫음, 3.2초": 18, "│──>": 4, "(leak)입니다.": 13, "e\u0301": 1,
	} {
		if got := Width(text); got != want {
			t.Errorf("cells(%q) = %d, want %d", text, got, want)
		}
		if got := WidthOf([]byte(text)); got != want {
			t.Errorf("displayWidth(%q) = %d, want %d", text, got, want)
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
