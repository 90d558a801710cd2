package health

import (
	"testing"
	"time"

	"tcpstat/tcp"
)

const (
	atSendMSS   = 16
	atDelivered = 192
	atMinRTT    = 148
	atDSACKDups = 216
)

func rto(d time.Duration) option { return func(s *tcp.Socket) { s.RTO = tcp.Some(d) } }

// also applies several options as one.
func also(options ...option) option {
	return func(s *tcp.Socket) {
		for _, o := range options {
			o(s)
		}
	}
}

// Why data does not get through is told by what else the peer answers.
func TestStuckDiagnosis(t *testing.T) {
	stuck := func(heard time.Duration, values map[int]uint64, more ...option) tcp.Socket {
		all := map[int]uint64{
			atLastAckRecv: uint64(heard.Milliseconds()), atLastDataSent: 1000, atDataSegsOut: 1, atDataSegsIn: 1, atSendMSS: 1448,
		}
		for at, v := range values {
			all[at] = v
		}
		return socket(tcp.Established, append([]option{info(all), retransmitted(5), unacked(5000), rto(6400 * time.Millisecond), inode(7)}, more...)...)
	}
	live := func(heard time.Duration, more ...option) tcp.Socket {
		return socket(tcp.Established, also(info(map[int]uint64{atLastAckRecv: uint64(heard.Milliseconds()), atBytesSent: 100}), inode(8)), also(more...))
	}
	gone := 8 * time.Second
	for _, tt := range []struct {
		name    string
		sockets []tcp.Socket
		want    string
		status  Status
	}{
		{"nobody answers", []tcp.Socket{stuck(gone, nil)}, "", Warning},
		{"another peer is alive", []tcp.Socket{stuck(gone, nil), live(0, remote("10.0.0.8:443"))}, "", Warning},
		{"the peer was heard before", []tcp.Socket{stuck(gone, nil), live(gone)}, "", Warning},
		{"large ones are lost", []tcp.Socket{stuck(gone, nil), live(time.Second)}, "path_mtu", Warning},
		{"large ones are lost on a connection that is heard", []tcp.Socket{stuck(time.Second, nil)}, "path_mtu", Warning},
		{"large ones had got through", []tcp.Socket{stuck(gone, map[int]uint64{atBytesAcked: 144800, atDelivered: 100}), live(time.Second)}, "one_connection", Warning},
		{"small ones are lost", []tcp.Socket{stuck(gone, nil, unacked(500)), live(time.Second)}, "one_connection", Warning},
		{"a subflow", []tcp.Socket{stuck(gone, nil, retransmitted(9)), live(time.Second, inode(7), remote("10.0.1.9:443"))}, "subflow", Warning},
		{"both subflows", []tcp.Socket{stuck(gone, nil), stuck(gone, nil, remote("10.0.1.9:443"))}, "", Warning},
		{"for a minute", []tcp.Socket{stuck(gone, nil, retransmitted(8))}, "", Critical},
	} {
		r := outcome(t, facts(tt.sockets), "send-stuck")
		if r.Status != tt.status || r.Cause != tt.want {
			t.Errorf("%s: %v %q, want %v %q", tt.name, r.Status, r.Cause, tt.status, tt.want)
		}
	}
}

// A client that vanishes is no finding while it is one of many, a server is.
func TestTolerated(t *testing.T) {
	list := func(vanished, living int, o option) (list []tcp.Socket) {
		list = append(list, socket(tcp.Listen, queue(0, 128)))
		accepted := local("10.0.0.7:8080")
		list = append(list, times(vanished, socket(tcp.Established, accepted, o))...)
		return append(list, times(living, socket(tcp.Established, accepted, remote("10.0.0.8:5555")))...)
	}
	stuck := also(unacked(5), retransmitted(4))
	probed := func(s *tcp.Socket) { s.Timer = tcp.Timer{Kind: tcp.KeepaliveTimer, Probes: 3} }
	for _, tt := range []struct {
		name, rule string
		sockets    []tcp.Socket
		want       Status
	}{
		{"1 of 31", "send-stuck", list(1, 30, stuck), OK},
		{"1 of 10", "send-stuck", list(1, 9, stuck), Warning},
		{"10 of 1000", "send-stuck", list(10, 990, stuck), Warning},
		{"1 of 31", "keepalive-unanswered", list(1, 30, probed), OK},
		{"1 of 2", "keepalive-unanswered", list(1, 1, probed), Warning},
		{"a server", "keepalive-unanswered", append(list(0, 30, stuck), socket(tcp.Established, local("10.0.0.7:40001"), remote("10.0.0.9:5432"), probed)), Warning},
		{"2 probes", "keepalive-unanswered", list(2, 0, func(s *tcp.Socket) { s.Timer = tcp.Timer{Kind: tcp.KeepaliveTimer, Probes: 2} }), OK},
	} {
		if r := outcome(t, facts(tt.sockets), tt.rule); r.Status != tt.want {
			t.Errorf("%s, %s: %v", tt.rule, tt.name, r.Status)
		}
	}
}

// A closed window is told apart by whether probes are answered, and who owns the socket.
func TestShutDiagnosis(t *testing.T) {
	shut := func(probes uint8, more ...option) []tcp.Socket {
		return []tcp.Socket{socket(tcp.Established, append([]option{
			info(map[int]uint64{atBackoff: 5, atLastDataSent: 20000, atDataSegsOut: 1}),
			unacked(5), func(s *tcp.Socket) { s.Timer = tcp.Timer{Kind: tcp.WindowProbe, Probes: probes} },
		}, more...)...)}
	}
	closing := func(s *tcp.Socket) { s.State = tcp.FinWait1 }
	for _, tt := range []struct {
		name    string
		sockets []tcp.Socket
		want    string
	}{
		{"does not read", shut(0), ""},
		{"answers late", shut(2), ""},
		{"gone", shut(3), "peer_gone"},
		{"closed here", shut(0, closing, inode(0)), "closed_here"},
		{"half-closed here", shut(0, closing), ""},
		{"closed here, and gone", shut(3, closing, inode(0)), "peer_gone"},
	} {
		if r := outcome(t, facts(tt.sockets), "zero-window"); r.Status != Warning || r.Cause != tt.want {
			t.Errorf("%s: %v %q, want %q", tt.name, r.Status, r.Cause, tt.want)
		}
	}
}

// What is needless is no loss, however much it is.
func TestNeedless(t *testing.T) {
	lossy := func(needless, syns, reordered int64, peers ...tcp.Socket) *Facts {
		return facts(peers, window(moved{
			"Tcp.RetransSegs": 270, "Tcp.OutSegs": 1000, "TcpExt.TCPSynRetrans": syns,
			"TcpExt.TCPDSACKRecvSegs": needless, "TcpExt.TCPTSReorder": reordered,
		}))
	}
	dups := func(to string, n, rtt uint64) tcp.Socket {
		return socket(tcp.Established, remote(to), info(map[int]uint64{
			atBytesSent: 1000, atTotalRetrans: n, atDSACKDups: n, atRTT: rtt, atMinRTT: 500,
		}))
	}
	all := lossy(200, 0, 0)
	all.Counters = append(all.Counters, tcp.Counter{Group: "Tcp", Name: "InSegs", Value: 1_001_270})
	all.Earlier = append(all.Earlier, tcp.Counter{Group: "Tcp", Name: "InSegs", Value: 1_000_000})
	for _, tt := range []struct {
		name            string
		facts           *Facts
		needless, again Status
		cause           string
	}{
		{"loss", lossy(20, 0, 5), OK, Critical, ""},
		{"delay", lossy(270, 0, 20), Warning, OK, "delay_or_reordering"},
		{"delay by every answer", all, Warning, OK, "delay_or_reordering"},
		{"delay by round trips", lossy(200, 0, 0, dups("10.0.0.9:1", 9, 90_000)), Warning, OK, "delay_or_reordering"},
		{"lost ACKs", lossy(200, 0, 0, dups("10.0.0.9:1", 9, 600)), Warning, OK, "acks_lost"},
		{"who knows", lossy(200, 0, 0), Warning, OK, ""},
		{"beside SYNs", lossy(60, 200, 0), Warning, OK, ""},
	} {
		needless, again := outcome(t, tt.facts, "needless-retrans"), outcome(t, tt.facts, "retrans")
		if needless.Status != tt.needless || again.Status != tt.again || tt.needless != OK && needless.Cause != tt.cause {
			t.Errorf("%s: needless %v %q, retrans %v", tt.name, needless.Status, needless.Cause, again.Status)
		}
	}
}

// What is needless is on the account of the peer that has most of it.
func TestNeedlessPeer(t *testing.T) {
	dups := func(to string, n uint64) tcp.Socket {
		return socket(tcp.Established, remote(to), info(map[int]uint64{atBytesSent: 1000, atTotalRetrans: n, atDSACKDups: n}))
	}
	counted := window(moved{"Tcp.RetransSegs": 270, "Tcp.OutSegs": 1000, "TcpExt.TCPSynRetrans": 0, "TcpExt.TCPDSACKRecvSegs": 270})
	for want, list := range map[string][]tcp.Socket{
		"10.0.0.9": {dups("10.0.0.9:1", 80), dups("10.0.0.8:1", 20)},
		"":         {dups("10.0.0.9:1", 79), dups("10.0.0.8:1", 21)},
	} {
		r := outcome(t, facts(list, counted), "needless-retrans")
		if r.Subject.String() != want || (r.Title == titleAllPeers) != (want == "") {
			t.Errorf("%q, %q; want %q", r.Subject.String(), r.Title.In(tcp.English), want)
		}
	}
}

// What a peer had already was not lost on the way to it.
func TestNeedlessIsNoLoss(t *testing.T) {
	sent := func(needless uint64) []tcp.Socket {
		return []tcp.Socket{socket(tcp.Established, info(map[int]uint64{
			atBytesSent: 2 << 20, atBytesRetrans: 200_000, atDataSegsOut: 1, atTotalRetrans: 100, atDSACKDups: needless,
		}))}
	}
	for needless, want := range map[uint64]Status{0: Warning, 50: Warning, 90: OK, 100: OK, 120: OK} {
		if r := outcome(t, facts(sent(needless)), "retrans-peer"); r.Status != want {
			t.Errorf("%d of 100 needless: %v", needless, r.Status)
		}
	}
}

// Loss is one peer's only beside others that have less of it.
func TestLossDiagnosis(t *testing.T) {
	sent := func(to string, all, again uint64) tcp.Socket {
		return socket(tcp.Established, remote(to), info(map[int]uint64{atBytesSent: all, atBytesRetrans: again, atDataSegsOut: 1}))
	}
	lossy := sent("10.0.0.9:443", 2<<20, 90_000)
	for _, tt := range []struct {
		name    string
		sockets []tcp.Socket
		want    string
	}{
		{"alone", []tcp.Socket{lossy}, ""},
		{"others are well", []tcp.Socket{lossy, sent("10.0.0.8:443", 2<<20, 1000)}, "one_peer"},
		{"others too", []tcp.Socket{lossy, sent("10.0.0.8:443", 2<<20, 60_000)}, "all_peers"},
	} {
		if r := outcome(t, facts(tt.sockets), "retrans-peer"); r.Status != Warning || r.Cause != tt.want {
			t.Errorf("%s: %v %q, want %q", tt.name, r.Status, r.Cause, tt.want)
		}
	}
}
