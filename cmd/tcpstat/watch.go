package main

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/diag"
	"tcpstat/filter"
	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/render"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// watchPrinter turns a watch into bytes.
type watchPrinter interface {
	AppendHead(dst []byte, h listing.Head) []byte
	AppendEvent(dst []byte, e *render.WatchEvent) []byte
	AppendSample(dst []byte, s *watch.Sample) []byte
	AppendSummary(dst []byte, s *render.WatchSummary) []byte
}

// watcher follows sockets, sample by sample.
type watcher struct {
	*lister
	flags   *watchFlags
	watch   *watch.Watch
	printer watchPrinter
	page    *page // makes rows
	names   map[int32]*tcp.Process
	screen  *watchScreen // nil: lines are printed

	feed  *diag.Feed     // nil: there is none
	unfed listing.Reason // why
	lost  uint32         // ends that it has lost so far
}

// follow watches what the flags ask for, to the end.
func (f *listFlags) follow(ctx context.Context, l *lister) error {
	if err := f.watch.fits(l.options.filter, l.everywhere != nil); err != nil {
		return err
	}
	w := &watcher{
		lister: l, flags: &f.watch, page: newPage(l), names: map[int32]*tcp.Process{},
		watch: watch.New(watch.Options{States: f.watch.states, Chosen: l.options.filter.Condition() != nil}, l.env.now()),
	}
	if f.json {
		w.printer = &render.WatchJSON{JSON: render.JSON{Info: f.info, Memory: f.memory, Lang: l.options.lang}, States: f.watch.states}
	} else {
		w.printer = &render.WatchText{
			States: f.watch.states, Header: !f.noHeader, Info: f.info, Memory: f.memory, Palette: l.env.palette(f.color), Lang: l.options.lang,
		}
	}
	w.screen = f.newWatchScreen(l)
	return w.run(ctx)
}

// run takes samples until the user, the condition or the number of samples ends it,
// and sums up.
func (w *watcher) run(ctx context.Context) error {
	watching, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer w.screen.guard()
	context.AfterFunc(watching, stop) // the second one kills, should nobody read our output
	if limit := time.Duration(w.flags.longest.interval); limit > 0 {
		var cancel context.CancelFunc
		watching, cancel = context.WithTimeout(watching, limit)
		defer cancel()
	}
	watching, err := w.screen.open(watching, w.env)
	if err != nil {
		return err
	}
	defer w.screen.close(w.env)
	w.subscribe()
	if w.feed != nil {
		listening, leave := context.WithCancel(ctx)
		left := make(chan struct{})
		go func() {
			defer close(left)
			defer w.screen.guard()
			w.listen(listening)
		}()
		defer func() {
			leave()
			<-left
			w.feed.Close()
		}()
	}
	if err := w.samples(watching); err != nil {
		return err
	}
	w.screen.close(w.env)
	return w.sumUp(context.WithoutCancel(ctx))
}

// samples takes one sample every interval.
func (w *watcher) samples(ctx context.Context) error {
	ticker := time.NewTicker(w.options.interval)
	defer ticker.Stop()
	for n := 1; ; n++ {
		err := w.sample(ctx)
		switch {
		case ctx.Err() != nil:
			return w.page.out.flush()
		case err != nil:
			if unwritten := w.page.out.flush(); !errors.Is(err, unwritten) {
				err = errors.Join(unwritten, err)
			}
			return err
		case w.reached(), n == w.options.samples:
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// reached reports whether the condition of --until is true.
func (w *watcher) reached() bool {
	sum := w.watch.Summary()
	return w.flags.until != nil && sum.Samples > 0 && w.flags.until.Reached(&sum)
}

// subscribe joins the feed of sockets that end. Without it, or from /proc, which
// has none, what lives between two samples is not seen.
func (w *watcher) subscribe() {
	const unseen = "sockets that come and go between two samples are not seen"
	if w.source.policy == sourceProc {
		w.env.hint("/proc does not tell of sockets that end; %s", unseen)
		w.unfed = listing.NotInProc
		return
	}
	feed, err := diag.Subscribe()
	if err != nil {
		w.env.hint("the kernel does not tell of sockets that end (%v); %s", rootCause(err), unseen)
		w.unfed = listing.KernelTooOld
		if errors.Is(err, fs.ErrPermission) {
			w.unfed = listing.NoPermission
		}
		return
	}
	w.feed = feed
}

// listen takes what the feed tells.
func (w *watcher) listen(ctx context.Context) {
	chooser := chooser{expr: w.chooser.expr}
	for s, err := range w.feed.Ends(ctx) {
		switch {
		case err == nil:
			chosen := w.options.shows(s.Family) && chooser.glance(s) == filter.True
			w.watch.Ended(w.env.now(), s, chosen)
		case skipped(err):
			w.watch.Lose(1)
		default:
			w.env.warn("the kernel does not tell of sockets that end any more: %v", err)
		}
	}
}

// sample takes one sample and prints what it tells.
func (w *watcher) sample(ctx context.Context) error {
	if w.source.used == sourceProc {
		w.options.states = tcp.AllStates // they are all read anyhow, so that no second look is needed
	}
	if err := w.findOwners(ctx); err != nil {
		return err
	}
	w.settings()
	w.cgroups.begin()
	if w.feed != nil {
		lost := w.feed.Lost()
		w.watch.Lose(uint64(lost - w.lost))
		w.lost = lost
	}
	w.screen.begin()
	w.watch.Begin(w.env.now(), &w.machine.Listeners)
	if err := w.take(w.sockets(ctx)); err != nil {
		return err
	}
	if err := w.lookAgain(ctx); err != nil {
		return err
	}
	w.watch.Own(w.holdersOf)
	if err := w.screen.findOwners(ctx, w); err != nil {
		return err
	}
	var failed error
	sample := w.watch.End(w.env.now(), func(e watch.Event) {
		if failed == nil {
			failed = w.tell(&e)
		}
	})
	if failed != nil {
		return failed
	}
	if w.screen != nil {
		w.screen.show(w, &sample)
		return nil
	}
	w.head()
	w.page.out.buf = w.printer.AppendSample(w.page.out.buf, &sample)
	return w.page.out.flush()
}

// findOwners looks for owners if there are sockets of which they were not looked
// for yet.
func (w *watcher) findOwners(ctx context.Context) error {
	if w.holders == nil {
		return nil
	}
	wanted, unknown := new(procnet.Inodes), w.holders.wanted == nil
	for s, err := range w.searched(ctx) {
		if err != nil || w.chooser.excludes(s) {
			continue // an error is said when the sample is taken
		}
		inode := s.Inode.Or(0)
		wanted.Add(inode)
		unknown = unknown || inode != 0 && !w.holders.wanted.Has(inode)
	}
	if !unknown {
		return nil
	}
	return w.holders.find(ctx, wanted)
}

// take adds sockets to the sample.
func (w *watcher) take(sockets func(func(*tcp.Socket, error) bool)) (failed error) {
	for s, err := range sockets {
		switch {
		case err == nil:
			err = w.add(s)
		case skipped(err):
			w.page.skip(err)
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

// add adds one socket to the sample, and prints what is new about it.
func (w *watcher) add(s *tcp.Socket) error {
	watched := w.flags.states.Has(s.State) && w.chosen(s)
	e := w.watch.Add(w.env.now(), s, watched)
	if watched {
		w.screen.add(&e)
	}
	if e.Kind == watch.Nothing {
		return nil
	}
	return w.tell(&e)
}

// chosen reports whether the filter chooses a socket. One of which it asks what is
// not known is not.
func (w *watcher) chosen(s *tcp.Socket) bool {
	switch w.chooser.glance(s) {
	case filter.True:
		return true
	case filter.False:
		return false
	}
	w.page.fill(s)
	return w.chooser.judge(&w.page.row, w.options.conclude) == filter.True
}

// fewEnough is how many sockets are asked for one by one, rather than by another
// walk through the kernel's table.
const fewEnough = 256

// lookAgain finds out what has become of sockets that are not in the states watched
// any more.
func (w *watcher) lookAgain(ctx context.Context) error {
	if w.source.used != sourceNetlink {
		return nil
	}
	few, states := w.watch.Vanished(w.env.now(), fewEnough)
	for i := range few {
		if err := w.get(ctx, &few[i]); err != nil {
			return err
		}
	}
	if states == 0 || w.flags.states == tcp.AllStates {
		return nil
	}
	w.screen.repeat()
	return w.take(w.source.sockets(ctx, w.options.attributes(states)))
}

// get asks for one socket. Another with the same ends is not it.
func (w *watcher) get(ctx context.Context, v *watch.Vanished) error {
	s, err := diag.Get(ctx, diag.Query{Info: true, Interface: v.Interface}, v.Local, v.Remote)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil
	case err != nil:
		w.watch.Keep(v)
		return nil
	case s.Cookie != tcp.Some(v.Cookie):
		return nil
	}
	return w.add(s)
}

// tell prints an event, where there is no screen.
func (w *watcher) tell(e *watch.Event) error {
	if w.screen != nil {
		return nil
	}
	w.head()
	w.fill(e)
	return w.page.out.append(func(dst []byte) []byte {
		return w.printer.AppendEvent(dst, &render.WatchEvent{Event: *e, Row: &w.page.row})
	})
}

// head prints the head, once.
func (w *watcher) head() {
	if !w.page.begun {
		w.page.begun = true
		w.page.out.buf = w.printer.AppendHead(w.page.out.buf, w.whereabouts())
	}
}

// whereabouts tells where the sockets are.
func (w *watcher) whereabouts() listing.Head {
	host, _ := w.source.proc.Hostname()
	return listing.Head{Host: host, NetNS: w.source.namespace(), Where: w.source.where}
}

// fill makes the row of an event.
func (w *watcher) fill(e *watch.Event) {
	r := &w.page.row
	if e.Kind == watch.Brief {
		*r = listing.Row{Socket: e.Socket, Unseen: true}
		r.View.Ownership, r.View.Opener = tcp.OwnerUnknown, w.opener(e.Socket)
	} else {
		w.page.age = e.Age
		w.page.fill(e.Socket)
		w.page.age = tcp.Age{}
	}
	if e.Kind == watch.Left {
		r.Note = tcp.Note{} // of what it waited for
	}
	if len(e.Holders) > 0 {
		r.Holders, r.HoldersKnown = e.Holders, true
	}
	if e.Final != nil {
		e.Socket.Info = *e.Final
	}
}

// opener concludes who opened a connection of which only the end is known.
func (w *watcher) opener(s *tcp.Socket) tcp.Opener {
	connection := *s
	if connection.State = tcp.Established; !s.HasRemote() {
		connection.State = tcp.Listen
	}
	return tcp.OpenerOf(&connection, &w.machine)
}

// holdersOf gives what was found of a socket's owners.
func (w *watcher) holdersOf(inode uint64) (list []tcp.Holder) {
	if w.holders == nil {
		return nil
	}
	return w.holdersIn(w.holders, inode)
}

func (w *watcher) holdersIn(h *holders, inode uint64) (list []tcp.Holder) {
	for _, owner := range h.owners.Of(inode) {
		process, _ := h.processes.Get(owner.PID)
		list = append(list, tcp.Holder{Owner: owner, Process: w.named(owner.PID, process)})
	}
	return list
}

// maxNames bounds the processes that are remembered.
const maxNames = 10_000

// named keeps one process, and not one for each of its sockets. A number may be
// another process's by now.
func (w *watcher) named(pid int32, process *tcp.Process) *tcp.Process {
	known := w.names[pid]
	if known == nil || *known != *process {
		if len(w.names) >= maxNames {
			clear(w.names)
		}
		known = process
		w.names[pid] = known
	}
	return known
}

// maxGrowing is how many of each kind of subject the summary tells.
const maxGrowing = 5

// sumUp prints the summary. Whose the sockets are is looked for now where it was not
// asked for before.
func (w *watcher) sumUp(ctx context.Context) error {
	if w.holders == nil {
		w.holders = &holders{proc: w.source.proc, absent: w.source.absent(), root: w.env.root, warn: w.env.warn, hint: w.env.hint}
		wanted := new(procnet.Inodes)
		w.watch.Own(func(inode uint64) []tcp.Holder {
			wanted.Add(inode)
			return nil
		})
		if err := w.holders.find(ctx, wanted); err != nil {
			return err
		}
		w.watch.Own(w.holdersOf)
	}
	s := &render.WatchSummary{Summary: w.watch.Summary(), Head: w.whereabouts(), Source: w.source.used}
	if s.Samples == 0 {
		return w.answer(s)
	}
	for _, g := range largest(w.watch.Groups(watch.ByProcess)) {
		s.Processes = append(s.Processes, render.ProcessGrowth{Group: g, Files: w.files(g.PID)})
	}
	s.Listeners, s.Peers = largest(w.watch.Groups(watch.ByListener)), largest(w.watch.Groups(watch.ByPeer))
	if w.flags.until != nil {
		s.Reached = tcp.Some(w.reached())
	}
	s.Missing = w.missing(&s.Summary)
	w.page.out.buf = w.printer.AppendSummary(w.page.out.buf, s)
	if err := w.page.out.flush(); err != nil {
		return err
	}
	return w.answer(s)
}

// answer is that of --until.
func (w *watcher) answer(s *render.WatchSummary) error {
	if w.flags.until != nil && !s.Reached.Or(false) {
		return errNone
	}
	return nil
}

func largest(groups []watch.Group) []watch.Group { return groups[:min(len(groups), maxGrowing)] }

// files counts the descriptors of a process that can run out of them.
func (w *watcher) files(pid int32) (files tcp.Opt[watch.Files]) {
	open, counted := w.source.proc.Descriptors(pid)
	limit, limited := w.source.proc.OpenFiles(pid)
	if !counted || !limited || limit == math.MaxUint64 {
		return files
	}
	return tcp.Some(watch.Files{Open: open, Limit: limit})
}

// missing says what the watch cannot have seen.
func (w *watcher) missing(s *watch.Summary) []listing.Missing {
	gaps := &w.page.gaps
	if w.source.used == sourceProc {
		gaps.unknown("cookie", listing.NotInProc)
	}
	switch {
	case w.feed == nil:
		gaps.unknown("brief", w.unfed)
	case s.LostEvents > 0:
		gaps.order = append(gaps.order, listing.Missing{Field: "brief", Reason: listing.EventsLost, Sockets: tcp.Some(uint(s.LostEvents))})
	}
	return gaps.list()
}
