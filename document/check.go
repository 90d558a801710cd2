package document

import "time"

// Check is the outcome of a check (kind "check").
type Check struct {
	Look
	Judgement
	Code   int           `json:"code"`      // exit code: 0 to 3 in the order of the statuses; 0 below --fail-on
	Window *Milliseconds `json:"window_ms"` // between the two looks at the counters; nil for one look
}

// Overview is the sockets by state and what the rules find (kind "overview").
type Overview struct {
	Look
	Judgement
	Summary Totals `json:"summary"`
}

// Judgement is what the rules say.
type Judgement struct {
	Status    string      `json:"status"`     // OK, WARNING, CRITICAL or UNKNOWN: the worst of all results
	Results   []Result    `json:"results"`    // every rule that was judged, healthy ones too
	NotJudged []NotJudged `json:"not_judged"` // rules that could not be
}

// Result is one rule's judgement.
type Result struct {
	Rule   string `json:"rule"`   // its id; tcpstat explain lists them
	Status string `json:"status"` // OK, WARNING or CRITICAL

	// Subject is whom it is worst for: a process as name/PID, a hidden one's uid, a
	// listener, a peer or a route; nil for the whole namespace. Others are found too.
	Subject *string `json:"subject"`
	Others  int     `json:"others"`

	Process      *Culprit `json:"process"`       // the subject if it is a process, else the first that holds its sockets
	ProcessCount int      `json:"process_count"` // how many do

	Metrics  []Metric           `json:"metrics"`
	Evidence map[string]float64 `json:"evidence"` // other numbers behind it; the unit is in the key

	Names map[string]string `json:"names"` // words behind it: endpoints, processes, settings

	ExplainedBy *string `json:"explained_by"` // the rule whose finding explains this one away, which is OK then

	Cause     *string `json:"cause"`     // which of the rule's diagnoses it is, a word; nil for the general one
	Title     string  `json:"title"`     // what it is called; this and the rest in words for people
	Why       string  `json:"why"`       // what brought it about
	Side      *string `json:"side"`      // where to deal with it: program system peer path peer_or_path unknown
	Ends      string  `json:"ends"`      // when it ends if nobody does anything
	Advice    string  `json:"advice"`    // what to do
	Reference string  `json:"reference"` // where to read on
}

// Culprit is the process that a result is about. What is nil is not known.
type Culprit struct {
	PID     int32      `json:"pid"`
	Name    *string    `json:"name"`
	Exe     *string    `json:"exe"`     // path of the executable
	Cmdline *string    `json:"cmdline"` // its words quoted as for a shell
	User    *string    `json:"user"`    // name of the effective user, or the number
	Started *time.Time `json:"started"`
}

// Metric is one value that was measured.
type Metric struct {
	Name  string   `json:"name"` // as in the performance data
	Value *float64 `json:"value"`
	Unit  string   `json:"unit"` // % ms 1/s, or what is counted

	// Warning and Critical are ranges of the monitoring plugins' guidelines, nil for
	// none: @10: is 10 and more, 10 is more than 10.
	Warning  *string `json:"warning"`
	Critical *string `json:"critical"`
}

// NotJudged is a rule that could not be judged.
type NotJudged struct {
	Rule        string `json:"rule"`
	Reason      string `json:"reason"`      // a word; tcpstat explain json lists them
	Explanation string `json:"explanation"` // the same in words for people
}
