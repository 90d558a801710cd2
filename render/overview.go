package render

import (
	"strconv"
	"strings"

	"tcpstat/health"
	"tcpstat/tcp"
)

// Overview counts sockets by state, says what each state is and whose move it is,
// and lists what the rules found. Like Terminal it prints at the end.
type Overview struct {
	Width   int
	Palette *Palette
	Lang    tcp.Lang

	// Check is what the rules found, to be filled in before the tail. Nil: the
	// sockets themselves have the last word.
	Check *Check

	head  Head
	tally tally
}

// AppendHead starts the overview anew.
func (o *Overview) AppendHead(dst []byte, h Head) []byte {
	o.head, o.tally = h, tally{all: true, lang: o.Lang, where: h.Where}
	return dst
}

// AppendBetween appends what stands between two sockets: nothing.
func (o *Overview) AppendBetween(dst []byte) []byte { return dst }

// AppendRow counts one socket.
func (o *Overview) AppendRow(dst []byte, r *Row) []byte {
	o.tally.add(r)
	return dst
}

// AppendTail prints the counts, the findings and, last, the verdict.
func (o *Overview) AppendTail(dst []byte, tail Tail) []byte {
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
		f:        layout{screen: max(o.Width, minWidth)},
		out:      dst,
	}
	o.tally.namespaces = len(tail.Namespaces)
	total := []string{o.tally.total(tail.Source, o.tally.counts.Total()) + "."}
	if o.Check == nil {
		o.tally.print(p, total, tail.Source)
		return p.out
	}
	o.findings(p)
	p.closing(total[0], Plain)
	words, command, style := o.verdict()
	p.verdict(words, command, style)
	return p.out
}

// appendTitle says what was looked at, when, and how.
func (o *Overview) appendTitle(dst []byte, source string) []byte {
	at := o.head.Time.UTC().Format(stampFormat)
	if o.head.Time.IsZero() {
		at = say(wordsNoTime, o.Lang)
	}
	title := say(wordsOverview, o.Lang, "time", at)
	if o.head.Host != "" {
		title = say(wordsOverviewOf, o.Lang, "time", at, "host", Escape(o.head.Host))
	}
	dst = append(o.Palette.Append(dst, Strong, title), '\n')
	if inode, known := o.head.NetNS.Get(); known {
		place := say(wordsPlace, o.Lang, "netns", strconv.FormatUint(inode, 10), "source", source)
		dst = append(o.Palette.Append(dst, Faint, place), '\n')
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
	header := fillRight("State", overviewMove-gap-len("Count")) + "Count" + blanks(gap)
	header = fillRight(header+"Move", overviewText) + "Meaning"
	return append(o.Palette.Append(dst, Strong, header), '\n')
}

func (o *Overview) appendState(dst []byte, s tcp.State, n int) []byte {
	doc := s.Doc()
	name := s.String()
	dst = o.Palette.Append(dst, o.tally.style(s), name)
	dst = append(append(dst, fillLeft(strconv.Itoa(n), overviewMove-gap-len(name))...), blanks(gap)...)
	dst = append(dst, fillRight(moves[doc.Mover].In(o.Lang), overviewText-overviewMove)...)
	return append(append(dst, doc.Short.In(o.Lang)...), '\n')
}

// findings prints what the rules found, worst first: whom it is about, the numbers
// behind it, and the command that shows more.
func (o *Overview) findings(p *painter) {
	findings := o.Check.Report.Findings()
	for _, r := range findings {
		p.closing(r.Status.String()+" "+o.Check.finding(r), statusStyle(r.Status))
		p.below(evidence(r), Faint)
		p.put(below, Plain, []byte(o.again(r.Rule.Command))) // whole, to be copied
		p.newline()
	}
	if len(findings) > 0 {
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
func (o *Overview) verdict() (words, command string, style Style) {
	findings := o.Check.Report.Findings()
	judged, not := decimal(len(o.Check.Report.Results)), o.Check.notJudged()
	switch {
	case len(findings) > 0:
		worst := findings[0]
		text := wordsFindings
		if len(findings) == 1 {
			text = wordsOneFinding
		}
		return say(text, o.Lang, "n", decimal(len(findings))), "tcpstat explain " + worst.Rule.ID, statusStyle(worst.Status)
	case o.Check.Tail.Source != "netlink":
		return say(wordsNoFindingProc, o.Lang, "n", judged), o.again("tcpstat check"), Plain
	case len(o.Check.Tail.Missing) > 0:
		return say(wordsNoFindingGaps, o.Lang, "n", judged), o.again("tcpstat --json"), Plain
	case len(not) > 0 && !o.Check.Tail.Replayed:
		return say(wordsNoFindingYet, o.Lang, "n", judged), o.again("tcpstat check --window 10s"), Good
	}
	return say(wordsNoFinding, o.Lang, "n", judged), "tcpstat explain", Good
}

func statusStyle(s health.Status) Style {
	switch s {
	case health.Critical:
		return Alarm
	case health.Warning:
		return Notice
	}
	return Plain
}

// style is that of the most urgent socket in a state.
func (t *tally) style(s tcp.State) Style {
	for _, level := range []tcp.Level{tcp.Alarm, tcp.Notice} {
		if t.levels[level].Of(s) > 0 {
			return noteStyle(level)
		}
	}
	return Plain
}
