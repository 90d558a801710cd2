package tcpstat_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

func TestMain(m *testing.M) { os.Exit(nettest.Run(m)) }

// A program of thirty lines in a module of its own lists CLOSE_WAIT with owners and
// judges two rules.
func TestConsumer(t *testing.T) {
	nettest.Need(t)
	program := buildConsumer(t)

	client, leaked := nettest.Pair(t)
	client.Abandon()
	leaked.Wait(tcp.CloseWait)
	full := nettest.Listen(t, nettest.V4, 1)
	for range 2 { // the queue holds one more than its limit
		nettest.Connect(t, full.Local).Wait(tcp.Established)
	}

	out, err := exec.Command(program).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		fmt.Sprintf("%v %v [%s/%d]", leaked.Local, leaked.Remote, bytes.TrimSpace(comm), os.Getpid()),
		"close-wait-leak OK ",
		fmt.Sprintf("accept-queue CRITICAL %v", full.Local),
	}
	if got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"); !slices.Equal(got, want) {
		t.Errorf("printed\n%s\nwant\n%s", out, strings.Join(want, "\n"))
	}
}

// buildConsumer builds testdata/consumer outside of this module, from what the module
// cache has.
func buildConsumer(t *testing.T) (program string) {
	t.Helper()
	source, err := os.ReadFile("testdata/consumer/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(source, []byte("\n")); n > 30 {
		t.Errorf("the program has %d lines", n)
	}
	ours, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(ours), "\ngo ")
	version, _, _ := strings.Cut(rest, "\n")
	module := fmt.Sprintf("module consumer\n\ngo %s\n\nrequire tcpstat v0.0.0\n\nreplace tcpstat => %q\n", version, root)

	dir := t.TempDir()
	for name, text := range map[string][]byte{"main.go": source, "go.mod": []byte(module), "go.sum": sums} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	program = filepath.Join(dir, "consumer")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}
