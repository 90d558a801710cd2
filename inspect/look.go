package inspect

import (
	"context"
	"errors"
	"iter"

	"tcpstat/diag"
	"tcpstat/filter"
	"tcpstat/listing"
	"tcpstat/netns"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// Look is one look at a machine, or the same look again and again: what was said
// once, and what costs much to find out, is kept from one pass to the next. It is for
// one goroutine, and takes one pass at a time.
type Look struct {
	machine *Machine
	query   Query
	chooser chooser

	owners   *owners   // nil unless owners were asked for
	judged   *owners   // of the sockets that rules have judged, nil before that
	resolver *resolver // nil unless names were asked for
	devices  devices   // nil in another namespace
	cgroups  *cgroups  // nil unless rows tell cgroups

	everywhere   *everywhere              // nil but for all namespaces
	inside       func(func() error) error // runs a function in the namespace that is read
	surroundings tcp.Machine              // of the namespace that is read

	unsettled bool // it was said that settings are not known
	undecided bool // it was said that the filter asks what is not known
	unlisted  bool // it was said that BOUND sockets are not known

	busy bool // a pass is under way
	pass pass
}

// pass is one walk over the sockets.
type pass struct {
	head    listing.Head
	started bool // a first socket was seen, or the end
	stopped bool // whoever takes the rows has left
	row     listing.Row
	counts  listing.Counts
	open    int // sockets of which the filter asks what is not known
	bad     int // lines or messages that were skipped
	gaps    gaps
	places  places
	files   *fileSurvey // nil where no rule asks
}

// Look makes a look. It reads no socket yet.
func (m *Machine) Look(q Query) *Look {
	q = q.complete()
	l := &Look{machine: m, query: q, chooser: chooser{expr: q.Filter}, inside: m.inside}
	if !m.foreign {
		l.devices = devices{}
	}
	if q.Owners || q.AnyCgroup && m.cgroupsByOwner() {
		l.owners = &owners{machine: m, others: q.Ended && m.recorded == nil && !m.all}
	}
	if q.Cgroups {
		l.cgroups = newCgroups(m)
	}
	if q.Names {
		l.resolver = newResolver(services())
	}
	if m.all {
		l.everywhere = newEverywhere(q.Filter)
	}
	return l
}

// Rows takes one pass over the sockets, in the kernel's order. A row is valid until
// the next. Breaking off the loop ends the pass.
//
// An error comes last, with a nil row; what came before it is good. It is an [*Error],
// one of packages diag, procnet or netns, or with all namespaces a filter's, whose
// names one of them does not know; [Advice] says what to try. What one socket lacks,
// or a line that cannot be read, is no error: [Look.Tail] tells it.
func (l *Look) Rows(ctx context.Context) iter.Seq2[*listing.Row, error] {
	return func(yield func(*listing.Row, error) bool) {
		if l.busy {
			yield(nil, misuse("make a Look for each", "a look takes one pass at a time"))
			return
		}
		l.busy = true
		defer func() { l.busy = false }()
		l.pass = pass{}
		err := l.walk(ctx, yield)
		switch {
		case l.pass.stopped:
		case err == nil:
			l.conclude()
		default:
			if l.pass.started {
				l.pass.gaps.unknown("sockets", reasonOf(err))
				l.conclude()
			}
			yield(nil, err)
		}
	}
}

// errStopped ends a walk whose rows nobody takes any more.
var errStopped = errors.New("the walk was broken off")

// walk takes one pass, on the calling goroutine.
func (l *Look) walk(ctx context.Context, yield func(*listing.Row, error) bool) error {
	if err := l.everywhere.survey(); err != nil {
		return err
	}
	if err := l.prepare(ctx); err != nil {
		return err
	}
	if l.query.For == Judgement && !l.query.Filtered() && l.everywhere == nil {
		files, err := l.machine.surveyFiles(ctx)
		if err != nil {
			return err
		}
		l.pass.files = files
	}
	l.cgroups.begin()
	err := l.each(func(place netns.Namespace) error { return l.readIn(ctx, place, yield) }, l.miss)
	if err == nil {
		l.start()
	}
	return err
}

// start notes what is known before the first socket, once.
func (l *Look) start() {
	if l.pass.started {
		return
	}
	l.pass.started = true
	head := &l.pass.head
	*head = listing.Head{Time: l.machine.Now(), Namespaces: l.everywhere.namespaces()}
	if l.query.NoPlace {
		return
	}
	head.Host = l.machine.Host()
	if l.everywhere == nil {
		head.NetNS = l.machine.NetNS()
	}
	l.pass.gaps.notRecorded(l.machine, head)
}

// Started reports whether the last pass has come as far as the first socket, so that
// there is something to show.
func (l *Look) Started() bool { return l.pass.started }

// Head is what the last pass knew before its first row.
func (l *Look) Head() listing.Head { return l.pass.head }

// Tail is what the last pass knows at its end.
func (l *Look) Tail() listing.Tail {
	p := &l.pass
	return listing.Tail{
		Source: l.machine.used, Replayed: l.machine.Replayed(),
		Missing: p.gaps.list(), Counts: p.counts, Undecided: p.open, Namespaces: p.places.seen,
	}
}

// read takes the sockets of the namespace that is looked at.
func (l *Look) read(ctx context.Context, yield func(*listing.Row, error) bool) error {
	if l.query.Annotate {
		l.settings()
		if l.query.Notes {
			l.queues(ctx)
		}
	}
	for s, err := range l.sockets(ctx) {
		switch {
		case err == nil:
			err = l.take(s, yield)
		case skipped(err):
			l.skip(err)
			err = nil
		case errors.Is(err, diag.ErrInterrupted):
			l.pass.gaps.unknown("sockets", listing.DumpInterrupted)
			l.machine.options.Warn("the kernel's table changed during the dump; some sockets may be missing")
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return l.readEnded(ctx, yield)
}

// take makes a row of one socket, if the filter chooses it.
func (l *Look) take(s *tcp.Socket, yield func(*listing.Row, error) bool) error {
	l.start()
	if l.chooser.excludes(s) {
		return nil
	}
	l.pass.files.see(s)
	l.fill(s)
	return l.offer(s, yield)
}

// offer gives the row of a socket, if the filter chooses it.
func (l *Look) offer(s *tcp.Socket, yield func(*listing.Row, error) bool) error {
	p := &l.pass
	truth := l.chooser.judge(&p.row, l.query.View)
	if truth == filter.False {
		return nil
	}
	l.countGaps(s)
	if truth == filter.Unknown {
		l.leaveOpen()
		return nil
	}
	l.detail(p.row.Holders)
	p.counts.Add(s.State)
	if !yield(&p.row, nil) {
		p.stopped = true
		return errStopped
	}
	return nil
}

// detail completes the holders of a row that is shown, if details were asked for.
func (l *Look) detail(holders []tcp.Holder) {
	if l.query.Details && len(holders) > 0 {
		l.owners.detail(holders, l.pass.gaps.add)
	}
}

// prepare reads what must be known before the first row: who owns which socket, and
// names.
func (l *Look) prepare(ctx context.Context) error {
	if l.owners == nil && l.resolver == nil {
		return nil
	}
	wanted := new(procnet.Inodes)
	collect := func(netns.Namespace) error {
		for s, err := range l.searched(ctx) {
			if err == nil && l.owners.findsEnded() {
				wanted.Add(s.Inode.Or(0))
			}
			if err != nil || l.chooser.excludes(s) {
				continue // an error is said when the rows are read
			}
			wanted.Add(s.Inode.Or(0))
			l.resolver.add(s)
		}
		return nil
	}
	if err := l.each(collect, nil); err != nil {
		return err
	}
	l.resolver.resolve(ctx)
	return l.owners.find(ctx, wanted)
}

// searched streams the sockets of which owners or names are looked for. Nobody owns
// one in TIME_WAIT.
func (l *Look) searched(ctx context.Context) iter.Seq2[*tcp.Socket, error] {
	w := l.want(l.query.States)
	if l.owners.findsEnded() { // what stands in a table has not ended, chosen or not
		w.states, w.condition = tcp.AllStates, nil
	}
	if l.resolver == nil {
		w.states = w.states.Without(tcp.TimeWait)
	}
	if w.states == 0 {
		return func(func(*tcp.Socket, error) bool) {}
	}
	return l.machine.sockets(ctx, w)
}

// fill makes the row of a socket.
func (l *Look) fill(s *tcp.Socket) { l.fillAt(s, tcp.Age{}, nil) }

// fillAt is fill where a watch knows the age better than what the socket proves, and
// the holders that it had when they were last looked for.
func (l *Look) fillAt(s *tcp.Socket, age tcp.Age, holders []tcp.Holder) {
	r := &l.pass.row
	*r = listing.Row{Socket: s, Namespace: l.pass.places.here(), Machine: &l.surroundings}
	if l.query.View {
		r.View = tcp.Annotate(s, &l.surroundings)
		if age != (tcp.Age{}) {
			r.View.Age = age
		}
	}
	switch {
	case len(holders) > 0:
		r.Holders, r.HoldersKnown = holders, true
	case l.owners != nil:
		l.owners.fill(r, &l.pass.gaps)
	}
	l.cgroups.fill(r)
	if l.query.Notes {
		r.Note = tcp.NoteOf(s, &r.View, &l.surroundings)
	}
	if index := s.Interface.Or(0); index != 0 {
		r.Interface = l.device(index)
	}
	if l.resolver != nil {
		r.Local, r.Remote = l.resolver.endpoint(s.Local), l.resolver.endpoint(s.Remote)
		if !l.machine.Replayed() { // the users of a record are another machine's
			r.User = l.resolver.user(s)
		}
	}
}

// device gives the name of a device.
func (l *Look) device(index uint32) string {
	if l.machine.recorded != nil {
		return l.machine.recorded.device(index)
	}
	return l.devices.name(index, l.inside)
}

// leaveOpen leaves out a socket of which the filter asks what is not known. That its
// owners are hidden is a gap of its own.
func (l *Look) leaveOpen() {
	l.pass.open++
	hidden := l.owners != nil && !l.pass.row.HoldersKnown
	if l.machine.used == Proc && !hidden {
		l.pass.gaps.add("sockets", listing.NotInProc)
	}
}

// countGaps notes what cannot be said about a socket.
func (l *Look) countGaps(s *tcp.Socket) {
	p, q := &l.pass, &l.query
	switch {
	case q.For == Judgement: // a rule that misses something says so
	case l.machine.used == Proc:
		p.gaps.notInProc(s, q)
	case l.machine.isDump():
		p.gaps.notInDump(&p.row, q)
	case q.Info:
		p.gaps.notInKernel(s)
	}
	if !l.machine.isDump() {
		l.cgroups.countGap(&p.row, l.machine.used, &p.gaps)
	}
	if q.Annotate && len(l.surroundings.Sysctls) == 0 {
		p.gaps.add("settings", l.machine.absent())
	}
}

// skip counts a line or message that was skipped, and says what is wrong with the
// first.
func (l *Look) skip(err error) {
	if l.pass.bad++; l.pass.bad == 1 {
		l.machine.options.Warn("passed over: %v", err)
	}
	l.pass.gaps.add("sockets", listing.MalformedLine)
}

// conclude says what the pass as a whole could not tell.
func (l *Look) conclude() {
	p := &l.pass
	if p.bad > 1 {
		l.machine.options.Warn("%d such lines were passed over", p.bad)
	}
	if p.open > 0 && !l.undecided {
		l.undecided = true
		l.machine.options.Hint("left out, because the filter asks what is not known of them: %d", p.open)
	}
	if l.machine.used == Proc && l.query.States.Has(tcp.Bound) {
		p.gaps.unknown("bound", listing.NotInProc)
		l.unbound()
	}
	l.hidden()
}

// unbound says that BOUND sockets are not known, where they may be the answer.
func (l *Look) unbound() {
	_, named := l.query.Filter.States()
	if (named || l.query.One) && !l.unlisted {
		l.unlisted = true
		l.machine.options.Hint("BOUND sockets are not in /proc; there may be some")
	}
}
