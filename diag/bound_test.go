package diag

import (
	"testing"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// BOUND sockets are found however many connections there are, and the walk that
// looks for them ends with the first of those.
func TestBoundBesideOthers(t *testing.T) {
	nettest.Need(t)
	const bound, pairs = 300, 400
	for range bound {
		nettest.Open(t, nettest.V4).Bind(nettest.V4)
	}
	for range pairs {
		nettest.Pair(t)
	}
	q := Query{IPv4: true, IPv6: true, States: tcp.AllStates, Sockets: func() int { return manySockets }}
	few, unknown, tapped := q, q, q // one walk for all
	few.Sockets = func() int { return manySockets - 1 }
	unknown.Sockets = nil
	tapped.Tap = func([]byte) {}
	for name, query := range map[string]Query{"apart": q, "few": few, "unknown": unknown, "tapped": tapped} {
		count := map[tcp.State]int{}
		last := tcp.State(0)
		for s, err := range Dump(t.Context(), query) {
			if err != nil {
				t.Fatal(err)
			}
			if last == tcp.Bound && s.State != tcp.Bound && name != "tapped" {
				t.Fatalf("%s: %s comes after BOUND", name, s.State)
			}
			last = s.State
			count[s.State]++
		}
		if count[tcp.Bound] != bound || count[tcp.Established] < 2*pairs {
			t.Errorf("%s: %d BOUND and %d ESTABLISHED", name, count[tcp.Bound], count[tcp.Established])
		}
	}

	_, apart, ok := q.split()
	if !ok {
		t.Fatal("not looked for apart")
	}
	seen := 0
	apart.Tap = func([]byte) { seen++ }
	b, err := startBound(t.Context(), apart)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	b.each(func(s *tcp.Socket, err error) {
		if err != nil || s.State != tcp.Bound {
			t.Errorf("%v, %v among the BOUND sockets", s, err)
		}
		found++
	})
	if found != bound || seen > bound+pairs {
		t.Errorf("%d BOUND sockets in %d messages, want %d and an early end", found, seen, bound)
	}
}

// Where BOUND is not wanted, or nothing else is, or there are few sockets, one walk
// will do.
func TestSplit(t *testing.T) {
	both := Query{IPv4: true, IPv6: true, Sockets: func() int { return manySockets }}
	for _, test := range []struct {
		states tcp.Set
		filter string
		want   bool
	}{
		{tcp.AllStates, "", true},
		{tcp.AllStates, "sport = 9", true},
		{tcp.AllStates, "dport = 9", false},
		{tcp.AllStates.Without(tcp.Bound), "", false},
		{tcp.SetOf(tcp.Bound), "", false},
		{tcp.SetOf(tcp.Bound, tcp.Listen), "", false},
		{tcp.SetOf(tcp.Bound, tcp.TimeWait), "", true},
	} {
		q := both
		q.States, q.Condition = test.states, parseFilter(t, test.filter).Condition()
		rest, apart, ok := q.split()
		if ok != test.want || rest.States.Has(tcp.Bound) && ok || apart.States.Has(tcp.Listen) {
			t.Errorf("%v %q: %v, %v and %v", test.states, test.filter, ok, rest.States, apart.States)
		}
	}
	few := both
	few.States, few.Sockets = tcp.AllStates, func() int { return manySockets - 1 }
	if _, _, ok := few.split(); ok {
		t.Error("a walk apart among few sockets")
	}
}
