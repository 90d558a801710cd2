package render

import (
	"strconv"
	"strings"

	"tcpstat/explain"
	"tcpstat/health"
	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// Overview counts sockets by state, says what each state is and whose move it is,
// and lists what the rules found. Like Terminal it prints at the end.
type Overview struct {
	Width   int
	Palette *typeset.Palette
	Lang    tcp.Lang

	NotJudged bool // lists the rules that were not judged, too

	check *Check // what the rules found; nil: the sockets themselves have the last word
	head  listing.Head
	tally tally
}

// AppendHead starts the overview anew.
func (o *Overview) AppendHead(dst []byte, h listing.Head) []byte {
	o.head, o.tally = h, tally{all: true, lang: o.Lang, where: h.Where}
	return dst
}

// AppendBetween appends what stands between two sockets: nothing.
func (o *Overview) AppendBetween(dst []byte) []byte { return dst }

// Add counts one socket.
func (o *Overview) Add(r *listing.Row) { o.tally.add(r) }

// AppendRow counts one socket.
func (o *Overview) AppendRow(dst []byte, r *listing.Row) []byte {
	o.Add(r)
	return dst
}

// AppendJudged prints the sockets that were added with what the rules found.
func (o *Overview) AppendJudged(dst []byte, c *Check) []byte {
	o.check = c
	return o.AppendCounted(dst, c.Head, c.Tail)
}

// AppendCounted prints the sockets that were added, of which nobody has judged all.
func (o *Overview) AppendCounted(dst []byte, head listing.Head, tail listing.Tail) []byte {
	o.head = head
	o.tally.all, o.tally.lang, o.tally.where = true, o.Lang, head.Where
	return o.AppendTail(dst, tail)
}

// AppendTail prints the counts, the findings and, last, the verdict.
func (o *Overview) AppendTail(dst []byte, tail listing.Tail) []byte {
	dst = o.appendTitle(dst, tail.Source)
	dst = o.appendHeader(dst)
	for _, s := range tcp.States {
		if n := o.tally.counts.Of(s); n > 0 {
			dst = o.appendState(dst, s, n)
		}
	}
	if o.tally.counts.Total() > 0 {
		dst = append(dst, '\n')
	}
	p := &painter{
		Terminal: &Terminal{Palette: o.Palette},
		f:        layout{screen: max(o.Width, typeset.MinWidth)},
		out:      dst,
	}
	o.tally.namespaces = len(tail.Namespaces)
	total := []string{o.tally.total(tail.Source, o.tally.counts.Total()) + "."}
	if o.check == nil {
		o.tally.print(p, total, tail.Source)
		return p.out
	}
	o.findings(p)
	o.past(p)
	o.notJudged(p)
	p.closing(total[0], typeset.Plain)
	words, command, style := o.verdict()
	p.verdict(words, command, style)
	return p.out
}

// appendTitle says what was looked at, when, and how.
func (o *Overview) appendTitle(dst []byte, source string) []byte {
	at := o.head.Time.UTC().Format(stampFormat)
	if o.head.Time.IsZero() {
		at = typeset.Say(wordsNoTime, o.Lang)
	}
	title := typeset.Say(wordsOverview, o.Lang, "time", at)
	if o.head.Host != "" {
		title = typeset.Say(wordsOverviewOf, o.Lang, "time", at, "host", typeset.Escape(o.head.Host))
	}
	dst = append(o.Palette.Append(dst, typeset.Strong, title), '\n')
	if inode, known := o.head.NetNS.Get(); known {
		place := typeset.Say(wordsPlace, o.Lang, "netns", strconv.FormatUint(inode, 10), "source", source)
		dst = append(o.Palette.Append(dst, typeset.Faint, place), '\n')
	}
	return append(dst, '\n')
}

// Where the columns of the overview begin, and what the last one may take on a
// terminal of 80 columns.
const (
	overviewMove = 21
	overviewText = overviewMove + len("nobody") + gap
	overviewRoom = 80 - overviewText
)

func (o *Overview) appendHeader(dst []byte) []byte {
	if o.tally.counts.Total() == 0 {
		return dst
	}
	header := typeset.FillRight("State", overviewMove-gap-len("Count")) + "Count" + typeset.Blanks(gap)
	header = typeset.FillRight(header+"Move", overviewText) + "Meaning"
	return append(o.Palette.Append(dst, typeset.Strong, header), '\n')
}

func (o *Overview) appendState(dst []byte, s tcp.State, n int) []byte {
	doc := explain.State(s)
	name := s.String()
	dst = o.Palette.Append(dst, o.tally.style(s), name)
	dst = append(append(dst, typeset.FillLeft(strconv.Itoa(n), overviewMove-gap-len(name))...), typeset.Blanks(gap)...)
	dst = append(dst, typeset.FillRight(moves[doc.Mover].In(o.Lang), overviewText-overviewMove)...)
	return append(append(dst, doc.Short.In(o.Lang)...), '\n')
}

// findings prints what the rules found, worst first: whom it is about, the numbers
// behind it, and the command that shows more.
func (o *Overview) findings(p *painter) {
	findings := o.check.Report.Findings()
	for _, r := range findings {
		p.closing(r.Status.String()+" "+o.check.finding(r), statusStyle(r.Status))
		p.below(o.check.command(r), typeset.Plain)
		for _, a := range o.check.answers(r) {
			p.labelled(a.label, a.text)
		}
		p.labelled(labelNumbers.In(o.Lang), evidence(r))
		p.command(labelMore.In(o.Lang), o.again(o.check.words(r, r.Command)))
	}
	if len(findings) > 0 {
		p.newline()
	}
}

// notJudged lists the rules that were not judged, by the reason.
func (o *Overview) notJudged(p *painter) {
	if !o.NotJudged || len(o.check.Report.NotJudged) == 0 {
		return
	}
	for _, group := range o.check.notJudged() {
		p.closing(o.check.sayNotJudged(group), typeset.Faint)
	}
	p.newline()
}

// past says what the counters tell of the time before this look.
func (o *Overview) past(p *painter) {
	var remarks []string
	for _, r := range o.check.Past {
		text := r.Text.In(o.Lang)
		for _, n := range r.Names {
			text = typeset.Replace(text, n.Key, typeset.Escape(n.Value))
		}
		remarks = append(remarks, text)
	}
	if len(remarks) > 0 {
		p.closing(typeset.Say(wordsHistory, o.Lang, "remarks", strings.Join(remarks, "; ")), typeset.Notice)
		p.newline()
	}
}

// again makes a command look at the same place.
func (o *Overview) again(command string) string {
	if strings.HasPrefix(command, "tcpstat ") && o.head.Where != "" {
		command += " " + o.head.Where
	}
	return command
}

// verdict says how many findings there are, or how much was judged, with the
// command to run next.
func (o *Overview) verdict() (words, command string, style typeset.Style) {
	findings := o.check.Report.Findings()
	judged, not := typeset.Decimal(len(o.check.Report.Results)), o.check.notJudged()
	switch {
	case len(findings) > 0:
		worst := findings[0]
		text := wordsFindings
		if len(findings) == 1 {
			text = wordsOneFinding
		}
		return typeset.Say(text, o.Lang, "n", typeset.Decimal(len(findings))), "tcpstat explain " + worst.Rule.ID, statusStyle(worst.Status)
	case o.check.Report.Status == health.Unknown:
		return typeset.Say(wordsUnjudged, o.Lang), "tcpstat explain", typeset.Notice
	case o.check.Tail.Source != "netlink":
		return typeset.Say(wordsNoFindingProc, o.Lang, "n", judged), o.again("tcpstat check"), typeset.Plain
	case len(o.check.Tail.Missing) > 0:
		return typeset.Say(wordsNoFindingGaps, o.Lang, "n", judged), o.again("tcpstat --json"), typeset.Plain
	case len(not) > 0 && !o.check.Tail.Replayed && o.check.Window == 0:
		return typeset.Say(wordsNoFindingYet, o.Lang, "n", judged), o.again("tcpstat check --window 10s"), typeset.Good
	}
	return typeset.Say(wordsNoFinding, o.Lang, "n", judged), "tcpstat explain", typeset.Good
}

func statusStyle(s health.Status) typeset.Style {
	switch s {
	case health.Critical:
		return typeset.Alarm
	case health.Warning:
		return typeset.Notice
	}
	return typeset.Plain
}

// style is that of the most urgent socket in a state.
func (t *tally) style(s tcp.State) typeset.Style {
	for _, level := range []tcp.Level{tcp.Alarm, tcp.Notice} {
		if t.levels[level].Of(s) > 0 {
			return NoteStyle(level)
		}
	}
	return typeset.Plain
}
