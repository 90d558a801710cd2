package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcpstat/filter"
	"tcpstat/internal/nettest"
	"tcpstat/listing"
	"tcpstat/procnet"
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

// inherit starts a process that holds a socket as descriptor 3 until the test ends.
func inherit(t *testing.T, l *net.TCPListener) (pid int32) {
	t.Helper()
	file, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cat := exec.Command("cat")
	cat.ExtraFiles = []*os.File{file}
	stdin, err := cat.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cat.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cat.Wait()
	})
	return int32(cat.Process.Pid)
}

// A socket of three processes names all of them, where all are named.
func TestThreeHolders(t *testing.T) {
	nettest.Need(t)
	l, port := listener(t)
	pids := []int32{int32(os.Getpid()), inherit(t, l), inherit(t, l)}

	d := list(t, "tcpstat", "-lnp", "--json", "sport", port)
	if len(d.Sockets) != 1 {
		t.Fatalf("%d sockets on port %s", len(d.Sockets), port)
	}
	var got []int32
	for _, p := range d.Sockets[0].Processes {
		got = append(got, p.PID)
		if p.PID != pids[0] && (p.Name != "cat" || p.FD != 3) {
			t.Errorf("%+v, not descriptor 3 of cat", p)
		}
	}
	if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(pids))) {
		t.Errorf("held by %v, not %v", got, pids)
	}

	shown := answerOf(t, "terminal", "200", "tcpstat", "-lnp", "--color", "never", "sport", port).stdout
	for _, pid := range pids {
		if !regexp.MustCompile(fmt.Sprintf(`\b%d\b`, pid)).MatchString(shown) {
			t.Errorf("the terminal does not show %d:\n%s", pid, shown)
		}
	}
	piped := answerOf(t, "tcpstat", "-lnpH", "sport", port).stdout
	if got := strings.Count(piped, "/"); got != 1 {
		t.Errorf("a pipe shows %d processes, netstat one: %s", got, piped)
	}
}

// pageOf is a page of a list with owners that a filter has cut.
func pageOf(t *testing.T, text string) *page {
	t.Helper()
	expr, err := filter.Parse(text, filter.Names{})
	if err != nil {
		t.Fatal(err)
	}
	say := func(format string, args ...any) { t.Logf(format, args...) }
	return newPage(&lister{
		env:     &env{stdout: t.Output()},
		options: &listOptions{filter: expr, states: tcp.AllStates, ipv4: true, ipv6: true},
		source:  &source{proc: procnet.Self(), policy: sourceNetlink, warn: say},
		chooser: chooser{expr: expr},
		holders: &holders{proc: procnet.Self(), warn: say, hint: say},
	})
}

// Owners are looked for only of the sockets that the filter lets pass.
func TestOwnersOfFiltered(t *testing.T) {
	nettest.Need(t)
	chosen, port := listener(t)
	other, _ := listener(t)
	p := pageOf(t, "sport "+port)
	if err := p.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !p.holders.wanted.Has(inodeOf(t, chosen)) || p.holders.wanted.Has(inodeOf(t, other)) {
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
	p := pageOf(t, "sport "+port)
	for _, name := range []string{"first", "second"} {
		if err := os.WriteFile(comm, []byte(name), 0); err != nil {
			t.Fatal(err)
		}
		if err := p.prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		row := listing.Row{Socket: &tcp.Socket{State: tcp.Listen, Inode: tcp.Some(inode)}}
		p.holders.fill(&row, &p.gaps)
		if len(row.Holders) != 1 || row.Holders[0].Process.Name != name {
			t.Errorf("holders %+v, want %s", row.Holders, name)
		}
	}
}
