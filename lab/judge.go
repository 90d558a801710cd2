package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A verdict is how many points the answers to a fault earn.
type verdict struct {
	fault        Fault
	points       [len(questions)]int
	wrong        []string  // what no answer may say
	right, false []finding // of a healthy load: true ones, and the others
	seen         seen
	err          error // the fault could not be staged or judged
	skip         string
}

func (v verdict) sum() (sum int) {
	for _, points := range v.points {
		sum += points
	}
	return sum
}

// missing are the questions that have not earned all their points.
func (v verdict) missing() (names []string) {
	if v.fault.Healthy {
		return nil
	}
	for i, points := range v.points {
		if points < 2 {
			names = append(names, questions[i])
		}
	}
	return names
}

// whole reports whether nothing is missing or wrong.
func (v verdict) whole() bool { return v.skip != "" || v.lost() == "" }

// lost says what a try has lost.
func (v verdict) lost() string {
	switch {
	case v.err != nil:
		return "failed: " + v.err.Error()
	case len(v.wrong) > 0:
		return "was wrong: " + v.wrong[0]
	case len(v.false) > 0:
		return fmt.Sprintf("had a false alarm: %v", v.false[0])
	case len(v.missing()) > 0:
		return "lacked " + strings.Join(v.missing(), ", ")
	}
	return ""
}

// judge compares the answers with what the fault expects.
func judge(f Fault, seen seen) verdict {
	v := verdict{fault: f, seen: seen}
	if !f.Healthy {
		for i, expect := range f.expects() {
			points, err := seen.points(expect)
			if err != nil {
				v.err = fmt.Errorf("%s: %w", questions[i], err)
				return v
			}
			v.points[i] = points
		}
	}
	if v.right, v.false, v.err = seen.judged(f.True); v.err != nil {
		return v
	}
	for _, never := range f.Never {
		pattern, err := seen.pattern(never)
		if err != nil {
			v.err = err
			return v
		}
		for _, answer := range seen.answers {
			if found := pattern.FindString(unwrapped(answer.text)); found != "" {
				v.wrong = append(v.wrong, fmt.Sprintf("%s says %q", answer.command, found))
			}
		}
	}
	return v
}

func (s seen) points(expect Expect) (int, error) {
	matched, err := s.matching(expect.Full)
	if err != nil {
		return 0, err
	}
	half, err := s.matching(expect.Half)
	if err != nil {
		return 0, err
	}
	everywhere := true
	for _, answer := range expect.In {
		if !s.has(answer) {
			return 0, fmt.Errorf("there is no answer %q", answer)
		}
		everywhere = everywhere && slices.Contains(matched, answer)
	}
	switch {
	case len(matched) > 0 && everywhere:
		return 2, nil
	case len(matched) > 0 || len(half) > 0:
		return 1, nil
	}
	return 0, nil
}

func (s seen) has(answer Answer) bool {
	return slices.ContainsFunc(s.answers, func(said said) bool { return said.command == answer })
}

// matching are the answers that match an expression. An empty one matches nothing.
func (s seen) matching(expression string) (answers []Answer, err error) {
	if expression == "" {
		return nil, nil
	}
	pattern, err := s.pattern(expression)
	if err != nil {
		return nil, err
	}
	for _, answer := range s.answers {
		if pattern.MatchString(unwrapped(answer.text)) {
			answers = append(answers, answer.command)
		}
	}
	return answers, nil
}

// wrapped finds where the text of a finding goes on below the place where it began.
var wrapped = regexp.MustCompile(`\r?\n {13}(\S)`)

// unwrapped joins the lines of a text that was broken at the terminal's edge.
func unwrapped(text string) string { return wrapped.ReplaceAllString(text, " $1") }

var placeholder = regexp.MustCompile(`\{[a-z]\w*\}`)

// pattern compiles an expression of a fault, see [Scene.Set].
func (s seen) pattern(expression string) (*regexp.Regexp, error) {
	unknown := ""
	filled := placeholder.ReplaceAllStringFunc(expression, func(braced string) string {
		value, ok := s.values[strings.Trim(braced, "{}")]
		if !ok {
			unknown = braced
		}
		return regexp.QuoteMeta(value)
	})
	if unknown != "" {
		return nil, fmt.Errorf("nobody has Set %s in %q", unknown, expression)
	}
	return regexp.Compile("(?is)" + strings.ReplaceAll(filled, " ", `\s+`))
}
