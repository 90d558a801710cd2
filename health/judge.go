package health

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"tcpstat/tcp"
)

// judge applies one rule and keeps its worst subject.
type judge struct {
	facts  *Facts
	rule   *Rule
	limits []Limit
	port   uint16 // of a rule with an argument

	worst  Result
	seen   bool
	bad    int // subjects that alert
	reason Reason

	limitless bool // some subject has a limit of 0
}

// cannot says why the rule is not judged.
func (j *judge) cannot(reason Reason) { j.reason = reason }

// notJudged gives the reason why the rule is not judged, empty if it is. More
// sockets can make a finding worse, but not undo it; that nobody listens they can.
func (j *judge) notJudged() Reason {
	switch {
	case j.reason != "":
		return j.reason
	case j.limitless && !j.seen:
		return NoLimit
	case j.facts.Undecided && (j.bad > 0) == j.rule.AskedOnly:
		return Undecided
	}
	return ""
}

// needDetails reports whether the sockets came with what /proc does not tell.
func (j *judge) needDetails() bool {
	if !j.facts.Details {
		j.cannot(cmp.Or(j.facts.WhyNoDetails, NotInProc))
	}
	return j.facts.Details
}

// needWindow reports whether there was an earlier look.
func (j *judge) needWindow() bool {
	if j.facts.Window <= 0 {
		j.cannot(cmp.Or(j.facts.WhyNoWindow, NoWindow))
	}
	return j.facts.Window > 0
}

// total is a counter as it stands. One below 0 is none.
func (j *judge) total(group, name string) (float64, bool) {
	v, ok := j.facts.Counters.Get(group, name).Get()
	return float64(v), ok && v >= 0
}

// difference is how far a counter has moved in the window, if there is one.
func (j *judge) difference(group, name string) (float64, bool) {
	if j.facts.Window <= 0 {
		return 0, false
	}
	now, ok := j.total(group, name)
	before, okBefore := j.facts.Earlier.Get(group, name).Get()
	return now - float64(before), ok && okBefore
}

// delta is how far a counter has moved in the window. Where that cannot be said
// the rule is not judged.
func (j *judge) delta(group, name string) (float64, bool) {
	if !j.needWindow() {
		return 0, false
	}
	d, ok := j.difference(group, name)
	if !ok {
		j.cannot(NotCounted)
	}
	return d, ok
}

// perSecond makes a rate of a difference.
func (j *judge) perSecond(d float64) float64 { return d / j.facts.Window.Seconds() }

// processes measures how many of the sockets each process holds, and what part of
// its open-file limit that is where the rule asks. A socket that several processes
// hold counts for each. Where a process is hidden its user stands for it.
func (j *judge) processes(sockets []heldSocket) {
	type group struct {
		n      int
		oldest float64 // ms
		limit  tcp.Opt[uint64]
	}
	groups := map[Subject]*group{}
	for _, held := range sockets {
		for holder, limit := range j.holders(&held) {
			g := groups[holder]
			if g == nil {
				g = &group{limit: limit}
				groups[holder] = g
			}
			g.n++
			g.oldest = max(g.oldest, float64(held.Age.Milliseconds()))
		}
	}
	for holder, g := range groups {
		evidence := []Evidence{{"oldest_ms", g.oldest}}
		values := []float64{float64(g.n)}
		if len(j.limits) > 1 {
			limit, known := g.limit.Get()
			if known {
				evidence = append(evidence, Evidence{"open_files_limit", float64(limit)})
			}
			values = append(values, share(float64(g.n), float64(limit)))
		}
		j.found(holder, values, evidence...)
	}
}

// holders yields the processes that hold a socket, with the open files that each may
// have, or else its user.
func (j *judge) holders(held *heldSocket) iter.Seq2[Subject, tcp.Opt[uint64]] {
	return func(yield func(Subject, tcp.Opt[uint64]) bool) {
		owners := j.facts.Owners[held.Inode]
		if len(owners) == 0 {
			yield(Subject{Kind: User, UID: held.UID}, tcp.Opt[uint64]{})
		}
		for _, owner := range owners {
			process := tcp.Process{PID: owner.PID, Name: owner.Name}
			if !yield(Subject{Kind: Process, Process: process}, owner.OpenFiles) {
				return
			}
		}
	}
}

// unknown stands for a metric that a subject does not have.
var unknown = math.NaN()

// finding is what a rule measured of one subject.
type finding struct {
	subject   Subject
	values    []float64 // of the metrics, in order
	evidence  []Evidence
	names     []Name
	diagnosis *Diagnosis // nil: the rule's own
	title     tcp.Text   // instead of the diagnosis's, where set
	ends      tcp.Text   // the same
	inodes    []uint64   // sockets whose holders it is about
	processes []tcp.Process
}

// part gives a number of the evidence by its key, 0 if there is none.
func (f *finding) part(key string) float64 {
	for _, e := range f.evidence {
		if e.Key == key {
			return e.Value
		}
	}
	return 0
}

// found measures one subject: values are those of the metrics, in order.
func (j *judge) found(s Subject, values []float64, evidence ...Evidence) {
	j.find(&finding{subject: s, values: values, evidence: evidence})
}

// find measures one subject. There may be as many as sockets, so that only the worst
// is written down. A subject without any value, since its limit is 0, is passed over.
func (j *judge) find(f *finding) {
	if !slices.ContainsFunc(f.values, func(v float64) bool { return !math.IsNaN(v) }) {
		j.limitless = true
		return
	}
	j.measure(f)
}

// measure keeps a finding if its subject is the worst.
func (j *judge) measure(f *finding) {
	status := j.judgement(f.values)
	if status != OK {
		j.bad++
	}
	if j.seen && !j.worse(status, f) {
		return
	}
	j.seen = true
	j.worst = Result{
		Rule: j.rule, Status: status, Diagnosis: j.rule.Diagnosis, Subject: f.subject,
		Evidence: f.evidence, Names: f.names, Processes: j.processesOf(f),
	}
	if f.diagnosis != nil {
		j.worst.Diagnosis = f.diagnosis.over(&j.rule.Diagnosis)
	}
	if f.title != (tcp.Text{}) {
		j.worst.Title = f.title
	}
	if f.ends != (tcp.Text{}) {
		j.worst.Ends = f.ends
	}
	for i, limit := range j.limits {
		j.worst.Metrics = append(j.worst.Metrics, limit.measured(f.values[i]))
	}
}

// processesOf gives the processes that a finding is about, each once.
func (j *judge) processesOf(f *finding) (list []tcp.Process) {
	if f.subject.Kind == Process {
		list = append(list, f.subject.Process)
	}
	list = append(list, f.processes...)
	for _, inode := range f.inodes {
		for _, owner := range childrenFirst(j.facts.Owners[inode]) {
			if !slices.ContainsFunc(list, func(p tcp.Process) bool { return p.PID == owner.PID }) {
				list = append(list, owner.Process)
			}
		}
	}
	return list
}

// childrenFirst puts those last whose children hold the socket too: the master of a
// server leaves the work to its workers.
func childrenFirst(owners []*Owner) []*Owner {
	isParent := func(o *Owner) int {
		if slices.ContainsFunc(owners, func(child *Owner) bool { return child.Parent == o.PID }) {
			return 1
		}
		return 0
	}
	return slices.SortedStableFunc(slices.Values(owners), func(a, b *Owner) int { return isParent(a) - isParent(b) })
}

// judgement is the worst of the metrics, or the best where all must agree. Of those
// that are not known it is independent.
func (j *judge) judgement(values []float64) Status {
	status, some := OK, false
	for i, limit := range j.limits {
		metric := limit.measured(values[i])
		if s := metric.Status(); metric.Known && (!some || (status.Worse(s) == s) != j.rule.All) {
			status, some = s, true
		}
	}
	return status
}

// worse compares a subject with the worst so far, by the first metric that differs; one
// that is not known counts as 0. Of equal ones the first by name counts, so that two
// checks of one machine say the same.
func (j *judge) worse(status Status, f *finding) bool {
	worst := &j.worst
	if status != worst.Status {
		return status.Worse(worst.Status) == status
	}
	for i, limit := range j.limits {
		if value := limit.measured(f.values[i]).Value; value != worst.Metrics[i].Value {
			return value > worst.Metrics[i].Value
		}
	}
	return f.subject.String() < worst.Subject.String()
}

// result is the judgement of the worst subject. Where there is none the counts
// are 0, and what they would be a part of is not known.
func (j *judge) result() Result {
	if !j.seen {
		values := make([]float64, len(j.limits))
		for i, limit := range j.limits {
			if limit.Unit == percent || limit.Unit == millis {
				values[i] = unknown
			}
		}
		j.measure(&finding{values: values})
		return j.worst
	}
	j.worst.Others = j.bad
	if j.worst.Status != OK {
		j.worst.Others--
	}
	return j.worst
}
