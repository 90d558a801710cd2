package health

import "tcpstat/tcp"

// Kind says what a rule looks at.
type Kind uint8

// The kinds. A rule may be both: then it judges what one look tells, and more
// with a window.
const (
	Gauge Kind = 1 << iota // one look
	Delta                  // what happened in a window of time
)

// Rule is one thing that can be wrong.
type Rule struct {
	ID      string
	Kind    Kind
	Title   tcp.Text // what the finding is called
	Meaning tcp.Text // what is counted, and why that is bad
	Advice  tcp.Text // what to do

	// Limits are the metrics with their thresholds. The first is the one that a
	// user overrides. A result is as bad as its worst metric, or where All is set
	// as its best: all must agree.
	Limits []Limit
	All    bool

	// ExplainedBy names the rules whose findings explain this one away.
	ExplainedBy []string

	Reference string // where to read on

	// AskedOnly rules are judged only when named, with an argument.
	AskedOnly bool

	judge func(*judge)
}

// Limit is a metric with its default thresholds.
type Limit struct {
	Name              string // in perfdata and JSON
	Unit              string
	Warning, Critical Range
	Source            tcp.Text // where the numbers come from
}

// Rules are all rules, in the order in which they are judged and listed.
var Rules = []*Rule{
	&closeWaitLeak, &notAccepted, &acceptQueue, &listenOverflow, &backlogSmall, &synQueue,
	&synRecvPile, &synSentStuck, &portBudget, &twOverflow, &finWait2Held, &finUnacked,
	&orphans, &retrans, &retransPeer, &sendStuck, &zeroWindow, &notReading,
	&idleNoKeepalive, &rstStorm, &tcpMem, &rcvDrop, &listenerMissing, &conntrack,
}

// Find gives the rule of that id.
func Find(id string) (*Rule, bool) {
	for _, r := range Rules {
		if r.ID == id {
			return r, true
		}
	}
	return nil, false
}

// IDs lists the ids of all rules.
func IDs() (ids []string) {
	for _, r := range Rules {
		ids = append(ids, r.ID)
	}
	return ids
}
