package procnet

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"golang.org/x/sys/unix"
)

// ownCount is how many files this process has open, by another way.
func ownCount(t *testing.T) uint64 {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return uint64(len(list)) - 1 // that of the folder
}

func TestFileCounts(t *testing.T) {
	pid := int32(os.Getpid())
	isOwn := func(c FileCount) bool { return c.PID == pid }
	want := ownCount(t)
	for least, found := range map[uint64]bool{1: true, want: true, want + 100: false} {
		counts, _, err := Self().FileCounts(t.Context(), least)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(counts, isOwn)
		if (i >= 0) != found || found && (counts[i].Open < want || counts[i].Open > want+2) {
			t.Errorf("at least %d: found %v, %v; want %d files", least, i >= 0, counts[max(i, 0):min(i+1, len(counts))], want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Self().FileCounts(ended, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for name, p := range map[string]Proc{"record": New(fstest.MapFS{}, "net"), "copy": At(t.TempDir())} {
		if counts, _, err := p.FileCounts(t.Context(), 1); counts != nil || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v, %v", name, counts, err)
		}
	}
}

// A kernel that does not tell the number has the names counted.
func TestFileCountOfNames(t *testing.T) {
	pid := int32(os.Getpid())
	bySize, err := Self().fileCount(pid, true)
	byName, err2 := Self().fileCount(pid, false)
	if err != nil || err2 != nil || byName != bySize+1 { // the folder itself is open then
		t.Errorf("%d by size, %d by name, %v, %v", bySize, byName, err, err2)
	}
}

// The sockets of a process, and what each is. A descriptor that refers to another
// socket by now is none of them.
func TestSocketFDs(t *testing.T) {
	open, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(open)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	closed, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(closed)

	protocols := map[int]string{}
	pid := int32(os.Getpid())
	for d, err := range Self().SocketFDs(pid, 1) {
		if err != nil {
			t.Fatal(err)
		}
		protocols[int(d.FD)], _ = Self().SocketProtocol(pid, d)
		if uid, ok := Self().SocketUser(pid, d); !ok || uid != uint32(os.Getuid()) {
			t.Errorf("descriptor %d belongs to %d, %v", d.FD, uid, ok)
		}
		d.Inode++
		if _, ok := Self().SocketUser(pid, d); ok {
			t.Errorf("descriptor %d: the user of socket %d", d.FD, d.Inode)
		}
		if _, ok := Self().SocketProtocol(pid, d); ok {
			t.Errorf("descriptor %d is said to be socket %d", d.FD, d.Inode)
		}
	}
	for fd, want := range map[int]string{open: "TCP", pair[0]: "UNIX-STREAM", closed: "TCPv6"} {
		if protocols[fd] != want {
			t.Errorf("descriptor %d is %q, want %q", fd, protocols[fd], want)
		}
	}
	if _, isSocket := protocols[0]; isSocket {
		t.Error("standard input is a socket")
	}
	for _, err := range Self().SocketFDs(1<<30, 1) {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("of no process: %v", err)
		}
	}
}

// One descriptor in so many is looked at, wherever there are gaps.
func TestSocketFDsSpread(t *testing.T) {
	pid := int32(os.Getpid())
	const far = 700 // behind a gap
	for i := range 100 {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Dup3(fd, far+i, unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		unix.Close(fd)
		defer unix.Close(far + i)
	}
	for oneIn, want := range map[uint64]int{1: 100, 10: 10, 25: 4, 1000: 0} {
		n := 0
		for d, err := range Self().SocketFDs(pid, oneIn) {
			if err != nil {
				t.Fatal(err)
			}
			if d.FD >= far {
				n++
			}
		}
		if n != want && (oneIn == 1 || n != want+1) {
			t.Errorf("one in %d: %d of 100, want %d", oneIn, n, want)
		}
	}
}

// Of other namespaces one process each is named, and none of our own.
func TestElsewhere(t *testing.T) {
	own, ok := Self().NetNSOf(int32(os.Getpid()))
	if shown, _ := Self().NetNS(); !ok || own != shown {
		t.Fatalf("namespace %d %v, want %d", own, ok, shown)
	}
	others, err := Self().Elsewhere(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint64]bool{own: true}
	for _, other := range others {
		if inode, ok := other.NetNS(); ok && seen[inode] { // unless the process has ended
			t.Errorf("%d twice", inode)
		} else {
			seen[inode] = true
		}
	}
	all, err := Self().Elsewhere(t.Context(), 0)
	if err != nil || len(all) == 0 {
		t.Errorf("ours is not among all: %v, %v", all, err)
	}
}

func BenchmarkFileCounts(b *testing.B) {
	for b.Loop() {
		if _, _, err := Self().FileCounts(b.Context(), 16); err != nil {
			b.Fatal(err)
		}
	}
}
