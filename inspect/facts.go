package inspect

import (
	"context"
	"os"
	"time"

	"tcpstat/health"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// Moment reads what the kernel has counted so far, and of the sockets what a
// [health.Snapshot] keeps, for the rules that compare two moments.
func (m *Machine) Moment(ctx context.Context) (moment health.Moment) {
	moment.Sockets = m.snapshot(ctx, new(tcp.Listeners))
	m.count(&moment)
	return moment
}

// count reads the counters of a moment.
func (m *Machine) count(moment *health.Moment) {
	moment.Missing = health.NotCounted
	if err := m.inside(func() error { moment.Time, moment.Counters = m.counters(); return nil }); err != nil {
		m.options.Warn("counters may be missing: %v", err)
	}
}

// snapshot keeps what it keeps of the sockets, which the kernel picks out. Where they
// cannot all be read nothing is known of them: the look itself says why. It adds the
// listeners to those given.
func (m *Machine) snapshot(ctx context.Context, listeners *tcp.Listeners) health.Snapshot {
	snapshot := health.NewSnapshot()
	w := want{ipv4: true, ipv6: true, states: tcp.SetOf(tcp.Listen, tcp.CloseWait), memory: true, inside: m.inside}
	for s, err := range m.sockets(ctx, w) {
		if err != nil {
			return health.Snapshot{}
		}
		snapshot.Add(s)
		listeners.Add(s)
	}
	snapshot.Files = m.fileCounts(ctx)
	return snapshot
}

// counters reads the counters of the thread's namespace. Where they cannot be read the
// rules that need them are not judged.
func (m *Machine) counters() (at time.Time, counters tcp.Counters) {
	counters, err := m.proc.Counters()
	if err != nil {
		m.options.Warn("counters may be missing: %v", err)
	}
	return m.Now(), counters
}

// Facts adds what rules need to the sockets of the last pass, which the census has
// counted: counters, settings, and the processes that the rules want to name. Without
// a census it takes the pass itself. The Query must be For Judgement, and of one
// namespace; for the rules that count events take a [Machine.Moment] or a [Window] before,
// and call Facts.Since. What it cannot find out is added to the Tail. An error is that of ctx, or
// of the pass.
func (l *Look) Facts(ctx context.Context, census *health.Census) (facts *health.Facts, err error) {
	switch {
	case l.everywhere != nil:
		return nil, misuse("look at one of them", "rules judge one network namespace, not all")
	case l.query.For != Judgement:
		return nil, misuse("ask with a Query for Judgement", "the query was not for rules")
	case census != nil && !l.pass.started:
		return nil, misuse("take the rows first", "no socket was looked at yet")
	}
	if census == nil {
		if census, err = l.count(ctx); err != nil {
			return nil, err
		}
	}
	err = l.machine.inside(func() error {
		facts, err = l.facts(ctx, census)
		return err
	})
	return facts, err
}

// count takes a pass and counts its sockets for the rules.
func (l *Look) count(ctx context.Context) (*health.Census, error) {
	census := health.NewCensus(health.RuleAges)
	for row, err := range l.Rows(ctx) {
		if err != nil {
			return nil, err // half a look is no answer
		}
		census.Add(row)
	}
	return census, nil
}

func (l *Look) facts(ctx context.Context, census *health.Census) (*health.Facts, error) {
	m := l.machine
	at, counters := m.counters()
	levels, err := m.proc.Levels()
	if err != nil {
		m.options.Warn("levels may be missing: %v", err)
	}
	facts := &health.Facts{
		Census:    census,
		Details:   m.used == Netlink && !census.Bare(),
		Settings:  l.surroundings.Sysctls,
		Reserved:  l.surroundings.Reserved,
		PageSize:  m.pageSize(),
		Time:      at,
		Counters:  append(counters, levels...),
		Filtered:  l.query.Filtered(),
		Undecided: l.pass.open > 0,
	}
	if m.used == Netlink {
		facts.WhyNoDetails = health.NotRecorded // ss was asked for less
	}
	if !l.query.States.Has(tcp.Bound) && facts.WantsBound() {
		l.bound(ctx, census)
	}
	if facts.Owners, err = l.ownersOf(ctx, facts); err != nil {
		return facts, err
	}
	if l.pass.files == nil {
		return facts, nil // no rule asks
	}
	if facts.Owners == nil {
		l.judged = &owners{machine: m, processes: m.proc.Processes()}
	}
	facts.Files, err = l.pass.files.conclude(ctx, l.judged.processes)
	return facts, err
}

// pageSize is that of this machine, 0 of another.
func (m *Machine) pageSize() int {
	if m.foreign {
		return 0
	}
	return os.Getpagesize()
}

// bound adds the BOUND sockets to what the rules know, whatever the filter chooses: they
// take local ports from everybody. Where they cannot be read there are none to tell of.
func (l *Look) bound(ctx context.Context, census *health.Census) {
	for s, err := range l.machine.sockets(ctx, want{ipv4: true, ipv6: true, states: tcp.SetOf(tcp.Bound)}) {
		if err != nil {
			return
		}
		census.AddBound(s)
	}
}

// ownersOf looks for the processes that the rules want to name, if any: that is a walk
// through all processes.
func (l *Look) ownersOf(ctx context.Context, facts *health.Facts) (map[uint64][]*health.Owner, error) {
	wanted := new(procnet.Inodes)
	some := false
	for inode := range facts.Inodes {
		wanted.Add(inode)
		some = true
	}
	if !some {
		return nil, nil
	}
	o := &owners{machine: l.machine}
	if err := o.find(ctx, wanted); err != nil {
		return nil, err
	}
	l.judged = o
	found, known := map[uint64][]*health.Owner{}, map[int32]*health.Owner{}
	for inode := range facts.Inodes {
		list := o.holding(inode, known)
		if list == nil && !o.complete {
			l.pass.gaps.add("processes", o.reason)
			o.sayHidden()
		}
		found[inode] = list
	}
	return found, nil
}

// Describe completes the processes that results are about: executable, command line,
// user, start time. The results are of the facts of the last pass. What it cannot find
// out is added to the Tail.
func (l *Look) Describe(results []*health.Result) {
	for _, r := range results {
		if len(r.Processes) > 0 && l.judged != nil {
			holder := []tcp.Holder{{Owner: tcp.Owner{PID: r.Processes[0].PID}}}
			l.judged.detail(holder, l.pass.gaps.unknown)
			r.Processes[0] = *holder[0].Process
		}
	}
}
