package filter

import (
	"slices"
	"strings"

	"tcpstat/tcp"
)

// The bounds of a filter. They are far beyond what people write, and keep a
// hostile one from taking memory or stack.
const (
	maxLength = 64 << 10 // bytes
	maxDepth  = 100      // parentheses within parentheses
)

// parser reads tokens from the left to the right.
type parser struct {
	names  Names
	tokens []token
	at     int
	depth  int // parentheses that are open

	states tcp.Set
	named  bool

	// late is the first state or exclude that could be meant for one side of an
	// or alone: one that stands behind a condition or beside an and. Either tells
	// that there is such an or, outside of parentheses.
	late   *token
	either bool
}

// Parse reads a filter. Names in it are looked up at once. Every error is an
// *Error.
func Parse(text string, names Names) (*Expr, error) {
	if len(text) > maxLength {
		return nil, &Error{Column: 1, Word: text, Problem: "and the rest of it is too long for a filter", Expected: "64 KiB at most"}
	}
	list, err := tokens(text)
	if err != nil {
		return nil, err
	}
	p := &parser{names: names, tokens: list}
	var condition Node
	if p.peek().kind != end {
		if condition, err = p.or(); err != nil {
			return nil, err
		}
	}
	if t := p.peek(); t.kind != end {
		return nil, p.fault(t, "has nothing to close", "( before it, or nothing")
	}
	if p.either && p.late != nil {
		return nil, p.oneSided(*p.late)
	}
	return &Expr{states: p.states, named: p.named, condition: condition, text: text}, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

// fault makes the error about a token.
func (p *parser) fault(t token, problem, expected string) *Error {
	e := &Error{Column: t.column, Word: t.raw, Problem: problem, Expected: expected}
	if t.kind == end {
		e.Problem = "there should be more"
	}
	return e
}

// oneSided is the mistake of states that are named on one side of an or.
func (p *parser) oneSided(t token) *Error {
	return p.fault(t, "applies to the whole filter, not to one side of an or", "it first, or parentheses around the or")
}

// accept takes the next token if it is one of the spellings.
func (p *parser) accept(spellings ...string) bool {
	if p.peek().is(spellings...) {
		p.at++
		return true
	}
	return false
}

// is reports whether a token is one of the spellings of a keyword or mark.
func (t token) is(spellings ...string) bool {
	return (t.kind == word || t.kind == mark) && slices.Contains(spellings, strings.ToLower(t.text))
}

// or reads conditions joined by or. A nil Node is one that only names states.
func (p *parser) or() (Node, error) {
	var parts Or
	for {
		first := p.peek()
		part, err := p.and(len(parts) > 0)
		if err != nil {
			return nil, err
		}
		joined := p.accept(orWords...)
		if part == nil && (joined || len(parts) > 0) {
			return nil, p.oneSided(first)
		}
		p.either = p.either || joined && p.depth == 0
		if nested, isOr := part.(Or); isOr {
			parts = append(parts, nested...)
		} else if part != nil {
			parts = append(parts, part)
		}
		switch {
		case joined:
			continue
		case len(parts) == 0:
			return nil, nil
		case len(parts) == 1:
			return parts[0], nil
		}
		return parts, nil
	}
}

var (
	orWords    = []string{"or", "|", "||"}
	andWords   = []string{"and", "&", "&&"}
	notWords   = []string{"not", "!"}
	stateWord  = []string{"state"}
	leaveWords = []string{"exclude", "excl"}
)

// and reads conditions that stand side by side or are joined by and. Behind
// says that others were read before.
func (p *parser) and(behind bool) (Node, error) {
	var parts And
	for joined := false; ; {
		t := p.peek()
		if p.depth == 0 && t.is(append(stateWord, leaveWords...)...) {
			if err := p.stateClause(); err != nil {
				return nil, err
			}
			if p.late == nil && (behind || joined || len(parts) > 0 || p.peek().is(andWords...)) {
				p.late = &t
			}
		} else {
			part, err := p.unit()
			if err != nil {
				return nil, err
			}
			if nested, isAnd := part.(And); isAnd {
				parts = append(parts, nested...)
			} else {
				parts = append(parts, part)
			}
		}
		if joined = p.accept(andWords...); joined {
			continue
		}
		if t := p.peek(); t.kind == end || t.is(")") || t.is(orWords...) {
			break
		}
	}
	switch len(parts) {
	case 0:
		return nil, nil
	case 1:
		return parts[0], nil
	}
	return parts, nil
}

// unit reads a predicate or a parenthesis, and what negates it.
func (p *parser) unit() (Node, error) {
	negated := false
	for p.accept(notWords...) {
		negated = !negated
	}
	n, err := p.plain()
	if err != nil || !negated {
		return n, err
	}
	return negate(n), nil
}

// negate turns a condition around; twice is not at all.
func negate(n Node) Node {
	if inner, isNot := n.(Not); isNot {
		return inner.Node
	}
	return Not{n}
}

func (p *parser) plain() (Node, error) {
	t := p.peek()
	if !t.is("(") {
		return p.predicate()
	}
	if p.depth == maxDepth {
		return nil, p.fault(t, "is nested too deeply", "100 parentheses within each other at most")
	}
	p.next()
	p.depth++
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	p.depth--
	if closing := p.peek(); !p.accept(")") {
		return nil, p.fault(closing, "stands where a parenthesis should close", ")")
	}
	return n, nil
}
