package main

import (
	"context"

	"tcpstat/health"
	"tcpstat/inspect"
	"tcpstat/render"
	"tcpstat/tcp"
)

// overviewOptions ask how many sockets are in which state, and what the rules find.
type overviewOptions struct {
	lookOptions
	json bool
}

// overviewMode weighs the flags of a command line that asks for no list.
func (f *listFlags) overviewMode(e *env) mode {
	if f.netns == inspect.AllNamespaces {
		return f.everywhereMode(e)
	}
	o := &overviewOptions{lookOptions: f.lookOptions(e, nil), json: f.json}
	q := &o.query
	q.States, q.Notes, q.For = tcp.AllStates, true, inspect.Judgement
	return o
}

// run prints the overview: the sockets are counted, and judged together.
func (o *overviewOptions) run(ctx context.Context, e *env) error {
	m, q, err := o.prepare(ctx, e)
	if err != nil {
		return err
	}
	defer m.Close()
	look := m.Look(q)
	census := health.NewCensus(e.ages)
	overview := &render.Overview{Width: e.width, Palette: e.palette(o.color), Lang: o.lang}
	var failed error
	for row, err := range look.Rows(ctx) {
		if failed = err; err != nil {
			break
		}
		census.Add(row)
		overview.Add(row)
	}
	if failed != nil && !look.Started() {
		return failed
	}
	check := &render.Check{Head: o.headOf(look.Head()), Report: health.Report{Status: health.Unknown}, Lang: o.lang}
	if failed == nil { // half a look is not judged
		facts, err := look.Facts(ctx, census)
		if err != nil {
			return err
		}
		check.Report = health.Check(facts, health.Options{})
		check.Past = health.History(facts)
		look.Describe(o.described(&check.Report))
	}
	check.Tail = look.Tail()
	out := newOutput(e.stdout)
	switch {
	case o.json:
		out.buf = check.AppendOverviewJSON(out.buf)
	case failed != nil:
		out.buf = overview.AppendCounted(out.buf, check.Head, check.Tail)
	default:
		out.buf = overview.AppendJudged(out.buf, check)
	}
	if err := out.flush(); err != nil {
		return err
	}
	return failed
}

// described are the results of which the answer shows the process.
func (o *overviewOptions) described(report *health.Report) []*health.Result {
	if o.json {
		return report.All()
	}
	return report.Findings()
}
