package typeset

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"nginx":                 "nginx",
		"nginx: worker (1)":     "nginx: worker (1)",
		`we"ird (na)me`:         `we"ird (na)me`,
		"a\nb\tc\rd":            `a\nb\tc\rd`,
		"\x1b[31mred\x1b[0m":    `\x1b[31mred\x1b[0m`,
		"\x7f\x00":              `\x7f\x00`,
		`C:\x`:                  `C:\\x`,
		"\xff\xfe":              `\xff\xfe`,
		"서버":                    "서버",
		"user\u202egpj.exe":     `user\u202egpj.exe`,
		"c1 \u009b31m":          `c1 \u009b31m`,
		"tag\U000e0041":         `tag\U000e0041`,
		"zero\u200bwidth\u2028": `zero\u200bwidth\u2028`,
	} {
		if got := Escape(in); got != want {
			t.Errorf("Escape(%q) = %s, want %s", in, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b]0;title\a\xc3\x28\u202e")
	f.Fuzz(func(t *testing.T, text string) {
		got := Escape(text)
		if !utf8.ValidString(got) {
			t.Errorf("Escape(%q) = %q is not UTF-8", text, got)
		}
		if strings.IndexFunc(got, func(r rune) bool { return r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 }) >= 0 {
			t.Errorf("Escape(%q) = %q has a control character", text, got)
		}
	})
}

func TestPalette(t *testing.T) {
	t.Setenv("NO_COLOR", "1") // the palette itself obeys only its maker
	p := NewPalette()
	if got, want := p.String(Alarm, "x"), "\x1b[31;1mx"; !strings.HasPrefix(got, want) {
		t.Errorf("Alarm = %q, want it to begin with %q", got, want)
	}
	if got := p.String(Plain, "x"); got != "x" {
		t.Errorf("Plain = %q", got)
	}
	var none *Palette
	if got := none.String(Alarm, "x"); got != "x" {
		t.Errorf("without a palette Alarm = %q", got)
	}
}
