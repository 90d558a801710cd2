package diag

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
)

// inNewNamespace gives the path of a namespace of its own in which a listener
// stands, and the listener's address. lo is down there.
func inNewNamespace(t *testing.T) (path string, listener netip.AddrPort) {
	t.Helper()
	nettest.Need(t)
	listener = netip.MustParseAddrPort("0.0.0.0:7")
	onSpareThread(func() {
		must := func(err error) {
			if err != nil {
				t.Error(err)
			}
		}
		must(unix.Unshare(unix.CLONE_NEWNET))
		file, err := os.Open("/proc/thread-self/ns/net")
		must(err)
		t.Cleanup(func() { file.Close() })
		path = fmt.Sprintf("/proc/self/fd/%d", file.Fd())
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		must(err)
		t.Cleanup(func() { unix.Close(fd) })
		must(unix.Bind(fd, &unix.SockaddrInet4{Port: int(listener.Port())}))
		must(unix.Listen(fd, 3))
	})
	return path, listener
}

func TestNetNS(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	path, listener := inNewNamespace(t)
	here := nettest.Listen(t, nettest.V4, 1)
	before := namespaces(t)

	q := everything
	q.NetNS = path
	var seen []netip.AddrPort
	for s, err := range Dump(context.Background(), q) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, s.Local)
		if now := namespaces(t); now != before {
			t.Errorf("during the walk the thread and the process are in %v, not %v", now, before)
		}
	}
	if len(seen) != 1 || seen[0] != listener {
		t.Errorf("the other namespace has %v", seen)
	}
	s, err := Get(context.Background(), q, listener, netip.AddrPort{})
	if err != nil || s.Backlog.Limit.Or(0) != 3 {
		t.Errorf("Get: %v, %v", s, err)
	}
	if _, err := Get(context.Background(), q, here.Local, netip.AddrPort{}); !errors.Is(err, unix.ENOENT) {
		t.Errorf("Get finds a socket of this namespace in the other: %v", err)
	}
	if now := namespaces(t); now != before {
		t.Errorf("the thread and the process are in %v, not %v", now, before)
	}
	if _, err := Get(context.Background(), everything, here.Local, netip.AddrPort{}); err != nil {
		t.Errorf("in this namespace: %v", err)
	}
}

// namespaces names those of the calling thread and of the process, which is that
// of its first thread.
func namespaces(t *testing.T) (names [2]string) {
	t.Helper()
	for i, path := range []string{"/proc/thread-self/ns/net", "/proc/self/ns/net"} {
		name, err := os.Readlink(path)
		if err != nil {
			t.Fatal(err)
		}
		names[i] = name
	}
	return names
}

func TestNetNSRefused(t *testing.T) {
	nettest.Need(t)
	refused(t, "/proc/self/ns/nothing", "open", unix.ENOENT)
	refused(t, os.DevNull, "setns", unix.EINVAL)
	refused(t, "/proc/self/ns/uts", "setns", unix.EINVAL)
}

// refused asks for a namespace that cannot be had.
func refused(t *testing.T, path, call string, errno unix.Errno) {
	t.Helper()
	q := everything
	q.NetNS = path
	var err error
	for s, e := range Dump(context.Background(), q) {
		if s != nil || err != nil {
			t.Errorf("%v, %v after %v", s, e, err)
		}
		err = e
	}
	want := fmt.Sprintf("sock_diag: namespace: %s %s: %v", call, path, errno)
	var e *Error
	if !errors.As(err, &e) || e.Op != "namespace" || e.Error() != want || !errors.Is(err, errno) || e.Unavailable() {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestNetNSAsNobody: a user without privilege may open the namespace of a
// process of their own, and enter none.
func TestNetNSAsNobody(t *testing.T) {
	const nobody = 65534
	if os.Geteuid() == nobody {
		refused(t, "/proc/self/ns/net", "setns", unix.EPERM)
		hidden := unix.EACCES
		if _, err := os.Stat("/proc/1"); err != nil {
			hidden = unix.ENOENT // hidepid: process 1 is not even seen
		}
		refused(t, "/proc/1/ns/net", "open", hidden)
		return
	}
	nettest.Need(t)
	child := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := child.CombinedOutput()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EPERM) {
		t.Skip("only root can become nobody: sudo go test ./diag")
	}
	if err != nil {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

// TestSpareThread: neither the first thread of the process nor one that others
// come to run on is led into another namespace.
func TestSpareThread(t *testing.T) {
	nettest.Need(t)
	here := namespaces(t)
	for range 200 {
		onSpareThread(func() {
			if unix.Gettid() == unix.Getpid() {
				t.Error("on the first thread")
			}
			if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
				t.Error(err)
			}
		})
		done := make(chan struct{})
		go func() {
			defer close(done)
			if now := namespaces(t); now != here {
				t.Errorf("the thread and the process are in %v, not %v", now, here)
			}
		}()
		<-done
	}
}
