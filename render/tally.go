package render

import (
	"slices"
	"strconv"

	"tcpstat/tcp"
)

// tally counts what the verdict below a table speaks of.
type tally struct {
	counts Counts
	levels [tcp.Alarm + 1]Counts // by level and state
	all    bool                  // every state was asked for
}

func (t *tally) add(r *Row) {
	t.counts.Add(r.Socket.State)
	t.levels[r.Note.Level].Add(r.Socket.State)
}

// print prints the closing lines: the counts, and last the verdict with the
// command to run next.
func (t *tally) print(p *painter, summary []string, source string) {
	for _, line := range fill(slices.Values(summary), p.f.screen) {
		p.closing(line, Plain)
	}
	verdict, command, style := t.verdict(source)
	if cells(verdict)+1+cells(command) > p.f.screen {
		p.closing(verdict, style)
		p.closing(command, style)
	} else {
		p.closing(verdict+" "+command, style)
	}
}

const reservation = "Forecasts go by the kernel's settings; a program can set its own for a socket" +
	" (TCP_USER_TIMEOUT and its like), which the kernel does not report."

// total counts the sockets and says where they are from.
func (t *tally) total(source string, shown int) string {
	total := t.counts.Total()
	b := strconv.AppendInt(nil, int64(total), 10)
	b = append(b, " TCP socket"...)
	if total != 1 {
		b = append(b, 's')
	}
	if shown < total {
		b = append(strconv.AppendInt(append(b, ", "...), int64(shown), 10), " shown"...)
	}
	if source != "netlink" {
		b = append(append(append(b, " (from "...), source...), ')')
	}
	return string(b)
}

// summary counts the sockets by state, in parts that stay together.
func (t *tally) summary(source string, shown int) []string {
	parts := []string{t.total(source, shown)}
	separator := ":"
	for _, s := range tcp.States {
		if n := t.counts.Of(s); n > 0 {
			parts[len(parts)-1] += separator
			parts = append(parts, strconv.Itoa(n)+" "+s.String())
			separator = ","
		}
	}
	return parts
}

// verdict names the states that need somebody, all of them, and the command to
// run next.
func (t *tally) verdict(source string) (words, command string, style Style) {
	alarms, first := t.named(tcp.Alarm)
	notices, second := t.named(tcp.Notice)
	switch {
	case alarms != "" && notices != "":
		return "Needs attention: " + alarms + "; worth a look: " + notices + ". What to do:", "tcpstat explain " + first, Alarm
	case alarms != "":
		return "Needs attention: " + alarms + ". What to do:", "tcpstat explain " + first, Alarm
	case notices != "":
		return "Worth a look: " + notices + ". What it means:", "tcpstat explain " + second, Notice
	case t.counts.Total() == 0 && t.all:
		return "There are no TCP sockets here. What tcpstat can explain:", "tcpstat explain", Plain
	case t.counts.Total() == 0:
		return "No sockets to show. All there are, listeners too:", "tcpstat -a", Plain
	case source != "netlink":
		return "Nothing seen in this list needs attention, but /proc does not tell everything. What is missing:", "tcpstat -a --json", Plain
	case !t.all:
		return "Nothing in this list needs attention. All sockets:", "tcpstat -a", Good
	}
	return "Nothing here needs attention. What the states mean:", "tcpstat explain", Good
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
		list += strconv.Itoa(n) + " " + s.String()
	}
	return list, first
}
