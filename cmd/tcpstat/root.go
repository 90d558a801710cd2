package main

import (
	"strings"

	"github.com/spf13/cobra"

	"tcpstat/internal/spelling"
)

const description = `tcpstat lists the TCP sockets of this machine and says why they are as they
are: what each state means, what the socket waits for, whose move it is and
until when. It needs no root and changes nothing.`

const examples = `  tcpstat                     how many in which state, and what it means
  tcpstat -an                 every socket, as netstat -tan lists them
  tcpstat -lnp                who listens, with processes
  tcpstat -anp --explain      the meaning and the note under each socket
  tcpstat -ano --sort timer   what happens next
  tcpstat -an --json          for scripts
  tcpstat explain CLOSE_WAIT  what a state means and what to do`

// helpTemplate begins with the examples: most who ask for help look for one.
const helpTemplate = `{{with .Example}}{{.}}

{{end}}{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}Usage:
  {{.UseLine}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} explain [WORD]{{end}}
{{if .HasAvailableLocalFlags}}
Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}`

// newRootCommand makes the whole command line: help, completions and the man
// page come from it.
func newRootCommand(e *env) *cobra.Command {
	var f listFlags
	root := &cobra.Command{
		Use:                   "tcpstat [flags]",
		Short:                 "the netstat that says why",
		Long:                  description,
		Example:               examples,
		Version:               version(),
		Args:                  refuseWords,
		DisableFlagsInUseLine: true,
		SilenceErrors:         true,
		SilenceUsage:          true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := f.lister(e, cmd.Flags())
			if err != nil {
				return err
			}
			return l.run(cmd.Context())
		},
	}
	f.register(root.Flags())
	root.SetHelpTemplate(helpTemplate)
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(cmd.Flags(), err) })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newExplainCommand(e))
	return root
}

// refuseWords explains why a word is not understood.
func refuseWords(cmd *cobra.Command, words []string) error {
	if len(words) == 0 {
		return nil
	}
	known := []string{"explain", "help", "completion"}
	if near := spelling.Nearest(words[0], known); near != "" {
		return usagef("did you mean tcpstat "+near+"?", "unknown word %q", words[0])
	}
	return usagef("see tcpstat --help; to pick sockets by hand: tcpstat -an | grep "+shellQuote(words[0]),
		"unknown word %q", words[0])
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

// shellQuote makes a word safe to paste after a command.
func shellQuote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
