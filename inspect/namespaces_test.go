package inspect

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

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
	for _, err := range []error{gone, broken, gone, gone, &netns.Error{Word: "db", Op: "enter", Err: unix.EPERM}} {
		if got := l.miss(netns.Namespace{Name: "web"}, err); got != nil {
			t.Errorf("%v ends the list with %v", err, got)
		}
	}
	want := "network namespace \"web\" cannot be entered: it is gone\n" +
		"network namespace \"web\": broken\n" +
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
