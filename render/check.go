package render

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tcpstat/health"
	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// Check is the outcome of a check with what is said around it.
type Check struct {
	Head   listing.Head
	Report health.Report
	Code   int             // exit code
	Window time.Duration   // 0: one look
	Past   []health.Remark // of the counters, where there is one look
	Failed string          // what went wrong beside the judgement, empty for nothing
	Tail   listing.Tail    // counts the sockets that were judged
	Lang   tcp.Lang
}

// PluginUnknown is the first line of a plugin that has no answer.
func PluginUnknown(reason string) string {
	return "TCP " + health.Unknown.String() + " - " + plain(reason)
}

// AppendPlugin writes the answer of a monitoring plugin: one line with the
// verdict and, behind a bar, the performance data; below it a line for each
// finding and what to do, and the rules that were not judged.
func (c *Check) AppendPlugin(dst []byte) []byte {
	dst = append(dst, "TCP "+c.Report.Status.String()+" - "...)
	dst = append(dst, plain(c.headline())...)
	dst = append(c.appendPerfdata(dst), '\n')
	for _, r := range c.Report.Findings() {
		dst = append(dst, r.Status.String()+": "+plain(c.finding(r))...)
		if numbers := evidence(r); numbers != "" {
			dst = append(dst, "; "+numbers...)
		}
		dst = append(dst, '\n')
		if p := processIn(r); p != nil {
			if command := commandOf(withoutOptions(p), c.Lang); command != "" {
				dst = append(dst, "  "+plain(command)+"\n"...)
			}
		}
		for _, a := range c.answers(r) {
			dst = append(dst, "  "+a.label+": "+plain(a.text)+"\n"...)
		}
	}
	for _, r := range c.Report.Remarks() {
		dst = append(dst, r.Status.String()+": "+plain(c.finding(r))+"\n"...)
		dst = append(dst, "  "+labelWhy.In(c.Lang)+": "+plain(c.say(r, r.Why))+"\n"...)
	}
	for _, group := range c.notJudged() {
		if c.Report.Status == health.Unknown && c.Failed == "" && len(c.Report.Results) == 0 {
			break // the first line says it
		}
		dst = append(dst, plain(c.sayNotJudged(group))+"\n"...)
	}
	return dst
}

// notJudged are rules that are not judged for one reason.
type notJudged struct {
	reason health.Reason
	rules  string
}

// notJudged groups the rules that are not judged by the reason.
func (c *Check) notJudged() (groups []notJudged) {
	for _, n := range c.Report.NotJudged {
		i := slices.IndexFunc(groups, func(g notJudged) bool { return g.reason == n.Reason })
		if i < 0 {
			groups = append(groups, notJudged{reason: n.Reason, rules: n.Rule.ID})
		} else {
			groups[i].rules += ", " + n.Rule.ID
		}
	}
	return groups
}

func (c *Check) sayNotJudged(group notJudged) string {
	return typeset.Say(wordsNotJudged, c.Lang, "rules", group.rules, "reason", group.reason.Text().In(c.Lang))
}

// plain takes the bar out of a text: it begins the performance data.
func plain(text string) string { return strings.ReplaceAll(text, "|", "/") }

// headline names the findings, or counts what is well.
func (c *Check) headline() string {
	var parts []string
	for _, r := range c.Report.Findings() {
		parts = append(parts, c.finding(r))
	}
	if c.Failed != "" {
		parts = append(parts, typeset.Escape(c.Failed))
	}
	judged, not := typeset.Decimal(len(c.Report.Results)), typeset.Decimal(len(c.Report.NotJudged))
	switch {
	case len(parts) > 0:
		return strings.Join(parts, "; ")
	case c.Report.Status == health.Unknown:
		return c.sayNotJudged(c.notJudged()[0])
	case len(c.Report.NotJudged) == 0 && len(c.Report.Results) == 1:
		return typeset.Say(wordsOneWell, c.Lang)
	case len(c.Report.NotJudged) == 0:
		return typeset.Say(wordsWell, c.Lang, "n", judged)
	}
	return typeset.Say(wordsWellButFor, c.Lang, "n", judged, "not", not)
}

// finding is a result in one sentence: the title, whom it is about, how much.
func (c *Check) finding(r *health.Result) string {
	text := c.say(r, r.Title)
	if about := c.about(r); about != "" {
		text += ": " + about
	}
	if m := alerting(r); m != nil && m.Value != 0 {
		amount := typeset.Amount(m.Value, m.Unit)
		if m != &r.Metrics[0] && m.Unit == "%" {
			amount = label(m.Name) + " " + amount // of what
		}
		text += " (" + amount + ")"
	}
	if r.Others > 0 {
		text += typeset.Say(wordsOthers, c.Lang, "n", typeset.Decimal(r.Others))
	}
	return text
}

// command tells which of the processes of one name a result is about, as far as that
// is known.
func (c *Check) command(r *health.Result) string {
	if p := processIn(r); p != nil {
		return commandOf(p, c.Lang)
	}
	return ""
}

// about names the subject of a result, and behind a comma who holds its sockets.
func (c *Check) about(r *health.Result) string {
	subject := typeset.Escape(r.Subject.String())
	if r.Subject.Kind == health.Process || len(r.Processes) == 0 {
		return subject
	}
	holder := typeset.Escape(r.Processes[0].String())
	if n := len(r.Processes) - 1; n > 0 {
		holder += typeset.Say(wordsMoreProcesses, c.Lang, "n", typeset.Decimal(n))
	}
	if subject == "" {
		return holder
	}
	return subject + ", " + holder
}

// answer is what a finding says to one question.
type answer struct{ label, text string }

// answers are those of a finding: why, on whose side, until when, and what to do.
func (c *Check) answers(r *health.Result) (list []answer) {
	for _, a := range [...]struct{ label, text tcp.Text }{
		{labelWhy, r.Why}, {labelSide, r.Side.Text()}, {labelEnds, r.Ends}, {labelDo, r.Advice},
	} {
		if text := c.say(r, a.text); text != "" {
			list = append(list, answer{a.label.In(c.Lang), text})
		}
	}
	return list
}

// say words a text of a diagnosis with the numbers and names of its result.
func (c *Check) say(r *health.Result, text tcp.Text) string {
	return c.words(r, text.In(c.Lang))
}

// words fills in the numbers and names of a result.
func (c *Check) words(r *health.Result, text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	var pairs []string
	for i := range r.Metrics {
		m := &r.Metrics[i]
		pairs = append(pairs, m.Name, figure(m.Name, m.Value))
	}
	for _, e := range r.Evidence {
		pairs = append(pairs, e.Key, figure(e.Key, e.Value))
	}
	for _, n := range r.Names {
		pairs = append(pairs, n.Key, typeset.Escape(n.Value))
	}
	return typeset.Replace(text, pairs...)
}

// processIn is the first of the processes that a result is about, nil for none.
func processIn(r *health.Result) *tcp.Process {
	if len(r.Processes) == 0 {
		return nil
	}
	return &r.Processes[0]
}

// alerting is the metric that made a result what it is.
func alerting(r *health.Result) *health.Metric {
	for i := range r.Metrics {
		if r.Metrics[i].Status() == r.Status {
			return &r.Metrics[i]
		}
	}
	return nil
}

// evidence lists the numbers behind a finding, but for the one that its sentence
// has already, and for what the rule counted none of.
func evidence(r *health.Result) string {
	var parts []string
	for i := range r.Metrics {
		if m := &r.Metrics[i]; m.Known && m.Value != 0 && m != alerting(r) {
			parts = append(parts, measured(m))
		}
	}
	for _, e := range r.Evidence {
		parts = append(parts, label(e.Key)+" "+figure(e.Key, e.Value))
	}
	return strings.Join(parts, ", ")
}

// measured writes a metric with its unit.
func measured(m *health.Metric) string {
	if m.Unit == "ms" || m.Unit == "%" {
		return label(m.Name) + " " + figure(m.Name, m.Value)
	}
	return label(m.Name) + " " + typeset.Amount(m.Value, m.Unit)
}

// label is a key in words, without its unit.
func label(key string) string {
	for _, unit := range [...]string{"_ms", "_percent", "_bytes"} {
		key = strings.TrimSuffix(key, unit)
	}
	return strings.ReplaceAll(key, "_", " ")
}

// figure writes a value in the unit that its key ends in.
func figure(key string, value float64) string {
	switch {
	case strings.HasSuffix(key, "_ms"):
		return typeset.Milliseconds(value)
	case strings.HasSuffix(key, "_percent"):
		return typeset.Rounded(value) + " %"
	case strings.HasSuffix(key, "_bytes"):
		return typeset.Number(value) + " B"
	}
	return typeset.Number(value)
}

// appendPerfdata writes 'label'=value[UOM];[warn];[crit];[min];[max] for every
// metric, as the monitoring plugins' guidelines have it (section 2.6). Of a unit
// that they do not know only the number is written.
func (c *Check) appendPerfdata(dst []byte) []byte {
	if len(c.Report.Results) > 0 {
		dst = append(dst, " |"...)
	}
	for i := range c.Report.Results {
		r := &c.Report.Results[i]
		for j := range r.Metrics {
			m := &r.Metrics[j]
			dst = append(dst, " '"+perfLabel(r)+"."+m.Name+"'="...)
			dst = append(dst, perfValue(m)+";"+m.Warning.String()+";"+m.Critical.String()+";0;"...)
		}
	}
	return dst
}

// perfLabel tells the results of a rule that was asked for several ports apart.
func perfLabel(r *health.Result) string {
	if r.Subject.Kind == health.Port {
		return r.Rule.ID + "." + typeset.Decimal(int(r.Subject.Port))
	}
	return r.Rule.ID
}

// perfValue is a value with its unit of measurement, U where it is not known.
func perfValue(m *health.Metric) string {
	switch {
	case !m.Known:
		return "U"
	case m.Unit == "%", m.Unit == "ms":
		return typeset.Number(m.Value) + m.Unit
	}
	return typeset.Number(m.Value)
}

// AppendJSON writes the document (kind "check").
func (c *Check) AppendJSON(dst []byte) []byte {
	dst = appendDocumentHead(dst, "check", c.Head)
	dst = appendWord(append(dst, `,"status":`...), c.Report.Status.String())
	dst = strconv.AppendInt(append(dst, `,"code":`...), int64(c.Code), 10)
	dst = appendWindow(dst, c.Window)
	dst = appendSource(c.appendJudgement(dst), c.Tail)
	return append(dst, "}\n"...)
}

// AppendOverviewJSON writes the document (kind "overview"): the sockets by state
// and what the rules found.
func (c *Check) AppendOverviewJSON(dst []byte) []byte {
	dst = appendDocumentHead(dst, "overview", c.Head)
	dst = appendWord(append(dst, `,"status":`...), c.Report.Status.String())
	dst = appendSource(c.appendJudgement(dst), c.Tail)
	return append(appendSummary(dst, &c.Tail.Counts), "}\n"...)
}

// appendJudgement appends the results, and the rules that were not judged.
func (c *Check) appendJudgement(dst []byte) []byte {
	dst = append(dst, `,"results":[`...)
	for i := range c.Report.Results {
		dst = c.appendResult(separate(dst, i), &c.Report.Results[i])
	}
	dst = append(dst, "\n],\"not_judged\":["...)
	for i, n := range c.Report.NotJudged {
		dst = appendWord(append(separate(dst, i), `{"rule":`...), n.Rule.ID)
		dst = appendWord(append(dst, `,"reason":`...), string(n.Reason))
		dst = append(appendJSONString(append(dst, `,"explanation":`...), n.Reason.Text().In(c.Lang)), '}')
	}
	return append(dst, "\n]"...)
}

// separate begins the next element of an array on a line of its own.
func separate(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return append(dst, '\n')
}

func (c *Check) appendResult(dst []byte, r *health.Result) []byte {
	dst = appendWord(append(dst, `{"rule":`...), r.Rule.ID)
	dst = appendWord(append(dst, `,"status":`...), r.Status.String())
	dst = appendOptString(append(dst, `,"subject":`...), r.Subject.String())
	dst = appendJSONProcess(append(dst, `,"process":`...), processIn(r))
	dst = strconv.AppendInt(append(dst, `,"process_count":`...), int64(len(r.Processes)), 10)
	dst = strconv.AppendInt(append(dst, `,"others":`...), int64(r.Others), 10)
	dst = append(dst, `,"metrics":[`...)
	for i := range r.Metrics {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendMetric(dst, &r.Metrics[i])
	}
	dst = append(dst, `],"evidence":{`...)
	for i, e := range r.Evidence {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendWord(dst, e.Key), ':')
		dst = append(dst, typeset.Number(e.Value)...)
	}
	dst = append(dst, `},"names":{`...)
	for i, n := range r.Names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSONString(append(appendWord(dst, n.Key), ':'), n.Value)
	}
	dst = appendWord(append(dst, `},"explained_by":`...), r.ExplainedBy)
	dst = appendWord(append(dst, `,"cause":`...), r.Cause)
	dst = appendJSONString(append(dst, `,"title":`...), c.say(r, r.Title))
	dst = appendJSONString(append(dst, `,"why":`...), c.say(r, r.Why))
	dst = appendWord(append(dst, `,"side":`...), r.Side.String())
	dst = appendJSONString(append(dst, `,"ends":`...), c.say(r, r.Ends))
	dst = appendJSONString(append(dst, `,"advice":`...), c.say(r, r.Advice))
	dst = appendJSONString(append(dst, `,"reference":`...), r.Rule.Reference)
	return append(dst, '}')
}

func appendMetric(dst []byte, m *health.Metric) []byte {
	dst = appendWord(append(dst, `{"name":`...), m.Name)
	dst = append(dst, `,"value":`...)
	if m.Known {
		dst = append(dst, typeset.Number(m.Value)...)
	} else {
		dst = append(dst, "null"...)
	}
	dst = appendWord(append(dst, `,"unit":`...), m.Unit)
	dst = appendWord(append(dst, `,"warning":`...), m.Warning.String())
	dst = appendWord(append(dst, `,"critical":`...), m.Critical.String())
	return append(dst, '}')
}
