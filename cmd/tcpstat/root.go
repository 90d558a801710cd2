package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tcpstat/filter"
	"tcpstat/inspect"
	"tcpstat/render"
	"tcpstat/rollup"
	"tcpstat/tcp"
)

const description = `tcpstat lists the TCP sockets of this machine and says why they are as they
are: what each state means, what the socket waits for, whose move it is and
until when. It needs no root and changes nothing.

On a terminal it prints a table with notes and a verdict, in a pipe netstat's
own lines, with --json one document.

FILTER is the language of ss, with its traps taken out:
  state S[,S]  exclude S      any spelling; also the groups all,
                              connected, synchronized, bucket, big
  src dst HOST[:PORT]         10.0.0.7, 10/8, [fe80::]/10, :443, a name
  sport dport OP PORT         a number or a service
  dev NAME  user NAME  process NAME|PID
  cgroup PATH|UNIT|CONTAINER  and all below it: /system.slice,
                              nginx.service, docker/3f4e5d6c7b8a
  timer KIND  ownership KIND  as tcpstat explain json names them
  age OP DUR  rtt OP DUR      5m, 20ms
  retrans recvq sendq OP N

Conditions are joined by and, or, not and parentheses; side by side means and.
OP is one of = != < <= > >=, or in a shell without quotes eq ne lt le gt ge. A
socket of which the value is not known does not match.

Exit codes: 0 done, 1 something failed, 2 the command line is wrong, 3 no socket
matches (-q), or --until was not reached.

Environment: HOST_PROC (another /proc), TCPDIAG_FILE (as --replay), NO_COLOR,
CLICOLOR_FORCE, TERM; LC_ALL, LC_MESSAGES, LANG (language, where they say
UTF-8); LC_ALL, LC_CTYPE, LANG (ASCII drawings, where they do not).`

const examples = `  tcpstat                     how many in which state, and what it means
  tcpstat -an                 every socket, as netstat -tan lists them
  tcpstat -lnp                who listens, with processes
  tcpstat -anp --explain      the meaning and the note under each socket
  tcpstat -ano --sort timer   what happens next
  tcpstat state CLOSE_WAIT    only those, in any spelling
  tcpstat -p dport = :443     only those to that port, with processes
  tcpstat -an --json          for scripts: one document
  tcpstat --record look.txt   keep all there is, for --replay look.txt
  tcpstat --by peer --top 10  how many per peer, with retransmissions
  tcpstat --watch CLOSE_WAIT  who leaks connections, and how fast
  tcpstat -q sport = :443     for scripts: only the exit code
  tcpstat -s -d 5s            what is sent again, why and where
  tcpstat check --window 10s  is it healthy? an exit code for monitoring
  tcpstat explain CLOSE_WAIT  what a state means and what to do`

// helpTemplate begins with the examples: most who ask for help look for one. The
// headings are filled in by localizeHelp.
const helpTemplate = `{{with .Example}}{{.}}

{{end}}{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}%s:
  {{.UseLine}}{{range .Commands}}{{if .IsAvailableCommand}}
  {{.UseLine}}{{end}}{{end}}
{{if .HasAvailableLocalFlags}}
%s:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}`

// newRootCommand makes the whole command line: help, completions and the man
// page come from it. Where args begin with a flag no other command runs (see
// misplaced): then the others are bare names, since their flags take longer to
// register than those of the list.
func newRootCommand(e *env, args []string) *cobra.Command {
	alone := len(args) > 0 && strings.HasPrefix(args[0], "-") && !slices.Contains(args, "--help") && !slices.Contains(args, "-h")
	var f listFlags
	root := &cobra.Command{
		Use:                   "tcpstat [flags] [FILTER]",
		Short:                 "the netstat that says why",
		Long:                  description,
		Example:               examples,
		Annotations:           map[string]string{inKorean: koreanDescription},
		Version:               "of the build", // see SetVersionTemplate
		Args:                  cobra.ArbitraryArgs,
		ValidArgsFunction:     completeFilter,
		DisableFlagsInUseLine: true,
		SilenceErrors:         true,
		SilenceUsage:          true,
		RunE: func(cmd *cobra.Command, words []string) error {
			return f.run(cmd.Context(), e, cmd.Flags(), words)
		},
	}
	f.register(root.Flags())
	root.Flags().SetNormalizeFunc(byOtherName)
	root.Flags().BoolP("version", "V", false, "version of tcpstat") // cobra prints it
	if err := root.RegisterFlagCompletionFunc("watch", cobra.FixedCompletions(watchWords(), cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
	for _, name := range []string{"sort", "by", "source", "color", "lang"} {
		completeValues(root, name)
	}
	if err := root.RegisterFlagCompletionFunc("columns", completeColumns); err != nil {
		panic(err)
	}
	if err := root.RegisterFlagCompletionFunc("netns", completeNamespaces); err != nil {
		panic(err)
	}
	localizeHelp(e, root)
	root.CompletionOptions.DisableDefaultCmd = alone
	cobra.AddTemplateFunc("version", version) // which is not asked for at every start
	root.SetVersionTemplate("{{version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(cmd, err) })
	root.AddCommand(newCheckCommand(e, alone), newExplainCommand(e, alone))
	return root
}

// completeFilter completes the next word of a filter: states behind `state`, else
// what a condition begins with.
func completeFilter(_ *cobra.Command, words []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if n := len(words); n > 0 && (words[n-1] == "state" || words[n-1] == "exclude") {
		return watchWords(), cobra.ShellCompDirectiveNoFileComp
	}
	return filter.Words(), cobra.ShellCompDirectiveNoFileComp
}

// flagValues are the values of a flag that takes one of a few words.
func flagValues(flag string) []string {
	switch flag {
	case "sort":
		return render.SortNames()
	case "by":
		return rollup.SubjectNames()
	case "source":
		return []string{inspect.Auto, inspect.Netlink, inspect.Proc}
	case "color":
		return []string{"auto", "always", "never"}
	case "lang":
		return tcp.LangWords()
	}
	return nil
}

// completeValues lets the shell complete the value of a flag.
func completeValues(cmd *cobra.Command, flag string) {
	complete := cobra.FixedCompletions(flagValues(flag), cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // a flag that the command does not have
	}
}

// misplaced refuses a subcommand that is not the first word: behind a flag it
// would quietly throw the flag away.
func misplaced(root *cobra.Command, args []string) error {
	found, _, err := root.Find(args)
	if err != nil || found == root || args[0] == found.Name() || found.Parent() != root {
		return nil
	}
	return usagef("by itself: tcpstat "+found.Name(), "%s is a command only as the first word", found.Name())
}
