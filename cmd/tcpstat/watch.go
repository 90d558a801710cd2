package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/pflag"

	"tcpstat/filter"
	"tcpstat/inspect"
	"tcpstat/listing"
	"tcpstat/render"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// watchOptions ask for a watch.
type watchOptions struct {
	lookOptions
	until   *watch.Until  // nil: it has no aim
	longest time.Duration // 0: without end
	words   string        // of --watch
	json    bool
	header  bool
}

// watchMode weighs the flags of a watch.
func (f *listFlags) watchMode(e *env, flags *pflag.FlagSet, words []string) (*watchOptions, error) {
	o := &watchOptions{
		lookOptions: f.lookOptions(e, words), longest: time.Duration(f.watch.longest.interval), words: f.watch.words,
		json: f.json, header: !f.noHeader,
	}
	o.samples = f.count
	states, err := f.watch.states(flags, f.interval)
	if err != nil {
		return nil, err
	}
	if o.until, err = f.watch.until(flags); err != nil {
		return nil, err
	}
	q := &o.query
	q.States, q.Notes, q.Owners = states, true, f.processes
	q.Info, q.Congestion, q.Memory = f.info, f.info, f.memory
	q.Cgroups, q.Details = f.json, f.json
	return o, nil
}

// fits refuses a filter that names states of its own, and what is more than one look
// at a time.
func (o *watchOptions) fits(m *inspect.Machine, expr *filter.Expr) error {
	if m.Everywhere() {
		return usagef("in one: tcpstat --watch "+o.words+" --netns NAME|PID|PATH", "--watch looks into one network namespace")
	}
	if _, named := expr.States(); named {
		return usagef("tcpstat --watch "+o.words+" FILTER, without state and exclude", "--watch names the states, and so does the filter")
	}
	return nil
}

// watchPrinter turns a watch into bytes.
type watchPrinter interface {
	AppendHead(dst []byte, h listing.Head) []byte
	AppendEvent(dst []byte, e *render.WatchEvent) []byte
	AppendSample(dst []byte, s *watch.Sample) []byte
	AppendSummary(dst []byte, s *render.WatchSummary) []byte
}

// printer chooses the form of a watch that is printed line by line.
func (o *watchOptions) printer(e *env) watchPrinter {
	q := &o.query
	if o.json {
		return &render.WatchJSON{JSON: render.JSON{Info: q.Info, Memory: q.Memory, Lang: o.lang}, States: q.States}
	}
	return &render.WatchText{
		States: q.States, Header: o.header, Info: q.Info, Memory: q.Memory, Palette: e.palette(o.color), Lang: o.lang,
	}
}

// watchRun is a watch under way.
type watchRun struct {
	*watchOptions
	env     *env
	machine *inspect.Machine
	watcher *inspect.Watcher
	printer watchPrinter
	out     *output
	begun   bool         // the head is printed
	screen  *watchScreen // nil: lines are printed
}

// run watches to the end.
func (o *watchOptions) run(ctx context.Context, e *env) error {
	m, q, err := o.prepare(ctx, e)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := o.fits(m, q.Filter); err != nil {
		return err
	}
	w := &watchRun{watchOptions: o, env: e, machine: m, printer: o.printer(e), out: newOutput(e.stdout)}
	w.screen = o.newWatchScreen(e, m)
	told := inspect.Told{Event: w.tell}
	if w.screen != nil {
		told = inspect.Told{Seen: w.screen.add}
	}
	if w.watcher, err = m.Watch(q, told); err != nil {
		return err
	}
	return w.run(ctx)
}

// run takes samples until the user, the condition or the number of samples ends it, and
// sums up.
func (w *watchRun) run(ctx context.Context) error {
	watching, stop := interruptible(ctx)
	defer stop()
	defer w.screen.guard()
	watching, err := w.screen.open(watching)
	if err != nil {
		return err
	}
	defer w.screen.close()
	w.watcher.Listen(ctx)
	defer w.watcher.Close()
	if err := w.samples(watching); err != nil {
		return err
	}
	w.screen.close()
	return w.sumUp(context.WithoutCancel(ctx))
}

// samples takes one sample every interval. The first is taken whole, however short the
// watch is to be: without one nothing is known.
func (w *watchRun) samples(ctx context.Context) error {
	bounded := ctx
	if w.longest > 0 {
		var cancel context.CancelFunc
		bounded, cancel = context.WithTimeout(ctx, w.longest)
		defer cancel()
	}
	ticker := time.NewTicker(w.interval)
	defer ticker.Stop()
	for n := 1; ; n++ {
		err := w.sample(ctx)
		switch {
		case ctx.Err() != nil:
			return w.out.flush()
		case err != nil:
			if unwritten := w.out.flush(); !errors.Is(err, unwritten) {
				err = errors.Join(unwritten, err)
			}
			return err
		case w.reached(), n == w.lookOptions.samples:
			return nil
		}
		ctx = bounded
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// reached reports whether the condition of --until is true.
func (w *watchRun) reached() bool {
	sum := w.watcher.Summary()
	return w.until != nil && sum.Samples > 0 && w.until.Reached(&sum)
}

// sample takes one sample and shows what it tells.
func (w *watchRun) sample(ctx context.Context) error {
	w.screen.begin()
	sample, err := w.watcher.Sample(ctx)
	if err != nil {
		return err
	}
	if w.screen != nil {
		return w.screen.show(ctx, w, &sample)
	}
	w.head()
	w.out.buf = w.printer.AppendSample(w.out.buf, &sample)
	return w.out.flush()
}

// tell prints an event.
func (w *watchRun) tell(e *watch.Event, r *listing.Row) error {
	w.head()
	return w.out.append(func(dst []byte) []byte {
		return w.printer.AppendEvent(dst, &render.WatchEvent{Event: *e, Row: r})
	})
}

// head prints the head, once.
func (w *watchRun) head() {
	if !w.begun {
		w.begun = true
		w.out.buf = w.printer.AppendHead(w.out.buf, w.headOf(w.watcher.Head()))
	}
}

// maxGrowing is how many of each kind of subject the summary tells.
const maxGrowing = 5

// sumUp prints the summary. Whose the sockets are is looked for now where it was not
// asked for before.
func (w *watchRun) sumUp(ctx context.Context) (err error) {
	if err := w.watcher.FindOwners(ctx); err != nil {
		return err
	}
	s := &render.WatchSummary{Summary: w.watcher.Summary(), Head: w.headOf(w.watcher.Head()), Source: w.machine.Source()}
	if s.Samples == 0 {
		return w.answer(s)
	}
	if s.Processes, err = w.growing(ctx); err != nil {
		return err
	}
	s.Listeners = first(maxGrowing, w.watcher.Groups(watch.ByListener))
	s.Peers = first(maxGrowing, w.watcher.Groups(watch.ByPeer))
	if w.until != nil {
		s.Reached = tcp.Some(w.reached())
	}
	s.Missing = w.watcher.Missing()
	w.out.buf = w.printer.AppendSummary(w.out.buf, s)
	if err := w.out.flush(); err != nil {
		return err
	}
	return w.answer(s)
}

// growing are the processes of the summary. Files of theirs that the sockets watched do
// not account for may be sockets that have ended and were not closed.
func (w *watchRun) growing(ctx context.Context) (list []render.ProcessGrowth, err error) {
	var unaccounted []int32
	for _, g := range first(maxGrowing, w.watcher.Groups(watch.ByProcess)) {
		p := render.ProcessGrowth{Group: g, Files: w.watcher.Files(g.PID)}
		if p.Unaccounted() {
			unaccounted = append(unaccounted, g.PID)
		}
		list = append(list, p)
	}
	held, err := w.watcher.ClosedHeld(ctx, unaccounted)
	for i := range list {
		p := &list[i]
		if n, known := held[p.PID]; known {
			files, _ := p.Files.Get()
			files.ClosedHeld = tcp.Some(n)
			p.Files = tcp.Some(files)
		}
	}
	return list, err
}

// answer is that of --until.
func (w *watchRun) answer(s *render.WatchSummary) error {
	if w.until != nil && !s.Reached.Or(false) {
		return errNone
	}
	return nil
}

func first(n int, groups []watch.Group) []watch.Group { return groups[:min(len(groups), n)] }
