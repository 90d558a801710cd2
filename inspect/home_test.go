package inspect

import (
	"errors"
	"fmt"
	"iter"
	"net"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/health"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// another makes a network namespace with a listener, and gives its path and the port.
func another(t *testing.T) (path string, port uint16) {
	t.Helper()
	nettest.Need(t)
	leave, made := make(chan struct{}), make(chan error)
	var listener *net.TCPListener
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends in that namespace
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			path = fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid())
			listener, err = net.ListenTCP("tcp4", nil)
		}
		made <- err
		<-leave
	}()
	if err := <-made; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		listener.Close()
		close(leave)
	})
	return path, uint16(listener.Addr().(*net.TCPAddr).Port)
}

// The rows of another namespace come to the goroutine that asked for them, at home: it
// can pull them, and its own sockets are made where they always are.
func TestRowsAtHome(t *testing.T) {
	path, port := another(t)
	home, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{Netlink, Proc} {
		m, _ := open(t, Options{NetNS: path, Source: source})
		next, stop := iter.Pull2(m.Look(Query{States: tcp.SetOf(tcp.Listen), Annotate: true}).Rows(t.Context()))
		row, err, _ := next()
		if err != nil || row.Socket.Local.Port() != port {
			t.Fatalf("%s: %+v, %v", source, row, err)
		}
		if here, _ := os.Readlink("/proc/thread-self/ns/net"); here != home {
			t.Errorf("%s: the loop runs in %s", source, here)
		}
		if _, err, more := next(); more {
			t.Errorf("%s: another row, %v", source, err)
		}
		stop()
	}
}

// What cannot be meant is refused, with a word on what can.
func TestMisuse(t *testing.T) {
	nettest.Need(t)
	refused := func(o Options) func() error {
		return func() error {
			m, err := Open(o)
			if err != nil && m != nil {
				t.Errorf("%+v: a machine and %v", o, err)
			}
			return err
		}
	}
	here, _ := open(t, Options{})
	all, _ := open(t, Options{NetNS: AllNamespaces})
	recorded, _ := open(t, Options{Replay: "../diag/testdata/ss1.dump"})
	facts := func(m *Machine, q Query, census *health.Census) func() error {
		return func() error {
			_, err := m.Look(q).Facts(t.Context(), census)
			return err
		}
	}
	for name, ask := range map[string]func() error{
		"an unknown source":      refused(Options{Source: "kernel"}),
		"two machines":           refused(Options{NetNS: "blue", Proc: "/host/proc"}),
		"a record of everywhere": func() error { _, err := all.Record(t.Context(), t.TempDir()+"/r", Keep{}); return err },
		"a watch of everywhere":  func() error { _, err := all.Watch(Query{}, Told{}); return err },
		"facts of everywhere":    facts(all, Query{For: Judgement}, nil),
		"facts for a list":       facts(here, Query{}, nil),
		"facts of no socket":     facts(here, Query{For: Judgement}, health.NewCensus(health.RuleAges)),
		"two passes at once": func() (failed error) {
			look := recorded.Look(Query{})
			for _, err := range look.Rows(t.Context()) {
				if err != nil {
					return err
				}
				for _, failed = range look.Rows(t.Context()) {
				}
				break
			}
			return failed
		},
	} {
		var refusal *Error
		if err := ask(); !errors.As(err, &refusal) || !refusal.Misuse || refusal.Try == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A machine that is closed keeps no descriptor, nor does one that was refused.
func TestClose(t *testing.T) {
	descriptors := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	const dump = "../diag/testdata/ss1.dump"
	before := descriptors()
	for range 20 {
		m, err := Open(Options{Replay: dump})
		if err != nil {
			t.Fatal(err)
		}
		for range m.Look(Query{}).Rows(t.Context()) {
		}
		m.Close()
		if _, err := Open(Options{Replay: "machine_test.go"}); err == nil {
			t.Error("a Go file is a record")
		}
		if _, err := Settings(dump); err != nil {
			t.Error(err)
		}
	}
	if now := descriptors(); now > before {
		t.Errorf("%d descriptors, and %d before", now, before)
	}
}
