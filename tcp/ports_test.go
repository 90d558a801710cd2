package tcp

import (
	"slices"
	"testing"
)

// What is reserved is not given to connections, wherever it overlaps the range.
func TestLocalPorts(t *testing.T) {
	settings := func(low, high int64) Sysctls { return Sysctls{PortRangeLow: low, PortRangeHigh: high} }
	for _, tt := range []struct {
		name     string
		settings Sysctls
		reserved PortSpans
		count    int
		has, not uint16
		known    bool
	}{
		{"all", settings(40000, 40099), nil, 100, 40099, 40100, true},
		{"reserved within", settings(40000, 40099), PortSpans{{40010, 40019}, {40050, 40050}}, 89, 40020, 40050, true},
		{"reserved across both ends", settings(40000, 40099), PortSpans{{39000, 40001}, {40098, 50000}}, 96, 40002, 40098, true},
		{"reserved twice", settings(40000, 40099), PortSpans{{40010, 40030}, {40000, 40020}}, 69, 40031, 40025, true},
		{"reserved elsewhere", settings(40000, 40099), PortSpans{{8000, 9000}, {65535, 65535}}, 100, 40000, 8000, true},
		{"all reserved", settings(40000, 40099), PortSpans{{1, 65535}}, 0, 0, 40000, true},
		{"the whole space", settings(0, 65535), nil, 65536, 65535, 0, true},
		{"turned round", settings(40099, 40000), nil, 0, 0, 40000, false},
		{"unknown", Sysctls{PortRangeLow: 40000}, nil, 0, 0, 40000, false},
	} {
		ports, known := NewLocalPorts(tt.settings, tt.reserved)
		if known != tt.known || ports.Count() != tt.count {
			t.Errorf("%s: %d ports, known %v; want %d, %v", tt.name, ports.Count(), known, tt.count, tt.known)
		}
		if all := ports.Count() + ports.Reserved(); known && all != int(tt.settings[PortRangeHigh]-tt.settings[PortRangeLow])+1 {
			t.Errorf("%s: %d ports in all", tt.name, all)
		}
		if tt.has != 0 && !ports.Has(tt.has) || tt.not != 0 && ports.Has(tt.not) {
			t.Errorf("%s: has %d: %v, has %d: %v", tt.name, tt.has, ports.Has(tt.has), tt.not, ports.Has(tt.not))
		}
	}
}

func TestJoinSpans(t *testing.T) {
	got := PortSpans{{100, 200}, {1, 5}, {6, 9}, {150, 160}, {201, 65535}, {65535, 65535}}.Join()
	if want := (PortSpans{{1, 9}, {100, 65535}}); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
