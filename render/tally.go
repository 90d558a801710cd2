package render

import (
	"cmp"
	"slices"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// tally counts what the verdict below a table speaks of.
type tally struct {
	counts listing.Counts
	levels [tcp.Alarm + 1]listing.Counts // by level and state
	all    bool                          // every state was asked for
	filter bool                          // a filter chose among the sockets
	lang   tcp.Lang

	where      string // flags for the command to run next
	namespaces int    // that the sockets are from, 0: one that is not spoken of
}

func (t *tally) add(r *listing.Row) {
	t.counts.Add(r.Socket.State)
	t.levels[r.Note.Level].Add(r.Socket.State)
}

// close prints the closing lines of a table of which so many rows are shown.
func (t *tally) close(p *painter, tail listing.Tail, shown int) {
	t.namespaces = len(tail.Namespaces)
	t.print(p, t.summary(tail.Source, shown), tail.Source)
}

// print prints the closing lines: the counts, and last the verdict with the
// command to run next.
func (t *tally) print(p *painter, summary []string, source string) {
	for _, line := range typeset.Fill(slices.Values(summary), p.f.screen) {
		p.closing(line, typeset.Plain)
	}
	p.verdict(t.verdict(source))
}

// verdict prints the last line: the verdict with the command to run next, which
// has a line of its own where there is no room for both.
func (p *painter) verdict(verdict, command string, style typeset.Style) {
	if typeset.Width(verdict)+1+typeset.Width(command) > p.f.screen {
		p.closing(verdict, style)
		p.closing(command, style)
	} else {
		p.closing(verdict+" "+command, style)
	}
}

// total counts the sockets and says where they are from.
func (t *tally) total(source string, shown int) string {
	total := t.counts.Total()
	text := typeset.Say(wordsSockets, t.lang, "n", typeset.Decimal(total))
	if total == 1 {
		text = typeset.Say(wordsOneSocket, t.lang)
	}
	switch {
	case t.namespaces == 1:
		text += typeset.Say(wordsOneNamespace, t.lang)
	case t.namespaces > 1:
		text += typeset.Say(wordsNamespaces, t.lang, "n", typeset.Decimal(t.namespaces))
	}
	if shown < total {
		text += typeset.Say(wordsShown, t.lang, "shown", typeset.Decimal(shown))
	}
	if source != "netlink" {
		text += typeset.Say(wordsSource, t.lang, "source", source)
	}
	return text
}

// summary counts the sockets by state, in parts that stay together.
func (t *tally) summary(source string, shown int) []string {
	parts := []string{t.total(source, shown)}
	separator := ":"
	for _, s := range tcp.States {
		if n := t.counts.Of(s); n > 0 {
			parts[len(parts)-1] += separator
			parts = append(parts, t.count(s, n))
			separator = ","
		}
	}
	return parts
}

// verdict names the states that need somebody, all of them, and the command to
// run next.
func (t *tally) verdict(source string) (words, command string, style typeset.Style) {
	alarms, first := t.named(tcp.Alarm)
	notices, second := t.named(tcp.Notice)
	explain, list := "tcpstat explain", "tcpstat"
	if t.where != "" {
		list += " " + t.where
	}
	switch {
	case alarms != "" && notices != "":
		return typeset.Say(wordsBoth, t.lang, "alarms", alarms, "notices", notices), explain + " " + first, typeset.Alarm
	case alarms != "":
		return typeset.Say(wordsAlarms, t.lang, "alarms", alarms), explain + " " + first, typeset.Alarm
	case notices != "":
		return typeset.Say(wordsNotices, t.lang, "notices", notices), explain + " " + second, typeset.Notice
	case t.counts.Total() == 0 && t.filter:
		return typeset.Say(wordsNoMatch, t.lang), list, typeset.Plain
	case t.counts.Total() == 0 && t.all:
		return typeset.Say(wordsNoSockets, t.lang), explain, typeset.Plain
	case t.counts.Total() == 0:
		return typeset.Say(wordsNoneShown, t.lang), list + " -a", typeset.Plain
	case source != "netlink":
		return typeset.Say(wordsCalmProc, t.lang), list + " -a --json", typeset.Plain
	case t.filter:
		return typeset.Say(wordsCalmFilter, t.lang), explain + " " + t.most().String(), typeset.Good
	case !t.all:
		return typeset.Say(wordsCalmList, t.lang), list + " -a", typeset.Good
	}
	return typeset.Say(wordsCalm, t.lang), list, typeset.Good
}

// most gives the state of most sockets.
func (t *tally) most() tcp.State {
	return slices.MaxFunc(tcp.States, func(a, b tcp.State) int { return cmp.Compare(t.counts.Of(a), t.counts.Of(b)) })
}

// named counts the sockets of a level by state, and gives the first such state.
func (t *tally) named(level tcp.Level) (list, first string) {
	for _, s := range tcp.States {
		n := t.levels[level].Of(s)
		switch {
		case n == 0:
			continue
		case first == "":
			first = s.String()
		default:
			list += ", "
		}
		list += t.count(s, n)
	}
	return list, first
}

// count names a state with its number of sockets.
func (t *tally) count(s tcp.State, n int) string {
	return typeset.Say(wordsCount, t.lang, "n", typeset.Decimal(n), "state", s.String())
}
