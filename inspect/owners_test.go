package inspect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"testing"

	"tcpstat/filter"
	"tcpstat/internal/machine"
	"tcpstat/internal/nettest"
	"tcpstat/listing"
	"tcpstat/tcp"
)

// listener opens a listener and gives its port.
func listener(t *testing.T) (l *net.TCPListener, port string) {
	t.Helper()
	listening, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listening.Close() })
	l = listening.(*net.TCPListener)
	return l, strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// lookAt is a look with owners at the sockets that a filter chooses.
func lookAt(t *testing.T, text string) *Look {
	t.Helper()
	expr, err := filter.Parse(text, filter.Names{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Open(Options{Source: Netlink, Warn: t.Logf, Hint: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	return m.Look(Query{States: tcp.AllStates, Filter: expr, Owners: true})
}

// Owners are looked for only of the sockets that the filter lets pass.
func TestOwnersOfFiltered(t *testing.T) {
	nettest.Need(t)
	chosen, port := listener(t)
	other, _ := listener(t)
	p := lookAt(t, "sport "+port)
	if err := p.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !p.owners.wanted.Has(inodeOf(t, chosen)) || p.owners.wanted.Has(inodeOf(t, other)) {
		t.Error("looked for another socket than the one chosen")
	}
}

func inodeOf(t *testing.T, l *net.TCPListener) uint64 {
	t.Helper()
	file, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	link, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	var inode uint64
	if _, err := fmt.Sscanf(link, "socket:[%d]", &inode); err != nil {
		t.Fatal(err)
	}
	return inode
}

// The next list of -c reads the names of processes again.
func TestNamesOfNextList(t *testing.T) {
	nettest.Need(t)
	l, port := listener(t)
	inode := inodeOf(t, l)
	const comm = "/proc/self/comm"
	was, err := os.ReadFile(comm)
	if err != nil {
		t.Fatal(err)
	}
	defer os.WriteFile(comm, was, 0)
	p := lookAt(t, "sport "+port)
	for _, name := range []string{"first", "second"} {
		if err := os.WriteFile(comm, []byte(name), 0); err != nil {
			t.Fatal(err)
		}
		if err := p.prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		row := listing.Row{Socket: &tcp.Socket{State: tcp.Listen, Inode: tcp.Some(inode)}}
		p.owners.fill(&row, &p.pass.gaps)
		if len(row.Holders) != 1 || row.Holders[0].Process.Name != name {
			t.Errorf("holders %+v, want %s", row.Holders, name)
		}
	}
}

// processes keeps one that has two descriptors of a socket, and whether another may
// not be asked.
func processes(hidden bool) func(w *machine.Writer) {
	return func(w *machine.Writer) {
		place(w)
		w.Links("self/fd")
		w.File("7/comm", []byte("java\n"))
		w.File("7/cmdline", []byte("/usr/bin/java\x00-Dpassword=secret\x00"))
		w.Links("7/fd")
		w.Link("3", "socket:[1001]")
		w.Link("4", "socket:[1001]")
		if hidden {
			w.Unreadable("8/fd", fs.ErrPermission)
		}
	}
}

// ownerless are a socket that a process owns, one that nobody owns and one that
// nobody can own.
var ownerless = []sock{
	{state: tcp.Established, local: here, remote: there, inode: 1001, info: wholeInfo},
	{state: tcp.Established, local: "127.0.0.1:2", remote: there, inode: 1002, info: wholeInfo},
	{state: tcp.FinWait1, local: "127.0.0.1:3", remote: there, info: wholeInfo},
}

// Nobody is known to own a socket only if every process could be asked. That some
// could not is said once.
func TestOwners(t *testing.T) {
	const bySomebody = "process, 2 holders, known true"
	const asRoot = "processes of other users are hidden in this record; one made as root has all owners"
	for _, test := range []struct {
		uid              int
		hidden           bool
		other, says, gap string
	}{
		{0, false, "unknown, 0 holders, known true", "", ""},
		{1000, true, "process, 0 holders, known false", asRoot, "processes no_permission 1"},
		{0, true, "process, 0 holders, known false", "some processes hide their descriptors even from root; owners may be missing", "processes no_permission 1"},
	} {
		m, said := open(t, Options{Replay: record(t, test.uid, processes(test.hidden), ownerless...)})
		l := m.Look(Query{Owners: true, View: true})
		for range 2 {
			same(t, "owners", rows(t, l, func(r *listing.Row) string {
				return fmt.Sprintf("%v, %d holders, known %t", r.View.Ownership, len(r.Holders), r.HoldersKnown)
			}), bySomebody, test.other, "orphan, 0 holders, known true")
			same(t, "missing", gapsOf(l.Tail().Missing), some(test.gap)...)
		}
		said.check(t, some(test.says)...)
	}
}

// some is a list of a text, if there is one.
func some(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// A filter by owner decides nothing where they are hidden, which is their gap and no
// other.
func TestFilterByHiddenOwner(t *testing.T) {
	dump := record(t, 1000, func(w *machine.Writer) {
		processes(true)(w)
		w.File("net/tcp", []byte(procTCP(ownerless...)))
	}, ownerless...)
	for source, gaps := range map[string][]string{
		Netlink: {"processes no_permission 1"},
		Proc:    {"cookie not_in_proc 2", "interface not_in_proc 2", "completeness not_in_proc 2", "processes no_permission 1"},
	} {
		m, said := open(t, Options{Replay: dump, Source: source})
		l := m.Look(Query{Filter: parse(t, "process java and state connected")})
		same(t, "rows", rows(t, l, byEnd), "ESTABLISHED "+here)
		same(t, "missing", gapsOf(l.Tail().Missing), gaps...)
		if len(said.lines) != 2 || l.Tail().Undecided != 1 {
			t.Errorf("said %q, %d undecided", said.lines, l.Tail().Undecided)
		}
	}
}

// A socket that came when the scan had begun may have an owner.
func TestOwnerOfLateSocket(t *testing.T) {
	m, _ := open(t, Options{Replay: record(t, 0, processes(false), ownerless...)})
	l := m.Look(Query{Owners: true})
	if err := l.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	row := listing.Row{Socket: &tcp.Socket{State: tcp.Established, Inode: tcp.Some[uint64](1003)}}
	if l.owners.fill(&row, &l.pass.gaps); row.HoldersKnown || row.View.Ownership == tcp.OwnerUnknown {
		t.Error("nobody is said to own it")
	}
	same(t, "missing", gapsOf(l.pass.gaps.list()), "processes dump_interrupted 1")
}

// A record without processes is told from one that was cut off before them.
func TestOwnersNotRecorded(t *testing.T) {
	for _, cut := range []bool{false, true} {
		name := record(t, 0, place, sock{state: tcp.Listen, local: here, inode: 1001})
		want, says := "processes not_in_proc 1", "owners may be missing: descriptors of processes: file does not exist"
		if cut {
			name = cutRecord(t, name)
			want, says = "processes not_recorded 1", "owners may be missing: no processes are in the record"
		}
		m, said := open(t, Options{Replay: name})
		l := m.Look(Query{Owners: true})
		said.lines = nil // the damage
		for range 2 {
			for range l.Rows(t.Context()) {
			}
			if got := gapsOf(l.Tail().Missing); !slices.Contains(got, want) {
				t.Errorf("missing %q, want %s", got, want)
			}
		}
		said.check(t, says)
	}
}

// Owners are looked for only where the filter may choose. A scan that breaks says so,
// and one that is called off is an error.
func TestOwnersScan(t *testing.T) {
	m, said := open(t, Options{Proc: tree(t, map[string]string{
		"net/tcp": procTCP(sock{state: tcp.Listen, local: here, inode: 1001}, sock{state: tcp.Listen, local: "127.0.0.1:2", inode: 1002}),
		"7/fd/3":  "-> socket:[1001]", "8": "-> 8",
	})})
	l := m.Look(Query{Owners: true, Filter: parse(t, "sport = :2 and state listening")})
	same(t, "rows", rows(t, l, byEnd), "LISTEN 127.0.0.1:2")
	if l.owners.wanted.Has(1001) || !l.owners.wanted.Has(1002) {
		t.Error("looked for another socket than the one chosen")
	}
	if got := gapsOf(l.Tail().Missing); !slices.Contains(got, "processes dump_interrupted 1") || len(said.lines) != 1 {
		t.Errorf("missing %q, said %q", got, said.lines)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.owners.find(ctx, l.owners.wanted); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
