package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"tcpstat/diag"
	"tcpstat/health"
	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/render"
	"tcpstat/tcp"
)

// statistics answers -s: the counters of one network namespace, since it was made
// or over one window after the other.
type statistics struct {
	env      *env
	source   *source
	append   func(dst []byte, s *render.Statistics) []byte
	windows  int           // how many, 0: without end
	interval time.Duration // of a window, 0: no window
	unread   bool          // it was said that something could not be read
}

// checkStatistics refuses what does not go with -s beside the table of flags.
func (f *listFlags) checkStatistics(flags *pflag.FlagSet, words []string) error {
	switch {
	case !f.statistics:
	case len(words) > 0:
		return usagef("for the sockets: tcpstat "+strings.Join(words, " "), "-s counts all of TCP and takes no filter")
	case f.netns == allNamespaces:
		return usagef("tcpstat -s --netns NAME; tcpstat -l --netns all tells their names", "-s is about one network namespace")
	case flags.Changed("count") && f.count <= 0:
		return usagef("tcpstat -s -d 5s --count 3", "--count cannot be %d", f.count)
	}
	return nil
}

// printStatistics prints the statistics that the flags ask for; with --record from a look
// that is kept.
func (f *listFlags) printStatistics(ctx context.Context, e *env, src *source) error {
	if f.record != "" {
		keeper := &lister{env: e, source: src}
		if err := keeper.record(ctx, f.record); err != nil {
			return err
		}
		src = keeper.source
	}
	return f.newStatistics(e, src).run(ctx)
}

// newStatistics weighs the flags. -d asks for one window, --count for so many, -c
// for one after the other.
func (f *listFlags) newStatistics(e *env, source *source) *statistics {
	s := &statistics{env: e, source: source, windows: f.count, interval: time.Duration(f.interval)}
	if f.continuous || f.count > 0 {
		s.interval = cmp.Or(s.interval, time.Second)
	}
	if !f.continuous {
		s.windows = max(1, s.windows)
	}
	lang := e.language(f.lang)
	if f.json {
		s.append = func(dst []byte, s *render.Statistics) []byte { return s.AppendJSON(dst, lang) }
		return s
	}
	text := &render.StatisticsText{
		Zeros: f.zeros, Explain: f.explain,
		Width: min(e.width, maxPageWidth), Palette: e.palette(f.color), Lang: lang,
	}
	s.append = text.Append
	return s
}

// counted is one look at the counters.
type counted struct {
	time     time.Time
	counters tcp.Counters
	missing  gaps
}

// run prints the statistics. An interrupt is the usual end of several windows.
func (s *statistics) run(ctx context.Context) error {
	now, err := s.look()
	if err != nil {
		return err
	}
	if s.interval == 0 {
		return s.print(ctx, now, 0)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second one kills, should nobody read our output
	fell := false
	for printed := 0; s.windows == 0 || printed < s.windows; {
		if err := pause(ctx, s.interval); err != nil {
			return err
		}
		before := now
		if now, err = s.look(); err != nil {
			return err
		}
		rise := now
		var back tcp.Counters
		if rise.counters, back = now.counters.Since(before.counters); len(back) > 0 {
			if fell {
				return fmt.Errorf("counters went backwards again (%s): these are not of one network namespace", back[0].Name)
			}
			s.env.warn("counters went backwards (%s), so the network namespace is a new one: the window begins again", back[0].Name)
			fell = true
			continue
		}
		fell = false
		if err := s.print(ctx, rise, now.time.Sub(before.time)); err != nil {
			return err
		}
		printed++
	}
	return nil
}

// look reads the counters: first netstat and then snmp, so that the kinds of
// retransmission are no more than all of them.
func (s *statistics) look() (counted, error) {
	c := counted{time: s.env.now()}
	ext, extErr := s.source.proc.Netstat()
	all, err := s.source.proc.SNMP()
	for _, counter := range append(all, ext...) {
		if render.AboutTCP(counter) {
			c.counters = append(c.counters, counter)
		}
	}
	switch {
	case len(c.counters) > 0:
	case s.source.look != nil:
		return c, &recordError{errors.New("no counters are in the record"), "a record with counters is made by tcpstat --record FILE"}
	default:
		return c, cmp.Or(err, extErr, errNoCounters)
	}
	s.miss(&c, "counters.Tcp", err)
	s.miss(&c, "counters.TcpExt", extErr)
	return c, nil
}

// errNoCounters says that the files are there and hold nothing about TCP.
var errNoCounters = errors.New("net/snmp and net/netstat hold no counters of TCP")

// miss notes what could not be read, and says so once.
func (s *statistics) miss(c *counted, field string, err error) {
	var line *procnet.LineError
	switch {
	case err == nil:
		return
	case errors.As(err, &line):
		c.missing.unknown("counters", listing.MalformedLine)
	case errors.Is(err, fs.ErrPermission):
		c.missing.unknown(field, listing.NoPermission)
	default:
		c.missing.unknown(field, s.source.absent())
	}
	if !s.unread {
		s.env.warn("some counters are not known: %v", err)
		s.unread = true
	}
}

// print prints counters, or by how much they rose in a window.
func (s *statistics) print(ctx context.Context, c counted, window time.Duration) error {
	host, _ := s.source.proc.Hostname()
	doc := render.Statistics{
		Head:     listing.Head{Time: c.time, Host: host, NetNS: s.source.namespace(), Where: s.source.where},
		Counters: c.counters, Window: window, Source: sourceProc, Replayed: s.source.isReplay(),
		Retransmission: health.Retransmitted(c.counters),
	}
	ratiosMissing(&c.missing, &doc.Retransmission)
	if doc.Retransmission.Culprit == health.Path {
		s.blame(ctx, &doc.Retransmission, &c.missing)
	}
	c.missing.notRecorded(s.source, doc.Head)
	doc.Missing = c.missing.list()
	out := newOutput(s.env.stdout)
	out.buf = s.append(out.buf, &doc)
	return out.flush()
}

// ratiosMissing notes the ratios for which this kernel counts too little.
func ratiosMissing(missing *gaps, r *health.Retransmission) {
	if missing.list() != nil {
		return // the kernel may count it, and it was not read
	}
	if _, known := r.Originals.Get(); !known {
		missing.unknown("ratios.data", listing.KernelTooOld)
	}
	if _, known := r.Syns.Get(); !known {
		missing.unknown("ratios.syn", listing.KernelTooOld)
	}
}

// blame looks at the live connections: does one peer have the loss? That takes
// sock_diag.
func (s *statistics) blame(ctx context.Context, r *health.Retransmission, missing *gaps) {
	if s.source.policy == sourceProc {
		missing.unknown("sockets", listing.NotInProc)
		return
	}
	peers := health.Peers{}
	connected := tcp.AllStates.Without(tcp.Listen).Without(tcp.Bound).Without(tcp.TimeWait).Without(tcp.SynRecv)
	for socket, err := range s.source.sockets(ctx, want{ipv4: true, ipv6: true, states: connected, info: true}) {
		switch {
		case s.source.used == sourceProc:
			missing.unknown("sockets", listing.NotInProc)
			return
		case err == nil:
			peers.Add(socket)
		case skipped(err):
			missing.add("sockets", listing.MalformedLine)
		case errors.Is(err, diag.ErrInterrupted):
			missing.unknown("sockets", listing.DumpInterrupted)
		default:
			missing.unknown("sockets", reasonOf(err))
			s.env.warn("which peer has the loss is not known: %v", err)
			return
		}
	}
	r.Blame(peers)
}
