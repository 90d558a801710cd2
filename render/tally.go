package render

import (
	"strconv"

	"tcpstat/tcp"
)

// tally counts what the verdict below a table speaks of.
type tally struct {
	counts    Counts
	levels    [tcp.Alarm + 1]Counts // by level and state
	forecasts int
}

func (t *tally) add(r *Row) {
	t.counts.Add(r.Socket.State)
	t.levels[r.Note.Level].Add(r.Socket.State)
	if _, ok := r.View.Forecast.Get(); ok {
		t.forecasts++
	}
}

// append appends the closing lines: the reservation of the forecasts, the
// counts, and last the verdict with the command to run next.
func (t *tally) append(dst []byte, p *Palette, tail Tail, width int) []byte {
	if t.forecasts > 0 {
		for _, line := range wrap(reservation, width) {
			dst = append(p.Append(dst, Faint, line), '\n')
		}
	}
	for _, line := range wrap(t.summary(tail.Source), width) {
		dst = append(append(dst, line...), '\n')
	}
	verdict, style := t.verdict()
	for _, line := range wrap(verdict, width) {
		dst = append(p.Append(dst, style, line), '\n')
	}
	return dst
}

const reservation = "Forecasts go by the kernel's settings; a program can set its own for a socket" +
	" (TCP_USER_TIMEOUT and its like), which the kernel does not report."

// summary counts the sockets by state.
func (t *tally) summary(source string) string {
	b := strconv.AppendInt(nil, int64(t.counts.Total()), 10)
	b = append(b, " TCP sockets"...)
	if t.counts.Total() == 1 {
		b = b[:len(b)-1]
	}
	if source != "netlink" {
		b = append(append(append(b, " (from "...), source...), ')')
	}
	separator := ": "
	for _, s := range tcp.States {
		if n := t.counts.Of(s); n > 0 {
			b = append(b, separator...)
			b = append(append(strconv.AppendInt(b, int64(n), 10), ' '), s.String()...)
			separator = ", "
		}
	}
	return string(b)
}

// verdict speaks of the state that most needs somebody.
func (t *tally) verdict() (string, Style) {
	for _, v := range []struct {
		level tcp.Level
		words string
		style Style
	}{
		{tcp.Alarm, " need somebody: tcpstat explain ", Alarm},
		{tcp.Notice, " are worth a look: tcpstat explain ", Notice},
	} {
		worst, most := tcp.Unknown, 0
		for _, s := range tcp.States {
			if n := t.levels[v.level].Of(s); n > most {
				worst, most = s, n
			}
		}
		if most > 0 {
			return strconv.Itoa(most) + " in " + worst.String() + v.words + worst.String(), v.style
		}
	}
	if t.counts.Total() == 0 {
		return "No sockets to show; -a shows listeners too: tcpstat -a", Plain
	}
	return "Nothing here needs you. What a state means: tcpstat explain STATE", Good
}
