package rollup

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// Places in struct tcp_info.
const (
	atTotalRetrans = 100
	atBytesSent    = 200
	atBytesRetrans = 208
)

// row is a socket in a state, on a machine without listeners.
func row(state tcp.State, local, remote string) *listing.Row {
	s := &tcp.Socket{Family: tcp.IPv4, State: state, Local: netip.MustParseAddrPort(local)}
	if remote != "" {
		s.Remote = netip.MustParseAddrPort(remote)
	}
	return &listing.Row{Socket: s, Machine: new(tcp.Machine)}
}

// sent gives a row a tcp_info with what it sent: segments again, bytes, and bytes
// again.
func sent(r *listing.Row, again, bytes, bytesAgain uint32) *listing.Row {
	raw := make([]byte, 248) // Linux 6.7
	for place, v := range map[int]uint32{atTotalRetrans: again, atBytesSent: bytes, atBytesRetrans: bytesAgain} {
		binary.NativeEndian.PutUint32(raw[place:], v)
	}
	r.Socket.Info.SetBytes(raw)
	return r
}

func held(r *listing.Row, name string, pids ...int32) *listing.Row {
	for _, pid := range pids {
		r.Holders = append(r.Holders, tcp.Holder{Owner: tcp.Owner{PID: pid}, Process: &tcp.Process{PID: pid, Name: name}})
	}
	return r
}

func add(o Options, rows ...*listing.Row) *Result {
	u := New(o)
	for _, r := range rows {
		u.Add(r)
	}
	return u.Result()
}

// What is not shown is added up, figure by figure.
func TestRest(t *testing.T) {
	many := func(peer string, state tcp.State, n uint32) *listing.Row {
		r := sent(row(state, "10.0.0.7:1", peer), n, 1000*n, 10*n)
		s := r.Socket
		s.RecvQueue, s.SendQueue, s.Timer.Retransmits = 100*n, 200*n, uint8(n)
		r.View.Verdict, r.Note.Level = tcp.DataUnread, tcp.Alarm
		r.View.Age.Min = tcp.Some(time.Duration(10-n) * time.Second)
		return r
	}
	silent := row(tcp.Established, "10.0.0.7:1", "10.0.0.4:1")
	result := add(
		Options{By: ByPeer, Sort: SortRecvQueue, Top: 1},
		many("10.0.0.1:1", tcp.Established, 9), many("10.0.0.2:1", tcp.CloseWait, 2), many("10.0.0.3:1", tcp.Established, 3), silent,
	)
	if len(result.Groups) != 1 || result.Groups[0].RecvQueue != 900 || result.Others != 3 {
		t.Fatalf("%d shown, the first with %d bytes, and %d others", len(result.Groups), result.Groups[0].RecvQueue, result.Others)
	}
	want := Group{
		Total: 3, RecvQueue: 500, SendQueue: 1000, Retransmitting: 2, Oldest: tcp.Age{Min: tcp.Some(8 * time.Second)},
		Resent: tcp.Some[uint64](5), SentBytes: tcp.Some[uint64](5000), ResentBytes: tcp.Some[uint64](50),
	}
	want.Levels[tcp.Alarm], want.Verdicts[tcp.DataUnread] = 2, 2
	want.Levels[0], want.Verdicts[0] = 1, 1
	want.states[slices.Index(tcp.States, tcp.Established)], want.states[slices.Index(tcp.States, tcp.CloseWait)] = 2, 1
	exact := []cmp.Option{
		cmp.AllowUnexported(Group{}), cmpopts.IgnoreFields(Group{}, "listeners"),
		cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }), cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
		cmp.Comparer(func(a, b tcp.Opt[uint64]) bool { return a == b }), cmp.Comparer(func(a, b tcp.Opt[uint32]) bool { return a == b }),
		cmp.Comparer(func(a, b tcp.Opt[time.Duration]) bool { return a == b }),
	}
	if diff := cmp.Diff(want, result.Rest, exact...); diff != "" {
		t.Errorf("the rest (-want +got):\n%s", diff)
	}
	if n := result.Levels[tcp.Alarm].Of(tcp.Established); n != 2 {
		t.Errorf("%d established sockets with an alarm, not 2", n)
	}
}

// As many as there are is not too many.
func TestTop(t *testing.T) {
	rows := []*listing.Row{row(tcp.Established, "10.0.0.7:1", "10.0.0.1:1"), row(tcp.Established, "10.0.0.7:1", "10.0.0.2:1")}
	for top, want := range map[int]string{0: "2 0 0", 1: "1 1 1", 2: "2 0 0", 3: "2 0 0"} {
		result := add(Options{By: ByPeer, Top: top}, rows...)
		if got := fmt.Sprint(len(result.Groups), result.Others, result.Rest.Total); got != want {
			t.Errorf("top %d: shown, others, sockets of these: %s, want %s", top, got, want)
		}
	}
}

func TestSort(t *testing.T) {
	group := func(pid int32, name string, g Group) *Group {
		g.PID, g.Name = pid, name
		return &g
	}
	groups := []*Group{
		group(1, "d", Group{Total: 1, RecvQueue: 3, SendQueue: 3}),
		group(2, "c", Group{Total: 3, RecvQueue: 2, Retransmitting: 1, Resent: tcp.Some[uint64](1)}),
		group(3, "b", Group{Total: 2, RecvQueue: 1, Retransmitting: 1, Resent: tcp.Some[uint64](2)}),
		group(4, "a", Group{Total: 1, Oldest: tcp.Age{Min: tcp.Some[time.Duration](0)}}),
		group(6, "a", Group{Total: 1}),
		group(5, "a", Group{Total: 1}),
		group(0, "", Group{Total: 4}), // hidden
	}
	for field, want := range map[SortField][]int32{
		SortTotal:       {0, 2, 3, 4, 5, 6, 1},
		SortName:        {4, 5, 6, 3, 2, 1, 0},
		SortRecvQueue:   {1, 2, 3, 0, 4, 5, 6},
		SortSendQueue:   {1, 0, 2, 3, 4, 5, 6},
		SortRetransmits: {3, 2, 0, 4, 5, 6, 1},
		SortAge:         {4, 0, 2, 3, 5, 6, 1},
	} {
		slices.SortFunc(groups, field.compare)
		var got []int32
		for _, g := range groups {
			got = append(got, g.PID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("by %s: %v, want %v", SortNames()[field], got, want)
		}
	}
}

// A socket of two processes is counted in both, and once in all.
func TestShared(t *testing.T) {
	alone := held(row(tcp.Established, "10.0.0.7:1", "10.0.0.1:1"), "java", 3, 3)
	if add(Options{By: ByProcess}, alone).Shared {
		t.Error("two descriptors of one process share a socket")
	}
	both := held(row(tcp.Established, "10.0.0.7:1", "10.0.0.1:1"), "nginx", 1, 2)
	result := add(Options{By: ByProcess}, both, alone)
	if !result.Shared || len(result.Groups) != 3 || result.Levels[0].Total() != 2 {
		t.Errorf("shared %t, %d groups, %d sockets", result.Shared, len(result.Groups), result.Levels[0].Total())
	}
	if add(Options{By: ByPeer}, both).Shared {
		t.Error("shared, though by peer")
	}
}

// A group by listener has the queues of all at its address, and no other.
func TestListener(t *testing.T) {
	var m tcp.Machine
	listener := func(local string, used, limit uint32) *listing.Row {
		r := row(tcp.Listen, local, "")
		r.Socket.Backlog = tcp.Backlog{Used: used, Limit: tcp.Some(limit)}
		r.Machine = &m
		m.Listeners.Add(r.Socket)
		return r
	}
	here, again, other := listener("0.0.0.0:80", 1, 10), listener("0.0.0.0:80", 2, 20), listener("0.0.0.0:81", 7, 70)
	taken := row(tcp.Established, "10.0.0.7:80", "10.0.0.9:4000")
	taken.Machine, taken.View.Opener = &m, tcp.OpenedPassive
	opened := row(tcp.Established, "10.0.0.7:80", "10.0.0.9:4001")
	opened.Machine, opened.View.Opener = &m, tcp.OpenedActive
	alone := listener("0.0.0.0:82", 0, 1)
	alone.Machine = nil
	var got []string
	for _, g := range add(Options{By: ByListener}, here, again, other, taken, opened, alone).Groups {
		got = append(got, fmt.Sprint(g.Listener.Local, g.Opener, g.Total, g.Listeners, g.Backlog.Used, "/", g.Backlog.Limit.Or(0)))
	}
	place := listing.Namespace{Inode: 7, Name: "web"} // where there is the same listener
	elsewhere := *other
	elsewhere.Namespace = &place
	if groups := add(Options{By: ByListener}, other, &elsewhere).Groups; len(groups) != 2 || groups[0].Namespace != "" || groups[1].Namespace != "web" || groups[1].NetNS != 7 {
		t.Errorf("in two namespaces: %+v", groups)
	}
	want := []string{
		"0.0.0.0:80 passive 3 2 3/30", "0.0.0.0:81 passive 1 1 7/70", "invalid AddrPort unknown 1 0 0/0", "invalid AddrPort active 1 0 0/0",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A peer is one by both of its spellings, and a backlog is no bytes.
func TestPeer(t *testing.T) {
	v4, mapped := row(tcp.Established, "10.0.0.7:1", "10.0.0.1:1"), row(tcp.CloseWait, "[::ffff:10.0.0.7]:1", "[::ffff:10.0.0.1]:2")
	listener := row(tcp.Listen, "0.0.0.0:1", "")
	for _, r := range []*listing.Row{v4, mapped, listener} {
		r.Socket.RecvQueue, r.Socket.SendQueue = 3, 4
	}
	var got []string
	for _, g := range add(Options{By: ByPeer}, listener, v4, mapped).Groups {
		got = append(got, fmt.Sprint(g.Peer, " ", g.Total, " ", g.RecvQueue, " ", g.SendQueue, " ", g.Of(tcp.CloseWait)))
	}
	if want := []string{"10.0.0.1 2 6 8 1", "invalid IP 1 0 0 0"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Memory is that of the groups.
func TestKeepsGroups(t *testing.T) {
	r := held(row(tcp.Established, "10.0.0.7:1", "10.0.0.1:1"), "java", 1, 2)
	u := New(Options{By: ByProcess})
	u.Add(r)
	if n := testing.AllocsPerRun(1000, func() { u.Add(r) }); n > 0 {
		t.Errorf("%v allocations for one more socket of a known group", n)
	}
}
