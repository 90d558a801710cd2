package main

import (
	"fmt"
	"regexp"
	"strings"
)

// page is docs/faults.md: each fault, what other commands show, what tcpstat says.
func page(verdicts []verdict) string {
	var b strings.Builder
	b.WriteString(`# Faults, and what is said about them

Each fault was staged on a Linux machine among hosts 10.9.0.1, 10.9.0.2 and so on, and
asked about on one of them. Lists are cut. Numbers are those of one run.
` + "`make lab`" + ` stages them again; ` + "`lab/`" + ` holds how.
`)
	for _, v := range verdicts {
		if v.err == nil && v.skip == "" {
			section(&b, v)
		}
	}
	return b.String()
}

func section(b *strings.Builder, v verdict) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n", v.fault.Title, strings.TrimSpace(v.fault.Story))
	for _, said := range append(v.seen.shown, v.seen.answers...) {
		text := said.text
		if said.command == Statistics {
			text, _, _ = strings.Cut(text, "\nTcp:\n")
		}
		fmt.Fprintf(b, "\n```\n$ %s\n%s\n```\n", said.command, strings.TrimSpace(cut(text)))
	}
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
