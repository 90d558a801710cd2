package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tcpstat/health"
	"tcpstat/inspect"
	"tcpstat/listing"
	"tcpstat/render"
	"tcpstat/tcp"
)

// statisticsOptions ask for the counters of one network namespace (-s), since it was
// made or over one window after the other.
type statisticsOptions struct {
	placeFlags
	windows  int           // how many, 0: without end
	interval time.Duration // of a window, 0: no window

	append func(dst []byte, s *render.Statistics) []byte
}

// statisticsMode weighs the flags. -d asks for one window, --count for so many, -c for
// one after the other.
func (f *listFlags) statisticsMode(e *env, flags *pflag.FlagSet, words []string) (*statisticsOptions, error) {
	switch {
	case len(words) > 0:
		return nil, usagef("for the sockets: tcpstat "+strings.Join(words, " "), "-s counts all of TCP and takes no filter")
	case f.netns == inspect.AllNamespaces:
		return nil, usagef("tcpstat -s --netns NAME; tcpstat -l --netns all tells their names", "-s is about one network namespace")
	}
	o := &statisticsOptions{placeFlags: f.placeFlags, windows: f.count, interval: time.Duration(f.interval)}
	if f.continuous || f.count > 0 {
		o.interval = cmp.Or(o.interval, time.Second)
	}
	if !f.continuous {
		o.windows = max(1, o.windows)
	}
	lang := e.language(f.lang)
	if f.json {
		o.append = func(dst []byte, s *render.Statistics) []byte { return s.AppendJSON(dst, lang) }
		return o, nil
	}
	text := &render.StatisticsText{
		Zeros: f.zeros, Explain: f.explain,
		Width: min(e.width, maxPageWidth), Palette: e.palette(f.color), Lang: lang,
	}
	o.append = text.Append
	return o, nil
}

// run prints the statistics. An interrupt is the usual end of several windows.
func (o *statisticsOptions) run(ctx context.Context, e *env) error {
	m, err := o.open(ctx, e)
	if err != nil {
		return err
	}
	defer m.Close()
	now, err := m.Counts()
	if err != nil {
		return err
	}
	if o.interval == 0 {
		return o.print(ctx, e, m, now, 0)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	fell := false
	for printed := 0; o.windows == 0 || printed < o.windows; {
		if err := pause(ctx, o.interval); err != nil {
			return err
		}
		before := now
		if now, err = m.Counts(); err != nil {
			return err
		}
		rise := now
		var back tcp.Counters
		if rise.Counters, back = now.Counters.Since(before.Counters); len(back) > 0 {
			if fell {
				return fmt.Errorf("counters went backwards again (%s): these are not of one network namespace", back[0].Name)
			}
			e.warn("counters went backwards (%s), so the network namespace is a new one: the window begins again", back[0].Name)
			fell = true
			continue
		}
		fell = false
		if err := o.print(ctx, e, m, rise, now.Time.Sub(before.Time)); err != nil {
			return err
		}
		printed++
	}
	return nil
}

// print prints counters, or by how much they rose in a window.
func (o *statisticsOptions) print(ctx context.Context, e *env, m *inspect.Machine, c inspect.Counts, window time.Duration) error {
	doc := render.Statistics{
		Head:     o.headOf(listing.Head{Time: c.Time, Host: m.Host(), NetNS: m.NetNS()}),
		Counters: c.Counters, Window: window, Source: inspect.Proc, Replayed: m.Replayed(),
		Retransmission: health.Retransmitted(c.Counters),
		Missing:        c.Missing,
	}
	if len(c.Missing) == 0 { // else the kernel may count it, and it was not read
		doc.Missing = ratiosMissing(&doc.Retransmission)
	}
	if doc.Retransmission.Culprit == health.Path {
		peers, missing := peersOf(ctx, e, m)
		doc.Missing = listing.Merge(doc.Missing, missing)
		if peers != nil {
			doc.Retransmission.Blame(peers)
		}
	}
	doc.Missing = listing.Merge(doc.Missing, m.NotRecorded(doc.Head))
	out := newOutput(e.stdout)
	out.buf = o.append(out.buf, &doc)
	return out.flush()
}

// ratiosMissing tells the ratios for which this kernel counts too little.
func ratiosMissing(r *health.Retransmission) (missing []listing.Missing) {
	if _, known := r.Originals.Get(); !known {
		missing = append(missing, listing.Missing{Field: "ratios.data", Reason: listing.KernelTooOld})
	}
	if _, known := r.Syns.Get(); !known {
		missing = append(missing, listing.Missing{Field: "ratios.syn", Reason: listing.KernelTooOld})
	}
	return missing
}

// peersOf looks at the live connections: does one peer have the loss? That takes
// sock_diag; nil where it cannot be had.
func peersOf(ctx context.Context, e *env, m *inspect.Machine) (health.Peers, []listing.Missing) {
	notInProc := []listing.Missing{{Field: "sockets", Reason: listing.NotInProc}}
	if m.ProcOnly() {
		return nil, notInProc
	}
	peers := health.Peers{}
	connected := tcp.AllStates.Without(tcp.Listen).Without(tcp.Bound).Without(tcp.TimeWait).Without(tcp.SynRecv)
	look := m.Look(inspect.Query{States: connected, Info: true, For: inspect.Judgement})
	for row, err := range look.Rows(ctx) {
		switch {
		case m.ProcOnly():
			return nil, notInProc
		case err != nil:
			e.warn("which peer has the loss is not known: %v", err)
			return nil, look.Tail().Missing
		}
		peers.Add(row.Socket)
	}
	return peers, look.Tail().Missing
}
