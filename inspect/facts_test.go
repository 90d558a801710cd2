package inspect

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tcpstat/diag"
	"tcpstat/health"
	"tcpstat/internal/machine"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// counted keeps counters and levels beside processes.
func counted(hidden bool) func(w *machine.Writer) {
	return func(w *machine.Writer) {
		processes(hidden)(w)
		w.File("net/snmp", []byte("Icmp: InMsgs\nIcmp: 9\nTcp: InSegs\nTcp: 7\n"))
		w.File("net/sockstat", []byte("TCP: inuse 4\n"))
		w.File("7/limits", []byte("Max open files  1024  4096  files\n"))
	}
}

// closeWaits are ownerless but that each waits for its program, where it has one.
func closeWaits(info int) []sock {
	list := append([]sock(nil), ownerless...)
	for i := range list {
		list[i].state, list[i].info = tcp.CloseWait, info
	}
	return list
}

// What the rules are told beside the census. Whoever may be hidden is not nobody.
func TestFacts(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		m, said := open(t, Options{Replay: record(t, 1000, counted(hidden), closeWaits(wholeInfo)...)})
		l := m.Look(Query{For: Judgement})
		census := health.NewCensus(health.Ages{})
		for row, err := range l.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			census.Add(row)
		}
		facts, err := l.Facts(t.Context(), census)
		if err != nil {
			t.Fatal(err)
		}
		segments, _ := facts.Counters.Get("Tcp", "InSegs").Get()
		inUse, _ := facts.Counters.Get("TCP", "inuse").Get()
		if facts.Census != census || !facts.Details || facts.Filtered || facts.Undecided || !facts.Time.Equal(then) || segments != 7 || inUse != 4 {
			t.Errorf("facts %+v", facts)
		}
		if java := facts.Owners[1001]; len(java) != 1 || java[0].String() != "java/7" || java[0].Command != "/usr/bin/java" || java[0].OpenFiles != tcp.Some[uint64](1024) {
			t.Errorf("owners %v", java)
		}
		if nobody := facts.Owners[1002]; nobody != nil {
			t.Errorf("owners %v", nobody)
		}
		gap, says := "", ""
		if hidden {
			gap, says = "processes no_permission 1", "processes of other users are hidden in this record; one made as root has all owners"
		}
		said.check(t, some(says)...)
		same(t, "missing", gapsOf(l.Tail().Missing), append([]string{"settings not_in_proc 3"}, some(gap)...)...)
	}
}

// A dump without tcp_info has no details, and says why. One socket that the filter
// cannot judge is enough to say so.
func TestFactsOfLess(t *testing.T) {
	m, _ := open(t, Options{Replay: dump(t, closeWaits(0)[0])})
	facts, err := m.Look(Query{For: Judgement}).Facts(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if facts.Details || facts.WhyNoDetails != health.NotRecorded || facts.Owners != nil {
		t.Errorf("facts %+v", facts)
	}
	facts, err = m.Look(Query{For: Judgement, Filter: parse(t, "rtt > 1ms")}).Facts(t.Context(), nil)
	if err != nil || !facts.Undecided || !facts.Filtered {
		t.Errorf("facts %+v, %v", facts, err)
	}
	m, _ = open(t, Options{Proc: tree(t, map[string]string{"net/tcp": procTCP(closeWaits(0)...)})})
	facts, err = m.Look(Query{For: Judgement}).Facts(t.Context(), nil)
	if err != nil || facts.Details || facts.WhyNoDetails != "" {
		t.Errorf("facts %+v, %v", facts, err)
	}
}

// Half a look is no answer.
func TestFactsOfHalf(t *testing.T) {
	m, _ := open(t, Options{Replay: cutDump(t)})
	if facts, err := m.Look(Query{For: Judgement}).Facts(t.Context(), nil); facts != nil || !errors.Is(err, diag.ErrUnfinished) {
		t.Errorf("facts %+v, error %v", facts, err)
	}
}

// A moment of which nothing is known says why.
func TestMoment(t *testing.T) {
	m, said := open(t, Options{Replay: record(t, 0, counted(false), ownerless...)})
	moment := m.Moment(t.Context())
	if segments, _ := moment.Counters.Get("Tcp", "InSegs").Get(); segments != 7 || !moment.Time.Equal(then) {
		t.Errorf("moment %+v", moment)
	}
	m, _ = open(t, Options{Replay: record(t, 0, place, ownerless...)})
	if moment = m.Moment(t.Context()); moment.Counters != nil || moment.Missing != health.NotCounted {
		t.Errorf("moment %+v", moment)
	}
	said.check(t)
}

// The snapshot of a moment has the listeners with their drops, and the sockets that wait
// for their program's close().
func TestMomentOfSockets(t *testing.T) {
	nettest.Namespace(t)
	listener := nettest.Listen(t, nettest.V6, 0)
	_, server := leftByPeer(listener)
	_, other := leftByPeer(listener)
	inode := listener.Inode()
	nettest.Connect(t, listener.Local).Wait(tcp.Established)
	nettest.Connect(t, listener.Local) // there is no room for it
	m, _ := open(t, Options{})
	var before, now health.Snapshot
	nettest.Poll(t, func() error {
		before = m.Moment(t.Context()).Sockets
		if drops := before.Listeners[inode].Drops.Or(0); drops == 0 {
			return fmt.Errorf("%+v", before.Listeners)
		}
		return nil
	})
	if held := before.CloseWait; len(held) != 2 || !held[server.Inode()] || !held[other.Inode()] {
		t.Errorf("in CLOSE_WAIT %v", held)
	}
	if q := before.Listeners[inode]; len(before.Listeners) != 1 || q.Used != 1 || q.Limit != tcp.Some[uint32](0) {
		t.Errorf("listeners %v", before.Listeners)
	}
	nettest.Connect(t, listener.Local)
	nettest.Poll(t, func() error {
		now = m.Moment(t.Context()).Sockets
		if dropped := before.Dropped(inode, now.Listeners[inode]); dropped.Or(0) == 0 {
			return fmt.Errorf("dropped since: %v", dropped)
		}
		return nil
	})
}

// leftByPeer makes a connection that the client has closed.
func leftByPeer(listener *nettest.Sock) (client, server *nettest.Sock) {
	client, server = listener.Pair()
	client.Close()
	server.Wait(tcp.CloseWait)
	return client, server
}

// Only what ends on this machine, in the namespace that is looked at, is heard of.
func TestWindow(t *testing.T) {
	nettest.Need(t)
	m, said := open(t, Options{})
	w := m.Begin(t.Context())
	listener := nettest.Listen(t, nettest.V4, 1)
	listener.Close()
	for range 3 {
		client := nettest.Connect(t, listener.Local)
		client.Wait(tcp.Close)
		client.Close()
	}
	time.Sleep(100 * time.Millisecond) // the kernel tells of ends on its own time
	moment := w.End()
	facts, err := m.Look(Query{For: Judgement}).Facts(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	facts.Since(moment)
	rule, _ := health.Find("connect-fail")
	report := health.Check(facts, health.Options{Rules: []health.Asked{{Rule: rule}}})
	if got := report.Results[0].Subject.String(); got != listener.Local.String() {
		t.Errorf("connects to %q fail, not to %v", got, listener.Local)
	}
	if again := w.End(); again.Endings == nil || again.Endings.Lost != 0 {
		t.Errorf("ended again: %+v", again)
	}
	for _, o := range []Options{{Source: Proc}, {Replay: record(t, 0, counted(false), ownerless...)}} {
		m, _ := open(t, o)
		if moment := m.Begin(t.Context()).End(); moment.Endings != nil || moment.Counters == nil {
			t.Errorf("%+v: %+v", o, moment)
		}
	}
	said.check(t)
}
