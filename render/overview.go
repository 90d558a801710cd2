package render

import (
	"strconv"

	"tcpstat/tcp"
)

// Overview counts sockets by state and says what each state is. Like Terminal
// it prints at the end.
type Overview struct {
	Width   int
	Palette *Palette
	Lang    tcp.Lang

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

// AppendTail prints the counts, and below them the verdict.
func (o *Overview) AppendTail(dst []byte, tail Tail) []byte {
	at := o.head.Time.UTC().Format(stampFormat)
	if o.head.Time.IsZero() {
		at = say(wordsNoTime, o.Lang)
	}
	title := say(wordsOverview, o.Lang, "time", at)
	if o.head.Host != "" {
		title = say(wordsOverviewOf, o.Lang, "time", at, "host", Escape(o.head.Host))
	}
	dst = append(o.Palette.Append(dst, Strong, title), "\n\n"...)
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
	o.tally.print(p, []string{o.tally.total(tail.Source, o.tally.counts.Total()) + "."}, tail.Source)
	return p.out
}

// Where the columns of the overview begin. The last one leaves a terminal that
// has no room for it.
const (
	overviewText  = 21
	overviewMover = 69
	overviewEnd   = overviewMover + 20
)

func (o *Overview) appendHeader(dst []byte) []byte {
	if o.tally.counts.Total() == 0 {
		return dst
	}
	header := fillRight("State", overviewText-gap-len("Count")) + "Count" + blanks(gap) + "Meaning"
	if o.Width >= overviewEnd {
		header = fillRight(header, overviewMover) + "Next move"
	}
	return append(o.Palette.Append(dst, Strong, header), '\n')
}

func (o *Overview) appendState(dst []byte, s tcp.State, n int) []byte {
	doc := s.Doc()
	count := strconv.Itoa(n)
	name := s.String()
	dst = o.Palette.Append(dst, o.tally.style(s), name)
	dst = append(append(dst, fillLeft(count, overviewText-gap-len(name))...), blanks(gap)...)
	text := doc.Short.In(o.Lang)
	if o.Width >= overviewEnd {
		text = fillRight(text, overviewMover-overviewText) + doc.Mover.Text().In(o.Lang)
	}
	return append(append(dst, text...), '\n')
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
