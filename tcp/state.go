package tcp

import "strings"

// State is a TCP state, numbered as the Linux kernel numbers it
// (enum in include/net/tcp_states.h). The zero value is no state; any number
// without a name below reads as UNKNOWN and keeps its number.
type State uint8

// The states. Two kernel numbers have no constant: 12 (TCP_NEW_SYN_RECV) is
// reported as 3 and never leaves the kernel, and 13 (TCP_BOUND_INACTIVE) is
// reported as 7, so that Bound is told by the reader.
const (
	Established State = 1  // TCP_ESTABLISHED
	SynSent     State = 2  // TCP_SYN_SENT
	SynRecv     State = 3  // TCP_SYN_RECV
	FinWait1    State = 4  // TCP_FIN_WAIT1
	FinWait2    State = 5  // TCP_FIN_WAIT2
	TimeWait    State = 6  // TCP_TIME_WAIT
	Close       State = 7  // TCP_CLOSE
	CloseWait   State = 8  // TCP_CLOSE_WAIT
	LastAck     State = 9  // TCP_LAST_ACK
	Listen      State = 10 // TCP_LISTEN
	Closing     State = 11 // TCP_CLOSING
	Bound       State = 13 // TCP_BOUND_INACTIVE, since Linux 6.8
	Unknown     State = 31 // no kernel number; the highest bit of a Set
)

// stateNames are the spellings of one state in the places that name it.
type stateNames struct {
	kernel  string   // enum without TCP_, also netstat's and JSON's spelling
	ss      string   // ss's State column
	rfc     string   // RFC 9293, section 3.3.2
	aliases []string // other spellings met in documents and tools, folded
}

// names are the spellings by state. A number without a name has none of them.
var names = [Unknown + 1]stateNames{
	Established: {"ESTABLISHED", "ESTAB", "ESTABLISHED", []string{"establised"}},
	SynSent:     {"SYN_SENT", "SYN-SENT", "SYN-SENT", nil},
	SynRecv:     {"SYN_RECV", "SYN-RECV", "SYN-RECEIVED", []string{"synrcv", "synrcvd", "synrecvd"}},
	FinWait1:    {"FIN_WAIT1", "FIN-WAIT-1", "FIN-WAIT-1", nil},
	FinWait2:    {"FIN_WAIT2", "FIN-WAIT-2", "FIN-WAIT-2", nil},
	TimeWait:    {"TIME_WAIT", "TIME-WAIT", "TIME-WAIT", nil},
	Close:       {"CLOSE", "UNCONN", "CLOSED", []string{"unconnected"}},
	CloseWait:   {"CLOSE_WAIT", "CLOSE-WAIT", "CLOSE-WAIT", nil},
	LastAck:     {"LAST_ACK", "LAST-ACK", "LAST-ACK", []string{"laskack"}},
	Listen:      {"LISTEN", "LISTEN", "LISTEN", []string{"listening"}},
	Closing:     {"CLOSING", "CLOSING", "CLOSING", nil},
	Bound:       {"BOUND", "UNCONN", "CLOSED", []string{"boundinactive"}},
	Unknown:     {"UNKNOWN", "UNKNOWN", "UNKNOWN", []string{"unkown"}},
}

// States lists every state in the order in which people read them: from the
// listener through the life of a connection to its end, UNKNOWN last.
var States = []State{
	Listen, Bound, SynSent, SynRecv, Established, FinWait1, FinWait2,
	Closing, TimeWait, CloseWait, LastAck, Close, Unknown,
}

// String gives the name that netstat, the kernel and tcpstat's JSON use:
// ESTABLISHED, SYN_RECV, FIN_WAIT1. A number that nobody knows is UNKNOWN.
func (s State) String() string {
	if name := names[min(s, Unknown)].kernel; name != "" {
		return name
	}
	return "UNKNOWN"
}

// SS gives the name in ss's State column. BOUND and CLOSE are both UNCONN there.
func (s State) SS() string { return s.known().ss }

// RFC gives the name in RFC 9293, section 3.3.2.
func (s State) RFC() string { return s.known().rfc }

func (s State) known() *stateNames {
	if n := &names[min(s, Unknown)]; n.kernel != "" {
		return n
	}
	return &names[Unknown]
}

// ParseState finds the state that a word means, in any spelling that documents
// and tools use: CLOSE_WAIT, close-wait, closewait, ESTAB, SYN-RCVD, FIN-WAIT-2,
// LISTENING, UNCONN. It reports false for a word that names no state.
func ParseState(word string) (State, bool) {
	folded := fold(word)
	for _, s := range States {
		n := &names[s]
		if folded == fold(n.kernel) {
			return s, true
		}
	}
	for _, s := range States {
		n := &names[s]
		if s != Bound && (folded == fold(n.ss) || folded == fold(n.rfc)) {
			return s, true
		}
		for _, alias := range n.aliases {
			if folded == alias {
				return s, true
			}
		}
	}
	return 0, false
}

// Spellings lists the names of s in the places that show it: kernel and
// netstat, ss, RFC 9293, without repetitions.
func (s State) Spellings() []string {
	n := s.known()
	all := []string{n.kernel}
	for _, name := range []string{n.ss, n.rfc} {
		if name != all[0] && name != all[len(all)-1] {
			all = append(all, name)
		}
	}
	return all
}

// fold removes what differs between spellings: case and the word separators.
func fold(word string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '-', '_', ' ':
			return -1
		}
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, word)
}
