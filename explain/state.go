package explain

import "tcpstat/tcp"

// StateDoc documents a state: the documented table, one row. Its texts may hold
// placeholders; read them through [tcp.Text.Expand].
type StateDoc struct {
	State      tcp.State
	Short      tcp.Text // a few words
	Meaning    tcp.Text // one sentence
	Mover      Mover
	Move       tcp.Text   // what the mover has to do
	ManyNormal tcp.Text   // when many of them are normal
	Causes     []tcp.Text // why there are many, or why one stays
	Advice     []Advice   // what to look at and do, in that order
	Ends       []Ending   // every way out on Linux
	Reserve    tcp.Text   // what can make the times wrong without a trace, empty for nothing
	See        []string   // words of explain
	References []string
}

// Ending is one way in which Linux ends a state.
type Ending struct {
	When    tcp.Text
	Then    tcp.Text     // how soon, and what follows
	Sysctls []tcp.Sysctl // what decides it, empty where nothing can be set
}

// Advice is one thing to do.
type Advice struct {
	Do      tcp.Text
	Command string // a command to run for it, empty for none; PID, PORT, ADDR stand for the reader's own
}

// Mover is who has to act before a socket leaves its state.
type Mover uint8

// The movers.
const (
	Nobody         Mover = iota // there is nothing to wait for
	ProgramHere                 // the program that owns the socket
	ProgramThere                // the peer's program
	KernelThere                 // the peer's kernel; its program has no part in it
	ProgramsEither              // whichever program wants to
	Clock                       // only time
)

// Text names the mover.
func (m Mover) Text() tcp.Text { return moverTexts[m] }

// State gives the row of s in the documented table. Every state has one; a
// number that nobody knows has UNKNOWN's.
func State(s tcp.State) *StateDoc {
	for i := range stateDocs {
		if stateDocs[i].State == s {
			return &stateDocs[i]
		}
	}
	return State(tcp.Unknown)
}
