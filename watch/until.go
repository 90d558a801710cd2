package watch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcpstat/tcp"
)

// Until is a condition on samples at which a watch ends.
type Until struct {
	field string
	op    string
	n     uint64        // of a count
	d     time.Duration // of an age
}

// UntilError is a condition that was not understood: what is wrong, and what was
// expected.
type UntilError struct{ What, Try string }

func (e *UntilError) Error() string { return e.What }

const untilForms = "'count == 0', 'count > 100' or 'age > 5m'; also appeared, left and brief, since the start"

// untilFields are the words that a condition can begin with.
var untilFields = []string{"count", "age", "appeared", "left", "brief"}

// untilOps are the comparisons by their spellings, longer ones first.
var untilOps = []struct{ spelling, op string }{
	{"==", "="},
	{"!=", "!="},
	{"<=", "<="},
	{">=", ">="},
	{"=", "="},
	{"<", "<"},
	{">", ">"},
	{"eq ", "="},
	{"ne ", "!="},
	{"lt ", "<"},
	{"le ", "<="},
	{"gt ", ">"},
	{"ge ", ">="},
}

// ParseUntil reads a condition: a word, a comparison and a number, or of the age a
// duration as Go writes it or a bare number of seconds. An error is an *[UntilError].
func ParseUntil(text string) (*Until, error) {
	rest := strings.TrimSpace(text)
	end := strings.IndexFunc(rest, func(r rune) bool { return r < 'a' || r > 'z' })
	if end < 0 {
		end = len(rest)
	}
	u := &Until{field: rest[:end]}
	if !slices.Contains(untilFields, u.field) {
		return nil, &UntilError{fmt.Sprintf("%q begins with no word that --until knows", text), "expected " + untilForms}
	}
	rest = strings.TrimSpace(rest[end:])
	for _, o := range untilOps {
		if value, found := strings.CutPrefix(rest, o.spelling); found {
			u.op = o.op
			if err := u.value(strings.TrimSpace(value)); err != nil {
				return nil, err
			}
			return u, nil
		}
	}
	return nil, &UntilError{fmt.Sprintf("no comparison after %s in %q", u.field, text), "expected one of == != < <= > >=, as in " + untilForms}
}

func (u *Until) value(text string) (err error) {
	if u.field != "age" {
		if u.n, err = strconv.ParseUint(text, 10, 63); err != nil {
			return &UntilError{fmt.Sprintf("%q is no number of sockets", text), "expected " + untilForms}
		}
		return nil
	}
	if u.op == "=" || u.op == "!=" {
		return &UntilError{"an age is known within bounds, and never equal", "expected 'age > 5m' or 'age < 5m'"}
	}
	u.d, err = time.ParseDuration(text)
	if seconds, e := strconv.ParseFloat(text, 64); e == nil && seconds < 1e9 {
		u.d, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil || u.d < 0 {
		return &UntilError{fmt.Sprintf("%q is no time", text), "expected a time such as 500ms, 90s or 5m"}
	}
	return nil
}

// Reached reports whether a watch that came so far is at its end. The age is that of
// the oldest socket. What is not known is not reached.
func (u *Until) Reached(s *Summary) bool {
	switch u.field {
	case "age":
		return u.aged(s.Oldest)
	case "appeared":
		return compare(u.op, s.Appeared, u.n)
	case "left":
		return compare(u.op, s.Left, u.n)
	case "brief":
		return compare(u.op, s.Brief, u.n)
	}
	return compare(u.op, uint64(s.Count), u.n)
}

// aged compares the bound of the age that proves it.
func (u *Until) aged(age tcp.Age) bool {
	bound, known := age.Min.Get()
	if u.op == "<" || u.op == "<=" {
		bound, known = age.Max.Get()
	}
	return known && compare(u.op, bound, u.d)
}

func compare[T uint64 | time.Duration](op string, a, b T) bool {
	switch op {
	case "=":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}
