package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/procnet"
)

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
