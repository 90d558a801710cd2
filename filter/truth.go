package filter

// Truth is the judgement on a socket. What cannot be known is neither true nor
// false, and its negation is not either.
type Truth uint8

// The three values, in the order in which and takes the least, or the greatest.
const (
	False   Truth = iota
	Unknown       // a value that decides is not known
	True
)

// String gives false, unknown or true.
func (t Truth) String() string { return [...]string{"false", "unknown", "true"}[t] }

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}

// not turns true and false around and leaves unknown.
func (t Truth) not() Truth { return True - t }
