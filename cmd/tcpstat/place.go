package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpstat/filter"
	"tcpstat/inspect"
	"tcpstat/internal/spelling"
	"tcpstat/listing"
	"tcpstat/render/typeset"
)

// placeFlags say where to look, as they stand on the command line.
type placeFlags struct {
	source, proc, netns string
	record, replay      string
	recordCmdline       bool
}

// registerPlace registers those that read the same in every command.
func (f *placeFlags) registerPlace(flags *pflag.FlagSet) {
	flags.StringVar(&f.source, "source", inspect.Auto, "`SOURCE` to read: auto, netlink or proc")
	flags.StringVar(&f.proc, "proc", "", "another /proc at `DIR` (a host's, a support bundle's)")
}

// open opens the machine that the flags name, and records it first if they ask for
// that.
func (f *placeFlags) open(ctx context.Context, e *env) (*inspect.Machine, error) {
	proc := cmp.Or(f.proc, e.getenv("HOST_PROC"))
	switch {
	case f.record == "-":
		return nil, usagef("tcpstat -a --record look.txt", "--record needs a file of its own; the list goes to standard output")
	case f.record != "" && f.netns == inspect.AllNamespaces:
		return nil, usagef("tcpstat -a --record look.txt --netns NAME", "--record keeps one network namespace, not all")
	case f.replay != "":
		proc = ""
	case f.netns != "" && proc != "" && !inspect.IsOwnProc(proc):
		return nil, usagef("env -u HOST_PROC tcpstat "+f.where(), "--netns looks at this machine, HOST_PROC (%s) at another", proc)
	case f.netns != "":
		proc = ""
	}
	m, err := inspect.Open(inspect.Options{
		Source: f.source, Proc: proc, NetNS: f.netns, Replay: f.replay,
		Root: e.root, Now: e.now, Warn: e.warn, Hint: e.hint,
	})
	if err != nil {
		return nil, err
	}
	if m.Replayed() && e.terminal && !m.Now().IsZero() {
		e.hint("a look at %s of %s", cmp.Or(m.Host(), "a machine"), m.Now().Format("2006-01-02 15:04:05Z"))
	}
	if f.record == "" {
		return m, nil
	}
	ctx, stop := interruptible(ctx) // an interrupt must not leave half a file behind
	defer stop()
	return m.Record(ctx, f.record, inspect.Keep{Program: version(), CommandLines: f.recordCmdline})
}

// where are the flags that look at the same place again.
func (f *placeFlags) where() string {
	switch {
	case f.replay != "":
		return flagText("--replay", f.replay)
	case f.netns != "":
		return flagText("--netns", f.netns)
	case f.proc != "":
		return flagText("--proc", f.proc)
	}
	return ""
}

// headOf is a head with the place in the user's words.
func (f *placeFlags) headOf(h listing.Head) listing.Head {
	h.Where = f.where()
	return h
}

// flagText is a flag as a shell takes it.
func flagText(flag, value string) string {
	plain := func(r rune) bool {
		return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/._-+:@", r))
	}
	if strings.IndexFunc(value, func(r rune) bool { return !plain(r) }) >= 0 {
		value = "'" + strings.ReplaceAll(typeset.Escape(value), "'", `'\''`) + "'"
	}
	return flag + " " + value
}

// readFilter reads the words of the command line that are no flags: a filter, in one
// word or in many.
func readFilter(ctx context.Context, words []string, m *inspect.Machine) (*filter.Expr, error) {
	text := strings.Join(words, " ")
	if len(words) > 0 && strings.TrimSpace(text) == "" {
		return nil, usagef("leave it out to list every socket", "the filter is empty")
	}
	expr, err := filter.Parse(text, m.FilterNames(ctx))
	var mistake *filter.Error
	if !errors.As(err, &mistake) {
		return expr, err
	}
	if near := spelling.Nearest(words[0], []string{"check", "explain", "help", "completion"}); near != "" && mistake.Word == words[0] {
		return nil, usagef("did you mean tcpstat "+near+"?", "unknown word %q", words[0])
	}
	return nil, &usageError{what: mistake.What(), try: mistake.Try(), cause: mistake}
}

// completeNamespaces offers the names that `ip netns` has given, and all.
func completeNamespaces(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return append(inspect.NamespaceNames(), inspect.AllNamespaces), cobra.ShellCompDirectiveNoFileComp
}

// pause waits, unless ctx ends before that.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// readable explains an error in two parts: what failed, and what to try.
func readable(err error) (what, try string) {
	switch try = inspect.Advice(err); {
	case try != "":
	case errors.Is(err, syscall.ENOSPC):
		try = "make room where the output goes, or write it elsewhere"
	default:
		try = "run tcpstat --help for the ways to ask"
	}
	return fmt.Sprint(err), try
}
