package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test binary be the processes that herd starts of itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == roleInside || os.Args[1] == roleMember) {
		main()
	}
	os.Exit(m.Run())
}

// herdOf runs a shell script in a herd, or skips where no namespace may be made.
func herdOf(t *testing.T, script string, flags ...string) int {
	t.Helper()
	err := exec.Command("unshare", "-Urn", "true").Run()
	if os.Getuid() == 0 {
		err = exec.Command("unshare", "-n", "true").Run()
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no network namespace may be made: %v", err)
		}
		t.Skipf("no network namespace may be made (run as root, or allow user namespaces): %v", err)
	}
	code, err := run(append(flags, "--", "sh", "-c", script))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestHerd(t *testing.T) {
	out := filepath.Join(t.TempDir(), "sockstat")
	code := herdOf(t, "cat /proc/net/sockstat > "+out+"; exit 7",
		"-sockets", "200", "-listeners", "5", "-processes", "3")
	if code != 7 {
		t.Errorf("exit code %d, want the command's 7", code)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parseInUse(string(text)); err != nil || got != 208 {
		t.Errorf("%d sockets in use (%v), want 200 + 5 + 3", got, err)
	}
}

// TestHerdMiscounts builds a herd beside another one's 11 sockets.
func TestHerdMiscounts(t *testing.T) {
	out := filepath.Join(t.TempDir(), "stderr")
	code := herdOf(t, "exec /proc/$PPID/exe "+roleInside+" -sockets 10 -- true 2> "+out, "-sockets", "10")
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	const want = "herd: the kernel counts 22 sockets in use, not 11\n"
	if code != failed || string(text) != want {
		t.Errorf("exit code %d and %q, want %d and %q", code, text, failed, want)
	}
}

func TestMemberFails(t *testing.T) {
	out := filepath.Join(t.TempDir(), "stderr")
	code := herdOf(t, "ulimit -n 50; exec /proc/$PPID/exe "+roleMember+" 0 100 0 2> "+out, "-sockets", "0")
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if code != failed || !strings.HasSuffix(string(text), " of 100: socket: too many open files\n") &&
		!strings.HasSuffix(string(text), " of 100: accept: too many open files\n") {
		t.Errorf("exit code %d and %q, want %d and too many open files", code, text, failed)
	}
}

func TestSplit(t *testing.T) {
	for _, h := range []herd{
		{},
		{sockets: 2},
		{sockets: 100_000},
		{sockets: 100_000, processes: 40},
		{sockets: 16_002, listeners: 31_999},
		{listeners: 3, processes: 2},
	} {
		pairs, listeners := 0, 0
		shares := h.splitBy(maxFDs)
		for i, s := range shares {
			if s.member != i {
				t.Errorf("%+v: member %d is number %d", h, i, s.member)
			}
			if n := s.sockets(); n > maxFDs+spareFDs/2 {
				t.Errorf("%+v: member %d has %d sockets", h, i, n)
			}
			pairs += s.pairs
			listeners += s.listeners
		}
		if 2*pairs != h.sockets || listeners != h.listeners || len(shares) < h.processes {
			t.Errorf("%+v: %d pairs and %d listeners in %d processes", h, pairs, listeners, len(shares))
		}
	}
	if n := len(herd{sockets: 100_000}.splitBy(maxFDs)); n != 7 {
		t.Errorf("100,000 sockets in %d processes, want 7", n)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"-sockets 10", "no command to run"},
		{"-sockets 11 true", "-sockets 11: connections have two ends, ask for an even number"},
		{"-listeners -1 true", "a number below 0"},
	} {
		if _, _, err := parse(strings.Fields(tt.args)); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.args, err, tt.want)
		}
	}
}

func TestParseInUse(t *testing.T) {
	const text = "sockets: used 9\nTCP: inuse 3 orphan 0 tw 7 alloc 4 mem 1\nUDP: inuse 8 mem 0\n"
	if n, err := parseInUse(text); n != 3 || err != nil {
		t.Errorf("%d, %v; want 3", n, err)
	}
	for text, want := range map[string]string{
		"":                   "no line of TCP",
		"TCP6: inuse 3\n":    "no line of TCP",
		"TCP: orphan 0 tw 0": `no inuse in "TCP: orphan 0 tw 0"`,
		"TCP: inuse":         `no inuse in "TCP: inuse"`,
		"TCP: inuse x":       `strconv.Atoi: parsing "x": invalid syntax`,
	} {
		if n, err := parseInUse(text); err == nil || err.Error() != want {
			t.Errorf("%q: %d, %v; want %s", text, n, err, want)
		}
	}
}

func FuzzParseInUse(f *testing.F) {
	f.Add("TCP: inuse 3 orphan 0 tw 7 alloc 4 mem 1\n")
	f.Add("TCP: inuse")
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := parseInUse(text); err != nil && n != 0 {
			t.Errorf("%d and %v", n, err)
		}
	})
}
