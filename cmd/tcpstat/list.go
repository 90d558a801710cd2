package main

import (
	"context"
	"strings"

	"github.com/spf13/pflag"

	"tcpstat/inspect"
	"tcpstat/listing"
	"tcpstat/render"
	"tcpstat/tcp"
)

// printer turns the rows of one list into bytes.
type printer interface {
	AppendHead(dst []byte, h listing.Head) []byte
	AppendRow(dst []byte, r *listing.Row) []byte
	AppendBetween(dst []byte) []byte
	AppendTail(dst []byte, t listing.Tail) []byte
}

// listOptions ask for a list of sockets.
type listOptions struct {
	lookOptions
	show    shown
	json    bool
	counts  bool            // how many in which state, and no rows
	columns []render.Column // nil: the usual ones
	sort    render.SortField
	sorted  bool // rows are sorted here; the terminal's table sorts itself
	top     int
}

// shown is what of the sockets a table shows, and how.
type shown struct {
	extended, processes, timers bool
	info, memory, explain       bool
	header, stamp               bool
}

// listMode weighs the flags of a list.
func (f *listFlags) listMode(e *env, flags *pflag.FlagSet, words []string) (*listOptions, error) {
	o := &listOptions{lookOptions: f.lookOptions(e, words), show: f.shown(), json: f.json, top: f.top}
	if err := o.choose(f.columns, flags.Changed("columns")); err != nil {
		return nil, err
	}
	o.sort, _ = render.ParseSort(f.sort)
	o.sorted = f.sort != "" && (f.json || !e.terminal)
	q, needs := &o.query, o.needs()
	q.Info, q.Memory, q.Congestion = f.info || needs.Info, f.memory, f.info || needs.Congestion
	q.Owners = f.processes && o.columns == nil || needs.Owners || o.sort == render.SortProcess // shown or not
	q.Details = f.json || f.extended && f.processes && e.terminal || needs.Details
	q.Cgroups, q.AnyCgroup = f.json || f.extended && e.terminal, needs.Cgroup
	q.Names = f.resolve && !f.json
	q.View = needs.View
	q.Notes = f.annotated(e) || needs.Note || o.sort == render.SortAge
	q.NoPlace = !f.json && !e.terminal // netstat's lines do not say it
	return o, nil
}

// everywhereMode is the overview of all namespaces: their sockets are not judged
// together, and JSON has each.
func (f *listFlags) everywhereMode(e *env) *listOptions {
	o := &listOptions{lookOptions: f.lookOptions(e, nil), show: f.shown(), json: f.json, counts: true}
	o.query.States, o.query.Notes, o.query.Cgroups = tcp.AllStates, true, f.json
	return o
}

func (f *listFlags) shown() shown {
	return shown{
		extended: f.extended, processes: f.processes, timers: f.timers,
		info: f.info, memory: f.memory, explain: f.explain,
		header: !f.noHeader, stamp: f.continuous,
	}
}

// choose reads the list of --columns.
func (o *listOptions) choose(list string, given bool) error {
	if !given {
		return nil
	}
	columns, unknown, near := render.FindColumns(strings.Split(list, ","), o.lang)
	if columns == nil {
		return unknownColumn(unknown, near)
	}
	o.columns = columns
	return nil
}

// needs is what the columns that were chosen need of the sockets.
func (o *listOptions) needs() (all render.ColumnNeeds) {
	for _, c := range o.columns {
		all = all.With(c.Needs)
	}
	return all
}

// run prints the list, again and again if asked.
func (o *listOptions) run(ctx context.Context, e *env) error {
	m, q, err := o.prepare(ctx, e)
	if err != nil {
		return err
	}
	defer m.Close()
	o.askEnded(e, &q)
	look, p := m.Look(q), o.printer(e, m, &q)
	return o.again(ctx, func(ctx context.Context) error { return o.print(ctx, newOutput(e.stdout), look, p) })
}

// askEnded asks for sockets that stand in no table, too, where all processes are looked
// through anyhow. In a pipe the usual table is netstat's, which knows none of them.
func (o *listOptions) askEnded(e *env, q *inspect.Query) {
	_, named := q.Filter.States()
	all := named || q.States == tcp.AllStates
	q.Ended = q.Ended || q.Owners && all && (o.json || e.terminal || o.columns != nil)
}

// print prints one list. Of one that fails what came before is printed, if anything
// was seen.
func (o *listOptions) print(ctx context.Context, out *output, look *inspect.Look, p printer) error {
	page := page{out: out, printer: p}
	if o.sorted {
		page.sorted = &sortedRows{field: o.sort, top: o.top}
	}
	var failed error
	for row, err := range look.Rows(ctx) {
		if failed = err; err != nil {
			break
		}
		page.begin(o, look)
		if err := page.add(row); err != nil {
			return err
		}
	}
	if failed != nil && !look.Started() {
		return failed
	}
	page.begin(o, look)
	if err := page.end(look.Tail()); err != nil {
		return err
	}
	return failed
}

// page is one list on its way to the output: rows as they come, or, if sorted, all
// rows at the end.
type page struct {
	out     *output
	printer printer
	begun   bool
	rows    int         // printed
	sorted  *sortedRows // nil unless rows are sorted here
}

// begin prints the head, once.
func (p *page) begin(o *listOptions, look *inspect.Look) {
	if !p.begun {
		p.begun = true
		p.out.buf = p.printer.AppendHead(p.out.buf, o.headOf(look.Head()))
	}
}

func (p *page) add(row *listing.Row) error {
	if p.sorted != nil {
		p.sorted.add(row, p.printer)
		return nil
	}
	return p.print(func(dst []byte) []byte { return p.printer.AppendRow(dst, row) })
}

func (p *page) print(row func([]byte) []byte) error {
	if p.rows > 0 {
		p.out.buf = p.printer.AppendBetween(p.out.buf)
	}
	p.rows++
	return p.out.append(row)
}

// end prints what is left: sorted rows and the tail.
func (p *page) end(tail listing.Tail) error {
	if p.sorted != nil {
		if err := p.sorted.print(p.print); err != nil {
			return err
		}
	}
	p.out.buf = p.printer.AppendTail(p.out.buf, tail)
	return p.out.flush()
}

// printer chooses the form: JSON if asked, the annotated table on a terminal,
// netstat's table anywhere else.
func (o *listOptions) printer(e *env, m *inspect.Machine, q *inspect.Query) printer {
	palette := e.palette(o.color)
	switch {
	case o.json:
		return &render.JSON{Info: o.show.info, Memory: o.show.memory, OneLine: o.show.stamp, Lang: o.lang}
	case o.counts:
		return &render.Overview{Width: e.width, Palette: palette, Lang: o.lang}
	case e.terminal && o.columns != nil:
		return &render.Chosen{Terminal: *o.terminal(e, m, q), Columns: o.columns}
	case e.terminal:
		return o.terminal(e, m, q)
	case o.columns != nil:
		return &render.Tabbed{Columns: o.columns, Header: o.show.header}
	}
	listeners := tcp.SetOf(tcp.Listen)
	return &render.Netstat{
		Palette: palette, Header: o.show.header,
		All: q.States.Has(tcp.Listen) && q.States != listeners, Listening: q.States == listeners,
		Extended: o.show.extended, Processes: o.show.processes, Timers: o.show.timers,
		Info: o.show.info, Memory: o.show.memory, Explain: o.show.explain, Lang: o.lang,
	}
}

// terminal makes the annotated table.
func (o *listOptions) terminal(e *env, m *inspect.Machine, q *inspect.Query) *render.Terminal {
	return &render.Terminal{
		Width: e.width, Palette: e.palette(o.color), Header: o.show.header, Stamp: o.show.stamp, Root: m.Root(),
		Extended: o.show.extended, Processes: o.show.processes, Timers: o.show.timers,
		Info: o.show.info, Memory: o.show.memory, Explain: o.show.explain,
		Sort: o.sort, Top: o.top, All: q.States == tcp.AllStates, Filtered: q.Filtered(), Lang: o.lang,
	}
}
