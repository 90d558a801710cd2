package explain

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// The texts of a counter's page and of the list. Placeholders: {when}, {unit},
// {rules}, {version}, {count}.
var (
	headRaised  = tcp.Text{"What raises it"}
	headNot     = tcp.Text{"What it does not mean"}
	headTrouble = tcp.Text{"Sign of trouble"}

	troubleTexts = [...]tcp.Text{
		NoTrouble: {"No."},
		SomeRises: {"Only {when}"},
		AnyRise:   {"Yes, whenever it rises."},
	}
	counterLevel = tcp.Text{"It does not add up: it is how things stand now."}
	counterUnit  = tcp.Text{"It counts {unit}."}
	counterSince = tcp.Text{"Since Linux {version}."}
	counterRules = tcp.Text{"Health rules that judge it: {rules}."}

	countersShort  = tcp.Text{"what the kernel counts about TCP, a line each", "커널이 TCP에 대해 세는 것, 한 줄씩"}
	countersIntro  = tcp.Text{"The {count} counters of TCP, as netstat -s words them. tcpstat explain NAME says what raises one; the kernel's name, nstat's and netstat's sentence all find it. Marked: a sign of trouble whenever it rises."}
	countersTitle  = tcp.Text{"TCP counters"}
	countersSource = tcp.Text{"What `tcpstat explain` says of the counters of TCP in /proc/net/snmp and /proc/net/netstat. Generated from the tables of package tcp; edit those."}
	countersHead   = [...]tcp.Text{{"counter"}, {"`netstat -s`"}, {"raised by"}, {"trouble"}}
)

// counterFile is where a group stands.
func counterFile(group string) string {
	if group == "Tcp" {
		return "/proc/net/snmp"
	}
	return "/proc/net/netstat"
}

func counterTopic(doc *CounterDoc) Topic {
	words := []string{doc.Name, doc.Group + doc.Name, doc.Group + "." + doc.Name}
	for _, sentence := range doc.Sentence {
		if sentence != "" {
			words = append(words, strings.Replace(sentence, "{n}", "", 1))
		}
	}
	words = append(words, doc.Aliases...)
	return Topic{
		Kind: CounterTopic, Name: doc.Name, Short: counterShort(doc),
		group: doc.Group, words: foldAll(words), write: func(p *page) { p.counter(doc) },
	}
}

// counterShort is the sentence of a counter with N for its value.
func counterShort(doc *CounterDoc) (short tcp.Text) {
	for lang := range short {
		short[lang] = strings.Replace(doc.Sentence[lang], "{n}", "N", 1)
	}
	return short
}

// withoutNumbers takes the values out of a line that was copied from netstat.
func withoutNumbers(word string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(word), func(field string) bool {
		return strings.Trim(field, "0123456789") == ""
	}), " ")
}

func (p *page) counter(doc *CounterDoc) {
	elsewhere := []string{counterFile(doc.Group), "nstat: " + doc.Group + doc.Name}
	for _, alias := range doc.Aliases {
		elsewhere = append(elsewhere, "Windows: "+alias)
	}
	p.title(doc.Name, elsewhere)
	p.paragraph(doc.Say(p.o.Lang, "N"))

	p.section(p.in(headRaised))
	p.paragraph(p.in(doc.Raised))
	if facts := p.counterFacts(doc); facts != "" {
		p.paragraph(facts)
	}
	if not := p.in(doc.Not); not != "" {
		p.section(p.in(headNot))
		p.paragraph(not)
	}
	p.section(p.in(headTrouble))
	p.paragraph(counterTrouble(doc, p.o.Lang))
	if doc.Rules != nil {
		p.paragraph(typeset.Say(counterRules, p.o.Lang, "rules", strings.Join(doc.Rules, ", ")))
	}
	p.further(doc.See, doc.References)
}

// counterFacts says what a counter is that does not count events since boot, and
// since when there is one.
func (p *page) counterFacts(doc *CounterDoc) string {
	var facts []string
	if doc.Unit != "" {
		facts = append(facts, typeset.Say(counterUnit, p.o.Lang, "unit", doc.Unit))
	}
	if (tcp.Counter{Group: doc.Group, Name: doc.Name}).Level() {
		facts = append(facts, p.in(counterLevel))
	}
	if doc.Since != "" {
		facts = append(facts, typeset.Say(counterSince, p.o.Lang, "version", doc.Since))
	}
	return strings.Join(facts, " ")
}

func counterTrouble(doc *CounterDoc, lang tcp.Lang) string {
	return typeset.Say(troubleTexts[doc.Trouble], lang, "when", doc.When.In(lang))
}

// countersWords find the list of all counters.
var countersWords = []string{"counters", "counter", "statistics", "netstat -s", "nstat", "snmp", "netstat", "Tcp", "TcpExt", "MPTcpExt"}

func countersTopic() Topic {
	return Topic{
		Kind: DocumentTopic, Name: "counters", Short: countersShort,
		words: foldAll(countersWords), write: func(p *page) { p.counters() },
	}
}

// counters lists every counter, by group.
func (p *page) counters() {
	groups, rows, total := []string{}, map[string][]row{}, 0
	for doc := range Counters() {
		if rows[doc.Group] == nil {
			groups = append(groups, doc.Group)
		}
		r := row{left: doc.Name, right: counterShort(doc).In(p.o.Lang)}
		if doc.Trouble == AnyRise {
			r.left, r.style = r.left+" !", typeset.Notice
		}
		rows[doc.Group] = append(rows[doc.Group], r)
		total++
	}
	p.title("counters", nil)
	p.paragraph(typeset.Say(countersIntro, p.o.Lang, "count", typeset.Decimal(total)))
	for _, group := range groups {
		p.section(group + " (" + counterFile(group) + ")")
		p.rows(rows[group])
	}
}

// CountersMarkdown writes what is known of every counter as a Markdown document.
func CountersMarkdown(w io.Writer, lang tcp.Lang) error {
	out := fmt.Appendf(nil, "# %s\n\n%s\n", countersTitle.In(lang), countersSource.In(lang))
	group := ""
	for doc := range Counters() {
		if doc.Group != group {
			group = doc.Group
			out = fmt.Appendf(out, "\n## %s\n\n", group)
			for _, head := range countersHead {
				out = fmt.Appendf(out, "| %s ", head.In(lang))
			}
			out = fmt.Appendf(out, "|\n|---|---|---|---|\n")
		}
		raised := doc.Raised.In(lang)
		if not := doc.Not.In(lang); not != "" {
			raised += " *" + not + "*"
		}
		out = fmt.Appendf(out, "| %s | %s | %s | %s |\n", doc.Name,
			cellText(counterShort(doc).In(lang)), cellText(raised), cellText(counterTrouble(doc, lang)))
	}
	_, err := w.Write(out)
	return err
}
