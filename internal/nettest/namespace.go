package nettest

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// The first thread stays with the main goroutine: a test that got hold of it
// would change with [Namespace] what /proc/self/net shows to everybody.
func init() { runtime.LockOSThread() }

// Namespace moves the goroutine of a test to a network namespace of its own,
// whose settings ([Sysctl]) concern nobody else, until the test ends or moves it
// on to the next one. The path leads other threads there. /proc/self/net goes on
// to show the namespace of [Run].
func Namespace(t testing.TB) (path string) {
	t.Helper()
	Need(t)
	runtime.LockOSThread()
	before := ownNamespace(t)
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatalf("nettest: unshare: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Setns(int(before.Fd()), unix.CLONE_NEWNET); err != nil {
			t.Errorf("nettest: setns: %v", err)
			return // and the thread ends with the goroutine
		}
		runtime.UnlockOSThread()
	})
	if err := raiseLoopback(); err != nil {
		t.Fatalf("nettest: %v", err)
	}
	return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), ownNamespace(t).Fd())
}

// ownNamespace opens the network namespace of the calling thread.
func ownNamespace(t testing.TB) *os.File {
	t.Helper()
	f, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatalf("nettest: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
