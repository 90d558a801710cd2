package health

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tcpstat/tcp"
)

// Options chooses the rules and thresholds of a check.
type Options struct {
	// Rules names the rules to judge, each with its argument if it has one
	// (listener: the port). Empty: all that need none.
	Rules []Asked

	// Exclude names rules to leave out.
	Exclude []string

	// Warning and Critical replace the thresholds of the first metric, where
	// they are set.
	Warning, Critical Range
}

// Asked is a rule that was named, and the port that it asks for if it takes one.
type Asked struct {
	Rule *Rule
	Port uint16
}

// Ask reads the names of rules as they stand on a command line: accept-queue, or with
// a port listener=443. An error tells the first word that is no rule, or has no port where
// its rule needs one.
func Ask(words ...string) (asked []Asked, err error) {
	for _, word := range words {
		id, argument, has := strings.Cut(word, "=")
		rule, known := Find(id)
		if !known {
			return nil, fmt.Errorf("unknown rule %q", word)
		}
		port, err := strconv.ParseUint(argument, 10, 16)
		switch {
		case rule.AskedOnly && (err != nil || port == 0):
			return nil, fmt.Errorf("%s takes a port, from 1 to 65535: %q", id, word)
		case !rule.AskedOnly && has:
			return nil, fmt.Errorf("%s takes no argument: %q", id, word)
		}
		asked = append(asked, Asked{rule, uint16(port)})
	}
	return asked, nil
}

// Report is the outcome of a check.
type Report struct {
	// Status is the worst of all results; UNKNOWN counts, see [Check].
	Status Status

	Results   []Result    // healthy ones too, in the order of the rules that were asked for
	NotJudged []NotJudged // rules that the facts do not suffice for
}

// Result is one rule's judgement, of its worst subject.
type Result struct {
	Rule   *Rule
	Status Status
	Diagnosis
	Subject Subject

	// Processes hold the sockets that it is about, the subject itself first if it is
	// one. Empty where they are hidden, or no process has to do with it.
	Processes []tcp.Process

	Others   int        // subjects beside the worst that alert too
	Metrics  []Metric   // measured of the subject, in the order of the rule's limits
	Evidence []Evidence // other numbers behind it
	Names    []Name     // words behind it

	// ExplainedBy is the rule whose finding explains this one away; it is OK then.
	ExplainedBy string
}

// evidence gives a number by its key, 0 if there is none.
func (r *Result) evidence(key string) float64 {
	for _, e := range r.Evidence {
		if e.Key == key {
			return e.Value
		}
	}
	return 0
}

// name gives a word by its key, empty if there is none.
func (r *Result) name(key string) string {
	for _, n := range r.Names {
		if n.Key == key {
			return n.Value
		}
	}
	return ""
}

// Metric is one measured value with its thresholds.
type Metric struct {
	Limit
	Value float64
	Known bool
}

// Status compares the value with the thresholds. What is not known is OK: the
// other metrics of the rule decide.
func (m *Metric) Status() Status {
	switch {
	case !m.Known:
		return OK
	case m.Critical.Alerts(m.Value):
		return Critical
	case m.Warning.Alerts(m.Value):
		return Warning
	}
	return OK
}

// Evidence is one number that supports a finding.
type Evidence struct {
	Key   string // part of the JSON contract; it ends in the unit, but for counts
	Value float64
}

// measured makes a metric of a value.
func (l Limit) measured(value float64) Metric {
	if math.IsNaN(value) {
		return Metric{Limit: l}
	}
	return Metric{l, value, true}
}

// NotJudged is a rule that the facts do not suffice for.
type NotJudged struct {
	Rule   *Rule
	Reason Reason
}

// Check judges the facts. A rule that was named and cannot be judged makes the
// whole UNKNOWN, unless something is worse.
func Check(f *Facts, o Options) Report {
	var report Report
	asked := o.Rules
	if len(asked) == 0 {
		asked = always()
	}
	for _, a := range asked {
		if slices.Contains(o.Exclude, a.Rule.ID) {
			continue
		}
		j := &judge{facts: f, rule: a.Rule, port: a.Port, limits: a.Rule.limits(o)}
		if f.Filtered && a.Rule.ForAll {
			j.cannot(CountedForAll)
		} else {
			a.Rule.judge(j)
		}
		if reason := j.notJudged(); reason != "" {
			report.NotJudged = append(report.NotJudged, NotJudged{a.Rule, reason})
			if len(o.Rules) > 0 || reason == Undecided {
				report.Status = report.Status.Worse(Unknown)
			}
			continue
		}
		report.Results = append(report.Results, j.result())
	}
	report.explain()
	for i := range report.Results {
		report.Status = report.Status.Worse(report.Results[i].Status)
	}
	return report
}

// All gives the results, those that are OK too.
func (r *Report) All() (results []*Result) {
	for i := range r.Results {
		results = append(results, &r.Results[i])
	}
	return results
}

// Findings gives the results that are not OK, worst first.
func (r *Report) Findings() (findings []*Result) {
	for i := range r.Results {
		if r.Results[i].Status != OK {
			findings = append(findings, &r.Results[i])
		}
	}
	slices.SortStableFunc(findings, func(a, b *Result) int { return weight[b.Status] - weight[a.Status] })
	return findings
}

// Remarks gives the results that are OK and yet have something to say.
func (r *Report) Remarks() (remarks []*Result) {
	for i := range r.Results {
		if r.Results[i].Status == OK && r.Results[i].Remark && r.Results[i].ExplainedBy == "" {
			remarks = append(remarks, &r.Results[i])
		}
	}
	return remarks
}

// always gives the rules that need no argument.
func always() (asked []Asked) {
	for _, r := range Rules {
		if !r.AskedOnly {
			asked = append(asked, Asked{Rule: r})
		}
	}
	return asked
}

// limits gives the rule's thresholds with those of the user.
func (r *Rule) limits(o Options) []Limit {
	limits := slices.Clone(r.Limits)
	if o.Warning.IsSet() {
		limits[0].Warning = o.Warning
	}
	if o.Critical.IsSet() {
		limits[0].Critical = o.Critical
	}
	return limits
}

// explain quiets the findings that follow from another. What is itself explained
// away goes on explaining: its own cause speaks for both.
func (r *Report) explain() {
	found := slices.Clone(r.Results)
	for i := range r.Results {
		effect := &r.Results[i]
		for _, cause := range effect.Rule.Causes {
			if effect.Status != OK && slices.ContainsFunc(found, cause.explains(effect)) {
				effect.ExplainedBy, effect.Status = cause.Rule, OK
			}
		}
	}
}

// explains gives the test for a result that explains effect away.
func (c *Cause) explains(effect *Result) func(Result) bool {
	return func(cause Result) bool {
		return cause.Rule.ID == c.Rule && cause.Status != OK && (cause.Status >= effect.Status || c.Only.lesser) &&
			c.Only.fair(effect) && (c.Only.holds == nil || c.Only.holds(effect, &cause))
	}
}

// Units of metrics.
const (
	percent = "%"
	millis  = "ms"
	perSec  = "1/s"
	sockets = "sockets"
)
