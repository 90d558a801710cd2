package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpstat/document"
	"tcpstat/internal/nettest"
)

// ssDump is the dump that iproute2 tests its filters with
// (testsuite/tests/ss/ss1.dump).
const ssDump = "../../diag/testdata/ss1.dump"

// comparable makes a document one that a record and its replay have in common:
// without what says which of the two it is.
func comparable(t *testing.T, text string) map[string]any {
	t.Helper()
	var d map[string]any
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	delete(d, "source")
	delete(d, "recorded_source")
	return d
}

// What was shown when it was recorded is shown again, whichever way it is asked
// for, to the superuser and, where there is no such machine, to nobody.
func TestReplayOfScene(t *testing.T) {
	scene := nettest.Build(t)
	dir := publicDir(t)
	elsewhere := []string{"tcpstat"}
	if os.Geteuid() == 0 {
		elsewhere = []string{"isolated", "alone", "nobody", "tcpstat"}
	}
	for name, args := range map[string][]string{
		"json":           {"-an", "--json"},
		"owners":         {"-anp", "--json", "-im"},
		"from proc":      {"-anp", "--json", "-im", "--source", "proc"},
		"explained":      {"-anp", "--explain"},
		"explained json": {"-anp", "--explain", "--json"},
		"listeners":      {"-l"},
		"extended":       {"-anpoe"},
		"sorted":         {"-an", "--sort", "retrans", "--top", "5"},
		"filtered":       {"-p", "--json", "state", "CLOSE_WAIT", "ownership", "process"},
		"overview":       {},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
			live := answerOf(t, append([]string{"tcpstat", "--record", path}, args...)...)
			makePublic(t, path)
			for _, again := range [][]string{{"tcpstat"}, elsewhere} {
				replayed := answerOf(t, append(append(again, "--replay", path), args...)...)
				if !slices.Contains(args, "--json") {
					// A command to run next looks at the record again.
					shown := strings.ReplaceAll(replayed.stdout, " --replay "+path, "")
					if diff := cmp.Diff(live.stdout, shown); diff != "" {
						t.Errorf("%q (-recorded +replayed):\n%.2000s", again, diff)
					}
					continue
				}
				if diff := cmp.Diff(comparable(t, live.stdout), comparable(t, replayed.stdout)); diff != "" {
					t.Errorf("%q (-recorded +replayed):\n%.2000s", again, diff)
				}
				checkSources(t, live.stdout, replayed.stdout, name == "from proc")
			}
		})
	}
	// Whatever was asked for, the record has all.
	path := filepath.Join(dir, "listeners")
	d := list(t, "tcpstat", "-anpim", "--json", "--replay", path)
	if found := standing(t, d, scene); len(found) != len(scene.Stands) {
		t.Errorf("%d stands of %d in a record of -l", len(found), len(scene.Stands))
	}
	d = list(t, "tcpstat", "-anpim", "--json", "--source", "proc", "--replay", path)
	if d.Source != "replay" || d.RecordedSource == nil || *d.RecordedSource != "proc" || len(standing(t, d, scene)) < len(scene.Stands)-1 {
		t.Errorf("from the recorded /proc: source %s of %v, %d sockets", d.Source, tell(d.RecordedSource), len(d.Sockets))
	}
}

func checkSources(t *testing.T, live, replayed string, proc bool) {
	t.Helper()
	source := "netlink"
	if proc {
		source = "proc"
	}
	for _, text := range []string{live, replayed} {
		d, err := decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case text == live && (d.Source != source || d.RecordedSource != nil):
			t.Errorf("recorded: source %s of %v", d.Source, tell(d.RecordedSource))
		case text == replayed && (d.Source != "replay" || d.RecordedSource == nil || *d.RecordedSource != source):
			t.Errorf("replayed: source %s of %v", d.Source, tell(d.RecordedSource))
		}
	}
}

// publicDir is a directory that every user may read.
func publicDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Dir(dir)} {
		makePublic(t, path)
	}
	return dir
}

func makePublic(t *testing.T, path string) {
	t.Helper()
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

// A look without --record and one with it tell the same, apart from what moves.
func TestRecordIsTheMachine(t *testing.T) {
	scene := nettest.Build(t)
	record := filepath.Join(t.TempDir(), "look")
	args := []string{"tcpstat", "-anpim", "--json"}
	live := standing(t, list(t, args...), scene)
	recorded := standing(t, list(t, append(args, "--record", record, "--record-cmdline")...), scene)
	for st, want := range live {
		got := recorded[st]
		if got == nil {
			t.Errorf("stand %q is not in the record", st.Name)
			continue
		}
		if got.State != want.State || got.Ownership != want.Ownership || tell(got.Cookie) != tell(want.Cookie) ||
			tell(got.Interface) != tell(want.Interface) || tell(got.Congestion) != tell(want.Congestion) ||
			(got.TCPInfo == nil) != (want.TCPInfo == nil) || (got.Memory == nil) != (want.Memory == nil) ||
			!cmp.Equal(ordered(anyOf(t, unnamed(got.Processes))), ordered(anyOf(t, unnamed(want.Processes)))) {
			t.Errorf("stand %q is recorded as %+v, not %+v", st.Name, got, want)
		}
	}
	if len(recorded) != len(live) {
		t.Errorf("%d stands recorded, %d seen", len(recorded), len(live))
	}
}

// unnamed leaves the users of processes out: a record has their numbers, and their
// names are this machine's.
func unnamed(processes []document.Process) []document.Process {
	for i := range processes {
		processes[i].User = nil
	}
	return processes
}

func anyOf(t *testing.T, value any) (loose any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &loose)
	}
	if err != nil {
		t.Fatal(err)
	}
	return loose
}

// What an ordinary user may not see is recorded as that, and stays hidden from
// the superuser who looks at the record.
func TestRecordByNobody(t *testing.T) {
	needUsers(t)
	nettest.Build(t)
	dir := publicDir(t)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "look")
	live := answerOf(t, "nobody", "tcpstat", "-anp", "--json", "--record", path)
	replayed := answerOf(t, "tcpstat", "-anp", "--json", "--replay", path)
	if diff := cmp.Diff(comparable(t, live.stdout), comparable(t, replayed.stdout)); diff != "" {
		t.Errorf("-recorded +replayed:\n%.2000s", diff)
	}
	if !strings.Contains(replayed.stdout, `{"field":"processes","reason":"no_permission"`) ||
		!strings.Contains(live.stderr, "as root all owners are shown") || !strings.Contains(replayed.stderr, "hidden in this record") {
		t.Errorf("recorded: %s, replayed: %s%.2000s", live.stderr, replayed.stderr, replayed.stdout)
	}
	screen := answerOf(t, "terminal", "120", "tcpstat", "-anp", "--replay", path, "--color", "never")
	if !strings.Contains(screen.stdout, "(needs root)") || !strings.Contains(screen.stderr, "a look at ") {
		t.Errorf("on a terminal:\n%s", screen.stdout)
	}
}

// A complete scan that found nobody is one on a replay too.
func TestReplayOwnerUnknown(t *testing.T) {
	needUsers(t)
	nettest.Build(t)
	path := filepath.Join(t.TempDir(), "look")
	live := answerOf(t, "alone", "tcpstat", "-anp", "--json", "--record", path)
	replayed := answerOf(t, "tcpstat", "-anp", "--json", "--replay", path)
	if diff := cmp.Diff(comparable(t, live.stdout), comparable(t, replayed.stdout)); diff != "" {
		t.Errorf("-recorded +replayed:\n%.2000s", diff)
	}
	if !strings.Contains(replayed.stdout, `"ownership":"unknown"`) || strings.Contains(replayed.stdout, `"field":"processes"`) {
		t.Errorf("%.2000s", replayed.stdout)
	}
}

// Without sock_diag what /proc says is recorded, and why there is no more.
func TestRecordWithoutNetlink(t *testing.T) {
	if nettest.AuditArch == 0 {
		t.Skip("no seccomp filter for this architecture")
	}
	nettest.Build(t)
	path := filepath.Join(t.TempDir(), "look")
	live := answerOf(t, "refused", "13", "tcpstat", "-anp", "--json", "--record", path)
	replayed := answerOf(t, "tcpstat", "-anp", "--json", "--replay", path)
	if diff := cmp.Diff(comparable(t, live.stdout), comparable(t, replayed.stdout)); diff != "" {
		t.Errorf("-recorded +replayed:\n%.2000s", diff)
	}
	checkSources(t, live.stdout, replayed.stdout, true)
	if want := "sock_diag is not in the record (permission denied)"; !strings.Contains(replayed.stderr, want) {
		t.Errorf("stderr %q", replayed.stderr)
	}
	a := ask(t, "tcpstat", "-an", "--replay", path, "--source", "netlink")
	if a.code != exitFailed || a.stdout != "" || len(lines(a.stderr)) != 2 {
		t.Errorf("--source netlink: exit code %d, %s%s", a.code, a.stdout, a.stderr)
	}
}

// Processes cannot name themselves into a record.
func TestRecordHostileNames(t *testing.T) {
	nettest.Need(t)
	for _, name := range []string{"-- end --", "-- meta --\n", "two\nlines", "\x1b[31mred", "\xff\xfe\x80", "-- --"} {
		heldBy(t, name, nettest.Listen(t, nettest.V4, 1))
	}
	path := filepath.Join(t.TempDir(), "look")
	live := answerOf(t, "tcpstat", "-lnp", "--json", "--record", path)
	replayed := answerOf(t, "tcpstat", "-lnp", "--json", "--replay", path)
	if diff := cmp.Diff(comparable(t, live.stdout), comparable(t, replayed.stdout)); diff != "" {
		t.Errorf("-recorded +replayed:\n%.2000s", diff)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if unprintable(string(text)) || strings.Count(string(text), "\n-- end --\n") != 1 {
		t.Error("the record is no plain text, or ends more than once")
	}
}

// Of a command its arguments are not kept: they may be secret.
func TestRecordNoArguments(t *testing.T) {
	nettest.Listen(t, nettest.V4, 1)
	path := filepath.Join(t.TempDir(), "look")
	answerOf(t, "tcpstat", "-an", "--record", path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), filepath.Base(os.Args[0])) || len(os.Args) < 2 {
		t.Fatalf("the command of this process (%q) is not in the record", os.Args)
	}
	for _, argument := range os.Args[1:] {
		if strings.Contains(string(text), argument) {
			t.Errorf("the record tells %q", argument)
		}
	}
}

// The twelve conditions of iproute2's own test of its filters
// (testsuite/tests/ss/ssfilter.t), on the dump that it uses. The second half of
// that dump, which ss does not read, is asked for by -6.
func TestFiltersOfSS(t *testing.T) {
	const (
		listener = "tcp 0 128 0.0.0.0:22 0.0.0.0:* LISTEN"
		outgoing = "tcp 0 0 10.0.0.1:36266 10.0.0.1:22 ESTABLISHED"
		incoming = "tcp 0 0 10.0.0.1:22 10.0.0.2:50312 ESTABLISHED"
	)
	for _, test := range []struct{ filter, want string }{
		{"dport = 22", outgoing},
		{"dport 22", outgoing},
		{"( dport = 22 )", outgoing},
		{"src = 0.0.0.0", listener},
		{"src 0.0.0.0", listener},
		{"src 0.0.0.0 sport = 22", listener},
		{"src 0.0.0.0 and sport = 22", listener},
		{"src 10.0.0.1 and sport = 22 and dport = 50312", incoming},
		{"src 10.0.0.1 and sport = 22 and ( dport = 50312 )", incoming},
		{"src 10.0.0.1 and ( sport = 22 and dport = 50312 )", incoming},
		{"( src 10.0.0.1 and sport = 22 ) and dport = 50312", incoming},
		{"( src 0.0.0.0 or src 10.0.0.1 ) and dst 10.0.0.2", incoming},
	} {
		for _, words := range [][]string{{test.filter}, strings.Fields(test.filter)} {
			a := answerOf(t, append([]string{"tcpstat", "-Htna4", "--replay", ssDump}, words...)...)
			got := strings.TrimSpace(regexp.MustCompile(` +`).ReplaceAllString(a.stdout, " "))
			if got != test.want {
				t.Errorf("%q: %q, not %q", words, got, test.want)
			}
		}
	}
	// What all twelve have in common: behind the first end of the dump there is
	// more, of the other family.
	a := answerOf(t, "tcpstat", "-Htna6", "--replay", ssDump, "dport", "=", "22")
	if want := "tcp6       0      0 fec0:42::24:40520       fec0:42::1:22           ESTABLISHED\n"; a.stdout != want {
		t.Errorf("behind the first end: %q", a.stdout)
	}
}

// Wherever a file is cut off, what was whole is shown and the rest said to be
// missing.
func TestReplayTruncated(t *testing.T) {
	nettest.Build(t)
	whole := filepath.Join(t.TempDir(), "look")
	answerOf(t, "tcpstat", "-an", "--record", whole)
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut")
	all := len(list(t, "tcpstat", "-anp", "--json", "--replay", whole).Sockets)
	last := 0
	for i := range 30 {
		n := len(text) * (i + 1) / 31
		if err := os.WriteFile(cut, text[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		a := ask(t, "tcpstat", "-anp", "--json", "--replay", cut)
		if !strings.Contains(a.stderr, "cut off: the record ends here") || unprintable(a.stderr) {
			t.Errorf("%d bytes: %s", n, a.stderr)
		}
		if a.stdout == "" {
			if a.code != exitFailed || last > 0 {
				t.Errorf("%d bytes: exit code %d, and no list", n, a.code)
			}
			continue
		}
		d, err := decode([]byte(a.stdout))
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if len(d.Sockets) < last || len(d.Sockets) > all || len(d.Missing) == 0 || (a.code == exitDone) != (len(d.Sockets) == all) {
			t.Errorf("%d bytes: %d sockets of %d, exit code %d, missing %v", n, len(d.Sockets), all, a.code, d.Missing)
		}
		last = len(d.Sockets)
	}
	if last != all {
		t.Errorf("%d sockets of %d with all but the end", last, all)
	}
}

// A record that has no place is told by the name that it was given.
func TestRecordNowhere(t *testing.T) {
	a := ask(t, "tcpstat", "-l", "--record", "/nonexistent/look")
	if a.code != 1 || !strings.HasPrefix(a.stderr, "tcpstat: create /nonexistent/look: no such file or directory\n  name a file") {
		t.Errorf("exit code %d\n%s", a.code, a.stderr)
	}
}
