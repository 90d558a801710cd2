package nettest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Environment of the processes that this package starts.
const (
	outerVar = "TCPSTAT_NETTEST_OUTER" // network namespace that Run came from, as /proc/self/ns/net names it
	holdVar  = "TCPSTAT_NETTEST_HOLD"  // set: only hold the inherited descriptors, see holder
	apartVar = "TCPSTAT_NETTEST_APART" // name of the test that this process runs apart
)

// errNamespace says why this process may not make sockets for kernel tests.
var errNamespace = errors.New("TestMain must call os.Exit(nettest.Run(m))")

// Run runs the tests of a package in a fresh network namespace whose loopback
// device is up, and returns the exit code for TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(nettest.Run(m)) }
//
// It executes the test binary again with the same arguments, descriptors 0 to 2
// and environment, passes signals on, and ends with it. Without CAP_SYS_ADMIN
// the new process gets a user namespace too, in which its user is mapped to 0.
// A process that is in such a namespace already, such as a fuzz worker, runs
// its tests where it is. So does one that may not make namespaces: its kernel
// tests then skip, see [Need].
func Run(m *testing.M) int {
	switch {
	case os.Getenv(holdVar) != "":
		return hold()
	case inside():
		errNamespace = raiseLoopback()
	case slices.Contains(os.Args, "-test.fuzzworker"):
		errNamespace = errors.New("a fuzz worker stays outside with its coordinator")
	default:
		code, err := reenter()
		if err == nil {
			return code
		}
		errNamespace = err
	}
	return m.Run()
}

// Need skips a test where Run could not make a namespace, and says what allows
// it. Where the environment has CI=true it fails the test instead.
func Need(t testing.TB) {
	t.Helper()
	if errNamespace == nil {
		return
	}
	skip(t, errNamespace)
}

// Apart lets a test that leaves many sockets behind run in a namespace that is its
// alone: it executes the test binary again for this test, and reports true there.
// Where it reports false the test has been run, and its outcome is t's.
func Apart(t *testing.T) bool {
	t.Helper()
	Need(t)
	if os.Getenv(apartVar) == t.Name() {
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), outerVar+"=", apartVar+"="+t.Name())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	} else {
		t.Logf("%s", out)
	}
	return false
}

func skip(t testing.TB, reason error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("kernel tests may not be skipped with CI=true: %v", reason)
	}
	t.Skip(reason)
}

// inside reports whether the process is in a namespace that Run made.
func inside() bool {
	outer := os.Getenv(outerVar)
	here, err := os.Readlink("/proc/self/ns/net")
	return err == nil && outer != "" && outer != here
}

// reenter runs this binary to its end in a new namespace. An error means that
// it could not be started.
func reenter() (code int, err error) {
	// The kernel kills the child when the thread that started it ends, not the
	// process (PR_SET_PDEATHSIG).
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM)
	defer signal.Stop(signals)

	cmd, err := start(unix.CLONE_NEWNET)
	if errors.Is(err, unix.EPERM) {
		cmd, err = start(unix.CLONE_NEWNET | unix.CLONE_NEWUSER)
	}
	if err != nil {
		return 0, fmt.Errorf("no network namespace for kernel tests: %w; to allow it: %s", err, remedy())
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case s := <-signals:
				_ = cmd.Process.Signal(s) // it may have ended
			case <-done:
				return
			}
		}
	}()
	if err := cmd.Wait(); err != nil && cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, "nettest:", err)
		return 1, nil
	}
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal()), nil // as a shell counts
	}
	return cmd.ProcessState.ExitCode(), nil
}

func start(flags uintptr) (*exec.Cmd, error) {
	outer, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = os.Args
	cmd.Env = append(os.Environ(), outerVar+"="+outer)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: unix.SIGKILL}
	if flags&unix.CLONE_NEWUSER != 0 {
		// Only user 0 keeps its capabilities over execve().
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return cmd, cmd.Start()
}

// raiseLoopback sets lo up. A distribution may allow user namespaces and yet
// refuse this to those who live in them.
func raiseLoopback() error {
	err := func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		lo, err := unix.NewIfreq("lo")
		if err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, lo); err != nil {
			return err
		}
		lo.SetUint16(lo.Uint16() | unix.IFF_UP)
		return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
	}()
	if err != nil {
		return fmt.Errorf("lo cannot be set up for kernel tests: %w; to allow it: %s", err, remedy())
	}
	return nil
}

// walls are the settings that forbid namespaces to ordinary users.
var walls = []struct{ path, closed, open string }{
	{"/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"},
	{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
	{"/proc/sys/user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"},
	{"/proc/sys/user/max_net_namespaces", "0", "sysctl -w user.max_net_namespaces=10000"},
}

// remedy is the line that allows namespaces on this machine.
func remedy() string {
	var line string
	for _, w := range walls {
		value, err := os.ReadFile(w.path)
		if err == nil && strings.TrimSpace(string(value)) == w.closed {
			line = cmp.Or(line, w.open)
		}
	}
	return cmp.Or(line, "run the tests as root with CAP_SYS_ADMIN")
}

// hold is the life of a holder: it keeps what it inherited until its standard
// input ends.
func hold() int {
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return 1
	}
	return 0
}

// Program skips a test where a program that it compares with, or runs, is missing,
// and says which Debian package has it. Where the environment has CI=true it fails
// the test instead.
func Program(t testing.TB, name, debian string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	said := name + " is missing; to install it: apt-get install " + debian
	if os.Getenv("CI") == "true" {
		t.Fatal(said)
	}
	t.Skip(said)
}
