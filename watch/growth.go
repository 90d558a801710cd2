package watch

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"
	"time"

	"tcpstat/tcp"
)

// Sample is what one sample came to. Counts are those since the one before.
type Sample struct {
	Time time.Time // when it ended

	Count    int // sockets that are watched now
	Followed int // with those that are in other states by now

	Appeared, Changed, Left uint64
	Brief                   uint64 // came and went unseen
	LostEvents              uint64 // closed sockets that the kernel failed to report
	Unfollowed              uint64 // sockets beyond the limits, of which nothing is told

	// Growth is the change of Count in a minute, over the last minute or as long as
	// is known; absent in the first sample.
	Growth tcp.Opt[float64]

	// Oldest bounds the age of the socket that has been in its state for longest.
	Oldest tcp.Age
}

// Point is the count of one sample.
type Point struct {
	Time  time.Time
	Count int
}

// historyLength bounds what is remembered of the samples.
const historyLength = 600

// growthWindow is what a sample's growth looks back.
const growthWindow = time.Minute

// remember takes the sample that ends into the history and the summary.
func (w *Watch) remember() {
	sum, now := &w.summary, &w.sample
	if sum.Samples == 0 {
		sum.Start, sum.First = now.Time, now.Count
	}
	if len(w.history) == historyLength {
		w.history = slices.Delete(w.history, 0, historyLength/2)
	}
	w.history = append(w.history, Point{now.Time, now.Count})
	back := w.history[0]
	for _, point := range slices.Backward(w.history) {
		if back = point; now.Time.Sub(point.Time) >= growthWindow {
			break
		}
	}
	now.Growth = PerMinute(now.Count-back.Count, now.Time.Sub(back.Time))

	sum.Samples++
	sum.Time, sum.Count, sum.Followed, sum.Oldest = now.Time, now.Count, now.Followed, now.Oldest
	sum.Appeared += now.Appeared
	sum.Changed += now.Changed
	sum.Left += now.Left
	sum.Brief += now.Brief
	sum.LostEvents += now.LostEvents
	sum.Unfollowed += now.Unfollowed
	sum.Growth = PerMinute(sum.Count-sum.First, sum.Time.Sub(sum.Start))
}

// PerMinute is a change as it would be in a minute, absent where no time has passed.
func PerMinute(change int, in time.Duration) tcp.Opt[float64] {
	if in <= 0 {
		return tcp.Opt[float64]{}
	}
	return tcp.Some(float64(change) / in.Minutes())
}

// Summary is what all samples came to: the counts over the whole run, the rest at
// its end.
type Summary struct {
	Sample
	Start   time.Time // when the first sample ended
	First   int       // its Count
	Samples int
}

// Summary sums up the samples that have ended, and what was lost since.
func (w *Watch) Summary() Summary {
	w.mu.Lock()
	defer w.mu.Unlock()
	sum := w.summary
	sum.Brief += w.between.Brief
	sum.LostEvents += w.between.LostEvents
	sum.Unfollowed += w.between.Unfollowed
	return sum
}

// History gives the counts of the last samples, the oldest first.
func (w *Watch) History() []Point {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.history)
}

// Subject is what sockets are counted by. The zero Subject has those of which no
// such thing is known.
type Subject struct {
	PID      int32          // the first process that owns it
	Listener netip.AddrPort // that it came through
	Peer     netip.Addr     // a v4-mapped one as IPv4
}

// By is a kind of subject.
type By uint8

// The kinds.
const (
	ByProcess By = iota
	ByListener
	ByPeer
)

func (f *follow) subject(by By) (s Subject) {
	switch {
	case by == ByProcess && len(f.holders) > 0:
		s.PID = f.holders[0].PID
	case by == ByListener:
		s.Listener = f.listener
	case by == ByPeer:
		s.Peer = f.Remote.Addr().Unmap()
	}
	return s
}

// maxSubjects bounds the subjects of which it is known how many left.
const maxSubjects = 4096

// depart counts one that was there at the first sample and is watched no more, or
// with -1 again.
func (w *Watch) depart(f *follow, one int) {
	if !f.present {
		return
	}
	for by := ByProcess; by <= ByPeer; by++ {
		s := f.subject(by)
		if _, known := w.gone[s]; s != (Subject{}) && (known || len(w.gone) < maxSubjects) {
			w.gone[s] += one
		}
	}
}

// Group is how many sockets are watched of one subject.
type Group struct {
	Subject
	Process *tcp.Process // by process
	Count   int
	Change  int              // since the first sample
	Growth  tcp.Opt[float64] // the same in a minute
}

// Groups counts the sockets that are watched, those first that grow most. Sockets
// without a subject are left out.
func (w *Watch) Groups(by By) []Group {
	w.mu.Lock()
	defer w.mu.Unlock()
	groups := map[Subject]*Group{}
	for _, f := range w.sockets {
		s := f.subject(by)
		if !f.watched || s == (Subject{}) {
			continue
		}
		g := groups[s]
		if g == nil {
			g = &Group{Subject: s, Change: -w.gone[s]}
			if by == ByProcess {
				g.Process = f.holders[0].Process
			}
			groups[s] = g
		}
		g.Count++
		if !f.present {
			g.Change++
		}
	}
	var sorted []Group
	for _, g := range groups {
		g.Growth = PerMinute(g.Change, w.summary.Time.Sub(w.summary.Start))
		sorted = append(sorted, *g)
	}
	slices.SortFunc(sorted, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Change, a.Change), cmp.Compare(b.Count, a.Count), cmp.Compare(a.PID, b.PID),
			a.Listener.Compare(b.Listener), a.Peer.Compare(b.Peer))
	})
	return sorted
}

// Files are the descriptors of a process.
type Files struct {
	Open, Limit uint64

	// Growth is the change of Open in a minute, where it is known.
	Growth tcp.Opt[float64]

	// ClosedHeld are those of TCP sockets that stand in no table any more, or never did,
	// where they were asked for.
	ClosedHeld tcp.Opt[uint64]
}

// FullIn gives the time until a process has no more descriptors, if sockets of its own
// grow by so many in a minute and it is not known of all its files how they grow. It is
// absent where they do not grow.
func (f Files) FullIn(growth float64) tcp.Opt[time.Duration] {
	growth = f.Growth.Or(growth)
	const century = 100 * 365 * 24 * time.Hour
	switch {
	case growth <= 0:
		return tcp.Opt[time.Duration]{}
	case f.Open >= f.Limit:
		return tcp.Some(time.Duration(0))
	}
	minutes := float64(f.Limit-f.Open) / growth
	if minutes > century.Minutes() {
		return tcp.Opt[time.Duration]{}
	}
	return tcp.Some(time.Duration(minutes * float64(time.Minute)))
}

// Follow is a socket that is watched, as it was last seen.
type Follow struct {
	Socket  *tcp.Socket // without what passes, see Event
	First   time.Time   // when it was first seen
	Age     tcp.Age     // in its state
	Holders []tcp.Holder
}

// Sockets yields the sockets that are watched, in no order. The loop must not call
// the watch.
func (w *Watch) Sockets(at time.Time) iter.Seq[Follow] {
	return func(yield func(Follow) bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		now := w.since(at)
		for _, f := range w.sockets {
			if !f.watched {
				continue
			}
			socket := f.Socket()
			if !yield(Follow{&socket, w.zero.Add(f.first), f.age(now, now), f.holders}) {
				return
			}
		}
	}
}
