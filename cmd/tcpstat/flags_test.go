package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"tcpstat/render/typeset"
)

func TestInterval(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"500ms": 500 * time.Millisecond,
		"1m":    time.Minute,
		"5":     5 * time.Second,
		"0.25":  250 * time.Millisecond,
		"0":     0, "-1": 0, "-5s": 0, "NaN": 0, "soon": 0, "": 0, // refused
	} {
		var got interval
		if err := got.Set(text); time.Duration(got) != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v, want %v", text, time.Duration(got), err, want)
		}
	}
}

// --color never is for what is said on stderr, too.
func TestColorNeverOnStderr(t *testing.T) {
	for _, color := range []string{"auto", "never"} {
		var stderr strings.Builder
		e := &env{
			stdout: io.Discard, stderr: &stderr, errPalette: typeset.NewPalette(),
			getenv: func(string) string { return "" }, now: time.Now,
		}
		run(t.Context(), []string{"-tuln", "--color", color}, e)
		if said := stderr.String(); !strings.Contains(said, "UDP left out") || strings.Contains(said, "\x1b") != (color == "auto") {
			t.Errorf("--color %s: %q", color, said)
		}
	}
}
