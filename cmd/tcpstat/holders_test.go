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

	"tcpstat/internal/nettest"
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
