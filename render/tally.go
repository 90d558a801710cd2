package render

import (
	"slices"
	"strconv"

	"tcpstat/tcp"
)

// tally counts what the verdict below a table speaks of.
type tally struct {
	counts    Counts
	levels    [tcp.Alarm + 1]Counts // by level and state
	forecasts int
	all       bool // every state was asked for
}

func (t *tally) add(r *Row) {
	t.counts.Add(r.Socket.State)
	t.levels[r.Note.Level].Add(r.Socket.State)
	if _, ok := r.View.Forecast.Get(); ok {
		t.forecasts++
	}
}

// print prints the closing lines: the reservation of the forecasts, the counts,
// and last the verdict with the command to run next.
func (t *tally) print(p *painter, source string, shown int) {
	if t.forecasts > 0 {
		p.closing(reservation, Faint)
	}
	for _, line := range fill(slices.Values(t.summary(source, shown)), p.f.screen) {
		p.closing(line, Plain)
	}
	verdict, command, style := t.verdict()
	if cells(verdict)+1+cells(command) > p.f.screen {
		p.closing(verdict, style)
		p.closing(command, style)
	} else {
		p.closing(verdict+" "+command, style)
	}
}

const reservation = "Forecasts go by the kernel's settings; a program can set its own for a socket" +
	" (TCP_USER_TIMEOUT and its like), which the kernel does not report."

// summary counts the sockets by state, in parts that stay together.
func (t *tally) summary(source string, shown int) (parts []string) {
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
	parts = []string{string(b)}
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

// verdict speaks of the state that most needs somebody, and names the command
// to run next.
func (t *tally) verdict() (words, command string, style Style) {
	for _, v := range []struct {
		level     tcp.Level
		one, many string
		style     Style
	}{
		{tcp.Alarm, " needs somebody.", " need somebody.", Alarm},
		{tcp.Notice, " is worth a look.", " are worth a look.", Notice},
	} {
		worst, most := tcp.Unknown, 0
		for _, s := range tcp.States {
			if n := t.levels[v.level].Of(s); n > most {
				worst, most = s, n
			}
		}
		words = strconv.Itoa(most) + " in " + worst.String()
		switch {
		case most == 1:
			return words + v.one + " What to do:", "tcpstat explain " + worst.String(), v.style
		case most > 1:
			return words + v.many + " What to do:", "tcpstat explain " + worst.String(), v.style
		}
	}
	switch {
	case t.counts.Total() > 0:
	case t.all:
		return "There are no TCP sockets here. What tcpstat can explain:", "tcpstat explain", Plain
	default:
		return "No sockets to show. All there are, listeners too:", "tcpstat -a", Plain
	}
	return "Nothing here needs you. What the states mean:", "tcpstat explain", Good
}
