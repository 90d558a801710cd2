package inspect

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"testing"

	"tcpstat/filter"
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
