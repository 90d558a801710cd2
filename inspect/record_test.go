package inspect

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/internal/machine"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// opened is a record as its files.
func opened(t *testing.T, name string) *recording {
	t.Helper()
	l, err := openRecording(name)
	if err != nil {
		t.Fatal(err)
	}
	if l.Damage != nil {
		t.Error(l.Damage)
	}
	return l
}

// What is kept of a look is what the machine shows, and is told as the machine.
func TestRecord(t *testing.T) {
	client, server := nettest.Pair(t)
	bound := nettest.Open(t, nettest.V4) // which no file tells
	bound.Bind(nettest.V4)
	m, said := open(t, Options{Source: Netlink, Root: true})
	name := filepath.Join(t.TempDir(), "record")
	kept, err := m.Record(t.Context(), name, Keep{Program: "by a test"})
	if err != nil {
		t.Fatal(err)
	}
	said.check(t)
	if kept.Replayed() || !kept.Root() || kept.isDump() || kept.policy != Netlink {
		t.Error("this run's record is another's")
	}
	l := opened(t, name)
	if l.Program != "by a test" || l.UID != os.Geteuid() || l.none != nil || !slices.Contains(slices.Collect(maps.Values(l.Devices)), "lo") {
		t.Errorf("record %+v", l.Record)
	}
	pid := strconv.Itoa(os.Getpid())
	for _, s := range []*nettest.Sock{client, server, bound} {
		link, err := fs.ReadLink(l.Proc(), pid+"/fd/"+strconv.Itoa(s.FD))
		if want := "socket:[" + strconv.FormatUint(s.Inode(), 10) + "]"; link != want {
			t.Errorf("descriptor %d is %q, not %q: %v", s.FD, link, want, err)
		}
	}
	asked := kept.Look(Query{Cgroups: true, Owners: true, States: tcp.SetOf(tcp.Established)})
	used := map[uint64]bool{}
	for row, err := range asked.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		used[row.Socket.CgroupID.Or(0)] = true
		if !row.HoldersKnown || row.Socket.Local == client.Local && len(row.Holders) == 0 {
			t.Errorf("owners of %v: %v", row.Socket.Local, row.Holders)
		}
	}
	for id, path := range l.Cgroups {
		if !used[id] {
			t.Errorf("cgroup %d %s has no socket", id, path)
		}
	}
}

// Of a record without sock_diag the same is kept again, and why there is none. A link
// leads to what is replaced.
func TestRecordOfRecord(t *testing.T) {
	from := record(t, 1000, func(w *machine.Writer) {
		processes(true)(w)
		w.Unreadable("9/fd", errors.New("input/output error"))
		w.Unreadable("net/netstat", fs.ErrPermission)
		w.File("net/tcp", []byte(procTCP(ownerless...)))
		w.NoDump(errors.New("refused"))
	})
	m, _ := open(t, Options{Replay: from, Source: Proc})
	dir := t.TempDir()
	name, link := filepath.Join(dir, "record"), filepath.Join(dir, "link")
	put(t, name, "what was there")
	put(t, link, "-> record")
	if _, err := m.Record(t.Context(), link, Keep{}); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(link); target != "record" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	l := opened(t, name)
	if l.none == nil || l.none.Error() != "not asked, by --source proc" || !l.Time.Equal(then) || len(l.Devices) != 0 {
		t.Errorf("%v, made at %v, devices %v", l.none, l.Time, l.Devices)
	}
	for file, want := range map[string]error{
		"self/fd": nil, "7/fd": nil, "net/tcp": nil, "sys/kernel/hostname": nil,
		"8/fd": fs.ErrPermission, "net/netstat": fs.ErrPermission, "net/snmp": fs.ErrNotExist, "7/limits": fs.ErrNotExist,
	} {
		got, err := fs.Stat(l.Proc(), file)
		if err == nil && !got.IsDir() {
			_, err = fs.ReadFile(l.Proc(), file)
		} else if err == nil {
			_, err = fs.ReadDir(l.Proc(), file)
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", file, err, want)
		}
	}
	for link, want := range map[string]string{"7/fd/3": "socket:[1001]", "7/fd/4": "socket:[1001]", "ns/net": "net:[4026531840]"} {
		if got, err := fs.ReadLink(l.Proc(), link); got != want {
			t.Errorf("%s leads to %q, %v", link, got, err)
		}
	}
	if command, err := fs.ReadFile(l.Proc(), "7/cmdline"); string(command) != "/usr/bin/java" {
		t.Errorf("of the command line is kept %q, %v", command, err)
	}
}

// Nothing but a file is replaced.
func TestRecordPlace(t *testing.T) {
	m, _ := open(t, Options{Replay: record(t, 0, place, ownerless...)})
	dir := t.TempDir()
	pipe := filepath.Join(t.TempDir(), "pipe") // and no device of this machine, which a fault would replace
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pipe, dir, filepath.Join(dir, "nowhere", "record")} {
		_, err := m.Record(t.Context(), name, Keep{})
		if Advice(err) != "name a file for the record, where you may write and there is room" {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Record(ctx, filepath.Join(dir, "record"), Keep{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A record of a machine without sock_diag says why it has none.
func TestRecordRefused(t *testing.T) {
	nettest.Need(t)
	m, said := open(t, Options{})
	name := filepath.Join(t.TempDir(), "record")
	var kept *Machine
	err := withoutNetlink(t, unix.EPERM, func() (err error) {
		kept, err = m.Record(t.Context(), name, Keep{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	said.check(t, "sock_diag is not available (operation not permitted); reading /proc/net/tcp, which knows less")
	if l := opened(t, name); l.none == nil || l.none.Error() != "operation not permitted" || !kept.ProcOnly() {
		t.Errorf("no dump, since %v; of /proc only %t", l.none, kept.ProcOnly())
	}
}

// What has gone while it was recorded was not unreadable.
func TestIsGone(t *testing.T) {
	for err, want := range map[error]bool{unix.ESRCH: true, unix.ENOENT: true, unix.EACCES: false, unix.EIO: false} {
		if isGone(&fs.PathError{Err: err}) != want {
			t.Errorf("%v: %t", err, !want)
		}
	}
}
