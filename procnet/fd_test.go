package procnet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// One socket shared by dup, by fork and by SCM_RIGHTS.
func TestOwnersOfSharedSocket(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	listener := l.(*net.TCPListener)
	inode := inodeOf(t, listener)
	dup, err := listener.File()
	if err != nil {
		t.Fatal(err)
	}
	defer dup.Close()
	self := int32(os.Getpid())
	want := []tcp.Owner{{PID: self, FD: descriptorOf(t, listener)}, {PID: self, FD: int32(dup.Fd())}}

	parent := newChild("fork")
	parent.ExtraFiles = []*os.File{dup, dup} // descriptors 3 and 4, also of its child
	family := start(t, parent)
	var grandchild int32
	family.line(t, &grandchild)
	for _, pid := range []int32{int32(family.Process.Pid), grandchild} {
		want = append(want, tcp.Owner{PID: pid, FD: 3}, tcp.Owner{PID: pid, FD: 4})
	}

	ours, theirs := socketPair(t)
	other := newChild("receive")
	other.ExtraFiles = []*os.File{theirs}
	receiver := start(t, other)
	if err := unix.Sendmsg(int(ours.Fd()), []byte{0}, unix.UnixRights(int(dup.Fd())), nil, 0); err != nil {
		t.Fatal(err)
	}
	var received int32
	receiver.line(t, &received)
	want = append(want, tcp.Owner{PID: int32(receiver.Process.Pid), FD: received})

	slices.SortFunc(want, func(a, b tcp.Owner) int {
		return cmp.Or(cmp.Compare(a.PID, b.PID), cmp.Compare(a.FD, b.FD))
	})
	var wanted Inodes
	wanted.Add(inode)
	for _, set := range []*Inodes{&wanted, nil} {
		owners, err := Self().Owners(t.Context(), set)
		if err != nil {
			t.Fatal(err)
		}
		if got := owners.Of(inode); !slices.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	}
}

func descriptorOf(t *testing.T, c syscall.Conn) (fd int32) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err == nil {
		err = raw.Control(func(n uintptr) { fd = int32(n) })
	}
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func socketPair(t *testing.T) (a, b *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	a, b = os.NewFile(uintptr(fds[0]), ""), os.NewFile(uintptr(fds[1]), "")
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// Descriptors of sockets that were not wanted are told beside, if they are asked for.
func TestOwnersAndOthers(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	pid := int32(os.Getpid())
	inodes := map[int32]uint64{}
	for d, err := range Self().SocketFDs(pid, 1) {
		if err != nil {
			t.Fatal(err)
		}
		inodes[d.FD] = d.Inode
	}
	wanted, other := inodes[int32(pair[0])], inodes[int32(pair[1])]
	for _, none := range []bool{false, true} {
		set := new(Inodes)
		if !none {
			set.Add(wanted)
		}
		owners, err := Self().OwnersAndOthers(t.Context(), set)
		if err != nil {
			t.Fatal(err)
		}
		count := map[uint64]int{}
		for _, o := range owners.Others() {
			if o.PID == pid {
				count[o.Inode]++
			}
		}
		if found := len(owners.Of(wanted)) == 1; found == none || count[other] != 1 || (count[wanted] == 1) != none || count[0] > 0 {
			t.Errorf("none wanted %t: found %t, beside it %v", none, found, count)
		}
		if owners, _ = Self().Owners(t.Context(), set); len(owners.Others()) > 0 {
			t.Errorf("others that nobody asked for: %v", owners.Others())
		}
	}
}

// An ordinary user is told that there is more than may be seen.
func TestOwnersHidden(t *testing.T) {
	for _, test := range []struct {
		role  string
		flags uintptr
	}{{"scan", 0}, {"scanHidden", syscall.CLONE_NEWNS}} {
		t.Run(test.role, func(t *testing.T) {
			c := newChild(test.role)
			if os.Getuid() == 0 {
				c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: test.flags}
				if test.role == "scan" {
					c.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
				}
			} else if test.flags != 0 {
				skip(t, "mounting a /proc needs root")
			}
			out, err := c.Output()
			if err != nil {
				t.Fatal(err)
			}
			var hidden, own int
			if _, err := fmt.Sscan(string(out), &hidden, &own); err != nil || hidden == 0 || own != 1 {
				t.Errorf("%d processes hidden, %d owners of our own socket (%v)", hidden, own, err)
			}
		})
	}
}

// tree makes a directory with the links of process descriptors.
func tree(t testing.TB, links map[string]string) Proc {
	t.Helper()
	dir := t.TempDir()
	for name, target := range links {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	return At(dir)
}

// A support bundle, with what should not be in it.
func TestOwnersInBundle(t *testing.T) {
	elsewhere := tree(t, map[string]string{"7/fd/3": "socket:[100]"})
	p := tree(t, map[string]string{
		"10/fd/30":                  "socket:[100]",
		"10/fd/4":                   "socket:[100]",
		"10/fd/111":                 "socket:[100]",
		"10/fd/3":                   "socket:[100]",
		"10/fd/29":                  "socket:[100]",
		"9/fd/5":                    "socket:[100]",
		"9/fd/6":                    "socket:[18446744073709551615]",
		"9/fd/7":                    "socket:[200]",
		"9/fd/8":                    "pipe:[100]",
		"9/fd/9":                    "socket:[100",
		"9/fd/10":                   "socket:[-100]",
		"9/fd/11":                   "socket:[18446744073709551616]",
		"9/fd/12":                   "socket:[100" + strings.Repeat("0", 1000) + "]",
		"9/fd/name":                 "socket:[100]",
		"9/fd/4294967299":           "socket:[100]",
		"11/fd":                     filepath.Join(elsewhere.dir, "7/fd"),
		"13/comm":                   "no folder fd",
		"self/fd/3":                 "socket:[100]",
		"99999999999999999999/fd/3": "socket:[100]",
		"net/tcp":                   "no process",
	})
	if err := os.WriteFile(filepath.Join(p.dir, "12"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(p.dir, "9/fd/13"), 0o700); err != nil {
		t.Fatal(err)
	}
	var wanted Inodes
	for _, inode := range []uint64{18446744073709551615, 300, 100, 100, 0} {
		wanted.Add(inode)
	}
	owners, err := p.Owners(t.Context(), &wanted)
	if err != nil || owners.Hidden() != 0 {
		t.Fatalf("%d hidden, error %v", owners.Hidden(), err)
	}
	for inode, want := range map[uint64][]tcp.Owner{
		100:                  {{PID: 9, FD: 5}, {PID: 10, FD: 3}, {PID: 10, FD: 4}, {PID: 10, FD: 29}, {PID: 10, FD: 30}, {PID: 10, FD: 111}},
		18446744073709551615: {{PID: 9, FD: 6}},
		200:                  nil, // not wanted
		300:                  nil, // nobody has it
		0:                    nil,
	} {
		if got := owners.Of(inode); !slices.Equal(got, want) {
			t.Errorf("%d: got %v, want %v", inode, got, want)
		}
	}
}

func FuzzLinkNumber(f *testing.F) {
	for _, seed := range []string{"socket:[4711]", "socket:[", "socket:]", "socket:[0]", "pipe:[1]", "socket:[18446744073709551616]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, link []byte) {
		n, ok := linkNumber(link, "socket:[")
		digits := strings.TrimLeft(strings.TrimSuffix(strings.TrimPrefix(string(link), "socket:["), "]"), "0")
		if again := fmt.Sprint(n); ok && strings.TrimLeft(again, "0") != digits || !ok && n != 0 {
			t.Errorf("%q reads as %d, %t", link, n, ok)
		}
	})
}

func TestOwnersErrors(t *testing.T) {
	var wanted, none Inodes
	wanted.Add(1)
	missing := At(filepath.Join(t.TempDir(), "missing"))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name   string
		ctx    context.Context
		proc   Proc
		wanted *Inodes
		want   error
	}{
		{"no directory", t.Context(), New(fstest.MapFS{}, "net"), &wanted, os.ErrNotExist},
		{"missing directory", t.Context(), missing, &wanted, os.ErrNotExist},
		{"no descriptors", t.Context(), bundle(t, map[string]string{"7/comm": "seven\n"}), &wanted, os.ErrNotExist},
		{"nothing wanted, nothing read", t.Context(), missing, &none, nil},
		{"ended context", ended, Self(), &wanted, context.Canceled},
	} {
		owners, err := test.proc.Owners(test.ctx, test.wanted)
		if !errors.Is(err, test.want) || owners == nil || owners.Of(1) != nil {
			t.Errorf("%s: %v, error %v, want %v", test.name, owners, err, test.want)
		}
	}
}

// A process that cannot be read costs its own owners only.
func TestOwnersBesideUnreadable(t *testing.T) {
	p := tree(t, map[string]string{"7/fd/3": "socket:[100]", "8": "8", "9/fd/4": "socket:[100]"})
	owners, err := p.Owners(t.Context(), nil)
	if want := p.path("8/fd"); !errors.Is(err, syscall.ELOOP) || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %v of %s", err, syscall.ELOOP, want)
	}
	want := []tcp.Owner{{PID: 7, FD: 3}, {PID: 9, FD: 4}}
	if got := owners.Of(100); !slices.Equal(got, want) || owners.Hidden() != 1 {
		t.Errorf("%d hidden, owners %v, want %v", owners.Hidden(), got, want)
	}
}

// Descriptors that nobody wants cost no memory.
func TestOwnersAllocations(t *testing.T) {
	var wanted Inodes
	wanted.Add(1)
	allocations := func(n int) float64 {
		p := tree(t, descriptors(1, n))
		return testing.AllocsPerRun(5, func() {
			if _, err := p.Owners(t.Context(), &wanted); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := allocations(10), allocations(2_000); many > few+5 {
		t.Errorf("%v allocations for 10 descriptors, %v for 2,000", few, many)
	}
}

// descriptors are n sockets in every one of the processes.
func descriptors(processes, n int) map[string]string {
	links := map[string]string{}
	for pid := range processes {
		for fd := range n {
			links[fmt.Sprintf("%d/fd/%d", pid+1, fd)] = fmt.Sprintf("socket:[%d]", 1_000_000-pid*n-fd)
		}
	}
	return links
}

func BenchmarkOwners(b *testing.B) {
	for _, size := range []struct{ processes, each int }{{1, 10}, {10, 100}, {100, 1_000}} {
		n := size.processes * size.each
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := tree(b, descriptors(size.processes, size.each))
			var wanted Inodes
			for i := range n {
				wanted.Add(uint64(1_000_000 - i))
			}
			b.ReportAllocs()
			for b.Loop() {
				owners, err := p.Owners(b.Context(), &wanted)
				if err != nil || len(owners.owners) != n {
					b.Fatalf("%d of %d, error %v", len(owners.owners), n, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/descriptor")
		})
	}
}

// A socket that is under way from one process to another is nobody's.
func TestOwnersInFlight(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := l.(*net.TCPListener)
	inode := inodeOf(t, listener)
	file, err := listener.File()
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := socketPair(t)
	if err := unix.Sendmsg(int(ours.Fd()), []byte{0}, unix.UnixRights(int(file.Fd())), nil, 0); err != nil {
		t.Fatal(err)
	}
	file.Close()
	l.Close()
	ownersOf := func() []tcp.Owner {
		var wanted Inodes
		wanted.Add(inode)
		owners, err := Self().Owners(t.Context(), &wanted)
		if err != nil {
			t.Fatal(err)
		}
		return owners.Of(inode)
	}
	if got := ownersOf(); got != nil {
		t.Errorf("in flight it is owned by %v", got)
	}
	received := newChild("receive")
	received.ExtraFiles = []*os.File{theirs}
	receiver := start(t, received)
	var fd int32
	receiver.line(t, &fd)
	if got, want := ownersOf(), []tcp.Owner{{PID: int32(receiver.Process.Pid), FD: fd}}; !slices.Equal(got, want) {
		t.Errorf("it has arrived at %v, not %v", got, want)
	}
}

// The descriptors of one process are found once each, though all workers read them.
func TestOwnersOfLargeProcess(t *testing.T) {
	const n = 5_000
	owners, err := tree(t, descriptors(1, n)).Owners(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for fd := range int32(n) {
		want := []tcp.Owner{{PID: 1, FD: fd}}
		if got := owners.Of(1_000_000 - uint64(fd)); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

// Whether a process has descriptors is asked only of a kernel that tells it.
func TestFolderWithoutDescriptors(t *testing.T) {
	if !Self().sized() {
		skip(t, "the size of /proc/PID/fd tells nothing before Linux 6.2")
	}
	ended := exec.Command("true")
	if err := ended.Start(); err != nil {
		t.Fatal(err)
	}
	defer ended.Wait()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, ended.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	proc, err := os.Open("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer proc.Close()
	for _, test := range []struct {
		sized bool
		pid   int
		empty bool
	}{
		{true, ended.Process.Pid, true},
		{true, os.Getpid(), false},
		{false, ended.Process.Pid, false},
	} {
		f := &folder{scan: &scan{dir: int(proc.Fd()), sized: test.sized}, pid: int32(test.pid), fd: unopened}
		f.begin()
		f.close()
		if f.empty != test.empty {
			t.Errorf("%+v: empty %t, error %v", test, f.empty, f.err)
		}
	}
	if dir := tree(t, descriptors(1, 1)); dir.sized() {
		t.Error("the size of a folder in a copy is taken for a number of descriptors")
	}
}

func TestGone(t *testing.T) {
	for _, test := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{unix.ENOENT, true},  // no such process any more
		{unix.ESRCH, true},   // the same, said by proc_pid_permission
		{unix.ENOTDIR, true}, // a bundle without the folder
		{unix.EACCES, false},
		{unix.EIO, false},
	} {
		if got := gone(test.err); got != test.want {
			t.Errorf("%v: %t", test.err, got)
		}
	}
}

// The descriptors of this process are those in its table.
func TestDescriptors(t *testing.T) {
	before, ok := Self().Descriptors(int32(os.Getpid()))
	if !ok || before == 0 {
		t.Fatalf("%d descriptors, %v", before, ok)
	}
	var files []*os.File
	for range 100 {
		f, err := os.Open("/dev/null")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files = append(files, f)
	}
	if after, _ := Self().Descriptors(int32(os.Getpid())); after != before+uint64(len(files)) {
		t.Errorf("%d descriptors after %d and %d more", after, before, len(files))
	}
	if n, ok := Self().Descriptors(1 << 30); ok {
		t.Errorf("a process that does not exist has %d", n)
	}
	if n, ok := New(os.DirFS("/proc"), "self/net").Descriptors(int32(os.Getpid())); ok {
		t.Errorf("a record has %d", n)
	}
}
