package procnet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// cgroupTree makes directories, some with files in them, and gives their paths by inode
// number, below root.
func cgroupTree(t *testing.T, root string, names ...string) (dir string, paths map[uint64]string) {
	t.Helper()
	dir = t.TempDir()
	paths = map[uint64]string{directoryInode(t, dir): root}
	for _, name := range names {
		full := filepath.Join(dir, name)
		if err := os.Mkdir(full, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(full, "cgroup.procs"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		paths[directoryInode(t, full)] = strings.TrimSuffix(root, "/") + "/" + name
	}
	return dir, paths
}

func directoryInode(t *testing.T, name string) uint64 {
	t.Helper()
	var stat syscall.Stat_t
	if err := syscall.Stat(name, &stat); err != nil {
		t.Fatal(err)
	}
	return stat.Ino
}

func walkDir(t *testing.T, c *Cgroups, dir, root string) error {
	t.Helper()
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	return c.walk(context.Background(), fd, root)
}

func TestWalkCgroups(t *testing.T) {
	for _, root := range []string{"/", "/docker/1", "/.."} {
		dir, want := cgroupTree(t, root, "init.scope", "system.slice", "system.slice/a b.service", "system.slice/a b.service/x",
			"user.slice", "user.slice/\x1b[2J", "user.slice/\x1b[2J/...")
		if err := os.Symlink(dir, filepath.Join(dir, "loop")); err != nil {
			t.Fatal(err)
		}
		c := new(Cgroups)
		if err := walkDir(t, c, dir, root); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, maps.Collect(c.All())); diff != "" {
			t.Errorf("below %s (-want +got):\n%s", root, diff)
		}
	}
}

// A part of the hierarchy that is mounted again keeps its place in the whole.
func TestWalkCgroupsTwice(t *testing.T) {
	dir, want := cgroupTree(t, "/", "a", "a/b")
	c := new(Cgroups)
	for _, part := range []struct{ dir, root string }{{dir, "/"}, {dir, "/again"}, {filepath.Join(dir, "a"), "/part"}} {
		if err := walkDir(t, c, part.dir, part.root); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, maps.Collect(c.All())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// In a cgroup namespace the mount of the namespace goes before one from outside.
func TestWalkCgroupsOutside(t *testing.T) {
	dir, outside := cgroupTree(t, "/..", "own", "own/inside", "other")
	want := map[uint64]string{}
	for id, path := range outside {
		switch path {
		case "/../own":
			path = "/"
		case "/../own/inside":
			path = "/inside"
		}
		want[id] = path
	}
	c := new(Cgroups)
	for _, part := range []struct{ dir, root string }{{filepath.Join(dir, "own"), "/"}, {dir, "/.."}} {
		if err := walkDir(t, c, part.dir, part.root); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, maps.Collect(c.All())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A chain of directories may be deeper than any path.
func TestWalkCgroupsDeep(t *testing.T) {
	dir := t.TempDir()
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Repeat("d", 200)
	for range 40 {
		if err := unix.Mkdirat(fd, name, 0o755); err != nil {
			t.Fatal(err)
		}
		next, err := unix.Openat(fd, name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
		unix.Close(fd)
		if err != nil {
			t.Fatal(err)
		}
		fd = next
	}
	unix.Close(fd)
	c := new(Cgroups)
	if err := walkDir(t, c, dir, "/"); err != nil {
		t.Error(err)
	}
	if n := len(c.paths); n < 20 {
		t.Errorf("%d directories, want those that a path can name", n)
	}
}

// More cgroups than there is room for: those near the root are known.
func TestWalkCgroupsBound(t *testing.T) {
	dir, paths := cgroupTree(t, "/", "a", "b", "a/inside")
	c := &Cgroups{size: maxCgroups - 3*70}
	if err := walkDir(t, c, dir, "/"); !errors.Is(err, errTooMany) {
		t.Errorf("error %v", err)
	}
	for id, path := range paths {
		if got, known := c.Path(id); known != (path != "/a/inside") || known && got != path {
			t.Errorf("%s: %q, %t", path, got, known)
		}
	}
}

func TestNewCgroups(t *testing.T) {
	pairs := map[uint64]string{1: "/", 9: "/a", 1 << 40: "/a/b"}
	c := NewCgroups(maps.All(pairs))
	if path, ok := c.Path(9); path != "/a" || !ok {
		t.Errorf("9: %q, %t", path, ok)
	}
	if path, ok := c.Path(2); ok {
		t.Errorf("2: %q", path)
	}
	var ids []uint64
	for id := range c.All() {
		ids = append(ids, id)
	}
	if diff := cmp.Diff([]uint64{1, 9, 1 << 40}, ids); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if path, ok := new(Cgroups).Path(1); ok {
		t.Errorf("of none: %q", path)
	}
}

func TestProcessCgroup(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"0::/system.slice/nginx.service\n", "/system.slice/nginx.service"},
		{"0::/\n", "/"},
		{"12:pids:/a\n1:name=systemd:/system.slice/b.service\n0::/system.slice/c.service\n", "/system.slice/c.service"},
		{"0::/\n1:name=systemd:/system.slice/b.service\n", "/system.slice/b.service"},
		{"1:name=systemd:/system.slice/b.service\n0::/\n", "/system.slice/b.service"},
		{"1:name=systemd:/\n0::/\n", "/"},
		{"4:memory:/a\n1:name=systemd:/docker/1\n", "/docker/1"},
		{"4:memory:/a\n", ""},
		{"0::/a:b\n", "/a:b"},
		{"0::/../other\n", "/../other"},
		{"0::/gone.scope (deleted)\n", "/gone.scope"},
		{"0::/cut", ""},
		{"0::relative\n", ""},
		{"0:\n::\n\n:::\n", ""},
		{"", ""},
	} {
		p := New(fstest.MapFS{"7/cgroup": {Data: []byte(tt.text)}}, "self/net")
		if got, ok := p.CgroupOf(7); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q: %q, %t, want %q", tt.text, got, ok, tt.want)
		}
	}
	if got, ok := New(fstest.MapFS{}, "self/net").CgroupOf(7); ok {
		t.Errorf("no file: %q", got)
	}
}

// A copy of another machine's /proc names mounts, but has none of them.
func TestCgroupsOfCopy(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "1"), 0o755); err != nil {
		t.Fatal(err)
	}
	const mountinfo = "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
	if err := os.WriteFile(filepath.Join(dir, "1/mountinfo"), []byte(mountinfo), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, p := range []Proc{At(dir), New(os.DirFS("/proc"), "self/net")} {
		c, err := p.Cgroups(context.Background())
		if !errors.Is(err, fs.ErrNotExist) || len(c.paths) != 0 {
			t.Errorf("error %v, %d cgroups", err, len(c.paths))
		}
	}
}

// cgroupDir makes a cgroup of version 2 for the test, and gives its path and its
// directory.
func cgroupDir(t *testing.T) (path, dir string) {
	t.Helper()
	mounts, err := Self().mounts(context.Background(), "cgroup2")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mounts {
		name := "tcpstat-test-" + strconv.Itoa(os.Getpid())
		dir = filepath.Join(m.point, name)
		if err := os.Mkdir(dir, 0o755); err == nil {
			t.Cleanup(func() { os.Remove(dir) })
			return filepath.Join(m.root, name), dir
		}
	}
	skip(t, "a cgroup needs root and a cgroup2 that may be written to (%d mounts of it here)", len(mounts))
	return "", ""
}

func TestCgroupsOfThisMachine(t *testing.T) {
	want, dir := cgroupDir(t)
	inside := filepath.Join(dir, "web.service")
	if err := os.Mkdir(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(inside) })
	other := at("/proc/self/root/proc", strconv.Itoa(os.Getpid())+"/net")
	for name, p := range map[string]Proc{"own": Self(), "another /proc": other} {
		c, err := p.Cgroups(context.Background())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, _ := c.Path(directoryInode(t, inside)); got != want+"/web.service" {
			t.Errorf("%s: %q, want %q", name, got, want+"/web.service")
		}
	}
}

func TestSystemdCgroupV1(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for _, tt := range []struct {
		files fstest.MapFS
		want  bool
	}{
		{fstest.MapFS{}, false},
		{fstest.MapFS{"7/cgroup": file("0::/\n")}, false},
		{fstest.MapFS{"7/cgroup": file("3:net_cls:/\n0::/\n")}, false},
		{fstest.MapFS{"7/comm": file("x\n"), "8/cgroup": file("2:cpu:/a\n1:name=systemd:/b\n0::/\n")}, true},
	} {
		if got := New(tt.files, "self/net").SystemdCgroupV1(); got != tt.want {
			t.Errorf("%v: %v", tt.files, got)
		}
	}
}

func TestCgroupOfProcess(t *testing.T) {
	want, name := cgroupDir(t)
	dir, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	cmd := newChild("hold")
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(dir.Fd())}
	c := start(t, cmd)
	if got, ok := Self().CgroupOf(int32(c.Process.Pid)); got != want || !ok {
		t.Errorf("%q, %t, want %q", got, ok, want)
	}
}

func BenchmarkCgroups(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			dir := b.TempDir()
			for i := range n {
				if err := os.MkdirAll(fmt.Sprintf("%s/%d/%d", dir, i%100, i), 0o755); err != nil {
					b.Fatal(err)
				}
			}
			fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
			if err != nil {
				b.Fatal(err)
			}
			defer unix.Close(fd)
			b.ReportAllocs()
			for b.Loop() {
				if err := new(Cgroups).walk(context.Background(), fd, "/"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
