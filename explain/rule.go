package explain

import (
	"slices"
	"strings"

	"tcpstat/health"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

func ruleTopic(r *health.Rule) Topic {
	return Topic{Kind: RuleTopic, Name: r.ID, Short: r.Title, words: foldAll([]string{r.ID, r.Title.In(tcp.English)}), write: func(p *page) { p.rule(r) }}
}

// The headings and sentences of a rule's page. Placeholders: {n} a number with
// its unit, {rule}, {condition}.
var (
	headThresholds = tcp.Text{"Thresholds", "기준값"}
	headAllAgree   = tcp.Text{"Thresholds, on which all metrics must agree", "기준값(모든 측정값이 넘어야 함)"}
	headCan        = tcp.Text{"What it can be", "가능한 원인"}
	headExplained  = tcp.Text{"What explains it away", "다른 규칙으로 설명되는 경우"}

	diagnosisSide = tcp.Text{"Side: {side}.", "위치: {side}."}

	ruleGauge = tcp.Text{"One look tells.", "한 번 보면 알 수 있음."}
	ruleDelta = tcp.Text{"It takes two looks: check --window DUR, or --state-file FILE.", "두 번 보아야 함: check --window DUR 또는 --state-file FILE."}
	ruleBoth  = tcp.Text{"One look tells, and two tell more: check --window DUR, or --state-file FILE.", "한 번 보면 알 수 있고 두 번 보면 더 알 수 있음: check --window DUR 또는 --state-file FILE."}
	ruleAsked = tcp.Text{"Only judged when asked for: {rule}.", "이름으로 물을 때만 판정: {rule}."}
	ruleWhole = tcp.Text{"It goes by what the kernel counts for all sockets together, and is not judged behind a filter.", "커널이 모든 소켓을 합쳐 센 값이라 필터와 함께 판정하지 않음."}

	ruleAtLeast   = tcp.Text{"{n} and more", "{n} 이상"}
	ruleAbove     = tcp.Text{"more than {n}", "{n} 초과"}
	ruleCause     = tcp.Text{"A finding of {rule} that is no less severe.", "같거나 더 심한 {rule} 문제."}
	ruleCauseAny  = tcp.Text{"A finding of {rule}, {condition}.", "{rule} 문제, {condition}."}
	ruleCauseOnly = tcp.Text{"A finding of {rule} that is no less severe, {condition}.", "같거나 더 심한 {rule} 문제, {condition}."}
)

// rule writes the page of a rule.
func (p *page) rule(r *health.Rule) {
	p.title(r.ID, nil)
	p.paragraph(upperFirst(p.in(r.Title)) + ". " + p.in(r.Meaning))
	p.gap()
	p.paragraph(p.ruleScope(r))
	if r.All {
		p.section(p.in(headAllAgree))
	} else {
		p.section(p.in(headThresholds))
	}
	var rows []row
	for _, l := range r.Limits {
		rows = append(rows, row{left: l.Name, right: p.limit(l)})
	}
	p.rows(rows)
	p.section(p.in(headCan))
	p.diagnosis(r.Diagnosis, nil)
	for _, d := range r.Cases {
		p.diagnosis(*d, &r.Diagnosis)
	}
	p.command(r.Command)
	if len(r.Causes) > 0 {
		p.section(p.in(headExplained))
	}
	for _, c := range r.Causes {
		text := ruleCauseOnly
		switch condition := p.in(c.Only.Text); {
		case c.Only.Lesser():
			text = ruleCauseAny
		case condition == "":
			text = ruleCause
		}
		p.item(typeset.Say(text, p.o.Lang, "rule", c.Rule, "condition", p.in(c.Only.Text)))
	}
	p.further(nil, strings.Split(r.Reference, "; "))
}

// diagnosis writes one of the things that a finding can say. What a case leaves open is as
// in the rule's own diagnosis, and not said twice.
func (p *page) diagnosis(d health.Diagnosis, general *health.Diagnosis) {
	parts := []string{p.in(d.Why)}
	if side := p.in(d.Side.Text()); side != "" {
		parts = append(parts, typeset.Say(diagnosisSide, p.o.Lang, "side", side))
	}
	parts = append(parts, p.in(d.Ends), p.in(d.Advice))
	text := strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), " ")
	if title := p.in(d.Title); title != "" && general != nil {
		text = typeset.UpperFirst(title) + ": " + text
	}
	p.item(blanks(text))
}

// blanks words the placeholders of a diagnosis, which only a finding can fill: <open
// files> for {open_files}.
func blanks(text string) string {
	before, rest, found := strings.Cut(text, "{")
	name, after, closed := strings.Cut(rest, "}")
	if !found || !closed {
		return text
	}
	for _, unit := range [...]string{"_ms", "_bytes", "_percent"} {
		name = strings.TrimSuffix(name, unit)
	}
	return before + "<" + strings.ReplaceAll(name, "_", " ") + ">" + blanks(after)
}

// ruleScope says what a rule looks at.
func (p *page) ruleScope(r *health.Rule) string {
	text := p.in(ruleGauge)
	switch r.Kind {
	case health.Delta:
		text = p.in(ruleDelta)
	case health.Gauge | health.Delta:
		text = p.in(ruleBoth)
	}
	if r.AskedOnly {
		text += " " + typeset.Say(ruleAsked, p.o.Lang, "rule", "tcpstat check "+r.ID+"=PORT")
	}
	if r.ForAll {
		text += " " + p.in(ruleWhole)
	}
	return text
}

// limit says when a metric alerts, and where the numbers come from.
func (p *page) limit(l health.Limit) string {
	var parts []string
	if l.Warning.IsSet() {
		parts = append(parts, health.Warning.String()+": "+p.threshold(l.Warning, l.Unit))
	}
	if l.Critical.IsSet() {
		parts = append(parts, health.Critical.String()+": "+p.threshold(l.Critical, l.Unit))
	}
	return strings.Join(parts, ", ") + ". " + upperFirst(p.in(l.Source)) + "."
}

// threshold words a range as rules have them: from a number on, above one, or one
// alone.
func (p *page) threshold(r health.Range, unit string) string {
	quantity := func(value float64) string {
		return typeset.Amount(value, unit)
	}
	switch {
	case r.Inside && r.Start == r.End:
		return quantity(r.Start)
	case r.Inside:
		return typeset.Say(ruleAtLeast, p.o.Lang, "n", quantity(r.Start))
	}
	return typeset.Say(ruleAbove, p.o.Lang, "n", quantity(r.End))
}
