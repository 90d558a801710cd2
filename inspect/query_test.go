package inspect

import (
	"fmt"
	"testing"

	"tcpstat/filter"
	"tcpstat/listing"
	"tcpstat/tcp"
)

// A query that leaves its states open has those of its filter.
func TestQueryStates(t *testing.T) {
	machine, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeWait := tcp.SetOf(tcp.CloseWait)
	for _, test := range []struct {
		query  Query
		filter string
		want   tcp.Set
	}{
		{Query{}, "", tcp.AllStates},
		{Query{}, "state close-wait", closeWait},
		{Query{}, "sport = 1", tcp.AllStates},
		{Query{For: Judgement}, "", tcp.AllStates.Without(tcp.Bound)},
		{Query{For: Judgement}, "state bound", tcp.SetOf(tcp.Bound)},
		{Query{States: closeWait}, "state all", closeWait},
	} {
		expr, err := filter.Parse(test.filter, filter.Names{})
		if err != nil {
			t.Fatal(err)
		}
		test.query.Filter = expr
		if got := test.query.complete(); got.States != test.want || got.Annotate != (test.query.For == Judgement) {
			t.Errorf("%q: %v, annotated %t", test.filter, got.States, got.Annotate)
		}
		if w, err := machine.Watch(test.query, Told{}); err != nil || w.states != test.want {
			t.Errorf("%q: %v are watched", test.filter, w.states)
		}
	}
}

// What a filter asks of is read, whether or not it is shown.
func TestQueryNeeds(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "owners false, cgroups false false, info false, view false, filtered false",
		"sport = 1":            "owners false, cgroups false false, info false, view false, filtered true",
		"state time-wait":      "owners false, cgroups false false, info false, view false, filtered true",
		"process java":         "owners true, cgroups false false, info false, view false, filtered true",
		"cgroup /system.slice": "owners false, cgroups true true, info false, view false, filtered true",
		"rtt > 1ms":            "owners false, cgroups false false, info true, view false, filtered true",
		"ownership process":    "owners false, cgroups false false, info false, view true, filtered true",
		"age > 1s":             "owners false, cgroups false false, info true, view true, filtered true",
	} {
		m, _ := open(t, Options{})
		l := m.Look(Query{Filter: parse(t, text)})
		q := l.query
		w := l.attributes(q.States)
		if got := fmt.Sprintf("owners %t, cgroups %t %t, info %t, view %t, filtered %t", q.Owners, q.Cgroups, q.AnyCgroup, w.info, q.View, q.Filtered()); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// In /proc only an owner tells the cgroup of a socket.
func TestCgroupsByOwner(t *testing.T) {
	dir := tree(t, map[string]string{
		"net/tcp":  procTCP(sock{state: tcp.Listen, local: here, inode: 1001}, sock{state: tcp.Listen, local: "127.0.0.1:2", inode: 1002}),
		"7/fd/3":   "-> socket:[1001]",
		"7/cgroup": "0::/system.slice/web.service\n",
	})
	m, said := open(t, Options{Proc: dir})
	l := m.Look(Query{Filter: parse(t, "cgroup web.service")})
	same(t, "rows", rows(t, l, func(r *listing.Row) string { return byEnd(r) + " " + r.Cgroup.Unit }), "LISTEN "+here+" web.service")
	said.check(t, "left out, because the filter asks what is not known of them: 1")
}
