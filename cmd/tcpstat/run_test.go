package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"tcpstat/document"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// answer is what a program said.
type answer struct {
	stdout, stderr string
	code           int
}

// ask runs one of TestMain's programs, in an environment that says nothing of
// the user's.
func ask(t testing.TB, args ...string) answer {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = args
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "GORACE=" + os.Getenv("GORACE"), "BLUE=" + os.Getenv("BLUE")}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%q: %v", args, err)
	}
	return answer{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// answerOf runs a program that has to end well.
func answerOf(t testing.TB, args ...string) answer {
	t.Helper()
	a := ask(t, args...)
	if a.code != 0 {
		t.Fatalf("%q: exit code %d\n%s", args, a.code, a.stderr)
	}
	return a
}

// list is the document that a program prints.
func list(t testing.TB, args ...string) *document.Sockets {
	t.Helper()
	a := answerOf(t, args...)
	d, err := decode([]byte(a.stdout))
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, a.stdout)
	}
	return d
}

// standing finds the stand of each socket of the scene in a document. A socket
// that is no stand and a stand told twice are faults.
func standing(t testing.TB, d *document.Sockets, scene *nettest.Scene) map[*nettest.Stand]*document.Socket {
	t.Helper()
	found := map[*nettest.Stand]*document.Socket{}
	for i := range d.Sockets {
		s := &d.Sockets[i]
		if !scene.Has(s.Local.AddrPort(), s.Remote.AddrPort()) {
			continue
		}
		st := scene.Find(asTCP(s))
		if st == nil {
			t.Errorf("no stand is %s %v to %v, inode %v", s.State, s.Local, s.Remote, tell(s.Inode))
			continue
		}
		if found[st] != nil {
			t.Errorf("stand %q is there twice", st.Name)
		}
		found[st] = s
	}
	return found
}

// asTCP is the socket as far as [nettest.Scene.Find] looks.
func asTCP(s *document.Socket) *tcp.Socket {
	found := &tcp.Socket{Family: tcp.IPv4}
	if s.Family == "ipv6" {
		found.Family = tcp.IPv6
	}
	found.Local, found.Remote = s.Local.AddrPort(), s.Remote.AddrPort()
	if s.Inode != nil {
		found.Inode = tcp.Some(*s.Inode)
	}
	return found
}

// tell is the value that may be null, as JSON has it.
func tell[T any](value *T) any {
	if value == nil {
		return nil
	}
	return *value
}

// optional is a value that may be absent, as JSON has it.
func optional[T any](o tcp.Opt[T]) any {
	if value, ok := o.Get(); ok {
		return value
	}
	return nil
}

// lines are the lines of a text without their ends.
func lines(text string) []string {
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// needUsers skips a test that takes several users.
func needUsers(t testing.TB) {
	t.Helper()
	nettest.Need(t)
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		t.Fatal(err)
	}
	if fields := strings.Fields(string(text)); len(fields) != 3 || fields[2] != "4294967295" || os.Geteuid() != 0 {
		t.Skip("this user has one user id only; run the tests as root: sudo go test ./cmd/tcpstat")
	}
}
