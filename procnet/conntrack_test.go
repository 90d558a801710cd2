package procnet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpstat/tcp"
)

// The counters of all processors are added up; a line that cannot be read is said.
func TestConntrackStat(t *testing.T) {
	of := func(drop, early int64) tcp.Counters {
		return tcp.Counters{{Group: "nf_conntrack", Name: "drop", Value: drop}, {Group: "nf_conntrack", Name: "early_drop", Value: early}}
	}
	for _, tt := range []struct {
		name, text string
		want       tcp.Counters
		err        string
	}{
		{"empty", "", nil, ""},
		{"two processors", "entries  drop early_drop\n00040000  0000000a 00000001\n00040000  000000f0  ffffffff\n", of(250, 1<<32), ""},
		{"no number", "entries drop early_drop\n0 zz 1\n0 1 1\n", of(1, 1), `net/stat/nf_conntrack: line 2, column 3: drop: want 1 hexadecimal digits: "0 zz 1"`},
		{"cut", "entries drop early_drop\n0 1\n", of(1, 0), `net/stat/nf_conntrack: line 2, column 4: early_drop: missing: "0 1"`},
	} {
		got, err := counterProc(map[string]string{"stat/nf_conntrack": tt.text}).ConntrackStat()
		if diff := cmp.Diff(tt.want, got); diff != "" || errorText(err) != tt.err {
			t.Errorf("%s: %s\n%s, want\n%s", tt.name, diff, errorText(err), tt.err)
		}
	}
	if got, err := counterProc(nil).Levels(); got != nil || err != nil {
		t.Errorf("nothing is tracked: %v, %v", got, err)
	}
}
