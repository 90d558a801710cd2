package tcp

import (
	"slices"
	"testing"
)

func TestCountersGet(t *testing.T) {
	cs := Counters{{"Tcp", "InErrs", 0}, {"Udp", "NoPorts", 4}}
	if v, ok := cs.Get("Tcp", "InErrs").Get(); v != 0 || !ok {
		t.Errorf("a counter that is 0: %d, %t", v, ok)
	}
	if v, ok := cs.Get("Tcp", "NoPorts").Get(); ok {
		t.Errorf("a counter of another group: %d", v)
	}
}

func TestCountersSince(t *testing.T) {
	earlier := Counters{
		{"Tcp", "CurrEstab", 9},
		{"Tcp", "OutSegs", 100},
		{"TcpExt", "TW", 7},
		{"TcpExt", "TCPTimeouts", 5},
		{"New", "Level", 8},
	}
	later := Counters{
		{"Tcp", "CurrEstab", 4},
		{"Tcp", "OutSegs", 130},
		{"TcpExt", "TWKilled", 2},
		{"TcpExt", "TW", 7},
		{"New", "Level", 3},
	}
	rise, back := later.Since(earlier)
	want := Counters{{"Tcp", "CurrEstab", 4}, {"Tcp", "OutSegs", 30}, {"TcpExt", "TW", 0}, {"New", "Level", -5}}
	if !slices.Equal(rise, want) || back != nil {
		t.Errorf("rise %v, back %v", rise, back)
	}
	later[1].Value = 99
	if _, back = later.Since(earlier); !slices.Equal(back, Counters{{"Tcp", "OutSegs", 99}}) {
		t.Errorf("back %v", back)
	}
	if rise, back = later.Since(nil); rise != nil || back != nil {
		t.Errorf("since nothing: rise %v, back %v", rise, back)
	}
}

func TestCounterLevel(t *testing.T) {
	var levels []string
	for group, name := range CounterNames() {
		if (Counter{Group: group, Name: name}).Level() {
			levels = append(levels, group+"."+name)
		}
	}
	want := []string{"Tcp.RtoAlgorithm", "Tcp.RtoMin", "Tcp.RtoMax", "Tcp.MaxConn", "Tcp.CurrEstab", "MPTcpExt.MPCurrEstab"}
	if !slices.Equal(levels, want) {
		t.Errorf("levels: %v, want %v", levels, want)
	}
}
