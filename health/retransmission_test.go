package health

import (
	"fmt"
	"net/netip"
	"testing"

	"tcpstat/tcp"
)

// documented makes counters of the sections Tcp and TcpExt.
func documented(values map[string]int64) (made tcp.Counters) {
	for group, name := range tcp.CounterNames() {
		if v, ok := values[name]; ok && group != "MPTcpExt" {
			made = append(made, tcp.Counter{Group: group, Name: name, Value: v})
		}
	}
	return made
}

func TestRetransmitted(t *testing.T) {
	r := Retransmitted(documented(map[string]int64{
		"OutSegs": 4000, "InSegs": 5000, "RetransSegs": 30, "ActiveOpens": 3, "PassiveOpens": 1,
		"TCPFastRetrans": 10, "TCPSlowStartRetrans": 4, "TCPSynRetrans": 6,
		"TCPOrigDataSent": 2000, "TCPTimeouts": 9, "TCPLossProbes": 7, "TCPDSACKRecv": 2, "TCPDSACKRecvSegs": 3,
	}))
	if r.Wire != tcp.Some(30./4000) || r.Data != tcp.Some(24./2000) || r.Syn != tcp.Some(1.5) {
		t.Errorf("wire %v, data %v, syn %v", r.Wire, r.Data, r.Syn)
	}
	if r.Fast.Or(0)+r.SlowStart.Or(0)+r.Syns.Or(0)+r.Rest.Or(0) != 30 || r.Rest != tcp.Some[int64](10) || r.Exceeded() {
		t.Errorf("the parts are not the whole: %+v", r)
	}
	if r.Needless != (Needless{Value: tcp.Some[int64](3)}) {
		t.Errorf("needless: %v", r.Needless)
	}
	if r.Verdict != VerdictOK || r.Limit != 1 || r.Culprit != NoCulprit {
		t.Errorf("verdict %q, limit %v, culprit %v", r.Verdict, r.Limit, r.Culprit)
	}
}

// What a kernel does not count is unknown, and so is what is made of it.
func TestRetransmittedOfAnOldKernel(t *testing.T) {
	r := Retransmitted(documented(map[string]int64{"OutSegs": 2000, "InSegs": 1, "RetransSegs": 3, "TCPFastRetrans": 1, "TCPDSACKRecv": 2}))
	if r.Wire != tcp.Some(3./2000) || r.Data != (tcp.Opt[float64]{}) || r.Syn != (tcp.Opt[float64]{}) || r.Rest != (tcp.Opt[int64]{}) {
		t.Errorf("%+v", r)
	}
	if r.Needless != (Needless{tcp.Some[int64](2), true}) || r.Verdict != VerdictOK {
		t.Errorf("needless %v, verdict %q", r.Needless, r.Verdict)
	}
	if r = Retransmitted(nil); r.Verdict != NoVerdict || r.Wire != (tcp.Opt[float64]{}) || r.Exceeded() {
		t.Errorf("of nothing: %+v", r)
	}
	r = Retransmitted(documented(map[string]int64{"OutSegs": 0, "RetransSegs": 3, "TCPSynRetrans": 3, "ActiveOpens": 0, "PassiveOpens": 0, "TCPOrigDataSent": 0}))
	if none := (tcp.Opt[float64]{}); r.Wire != none || r.Data != none || r.Syn != none || r.Verdict != TooLittle {
		t.Errorf("nothing below the line: %+v", r)
	}
}

// The kernel counts while its files are read.
func TestRetransmittedPartsExceed(t *testing.T) {
	r := Retransmitted(documented(map[string]int64{
		"OutSegs": 2000, "RetransSegs": 3, "TCPFastRetrans": 2, "TCPSlowStartRetrans": 0, "TCPSynRetrans": 2, "TCPOrigDataSent": 10,
	}))
	if !r.Exceeded() || r.Rest != tcp.Some[int64](0) {
		t.Errorf("%+v", r)
	}
}

func TestRetransmittedVerdict(t *testing.T) {
	for _, test := range []struct {
		sent, again, syns, overflows int64
		verdict                      Verdict
		culprit                      Culprit
	}{
		{999, 900, 0, 0, TooLittle, NoCulprit},
		{1000, 0, 0, 0, VerdictOK, NoCulprit},
		{1000, 9, 0, 9, VerdictOK, NoCulprit},
		{1000, 10, 0, 0, VerdictWarning, Path},
		{1000, 49, 0, 0, VerdictWarning, Path},
		{1000, 50, 0, 0, VerdictCritical, Path},
		{1000, 50, 25, 0, VerdictCritical, SynsOnly},
		{1000, 50, 24, 0, VerdictCritical, Path},
		{1000, 10, 4, 0, VerdictWarning, Path},
		{1000, 50, 41, 25, VerdictCritical, AcceptQueue},
		{1000, 50, 41, 24, VerdictCritical, SynsOnly},
		{1000, 50, 0, 400, VerdictCritical, AcceptQueue},
	} {
		name := fmt.Sprintf("%d sent, %d again, %d SYNs, %d overflows", test.sent, test.again, test.syns, test.overflows)
		r := Retransmitted(documented(map[string]int64{
			"OutSegs": test.sent, "RetransSegs": test.again, "TCPSynRetrans": test.syns, "ListenOverflows": test.overflows,
		}))
		if r.Verdict != test.verdict || r.Culprit != test.culprit {
			t.Errorf("%s: %q, culprit %d; want %q, %d", name, r.Verdict, r.Culprit, test.verdict, test.culprit)
		}
		limit := map[Verdict]float64{VerdictCritical: 5}[test.verdict]
		if limit == 0 {
			limit = 1
		}
		if r.Limit != limit {
			t.Errorf("%s: limit %v", name, r.Limit)
		}
	}
}

// The rule retrans and the block of -s judge alike.
func TestRetransmittedAsTheRule(t *testing.T) {
	words := map[Status]Verdict{OK: VerdictOK, Warning: VerdictWarning, Critical: VerdictCritical}
	for again := range 120 {
		moved := moved{"Tcp.RetransSegs": int64(again), "Tcp.OutSegs": 1003}
		report := Check(facts(nil, window(moved)), Options{Rules: []Asked{{Rule: &retrans}}})
		block := Retransmitted(documented(map[string]int64{"RetransSegs": int64(again), "OutSegs": 1003}))
		if words[report.Status] != block.Verdict {
			t.Errorf("%d of 1003: the rule says %v, the block %q", again, report.Status, block.Verdict)
		}
	}
}

func TestBlame(t *testing.T) {
	sent := func(bytes, again uint64) option {
		return info(map[int]uint64{atBytesSent: bytes, atBytesRetrans: again})
	}
	lossy := documented(map[string]int64{"OutSegs": 1000, "RetransSegs": 100})
	for _, test := range []struct {
		name    string
		list    []tcp.Socket
		culprit Culprit
		blamed  Blamed
	}{
		{"nobody", nil, Path, Blamed{Looked: true}},
		{"nothing sent again", times(1, socket(tcp.Established, sent(500, 0))), Path, Blamed{Looked: true}},
		{
			"the only peer", times(2, socket(tcp.Established, sent(500, 20))), OnePeer,
			Blamed{true, netip.MustParseAddr("10.0.0.9"), 1, 0},
		},
		{
			"one of two", append(times(3, socket(tcp.Established, sent(500, 20))),
				socket(tcp.Established, sent(500, 20), remote("[::ffff:10.0.0.9]:1")),
				socket(tcp.Established, sent(500, 6), remote("10.0.0.8:1"))), OnePeer,
			Blamed{true, netip.MustParseAddr("10.0.0.9"), 80. / 86, 1},
		},
		{
			"most of it, since most is sent there", append(times(9, socket(tcp.Established, sent(500, 20))),
				socket(tcp.Established, sent(500, 20), remote("10.0.0.8:1"))), Path,
			Blamed{true, netip.MustParseAddr("10.0.0.9"), .9, 1},
		},
		{
			"alike", append(times(1, socket(tcp.Established, sent(500, 20))),
				socket(tcp.Established, sent(500, 20), remote("10.0.0.8:1"))), Path,
			Blamed{true, netip.MustParseAddr("10.0.0.8"), .5, 1},
		},
		{"no tcp_info", times(1, socket(tcp.Established)), Path, Blamed{Looked: true}},
	} {
		peers := Peers{}
		for i := range test.list {
			peers.Add(&test.list[i])
		}
		r := Retransmitted(lossy)
		r.Blame(peers)
		if r.Culprit != test.culprit || r.Blamed != test.blamed {
			t.Errorf("%s: culprit %d, %+v; want %d, %+v", test.name, r.Culprit, r.Blamed, test.culprit, test.blamed)
		}
	}
	r := Retransmitted(documented(map[string]int64{"OutSegs": 1000, "RetransSegs": 9}))
	if r.Blame(Peers{}); r.Blamed.Looked {
		t.Error("somebody is blamed where nothing is wrong")
	}
}
