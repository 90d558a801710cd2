package inspect

import (
	"errors"
	"testing"

	"tcpstat/diag"
	"tcpstat/health"
	"tcpstat/internal/machine"
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
	moment := m.Moment()
	if segments, _ := moment.Counters.Get("Tcp", "InSegs").Get(); segments != 7 || !moment.Time.Equal(then) {
		t.Errorf("moment %+v", moment)
	}
	m, _ = open(t, Options{Replay: record(t, 0, place, ownerless...)})
	if moment = m.Moment(); moment.Counters != nil || moment.Missing != health.NotCounted {
		t.Errorf("moment %+v", moment)
	}
	said.check(t)
}
