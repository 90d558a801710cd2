package procnet

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"testing/fstest"
)

func TestAt(t *testing.T) {
	bundle := t.TempDir()
	if got := At(bundle); got.net != "net" {
		t.Errorf("without process 1: %s", got.net)
	}
	if err := os.MkdirAll(filepath.Join(bundle, "1/net"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := At(bundle); got.net != "1/net" {
		t.Errorf("with process 1: %s", got.net)
	}
}

func TestNetNS(t *testing.T) {
	link := func(name, target string) Proc {
		return New(fstest.MapFS{name: {Data: []byte(target), Mode: os.ModeSymlink}}, "1/net")
	}
	for _, test := range []struct {
		name  string
		proc  Proc
		inode uint64
		ok    bool
	}{
		{"link", link("1/ns/net", "net:[4026531840]"), 4026531840, true},
		{"of another process", link("2/ns/net", "net:[4026531840]"), 0, false},
		{"of another kind", link("1/ns/net", "mnt:[4026531840]"), 0, false},
		{"garbage", link("1/ns/net", "net:[-1]"), 0, false},
		{"cut off", link("1/ns/net", "net:[4026531840"), 0, false},
		{"empty", link("1/ns/net", ""), 0, false},
		{"bundle without links", At(t.TempDir()), 0, false},
	} {
		if inode, ok := test.proc.NetNS(); inode != test.inode || ok != test.ok {
			t.Errorf("%s: %d, %t", test.name, inode, ok)
		}
	}
}

// Only a /proc of the running kernel leads into a namespace.
func TestNamespaceFile(t *testing.T) {
	if name, ok := Self().NamespaceFile(); name != "/proc/self/ns/net" || !ok {
		t.Errorf("of this process: %q, %t", name, ok)
	}
	if name, ok := tree(t, map[string]string{"1/net/tcp": "elsewhere", "1/ns/net": "/proc/self/ns/net"}).NamespaceFile(); ok {
		t.Errorf("of a copy: %q", name)
	}
}

func TestNetNSOfThisProcess(t *testing.T) {
	var stat syscall.Stat_t
	if err := syscall.Stat("/proc/self/ns/net", &stat); err != nil {
		t.Fatal(err)
	}
	if inode, ok := Self().NetNS(); inode != stat.Ino || !ok {
		t.Errorf("Self: %d, %t, want %d", inode, ok, stat.Ino)
	}
	pid := Proc{fsys: os.DirFS("/proc"), dir: "/proc", net: strconv.Itoa(os.Getpid()) + "/net"}
	if inode, ok := pid.NetNS(); inode != stat.Ino || !ok {
		t.Errorf("by number: %d, %t, want %d", inode, ok, stat.Ino)
	}
	// Whether or not the link of process 1 may be read.
	if host := At("/proc"); host.entered() {
		if inode, ok := host.NetNS(); inode != stat.Ino || !ok {
			t.Errorf("At /proc: %d, %t, want %d", inode, ok, stat.Ino)
		}
	}
}

// skip skips a test that needs what this machine forbids. In CI that is a
// failure.
func skip(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
