package main

import (
	"tcpstat/listing"
	"tcpstat/render"
	"tcpstat/rollup"
	"tcpstat/tcp"
)

// rollUp weighs --by and the flags that mean something else beside it.
func (o *listOptions) rollUp(f *listFlags) error {
	subject, known := rollup.ParseSubject(f.by)
	if !known {
		return unknownWord("subject", f.by, rollup.SubjectNames())
	}
	if err := oneOf("sort field of --by", f.sort, rollup.SortNames()); err != nil {
		return err
	}
	field, _ := rollup.ParseSort(f.sort)
	o.rollup = &rollup.Options{By: subject, Sort: field, Top: f.top}
	o.sorted = false
	o.needs.Info, o.needs.View = true, true
	switch subject {
	case rollup.ByState:
		// Counts by state are of all states, as in the overview, unless the user
		// chose some.
		if _, named := o.filter.States(); !named && !f.listening {
			o.states = tcp.AllStates
		}
	case rollup.ByProcess:
		o.needs.Owners = true
	case rollup.ByListener:
		o.annotate = true // which takes all listeners
	}
	return nil
}

// rollupPrinter chooses the form of a roll-up.
func (f *listFlags) rollupPrinter(e *env, o *listOptions) printer {
	p := &rollupPrinter{options: *o.rollup}
	switch {
	case f.json:
		p.form = &render.RollupJSON{OneLine: f.continuous}
	case e.terminal:
		p.form = &render.RollupTerminal{
			Width: e.width, Palette: e.palette(f.color), Header: !f.noHeader, Stamp: f.continuous,
			Root: e.root, All: o.states == tcp.AllStates, Filtered: o.filtered(), Lang: o.lang,
		}
	default:
		p.form = &render.RollupText{Header: !f.noHeader, Palette: e.palette(f.color)}
	}
	return p
}

// rollupPrinter adds up the sockets of a list, and prints the result in one form.
type rollupPrinter struct {
	options rollup.Options
	form    interface {
		Append(dst []byte, h listing.Head, r *rollup.Result, t listing.Tail) []byte
	}

	head   listing.Head
	rollup *rollup.Rollup
}

// AppendHead begins anew.
func (p *rollupPrinter) AppendHead(dst []byte, h listing.Head) []byte {
	p.head, p.rollup = h, rollup.New(p.options)
	return dst
}

// AppendRow adds one socket.
func (p *rollupPrinter) AppendRow(dst []byte, r *listing.Row) []byte {
	p.rollup.Add(r)
	return dst
}

// AppendBetween appends what stands between two sockets: nothing.
func (p *rollupPrinter) AppendBetween(dst []byte) []byte { return dst }

// AppendTail prints the result.
func (p *rollupPrinter) AppendTail(dst []byte, t listing.Tail) []byte {
	return p.form.Append(dst, p.head, p.rollup.Result(), t)
}
