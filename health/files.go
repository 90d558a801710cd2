package health

import "tcpstat/tcp"

// From where on the open files of a process are looked into.
const (
	FilesPercent = 5  // of its limit: few programs ever have that much open
	NearPercent  = 80 // of its limit: what they are is asked of all

	// ManyClosed are sockets that stand in no table, on the whole host, which are looked
	// for in smaller processes too, those that have as many files open.
	ManyClosed = 100
)

// OpenFiles is what is known of the open files of processes.
type OpenFiles struct {
	// Processes are those of the namespace that have at least FilesPercent of their limit
	// open, and those that may hold ManyClosed sockets that stand in no table.
	Processes []*ProcessFiles

	// Counted says that they were looked for; Missing why not.
	Counted bool
	Missing Reason

	// Hidden says that a process that may be near its limit could not be looked into,
	// and Unsearched that one could not that may hold sockets that stand in no table.
	Hidden, Unsearched bool
}

// ProcessFiles are the open files of one process.
type ProcessFiles struct {
	tcp.Process
	Open  uint64
	Limit uint64 // that it may have open at once; math.MaxUint64: as many as it likes

	TCP bool // some are TCP sockets of this namespace, or may be

	// States counts the descriptors of TCP sockets that stand in a table, by state, and
	// Closed those of TCP sockets that stand in none: never connected, refused, reset, or
	// shut down on both sides. Both are known where Searched is set.
	Searched bool
	States   map[tcp.State]int
	Closed   int
}

// FewestClosed is from how many descriptors on sockets that stand in no table are a
// leak, and not the moment between two calls: of those that have ended a busy program
// always has a few that it has not closed yet.
func (p *ProcessFiles) FewestClosed() uint64 {
	few := min(uint64(fewSockets), max(p.Limit/20, 1))
	return max(few, p.Open/50)
}

// InTables counts the descriptors of sockets that stand in a table.
func (p *ProcessFiles) InTables() (n int) {
	for _, in := range p.States {
		n += in
	}
	return n
}
