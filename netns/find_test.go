package netns

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/procnet"
)

// inPrivateRun runs the test again in a mount namespace with a /run of its own,
// and reports whether this is that run.
func inPrivateRun(t *testing.T) bool {
	t.Helper()
	nettest.Need(t)
	const variable = "NETNS_TEST_PRIVATE"
	if os.Getenv(variable) != "" {
		for _, err := range []error{
			unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
			unix.Mount("none", "/run", "tmpfs", 0, ""),
			os.Mkdir("/run/netns", 0o755),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		return true
	}
	child := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), variable+"=1")
	child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("in a mount namespace of its own: %v\n%s", err, out)
	}
	return false
}

// give names a namespace as `ip netns` does.
func give(t *testing.T, name, path string) {
	t.Helper()
	file := filepath.Join("/run/netns", name)
	if err := os.WriteFile(file, nil, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(path, file, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
}

func (p process) path() string { return "/proc/" + p.number() + "/ns/net" }

func (p process) number() string { return strconv.Itoa(p.Process.Pid) }

func TestFind(t *testing.T) {
	if !inPrivateRun(t) {
		return
	}
	named, both, held := newNamespace(t), startInside(t), startInside(t)
	give(t, "blue", named.Path)
	give(t, both.number(), both.path())
	give(t, held.number(), named.Path)
	give(t, "hostname", "/proc/self/ns/uts")
	if err := errors.Join(os.WriteFile("/run/netns/stale", nil, 0o444), unix.Mkfifo("/run/netns/fifo", 0o644)); err != nil {
		t.Fatal(err)
	}

	for _, test := range []struct {
		word, path string
		err        error
		message    string
	}{
		{word: "blue", path: named.Path},
		{word: "/run/netns/blue", path: named.Path},
		{word: named.Path, path: named.Path},
		{word: both.number(), path: both.path()},
		{word: held.path(), path: held.path()},
		{word: strconv.Itoa(os.Getpid()), path: ownThread},
		{word: held.number(), err: ErrAmbiguous},
		{word: "bleu", err: ErrNoName, message: `network namespace "bleu": no such name in /run/netns`},
		{word: "", err: ErrNoName},
		{word: ".", err: ErrNoName},
		{word: "..", err: ErrNoName},
		{word: "self", err: ErrNoName},
		{word: "-1", err: ErrNoName},
		{word: "\x00", err: unix.EINVAL},
		{word: strings.Repeat("x", 300), err: unix.ENAMETOOLONG},
		{word: "stale", err: ErrKind, message: `network namespace "stale": that is no network namespace`},
		{word: "fifo", err: ErrKind},
		{word: "hostname", err: ErrKind},
		{word: "0", err: ErrNoProcess, message: `network namespace "0": no such process`},
		{word: "2147483647", err: ErrNoProcess},
		{word: "99999999999999999999", err: ErrNoProcess},
		{word: "/run/netns/none", err: fs.ErrNotExist},
		{word: "/run/netns/fifo", err: ErrKind},
		{word: "/", err: ErrKind},
		{word: "/proc/self/ns/uts", err: ErrKind},
	} {
		got, err := Find(test.word)
		var e *Error
		switch {
		case !errors.Is(err, test.err) || err != nil && !errors.As(err, &e):
			t.Errorf("%.20q: error %v, not %v", test.word, err, test.err)
		case test.message != "" && err.Error() != test.message:
			t.Errorf("%.20q: %v, not %s", test.word, err, test.message)
		case err == nil && (got.id != at(t, test.path).id || got.Inode != got.id.inode || got.Name != test.word):
			t.Errorf("%q is %+v", test.word, got)
		}
	}
	names := []string{both.number(), held.number(), "blue"}
	slices.Sort(names)
	if diff := cmp.Diff(names, Names()); diff != "" {
		t.Error(diff)
	}
}

func at(t *testing.T, path string) Namespace {
	t.Helper()
	n, err := At(path)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCgroupName(t *testing.T) {
	for cgroup, want := range map[string]string{
		"":                              "",
		"/":                             "",
		"/init.scope":                   "",
		"/system.slice/haproxy.service": "haproxy.service",
		"/user.slice/user-0.slice/session-3.scope":                                                    "",
		"/system.slice/docker-3f4e5d6c7b8a3f4e5d6c7b8a3f4e5d6c7b8a3f4e5d6c7b8a3f4e5d6c7b8a3f4e.scope": "docker/3f4e5d6c7b8a",
	} {
		if got := cgroupName(cgroup); got != want {
			t.Errorf("%s is %q, not %q", cgroup, got, want)
		}
	}
}

// TestSameName: services that share a name are told apart, names that `ip netns`
// gave are left alone.
func TestSameName(t *testing.T) {
	here := at(t, ownThread)
	number := strconv.Itoa(os.Getpid())
	c := collection{found: []member{
		{here, "netns.test/" + number, 0},
		{here, "", os.Getpid()},
	}}
	var names []string
	for _, n := range c.list() {
		names = append(names, n.Name)
	}
	process, _ := procnet.Self().Processes().Get(int32(os.Getpid()))
	if process.Name != "netns.test" {
		t.Skipf("this process is called %s", process.Name)
	}
	if diff := cmp.Diff([]string{"netns.test/" + number, "netns.test/" + number + "/" + number}, names); diff != "" {
		t.Error(diff)
	}
}

// TestAll: ours comes first, then one with a name and no process, one with both
// and several names, one with a process alone; each once.
func TestAll(t *testing.T) {
	if !inPrivateRun(t) {
		return
	}
	named, both, held := newNamespace(t), startInside(t), startInside(t)
	give(t, "blue", named.Path)
	give(t, "red", both.path())
	give(t, "again", both.path())
	want := []Namespace{at(t, "/run/netns/again"), at(t, "/run/netns/blue"), at(t, held.path())}
	for i, name := range []string{"again", "blue", "cat/" + held.number()} {
		want[i].Name = name
	}
	ours := at(t, ownThread)
	found, _, err := All()
	if err != nil || len(found) == 0 || found[0].id != ours.id {
		t.Fatalf("found %+v, error %v, ours is %+v", found, err, ours)
	}
	if !slices.IsSortedFunc(found[1:], func(a, b Namespace) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("not in order: %+v", found)
	}
	for i, n := range found {
		if slices.ContainsFunc(found[:i], func(before Namespace) bool { return before.id == n.id }) {
			t.Errorf("%+v is there twice", n)
		}
	}
	found = slices.DeleteFunc(found, func(n Namespace) bool {
		return !slices.ContainsFunc(want, func(w Namespace) bool { return w.id == n.id })
	})
	if diff := cmp.Diff(want, found, cmp.AllowUnexported(Namespace{}, identity{})); diff != "" {
		t.Error(diff)
	}
	// What is found can be entered, and is what it is said to be.
	for _, n := range found {
		err := n.Do(func() error {
			if inode := at(t, ownThread).Inode; inode != n.Inode {
				t.Errorf("%s is %d, not %d", n.Name, inode, n.Inode)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
