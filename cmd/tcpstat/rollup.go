package main

import (
	"tcpstat/render"
	"tcpstat/tcp"
)

// rollUp weighs --by and the flags that mean something else beside it.
func (o *listOptions) rollUp(f *listFlags) error {
	subject, known := render.ParseSubject(f.by)
	if !known {
		return unknownWord("subject", f.by, render.SubjectNames())
	}
	if err := oneOf("sort field of --by", f.sort, render.GroupFieldNames()); err != nil {
		return err
	}
	field, _ := render.ParseGroupField(f.sort)
	o.rollup = &render.Rollup{By: subject, Sort: field, Top: f.top}
	o.sorted = false
	o.needs.Info, o.needs.View = true, true
	switch subject {
	case render.ByState:
		// Counts by state are of all states, as in the overview, unless the user
		// chose some.
		if _, named := o.filter.States(); !named && !f.listening {
			o.states = tcp.AllStates
		}
	case render.ByProcess:
		o.needs.Owners = true
	case render.ByListener:
		o.annotate = true // which takes all listeners
	}
	return nil
}

// rollupPrinter chooses the form of a roll-up.
func (f *listFlags) rollupPrinter(e *env, o *listOptions, listeners *tcp.Listeners) printer {
	rollup := *o.rollup
	rollup.Listeners = listeners
	switch {
	case f.json:
		return &render.RollupJSON{Rollup: rollup, OneLine: f.continuous}
	case e.terminal:
		return &render.RollupTerminal{
			Rollup: rollup, Width: e.width, Palette: e.palette(f.color), Header: !f.noHeader, Stamp: f.continuous,
			Root: e.root, All: o.states == tcp.AllStates, Filtered: o.filtered(), Lang: o.lang,
		}
	}
	return &render.RollupText{Rollup: rollup, Header: !f.noHeader, Palette: e.palette(f.color)}
}
