package inspect

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"tcpstat/diag"
	"tcpstat/internal/machine"
	"tcpstat/internal/nettest"
	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// Listeners come first and once, and all of them count, listed or not.
func TestListenersFirst(t *testing.T) {
	name := record(t, 0, place,
		sock{state: tcp.Established, local: here, remote: there, inode: 2, info: wholeInfo},
		sock{state: tcp.Listen, local: "[::]:8080", inode: 1},
		sock{state: tcp.Listen, local: "127.0.0.1:9090", inode: 3, drops: 7})
	opener := func(r *listing.Row) string {
		return fmt.Sprintf("%s %v, %d drops", byEnd(r), r.View.Opener, r.Socket.Backlog.Drops.Or(0))
	}
	m, _ := open(t, Options{Replay: name})
	const connection, v4, v6 = "ESTABLISHED 127.0.0.1:8080 passive, 0 drops", "LISTEN 127.0.0.1:9090 none, 7 drops", "LISTEN [::]:8080 none, 0 drops"
	same(t, "all", rows(t, m.Look(Query{Annotate: true}), opener), v6, v4, connection)
	same(t, "IPv4", rows(t, m.Look(Query{Annotate: true, IPv4: true}), opener), v4, connection)
	same(t, "IPv6", rows(t, m.Look(Query{Annotate: true, IPv6: true}), opener), v6)
	same(t, "connections", rows(t, m.Look(Query{Annotate: true, States: tcp.SetOf(tcp.Established)}), opener), connection)
	same(t, "not annotated", rows(t, m.Look(Query{}), byEnd), "ESTABLISHED "+here, "LISTEN [::]:8080", "LISTEN 127.0.0.1:9090")
}

// A listener that the filter does not choose has made its connections all the same.
func TestListenerNotChosen(t *testing.T) {
	client, server := nettest.Pair(t)
	m, _ := open(t, Options{Source: Netlink})
	expr := parse(t, fmt.Sprintf("sport = :%d and dport = :%d", server.Local.Port(), client.Local.Port()))
	l := m.Look(Query{Filter: expr, Annotate: true, States: tcp.AllStates})
	same(t, "rows", rows(t, l, func(r *listing.Row) string { return byEnd(r) + " " + r.View.Opener.String() }),
		"ESTABLISHED "+server.Local.String()+" passive")
}

// What the note of a listener tells: overflows, and half-open connections where no
// row shows them.
func TestQueues(t *testing.T) {
	name := record(t, 0, func(w *machine.Writer) {
		place(w)
		w.File("net/netstat", []byte("TcpExt: ListenOverflows\nTcpExt: 3\n"))
	},
		sock{state: tcp.SynRecv, local: here, remote: there},
		sock{state: tcp.SynRecv, local: "127.0.0.1:1", remote: there},
		sock{state: tcp.SynRecv, local: "[2001:db8::1]:9090", remote: "[2001:db8::2]:1"},
		sock{state: tcp.Listen, local: here, inode: 1},
		sock{state: tcp.Listen, local: "[::]:9090", inode: 2})
	for _, test := range []struct {
		states tcp.Set
		want   string
	}{
		{tcp.AllStates, "{3 true} 0"},
		{tcp.SetOf(tcp.Listen), "{3 true} 2"},
		{tcp.SetOf(tcp.SynRecv), "{0 false} 0"},
	} {
		m, _ := open(t, Options{Replay: name})
		l := m.Look(Query{Notes: true, States: test.states})
		for _, got := range rows(t, l, func(r *listing.Row) string {
			return fmt.Sprint(r.Machine.Overflows, len(r.Machine.HalfOpen))
		}) {
			if got != test.want {
				t.Errorf("%v: %s, not %s", test.states, got, test.want)
			}
		}
	}
}

// A setting that cannot be read is said once.
func TestSettingsUnreadable(t *testing.T) {
	m, said := open(t, Options{Replay: record(t, 0, func(w *machine.Writer) {
		place(w)
		w.Unreadable("sys/net/ipv4/tcp_fin_timeout", fs.ErrPermission)
	}, sock{state: tcp.Listen, local: here})})
	l := m.Look(Query{Annotate: true})
	rows(t, l, byEnd)
	rows(t, l, byEnd)
	said.check(t, "settings are not known: open sys/net/ipv4/tcp_fin_timeout: permission denied")
	same(t, "missing", gapsOf(l.Tail().Missing), "settings not_in_proc 1")
}

// A line is read twice where listeners come first, and its error told once.
func TestDispensable(t *testing.T) {
	listener := &procnet.LineError{State: tcp.Listen}
	other := &procnet.LineError{State: tcp.Unknown}
	all, listeners, connections := tcp.AllStates, tcp.SetOf(tcp.Listen), tcp.AllStates.Without(tcp.Listen)
	for _, test := range []struct {
		err      error
		states   tcp.Set
		recorded bool
		want     bool
	}{
		{listener, all, false, false},
		{listener, listeners, false, false},
		{listener, connections, false, true},
		{other, all, false, true},
		{other, listeners, false, false},
		{diag.ErrInterrupted, all, false, false},
		{diag.ErrInterrupted, all, true, true},
		{diag.ErrInterrupted, listeners, true, false},
	} {
		m := &Machine{}
		if test.recorded {
			m.recorded = &recording{}
		}
		if l := (&Look{machine: m}); l.dispensable(test.err, test.states) != test.want {
			t.Errorf("%v in %v, recorded %t: %t", test.err, test.states, test.recorded, !test.want)
		}
	}
}

// The listeners of the last list are no longer there.
func TestListenersAnew(t *testing.T) {
	connection := sock{state: tcp.Established, local: here, remote: there, inode: 2}
	dir := tree(t, map[string]string{"net/tcp": procTCP(sock{state: tcp.Listen, local: here, inode: 1}, connection)})
	m, _ := open(t, Options{Proc: dir})
	l := m.Look(Query{Annotate: true, States: tcp.SetOf(tcp.Established)})
	opener := func(r *listing.Row) string { return r.View.Opener.String() }
	same(t, "first", rows(t, l, opener), "passive")
	put(t, filepath.Join(dir, "net/tcp"), procTCP(connection))
	same(t, "second", rows(t, l, opener), "unknown")
}
