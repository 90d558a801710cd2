package main

import (
	"cmp"
	"slices"
	"strings"
)

// A Fault is a fault of TCP that can be staged, and what tcpstat must say about it.
type Fault struct {
	Name    string // "close-wait-never-reads"; the file is fault_close_wait_never_reads.go
	Numbers []int  // its places in the list of faults
	Title   string // for docs/faults.md: a heading
	Story   string // for docs/faults.md: what is staged

	Quick bool     // takes less than some 8 s and runs in go test ./...
	Needs []string // Debian packages, beside those in always; a name of table packages

	// Stage builds hosts, starts programs, waits until the fault stands (s.Until) and
	// says on which host to ask (s.Ask). What was started goes on while answers are taken.
	Stage func(s *Scene)

	Cause, Culprit, Side, Ends, Advice Expect

	// Never are expressions that no answer may match: innocents, false comfort,
	// contradictions.
	Never []string
	// Healthy says that this is no fault: there are no points, only Never, and no
	// finding of [Scene.Observe] that is not among True.
	Healthy bool
	True    []string
}

// Expect is what the answers must say to one of the five questions. Full and Half
// are regular expressions, see [Scene.Set] for what else they may hold: 2 points if
// Full matches an answer, or each one in In; 1 point if Full matches only some of
// those, or Half matches one.
type Expect struct {
	Full, Half string
	In         []Answer
}

// within is an expression for a finding that matches title in its first line and rest
// there or in the lines below. The line that plugins print holds several findings and
// is none.
func within(title, rest string) string {
	return `(?m:^)(critical|warning):? [^\n]*(` + title + `)` + inSameFinding + `(` + rest + `)`
}

// inSameFinding is what may stand between two things that one finding says.
const inSameFinding = `[^\n]*(\n[\x20\t][^\n]*)*`

// An Answer is named by the command that gives it.
type Answer string

// The four answers that every fault gets.
const (
	Overview   Answer = "tcpstat"
	Check      Answer = "tcpstat check --window 2s"
	List       Answer = "tcpstat -anp"
	Statistics Answer = "tcpstat -s -d 2s"
)

// onTerminal reports whether the answer is given on a terminal, which would turn a
// watch into a screen that waits for keys.
func (a Answer) onTerminal() bool { return !strings.Contains(string(a), "--watch") }

// questions are the columns of the table of points.
var questions = [...]string{"cause", "culprit", "side", "ends", "do"}

func (f Fault) expects() [len(questions)]Expect {
	return [...]Expect{f.Cause, f.Culprit, f.Side, f.Ends, f.Advice}
}

// most is how many points there are.
func (f Fault) most() int {
	if f.Healthy {
		return 0
	}
	return 2 * len(questions)
}

var faults []Fault

// register is called by the init function of each fault's file.
func register(f Fault) {
	faults = append(faults, f)
	slices.SortFunc(faults, func(a, b Fault) int {
		return cmp.Or(slices.Compare(a.Numbers, b.Numbers), cmp.Compare(a.Name, b.Name))
	})
}
