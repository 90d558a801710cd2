package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// A finding is what an answer says to be wrong, or worth a look.
type finding struct {
	time    time.Time
	host    string
	command Answer
	text    string
	beside  string // what the load did at that time, in a line of its own
}

func (f finding) String() string {
	return fmt.Sprintf("%s %s: %s\n%s%s", f.time.Format(time.TimeOnly), f.host, f.command, f.text, f.beside)
}

// Observe asks on all hosts, again and again for a while, and keeps what is found.
func (s *Scene) Observe(d time.Duration, hosts ...*Host) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		s.programsLive("the load")
		if s.ctx.Err() != nil {
			s.Fail("interrupted")
		}
		found := make([][]finding, len(hosts))
		failed := make([]any, len(hosts))
		var all sync.WaitGroup
		for i, h := range hosts {
			all.Go(func() {
				defer func() { failed[i] = recover() }()
				found[i] = s.observe(h)
			})
		}
		all.Wait()
		for _, failure := range failed {
			if failure != nil {
				panic(failure)
			}
		}
		s.findings = append(s.findings, slices.Concat(found...)...)
		s.observed += answersAtOnce * len(hosts)
	}
}

// answersAtOnce is how many answers observe takes.
const answersAtOnce = 5

// observe asks once on one host.
func (s *Scene) observe(h *Host) (found []finding) {
	begin := time.Now()
	commands := [answersAtOnce]Answer{
		Overview, "tcpstat check --window 5s", List, "tcpstat -s -d 5s",
		Answer("tcpstat check --state-file " + s.path(h.Name+".state")),
	}
	answers := s.askAll(h, commands[:])
	for _, said := range answers {
		for _, text := range findings(said.text) {
			found = append(found, finding{time: begin, host: h.Name, command: said.command, text: text})
		}
	}
	return found
}

var (
	// ofFinding finds a finding and the indented lines below it.
	ofFinding = regexp.MustCompile(`(?m)^(CRITICAL|WARNING|UNKNOWN):? .*(\n[ \t]+\S.*)*`)
	// ofList finds the last line of a list that does not say that all is well.
	ofList = regexp.MustCompile(`(?m)^(Worth a look|Needs attention): .*`)
	// ofStatistics finds the verdict on retransmission and the counters that it has.
	ofStatistics = regexp.MustCompile(`(?ms)^Retransmission: (WARNING|CRITICAL).*?\n\n`)
)

// findings are those that an answer holds. That of a list comes with a few of its
// rows that have a note.
func findings(text string) (found []string) {
	text = strings.ReplaceAll(text, "\r", "")
	found = append(ofFinding.FindAllString(text, -1), ofStatistics.FindAllString(text, -1)...)
	for _, closing := range ofList.FindAllString(text, -1) {
		found = append(found, strings.Join(append([]string{closing}, notedRows(text, closing)...), "\n    "))
	}
	return found
}

// notedRows are a few rows of a list that have a note and a state that its last line
// names.
func notedRows(text, closing string) (rows []string) {
	const few = 5
	lines := strings.Split(text, "\n")
	i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "State ") })
	if i < 0 {
		return nil
	}
	note := strings.Index(lines[i], "Note")
	for _, line := range lines[i+1:] {
		state, _, _ := strings.Cut(line, " ")
		if note > 0 && len(line) > note && state != "" && strings.Contains(closing, state) && len(rows) < few {
			rows = append(rows, line)
		}
	}
	return rows
}

// judged parts the findings of a healthy load: those that an engineer would call true
// and the others.
func (s seen) judged(truths []string) (right, wrong []finding, err error) {
	for _, f := range s.findings {
		is := false
		for _, truth := range truths {
			pattern, err := s.pattern(truth)
			if err != nil {
				return nil, nil, err
			}
			is = is || pattern.MatchString(f.text+f.beside)
		}
		if is {
			right = append(right, f)
		} else {
			wrong = append(wrong, f)
		}
	}
	return right, wrong, nil
}

var number = regexp.MustCompile(`\d+(\.\d+)?(ms|µs|s|m|h)?`)

// printFindings prints findings; those that differ only in numbers once, with how
// often they came.
func printFindings(w io.Writer, kind string, found []finding) {
	count := map[string]int{}
	kindOf := func(f finding) string {
		title, _, _ := strings.Cut(f.text, "\n")
		command, _, _ := strings.Cut(string(f.command), "/")
		return f.host + " " + command + " " + number.ReplaceAllString(title, "N")
	}
	for _, f := range found {
		count[kindOf(f)]++
	}
	for _, f := range found {
		if n := count[kindOf(f)]; n > 0 {
			fmt.Fprintf(w, "%s  %d times, first at %s\n", kind, n, f)
			delete(count, kindOf(f))
		}
	}
}
