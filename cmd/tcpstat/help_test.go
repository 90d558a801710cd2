package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
	"github.com/spf13/cobra"

	"tcpstat/tcp"
)

// Every command has its introduction in Korean, and it names what the one in
// English names.
func TestHelpInKorean(t *testing.T) {
	root := newRootCommand(&env{}, nil)
	for _, cmd := range append(root.Commands(), root) {
		korean, ok := cmd.Annotations[inKorean]
		if !ok {
			t.Errorf("%s has no introduction in Korean", cmd.Name())
			continue
		}
		if english, other := named(introduction(cmd)), named(korean); !slices.Equal(english, other) {
			t.Errorf("%s: the introduction in English names\n%q, in Korean\n%q", cmd.Name(), english, other)
		}
		for _, line := range strings.Split(korean, "\n") {
			if width := uniseg.StringWidth(line); width > 80 {
				t.Errorf("%s: %d columns: %s", cmd.Name(), width, line)
			}
			if line != strings.TrimRight(line, " ") {
				t.Errorf("%s: blanks at the end: %q", cmd.Name(), line)
			}
		}
	}
}

// Every line of help fits a terminal, in every language.
func TestHelpFits(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"check", "--help"}, {"explain", "--help"}} {
		for _, lang := range tcp.LangWords() {
			args := append([]string{"tcpstat"}, append(args, "--lang", lang)...)
			for _, line := range strings.Split(answerOf(t, args...).stdout, "\n") {
				if width := uniseg.StringWidth(line); width > 80 {
					t.Errorf("%q: %d columns: %s", args, width, line)
				}
			}
		}
	}
}

func introduction(cmd *cobra.Command) string {
	if cmd.Long != "" {
		return cmd.Long
	}
	return cmd.Short
}

// leftColumn is how wide the left column of a list is in help.
const leftColumn = 30

var sameName = regexp.MustCompile(`\b(FILTER|[A-Z]+_[A-Z]+|LANG|TERM|[0-9]+)\b|--?[a-z][-a-z]*`)

// named lists what is the same in every language: the names of variables, flags
// and numbers, and what stands in the left column of a list.
func named(text string) []string {
	names := sameName.FindAllString(text, -1)
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "  ") {
			names = append(names, strings.Trim(line[:min(leftColumn, len(line))], " "))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Behind a flag the other commands are bare names, and known by them all the same.
func TestBareCommands(t *testing.T) {
	whole, alone := newRootCommand(&env{}, []string{checkName}), newRootCommand(&env{}, []string{"-a", checkName})
	for i, cmd := range whole.Commands() {
		bare := alone.Commands()[i]
		if bare.UseLine() != cmd.UseLine() || bare.Flags().HasFlags() || !cmd.Flags().HasFlags() {
			t.Errorf("%q has flags: %t; bare %q: %t", cmd.UseLine(), cmd.Flags().HasFlags(), bare.UseLine(), bare.Flags().HasFlags())
		}
	}
	if err := misplaced(alone, []string{"-a", checkName}); err == nil {
		t.Error("a command behind a flag is not refused")
	}
}
