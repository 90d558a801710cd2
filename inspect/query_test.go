package inspect

import (
	"testing"

	"tcpstat/filter"
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
