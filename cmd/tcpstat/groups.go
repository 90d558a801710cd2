package main

import (
	"context"

	"tcpstat/inspect"
	"tcpstat/listing"
	"tcpstat/render"
	"tcpstat/rollup"
	"tcpstat/tcp"
)

// groupOptions ask for sockets added up (--by).
type groupOptions struct {
	lookOptions
	rollup rollup.Options
	json   bool
	header bool
	stamp  bool // the list is repeated
}

// groupMode weighs --by and the flags that mean something else beside it.
func (f *listFlags) groupMode(e *env, words []string) (*groupOptions, error) {
	subject, known := rollup.ParseSubject(f.by)
	if !known {
		return nil, unknownWord("subject", f.by, rollup.SubjectNames())
	}
	if err := oneOf("sort field of --by", f.sort, rollup.SortNames()); err != nil {
		return nil, err
	}
	field, _ := rollup.ParseSort(f.sort)
	o := &groupOptions{
		lookOptions: f.lookOptions(e, words), rollup: rollup.Options{By: subject, Sort: field, Top: f.top},
		json: f.json, header: !f.noHeader, stamp: f.continuous,
	}
	q := &o.query
	q.For, q.Names, q.Notes = inspect.Groups, f.resolve && !f.json, f.annotated(e)
	switch subject {
	case rollup.ByState:
		// Counts by state are of all states, as in the overview, unless the user
		// chose some.
		if !f.listening {
			q.States = tcp.AllStates
		}
	case rollup.ByProcess:
		q.Owners = true
	case rollup.ByListener:
		q.Notes = true // which takes all listeners
	}
	return o, nil
}

// groupPrinter turns a roll-up into bytes.
type groupPrinter interface {
	Append(dst []byte, h listing.Head, r *rollup.Result, t listing.Tail) []byte
}

// run prints the groups, again and again if asked.
func (o *groupOptions) run(ctx context.Context, e *env) error {
	m, q, err := o.prepare(ctx, e)
	if err != nil {
		return err
	}
	defer m.Close()
	look, p := m.Look(q), o.printer(e, m, &q)
	return o.again(ctx, func(ctx context.Context) error { return o.print(ctx, newOutput(e.stdout), look, p) })
}

// print adds up the rows of one look. Of one that fails what came before is printed,
// if anything was seen.
func (o *groupOptions) print(ctx context.Context, out *output, look *inspect.Look, p groupPrinter) error {
	groups := rollup.New(o.rollup)
	var failed error
	for row, err := range look.Rows(ctx) {
		if failed = err; err != nil {
			break
		}
		groups.Add(row)
	}
	if failed != nil && !look.Started() {
		return failed
	}
	out.buf = p.Append(out.buf, o.headOf(look.Head()), groups.Result(), look.Tail())
	if err := out.flush(); err != nil {
		return err
	}
	return failed
}

// printer chooses the form of a roll-up.
func (o *groupOptions) printer(e *env, m *inspect.Machine, q *inspect.Query) groupPrinter {
	switch {
	case o.json:
		return &render.RollupJSON{OneLine: o.stamp}
	case e.terminal:
		return &render.RollupTerminal{
			Width: e.width, Palette: e.palette(o.color), Header: o.header, Stamp: o.stamp,
			Root: m.Root(), All: q.States == tcp.AllStates, Filtered: q.Filtered(), Lang: o.lang,
		}
	}
	return &render.RollupText{Header: o.header, Palette: e.palette(o.color)}
}
