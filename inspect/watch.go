package inspect

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"slices"

	"golang.org/x/sys/unix"

	"tcpstat/diag"
	"tcpstat/filter"
	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// Watcher follows the sockets of a machine, sample by sample: it gives the samples to
// a [watch.Watch], finds out what has become of sockets that vanished, and listens to
// the kernel's feed of closed sockets meanwhile.
type Watcher struct {
	look   *Look
	watch  *watch.Watch
	owners *owners // nil: nobody has asked for owners yet
	names  map[int32]*tcp.Process
	files  map[int32]uint64 // that processes had open at the first sample
	told   Told

	states tcp.Set // that are dumped
	again  bool    // this sample may have a socket twice

	feed  *feed          // nil: there is none
	unfed listing.Reason // why
	lost  uint32         // ends that it has lost so far
}

// Told takes what a watcher sees in one sample, while it sees it.
type Told struct {
	// Event takes an event with the row of its socket, which is valid until it
	// returns. Its error ends the sample. Nil: rows are not made.
	Event func(*watch.Event, *listing.Row) error

	// Seen takes every socket that is watched, whether or not there is anything to
	// tell. A socket may come twice. Nil: nobody asks.
	Seen func(*watch.Event)
}

// Watch begins to follow the sockets that the query asks for; its states are those
// that are watched. The first sample is taken by Sample. An error is an [*Error].
func (m *Machine) Watch(q Query, told Told) (*Watcher, error) {
	if m.all {
		return nil, misuse("watch one of them", "a watch looks into one network namespace, not all")
	}
	q.Notes = true
	l := m.Look(q)
	return &Watcher{
		look: l, owners: l.owners, told: told, states: l.query.States, names: map[int32]*tcp.Process{},
		watch: watch.New(watch.Options{States: l.query.States, Chosen: l.query.Filter.Condition() != nil}, m.Now()),
	}, nil
}

// Listen joins the kernel's feed of closed sockets, until Close. Without it, or from
// /proc, which has none, what lives between two samples is not seen.
func (w *Watcher) Listen(ctx context.Context) {
	const unseen = "sockets that come and go between two samples are not seen"
	m := w.look.machine
	if m.policy == Proc {
		m.options.Hint("/proc does not tell of sockets that end; %s", unseen)
		w.unfed = listing.NotInProc
		return
	}
	chooser := chooser{expr: w.look.chooser.expr}
	var err error
	w.feed, err = m.listen(ctx, func(s *tcp.Socket, err error) { w.ended(&chooser, s, err) })
	if err != nil {
		m.options.Hint("the kernel does not tell of sockets that end (%v); %s", RootCause(err), unseen)
		w.unfed = listing.KernelTooOld
		if errors.Is(err, fs.ErrPermission) {
			w.unfed = listing.NoPermission
		}
	}
}

// Close leaves the feed. A fault of the goroutine that listens comes out here.
func (w *Watcher) Close() { w.feed.close() }

// ended takes what the feed tells.
func (w *Watcher) ended(chooser *chooser, s *tcp.Socket, err error) {
	l := w.look
	switch {
	case err == nil:
		chosen := l.query.shows(s.Family) && chooser.glance(s) == filter.True
		w.watch.Ended(l.machine.Now(), s, chosen)
	case skipped(err):
		w.watch.Lose(1)
	default:
		l.machine.options.Warn("the kernel does not tell of sockets that end any more: %v", err)
	}
}

// Sample takes one sample. Errors are those of [Look.Rows] and of [Told].
func (w *Watcher) Sample(ctx context.Context) (sample watch.Sample, err error) {
	l := w.look
	if l.machine.used == Proc {
		w.states = tcp.AllStates // they are all read anyhow, so that no second look is needed
	}
	if err := w.findNew(ctx); err != nil {
		return sample, err
	}
	if w.files == nil && l.machine.recorded == nil {
		w.files = l.machine.fileCounts(ctx)
	}
	l.settings()
	l.cgroups.begin()
	if w.feed != nil {
		lost := w.feed.Lost()
		w.watch.Lose(uint64(lost - w.lost))
		w.lost = lost
	}
	w.again = false
	w.watch.Begin(l.machine.Now(), &l.surroundings.Listeners)
	if err := w.take(l.socketsIn(ctx, w.states)); err != nil {
		return sample, err
	}
	if err := w.lookAgain(ctx); err != nil {
		return sample, err
	}
	w.watch.Own(w.holdersOf)
	var failed error
	sample = w.watch.End(l.machine.Now(), func(e watch.Event) {
		if failed == nil {
			failed = w.tell(&e)
		}
	})
	return sample, failed
}

// findNew looks for owners if there are sockets of which they were not looked for yet.
func (w *Watcher) findNew(ctx context.Context) error {
	l := w.look
	if l.owners == nil {
		return nil
	}
	wanted, unknown := new(procnet.Inodes), l.owners.wanted == nil
	for s, err := range l.searched(ctx) {
		if err != nil || l.chooser.excludes(s) {
			continue // an error is said when the sample is taken
		}
		inode := s.Inode.Or(0)
		wanted.Add(inode)
		unknown = unknown || inode != 0 && !l.owners.wanted.Has(inode)
	}
	if !unknown {
		return nil
	}
	return l.owners.find(ctx, wanted)
}

// take adds sockets to the sample.
func (w *Watcher) take(sockets func(func(*tcp.Socket, error) bool)) (failed error) {
	for s, err := range sockets {
		switch {
		case err == nil:
			err = w.add(s)
		case skipped(err):
			w.look.skip(err)
			w.watch.Incomplete()
			continue
		case errors.Is(err, diag.ErrInterrupted):
			w.watch.Incomplete()
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// add adds one socket to the sample, and tells what is new about it.
func (w *Watcher) add(s *tcp.Socket) error {
	l := w.look
	watched := l.query.States.Has(s.State) && w.chosen(s)
	e := w.watch.Add(l.machine.Now(), s, watched)
	if watched && w.told.Seen != nil && e.Socket != nil {
		w.told.Seen(&e)
	}
	if e.Kind == watch.Nothing {
		return nil
	}
	return w.tell(&e)
}

// chosen reports whether the filter chooses a socket. One of which it asks what is not
// known is not.
func (w *Watcher) chosen(s *tcp.Socket) bool {
	l := w.look
	switch l.chooser.glance(s) {
	case filter.True:
		return true
	case filter.False:
		return false
	}
	l.fill(s)
	return l.chooser.judge(&l.pass.row, l.query.View) == filter.True
}

// fewEnough is how many sockets are asked for one by one, rather than by another walk
// through the kernel's table.
const fewEnough = 256

// lookAgain finds out what has become of sockets that are not in the states watched
// any more.
func (w *Watcher) lookAgain(ctx context.Context) error {
	l := w.look
	if l.machine.used != Netlink {
		return nil
	}
	few, states := w.watch.Vanished(l.machine.Now(), fewEnough)
	for _, s := range w.get(ctx, few) {
		if err := w.add(s); err != nil {
			return err
		}
	}
	if states == 0 || l.query.States == tcp.AllStates {
		return nil
	}
	w.again = true
	return w.take(l.machine.sockets(ctx, l.attributes(states)))
}

// get asks for sockets one by one, and gives those that are there still. Another with
// the same ends is not meant.
func (w *Watcher) get(ctx context.Context, few []watch.Vanished) (found []*tcp.Socket) {
	if len(few) == 0 {
		return nil
	}
	err := w.look.inside(func() error {
		for i := range few {
			v := &few[i]
			s, err := diag.Get(ctx, diag.Query{Info: true, Interface: v.Interface}, v.Local, v.Remote)
			switch {
			case errors.Is(err, unix.ENOENT):
			case err != nil:
				w.watch.Keep(v)
			case s.Cookie == tcp.Some(v.Cookie):
				found = append(found, s)
			}
		}
		return nil
	})
	if err != nil { // nobody could be asked
		for i := range few {
			w.watch.Keep(&few[i])
		}
	}
	return found
}

// tell tells an event with its row.
func (w *Watcher) tell(e *watch.Event) error {
	if w.told.Event == nil {
		return nil
	}
	w.fill(e)
	return w.told.Event(e, &w.look.pass.row)
}

// fill makes the row of an event.
func (w *Watcher) fill(e *watch.Event) {
	l := w.look
	r := &l.pass.row
	if e.Kind == watch.Brief {
		*r = listing.Row{Socket: e.Socket, Unseen: true, Machine: &l.surroundings}
		r.View.Ownership, r.View.Opener = tcp.OwnerUnknown, tcp.OpenerOfEnd(e.Socket, &l.surroundings)
	} else {
		l.fillAt(e.Socket, e.Age, e.Holders)
		if len(e.Holders) == 0 {
			l.detail(r.Holders)
		}
	}
	if e.Kind == watch.Left {
		r.Note = tcp.Note{} // of what it waited for
	}
	if e.Final != nil {
		e.Socket.Info = *e.Final
	}
}

// FindOwners looks for the owners of the sockets that are watched, if there are some
// of which they were not looked for yet.
func (w *Watcher) FindOwners(ctx context.Context) error {
	if w.owners == nil {
		w.owners = &owners{machine: w.look.machine}
	}
	wanted, unknown := new(procnet.Inodes), w.owners.wanted == nil
	w.watch.Own(func(inode uint64) []tcp.Holder {
		wanted.Add(inode)
		unknown = unknown || !w.owners.wanted.Has(inode)
		return nil
	})
	if unknown {
		if err := w.owners.find(ctx, wanted); err != nil {
			return err
		}
	}
	w.watch.Own(w.holdersOf)
	return nil
}

// Holders gives what was found of a socket's owners. Complete says that there are no
// others.
func (w *Watcher) Holders(inode uint64) (list []tcp.Holder, complete bool) {
	o := w.owners
	if o == nil || o.found == nil {
		return nil, false
	}
	return w.holdersOf(inode), o.complete && o.wanted.Has(inode)
}

// holdersOf gives what was found of a socket's owners.
func (w *Watcher) holdersOf(inode uint64) (list []tcp.Holder) {
	o := w.owners
	if o == nil || o.found == nil {
		return nil
	}
	list = o.of(inode, nil)
	if w.look.query.Details && w.look.owners != nil {
		o.detail(list, w.look.pass.gaps.unknown) // now: it may have ended when its socket has
	}
	for i := range list {
		list[i].Process = w.named(list[i].Process)
	}
	return list
}

// maxNames bounds the processes that are remembered.
const maxNames = 10_000

// named keeps one process, and not one for each scan. A number may be another
// process's by now.
func (w *Watcher) named(process *tcp.Process) *tcp.Process {
	known := w.names[process.PID]
	if known == nil || *known != *process {
		if len(w.names) >= maxNames {
			clear(w.names)
		}
		known = process
		w.names[process.PID] = known
	}
	return known
}

// Again reports whether Seen was told some sockets of the last sample twice.
func (w *Watcher) Again() bool { return w.again }

// Surroundings are the settings and listeners that the last sample was judged by.
func (w *Watcher) Surroundings() tcp.Machine { return w.look.surroundings }

// Head tells where the sockets are.
func (w *Watcher) Head() listing.Head {
	m := w.look.machine
	return listing.Head{Host: m.Host(), NetNS: m.NetNS()}
}

// Summary sums up the samples so far.
func (w *Watcher) Summary() watch.Summary { return w.watch.Summary() }

// History gives the counts of the last samples.
func (w *Watcher) History() []watch.Point { return w.watch.History() }

// Groups counts the sockets that are watched by a subject, those first that grow most.
func (w *Watcher) Groups(by watch.By) []watch.Group { return w.watch.Groups(by) }

// Files counts the descriptors of a process that can run out of them, and how they grow
// since the first sample.
func (w *Watcher) Files(pid int32) tcp.Opt[watch.Files] {
	proc := w.look.machine.proc
	open, counted := proc.Descriptors(pid)
	limit, limited := proc.OpenFiles(pid)
	if !counted || !limited || limit == math.MaxUint64 {
		return tcp.Opt[watch.Files]{}
	}
	files := watch.Files{Open: open, Limit: limit}
	if before, known := w.files[pid]; known {
		sum := w.watch.Summary()
		files.Growth = watch.PerMinute(int(open)-int(before), sum.Time.Sub(sum.Start))
	}
	return tcp.Some(files)
}

// ClosedHeld counts, of some processes, the descriptors of TCP sockets that stand in no
// table: a leak goes on with them where the peers reset what was not closed, while the
// watched states empty. A process of which that cannot be known is left out.
func (w *Watcher) ClosedHeld(ctx context.Context, pids []int32) (map[int32]uint64, error) {
	return w.look.machine.closedHeld(ctx, pids)
}

// Missing says what the watch so far cannot have seen.
func (w *Watcher) Missing() []listing.Missing {
	var more gaps
	if w.look.machine.used == Proc {
		more.unknown("cookie", listing.NotInProc)
	}
	if w.feed == nil {
		more.unknown("brief", w.unfed)
	}
	missing := listing.Merge(slices.Clone(w.look.pass.gaps.list()), more.list())
	if lost := w.watch.Summary().LostEvents; w.feed != nil && lost > 0 {
		missing = append(missing, listing.Missing{Field: "brief", Reason: listing.EventsLost, Sockets: tcp.Some(uint(lost))})
	}
	return missing
}
