package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpstat/filter"
	"tcpstat/health"
	"tcpstat/inspect"
	"tcpstat/internal/spelling"
	"tcpstat/render"
	"tcpstat/tcp"
)

const checkDescription = `tcpstat check judges the TCP of this machine by rules and answers like a
monitoring plugin: one line with performance data, and an exit code.

Rules come first; what follows is a FILTER, as in tcpstat --help. With a FILTER
only the sockets that it chooses are judged, and nothing that the kernel counts
for all of them together. Without a rule all are judged but for listener=PORT,
which asks whether anybody listens there.

Rules that count events need two looks: --window DUR waits between them, and
--state-file compares with the last run. Without either nothing waits.

Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN: tcpstat could not tell, a
rule that was named could not be judged, or the command line is wrong.`

const koreanCheckDescription = `이 시스템의 TCP를 규칙으로 판정하고 모니터링 플러그인처럼 답합니다. 성능
데이터가 붙은 한 줄과 종료 코드입니다.

단어는 알려진 규칙인 동안은 규칙이고, 그다음은 tcpstat --help에 있는
FILTER입니다. FILTER가 고른 소켓만 판정하며, 커널이 모든 소켓을 합쳐 세는 것은
판정하지 않습니다. 규칙을 주지 않으면 listener=PORT(그 포트에서 듣는 프로그램이
있는지)를 뺀 모든 규칙을 판정합니다.

사건을 세는 규칙은 두 번 보아야 합니다. --window DUR은 그 사이에 기다리고,
--state-file은 지난번 실행과 비교합니다. 둘 다 없으면 기다리지 않습니다.

종료 코드: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN(알 수 없음, 이름으로 물은
규칙을 판정할 수 없음, 잘못된 명령줄).`

// checkName is the word of the command.
const checkName = "check"

// The forms of an answer.
const (
	formatPlugin     = "plugin"
	formatJSON       = "json"
	formatPrometheus = "prometheus"

	formatOverview = "" // on a terminal, where no other is asked for
)

var formats = []string{formatPlugin, formatJSON, formatPrometheus}

// checkFlags are the flags of check as they stand on the command line.
type checkFlags struct {
	placeFlags
	json              bool
	format            string
	exclude           []string
	warning, critical rangeFlag
	window            interval
	stateFile, failOn string
	language          string
}

// newCheckCommand makes `tcpstat check [RULE...] [FILTER]`, bare without flags.
func newCheckCommand(e *env, bare bool) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:         checkName + " [flags] [RULE...] [FILTER]",
		Short:       "a health check with an exit code, for monitoring and scripts",
		Long:        checkDescription,
		Annotations: map[string]string{inKorean: koreanCheckDescription},
		Example: `  tcpstat check                    every rule that one look can judge
  tcpstat check --window 10s       and those that count events
  tcpstat check close-wait-leak    one rule; tcpstat explain lists them
  tcpstat check listener=443       is anybody listening on port 443?
  tcpstat check sport = :443       only my service
  tcpstat check --json             for scripts
  tcpstat check accept-queue -w @50: -c @90:`,
		Version:               "of the build", // see newRootCommand
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     completeRule(e),
		RunE: func(cmd *cobra.Command, words []string) (err error) {
			defer func() {
				if r := recover(); r != nil {
					err = fmt.Errorf("a fault in tcpstat: %v", r) // Go would exit with 2: CRITICAL
				}
			}()
			options, err := f.options(e, cmd.Flags(), words)
			if err != nil {
				return err
			}
			return options.run(cmd.Context(), e)
		},
	}
	if bare {
		return cmd
	}
	f.register(cmd.Flags())
	completeValues(cmd, "source")
	completeValues(cmd, "lang")
	for name, values := range map[string][]string{"format": formats, "fail-on": failOnWords, "exclude": health.IDs()} {
		complete := cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
		if err := cmd.RegisterFlagCompletionFunc(name, complete); err != nil {
			panic(err) // a flag that the command does not have
		}
	}
	return cmd
}

func (f *checkFlags) register(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.BoolVar(&f.json, "json", false, "one JSON document, as --format json")
	flags.StringVar(&f.format, "format", formatPlugin, "`FORM` of the answer: plugin, json, or prometheus\nfor a textfile collector; on a terminal the\noverview")
	flags.StringSliceVar(&f.exclude, "exclude", nil, "leave out a `RULE`; may be repeated")
	flags.VarP(&f.warning, "warning", "w", "`RANGE` of the first metric of one named rule: @10: is\n10 and more, 10 more than 10")
	flags.VarP(&f.critical, "critical", "c", "the same for CRITICAL, as `RANGE`")
	flags.Var(&f.window, "window", "look twice at the counters, `DUR` apart:\n500ms, 10s, 10 (s)")
	flags.Lookup("window").DefValue = ""
	flags.StringVar(&f.stateFile, "state-file", "", "compare with the last run, whose counters `FILE` keeps")
	flags.StringVar(&f.failOn, "fail-on", failOnWords[0], "exit with 0 below `STATUS`: warning or\ncritical")
	f.registerPlace(flags)
	flags.StringVar(&f.netns, "netns", "", "`WHERE` to look: a network namespace by its name,\na process in it, or its path")
	flags.StringVar(&f.replay, "replay", "", "judge what a `FILE` of tcpstat --record shows")
	flags.StringVar(&f.language, "lang", "", langUsage)
	flags.BoolP("version", "V", false, "version of tcpstat") // cobra prints it
}

// failOnWords are the values of --fail-on, by severity.
var failOnWords = []string{"warning", "critical"}

// rangeFlag is a threshold on the command line.
type rangeFlag struct{ health.Range }

func (r *rangeFlag) Type() string { return "RANGE" }

func (r *rangeFlag) Set(text string) (err error) {
	if r.Range, err = health.ParseRange(text); err != nil {
		return usagef("as monitoring plugins have it: 10 is more than 10, @10: is 10 and more, 5:10 is outside", "%v", err)
	}
	return nil
}

// statusError is an answer that is not OK; its number is the exit code.
type statusError health.Status

func (s statusError) Error() string { return health.Status(s).String() }

// checkOptions ask for a check.
type checkOptions struct {
	placeFlags
	words     []string // the filter
	rules     health.Options
	window    time.Duration // between two looks, 0: one look
	stateFile string        // empty: nothing is remembered
	failOn    health.Status
	format    string
	lang      tcp.Lang
}

// run answers one check: rows are counted, facts put beside the census, rules applied,
// the counters remembered, and the answer printed.
func (o *checkOptions) run(ctx context.Context, e *env) error {
	m, err := o.open(ctx, e)
	switch {
	case err != nil:
		return err
	case m.Everywhere():
		return usagef("name one; tcpstat --netns all has an overview of all", "a check looks at one network namespace")
	}
	defer m.Close()
	expr, err := readCheckFilter(ctx, o.words, m)
	if err != nil {
		return err
	}
	earlier, err := o.earlier(ctx, m)
	if err != nil {
		return err
	}
	defer earlier()
	people := o.format == formatOverview
	look := m.Look(inspect.Query{Filter: expr, For: inspect.Judgement, Notes: people})
	census := health.NewCensus(e.ages)
	overview := &render.Overview{Width: e.width, Palette: e.palette("auto"), Lang: o.lang, NotJudged: true}
	census.AskFor(o.rules.Rules)
	for row, err := range look.Rows(ctx) {
		if err != nil {
			return err // half a look is no answer
		}
		census.Add(row)
		if people {
			overview.Add(row)
		}
	}
	moment := earlier()
	census.Ended(moment.Endings)
	facts, err := look.Facts(ctx, census)
	if err != nil {
		return err
	}
	facts.Since(moment)
	report := health.Check(facts, o.rules)
	look.Describe(o.described(&report))
	check := &render.Check{
		Head: o.headOf(look.Head()), Report: report, Window: facts.Window,
		Tail: look.Tail(), Lang: o.lang,
	}
	o.remember(e, m, facts, check)
	return o.answer(e, check, overview)
}

// described are the results of which the answer shows the process.
func (o *checkOptions) described(report *health.Report) []*health.Result {
	switch o.format {
	case formatJSON:
		return report.All()
	case formatPrometheus:
		return nil
	}
	return report.Findings()
}

// earlier gives the moment that this check compares with: it is waited for, or was that
// of the last run. What is counted meanwhile is counted until it is asked for.
func (o *checkOptions) earlier(ctx context.Context, m *inspect.Machine) (func() health.Moment, error) {
	var moment health.Moment
	switch {
	case o.window > 0:
		window := m.Begin(ctx)
		if err := pause(ctx, o.window); err != nil {
			window.End()
			return nil, err
		}
		return window.End, nil
	case o.stateFile != "":
		var err error
		if moment, err = remembered(o.stateFile, m); err != nil {
			return nil, err
		}
	}
	return func() health.Moment { return moment }, nil
}

// remember keeps the counters for the next run. That it cannot is part of the answer.
func (o *checkOptions) remember(e *env, m *inspect.Machine, facts *health.Facts, check *render.Check) {
	if o.stateFile == "" {
		return
	}
	if err := remember(o.stateFile, m, facts); err != nil {
		check.Failed = fmt.Sprintf("state file %s: %v", o.stateFile, inspect.RootCause(err))
		e.warn("%s", check.Failed)
		check.Report.Status = check.Report.Status.Worse(health.Unknown)
	}
}

// answer prints the answer, and gives the exit code as a statusError.
func (o *checkOptions) answer(e *env, check *render.Check, overview *render.Overview) error {
	if check.Report.Status >= o.failOn {
		check.Code = int(check.Report.Status)
	}
	out := newOutput(e.stdout)
	switch o.format {
	case formatJSON:
		out.buf = check.AppendJSON(out.buf)
	case formatPrometheus:
		out.buf = check.AppendPrometheus(out.buf)
	case formatOverview:
		out.buf = overview.AppendJudged(out.buf, check)
	default:
		out.buf = check.AppendPlugin(out.buf)
	}
	if err := out.flush(); err != nil && !isClosedPipe(err) {
		return err
	}
	if check.Code > 0 {
		return statusError(check.Code)
	}
	return nil
}

// form is the form of the answer: on a terminal that of the overview, unless another was
// asked for.
func (f *checkFlags) form(asked, terminal bool) string {
	switch {
	case f.json:
		return formatJSON
	case terminal && !asked:
		return formatOverview
	}
	return f.format
}

func (f *checkFlags) threshold() health.Status {
	if f.failOn == "critical" {
		return health.Critical
	}
	return health.Warning
}

// options weighs the flags and words.
func (f *checkFlags) options(e *env, flags *pflag.FlagSet, words []string) (*checkOptions, error) {
	asked, words, err := rulesAmong(words)
	if err != nil {
		return nil, err
	}
	rules, err := f.rules(flags, asked)
	if err != nil {
		return nil, err
	}
	return &checkOptions{
		placeFlags: f.placeFlags, words: words, rules: rules, window: time.Duration(f.window),
		stateFile: f.stateFile, failOn: f.threshold(), format: f.form(flags.Changed("format"), e.terminal), lang: e.language(f.language),
	}, nil
}

// rules weighs the flags that choose rules and thresholds, and refuses what does not
// go together.
func (f *checkFlags) rules(flags *pflag.FlagSet, asked []health.Asked) (health.Options, error) {
	o := health.Options{Rules: asked, Exclude: f.exclude, Warning: f.warning.Range, Critical: f.critical.Range}
	for _, err := range []error{
		oneOf("format", f.format, formats),
		oneOf("status", f.failOn, failOnWords),
		oneOf("source", f.source, flagValues("source")),
		oneOf("language", f.language, flagValues("lang")),
	} {
		if err != nil {
			return o, err
		}
	}
	for _, name := range f.exclude {
		if err := oneOf("rule", name, health.IDs()); err != nil {
			return o, err
		}
		if slices.ContainsFunc(asked, func(a health.Asked) bool { return a.Rule.ID == name }) {
			return o, usagef("ask for the rule or leave it out", "--exclude %s leaves out what was asked for", name)
		}
	}
	switch {
	case f.json && flags.Changed("format") && f.format != formatJSON:
		return o, usagef("tcpstat check --json, or tcpstat check --format "+f.format, "--json does not go with --format %s", f.format)
	case (f.warning.IsSet() || f.critical.IsSet()) && len(asked) != 1:
		return o, usagef("tcpstat check accept-queue -w @50: -c @90:", "-w and -c take exactly one rule, whose first metric they judge")
	}
	if err := together(flags, checkRefusals); err != nil {
		return o, err
	}
	return o, needValue(flags, "netns", "proc", "state-file", "replay")
}

// rulesAmong takes the rules from the front of the words; the rest is a filter.
func rulesAmong(words []string) (asked []health.Asked, rest []string, err error) {
	for i, word := range words {
		id, _, _ := strings.Cut(word, "=")
		rule, known := health.Find(id)
		if !known || i+1 < len(words) && isOperator(words[i+1]) {
			return asked, words[i:], nil // retrans is a rule, and retrans > 3 a filter
		}
		one, err := health.Ask(word)
		switch {
		case err != nil && rule.AskedOnly:
			return nil, nil, usagef("tcpstat check "+id+"=443", "%v", err)
		case err != nil:
			return nil, nil, usagef("tcpstat check "+id, "%v", err)
		case !slices.Contains(asked, one[0]):
			asked = append(asked, one...)
		}
	}
	return asked, nil, nil
}

// isOperator reports whether a word compares, as in a filter.
func isOperator(word string) bool {
	return word != "" && strings.ContainsRune("=!<>", rune(word[0])) ||
		slices.Contains([]string{"eq", "ne", "neq", "lt", "le", "gt", "ge"}, word)
}

// readCheckFilter reads the words behind the rules. What is neither may be a
// mistyped rule.
func readCheckFilter(ctx context.Context, words []string, m *inspect.Machine) (*filter.Expr, error) {
	expr, err := readFilter(ctx, words, m)
	return expr, perhapsRule(err, words)
}

// perhapsRule says of a mistake in a filter that its words could have been meant as
// rules.
func perhapsRule(err error, words []string) error {
	var usage *usageError
	if !errors.As(err, &usage) || len(words) == 0 {
		return err
	}
	id, _, _ := strings.Cut(words[0], "=")
	if near := spelling.Nearest(id, health.IDs()); near != "" {
		return usagef("did you mean "+near+"? tcpstat explain lists the rules", "unknown rule %q", words[0])
	}
	var mistake *filter.Error
	if errors.As(usage, &mistake) && mistake.Unknown {
		return usagef(usage.try+"; tcpstat explain lists the rules", "%s, and no rule", usage.what)
	}
	return usage
}

// completeRule offers the rules to the shell, and behind them words of the filter.
func completeRule(e *env) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		lang := e.language(cmd.Flag("lang").Value.String())
		var words []cobra.Completion
		for _, rule := range health.Rules {
			word := rule.ID
			if rule.AskedOnly {
				word += "="
			}
			words = append(words, cobra.CompletionWithDesc(word, rule.Title.In(lang)))
		}
		return append(words, filter.Words()...), cobra.ShellCompDirectiveNoFileComp
	}
}

// unanswered ends a check that has no answer: UNKNOWN, with what went wrong. A
// monitor reads that on stdout; a reader of JSON or metrics gets nothing there.
func unanswered(e *env, cmd *cobra.Command, err error) int {
	var usage *usageError
	what, try := readable(err)
	if errors.As(err, &usage) {
		what, try = usage.what, usage.try
	}
	format := cmd.Flag("format").Value.String()
	if asJSON := cmd.Flag("json"); asJSON.Value.String() == "true" || format == formatJSON || format == formatPrometheus {
		e.complain(what, try)
	} else {
		_, failed := fmt.Fprintf(e.stdout, "%s\n  %s\n", printable(render.PluginUnknown(what)), printable(try))
		if failed != nil && !isClosedPipe(failed) {
			e.complain(what, try)
		}
	}
	return int(health.Unknown)
}
