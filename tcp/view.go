package tcp

import "time"

// View is what tcpstat concludes about one socket.
type View struct {
	Opener       Opener
	Closer       Closer
	Ownership    Ownership
	Age          Age
	Completeness Opt[uint8]
	Forecast     Opt[Forecast]
	OwnKeepalive Opt[time.Duration] // the program set its own times, see [OwnKeepalive]; most until the end
	Verdict      Verdict
}

// Annotate concludes what can be concluded about s. It allocates nothing.
func Annotate(s *Socket, m *Machine) View {
	v := View{
		Opener:       OpenerOf(s, m),
		Closer:       closerOf(s.State),
		Ownership:    ownershipOf(s),
		Age:          AgeOf(s),
		Completeness: CompletenessOf(s),
		Forecast:     ForecastOf(s, m.Sysctls),
		Verdict:      VerdictOf(s),
	}
	if most, own := OwnKeepalive(s, m.Sysctls); own {
		v.OwnKeepalive = Some(most)
	}
	return v
}

// Verdict tells what a CLOSE_WAIT socket is waiting for.
type Verdict uint8

// The verdicts. Only CLOSE_WAIT has one.
const (
	NoVerdict   Verdict = iota
	NotAccepted         // still in the accept queue: no program has seen it
	EOFRead             // the program read the end of the stream and never closed
	FINUnread           // the program read the data, but not the end of the stream
	DataUnread          // the program left data (or a TLS close_notify) unread
)

// String gives the name in JSON: not_accepted, eof_read, fin_unread,
// data_unread; empty for none.
func (v Verdict) String() string {
	return [...]string{"", "not_accepted", "eof_read", "fin_unread", "data_unread"}[v]
}

// VerdictOf judges a CLOSE_WAIT socket by its owner and its receive queue, in
// which the FIN counts as one byte.
func VerdictOf(s *Socket) Verdict {
	switch {
	case s.State != CloseWait:
		return NoVerdict
	case s.Inode.Or(0) == 0:
		return NotAccepted
	case s.RecvQueue == 0:
		return EOFRead
	case s.RecvQueue == 1:
		return FINUnread
	}
	return DataUnread
}
