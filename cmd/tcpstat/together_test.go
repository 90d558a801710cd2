package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"tcpstat/health"
	"tcpstat/internal/golden"
	"tcpstat/internal/nettest"
)

// sampleValues are values for the flags that take one.
var sampleValues = map[string]string{
	"interval": "50ms", "count": "1", "sort": "recvq", "top": "1", "by": "peer", "columns": "state,local,remote",
	"source": "netlink", "proc": "/proc", "netns": "/proc/self/ns/net", "color": "never", "lang": "en",
	"watch": "all", "until": "count >= 0", "for": "1h",
	"record": "/tmp/tcpstat-together.txt", "replay": ssDump,
}

// cobraFlags are those that take the place of everything else.
var cobraFlags = []string{"help", "version"}

// listFlagSet has every flag of the list.
func listFlagSet() *pflag.FlagSet {
	root := newRootCommand(&env{}, nil)
	root.InitDefaultHelpFlag()
	root.InitDefaultVersionFlag()
	return root.Flags()
}

// Every flag stands in one group, and the table names flags that exist.
func TestFlagsKnown(t *testing.T) {
	flags := listFlagSet()
	groups := slices.Concat(flagGroups...)
	flags.VisitAll(func(f *pflag.Flag) {
		n := 0
		for _, name := range groups {
			if name == f.Name {
				n++
			}
		}
		if n != 1 && !slices.Contains(cobraFlags, f.Name) {
			t.Errorf("--%s stands in %d groups of together.go, not in one", f.Name, n)
		}
		if f.NoOptDefVal == "" && sampleValues[f.Name] == "" {
			t.Errorf("--%s has no sample value in together_test.go", f.Name)
		}
	})
	for _, r := range refusals {
		for _, name := range slices.Concat(slices.Concat(flagGroups, r.flags, r.never, r.needs)...) {
			if flags.Lookup(name) == nil {
				t.Errorf("no flag --%s", name)
			}
		}
	}
}

// refusedBy reads a table as people do: the row that refuses these flags.
func refusedBy(names []string, table []refusal) *refusal {
	has := func(any []group) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(slices.Concat(any...), name) })
	}
	for i := range table {
		r := &table[i]
		if has(r.flags) && (has(r.never) || r.needs != nil && !has(r.needs)) {
			return r
		}
	}
	return nil
}

// words are what a row says, whatever flags met.
func (r *refusal) words() *regexp.Regexp {
	text := regexp.QuoteMeta(r.what + "\n  " + r.try + "\n")
	placeholder := regexp.MustCompile(`\\\{other=?\\\}`)
	return regexp.MustCompile("^(tcpstat:|TCP UNKNOWN -) " + placeholder.ReplaceAllString(text, `--?[a-zA-Z0-9][^{}]*`) + "$")
}

// outcome is what a command line comes to in this process.
type outcome struct {
	stdout, stderr string
	code           int
}

// try runs a command line in this process. A list that is repeated ends after its
// first piece of output.
func try(t *testing.T, terminal bool, names []string) outcome {
	t.Helper()
	var args []string
	flags := listFlagSet()
	for _, name := range names {
		if f := flags.Lookup(name); f.NoOptDefVal != "" {
			args = append(args, "--"+name)
		} else {
			args = append(args, "--"+name, sampleValues[name])
		}
	}
	if slices.Contains(names, "statistics") && !slices.Contains(names, "interval") &&
		(slices.Contains(names, "continuous") || slices.Contains(names, "count")) {
		args = append(args, "--interval", sampleValues["interval"]) // what is printed first is a whole interval
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout, stderr bytes.Buffer
	write := func(b []byte) (int, error) {
		if !slices.Contains(names, "until") { // that ends by itself
			cancel()
		}
		return stdout.Write(b)
	}
	e := &env{
		stdout: writerFunc(write), stderr: &stderr,
		terminal: terminal, width: 120, root: os.Geteuid() == 0, now: time.Now,
		getenv: func(name string) string { return map[string]string{"TERM": "xterm"}[name] },
	}
	code := run(ctx, args, e)
	return outcome{stdout.String(), stderr.String(), code}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// pairs are all pairs of flags, and those of them that lack a companion once more
// with it.
func pairs() (all [][]string) {
	var names []string
	listFlagSet().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	for i, one := range names {
		all = append(all, []string{one})
		for _, other := range names[i+1:] {
			all = append(all, []string{one, other})
		}
	}
	for _, pair := range slices.Clone(all) {
		full := slices.Clone(pair)
		for r := refusedBy(full, refusals); r != nil && r.never == nil; r = refusedBy(full, refusals) {
			full = append(full, r.needs[0][0])
		}
		if len(full) > len(pair) {
			all = append(all, full)
		}
	}
	return all
}

// Every pair of flags is either refused with the words of the table, or does what
// it should. The pairs that never go together are listed in testdata, so that a
// change of the table is seen.
func TestFlagsTogether(t *testing.T) {
	nettest.Need(t)
	nettest.Listen(t, nettest.V6, 1).Pair()
	nettest.Pair(t)
	var refused strings.Builder
	for _, names := range pairs() {
		r := refusedBy(names, refusals)
		if slices.ContainsFunc(names, func(name string) bool { return slices.Contains(cobraFlags, name) }) {
			r = nil
		}
		for _, terminal := range []bool{false, true} {
			o := try(t, terminal, names)
			if r == nil {
				checkAllowed(t, names, terminal, o)
				continue
			}
			if o.code != exitUsage || o.stdout != "" || !r.words().MatchString(o.stderr) {
				t.Errorf("%v: exit code %d, stdout %.80q, stderr %q", names, o.code, o.stdout, o.stderr)
			}
			if !terminal && r.never != nil {
				refused.WriteString("--" + strings.Join(names, " --") + "\n" + o.stderr)
			}
		}
	}
	golden.Check(t, filepath.Join("testdata", "together.golden"), refused.String())
}

// checkAllowed tells whether a command line did something sane.
func checkAllowed(t *testing.T, names []string, terminal bool, o outcome) {
	t.Helper()
	has := func(name string) bool { return slices.Contains(names, name) }
	if has("statistics") && has("replay") {
		if want := "no counters are in the record"; o.code != exitFailed || !strings.Contains(o.stderr, want) {
			t.Errorf("%v, of a dump of ss: exit code %d, stderr %q", names, o.code, o.stderr)
		}
		return
	}
	switch {
	case has("until") && o.code == exitNone && o.stderr == "": // it was broken off before
	case o.code != exitDone:
		t.Errorf("%v: exit code %d, stderr %q", names, o.code, o.stderr)
	case has("help"), has("version"):
	case has("quiet"):
		if o.stdout != "" {
			t.Errorf("%v prints %q", names, o.stdout)
		}
	case has("json"):
		decoder := json.NewDecoder(strings.NewReader(o.stdout))
		var d map[string]any
		if err := decoder.Decode(&d); err != nil || d["schema"] != "tcpstat/v1" {
			t.Errorf("%v: %v in %q", names, err, o.stdout)
		}
	case has("statistics"):
		if !strings.Contains(o.stdout, "\nTcp:\n") {
			t.Errorf("%v prints %q", names, o.stdout)
		}
	case has("columns") && !terminal:
		for _, line := range lines(o.stdout) {
			if strings.Count(line, "\t") != 2 {
				t.Errorf("%v: %q", names, line)
			}
		}
	case !strings.Contains(o.stdout, "LISTEN") && !strings.Contains(o.stdout, "ESTABLISHED"):
		t.Errorf("%v (terminal %v): neither LISTEN nor ESTABLISHED in %q", names, terminal, o.stdout)
	}
	for _, line := range lines(o.stderr) {
		if line != "" && !strings.HasPrefix(line, "tcpstat: ") {
			t.Errorf("%v says %q", names, line)
		}
	}
}

// Every pair of flags of a check is refused with the words of its table, or gets an
// answer.
func TestCheckFlagsTogether(t *testing.T) {
	nettest.Need(t)
	nettest.Listen(t, nettest.V6, 1)
	dir := t.TempDir()
	record := filepath.Join(dir, "record")
	answerOf(t, "tcpstat", "--record", record)
	values := map[string]string{
		"format": "json", "exclude": "retrans", "warning": "10", "critical": "20", "window": "50ms", "fail-on": "critical",
		"source": "netlink", "proc": "/proc", "netns": "/proc/self/ns/net", "replay": record, "lang": "en",
	}
	check, _, err := newRootCommand(&env{}, nil).Find([]string{checkName})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	check.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	for _, r := range checkRefusals {
		for _, name := range slices.Concat(slices.Concat(r.flags, r.never, r.needs)...) {
			if !slices.Contains(names, name) {
				t.Errorf("check has no flag --%s", name)
			}
		}
	}
	for i, one := range names {
		for _, other := range names[i+1:] {
			args := []string{checkName, "accept-queue"}
			for _, name := range []string{one, other} {
				values["state-file"] = filepath.Join(dir, one+" "+other) // a new one each time
				if args = append(args, "--"+name); check.Flag(name).NoOptDefVal == "" {
					args = append(args, values[name])
				}
			}
			var stdout, stderr bytes.Buffer
			e := &env{stdout: &stdout, stderr: &stderr, now: time.Now, getenv: func(string) string { return "" }}
			code := run(t.Context(), args, e)
			switch r := refusedBy([]string{one, other}, checkRefusals); {
			case r == nil && code != exitDone:
				t.Errorf("%q: exit code %d, %q, %q", args, code, stdout.String(), stderr.String())
			case r != nil && (code != int(health.Unknown) || !r.words().MatchString(stdout.String())):
				t.Errorf("%q: exit code %d, %q", args, code, stdout.String())
			}
		}
	}
}
