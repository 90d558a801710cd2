package nettest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	// A Run that loses the exit code would hide the failure of its own test.
	if !inside() && os.Getenv(actVar) == "" && os.Getenv(holdVar) == "" {
		cmd := outside(context.Background(), "exit")
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != 42 {
			panic(fmt.Sprintf("exit code %d, not 42: %v", cmd.ProcessState.ExitCode(), err))
		}
	}
	os.Exit(Run(m))
}

// actVar chooses what the test binary does when a test of Run starts it.
const actVar = "TCPSTAT_NETTEST_ACT"

// TestAct is what the started test binary runs. By itself it does nothing.
func TestAct(t *testing.T) {
	switch os.Getenv(actVar) {
	case "exit":
		os.Exit(42)
	case "die":
		unix.Kill(os.Getpid(), unix.SIGKILL)
		unix.Pause()
	case "wait":
		fmt.Println(os.Getpid())
		unix.Pause()
	case "need":
		Need(t)
		fmt.Println("not skipped")
	}
}

// outside is this test binary as go test starts it: in no namespace of ours.
func outside(ctx context.Context, act string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], append([]string{"-test.run=^TestAct$"}, args...)...)
	cmd.Env = append(os.Environ(), outerVar+"=", "CI=", actVar+"="+act)
	return cmd
}

func exitCode(t *testing.T, cmd *exec.Cmd) (code int, output string) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// patient ends what hangs, and what that started dies with it.
func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	t.Cleanup(cancel)
	return ctx
}

func TestRunMakesANamespace(t *testing.T) {
	Need(t)
	here, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if here == os.Getenv(outerVar) {
		t.Fatalf("still in %s", here)
	}
	client, _ := Pair(t)
	all, err := allRows()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.local == client.Local && r.inode == client.Inode() {
			return
		}
	}
	t.Fatalf("/proc/self/net/tcp lacks %v: %v", client.Local, all)
}

func TestRunReturnsTheExitCode(t *testing.T) {
	Need(t)
	for act, want := range map[string]int{"": 0, "exit": 42, "die": 128 + 9} {
		if got, out := exitCode(t, outside(patient(t), act)); got != want {
			t.Errorf("%q: exit code %d, not %d:\n%s", act, got, want, out)
		}
	}
	if got, out := exitCode(t, outside(patient(t), "", "-test.nonsense")); got != 2 {
		t.Errorf("unknown flag: exit code %d, not 2:\n%s", got, out)
	}
}

// startWaiting starts a test binary that waits in its namespace, and gives the
// PID of that inner process and what it prints.
func startWaiting(t *testing.T) (outer *exec.Cmd, inner int, output io.Reader) {
	t.Helper()
	cmd := outside(patient(t), "wait")
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(pipe)
	line, err := reader.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	inner, err = strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if inner == cmd.Process.Pid {
		t.Fatal("the test binary runs its tests where it was started")
	}
	watchdog := time.AfterFunc(3*patience, func() { unix.Kill(inner, unix.SIGKILL) })
	t.Cleanup(func() {
		if !watchdog.Stop() {
			t.Errorf("process %d had to be killed", inner)
		}
	})
	return cmd, inner, reader
}

func TestRunPassesSignalsOn(t *testing.T) {
	Need(t)
	for signal, want := range map[syscall.Signal]int{
		unix.SIGTERM: 128 + 15, unix.SIGHUP: 128 + 1, unix.SIGINT: 128 + 2,
		unix.SIGQUIT: 2, // Go's own exit code after the stacks
	} {
		outer, _, output := startWaiting(t)
		if err := outer.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(output)
		if err != nil {
			t.Fatal(err)
		}
		_ = outer.Wait() // the exit code says it
		if got := outer.ProcessState.ExitCode(); got != want {
			t.Errorf("%v: exit code %d, not %d", signal, got, want)
		}
		if stacks := strings.Contains(string(text), "goroutine "); stacks != (signal == unix.SIGQUIT) {
			t.Errorf("%v: stacks printed: %v", signal, stacks)
		}
	}
}

func TestRunDiesWithItsParent(t *testing.T) {
	Need(t)
	outer, inner, output := startWaiting(t)
	if err := outer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	// The pipe ends when the last process that could write to it is gone.
	if _, err := io.ReadAll(output); err != nil {
		t.Fatal(err)
	}
	_ = outer.Wait()
	Poll(t, func() error {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", inner))
		if err == nil && !strings.Contains(string(stat), ") Z ") {
			return fmt.Errorf("still there: %s", stat)
		}
		return nil
	})
}

// FuzzInside fails where a worker is not in the coordinator's namespace.
func FuzzInside(f *testing.F) {
	Need(f)
	f.Add([]byte("seed"))
	f.Fuzz(func(t *testing.T, _ []byte) {
		if !inside() {
			t.Fatal("a fuzz worker is outside")
		}
	})
}

func TestRunServesFuzzWorkers(t *testing.T) {
	Need(t)
	cmd := outside(patient(t), "", "-test.run=^$", "-test.fuzz=^FuzzInside$", "-test.fuzztime=20x", "-test.parallel=1",
		"-test.fuzzcachedir="+t.TempDir())
	cmd.Dir = t.TempDir()
	code, out := exitCode(t, cmd)
	if code != 0 || !strings.Contains(out, "execs: 20") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestRunWritesProfiles(t *testing.T) {
	Need(t)
	dir := t.TempDir()
	code, out := exitCode(t, outside(patient(t), "", "-test.cpuprofile=cpu", "-test.outputdir="+dir))
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	if info, err := os.Stat(filepath.Join(dir, "cpu")); err != nil || info.Size() == 0 {
		t.Errorf("no profile: %v, %v", info, err)
	}
}

// A user namespace whose limit of network namespaces is 0 forbids what Run
// wants, and the line that allows it is known.
func TestNeedWithoutNamespaces(t *testing.T) {
	Need(t)
	forbidden := func(ci string) (code int, output string) {
		self := outside(patient(t), "need", "-test.v")
		cmd := exec.Command("sh", "-c", `echo 0 >/proc/sys/user/max_net_namespaces && exec "$0" "$@"`)
		cmd.Args = append(cmd.Args, self.Args...)
		cmd.Env = append(self.Env, "CI="+ci)
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		}
		return exitCode(t, cmd)
	}
	const remedy = "to allow it: sysctl -w user.max_net_namespaces=10000"
	code, out := forbidden("")
	if code != 0 || !strings.Contains(out, "--- SKIP") || !strings.Contains(out, remedy) {
		t.Errorf("not skipped with %q: exit code %d:\n%s", remedy, code, out)
	}
	code, out = forbidden("true")
	if code != 1 || !strings.Contains(out, "--- FAIL") || !strings.Contains(out, remedy) {
		t.Errorf("CI=true: not failed with %q: exit code %d:\n%s", remedy, code, out)
	}
}
