package inspect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpstat/internal/machine"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

func TestIsOwnProc(t *testing.T) {
	for dir, want := range map[string]bool{"/proc": true, "/proc/": true, "//proc/.": true, "/host/proc": false, "proc": false} {
		if IsOwnProc(dir) != want {
			t.Errorf("%s: %t", dir, !want)
		}
	}
}

// Who made a record saw what that user may see. A dump of ss does not tell who that
// was, and lacks owners anyhow.
func TestRoot(t *testing.T) {
	nothing := func(*machine.Writer) {}
	some := sock{state: tcp.Listen, local: here}
	for name, test := range map[string]struct {
		replay string
		root   func(own bool) bool
	}{
		"here":             {"", func(own bool) bool { return own }},
		"record of root":   {record(t, 0, nothing, some), func(bool) bool { return true }},
		"record of a user": {record(t, 1000, nothing, some), func(bool) bool { return false }},
		"dump":             {dump(t, some), func(bool) bool { return true }},
	} {
		for _, own := range []bool{false, true} {
			m, _ := open(t, Options{Replay: test.replay, Root: own})
			if m.Root() != test.root(own) {
				t.Errorf("%s: %t", name, m.Root())
			}
		}
	}
}

// The clock of a record is its own.
func TestNow(t *testing.T) {
	clock := func() time.Time { return then.Add(time.Hour) }
	m, _ := open(t, Options{Replay: record(t, 0, func(*machine.Writer) {}, sock{state: tcp.Listen, local: here}), Now: clock})
	if !m.Now().Equal(then) || !m.Replayed() {
		t.Errorf("record: %v", m.Now())
	}
	m, _ = open(t, Options{Now: clock})
	if !m.Now().Equal(clock()) || m.Replayed() {
		t.Errorf("here: %v", m.Now())
	}
}

// A copy of a /proc has no namespace to ask in, and its devices are not ours.
func TestOpenCopy(t *testing.T) {
	dir := tree(t, map[string]string{"net/tcp": procTCP()})
	_, err := Open(Options{Proc: dir, Source: Netlink})
	var e *Error
	if !errors.As(err, &e) || !e.Misuse || e.Try != "leave out --source netlink to read the files in "+dir {
		t.Errorf("error %v", err)
	}
	m, _ := open(t, Options{Proc: dir})
	if names := m.FilterNames(t.Context()); !m.ProcOnly() || names.Device != nil || names.User == nil {
		t.Error("a copy is taken for this machine")
	}
	if m.Look(Query{}).devices != nil {
		t.Error("devices of a copy have names of ours")
	}
}

// A namespace that cannot be entered is read from outside, unless that is refused.
func TestStayOutside(t *testing.T) {
	reason := errors.New("closed")
	for policy, want := range map[string][]string{
		Netlink: nil, Proc: nil, Auto: {"closed; reading its net/tcp, which knows less"},
	} {
		m, said := open(t, Options{Source: policy})
		err := m.stayOutside(reason)
		if (err == reason) != (policy == Netlink) || m.ProcOnly() != (policy != Netlink) || m.foreign != m.ProcOnly() {
			t.Errorf("%s: %v", policy, err)
		}
		said.check(t, want...)
	}
}

// A filter's names are looked up where the sockets are.
func TestFilterNames(t *testing.T) {
	m, _ := open(t, Options{Replay: record(t, 0, func(w *machine.Writer) {
		w.Devices(func(yield func(uint64, string) bool) { yield(5, "wan7") })
	}, sock{state: tcp.Listen, local: here})})
	names := m.FilterNames(t.Context())
	if names.User != nil {
		t.Error("users of this machine are those of a record")
	}
	if index, found := names.Device("wan7"); index != 5 || !found {
		t.Errorf("wan7 is %d, %t", index, found)
	}
	if _, found := names.Device("lo"); found {
		t.Error("a device of ours is one of the record")
	}
	if index, found := deviceOrNone("no such device"); index != math.MaxUint32 || !found {
		t.Errorf("a device that is not there is %d, %t", index, found)
	}
}

// Our own /proc is no other machine's, and one that is not there is no empty one.
func TestOpenProc(t *testing.T) {
	m, _ := open(t, Options{Proc: "/proc/"})
	if m.enter != nil || m.foreign {
		t.Error("this machine is taken for another")
	}
	if _, err := Open(Options{Proc: filepath.Join(t.TempDir(), "nowhere")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// What is read of a namespace is its own, by name or among all.
func TestOpenNamespace(t *testing.T) {
	home := nettest.Listen(t, nettest.V4, 1)
	path := nettest.Namespace(t)
	there := nettest.Listen(t, nettest.V4, 1)
	for _, source := range []string{Netlink, Proc} {
		text := fmt.Sprintf("sport = :%d or sport = :%d", home.Local.Port(), there.Local.Port())
		m, _ := open(t, Options{NetNS: path, Source: source})
		l := m.Look(Query{Filter: parse(t, text), States: tcp.SetOf(tcp.Listen)})
		same(t, source+", one", rows(t, l, byEnd), "LISTEN "+there.Local.String())
		if own, _ := open(t, Options{}); m.NetNS() == own.NetNS() || l.Head().NetNS != m.NetNS() {
			t.Errorf("%s: namespace %v, %v", source, m.NetNS(), l.Head().NetNS)
		}
		m, _ = open(t, Options{NetNS: AllNamespaces, Source: source})
		l = m.Look(Query{Filter: parse(t, text), States: tcp.SetOf(tcp.Listen)})
		seen := map[tcp.Opt[uint64]]int{}
		for row, err := range l.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			seen[row.Socket.Inode]++
		}
		if n := seen[tcp.Some(home.Inode())]; n != 1 {
			t.Errorf("%s: %s is in %d namespaces", source, home.Local, n)
		}
	}
}

// Names that nobody knows are told in few words.
func TestFilterNamesUnknown(t *testing.T) {
	saved := net.DefaultResolver
	defer func() { net.DefaultResolver = saved }()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no server")
	}}
	m, _ := open(t, Options{})
	names := m.FilterNames(t.Context())
	if _, err := names.Host("web.test"); err == nil || strings.Contains(err.Error(), "web.test") {
		t.Errorf("error %v", err)
	}
	if uid, found := names.User("root"); uid != 0 || !found {
		t.Errorf("root is %d, %t", uid, found)
	}
	if _, found := names.User("no such user"); found {
		t.Error("a user who is not there is found")
	}
}
