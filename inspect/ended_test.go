package inspect

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// endedOf lists the sockets in CLOSE that this process holds, by inode, as a query
// yields them behind all others.
func endedOf(t *testing.T, q Query) (inodes []uint64) {
	t.Helper()
	m, _ := open(t, Options{Source: Netlink})
	for row, err := range m.Look(q).Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		s := row.Socket
		if s.State != tcp.Close {
			if len(inodes) > 0 {
				t.Errorf("%v %v behind those that stand in no table", s.State, s.Local)
			}
			continue
		}
		if s.Local.IsValid() || s.Remote.IsValid() || !row.HoldersKnown || len(row.Holders) == 0 {
			t.Errorf("%v %v, holders %v", s.Local, s.Remote, row.Holders)
		}
		if row.Holders[0].PID != int32(os.Getpid()) {
			continue
		}
		if uid := s.UID.Or(1 << 31); uid != uint32(os.Getuid()) || row.Holders[0].Process.Name == "" {
			t.Errorf("user %d, process %v", uid, row.Holders[0].Process)
		}
		inodes = append(inodes, s.Inode.Or(0))
	}
	return inodes
}

// Sockets that stand in no table are rows where they are asked for, with all their
// descriptors; those of the family that is shown.
func TestEnded(t *testing.T) {
	nettest.Need(t)
	never := nettest.Open(t, nettest.V4)
	never6 := nettest.Open(t, nettest.V6)
	nettest.Open(t, nettest.V4).Bind(nettest.V4)
	listener := nettest.Listen(t, nettest.V4, 5)
	listener.Pair()
	client, reset := listener.Pair(nettest.WithAbortiveClose)
	client.Close()
	nettest.Poll(t, func() error {
		if _, err := unix.Getpeername(reset.FD); err == nil {
			return unix.EAGAIN
		}
		return nil
	})
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	again, err := unix.FcntlInt(uintptr(never.FD), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(again)

	all := Query{States: tcp.AllStates, Owners: true, Ended: true}
	with := func(change func(*Query)) Query {
		q := all
		change(&q)
		return q
	}
	here := []*nettest.Sock{never, never6, reset}
	for name, tt := range map[string]struct {
		query Query
		want  []*nettest.Sock
	}{
		"all":               {all, here},
		"IPv6":              {with(func(q *Query) { q.IPv6 = true }), here[1:2]},
		"by state":          {with(func(q *Query) { q.States, q.Filter = tcp.SetOf(tcp.Close), parse(t, "state CLOSE") }), here},
		"by state and name": {with(func(q *Query) { q.States, q.Filter = tcp.SetOf(tcp.Close), parse(t, "state CLOSE process nobody") }), nil},
		"by port":           {with(func(q *Query) { q.Filter = parse(t, "sport = :80") }), nil},
		"other states":      {with(func(q *Query) { q.States = tcp.AllStates.Without(tcp.Close) }), nil},
		"no owners":         {with(func(q *Query) { q.Owners = false }), nil},
		"not asked":         {with(func(q *Query) { q.Ended = false }), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := endedOf(t, tt.query)
			var want []uint64
			for _, s := range tt.want {
				want = append(want, s.Inode())
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
	m, _ := open(t, Options{Source: Netlink})
	for row := range m.Look(all).Rows(t.Context()) {
		if row.Socket.Inode.Or(0) == never.Inode() {
			same(t, "descriptors", []string{fmt.Sprint(row.Holders[0].FD), fmt.Sprint(row.Holders[1].FD)}, fmt.Sprint(never.FD), fmt.Sprint(again))
		}
	}
}
