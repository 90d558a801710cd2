package inspect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/internal/machine"
	"tcpstat/listing"
	"tcpstat/tcp"
)

// bundle is a /proc with a socket of each kind that gaps tell apart.
func bundle(t *testing.T) string {
	return tree(t, map[string]string{
		"net/tcp": procTCP(
			sock{state: tcp.Listen, local: here, inode: 1001},
			sock{state: tcp.Established, local: here, remote: there, inode: 1002},
			sock{state: tcp.TimeWait, local: here, remote: "192.0.2.1:2"},
			sock{state: tcp.CloseWait, local: here, remote: "192.0.2.1:3", inode: 1003},
		) + "this is no row\nnor this\n",
		"net/tcp6": procTCP(sock{state: tcp.Listen, local: "[::]:9090", inode: 1004}),
	})
}

// What /proc does not tell is counted, of each socket that has it.
func TestProcGaps(t *testing.T) {
	dir := bundle(t)
	for name, test := range map[string]struct {
		query Query
		want  []string
	}{
		"list": {Query{Info: true, Memory: true, Annotate: true}, []string{
			"cookie not_in_proc 5", "interface not_in_proc 5",
			"accept_queue.limit not_in_proc 2", "accept_queue.drops not_in_proc 2",
			"tcp_info not_in_proc 4", "congestion not_in_proc 4", "memory not_in_proc 4",
			"settings not_in_proc 5", "v6only not_in_proc 1",
			"completeness not_in_proc 2", "age not_in_proc 1",
			"sockets malformed_line 2", "bound not_in_proc ?",
		}},
		"groups": {Query{For: Groups, States: tcp.AllStates.Without(tcp.Bound)}, []string{
			"accept_queue.limit not_in_proc 2", "accept_queue.drops not_in_proc 2",
			"tcp_info not_in_proc 4", "age not_in_proc 1", "sockets malformed_line 2",
		}},
		"judgement": {Query{For: Judgement}, []string{"settings not_in_proc 5", "sockets malformed_line 2"}},
		"IPv4": {Query{IPv4: true, States: tcp.SetOf(tcp.Listen)}, []string{
			"cookie not_in_proc 1", "interface not_in_proc 1",
			"accept_queue.limit not_in_proc 1", "accept_queue.drops not_in_proc 1", "sockets malformed_line 2",
		}},
		"not chosen": {Query{Filter: parse(t, "sport = :9090 and state listening")}, []string{
			"cookie not_in_proc 1", "interface not_in_proc 1",
			"accept_queue.limit not_in_proc 1", "accept_queue.drops not_in_proc 1", "v6only not_in_proc 1",
			"sockets malformed_line 2",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			m, said := open(t, Options{Proc: dir})
			l := m.Look(test.query)
			rows(t, l, byEnd)
			got := gapsOf(l.Tail().Missing)
			same(t, "missing", sorted(got), sorted(test.want)...)
			said.check(t, "passed over: "+dir+`/net/tcp: line 6, column 1: sl: want a number and ':': "this is no row"`, "2 such lines were passed over")
		})
	}
}

// A filter that asks what is not known leaves sockets out and says so once, however
// often it is asked.
func TestUndecided(t *testing.T) {
	dir := tree(t, map[string]string{
		"net/tcp": procTCP(
			sock{state: tcp.Established, local: here, remote: there, inode: 1002},
			sock{state: tcp.CloseWait, local: here, remote: "192.0.2.1:3", inode: 1003},
		),
		"7/fd/3": "-> socket:[1002]", "7/fd/4": "-> socket:[1003]", "7/comm": "java\n",
	})
	for _, owners := range []bool{false, true} {
		m, said := open(t, Options{Proc: dir})
		l := m.Look(Query{Filter: parse(t, "rtt > 1ms and state connected"), Owners: owners})
		for range 2 {
			same(t, "rows", rows(t, l, byEnd))
			tail := l.Tail()
			if tail.Undecided != 2 || tail.Counts.Total() != 0 {
				t.Errorf("%d undecided, %d counted", tail.Undecided, tail.Counts.Total())
			}
			same(t, "missing", gapsOf(tail.Missing),
				"cookie not_in_proc 2", "interface not_in_proc 2", "completeness not_in_proc 2", "sockets not_in_proc 2", "age not_in_proc 1")
		}
		said.check(t, "left out, because the filter asks what is not known of them: 2")
	}
}

// That BOUND sockets are not in /proc is said where they may be the answer, once.
func TestUnbound(t *testing.T) {
	dir := tree(t, map[string]string{"net/tcp": procTCP()})
	const hint = "BOUND sockets are not in /proc; there may be some"
	for _, test := range []struct {
		query Query
		want  []string
	}{
		{Query{}, nil},
		{Query{One: true}, []string{hint}},
		{Query{Filter: parse(t, "state bound")}, []string{hint}},
		{Query{Filter: parse(t, "state established"), One: true}, nil},
	} {
		m, said := open(t, Options{Proc: dir})
		l := m.Look(test.query)
		rows(t, l, byEnd)
		rows(t, l, byEnd)
		said.check(t, test.want...)
	}
}

// An empty list has a time, a place and a source.
func TestEmptyList(t *testing.T) {
	m, _ := open(t, Options{Replay: record(t, 0, place, sock{state: tcp.Listen, local: here})})
	l := m.Look(Query{States: tcp.SetOf(tcp.CloseWait)})
	same(t, "rows", rows(t, l, byEnd))
	head := l.Head()
	if !l.Started() || !head.Time.Equal(then) || head.Host != "web-1" || head.NetNS != tcp.Some[uint64](4026531840) || l.Tail().Source != Netlink {
		t.Errorf("head %+v, source %q", head, l.Tail().Source)
	}
	same(t, "missing", gapsOf(l.Tail().Missing))
}

// place keeps where a record was made.
func place(w *machine.Writer) {
	w.File("sys/kernel/hostname", []byte("web-1\n"))
	w.Links("ns")
	w.Link("net", "net:[4026531840]")
}

// Without a place nothing is missing of it.
func TestNoPlace(t *testing.T) {
	m, _ := open(t, Options{Replay: dump(t, sock{state: tcp.Listen, local: here})})
	for _, test := range []struct {
		none bool
		want []string
	}{
		{false, []string{"time not_recorded ?", "host not_recorded ?", "netns not_recorded ?", "cgroup not_recorded 1"}},
		{true, []string{"cgroup not_recorded 1"}},
	} {
		l := m.Look(Query{NoPlace: test.none})
		rows(t, l, byEnd)
		same(t, "missing", gapsOf(l.Tail().Missing), test.want...)
	}
}

// What fails before the first socket is no list that was cut off.
func TestFailedList(t *testing.T) {
	m, _ := open(t, Options{Replay: dump(t, sock{state: tcp.Listen, local: here})})
	l := m.Look(Query{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range l.Rows(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	}
	if missing := l.Tail().Missing; l.Started() || missing != nil {
		t.Errorf("missing %v", missing)
	}
}

// Who has enough may leave.
func TestBrokenOff(t *testing.T) {
	m, _ := open(t, Options{Proc: bundle(t)})
	l := m.Look(Query{})
	for range l.Rows(t.Context()) {
		break
	}
	if tail := l.Tail(); tail.Counts.Total() != 1 {
		t.Errorf("%d rows counted", tail.Counts.Total())
	}
}

// That the kernel's table changed meanwhile is a gap, and said.
func TestInterruptedList(t *testing.T) {
	m, said := open(t, Options{Replay: record(t, 0, place, sock{state: tcp.Listen, local: here, flags: unix.NLM_F_DUMP_INTR})})
	l := m.Look(Query{})
	same(t, "rows", rows(t, l, byEnd), "LISTEN "+here)
	same(t, "missing", gapsOf(l.Tail().Missing), "sockets dump_interrupted ?")
	said.check(t, "the kernel's table changed during the dump; some sockets may be missing")
}

// Devices are those of the record. A number without a name is told as such.
func TestDevicesOfRecord(t *testing.T) {
	name := record(t, 0, func(w *machine.Writer) {
		w.Devices(func(yield func(uint64, string) bool) { yield(5, "wan7") })
	}, sock{state: tcp.Listen, local: here, device: 5}, sock{state: tcp.Listen, local: "127.0.0.1:1", device: 1}, sock{state: tcp.Listen, local: "127.0.0.1:2"})
	m, _ := open(t, Options{Replay: name})
	same(t, "devices", rows(t, m.Look(Query{}), func(r *listing.Row) string { return r.Interface }), "wan7", "if1", "")
}

// A watch may know an age better than the socket.
func TestAgeOfWatch(t *testing.T) {
	m, _ := open(t, Options{Proc: bundle(t)})
	l := m.Look(Query{View: true})
	age := tcp.Age{Min: tcp.Some(time.Second), Max: tcp.Some(time.Minute)}
	s := &tcp.Socket{State: tcp.TimeWait, Mini: true, Timer: tcp.Timer{Kind: tcp.TimeWaitTimer, Expires: 50 * time.Second}}
	if l.fillAt(s, age, nil); l.pass.row.View.Age != age {
		t.Errorf("age %v", l.pass.row.View.Age)
	}
	if l.fill(s); l.pass.row.View.Age == age || l.pass.row.View.Age == (tcp.Age{}) {
		t.Errorf("age %v of the socket alone", l.pass.row.View.Age)
	}
}

// A tcp_info of an older kernel is short. Who did not ask for it lacks nothing.
func TestOldKernel(t *testing.T) {
	m, _ := open(t, Options{Replay: record(t, 0, place, sock{state: tcp.Established, local: here, remote: there, inode: 1, info: 104})})
	for info, want := range map[bool]string{true: "tcp_info kernel_too_old 1", false: ""} {
		l := m.Look(Query{Info: info})
		rows(t, l, byEnd)
		same(t, "missing", gapsOf(l.Tail().Missing), some(want)...)
	}
}

// A row has what was asked for, and no more.
func TestRowAsAsked(t *testing.T) {
	m, _ := open(t, Options{Replay: record(t, 0, place,
		sock{state: tcp.CloseWait, local: here, remote: there, inode: 1, info: wholeInfo}, sock{state: tcp.Listen, local: here, drops: 7})})
	for _, test := range []struct {
		want  string
		query Query
	}{
		{"[CLOSE_WAIT false unknown 0 0] [LISTEN false unknown 0 0]", Query{}},
		{"[CLOSE_WAIT false unknown 0 0] [LISTEN false unknown 7 0]", Query{Memory: true}},
		{"[CLOSE_WAIT false unknown 0 280] [LISTEN false unknown 0 0]", Query{Info: true}},
		{"[LISTEN false none 7 0] [CLOSE_WAIT false passive 0 280]", Query{Annotate: true}},
		{"[LISTEN false none 7 0] [CLOSE_WAIT true passive 0 280]", Query{Notes: true}},
		{"[CLOSE_WAIT false unknown 0 280] [LISTEN false none 0 0]", Query{For: Groups}},
		{"[LISTEN false none 7 0] [CLOSE_WAIT false passive 0 280]", Query{For: Judgement}},
	} {
		got := rows(t, m.Look(test.query), func(r *listing.Row) string {
			s := r.Socket
			return fmt.Sprintf("[%v %t %v %d %d]", s.State, !r.Note.Empty(), r.View.Opener, s.Backlog.Drops.Or(0), s.Info.Size)
		})
		if strings.Join(got, " ") != test.want {
			t.Errorf("%+v: %s, not %s", test.query, got, test.want)
		}
	}
}

// A filter may ask what is concluded of a socket.
func TestFilterOfView(t *testing.T) {
	m, _ := open(t, Options{Proc: bundle(t)})
	l := m.Look(Query{Filter: parse(t, "ownership kernel")})
	same(t, "rows", rows(t, l, byEnd), "TIME_WAIT "+here)
}
