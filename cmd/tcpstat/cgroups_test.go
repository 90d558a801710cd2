package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// What is known of a cgroup: its number goes before its owners, but for the root.
func TestFillCgroup(t *testing.T) {
	c := newCgroups(procnet.New(fstest.MapFS{
		"7/cgroup": {Data: []byte("0::/system.slice/java.service\n")},
		"8/cgroup": {Data: []byte("0::/\n")},
	}, "self/net"), t.Errorf)
	c.paths = procnet.NewCgroups(maps.All(map[uint64]string{1: "/", 9: "/lxc.payload.web"}))
	numbered := func(id uint64) tcp.Socket { return tcp.Socket{CgroupID: tcp.Some(id)} }
	java := tcp.Cgroup{Path: "/system.slice/java.service", Unit: "java.service"}
	lxc := tcp.Cgroup{Path: "/lxc.payload.web", Container: "lxc/web"}
	root := tcp.Cgroup{Path: "/"}
	for range 2 { // lists
		c.begin()
		var missing gaps
		for _, tt := range []struct {
			name   string
			socket tcp.Socket
			source string
			owners []int32
			want   tcp.Cgroup
		}{
			{"by its number", numbered(9), sourceNetlink, nil, lxc},
			{"and not by its owner", numbered(9), sourceNetlink, []int32{7}, lxc},
			{"in the root", numbered(1), sourceNetlink, nil, root},
			{"in the root, by its owner", numbered(1), sourceNetlink, []int32{7}, java},
			{"in the root with its owner", numbered(1), sourceNetlink, []int32{8}, root},
			{"of a cgroup that was removed", numbered(10), sourceNetlink, nil, tcp.Cgroup{}},
			{"of one that was removed, by its owner", numbered(10), sourceNetlink, []int32{99, 7, 8}, java},
			{"of an old kernel", tcp.Socket{}, sourceNetlink, nil, tcp.Cgroup{}},
			{"from /proc", tcp.Socket{}, sourceProc, nil, tcp.Cgroup{}},
			{"from /proc, its owner gone", tcp.Socket{}, sourceProc, []int32{99}, tcp.Cgroup{}},
			{"from /proc, by its owner", tcp.Socket{}, sourceProc, []int32{7}, java},
			{"a mini-socket", tcp.Socket{Mini: true}, sourceProc, []int32{7}, tcp.Cgroup{}},
		} {
			r := &listing.Row{Socket: &tt.socket}
			for _, pid := range tt.owners {
				r.Holders = append(r.Holders, tcp.Holder{Owner: tcp.Owner{PID: pid}, Process: &tcp.Process{PID: pid}})
			}
			c.fill(r)
			c.countGap(r, tt.source, &missing)
			if r.Cgroup != tt.want {
				t.Errorf("%s: %+v, want %+v", tt.name, r.Cgroup, tt.want)
			}
		}
		want := []listing.Missing{
			{Field: "cgroup", Reason: listing.NotInProc, Sockets: tcp.Some[uint](3)},
			{Field: "cgroup", Reason: listing.KernelTooOld, Sockets: tcp.Some[uint](1)},
		}
		if diff := cmp.Diff(want, missing.list(), cmp.AllowUnexported(tcp.Opt[uint]{})); diff != "" {
			t.Errorf("missing (-want +got):\n%s", diff)
		}
	}
}

// Where systemd keeps its units in version 1, to be in the root of version 2 says
// nothing: an owner tells the cgroup, or nobody does.
func TestFillCgroupV1(t *testing.T) {
	c := newCgroups(procnet.New(fstest.MapFS{
		"7/cgroup": {Data: []byte("1:name=systemd:/system.slice/java.service\n0::/\n")},
		"8/cgroup": {Data: []byte("1:name=systemd:/\n0::/\n")},
	}, "self/net"), t.Errorf)
	c.paths = procnet.NewCgroups(maps.All(map[uint64]string{1: "/", 9: "/lxc.payload.web"}))
	c.begin()
	for _, tt := range []struct {
		id     uint64
		owners []int32
		want   string
	}{
		{1, nil, ""},
		{1, []int32{99}, ""},
		{1, []int32{7}, "/system.slice/java.service"},
		{1, []int32{8}, "/"},
		{9, nil, "/lxc.payload.web"},
	} {
		r := &listing.Row{Socket: &tcp.Socket{CgroupID: tcp.Some(tt.id)}}
		for _, pid := range tt.owners {
			r.Holders = append(r.Holders, tcp.Holder{Owner: tcp.Owner{PID: pid}, Process: &tcp.Process{PID: pid}})
		}
		if c.fill(r); r.Cgroup.Path != tt.want {
			t.Errorf("%d of %v is in %q, not %q", tt.id, tt.owners, r.Cgroup.Path, tt.want)
		}
	}
}

// A filter by cgroup and a column of it look for owners where nobody else knows.
func TestCgroupByOwner(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	own, ok := procnet.Self().CgroupOf(int32(os.Getpid()))
	if !ok {
		t.Skip("this kernel has no cgroups, or hides them; run on a machine with cgroup2 mounted")
	}
	for _, source := range []string{"netlink", "proc"} {
		a := answerOf(t, "tcpstat", "-lH", "--source", source, "--columns", "cgroup", "sport", port)
		if strings.TrimSpace(a.stdout) != own {
			t.Errorf("%s: the cgroup is %q, not %q", source, a.stdout, own)
		}
		if a := ask(t, "tcpstat", "-lq", "--source", source, "sport", port, "cgroup", own); a.code != exitDone {
			t.Errorf("%s: -q cgroup %s: %+v", source, own, a)
		}
	}
}

// listen opens a listener, prints its address and holds it until its standard
// input ends.
func listen() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	os.Exit(0)
	return nil
}

// cgroupFor makes a cgroup of version 2 for the test.
func cgroupFor(t *testing.T, name string) (dir string) {
	t.Helper()
	for _, mount := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		var stat unix.Statfs_t
		if unix.Statfs(mount, &stat) != nil || stat.Type != unix.CGROUP2_SUPER_MAGIC {
			continue
		}
		dir = filepath.Join(mount, name)
		if err := os.Mkdir(dir, 0o755); err == nil {
			t.Cleanup(func() { os.Remove(dir) })
			return dir
		}
	}
	t.Skip("a cgroup takes root and a cgroup2 that may be written to: sudo go test ./cmd/tcpstat")
	return ""
}

// listenerIn starts a process in a cgroup that listens until the test ends.
func listenerIn(t *testing.T, dir string) (addr netip.AddrPort) {
	t.Helper()
	cgroup, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer cgroup.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{"listen"}
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(cgroup.Fd())}
	_, stdout := nettest.Start(t, cmd)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil {
		addr, err = netip.ParseAddrPort(strings.TrimSpace(line))
	}
	if err != nil {
		t.Fatalf("the listener said %q: %v", line, err)
	}
	return addr
}

// The cgroup of a socket is known to anybody; a connection has that of its
// listener.
func TestCgroup(t *testing.T) {
	needUsers(t)
	const id = "3f4e5d6c7b8a90123456789abcdef0123456789abcdef0123456789abcdef012"
	name := "docker-" + id + ".scope"
	dir := cgroupFor(t, name)
	addr := listenerIn(t, dir)
	client, err := net.Dial("tcp", addr.String()) // from outside, and not accepted
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	port := strconv.Itoa(int(addr.Port()))

	for _, words := range [][]string{
		{"nobody", "tcpstat", "-an", "--json", "sport", port},
		{"nobody", "tcpstat", "-an", "--json", "cgroup", "docker/3f4e5d6c"},
		{"tcpstat", "-an", "--json", "--source", "netlink", "cgroup", "/" + name},
	} {
		d := list(t, words...)
		if len(d.Sockets) != 2 {
			t.Errorf("%q: %d sockets, want the listener and its connection", words, len(d.Sockets))
		}
		for _, s := range d.Sockets {
			if tell(s.Cgroup) != any("/"+name) || tell(s.Container) != any("docker/3f4e5d6c7b8a") {
				t.Errorf("%q: %s in %v, %v", words, s.State, tell(s.Cgroup), tell(s.Container))
			}
		}
	}
	d := list(t, "tcpstat", "-an", "--json", "not", "cgroup", name, "(", "sport", port, "or", "dport", port, ")")
	if len(d.Sockets) != 1 || d.Sockets[0].Local.Port == addr.Port() {
		t.Errorf("not in the cgroup: %+v", d.Sockets)
	}
	a := answerOf(t, "terminal", "150", "tcpstat", "-ane", "--color", "never", "sport", port)
	if !strings.Contains(a.stdout, "  Unit") || strings.Count(a.stdout, "  docker/3f4e5d6c7b8a ") != 2 {
		t.Errorf("on a terminal:\n%s", a.stdout)
	}
	if a := answerOf(t, "tcpstat", "-ane", "sport", port); strings.Contains(a.stdout, "docker") {
		t.Errorf("in a pipe:\n%s", a.stdout)
	}
	d = list(t, "tcpstat", "-an", "--json", "--source", "proc", "sport", port)
	for _, s := range d.Sockets {
		if s.Cgroup != nil {
			t.Errorf("from /proc without owners: %v", tell(s.Cgroup))
		}
	}
	d = list(t, "tcpstat", "-lnp", "--json", "--source", "proc", "sport", port)
	if len(d.Sockets) != 1 || tell(d.Sockets[0].Cgroup) != any("/"+name) {
		t.Errorf("from /proc with owners: %+v", d.Sockets)
	}
}
