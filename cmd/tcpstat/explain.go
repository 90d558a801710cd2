package main

import (
	"cmp"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tcpstat/explain"
	"tcpstat/inspect"
	"tcpstat/tcp"
)

// newExplainCommand makes `tcpstat explain [WORD]`.
func newExplainCommand(e *env, bare bool) *cobra.Command {
	var color, lang, record string
	cmd := &cobra.Command{
		Use:   "explain [WORD]",
		Short: "a state, timer, exchange, rule or counter; alone: the list of all words",
		Annotations: map[string]string{
			inKorean: "상태, 타이머, 절차, 규칙, 카운터 설명. WORD가 없으면 모든 단어를 나열합니다.",
		},
		Example: `  tcpstat explain              all words
  tcpstat explain FIN_WAIT2    a state, in any spelling
  tcpstat explain keepalive    a timer
  tcpstat explain handshake    an exchange, drawn
  tcpstat explain tw-overflow  a rule of tcpstat check
  tcpstat explain ListenDrops  a counter, as the kernel or nstat names it
  tcpstat explain counters     all counters
  tcpstat explain 2 connection resets received
                               a line of netstat -s`,
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     completeTopic(e),
		RunE: func(_ *cobra.Command, words []string) error {
			return explainWord(e, strings.Join(words, " "), color, lang, record)
		},
	}
	if bare {
		return cmd
	}
	cmd.Flags().StringVar(&record, "replay", "", "with the settings that `FILE` keeps, see tcpstat --record")
	cmd.Flags().StringVar(&color, "color", "auto", "colours, `WHEN`: auto, always, never")
	cmd.Flags().StringVar(&lang, "lang", "", langUsage)
	completeValues(cmd, "color")
	completeValues(cmd, "lang")
	return cmd
}

// explainWord prints the pages of a word, or the list of words.
func explainWord(e *env, word, color, lang, record string) error {
	if err := cmp.Or(oneOf("color", color, flagValues("color")), oneOf("language", lang, tcp.LangWords())); err != nil {
		return err
	}
	language := e.language(lang)
	sysctls, err := inspect.Settings(record)
	if err != nil {
		return err
	}
	options := explain.Options{
		Lang:    language,
		Sysctls: sysctls,
		Width:   min(e.width, maxPageWidth),
		ASCII:   e.ascii(language),
		Palette: e.palette(color),
	}
	if word == "" {
		return explain.Index(e.stdout, options)
	}
	found, near := explain.Find(word)
	if len(found) == 0 {
		return unknownTopic(word, near)
	}
	for i, topic := range found {
		if i > 0 {
			if _, err := io.WriteString(e.stdout, "\n"); err != nil {
				return err
			}
		}
		if err := explain.Page(e.stdout, topic, options); err != nil {
			return err
		}
	}
	return nil
}

// maxPageWidth keeps lines short enough to be read.
const maxPageWidth = 100

func unknownTopic(word string, near []explain.Topic) error {
	if len(near) == 0 {
		return usagef("tcpstat explain lists all words", "nothing is known of %q", word)
	}
	return usagef("did you mean "+near[0].Word()+"? tcpstat explain lists all words", "nothing is known of %q", word)
}

// completeTopic offers what can be explained to the shell. The list of words is
// not made before it is asked for.
func completeTopic(e *env) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		lang := e.language(cmd.Flag("lang").Value.String())
		var words []cobra.Completion
		for _, topic := range explain.Topics() {
			words = append(words, cobra.CompletionWithDesc(topic.Word(), topic.Short.In(lang)))
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}
