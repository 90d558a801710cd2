package render

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpstat/document"
	"tcpstat/explain"
	"tcpstat/health"
	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// lossyCounters are those of a machine that loses data to one of its peers.
var lossyCounters = tcp.Counters{
	{Group: "Tcp", Name: "RtoAlgorithm", Value: 1},
	{Group: "Tcp", Name: "RtoMin", Value: 200},
	{Group: "Tcp", Name: "MaxConn", Value: -1},
	{Group: "Tcp", Name: "ActiveOpens", Value: 120},
	{Group: "Tcp", Name: "PassiveOpens", Value: 80},
	{Group: "Tcp", Name: "AttemptFails", Value: 0},
	{Group: "Tcp", Name: "CurrEstab", Value: 34},
	{Group: "Tcp", Name: "InSegs", Value: 61002},
	{Group: "Tcp", Name: "OutSegs", Value: 48213},
	{Group: "Tcp", Name: "RetransSegs", Value: 1101},
	{Group: "Tcp", Name: "InCsumErrors", Value: 0},
	{Group: "TcpExt", Name: "ListenOverflows", Value: 2},
	{Group: "TcpExt", Name: "TCPHPHits", Value: 0},
	{Group: "TcpExt", Name: "TCPFastRetrans", Value: 900},
	{Group: "TcpExt", Name: "TCPSlowStartRetrans", Value: 41},
	{Group: "TcpExt", Name: "TCPTimeouts", Value: 70},
	{Group: "TcpExt", Name: "TCPLossProbes", Value: 120},
	{Group: "TcpExt", Name: "TCPDSACKRecv", Value: 25},
	{Group: "TcpExt", Name: "TCPSynRetrans", Value: 12},
	{Group: "TcpExt", Name: "TCPOrigDataSent", Value: 40000},
	{Group: "TcpExt", Name: "TCPDSACKRecvSegs", Value: 31},
	{Group: "TcpExt", Name: "TCPOfTheFuture", Value: 7},
	{Group: "TcpExt", Name: "TCPOfTheFar\x1bFuture", Value: 0},
	{Group: "MPTcpExt", Name: "MPCapableSYNRX", Value: 3},
	{Group: "MPTcpExt", Name: "MPCurrEstab", Value: 0},
}

// lossy are statistics of which one peer has the loss.
func lossy(window time.Duration) *Statistics {
	s := &Statistics{
		Head: listing.Head{
			Time: time.Date(2026, 11, 20, 10, 37, 41, 5e8, time.UTC),
			Host: "web-1", NetNS: tcp.Some[uint64](4026531840),
		},
		Counters: lossyCounters, Window: window, Source: "proc",
		Retransmission: health.Retransmitted(lossyCounters),
	}
	s.Retransmission.Culprit = health.OnePeer
	s.Retransmission.Blamed = health.Blamed{Looked: true, Peer: netip.MustParseAddr("10.0.0.9"), Part: 0.934, Others: 6}
	return s
}

func TestStatisticsGolden(t *testing.T) {
	text := func(t *StatisticsText, s *Statistics) string { return string(t.Append(nil, s)) }
	checkList(t, "statistics", text(&StatisticsText{Width: 80}, lossy(0)))
	checkList(t, "statistics-window", text(&StatisticsText{Width: 80, Zeros: true}, lossy(5*time.Second)))
	few := lossy(0)
	few.Counters = slices.Concat(lossyCounters[4:5], lossyCounters[11:12], lossyCounters[21:22])
	checkList(t, "statistics-explain", text(&StatisticsText{Width: 60, Explain: true, Palette: typeset.NewPalette()}, few))
	checkList(t, "statistics-ko", text(&StatisticsText{Width: 80, Lang: tcp.Korean}, lossy(5*time.Second)))
	checkList(t, "statistics.json", string(lossy(5*time.Second).AppendJSON(nil, tcp.English)))
}

// What is not known prints as a word and is null.
func TestStatisticsOfNothing(t *testing.T) {
	nothing := &Statistics{Counters: tcp.Counters{{Group: "Tcp", Name: "OutSegs", Value: 5}}}
	nothing.Retransmission = health.Retransmitted(nothing.Counters)
	text := string((&StatisticsText{Width: 80}).Append(nil, nothing))
	for _, want := range []string{
		"\nNetwork namespace not known, since", "\nRetransmission: the kernel does not tell",
		"\n     unknown  segments sent again", "\n     unknown  wire",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "TcpExt:") {
		t.Errorf("a section without counters is printed:\n%s", text)
	}
	d := decodeStatistics(t, nothing)
	if c := d.Counters; c.TCP["OutSegs"] != 5 || c.TCPExt != nil || c.MPTCPExt != nil {
		t.Errorf("counters %+v", c)
	}
	if d.Verdict != nil || d.VerdictText != nil || d.Window != nil || d.NetNS != nil || d.Host != nil {
		t.Errorf("what is not known is told: %+v", d)
	}
	nothing.Counters = append(nothing.Counters, tcp.Counter{Group: "TcpExt", Name: "TCPOrigDataSent", Value: 0}, tcp.Counter{Group: "TcpExt", Name: "TCPSynRetrans", Value: 0}, tcp.Counter{Group: "Tcp", Name: "RetransSegs", Value: 0})
	nothing.Retransmission = health.Retransmitted(nothing.Counters)
	if text := string((&StatisticsText{Width: 80}).Append(nil, nothing)); !strings.Contains(text, "\n        none  data") {
		t.Errorf("nothing below the line:\n%s", text)
	}
}

func decodeStatistics(t *testing.T, s *Statistics) *document.Statistics {
	t.Helper()
	text := string(s.AppendJSON(nil, tcp.English))
	if strings.Count(text, "\n") != 1 {
		t.Errorf("not on one line: %s", text)
	}
	return decode[document.Statistics](t, text)
}

// Each verdict and each culprit has its words, and a word that explains it.
func TestVerdictText(t *testing.T) {
	judged := func(sent, again, syns, overflows int64) health.Retransmission {
		return health.Retransmitted(tcp.Counters{
			{Group: "Tcp", Name: "OutSegs", Value: sent},
			{Group: "Tcp", Name: "RetransSegs", Value: again},
			{Group: "TcpExt", Name: "TCPSynRetrans", Value: syns},
			{Group: "TcpExt", Name: "ListenOverflows", Value: overflows},
		})
	}
	blamed := func(r health.Retransmission, b health.Blamed) health.Retransmission {
		if r.Blamed = b; b.Part >= .8 {
			r.Culprit = health.OnePeer
		}
		return r
	}
	delayed := func(r health.Retransmission, needless int64) health.Retransmission {
		r.Culprit, r.Needless.Value = health.Delay, tcp.Some(needless)
		return r
	}
	peer := netip.MustParseAddr("2001:db8::9")
	for _, test := range []struct {
		r           health.Retransmission
		want, topic string
	}{
		{judged(12, 3, 0, 0), "too little traffic to judge: 12 segments sent, it takes 1000", ""},
		{judged(100000, 0, 0, 0), "0.00 % of the segments were sent again, less than 1 %", ""},
		{judged(100000, 1, 0, 3), "< 0.01 % of the segments were sent again, less than 1 %", "ListenOverflows"},
		{judged(1000, 20, 20, 0), "2.00 % of the segments were sent again, 1 % or more; 20 of 20 were SYNs: connection attempts that nobody answers, no loss of data", "SYN_SENT"},
		{judged(1000, 20, 20, 3), "2.00 % of the segments were sent again, 1 % or more; 20 of 20 were SYNs: connection attempts that nobody answers, no loss of data", "SYN_SENT"},
		{delayed(judged(1000, 20, 0, 0), 12), "2.00 % of the segments were sent again, 1 % or more; the peers had 12 of 20 already (DSACK): delay, reordering or lost ACKs, no loss of data", "retransmission"},
		{judged(1000, 60, 20, 60), "6.00 % of the segments were sent again, 5 % or more; an accept queue overflowed 60 times: a program here accepts too slowly, and its clients try again", "LISTEN"},
		{judged(1000, 20, 0, 0), "2.00 % of the segments were sent again, 1 % or more; data is lost; whether to one peer alone only sock_diag tells", "retransmission"},
		{blamed(judged(1000, 20, 0, 0), health.Blamed{Looked: true}), "2.00 % of the segments were sent again, 1 % or more; no live connection has sent anything again: the ones that did are gone", "retransmission"},
		{blamed(judged(1000, 20, 0, 0), health.Blamed{Looked: true, Peer: peer, Part: .4, Others: 2}), "2.00 % of the segments were sent again, 1 % or more; segments to all peers are lost about equally: look at this machine's own link, and at what the paths share", "retransmission"},
		{blamed(judged(1000, 20, 0, 0), health.Blamed{Looked: true, Peer: peer, Part: .9, Others: 2}), "2.00 % of the segments were sent again, 1 % or more; segments to 2001:db8::9 are lost: it has 90 % of the bytes that live connections have sent again", "retransmission"},
		{blamed(judged(1000, 20, 0, 0), health.Blamed{Looked: true, Peer: peer, Part: 1, Others: 0}), "2.00 % of the segments were sent again, 1 % or more; segments to 2001:db8::9 are lost: it has all that live connections have sent again, and there is no other peer to compare it with", "retransmission"},
	} {
		if got := verdictText(&test.r, tcp.English); got != test.want {
			t.Errorf("says\n%s\nwant\n%s", got, test.want)
		}
		if test.topic == "" {
			continue
		}
		if topic := topicOf(&test.r); topic != test.topic {
			t.Errorf("explained by %s, want %s", topic, test.topic)
		}
		if found, _ := explain.Find(test.topic); len(found) == 0 {
			t.Errorf("nothing is known of %s", test.topic)
		}
	}
}

func TestRate(t *testing.T) {
	for n, want := range map[int64]string{0: "", 1: "0.200/s", 12: "2.4/s", -9: "-1.8/s", 61002: "12200.4/s"} {
		if got := rate(n, 5*time.Second); got != want {
			t.Errorf("%d in 5 s: %s, want %s", n, got, want)
		}
	}
	if got := rate(1, 0); got != "" {
		t.Errorf("a rate without a window: %s", got)
	}
}
