package tcp

// Set is a set of states, one bit each: bit n stands for kernel state n, so
// that a Set is also the idiag_states mask of a sock_diag request.
type Set uint32

// AllStates holds every state, BOUND and UNKNOWN included.
const AllStates Set = 1<<Established | 1<<SynSent | 1<<SynRecv | 1<<FinWait1 | 1<<FinWait2 | 1<<TimeWait | 1<<Close |
	1<<CloseWait | 1<<LastAck | 1<<Listen | 1<<Closing | 1<<Bound | 1<<Unknown

// SetOf makes a set of the states given.
func SetOf(states ...State) (set Set) {
	for _, s := range states {
		set = set.With(s)
	}
	return set
}

// With gives the set with s in it. A state without a name counts as UNKNOWN.
func (set Set) With(s State) Set { return set | s.bit() }

// Without gives the set without s.
func (set Set) Without(s State) Set { return set &^ s.bit() }

// Has reports whether s is in the set.
func (set Set) Has(s State) bool { return set&s.bit() != 0 }

// States lists the members in the order of [States].
func (set Set) States() []State {
	var members []State
	for _, s := range States {
		if set.Has(s) {
			members = append(members, s)
		}
	}
	return members
}

func (s State) bit() Set {
	if s > Bound || s == 0 || s == 12 {
		return 1 << Unknown
	}
	return 1 << s
}
