package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpstat/inspect"
	"tcpstat/internal/spelling"
	"tcpstat/render"
	"tcpstat/rollup"
	"tcpstat/tcp"
)

// listFlags are the flags of the list as they stand on the command line.
type listFlags struct {
	placeFlags
	all, listening, resolve     bool
	udp, raw, unix, onlyTCP     bool
	ipv4, ipv6                  bool
	processes, timers, extended bool
	info, memory, explain       bool
	continuous, noHeader        bool
	json, quiet                 bool
	by, sort, columns           string
	color, lang                 string
	statistics, zeros           bool
	top, count                  int
	interval                    interval
	watch                       watchFlags
}

func (f *listFlags) register(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.BoolVarP(&f.all, "all", "a", false, "listeners and bound sockets too")
	flags.BoolVarP(&f.listening, "listening", "l", false, "listeners only")
	flags.BoolP("numeric", "n", false, "numbers, not names (the default; for habit)")
	flags.BoolVarP(&f.resolve, "resolve", "r", false, "names of hosts, services, users; takes 2 s at most")
	flags.BoolVarP(&f.processes, "processes", "p", false, "owning processes")
	flags.BoolVarP(&f.timers, "timers", "o", false, "timers")
	flags.BoolVarP(&f.extended, "extended", "e", false, "user, inode; on a terminal unit, age, device, cookie,\nand with -p the commands")
	flags.BoolVarP(&f.info, "info", "i", false, "tcp_info and congestion control")
	flags.BoolVarP(&f.memory, "memory", "m", false, "socket memory")
	flags.BoolVar(&f.explain, "explain", false, "the meaning and the note under each socket")
	flags.BoolVarP(&f.ipv4, "ipv4", "4", false, "IPv4 sockets only")
	flags.BoolVarP(&f.ipv6, "ipv6", "6", false, "IPv6 sockets only, with v4-mapped ones")
	flags.BoolVar(&f.json, "json", false, "one JSON document; with -c and --watch one a line")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print nothing; exit 0 if a socket matches, 3 if none")
	flags.StringVar(&f.sort, "sort", "", "order by `FIELD`:\n"+fieldList())
	flags.StringVar(&f.by, "by", "", "count by `SUBJECT`: "+strings.Join(rollup.SubjectNames(), ", ")+
		";\n--sort is then "+strings.Join(rollup.SortNames(), " "))
	flags.StringVar(&f.columns, "columns", "", "these columns, as `LIST`: state,local,process,rtt_us")
	flags.IntVar(&f.top, "top", 0, "the first `N` only, with --sort or --by")
	flags.BoolVarP(&f.statistics, "statistics", "s", false, "counters since boot, or with -d over an interval")
	flags.BoolVarP(&f.zeros, "zeros", "z", false, "with -s counters that are 0 as well")
	flags.BoolVarP(&f.continuous, "continuous", "c", false, "the list again every interval")
	flags.VarP(&f.interval, "interval", "d", "`DUR` of -c, -s, --watch: 500ms, 5s, 5 (s)")
	flags.IntVar(&f.count, "count", 0, "stop -c after `N` lists, -s -d after N intervals,\n--watch after N samples")
	f.watch.register(flags)
	flags.BoolVarP(&f.noHeader, "no-header", "H", false, "no header")
	f.registerPlace(flags)
	flags.StringVar(&f.record, "record", "", "keep one whole look at the machine in `FILE`")
	flags.BoolVar(&f.recordCmdline, "record-cmdline", false, "with --record the owners' command lines too, which\nmay hold secrets")
	flags.StringVar(&f.replay, "replay", "", "look at what `FILE` keeps: a record, or a dump of ss -D")
	flags.StringVar(&f.netns, "netns", "", "look into the network namespace `WHERE`: its name,\na process in it, its path, or all")
	flags.StringVar(&f.color, "color", "auto", "colours, `WHEN`: auto, always, never")
	flags.StringVar(&f.lang, "lang", "", langUsage)
	flags.BoolVarP(&f.onlyTCP, "tcp", "t", false, "for habit, no effect")
	flags.BoolP("wide", "W", false, "for habit, no effect: addresses are never cut")
	flags.BoolP("verbose", "v", false, "for habit, no effect")
	flags.BoolVarP(&f.udp, "udp", "u", false, "ignored beside -t or -l")
	flags.BoolVarP(&f.raw, "raw", "w", false, "ignored beside -t or -l")
	flags.BoolVarP(&f.unix, "unix", "x", false, "ignored beside -t or -l")
	for _, habit := range []string{"verbose", "udp", "raw", "unix"} {
		flags.Lookup(habit).Hidden = true
	}
}

// fieldList is broken so that the help fits 80 columns.
func fieldList() string {
	names := render.SortNames()
	half := len(names) / 2
	return strings.Join(names[:half], " ") + "\n" + strings.Join(names[half:], " ")
}

// interval is a duration as Go writes it, or a bare number of seconds.
type interval time.Duration

func (i *interval) Type() string   { return "DUR" }
func (i *interval) String() string { return "1s" } // the default, for help
func (i *interval) Set(text string) error {
	d, err := time.ParseDuration(text)
	if seconds, e := strconv.ParseFloat(text, 64); e == nil {
		d, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil || d <= 0 {
		return usagef("a time such as 500ms, 5s or 5 (seconds)", "no interval: %q", text)
	}
	*i = interval(d)
	return nil
}

// flagError words a mistake in the flags in two lines.
func flagError(cmd *cobra.Command, err error) error {
	listed := cmd.CommandPath() + " --help lists the flags"
	var usage *usageError
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &usage):
		return usage
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return usagef(listed, "unknown flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return unknownFlag(cmd.Flags(), unknown.GetSpecifiedName(), listed)
	case errors.As(err, &bare):
		return usagef(wanted(bare.GetFlag()), "--%s needs a value", bare.GetFlag().Name)
	case errors.As(err, &invalid):
		return usagef(wanted(invalid.GetFlag()), "--%s cannot be %q", invalid.GetFlag().Name, invalid.GetValue())
	}
	return usagef(listed, "%v", err)
}

// wanted tells the value that a flag takes, from its line in the help.
func wanted(f *pflag.Flag) string {
	name, usage := pflag.UnquoteUsage(f)
	return strings.TrimSpace("--"+f.Name+" "+name) + ": " + strings.ReplaceAll(usage, "\n", " ")
}

// needValue refuses flags that were given an empty value.
func needValue(flags *pflag.FlagSet, names ...string) error {
	for _, name := range names {
		if f := flags.Lookup(name); f.Changed && f.Value.String() == "" {
			return usagef(wanted(f), "--%s needs a value", name)
		}
	}
	return nil
}

func unknownFlag(flags *pflag.FlagSet, name, listed string) error {
	var known []string
	flags.VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	if near := spelling.Nearest(name, known); near != "" {
		return usagef("did you mean --"+near+"? "+listed, "unknown flag --%s", name)
	}
	return usagef(listed, "unknown flag --%s", name)
}

// mode is what a command line asks for, weighed: where to look, what for, and how to
// show it. It is not changed any more.
type mode interface {
	run(ctx context.Context, e *env) error
}

// run does what the flags and words ask for.
func (f *listFlags) run(ctx context.Context, e *env, flags *pflag.FlagSet, words []string) error {
	if dump := e.getenv("TCPDIAG_FILE"); dump != "" && !flags.Changed("replay") {
		_ = flags.Set("replay", dump) // as ss takes it; it takes any text
	}
	if err := f.check(e, flags); err != nil {
		return err
	}
	m, err := f.mode(e, flags, words)
	if err != nil {
		return err
	}
	return m.run(ctx, e)
}

// mode weighs the flags. Each mode has a file of its own.
func (f *listFlags) mode(e *env, flags *pflag.FlagSet, words []string) (mode, error) {
	switch {
	case f.statistics:
		return f.statisticsMode(e, flags, words)
	case flags.Changed("watch"):
		return f.watchMode(e, flags, words)
	case f.quiet:
		return f.anyMode(e, words), nil
	case flags.Changed("by"):
		return f.groupMode(e, words)
	case asksForList(flags) || len(words) > 0:
		return f.listMode(e, flags, words)
	}
	return f.overviewMode(e), nil
}

// check refuses flags that do not go together and values that tcpstat does not know,
// and says what it ignores.
func (f *listFlags) check(e *env, flags *pflag.FlagSet) error {
	if err := together(flags, refusals); err != nil {
		return err
	}
	if f.color == "never" {
		e.errPalette = nil
	}
	if others := f.others(); others != "" {
		e.hint("tcpstat reads TCP; %s left out", others)
	}
	for _, err := range []error{
		oneOf("source", f.source, flagValues("source")),
		oneOf("color", f.color, flagValues("color")),
		oneOf("language", f.lang, flagValues("lang")),
		f.checkSort(),
		needValue(flags, "netns", "proc", "record", "replay", "sort", "watch", "until", "color", "lang"),
		f.checkNumbers(flags),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkSort judges the order of a list; that of groups is judged with --by.
func (f *listFlags) checkSort() error {
	if f.by != "" {
		return nil
	}
	return oneOf("sort field", f.sort, flagValues("sort"))
}

// others names what was asked for beside TCP.
func (f *listFlags) others() string {
	var names []string
	for _, other := range []struct {
		asked bool
		name  string
	}{{f.udp, "UDP"}, {f.unix, "unix sockets"}, {f.raw, "raw sockets"}} {
		if other.asked {
			names = append(names, other.name)
		}
	}
	return strings.Join(names, ", ")
}

// oneOf refuses a word that is none of the known ones. No word at all is fine.
func oneOf(kind, word string, known []string) error {
	if word == "" || slices.Contains(known, word) {
		return nil
	}
	return unknownWord(kind, word, known)
}

// checkNumbers refuses numbers that ask for nothing.
func (f *listFlags) checkNumbers(flags *pflag.FlagSet) error {
	switch {
	case f.count < 0 || flags.Changed("count") && f.count == 0:
		try := "tcpstat -c --count 3"
		if f.statistics {
			try = "tcpstat -s -d 5s --count 3"
		}
		return usagef(try, "--count cannot be %d", f.count)
	case f.top < 0 || flags.Changed("top") && f.top == 0:
		return usagef("tcpstat -a --sort recvq --top 10", "--top cannot be %d", f.top)
	}
	return nil
}

// asksForList reports whether a flag of the list was given. Those that only say
// where from and in which colours do not ask for one.
func asksForList(flags *pflag.FlagSet) bool {
	asked := false
	flags.Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "source", "proc", "netns", "record", "record-cmdline", "replay", "color", "lang", "json":
		default:
			asked = true
		}
	})
	return asked
}

// lookOptions are what all modes that list sockets have in common.
func (f *listFlags) lookOptions(e *env, words []string) lookOptions {
	return lookOptions{
		placeFlags: f.placeFlags,
		words:      words,
		query:      inspect.Query{States: f.states(), IPv4: f.ipv4 || !f.ipv6, IPv6: f.ipv6 || !f.ipv4},
		color:      f.color,
		lang:       e.language(f.lang),
		samples:    f.samples(),
		interval:   cmp.Or(time.Duration(f.interval), time.Second),
	}
}

// samples is how many lists there will be, 0: without end.
func (f *listFlags) samples() int {
	if f.continuous {
		return f.count
	}
	return 1
}

// states chooses as netstat does where no filter names any: -a wins over -l, and
// without either a socket is listed unless it listens or is merely bound.
func (f *listFlags) states() tcp.Set {
	switch {
	case f.all:
		return tcp.AllStates
	case f.listening:
		return tcp.SetOf(tcp.Listen)
	}
	return tcp.AllStates.Without(tcp.Listen).Without(tcp.Bound)
}

// annotated reports whether conclusions and notes are shown: where people read, and in
// JSON.
func (f *listFlags) annotated(e *env) bool {
	return f.json || f.explain || e.terminal || e.palette(f.color) != nil
}
