package filter

// Op compares a value of the socket with a value of the filter.
type Op uint8

// The operators.
const (
	Equal Op = iota
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
)

// opSpellings are all spellings of each operator, the one that is printed first.
var opSpellings = [...][]string{
	Equal:        {"=", "==", "eq"},
	NotEqual:     {"!=", "ne", "neq"},
	Less:         {"<", "lt"},
	LessEqual:    {"<=", "le", "leq"},
	Greater:      {">", "gt"},
	GreaterEqual: {">=", "ge", "geq"},
}

// String gives the operator in signs.
func (op Op) String() string { return opSpellings[op][0] }

// Holds judges a comparison by its outcome: negative, zero or positive as that
// of cmp.Compare.
func (op Op) Holds(outcome int) bool {
	switch op {
	case Equal:
		return outcome == 0
	case NotEqual:
		return outcome != 0
	case Less:
		return outcome < 0
	case LessEqual:
		return outcome <= 0
	case Greater:
		return outcome > 0
	}
	return outcome >= 0
}
