package netns

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
)

func TestMain(m *testing.M) { os.Exit(nettest.Run(m)) }

// newNamespace makes a namespace that lives until the test ends.
func newNamespace(t *testing.T) Namespace {
	t.Helper()
	nettest.Need(t)
	var file *os.File
	var err error
	onSpareThread(func() {
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			file, err = os.Open(ownThread)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	n, err := At(fmt.Sprintf("/proc/self/fd/%d", file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// link names a namespace as the kernel does.
func link(t *testing.T, path string) string {
	t.Helper()
	name, err := os.Readlink(path)
	if err != nil {
		t.Error(err)
	}
	return name
}

// threads names the namespaces in which the threads of this process are, each
// once.
func threads(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/self/task/*/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range paths {
		if name, err := os.Readlink(path); err == nil { // a thread may end meanwhile
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestDo(t *testing.T) {
	there := newNamespace(t)
	thread, process := link(t, ownThread), link(t, "/proc/self/ns/net")
	inside := fmt.Sprintf("net:[%d]", there.Inode)
	failure := errors.New("failure")
	for range 200 {
		err := there.Do(func() error {
			if now := link(t, ownThread); now != inside {
				t.Errorf("f runs in %s, not in %s", now, inside)
			}
			if now := link(t, "/proc/self/ns/net"); now != process {
				t.Errorf("the process is in %s, not in %s", now, process)
			}
			return failure
		})
		if err != failure {
			t.Fatal(err)
		}
		if now := link(t, ownThread); now != thread {
			t.Fatalf("the calling thread is in %s, not in %s", now, thread)
		}
		done := make(chan string)
		go func() { done <- link(t, ownThread) }()
		if now := <-done; now != process {
			t.Fatalf("a goroutine runs in %s, not in %s", now, process)
		}
	}
	// A thread takes a moment to end.
	for now := threads(t); !slices.Equal(now, []string{process}); now = threads(t) {
		if !slices.Contains(now, inside) {
			t.Fatalf("threads are in %v, not in %s", now, process)
		}
		runtime.Gosched()
	}
}

// The first thread of a process is what /proc/self shows: it stays.
func TestSpareThread(t *testing.T) {
	for range 200 {
		onSpareThread(func() {
			if unix.Gettid() == unix.Getpid() {
				t.Error("on the first thread")
			}
		})
	}
}

// What f panics with comes out where Do was called, on the thread that was left at
// home.
func TestDoPanics(t *testing.T) {
	n := newNamespace(t)
	home := link(t, ownThread)
	var fault any
	func() {
		defer func() { fault = recover() }()
		t.Errorf("it returns %v", n.Do(func() error { panic("at the disco") }))
	}()
	if fault != "at the disco" {
		t.Errorf("panicked with %v", fault)
	}
	if now := link(t, ownThread); now != home {
		t.Errorf("the caller is in %s", now)
	}
}

// TestDoAtHome: in its own namespace a function runs where it is called, without
// any privilege.
func TestDoAtHome(t *testing.T) {
	there := newNamespace(t)
	err := there.Do(func() error {
		thread := unix.Gettid()
		home, err := At(ownThread)
		if err != nil {
			return err
		}
		return home.Do(func() error {
			if now := unix.Gettid(); now != thread {
				t.Errorf("on thread %d, not %d", now, thread)
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
}

// TestDoTooLate: a path that leads elsewhere by now is not followed.
func TestDoTooLate(t *testing.T) {
	nettest.Need(t)
	process := startInside(t)
	there, err := At(fmt.Sprintf("/proc/%d/ns/net", process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	never := func() error {
		t.Error("f was called")
		return nil
	}
	other := there
	other.Path = newNamespace(t).Path
	var e *Error
	if err := other.Do(never); !errors.As(err, &e) || !errors.Is(err, ErrGone) {
		t.Errorf("%v from a path that leads elsewhere", err)
	}
	process.stop()
	if err := there.Do(never); !errors.As(err, &e) || !errors.Is(err, ErrGone) {
		t.Errorf("%v from a process that has ended", err)
	}
}

// process waits in a namespace of its own until it is stopped.
type process struct {
	*exec.Cmd
	stop func()
}

// startInside starts a process in a namespace of its own.
func startInside(t *testing.T) process {
	t.Helper()
	cmd := exec.Command("cat")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := func() {
		stdin.Close()
		cmd.Wait()
	}
	t.Cleanup(stop)
	return process{cmd, stop}
}

// TestAsNobody: a user without privilege may look at the namespaces of their own
// processes, and enter none but the one they are in.
func TestAsNobody(t *testing.T) {
	const nobody = 65534
	if os.Geteuid() == nobody {
		asNobody(t)
		return
	}
	nettest.Need(t)
	for _, options := range []string{"hidepid=0", "hidepid=2"} {
		t.Run(options, func(t *testing.T) {
			mountProc(t, options)
			child := exec.Command("/proc/self/exe", "-test.run=^TestAsNobody$")
			child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			out, err := child.CombinedOutput()
			if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EPERM) {
				t.Skip("only root can become nobody: sudo go test ./netns")
			}
			if err != nil {
				t.Errorf("as nobody: %v\n%s", err, out)
			}
		})
	}
}

// mountProc gives the thread of a test, and what it starts, another /proc. The thread
// ends with the test.
func mountProc(t *testing.T, options string) {
	t.Helper()
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		t.Skipf("unshare: %v; run the tests as root: sudo go test ./netns", err)
	}
	for _, err := range []error{
		unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("proc", "/proc", "proc", 0, options),
	} {
		if err != nil {
			t.Skipf("mount: %v; run the tests as root: sudo go test ./netns", err)
		}
	}
}

func asNobody(t *testing.T) {
	nothing := func() error { return nil }
	home, err := At("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if err := home.Do(nothing); err != nil {
		t.Errorf("at home: %v", err)
	}
	cmd := exec.Command("cat")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := cmd.Start(); err == nil { // where users may make namespaces
		own, err := At(fmt.Sprintf("/proc/%d/ns/net", cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		var e *Error
		if err := own.Do(nothing); !errors.As(err, &e) || !errors.Is(err, fs.ErrPermission) || e.Op != "enter" {
			t.Errorf("a namespace of their own making: %v", err)
		}
	}
	if _, err := Find("1"); !errors.Is(err, fs.ErrPermission) && !errors.Is(err, ErrNoProcess) {
		t.Errorf("process 1: %v", err)
	}
	found, hidden, err := All()
	if err != nil || len(found) == 0 || hidden == 0 || found[0].id != home.id {
		t.Errorf("all: %v, %d hidden, %v", found, hidden, err)
	}
}
