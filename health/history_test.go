package health

import (
	"slices"
	"testing"

	"tcpstat/tcp"
)

// What lies in the past is told, where it is more than a healthy machine has.
func TestHistory(t *testing.T) {
	healthy := map[string]int64{
		"Tcp.ActiveOpens": 1000, "Tcp.PassiveOpens": 1000, "Tcp.AttemptFails": 99, "Tcp.EstabResets": 199,
		"Tcp.OutSegs": 100_000, "Tcp.RetransSegs": 999, "Tcp.OutRsts": 999, "TcpExt.TCPSynRetrans": 199,
	}
	if remarks := History(facts(nil, standing(healthy))); len(remarks) != 0 {
		t.Errorf("of a healthy machine: %v", remarks)
	}
	for name, want := range map[string]string{
		"Tcp.AttemptFails": "100", "Tcp.EstabResets": "200", "Tcp.RetransSegs": "1000", "Tcp.OutRsts": "1000",
		"TcpExt.TCPSynRetrans": "200", "TcpExt.ListenOverflows": "1", "TcpExt.TCPReqQFullDrop": "1",
		"TcpExt.TCPTimeWaitOverflow": "1", "TcpExt.TCPAbortOnMemory": "1",
	} {
		sick := counters(healthy)
		i := slices.IndexFunc(sick, func(c tcp.Counter) bool { return c.Group+"."+c.Name == name })
		if i < 0 {
			sick = append(sick, counters(map[string]int64{name: 1})...)
		} else {
			sick[i].Value++
		}
		if remarks := History(facts(nil, func(f *Facts) { f.Counters = sick })); len(remarks) != 1 || remarks[0].Names[0].Value != want {
			t.Errorf("%s: %v", name, remarks)
		}
	}
}
