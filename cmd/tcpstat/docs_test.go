package main

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"tcpstat/explain"
	"tcpstat/internal/golden"
	"tcpstat/tcp"
)

// The pages under docs/ that are made from the program's own tables are fresh; make docs
// writes them again.
func TestDocs(t *testing.T) {
	for name, generate := range map[string]func(*bytes.Buffer) error{
		"states.md":   func(b *bytes.Buffer) error { return explain.StatesMarkdown(b, tcp.English) },
		"filter.md":   filterPage,
		"counters.md": func(b *bytes.Buffer) error { return explain.CountersMarkdown(b, tcp.English) },
		"tcpstat.1":   func(b *bytes.Buffer) error { return manPage(b, "tcpstat") },

		"tcpstat-check.1":   func(b *bytes.Buffer) error { return manPage(b, "tcpstat-check") },
		"tcpstat-explain.1": func(b *bytes.Buffer) error { return manPage(b, "tcpstat-explain") },
	} {
		t.Run(name, func(t *testing.T) {
			var page bytes.Buffer
			if err := generate(&page); err != nil {
				t.Fatal(err)
			}
			golden.Check(t, filepath.Join("../../docs", name), page.String())
		})
	}
}

// manPage makes a man page from the command line itself.
func manPage(b *bytes.Buffer, name string) error {
	root := newRootCommand(&env{}, nil)
	root.DisableAutoGenTag = true
	command, _, err := root.Find(strings.Split(name, "-")[1:])
	if err != nil {
		return err
	}
	date := time.Date(2026, time.November, 20, 0, 0, 0, 0, time.UTC) // of the last change that readers notice
	header := &doc.GenManHeader{
		Title: strings.ToUpper(name), Section: "1",
		Source: "tcpstat", Manual: "User Commands", Date: &date,
	}
	command.Long = keepLists(command.Long)
	command.Flags().VisitAll(nameValue)
	var page bytes.Buffer
	if err := doc.GenMan(command, header, &page); err != nil {
		return err
	}
	b.Write(manFlag.ReplaceAll(page.Bytes(), []byte(".TP\n$1$2$3\n")))
	return nil
}

// keepLists makes the indented lists of a help text code in Markdown, whose lines
// are kept as they are.
func keepLists(text string) string {
	list := regexp.MustCompile(`(?m)^(  .*\n)+`)
	return list.ReplaceAllStringFunc(text, func(lines string) string {
		return "\n" + regexp.MustCompile(`(?m)^ `).ReplaceAllString(lines, "    ")
	})
}

// nameValue puts the name of a flag's value, as --help has it, where cobra's man
// pages have the default, and the default behind the text.
func nameValue(f *pflag.Flag) {
	if f.NoOptDefVal != "" {
		return
	}
	var name string
	name, f.Usage = pflag.UnquoteUsage(f)
	f.Usage = strings.ReplaceAll(f.Usage, "\n", " ")
	if f.DefValue != "" && f.DefValue != "0" && f.DefValue != "[]" {
		f.Usage += " (default " + f.DefValue + ")"
	}
	f.DefValue = name
}

// manFlag finds a flag as cobra prints it: "[=false]" behind one that takes no
// value, quotes around the name of one that is a string, a tab before the text.
var manFlag = regexp.MustCompile(`(?m)^(?:\.PP\n)?(\\fB-.*\\fP)(?:\[=false\]|(=)"?([^"\n]*)"?)\n\t`)
