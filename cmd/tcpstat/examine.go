package main

import (
	"context"
	"time"

	"tcpstat/health"
	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/render"
	"tcpstat/tcp"
)

// examiner is the printer of a list whose sockets are not printed but judged
// together. It keeps no socket.
type examiner struct {
	lister  *lister
	ctx     context.Context // of the search for owners
	ages    health.Ages
	options health.Options
	earlier counts // the zero counts: none
	found   *render.Check
	print   printer // what comes out, from found

	census *health.Census
	head   listing.Head
	now    counts
	bare   bool // some connection came without tcp_info
	gaps   gaps
}

// counts are the counters at one moment.
type counts struct {
	time     time.Time
	counters tcp.Counters
	missing  health.Reason // why there are none, if there are none
}

// countsOf reads the counters of the thread's namespace. Where they cannot be read
// the rules that need them are not judged.
func countsOf(e *env, src *source) counts {
	counters, err := src.proc.Counters()
	if err != nil {
		e.warn("counters may be missing: %v", err)
	}
	return counts{time: e.now(), counters: counters, missing: health.NotCounted}
}

// AppendHead begins the examination.
func (x *examiner) AppendHead(dst []byte, h listing.Head) []byte {
	x.head, x.census = h, health.NewCensus(x.ages)
	return x.print.AppendHead(dst, h)
}

// AppendRow counts one socket.
func (x *examiner) AppendRow(dst []byte, r *listing.Row) []byte {
	s := r.Socket
	x.bare = x.bare || s.HasRemote() && !s.Mini && s.Info.Size == 0
	x.census.Add(s, &r.View, &x.lister.machine)
	return x.print.AppendRow(dst, r)
}

// AppendBetween appends what stands between two sockets: nothing.
func (x *examiner) AppendBetween(dst []byte) []byte { return dst }

// AppendTail judges, and prints what was found.
func (x *examiner) AppendTail(dst []byte, t listing.Tail) []byte {
	facts := x.facts(t.Source)
	facts.Undecided = t.Undecided > 0
	t.Missing = append(t.Missing, x.gaps.list()...)
	*x.found = render.Check{
		Head: x.head, Report: health.Check(facts, x.options), Window: facts.Window,
		Tail: t, Lang: x.lister.options.lang,
	}
	return x.print.AppendTail(dst, t)
}

// facts puts together what is known.
func (x *examiner) facts(source string) *health.Facts {
	x.now = countsOf(x.lister.env, x.lister.source)
	levels, err := x.lister.source.proc.Levels()
	if err != nil {
		x.lister.env.warn("levels may be missing: %v", err)
	}
	facts := &health.Facts{
		Census:   x.census,
		Details:  source == sourceNetlink && !x.bare,
		Settings: x.lister.machine.Sysctls,
		Counters: append(x.now.counters, levels...),
		Filtered: x.lister.options.filtered(),
		Owners:   x.owners(),

		OpenFiles: x.lister.source.proc.OpenFiles,
	}
	if source == sourceNetlink {
		facts.WhyNoDetails = health.NotRecorded // ss was asked for less
	}
	facts.Earlier, facts.Window, facts.WhyNoWindow = x.window()
	return facts
}

// window compares with the earlier counters, if they went nowhere but up.
func (x *examiner) window() (earlier tcp.Counters, window time.Duration, why health.Reason) {
	if x.earlier.counters == nil {
		return nil, 0, x.earlier.missing
	}
	if _, back := x.now.counters.Since(x.earlier.counters); len(back) > 0 {
		return nil, 0, health.CountersFell
	}
	return x.earlier.counters, x.now.time.Sub(x.earlier.time), ""
}

// owners looks for the processes that the rules want to name, if any: that is a
// walk through all processes.
func (x *examiner) owners() func(inode uint64) ([]tcp.Process, bool) {
	wanted := new(procnet.Inodes)
	some := false
	for inode := range x.census.Inodes {
		wanted.Add(inode)
		some = true
	}
	if !some {
		return nil
	}
	l := x.lister
	h := l.newHolders()
	if h.find(x.ctx, wanted) != nil {
		return nil // interrupted: nothing will be printed
	}
	for inode := range x.census.Inodes {
		if len(h.owners.Of(inode)) == 0 && !h.complete {
			x.gaps.add("processes", h.reason)
			h.say()
		}
	}
	return h.processesOf
}
