package procnet

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// forbiddenFS is a file system of which some names may not be read.
type forbiddenFS struct {
	fstest.MapFS
	names map[string]error
}

func (f forbiddenFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.names[name]; err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return f.MapFS.ReadDir(name)
}

func (f forbiddenFS) ReadLink(name string) (string, error) {
	if err := f.names[name]; err != nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
	}
	return f.MapFS.ReadLink(name)
}

// linksOf makes a file system of links.
func linksOf(targets map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, target := range targets {
		fsys[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
	}
	return fsys
}

var descriptorLinks = map[string]string{
	"7/fd/3": "socket:[100]", "7/fd/12": "socket:[101]", "7/fd/0": "/dev/null", "7/fd/5": "socket:[x]", "7/fd/x": "socket:[100]",
	"9/fd/4": "socket:[100]", "9/fd/1": "pipe:[101]", "net/fd/3": "socket:[100]", "08/fd/1": "socket:[100]", "12/fd/7": "socket:[102]",
}

// Any file system tells the same owners as a directory does.
func TestOwnersListed(t *testing.T) {
	directory := tree(t, descriptorLinks)
	listed := New(linksOf(descriptorLinks), "net")
	var wanted, none Inodes
	wanted.Add(100)
	wanted.Add(102)
	for name, inodes := range map[string]*Inodes{"all": nil, "some": &wanted, "none": &none} {
		want, err := directory.Owners(t.Context(), inodes)
		if err != nil {
			t.Fatal(err)
		}
		got, err := listed.Owners(t.Context(), inodes)
		if err != nil {
			t.Fatal(err)
		}
		type owned struct {
			inode uint64
			owner tcp.Owner
		}
		pairs := func(o *Owners) (all []owned) {
			for inode, owner := range o.All() {
				all = append(all, owned{inode, owner})
			}
			return all
		}
		if !slices.Equal(pairs(got), pairs(want)) || got.Hidden() != want.Hidden() {
			t.Errorf("%s: %v, not %v", name, pairs(got), pairs(want))
		}
		if name == "all" && (len(pairs(got)) < 4 || len(got.Of(100)) < 2) {
			t.Errorf("owners %v", pairs(got))
		}
	}
}

// Processes that may not be looked into are hidden, and said to be.
func TestOwnersListedHidden(t *testing.T) {
	broken := errors.New("input/output error")
	p := New(forbiddenFS{linksOf(descriptorLinks), map[string]error{
		"7/fd/12": fs.ErrPermission, "9/fd": fs.ErrPermission, "12/fd": broken,
	}}, "net")
	owners, err := p.Owners(t.Context(), nil)
	if !errors.Is(err, broken) || owners.Hidden() != 3 {
		t.Errorf("%d hidden, %v", owners.Hidden(), err)
	}
	hidden := maps.Collect(p.Hidden(t.Context()))
	if len(hidden) != 2 || !errors.Is(hidden[9], fs.ErrPermission) || !errors.Is(hidden[12], broken) {
		t.Errorf("hidden: %v", hidden)
	}

	self := linksOf(map[string]string{"self/fd/1": "socket:[100]"})
	if owners, err := New(self, "net").Owners(t.Context(), nil); err != nil || owners.Hidden() != 0 || owners.Of(100) != nil {
		t.Errorf("nobody but self: %v, %v", owners, err)
	}
}

// What is hidden on this machine is what a scan counts.
func TestHidden(t *testing.T) {
	owners, err := Self().Owners(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	hidden := maps.Collect(Self().Hidden(t.Context()))
	if (owners.Hidden() == 0) != (len(hidden) == 0) {
		t.Errorf("%d hidden, named %v", owners.Hidden(), hidden)
	}
}

// Without gopsutil processes have the names that it gives.
func TestProcessesListed(t *testing.T) {
	files := map[string]string{
		"1/comm": "init\n", "1/cmdline": "/sbin/init\x00--\x00",
		"2/comm": "kthreadd\n", "2/cmdline": "",
		"3/comm": "systemd-resolve\n", "3/cmdline": "/lib/systemd/systemd-resolved\x00",
		"3/status": "Name:\tsystemd-resolve\n",
		"4/comm":   "fifteen-letters\n", "4/status": "Name:\tfifteen-letters\n", "4/cmdline": "other\x00",
		"5/comm": "two\nlines\n", "6/cmdline": "no name",
	}
	directory := bundle(t, files)
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	pids := []int32{1, 2, 3, 4, 5, 6, 7}
	if still := compareProcesses(t, directory, New(fsys, "net"), pids); still != len(pids) {
		t.Errorf("%d processes of %d compared", still, len(pids))
	}

	pids, err := Self().pids()
	if err != nil {
		t.Fatal(err)
	}
	if still := compareProcesses(t, Self(), New(os.DirFS("/proc"), "self/net"), pids); still == 0 {
		t.Errorf("of %d processes none stood still", len(pids))
	}
}

// compareProcesses compares what gopsutil and we read of the processes that stood
// still between two equal readings, and counts them. Others rename themselves, become
// another program, end, or have their number taken.
func compareProcesses(t *testing.T, by, listed Proc, pids []int32) (still int) {
	t.Helper()
	type reading struct {
		tcp.Process
		known bool
	}
	read := func(p Proc, pid int32) reading {
		process, known := p.Processes().Get(pid)
		return reading{*process, known}
	}
	for _, pid := range pids {
		before, got, after := read(by, pid), read(listed, pid), read(by, pid)
		if before != after {
			continue
		}
		still++
		if got != before {
			t.Errorf("process %d is %+v, not %+v", pid, got, before)
		}
	}
	return still
}

// A process that renames itself all the while is no difference, however often it is
// read.
func TestProcessesRenamed(t *testing.T) {
	renamer := start(t, newChild("rename"))
	var name string
	renamer.line(t, &name)
	pids := slices.Repeat([]int32{int32(renamer.Process.Pid)}, 500)
	nettest.Poll(t, func() error {
		if still := compareProcesses(t, Self(), New(os.DirFS("/proc"), "self/net"), pids); still == len(pids) {
			return errors.New("it has kept its name")
		}
		return nil
	})
}

func TestReadFile(t *testing.T) {
	p := New(fstest.MapFS{
		"1/net/tcp": {Data: []byte("rows\n")}, "4711/comm": {Data: []byte("java\n")},
		"sys/net/ipv4/tcp_mem": {Data: []byte("1 2 3\n")}, "sys/kernel/hostname": {Data: []byte("web-1\n")},
	}, "1/net")
	for name, want := range map[string]string{
		"net/tcp": "rows\n", "4711/comm": "java\n", "sys/net/ipv4/tcp_mem": "1 2 3\n", "sys/kernel/hostname": "web-1\n",
	} {
		if got, err := p.ReadFile(name); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := p.ReadFile("net/tcp6"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
	if _, err := New(fstest.MapFS{}, "net").ReadFile("sys/kernel/hostname"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no name: %v", err)
	}
	for _, name := range slices.Concat(SocketFiles, MachineFiles()) {
		if _, err := Self().ReadFile(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
