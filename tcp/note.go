package tcp

import (
	"strconv"
	"time"
)

// Level says how much a note wants to be seen.
type Level uint8

// The levels.
const (
	Calm   Level = iota // as it should be, or nothing to do about it
	Notice              // worth a look
	Alarm               // somebody has to act
)

// Note is what one socket has to say to people, as values. [Note.Append] makes
// the sentence. The zero Note is silent.
type Note struct {
	Level Level

	clauses [3]clause
	count   int
}

// clause is one part of a sentence with what its placeholders stand for.
type clause struct {
	id         clauseID
	n, of      uint64        // {n}, {of}
	drops      uint64        // {drops}
	port       uint16        // {port}
	age        Age           // {age}
	next, ends time.Duration // {next}, {ends}
}

// Empty reports whether there is nothing to say.
func (n *Note) Empty() bool { return n.count == 0 }

func (n *Note) say(level Level, c clause) {
	n.Level = max(n.Level, level)
	n.clauses[n.count] = c
	n.count++
}

// NoteOf says what s waits for, whose move it is and until when, where there is
// something to say.
func NoteOf(s *Socket, v *View, m *Machine) (n Note) {
	switch s.State {
	case Listen:
		n.listener(s, m)
	case SynSent:
		n.retries(s, v, synSentWaits, synSentAgain)
	case SynRecv:
		n.halfOpen(s, v, m)
	case Established:
		n.established(s, v)
	case FinWait1, LastAck:
		n.retries(s, v, finWaits, finAgain)
	case Closing:
		n.retries(s, v, closingWaits, finAgain)
	case FinWait2:
		n.finWait2(s, v, m)
	case TimeWait:
		n.say(Calm, clause{id: timeWaitEnds, ends: s.Timer.Expires})
	case CloseWait:
		n.closeWait(s, v)
	case Bound:
		n.say(Calm, clause{id: boundIdle})
	case Close:
		n.say(Notice, clause{id: endedHeld})
	default:
		n.say(Notice, clause{id: unknownState, n: uint64(s.State)})
	}
	return n
}

func (n *Note) listener(s *Socket, m *Machine) {
	used := s.Backlog.Used
	limit, known := s.Backlog.Limit.Get()
	c := clause{n: uint64(used), of: uint64(limit)}
	switch {
	case known && used > limit:
		c.id = queueFull
		n.say(Alarm, c)
	case known && used > 0:
		c.id = queueUsed
		n.say(Calm, c)
	case used > 0:
		c.id = queueUsedNoLimit
		n.say(Notice, c)
	}
	if halfOpen := m.HalfOpen[ListenerKey{s.Local, s.Interface.Or(0)}]; halfOpen > 0 {
		n.say(Calm, clause{id: halfOpenHere, n: uint64(halfOpen)})
	}
	n.drops(s, m)
}

// drops tells what a listener has dropped since it exists. Whether its queue was full
// then nobody can tell from one look: it counts repeated SYNs among its drops too, and
// the namespace counts the overflows of all listeners, past ones as well.
func (n *Note) drops(s *Socket, m *Machine) {
	drops := s.Backlog.Drops.Or(0)
	overflows, counted := m.Overflows.Get()
	limit, known := s.Backlog.Limit.Get()
	c := clause{id: droppedPerhaps, drops: uint64(drops), of: uint64(limit), n: uint64(overflows)}
	switch {
	case drops == 0 || !counted:
		return
	case overflows == 0:
		c.id = droppedOther
	case known && limit < shortBacklog && m.Sysctls[Somaxconn] >= longBacklog:
		c.id = droppedShort
	}
	n.say(Calm, c)
}

// A backlog is short below the ceiling that kernels had until 5.4, where the system
// allows a long one.
const (
	shortBacklog = 128
	longBacklog  = 1024
)

// retries says waiting while nothing was sent again, and again after that.
func (n *Note) retries(s *Socket, v *View, waiting, again clauseID) {
	if s.Timer.Kind == WindowProbe || s.WindowShut() {
		n.windowProbe(s, v)
		return
	}
	f, known := v.Forecast.Get()
	sent := s.Timer.Retransmits
	if failed := s.failedHere(); failed > 0 {
		n.say(Notice, clause{id: cannotSend, n: failed, of: uint64(sent)})
		return
	}
	c := clause{id: again, n: uint64(sent), of: uint64(f.Limit), next: s.Timer.Expires, ends: f.GivesUp}
	switch {
	case sent == 0:
		n.say(Calm, clause{id: waiting})
		return
	case !known:
		c.id = againNoForecast
	case sent == 1:
		n.say(Calm, c)
		return
	}
	n.say(Notice, c)
}

// failedHere is how many tries to send again have not left this machine, 0 for fewer than
// three: the kernel counts them, and tries again every half second without doubling the
// wait (tcp_retransmit_timer() in net/ipv4/tcp_timer.c). SYNs repeat at even intervals
// anyway.
func (s *Socket) failedHere() uint64 {
	backoff, known := s.Info.Get(InfoBackoff)
	sent := uint64(s.Timer.Retransmits)
	if !known || s.State == SynSent || s.State == SynRecv || sent < backoff+3 {
		return 0
	}
	return sent - backoff
}

func (n *Note) halfOpen(s *Socket, v *View, m *Machine) {
	if !s.Mini {
		n.retries(s, v, synRecvWaits, synAckAgain)
		return
	}
	if sent := s.Timer.Retransmits; sent > 0 {
		n.say(Notice, clause{id: synAckSent, n: uint64(sent)})
	} else {
		n.say(Calm, clause{id: synRecvWaits})
	}
	if m.Listeners.full(s) {
		n.say(Alarm, clause{id: behindFullQueue, port: s.Local.Port()})
	}
}

// acceptGrace is how long a connection may wait to be accepted: the kernel counts the
// time since data was sent from when it was made.
const acceptGrace = time.Second

// idleAge is from when on a connection without keepalive is called silent.
const idleAge = 10 * time.Second

// Idle is the time since anything was last heard of the peer or sent to it.
func (s *Socket) Idle() (time.Duration, bool) {
	ack, known := s.InfoValue(InfoLastAckRecv)
	idle := ack
	for _, field := range [...]InfoField{InfoLastDataSent, InfoLastDataRecv} {
		if v, ok := s.InfoValue(field); ok {
			idle = min(idle, v)
		}
	}
	return time.Duration(idle) * time.Millisecond, known
}

// readGrace is how long unread data is nobody's business.
const readGrace = 10 * time.Second

func (n *Note) established(s *Socket, v *View) {
	if v.Ownership == Unaccepted {
		level := Notice
		if waited, known := s.Info.Duration(InfoLastDataSent); known && waited < acceptGrace {
			level = Calm
		}
		n.say(level, clause{id: notAccepted, port: s.Local.Port()})
		return
	}
	n.unanswered(s, v)
	since, told := s.lastDataIn()
	idle, known := s.Idle()
	switch {
	case told && s.RecvQueue > 0 && since >= readGrace:
		n.say(Notice, clause{id: notReading, n: uint64(s.RecvQueue), age: Age{Min: Some(since)}})
	case known && s.Timer.Kind == NoTimer && idle >= idleAge:
		n.say(Calm, clause{id: idleUnchecked, age: Age{Min: Some(idle), Max: Some(idle)}})
	}
}

// unanswered speaks of a timer that is counting, in a state that has no end of
// its own.
func (n *Note) unanswered(s *Socket, v *View) {
	switch t := &s.Timer; {
	case t.Kind == WindowProbe || s.WindowShut():
		n.windowProbe(s, v)
	case t.Kind == KeepaliveTimer && t.Probes > 0:
		f, known := v.Forecast.Get()
		c := clause{id: keepaliveUnanswered, n: uint64(t.Probes), of: uint64(f.Limit), next: t.Expires, ends: f.GivesUp}
		if most, own := v.OwnKeepalive.Get(); own {
			c.id, c.ends = keepaliveOwn, most
		} else if !known {
			c.id = keepaliveNoForecast
		}
		n.say(Notice, c)
	case t.Kind == RetransmitTimer && t.Retransmits > 0:
		n.retries(s, v, noClause, dataAgain)
		if s.Subflow {
			n.say(Calm, clause{id: subflow})
		}
	}
}

// WindowShut reports whether the peer closed its window while segments were on
// their way. The kernel then sends one of those again as a probe, and counts
// neither retransmissions nor probes (tcp_retransmit_timer() in
// net/ipv4/tcp_timer.c); only the wait doubles.
func (s *Socket) WindowShut() bool {
	window, known := s.Info.Get(InfoSendWindow)
	backoff, _ := s.Info.Get(InfoBackoff)
	return s.Timer.Kind == RetransmitTimer && s.Timer.Retransmits == 0 && known && window == 0 && backoff > 0
}

// windowProbe speaks of a peer that takes no more data. One probe without an
// answer says nothing: a kernel answers no more than one in 500 ms
// (tcp_invalid_ratelimit).
func (n *Note) windowProbe(s *Socket, v *View) {
	f, known := v.Forecast.Get()
	switch {
	case known && s.Timer.Probes > 1:
		n.say(Notice, clause{id: probeUnanswered, n: uint64(s.Timer.Probes), of: uint64(f.Limit), next: s.Timer.Expires, ends: f.GivesUp})
	case v.Ownership == Orphan:
		n.say(Notice, clause{id: windowClosedOrphan, n: uint64(s.SendQueue)})
	case s.briefly():
		n.say(Calm, clause{id: windowClosedNow, n: uint64(s.SendQueue)})
	default:
		n.say(Notice, clause{id: windowClosed, n: uint64(s.SendQueue)})
	}
}

// briefly reports whether a window has only just closed, as that of a slow reader does
// again and again: the wait between probes has not doubled three times.
func (s *Socket) briefly() bool {
	backoff, known := s.Info.Get(InfoBackoff)
	return known && backoff < 3
}

func (n *Note) finWait2(s *Socket, v *View, m *Machine) {
	switch {
	case v.Ownership == OwnedByProcess:
		n.say(Calm, clause{id: halfClosed, age: v.Age})
		n.unanswered(s, v)
	case s.Mini:
		n.say(Calm, clause{id: finWait2Ends, ends: s.Timer.Expires})
	case s.Timer.Kind == FinWait2Timer:
		// It goes on as a mini-socket for what the whole wait was longer than
		// TIME_WAIT (tcp_keepalive_timer() in net/ipv4/tcp_timer.c). TCP_LINGER2
		// allows 120 s; the program's choice is not reported.
		whole := max(m.Sysctls.Duration(FinTimeout), 2*timeWaitLength)
		n.say(Calm, clause{id: finWait2EndsWithin, ends: s.Timer.Expires + whole - timeWaitLength})
	}
}

// leakAge is when a CLOSE_WAIT is no longer a program about to close, and closeGrace
// until when it is nobody's business.
const (
	leakAge    = time.Minute
	closeGrace = time.Second
)

func (n *Note) closeWait(s *Socket, v *View) {
	level := Notice
	switch age := v.Age.Min.Or(0); {
	case age >= leakAge:
		level = Alarm
	case v.Age.Max.Or(leakAge) < closeGrace:
		level = Calm
	}
	n.say(level, clause{id: peerClosed, age: v.Age})
	switch v.Verdict {
	case NotAccepted:
		n.say(level, clause{id: closedUnaccepted, port: s.Local.Port()})
	case EOFRead:
		n.say(level, clause{id: eofRead})
	case FINUnread:
		n.say(level, clause{id: finUnread})
	case DataUnread:
		unread := uint64(s.RecvQueue) - 1
		id := dataUnread
		if unread <= tlsAlertMax && unread >= tlsAlertMin {
			id = alertUnread
		}
		n.say(level, clause{id: id, n: unread})
	}
	n.unanswered(s, v)
}

// The size of a TLS close_notify record: 24 bytes in TLS 1.3 and with
// ChaCha20, 31 with AES-GCM in TLS 1.2.
const (
	tlsAlertMin = 24
	tlsAlertMax = 31
)

// Append appends the note in a language.
func (n *Note) Append(dst []byte, lang Lang) []byte {
	for i := range n.count {
		if i > 0 {
			dst = append(dst, "; "...)
		}
		dst = n.clauses[i].append(dst, lang)
	}
	return dst
}

// String gives the note in English.
func (n *Note) String() string { return string(n.Append(nil, English)) }

// append fills the placeholders of the clause's text.
func (c *clause) append(dst []byte, lang Lang) []byte {
	rest := c.text(lang)
	for {
		before, name, after, found := cutPlaceholder(rest)
		dst = append(dst, before...)
		if !found {
			return dst
		}
		dst = c.appendValue(dst, name, lang)
		rest = after
	}
}

func (c *clause) appendValue(dst []byte, name string, lang Lang) []byte {
	switch name {
	case "n":
		return strconv.AppendUint(dst, c.n, 10)
	case "of":
		return strconv.AppendUint(dst, c.of, 10)
	case "drops":
		return strconv.AppendUint(dst, c.drops, 10)
	case "port":
		return strconv.AppendUint(dst, uint64(c.port), 10)
	case "next":
		return appendUntil(dst, c.next, lang)
	case "then":
		if c.next >= c.ends {
			return dst // the last try: nothing more is sent
		}
		before, after := nextTry.around(lang)
		return append(appendUntil(append(dst, before...), c.next, lang), after...)
	case "ends":
		return appendUntil(dst, c.ends, lang)
	case "about":
		if c.ends < jiffy {
			return appendUntil(dst, c.ends, lang)
		}
		before, after := about.around(lang)
		return append(lang.AppendDuration(append(dst, before...), c.ends), after...)
	case "since":
		return c.age.appendSince(dst, lang)
	}
	return append(dst, name...)
}

// appendUntil appends a time to come, in words where it is about now.
func appendUntil(dst []byte, d time.Duration, lang Lang) []byte {
	if d < jiffy {
		return append(dst, aMoment.In(lang)...)
	}
	return lang.AppendDuration(dst, d)
}

// appendSince appends the lower bound in words, as an exact time where the
// upper bound is close.
func (a Age) appendSince(dst []byte, lang Lang) []byte {
	low, known := a.Min.Get()
	if !known {
		return append(dst, ageUnknown.In(lang)...)
	}
	high, bounded := a.Max.Get()
	before, after := ageExact.around(lang)
	if !bounded || high-low > low/10+time.Second {
		before, after = ageAtLeast.around(lang)
	}
	return append(lang.AppendDuration(append(dst, before...), low), after...)
}
