package watch

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"tcpstat/tcp"
)

// Vanished is a socket that is followed and was not seen in this sample.
type Vanished struct {
	Local, Remote netip.AddrPort
	Cookie        uint64
	Interface     uint32
}

// Vanished gives the sockets that this sample has not seen, and of which it must be
// found out whether they are in another state. Each that is there still is then
// given to Add; the others will have left. Where there are more than limit, or one
// that cannot be asked for by its endpoints, it gives none, and the states that they may
// be in instead.
//
// Those in TIME_WAIT are left in peace until it is over, unless that is what is
// watched.
func (w *Watch) Vanished(at time.Time, limit int) (few []Vanished, states tcp.Set) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var last [tcp.Unknown + 1]bool // by state
	now, many := w.since(at), false
	for _, f := range w.sockets {
		if f.round == w.round || f.resting(now) || f.State == tcp.Listen {
			continue
		}
		last[min(f.State, tcp.Unknown)] = true
		if !f.watched || w.options.Chosen { // and it may be in its last state still
			states = states.With(f.State)
		}
		if many = many || len(few) == limit || !f.Remote.IsValid(); !many {
			few = append(few, Vanished{f.Local, f.Remote, f.cookie, f.device})
		}
	}
	if !many {
		return few, 0
	}
	for state, some := range last {
		if some {
			states |= After(tcp.State(state))
		}
	}
	return nil, states
}

// resting reports whether a socket that is not watched need not be looked for yet.
func (f *follow) resting(now time.Duration) bool { return !f.watched && f.rests > now }

// Keep says that it cannot be found out where a socket is that has vanished. It is
// followed on.
func (w *Watch) Keep(v *Vanished) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f := w.sockets[v.Cookie]; f != nil {
		f.round = w.round
	}
}

// End ends a sample. It tells which sockets have left, and which came and went
// unseen. Tell must not call the watch.
func (w *Watch) End(at time.Time, tell func(Event)) Sample {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.since(at)
	for _, f := range w.leaving(now) {
		w.sample.Left++
		tell(w.left(f, now))
	}
	for _, end := range w.judged.sorted() {
		w.sample.Brief++
		if end != nil {
			socket := end.kept.Socket()
			tell(Event{Kind: Brief, Time: w.zero.Add(end.at), Socket: &socket, Final: end.counts()})
		}
	}
	w.judged.clear()
	w.sample.Time, w.sample.Oldest, w.sample.Followed = at, w.oldest(now), len(w.sockets)
	w.remember()
	return w.sample
}

// leaving ceases to follow those that are gone, and gives them in the order of
// their cookies, which is about that of their coming.
func (w *Watch) leaving(now time.Duration) []*follow {
	gone := w.others
	w.others = nil
	for id, f := range w.sockets {
		if f.round != w.round && !f.resting(now) && !w.incomplete {
			gone = append(gone, f)
			w.drop(id, f)
		}
	}
	slices.SortFunc(gone, func(a, b *follow) int {
		return cmp.Or(cmp.Compare(a.cookie, b.cookie), a.Local.Compare(b.Local), a.Remote.Compare(b.Remote))
	})
	return gone
}

// left tells of a socket that is gone.
func (w *Watch) left(f *follow, now time.Duration) Event {
	socket := f.Socket()
	e := Event{Kind: Left, From: f.State, Socket: &socket, Holders: f.holders}
	end := now
	if f.final != nil {
		e.Final = f.final.counts()
		if !f.Mini() {
			end = max(f.final.at, f.seen)
		}
	}
	e.Time, e.Age = w.zero.Add(end), f.age(f.seen, end)
	switch {
	case f.rests != 0 && f.rests <= now:
		e.Inferred = Expired
	case f.final != nil && f.Remote.IsValid() && !f.final.kept.Remote.IsValid():
		e.Inferred = Aborted
	case f.State == tcp.LastAck:
		e.Inferred = Acknowledged
	case f.final != nil:
		e.Inferred = f.byPeer()
	}
	return e
}

// byPeer infers from the final tcp_info whether the peer ended the connection at once.
// Who has opened it is not asked for: where that matters nothing is inferred. Of one
// that this side was closing the kernel may have got rid itself.
func (f *follow) byPeer() Inference {
	opener := tcp.OpenerUnknown
	if f.listener.IsValid() {
		opener = tcp.OpenedPassive
	}
	socket := f.final.kept.Socket()
	socket.Info = f.final.info
	switch ending := tcp.EndingOf(&socket, opener); {
	case f.State == tcp.SynSent && ending == tcp.EndRefused:
		return Refused
	case f.State != tcp.Established && f.State != tcp.CloseWait:
	case ending == tcp.EndReset || ending == tcp.EndForgotten:
		return Reset
	}
	return NotInferred
}

// oldest bounds the age of the socket that has been in its state for longest.
func (w *Watch) oldest(now time.Duration) (oldest tcp.Age) {
	bounded := true
	for _, f := range w.sockets {
		if !f.watched {
			continue
		}
		age := f.age(now, now)
		oldest.Min = tcp.Some(max(oldest.Min.Or(0), age.Min.Or(0)))
		longest, known := age.Max.Get()
		oldest.Max = tcp.Some(max(oldest.Max.Or(0), longest))
		bounded = bounded && known
	}
	if !bounded {
		oldest.Max = tcp.Opt[time.Duration]{}
	}
	return oldest
}
