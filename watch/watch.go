package watch

import (
	"sync"
	"time"

	"tcpstat/tcp"
)

// Limits bound the memory of a watch.
type Limits struct {
	Watched int // sockets that are followed in the states watched
	Moved   int // and that are followed after they left them
	Ended   int // told to have ended since the last sample
}

// DefaultLimits take some 150 MB where all are reached.
var DefaultLimits = Limits{Watched: 1 << 18, Moved: 1 << 16, Ended: 1 << 16}

// Options say what is watched.
type Options struct {
	States tcp.Set

	// Chosen says that a filter chooses among the sockets in these states: one that
	// appears may have been in its state before.
	Chosen bool

	Limits Limits // the zero Limits: the default ones
}

// Watch follows sockets. It is safe for concurrent use; the calls of one sample
// come from one goroutine.
type Watch struct {
	options Options
	zero    time.Time
	tells   bool // brief sockets are told one by one

	mu      sync.Mutex // guards what follows
	sockets map[uint64]*follow
	round   uint32
	begin   time.Duration // of this sample
	before  time.Duration // the beginning of the one before
	others  []*follow     // whose place another socket has taken
	moved   int           // followed out of the states watched

	incomplete bool // the sample may lack sockets

	ended, judged told // since this sample began, and before

	listeners *tcp.Listeners
	sample    Sample
	between   Sample // what was counted since the last one ended
	summary   Summary
	history   []Point
	gone      map[Subject]int // those of the first sample that are watched no more
}

// New begins a watch.
func New(o Options, now time.Time) *Watch {
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits
	}
	return &Watch{
		options: o,
		zero:    now,
		tells:   o.States == tcp.AllStates || o.States.Has(tcp.Established),
		sockets: map[uint64]*follow{},
		ended:   newTold(),
		judged:  newTold(),
		gone:    map[Subject]int{},
	}
}

func (w *Watch) since(t time.Time) time.Duration { return t.Sub(w.zero) }

// Begin begins a sample, before the first socket is read. The listeners tell which
// connections came through which; they may be nil, and are read until End.
func (w *Watch) Begin(now time.Time, listeners *tcp.Listeners) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.round++
	w.before, w.begin = w.begin, w.since(now)
	w.sample, w.between = w.between, Sample{}
	w.listeners, w.incomplete = listeners, false
	w.ended, w.judged = w.judged, w.ended // End has emptied it
}

// Add takes a socket of the sample, read before at. Watched says whether it is
// among what is watched; one that is not is told of only if it is followed. The
// event is of the kind Nothing where there is nothing to tell.
func (w *Watch) Add(at time.Time, s *tcp.Socket, watched bool) Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	id, now := name(s), w.since(at)
	f := w.sockets[id]
	if f != nil && f.isOther(s) {
		w.others = append(w.others, f)
		w.drop(id, f)
		f = nil
	}
	switch {
	case f != nil:
		return w.again(id, f, s, now, watched)
	case !watched:
		return Event{}
	case len(w.sockets)-w.moved >= w.options.Limits.Watched:
		w.sample.Count++
		w.sample.Unfollowed++
		return Event{}
	}
	return w.first(id, s, now)
}

// first begins to follow a socket.
func (w *Watch) first(id uint64, s *tcp.Socket, now time.Duration) Event {
	f := &follow{Compact: lasting(s), first: now, present: w.round == 1}
	f.final = w.takeEnd(s)
	f.enter(always, now)
	if !f.present && !w.options.Chosen {
		f.earliest = w.before
	}
	if w.listeners != nil {
		key, _ := w.listeners.Through(s)
		f.listener = key.Local
	}
	w.sockets[id] = f
	w.see(f, s, now, true)
	e := w.event(Appeared, f, s, now)
	if f.present {
		e.Kind = Present
	} else {
		w.sample.Appeared++
	}
	return e
}

// takeEnd gives what was told of the end of a socket that turns out to be there
// still, as a mini-socket.
func (w *Watch) takeEnd(s *tcp.Socket) *final {
	end, found := w.judged.take(s)
	if !found {
		end, _ = w.ended.take(s)
	}
	return end
}

// again takes a socket that is followed.
func (w *Watch) again(id uint64, f *follow, s *tcp.Socket, now time.Duration, watched bool) (e Event) {
	from, last := f.State, f.seen
	f.Compact = lasting(s)
	if from != s.State {
		f.enter(last, now)
		if f.final != nil && s.State == tcp.FinWait2 {
			f.narrow(always, f.final.at) // it may become TIME_WAIT later, untold
		}
	}
	w.see(f, s, now, watched)
	e = w.event(Nothing, f, s, now)
	if from != s.State {
		e.Kind, e.From, e.To = Changed, from, s.State
		e.Through, _ = Through(from, s.State)
		w.sample.Changed++
	}
	if w.moved > w.options.Limits.Moved {
		w.drop(id, f)
		w.sample.Unfollowed++
	}
	return e
}

// see notes that a socket is there.
func (w *Watch) see(f *follow, s *tcp.Socket, now time.Duration, watched bool) {
	counted := f.round == w.round && f.watched
	f.prove(s, w.begin, now)
	f.rests = 0
	if s.Mini && s.State != tcp.SynRecv {
		f.rests = now + s.Timer.Expires
	}
	switch {
	case watched && !counted:
		w.sample.Count++
	case !watched && counted:
		w.sample.Count--
	}
	isNew := f.round == 0
	f.round, f.seen = w.round, w.begin
	if f.watched != watched {
		w.cross(f, watched, isNew)
	}
}

// cross notes that a socket came among what is watched, or went from there.
func (w *Watch) cross(f *follow, watched, isNew bool) {
	f.watched = watched
	one := 1
	if watched {
		one = -1
	}
	if !isNew {
		w.moved += one
		w.depart(f, one)
	}
}

func (w *Watch) event(kind Kind, f *follow, s *tcp.Socket, now time.Duration) Event {
	e := Event{Kind: kind, Time: w.zero.Add(now), Socket: s, Age: f.age(now, now), Holders: f.holders}
	if f.final != nil && s.Mini {
		e.Final = f.final.counts()
	}
	return e
}

// drop ceases to follow a socket.
func (w *Watch) drop(id uint64, f *follow) {
	delete(w.sockets, id)
	if f.watched {
		w.depart(f, 1)
	} else {
		w.moved--
	}
}

// Ended takes the kernel's word that a socket has ended, and when it came. Chosen
// says whether it would have been watched, in one of the states.
func (w *Watch) Ended(at time.Time, s *tcp.Socket, chosen bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := name(s)
	end := func() *final { return &final{at: w.since(at), kept: lasting(s), info: s.Info} }
	f, full := w.sockets[id], len(w.ended.ends) >= w.options.Limits.Ended
	switch {
	case f != nil:
		f.final = end()
	case !chosen:
	case full:
		w.between.Brief++
		if w.tells {
			w.between.Unfollowed++
		}
	case w.tells:
		w.ended.add(s, end())
	default:
		w.ended.add(s, nil)
	}
}

// Lose counts closed sockets that the kernel failed to report.
func (w *Watch) Lose(n uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.between.LostEvents += n
}

// Own asks who owns the sockets that are watched and of which that is not known. What
// find gives is kept; nil: it is not known. It must not call the watch.
func (w *Watch) Own(find func(inode uint64) []tcp.Holder) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.sockets {
		if inode := f.inode; f.watched && inode != 0 && f.holders == nil {
			f.holders = find(inode)
		}
	}
}

// Incomplete says that the sample may lack sockets that are there. None that it has
// not seen is told to have left.
func (w *Watch) Incomplete() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.incomplete = true
}
