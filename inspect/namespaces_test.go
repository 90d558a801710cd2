package inspect

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcpstat/filter"
	"tcpstat/internal/nettest"
	"tcpstat/listing"
	"tcpstat/netns"
	"tcpstat/tcp"
)

// A namespace that is gone between All and Do, or that cannot be read, is said, and
// the others are shown. One that cannot be read at home is a failure.
func TestMissedNamespace(t *testing.T) {
	var said strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&said, format+"\n", args...) }
	gone := &netns.Error{Word: "web", Op: "enter", Err: netns.ErrGone}
	broken := errors.New("broken")
	l := &Look{machine: &Machine{options: Options{Warn: say, Hint: say}}, everywhere: &everywhere{}}
	if err := l.miss(netns.Namespace{}, broken); err != broken {
		t.Errorf("at home: %v", err)
	}
	l.pass.places.read = 1
	for _, err := range []error{gone, broken, gone, gone, broken, &netns.Error{Word: "db", Op: "enter", Err: unix.EPERM}} {
		if got := l.miss(netns.Namespace{Name: "web"}, err); got != nil {
			t.Errorf("%v ends the list with %v", err, got)
		}
	}
	want := "network namespace \"web\" cannot be entered: it is gone\n" +
		"network namespace \"web\": broken\n" +
		"2 network namespaces: broken\n" +
		"3 network namespaces: it is gone\n" +
		"network namespaces of other users are hidden; as root all are shown\n"
	l.hidden()
	if said.String() != want {
		t.Errorf("said %q", said.String())
	}
	missing := []listing.Missing{
		{Field: "namespaces", Reason: listing.DumpInterrupted},
		{Field: "sockets", Reason: listing.DumpInterrupted},
		{Field: "namespaces", Reason: listing.NoPermission},
	}
	if diff := cmp.Diff(missing, l.pass.gaps.list(), cmp.AllowUnexported(tcp.Opt[uint]{})); diff != "" {
		t.Error(diff)
	}
	if !l.pass.places.refused {
		t.Error("that a namespace may not be entered is forgotten")
	}
}

// A pass over all namespaces has read those that it tells of. In each a device has
// another number, or none.
func TestEverywhere(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 1, nettest.WithDevice("lo"))
	m, _ := open(t, Options{NetNS: AllNamespaces})
	expr, err := filter.Parse(fmt.Sprintf("dev lo and sport = :%d", listener.Local.Port()), m.FilterNames(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	l := m.Look(Query{Filter: expr})
	var devices []string
	for row, err := range l.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Socket.Inode == tcp.Some(listener.Inode()) { // others may have that port, in theirs
			devices = append(devices, row.Interface)
		}
	}
	same(t, "devices", devices, "lo")
	tail := l.Tail()
	if len(tail.Namespaces) == 0 || l.pass.places.read != len(tail.Namespaces) || l.Head().NetNS != (tcp.Opt[uint64]{}) || len(l.Head().Namespaces) < len(tail.Namespaces) {
		t.Errorf("read %d of %+v", l.pass.places.read, tail.Namespaces)
	}

	l.devices[7] = "wan7"
	before := l.chooser.expr
	if err := l.arrive(l.everywhere.found[0]); err != nil || l.chooser.expr == before || l.device(7) != "if7" {
		t.Errorf("what was known of another namespace is known in this one: %v", err)
	}
}

// That namespaces are hidden is said once, and by whom.
func TestHiddenNamespaces(t *testing.T) {
	for root, want := range map[bool]string{
		false: "network namespaces of other users are hidden; as root all are shown",
		true:  "some processes hide their network namespace even from root; namespaces may be missing",
	} {
		m, said := open(t, Options{NetNS: AllNamespaces, Root: root})
		l := m.Look(Query{})
		for _, hidden := range []int{0, 1, 1} {
			l.pass = pass{}
			l.everywhere.hidden = hidden
			l.hidden()
			same(t, "missing", gapsOf(l.pass.gaps.list()), some(map[int]string{1: "namespaces no_permission ?"}[hidden])...)
		}
		said.check(t, want)
	}
}

// The rows that come are of the namespace that was entered last. A device that only
// another one has is none in this.
func TestHere(t *testing.T) {
	var ps places
	if ps.here() != nil {
		t.Error("a namespace of the one that is looked at")
	}
	ps.seen = []listing.Namespace{{Inode: 1}, {Inode: 2}}
	if got := ps.here(); got.Inode != 2 {
		t.Errorf("here is %+v", got)
	}
	elsewhere := filter.Names{Device: func(string) (uint32, bool) { return 5, true }}
	expr, err := filter.Parse("dev wan7", elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newEverywhere(expr).filter(); err != nil {
		t.Error(err)
	}
}
