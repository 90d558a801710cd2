package main

import (
	"errors"

	"tcpstat/diag"
	"tcpstat/filter"
	"tcpstat/listing"
	"tcpstat/tcp"
)

// page is one list on its way to the output: rows as they come, or, if sorted,
// all rows at the end.
type page struct {
	*lister
	out    *output
	row    listing.Row
	begun  bool
	rows   int // printed
	counts listing.Counts
	open   int // sockets of which the filter asks what is not known
	bad    int // lines or messages that were passed over
	gaps   gaps
	places places
	age    tcp.Age     // of the next row where a watch knows it, which is better than what a socket proves
	sorted *sortedRows // nil unless rows are sorted here
}

func newPage(l *lister) *page {
	p := &page{lister: l, out: newOutput(l.env.stdout)}
	if l.options.sorted {
		p.sorted = &sortedRows{field: l.options.sort, top: l.options.top}
	}
	return p
}

// begin prints the head, once.
func (p *page) begin() {
	if p.begun {
		return
	}
	p.begun = true
	host, _ := p.source.proc.Hostname()
	head := listing.Head{Time: p.env.now(), Host: host, Where: p.source.where, Namespaces: p.everywhere.namespaces()}
	if p.everywhere == nil {
		head.NetNS = p.source.namespace()
	}
	p.gaps.notRecorded(p.source, head)
	p.out.buf = p.printer.AppendHead(p.out.buf, head)
}

// add takes one socket. It is done with s when it returns.
func (p *page) add(s *tcp.Socket) error {
	p.begin()
	if p.chooser.excludes(s) {
		return nil
	}
	p.fill(s)
	truth := p.chooser.judge(&p.row, p.options.conclude)
	if truth == filter.False {
		return nil
	}
	p.countGaps(s)
	if truth == filter.Unknown {
		p.leaveOpen()
		return nil
	}
	if p.options.quiet {
		return errEnough
	}
	p.counts.Add(s.State)
	if p.sorted != nil {
		p.sorted.add(&p.row, p.printer)
		return nil
	}
	return p.print(func(dst []byte) []byte { return p.printer.AppendRow(dst, &p.row) })
}

// leaveOpen leaves out a socket of which the filter asks what is not known. That
// its owners are hidden is a gap of its own.
func (p *page) leaveOpen() {
	p.open++
	hidden := p.holders != nil && !p.row.HoldersKnown
	if p.source.used == sourceProc && !hidden {
		p.gaps.add("sockets", listing.NotInProc)
	}
}

// countGaps notes what cannot be said about a socket.
func (p *page) countGaps(s *tcp.Socket) {
	switch {
	case p.options.judged: // a rule that misses something says so
	case p.source.used == sourceProc:
		p.gaps.notInProc(s, p.options)
	case p.source.isDump():
		p.gaps.notInDump(&p.row, p.options)
	case p.options.info:
		p.gaps.notInKernel(s)
	}
	if !p.source.isDump() {
		p.cgroups.countGap(&p.row, p.source.used, &p.gaps)
	}
	if p.options.annotate && len(p.machine.Sysctls) == 0 {
		p.gaps.add("settings", p.source.absent())
	}
}

func (p *page) print(row func([]byte) []byte) error {
	if p.rows > 0 {
		p.out.buf = p.printer.AppendBetween(p.out.buf)
	}
	p.rows++
	return p.out.append(row)
}

// fill makes the row of a socket.
func (p *page) fill(s *tcp.Socket) {
	r := &p.row
	*r = listing.Row{Socket: s, Namespace: p.places.here()}
	if p.options.conclude {
		r.View, r.Machine = tcp.Annotate(s, &p.machine), &p.machine
		if p.age != (tcp.Age{}) {
			r.View.Age = p.age
		}
	}
	if p.holders != nil {
		p.holders.fill(r, &p.gaps)
	}
	p.cgroups.fill(r)
	if p.options.annotate && (!p.options.judged || p.options.overview) {
		r.Note = tcp.NoteOf(s, &r.View, &p.machine)
	}
	if index := s.Interface.Or(0); index != 0 {
		r.Interface = p.device(index)
	}
	if p.resolver != nil {
		r.Local, r.Remote = p.resolver.endpoint(s.Local), p.resolver.endpoint(s.Remote)
		r.User = p.resolver.user(s)
	}
}

// skip counts a line or message that was passed over, and says what is wrong
// with the first.
func (p *page) skip(err error) {
	if p.bad++; p.bad == 1 {
		p.env.warn("passed over: %v", err)
	}
	p.gaps.add("sockets", listing.MalformedLine)
}

// end prints what is left: sorted rows and the tail.
func (p *page) end() error {
	p.begin()
	if p.sorted != nil {
		if err := p.sorted.print(p.print); err != nil {
			return err
		}
	}
	if p.bad > 1 {
		p.env.warn("%d such lines were passed over", p.bad)
	}
	if p.open > 0 && !p.undecided {
		p.undecided = true
		p.env.hint("left out, because the filter asks what is not known of them: %d", p.open)
	}
	if p.source.used == sourceProc && p.options.states.Has(tcp.Bound) {
		p.gaps.unknown("bound", listing.NotInProc)
		p.unbound()
	}
	p.hidden()
	tail := listing.Tail{
		Source: p.source.used, Replayed: p.source.isReplay(),
		Missing: p.gaps.list(), Counts: p.counts, Undecided: p.open, Namespaces: p.places.seen,
	}
	p.out.buf = p.printer.AppendTail(p.out.buf, tail)
	return p.out.flush()
}

// unbound says that BOUND sockets are not known, where they may be the answer.
func (p *page) unbound() {
	_, named := p.options.filter.States()
	if (named || p.options.quiet) && !p.unlisted {
		p.unlisted = true
		p.env.hint("BOUND sockets are not in /proc; there may be some")
	}
}

// fail prints what there is before it gives up with err. A list of which
// nothing was seen is not printed at all.
func (p *page) fail(err error) error {
	if !p.begun || p.out.err != nil || p.options.judged && !p.options.overview {
		return err // half a look is no answer to a check
	}
	p.gaps.unknown("sockets", reasonOf(err))
	if outErr := p.end(); outErr != nil {
		return outErr
	}
	return err
}

// reasonOf says why a walk ended early.
func reasonOf(err error) listing.Reason {
	var e *diag.Error
	switch {
	case isCut(err):
		return listing.NotRecorded
	case errors.As(err, &e) && e.Timeout():
		return listing.TimedOut
	}
	return listing.DumpInterrupted
}
