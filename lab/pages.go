package main

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

const introduction = `# Faults, and what is said about them

Each fault was staged on Linux, among hosts 10.9.0.1, 10.9.0.2 and so on, and asked
about on one of them. Numbers are those of that run; lists are cut. ` + "`make faults`" + `
stages all of them again and writes this page; ` + "`lab/`" + ` holds how.
`

// page is docs/faults.md: each fault, what other commands show, what tcpstat says. What
// was not staged now is as in the old page.
func page(old string, verdicts []verdict) string {
	before, now := sections(old), map[string]string{}
	for _, v := range verdicts {
		if v.err == nil && v.skip == "" {
			now[v.fault.Title] = section(v)
		}
	}
	var b strings.Builder
	b.WriteString(introduction)
	for _, f := range faults {
		b.WriteString(cmp.Or(now[f.Title], before[f.Title]))
	}
	return b.String()
}

// sections are those of a page by their headings.
func sections(page string) map[string]string {
	sections := map[string]string{}
	const mark = "\n## "
	for i, text := range strings.Split(page, mark) {
		if title, _, ok := strings.Cut(text, "\n"); ok && i > 0 {
			sections[title] = mark + text
		}
	}
	return sections
}

// zero finds the lines of statistics that have counted nothing.
var zero = regexp.MustCompile(`(?m)^ +(0|none) .*\n`)

func heading(f Fault) string {
	return fmt.Sprintf("\n## %s\n\n%s\n", f.Title, strings.TrimSpace(f.Story))
}

func section(v verdict) string {
	var b strings.Builder
	b.WriteString(heading(v.fault))
	for _, said := range append(v.seen.shown, v.seen.answers...) {
		text := strings.ReplaceAll(said.text, "\r", "")
		if said.command == Statistics {
			text, _, _ = strings.Cut(text, "\nTcp:\n")
			text = zero.ReplaceAllString(text, "")
		}
		fmt.Fprintf(&b, "\n```\n$ %s\n%s\n```\n", said.command, strings.TrimSpace(plain(cut(text))))
	}
	return b.String()
}

var (
	ofBench = regexp.MustCompile(`[\w./]*/lab-\d+/(bin/)?`)
	ofTemp  = regexp.MustCompile(`(/lab/[\w-]*?)-\d+\b|/(proc)-\d+\b`)
)

// plain shortens the paths of the lab, which are others in each run.
func plain(text string) string {
	text = ofBench.ReplaceAllString(text, "/lab/")
	return ofTemp.ReplaceAllStringFunc(text, func(path string) string { return path[:strings.LastIndex(path, "-")] })
}

// ofState finds the state of a socket in a line of a list.
var ofState = regexp.MustCompile(`^(?:tcp6? .*)?\b(LISTEN|ESTAB(?:LISHED)?|(?:SYN|FIN|TIME|CLOSE|LAST)[-_][A-Z0-9_-]+|CLOSING|CLOSE|BOUND|UNCONN)\b`)

// cut keeps the first lines of each state in a list, and of other text everything.
func cut(text string) string {
	if !strings.Contains(text, "Recv-Q") {
		return text
	}
	const kept = 3
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	all, seen := map[string]int{}, map[string]int{}
	for _, line := range lines {
		all[stateIn(line)]++
	}
	var out []string
	for _, line := range lines {
		state := stateIn(line)
		seen[state]++
		switch more := all[state] - kept; {
		case state == "" || seen[state] <= kept:
			out = append(out, strings.TrimRight(line, " \r"))
		case seen[state] == kept+1:
			out = append(out, fmt.Sprintf("… %d more in %s", more, state))
		}
	}
	return strings.Join(out, "\n") + "\n"
}

// stateIn is the state of a socket in a line of a list.
func stateIn(line string) string {
	if found := ofState.FindStringSubmatch(line); found != nil {
		return found[1]
	}
	return ""
}
