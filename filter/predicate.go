package filter

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcpstat/internal/spelling"
	"tcpstat/tcp"
)

// predicate is one word of the language with what may follow it.
type predicate struct {
	name      string
	operators []Op   // empty: it is refused
	bare      bool   // the operator may be left out; = is meant
	expected  string // behind the word; or why it is refused
	build     func(p *parser, op Op, operand token) (Node, error)
}

var (
	equality = []Op{Equal, NotEqual}
	order    = []Op{Less, LessEqual, Greater, GreaterEqual}
	anyOp    = append(slices.Clone(equality), order...)
)

// Words lists the words that a filter may begin with, for completion.
func Words() []string {
	words := []string{"state", "exclude", "not"}
	for _, known := range predicates() {
		if known.operators != nil {
			words = append(words, known.name)
		}
	}
	return words
}

// predicates is the language. (A function, since the parts refer back to it.)
func predicates() []predicate {
	return []predicate{
		{"src", equality, true, hostExpected, host(Local)},
		{"dst", equality, true, hostExpected, host(Remote)},
		{"sport", anyOp, true, portExpected, port(Local)},
		{"dport", anyOp, true, portExpected, port(Remote)},
		{"dev", equality, true, "the name or the index of a network device", device},
		{"process", equality, true, "the name or the PID of a process", process},
		{"user", equality, true, "the name or the number of a user", user},
		{"cgroup", equality, true, cgroupExpected, cgroup},
		{"timer", equality, true, "one of " + strings.Join(timerNames(), " "), timer},
		{"ownership", equality, true, "one of " + strings.Join(ownershipNames(), " "), ownership},
		{"age", order, false, "< <= > or >= and a time such as 500ms, 5m or 30 (seconds)", age},
		{"rtt", anyOp, false, "an operator such as > and a time with its unit, such as 5ms", rtt},
		{"retrans", anyOp, true, countExpected, count(Retransmits)},
		{"recvq", anyOp, true, countExpected, count(RecvQueue)},
		{"sendq", anyOp, true, countExpected, count(SendQueue)},
		{name: "fwmark", expected: "another predicate; the kernel tells marks only to CAP_NET_ADMIN"},
		{name: "autobound", expected: "another predicate; the kernel's answer is wrong for accepted connections and TIME_WAIT"},
	}
}

// predicate reads a predicate.
func (p *parser) predicate() (Node, error) {
	t := p.next()
	list := predicates()
	i := slices.IndexFunc(list, func(known predicate) bool { return t.is(known.name) })
	if i < 0 {
		return nil, p.noPredicate(t)
	}
	known := list[i]
	if known.operators == nil {
		return nil, p.fault(t, "is not supported", known.expected)
	}
	op, err := p.operator(&known)
	if err != nil {
		return nil, err
	}
	operand := p.next()
	if operand.kind != word && operand.kind != quoted {
		return nil, p.fault(operand, "cannot follow "+known.name, known.expected)
	}
	n, err := known.build(p, op, operand)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// operator reads the operator of a predicate, if one is there.
func (p *parser) operator(known *predicate) (Op, error) {
	t := p.peek()
	for op, spellings := range opSpellings {
		if !t.is(spellings...) {
			continue
		}
		if !slices.Contains(known.operators, Op(op)) {
			return 0, p.fault(t, "cannot follow "+known.name, known.expected)
		}
		p.next()
		return Op(op), nil
	}
	if !known.bare {
		return 0, p.fault(t, "is no operator", known.expected)
	}
	return Equal, nil
}

// noPredicate is the mistake of a word that begins no condition.
func (p *parser) noPredicate(t token) error {
	e := p.fault(t, "is no condition", strings.Join(Words(), " "))
	switch {
	case t.is("state", "exclude", "excl"):
		e.Problem, e.Expected = "applies to the whole filter", "it outside of parentheses, and exclude instead of not state"
		return e
	case t.kind == end:
		e.Expected = "a condition: " + e.Expected
		return e
	case t.kind == mark, t.is(orWords...), t.is(andWords...):
		e.Problem = "stands where a condition should begin"
		return e
	}
	e.Unknown = true
	if _, isState := tcp.ParseState(t.text); isState {
		e.Near = "state " + t.text
		return e
	}
	e.Near = spelling.Nearest(t.text, Words())
	return e
}

// unless turns a condition around for !=.
func unless(op Op, n Node) Node {
	if op == NotEqual {
		return Not{n}
	}
	return n
}

func device(p *parser, op Op, operand token) (Node, error) {
	index, ok := parseNumber(operand.text, 32)
	if !ok || operand.kind == quoted {
		var found uint32
		if found, ok = look(p.names.Device, operand.text); !ok {
			return nil, p.fault(operand, "is no network device here", "the name or the index of one, as ip link shows them")
		}
		index = uint64(found)
	}
	return unless(op, Device{uint32(index)}), nil
}

func process(p *parser, op Op, operand token) (Node, error) {
	pid, numeric := parseNumber(operand.text, 31)
	switch {
	case operand.text == "":
		return nil, p.fault(operand, "is no process", "the name or the PID of a process")
	case numeric && operand.kind == word:
		return unless(op, PID{int32(pid)}), nil
	}
	return unless(op, Name{operand.text}), nil
}

func user(p *parser, op Op, operand token) (Node, error) {
	uid, ok := parseNumber(operand.text, 32)
	if !ok || operand.kind == quoted {
		var found uint32
		if found, ok = look(p.names.User, operand.text); !ok {
			return nil, p.fault(operand, "is no user here", "the name or the number of a user")
		}
		uid = uint64(found)
	}
	return unless(op, User{uint32(uid)}), nil
}

func timerNames() (names []string) {
	for _, k := range tcp.TimerKinds {
		names = append(names, k.String())
	}
	return names
}

// timerName gives the name of a timer for one that netstat or ss has.
func timerName(word string) string {
	switch name := strings.ReplaceAll(strings.ToLower(word), "-", "_"); name {
	case "off":
		return "none"
	case "on":
		return "retransmit"
	case "timewait":
		return "time_wait"
	case "probe", "persist":
		return "window_probe"
	default:
		return name
	}
}

func timer(p *parser, op Op, operand token) (Node, error) {
	i := slices.Index(timerNames(), timerName(operand.text))
	if i < 0 {
		return nil, p.unknown(operand, "is no timer", timerNames())
	}
	return unless(op, Timer{tcp.TimerKinds[i]}), nil
}

func ownershipNames() (names []string) {
	for kind := range tcp.OwnerUnknown + 1 {
		names = append(names, kind.String())
	}
	return names
}

func ownership(p *parser, op Op, operand token) (Node, error) {
	i := slices.Index(ownershipNames(), strings.ToLower(operand.text))
	if i < 0 {
		return nil, p.unknown(operand, "is no kind of ownership", ownershipNames())
	}
	return unless(op, Ownership{tcp.Ownership(i)}), nil
}

// unknown is the mistake of a word that is none of the known ones.
func (p *parser) unknown(t token, problem string, known []string) error {
	e := p.fault(t, problem, "one of "+strings.Join(known, " "))
	e.Near = spelling.Nearest(t.text, known)
	return e
}

func age(p *parser, op Op, operand token) (Node, error) {
	d, err := time.ParseDuration(operand.text)
	if seconds, e := strconv.ParseFloat(operand.text, 64); e == nil && seconds*float64(time.Second) < math.MaxInt64 {
		d, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil || d < 0 {
		return nil, p.fault(operand, "is no time", "a time such as 500ms, 5m, 2h30m or 30 (seconds)")
	}
	return Age{op, d}, nil
}

// rtt wants a unit: ss shows milliseconds, the kernel counts microseconds and
// everywhere else a bare number is seconds.
func rtt(p *parser, op Op, operand token) (Node, error) {
	d, err := time.ParseDuration(operand.text)
	if err != nil || d < 0 {
		return nil, p.fault(operand, "is no time with a unit", "a time such as 5ms or 300us")
	}
	return RTT{op, d}, nil
}

const countExpected = "a number, with an operator such as > before it"

func count(field Field) func(*parser, Op, token) (Node, error) {
	return func(p *parser, op Op, operand token) (Node, error) {
		n, ok := parseNumber(operand.text, 32)
		if !ok {
			return nil, p.fault(operand, "is no number", "a decimal number from 0 to 4294967295")
		}
		return Count{field, op, uint32(n)}, nil
	}
}

// parseNumber reads decimal digits and nothing else: no sign, no 0x.
func parseNumber(text string, bits int) (uint64, bool) {
	if strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, bits)
	return n, err == nil
}
