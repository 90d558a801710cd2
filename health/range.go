package health

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Range is a threshold in the syntax of the monitoring plugins' guidelines
// (https://www.monitoring-plugins.org/doc/guidelines.html, section 2.5.1): a
// value outside of it alerts, or with @ one inside. Both ends belong to it. The
// zero Range stands for no threshold and never alerts; so does a literal. Make one with
// [AtLeast], [Above], [Exactly] or [ParseRange].
type Range struct {
	Start, End float64
	Inside     bool // @: alert inside
	set        bool
}

// endless is the end of a range that has none. It stands for infinity, which is no
// constant: rules with it would be made at every start of the program.
const endless = math.MaxFloat64

// AtLeast alerts at n and above: "@n:".
func AtLeast(n float64) Range { return Range{n, endless, true, true} }

// Above alerts above n, and below 0: "n".
func Above(n float64) Range { return Range{0, n, false, true} }

// Exactly alerts at n alone: "@n:n".
func Exactly(n float64) Range { return Range{n, n, true, true} }

// IsSet reports whether there is a threshold.
func (r Range) IsSet() bool { return r.set }

// Alerts reports whether a value is one to be alerted about.
func (r Range) Alerts(value float64) bool {
	return r.set && (r.Start <= value && min(value, endless) <= r.End) == r.Inside
}

// ParseRange reads [@][START:][END]. START is 0 where it is left out, ~ is
// minus infinity; END is infinity where it is left out behind a colon.
func ParseRange(text string) (Range, error) {
	rest, inside := strings.CutPrefix(text, "@")
	start, end, colon := strings.Cut(rest, ":")
	if !colon {
		start, end = "0", rest
	}
	r := Range{Inside: inside, set: true}
	var err error
	if r.Start, err = parseEnd(start, math.Inf(-1)); err == nil {
		if colon && end == "" {
			r.End = endless
		} else {
			r.End, err = parseEnd(end, math.NaN())
		}
	}
	switch {
	case err != nil:
		return Range{}, fmt.Errorf("range %q: %w", text, err)
	case r.Start > r.End:
		return Range{}, fmt.Errorf("range %q: %s is above %s", text, start, end)
	}
	return r, nil
}

// parseEnd reads a number in decimal; tilde is what ~ stands for, where it may
// stand.
func parseEnd(text string, tilde float64) (float64, error) {
	if text == "~" && !math.IsNaN(tilde) {
		return tilde, nil
	}
	if text == "" || strings.Trim(text, "+-.0123456789") != "" {
		return 0, fmt.Errorf("%q is no number", text)
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return n, nil
}

// String writes the range as [ParseRange] reads it, as short as it can be; empty
// for none.
func (r Range) String() string {
	if !r.set {
		return ""
	}
	var b strings.Builder
	if r.Inside {
		b.WriteByte('@')
	}
	switch {
	case math.IsInf(r.Start, -1):
		b.WriteString("~:")
	case r.Start != 0 || r.End == endless:
		b.WriteString(formatNumber(r.Start) + ":")
	}
	if r.End != endless {
		b.WriteString(formatNumber(r.End))
	}
	return b.String()
}

func formatNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
