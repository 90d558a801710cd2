package health

import (
	"math"
	"slices"
	"testing"
	"time"

	"tcpstat/tcp"
)

// moved is by how much counters rose.
type moved = map[string]int64

// Each rule at its thresholds and just below them.
func TestRules(t *testing.T) {
	old := silent(2 * time.Minute)
	sent := func(all, again uint64) option {
		return info(map[int]uint64{atBytesSent: all, atBytesRetrans: again, atDataSegsOut: 1})
	}
	probing := func(backoff, since uint64) option {
		return func(s *tcp.Socket) {
			info(map[int]uint64{atBackoff: backoff, atLastDataSent: since, atDataSegsOut: 1})(s)
			s.Timer.Kind = tcp.WindowProbe
		}
	}
	waiting := func(d time.Duration) tcp.Socket {
		return socket(tcp.Established, inode(0), local("10.0.0.7:8080"), silent(d))
	}
	halfOpen := func(retries uint8) tcp.Socket {
		return socket(tcp.SynRecv, local("10.0.0.7:8080"), retransmitted(retries), func(s *tcp.Socket) {
			s.Mini, s.Inode, s.UID = true, tcp.Opt[uint64]{}, tcp.Opt[uint32]{}
		})
	}
	others := times(90, socket(tcp.Established, local("10.0.0.7:2049"))) // nobody knows who opened them
	with := func(listener tcp.Socket, others ...[]tcp.Socket) []tcp.Socket {
		list := []tcp.Socket{listener}
		for _, o := range others {
			list = append(list, o...)
		}
		return list
	}
	unlimited := socket(tcp.Listen, queue(0, 0), local("0.0.0.0:8081"))
	behindUnlimited := halfOpen(1)
	behindUnlimited.Local = at("10.0.0.7:8081")
	for _, tt := range []struct {
		rule    string
		name    string
		facts   *Facts
		want    Status
		subject string
	}{
		{"close-wait-leak", "9 old ones", facts(times(9, socket(tcp.CloseWait, old))), OK, "java/4711"},
		{"close-wait-leak", "10", facts(times(10, socket(tcp.CloseWait, old))), Warning, "java/4711"},
		{"close-wait-leak", "100", facts(times(100, socket(tcp.CloseWait, old))), Critical, "java/4711"},
		{"close-wait-leak", "49 young of 1000 files", facts(times(49, socket(tcp.CloseWait, silent(59*time.Second)))), OK, "java/4711"},
		{"close-wait-leak", "50 young", facts(times(50, socket(tcp.CloseWait, silent(2*time.Second)))), Warning, "java/4711"},
		{"close-wait-leak", "500 just closed", facts(times(500, socket(tcp.CloseWait, silent(999*time.Millisecond)))), OK, "java/4711"},
		{"close-wait-leak", "9 young of 20 files", facts(times(9, socket(tcp.CloseWait, silent(59*time.Second))), files(20)), OK, ""},
		{"close-wait-leak", "5 % of 100 files", facts(times(5, socket(tcp.CloseWait, old)), files(100)), Warning, "java/4711"},
		{"close-wait-leak", "50 % of 20 files", facts(times(10, socket(tcp.CloseWait, old)), files(20)), Critical, "java/4711"},
		{"close-wait-leak", "hidden", facts(times(10, socket(tcp.CloseWait, old)), func(f *Facts) { f.Owners = nil }), Warning, "uid 1001"},
		{"close-wait-leak", "not accepted", facts(with(socket(tcp.Listen, queue(20, 128)), times(20, socket(tcp.CloseWait, inode(0), local("10.0.0.7:8080"), old)))), OK, ""},

		{"closed-held", "none", facts(nil, opened(900, 1000, 0, nil)), OK, ""},
		{"closed-held", "9", facts(nil, opened(100, 1000, 9, nil)), OK, ""},
		{"closed-held", "10", facts(nil, opened(100, 1000, 10, nil)), Warning, "java/4711"},
		{"closed-held", "100", facts(nil, opened(5000, 20000, 100, nil)), Critical, "java/4711"},
		{"closed-held", "5 % of 40", facts(nil, opened(20, 40, 2, nil)), Warning, "java/4711"},
		{"closed-held", "50 % of 20", facts(nil, opened(20, 20, 10, nil)), Critical, "java/4711"},
		{"closed-held", "below 2 % of the files", facts(nil, opened(1000, 20000, 19, nil)), OK, ""},
		{"closed-held", "2 % of the files", facts(nil, opened(1000, 20000, 20, nil)), Warning, "java/4711"},
		{"closed-held", "without a limit", facts(nil, opened(1000, math.MaxUint64, 20, nil)), Warning, "java/4711"},

		{"open-files", "79 %", facts(nil, opened(799, 1000, 0, nil)), OK, "java/4711"},
		{"open-files", "80 %", facts(nil, opened(800, 1000, 0, nil)), Warning, "java/4711"},
		{"open-files", "95 %", facts(nil, opened(950, 1000, 0, nil)), Critical, "java/4711"},
		{"open-files", "without a limit", facts(nil, opened(950, math.MaxUint64, 0, nil)), OK, "java/4711"},
		{"open-files", "no TCP socket", facts(nil, opened(1000, 1000, 0, nil), func(f *Facts) { f.Files.Processes[0].TCP = false }), OK, ""},

		{"not-accepted", "9", facts(with(socket(tcp.Listen, queue(9, 128)), times(9, waiting(5*time.Second)))), OK, "*:8080"},
		{"not-accepted", "10", facts(with(socket(tcp.Listen, queue(10, 128)), times(10, waiting(5*time.Second)))), Warning, "*:8080"},
		{"not-accepted", "10 young", facts(with(socket(tcp.Listen, queue(10, 128)), times(10, waiting(4*time.Second)))), OK, ""},
		{"not-accepted", "the limit", facts(with(socket(tcp.Listen, queue(5, 5)), times(5, waiting(time.Minute)))), Critical, "*:8080"},

		{"accept-queue", "79 %", facts(with(socket(tcp.Listen, queue(79, 100)))), OK, "*:8080"},
		{"accept-queue", "80 %", facts(with(socket(tcp.Listen, queue(80, 100)))), Warning, "*:8080"},
		{"accept-queue", "the limit", facts(with(socket(tcp.Listen, queue(100, 100)))), Warning, "*:8080"},
		{"accept-queue", "above", facts(with(socket(tcp.Listen, queue(101, 100)))), Critical, "*:8080"},
		{"accept-queue", "limit 0", facts(with(socket(tcp.Listen, queue(0, 0)))), OK, "*:8080"},
		{"accept-queue", "limit 0, above", facts(with(socket(tcp.Listen, queue(1, 0)))), Critical, "*:8080"},

		{"listen-overflow", "none", facts(nil, window(moved{"TcpExt.ListenOverflows": 0})), OK, ""},
		{"listen-overflow", "one", facts(nil, window(moved{"TcpExt.ListenOverflows": 1})), Warning, ""},
		{"listen-overflow", "4.9/s", facts(nil, window(moved{"TcpExt.ListenOverflows": 49})), Warning, ""},
		{"listen-overflow", "5/s", facts(nil, window(moved{"TcpExt.ListenOverflows": 50})), Critical, ""},

		{"backlog-small", "dropped", facts(with(socket(tcp.Listen, queue(0, 127), drops(3))), overflowed(3)), Warning, "*:8080"},
		{"backlog-small", "other drops", facts(with(socket(tcp.Listen, queue(0, 127), drops(3))), overflowed(0)), OK, ""},
		{"backlog-small", "large", facts(with(socket(tcp.Listen, queue(0, 128), drops(3))), overflowed(3)), OK, ""},
		{"backlog-small", "not so small", facts(with(socket(tcp.Listen, queue(0, 127), drops(3))), overflowed(3), having(tcp.Somaxconn, 1024)), Warning, "*:8080"},
		{"backlog-small", "small system", facts(with(socket(tcp.Listen, queue(0, 127), drops(3))), overflowed(3), having(tcp.Somaxconn, 1023)), OK, ""},

		{"syn-queue", "1/s", facts(nil, window(moved{"TcpExt.TCPReqQFullDoCookies": 10, "TcpExt.TCPReqQFullDrop": 0})), OK, ""},
		{"syn-queue", "above 1/s", facts(nil, window(moved{"TcpExt.TCPReqQFullDoCookies": 11, "TcpExt.TCPReqQFullDrop": 0})), Warning, ""},
		{"syn-queue", "above 5/s", facts(nil, window(moved{"TcpExt.TCPReqQFullDoCookies": 51, "TcpExt.TCPReqQFullDrop": 0})), Critical, ""},
		{"syn-queue", "a drop", facts(nil, window(moved{"TcpExt.TCPReqQFullDoCookies": 0, "TcpExt.TCPReqQFullDrop": 1})), Critical, ""},

		{"syn-recv-pile", "49 %", facts(with(socket(tcp.Listen, queue(0, 100)), times(49, halfOpen(1)))), OK, "*:8080"},
		{"syn-recv-pile", "50 %", facts(with(socket(tcp.Listen, queue(0, 100)), times(50, halfOpen(1)))), Warning, "*:8080"},
		{"syn-recv-pile", "100 %", facts(with(socket(tcp.Listen, queue(0, 100)), times(50, halfOpen(1)), times(50, halfOpen(0)))), Critical, "*:8080"},
		{"syn-recv-pile", "beside a limit of 0", facts(with(socket(tcp.Listen, queue(0, 100)), []tcp.Socket{unlimited}, times(50, halfOpen(1)), times(1, behindUnlimited))), Warning, "*:8080"},
		{"syn-recv-pile", "answered", facts(with(socket(tcp.Listen, queue(0, 100)), times(49, halfOpen(1)), times(51, halfOpen(0)))), OK, ""},

		{"syn-sent-stuck", "2 repeats", facts(times(20, socket(tcp.SynSent, retransmitted(2)))), OK, ""},
		{"syn-sent-stuck", "3 repeats", facts(times(1, socket(tcp.SynSent, retransmitted(3)))), Warning, "10.0.0.9:443"},
		{"syn-sent-stuck", "9", facts(times(9, socket(tcp.SynSent, retransmitted(3)))), Warning, "10.0.0.9:443"},
		{"syn-sent-stuck", "10", facts(times(10, socket(tcp.SynSent, retransmitted(3)))), Critical, "10.0.0.9:443"},

		{"port-budget", "69 of 100", facts(ports(69, "10.0.0.9:443")), OK, "10.0.0.7 -> 10.0.0.9:443"},
		{"port-budget", "70", facts(ports(70, "10.0.0.9:443")), Warning, "10.0.0.7 -> 10.0.0.9:443"},
		{"port-budget", "90", facts(ports(90, "10.0.0.9:443")), Critical, "10.0.0.7 -> 10.0.0.9:443"},
		{"port-budget", "not the kernel's ports", facts(others), OK, ""},
		{"port-budget", "two peers", facts(append(ports(60, "10.0.0.9:443"), ports(60, "10.0.0.9:444")...)), OK, "10.0.0.7 -> 10.0.0.9:443"},

		{"tw-overflow", "79 %", facts(ports(79, "10.0.0.9:443")), OK, ""},
		{"tw-overflow", "80 %", facts(ports(80, "10.0.0.9:443")), Warning, ""},
		{"tw-overflow", "overflow", facts(nil, window(moved{"TcpExt.TCPTimeWaitOverflow": 1})), Critical, ""},

		{"fin-wait2-held", "9", facts(times(9, socket(tcp.FinWait2, silent(6*time.Minute)))), OK, "java/4711"},
		{"fin-wait2-held", "10", facts(times(10, socket(tcp.FinWait2, silent(6*time.Minute)))), Warning, "java/4711"},
		{"fin-wait2-held", "100", facts(times(100, socket(tcp.FinWait2, silent(6*time.Minute)))), Critical, "java/4711"},
		{"fin-wait2-held", "young", facts(times(100, socket(tcp.FinWait2, silent(5*time.Minute-time.Second)))), OK, ""},

		{"fin-unacked", "9", facts(times(9, socket(tcp.LastAck, inode(0), retransmitted(2)))), OK, "10.0.0.9"},
		{"fin-unacked", "10", facts(times(10, socket(tcp.FinWait1, inode(0), retransmitted(2)))), Warning, "10.0.0.9"},
		{"fin-unacked", "100", facts(times(100, socket(tcp.Closing, inode(0), retransmitted(2)))), Critical, "10.0.0.9"},
		{"fin-unacked", "one repeat", facts(times(100, socket(tcp.LastAck, inode(0), retransmitted(1)))), OK, ""},

		{"orphans", "24 %", facts(nil, having(tcp.MaxOrphans, 100), standing(moved{"TCP.orphan": 24})), OK, ""},
		{"orphans", "25 %", facts(nil, having(tcp.MaxOrphans, 100), standing(moved{"TCP.orphan": 25})), Warning, ""},
		{"orphans", "50 %", facts(nil, having(tcp.MaxOrphans, 100), standing(moved{"TCP.orphan": 50})), Critical, ""},

		{"retrans", "below 1 %", facts(nil, window(moved{"Tcp.RetransSegs": 9, "Tcp.OutSegs": 1000})), OK, ""},
		{"retrans", "1 %", facts(nil, window(moved{"Tcp.RetransSegs": 10, "Tcp.OutSegs": 1000})), Warning, ""},
		{"retrans", "5 %", facts(nil, window(moved{"Tcp.RetransSegs": 50, "Tcp.OutSegs": 1000})), Critical, ""},

		{"retrans-peer", "below 2 %", facts(times(1, socket(tcp.Established, sent(2<<20, 20000)))), OK, "10.0.0.9"},
		{"retrans-peer", "2 %", facts(times(2, socket(tcp.Established, sent(1<<20, 21000)))), Warning, "10.0.0.9"},
		{"retrans-peer", "10 %", facts(times(1, socket(tcp.Established, sent(1<<20, 110000)))), Critical, "10.0.0.9"},
		{"retrans-peer", "too little", facts(times(1, socket(tcp.Established, sent(1<<20-1, 900000)))), OK, ""},

		{"send-stuck", "2", facts(times(1, socket(tcp.Established, unacked(8), retransmitted(2)))), OK, ""},
		{"send-stuck", "3", facts(times(1, socket(tcp.Established, unacked(8), retransmitted(3)))), Warning, "10.0.0.9:443"},
		{"send-stuck", "8", facts(times(1, socket(tcp.CloseWait, unacked(8), retransmitted(8)))), Critical, "10.0.0.9:443"},

		{"zero-window", "backoff 2", facts(times(1, socket(tcp.Established, unacked(8), probing(2, 90000)))), OK, ""},
		{"zero-window", "backoff 3", facts(times(1, socket(tcp.Established, unacked(8), probing(3, 59999)))), Warning, "10.0.0.9:443"},
		{"zero-window", "a slow reader", facts(times(1, socket(tcp.Established, unacked(8), probing(3, 9999)))), OK, ""},
		{"zero-window", "closed here", facts(times(1, socket(tcp.FinWait1, inode(0), unacked(8), probing(3, 10000)))), Warning, "10.0.0.9:443"},
		{"zero-window", "a minute", facts(times(1, socket(tcp.Established, unacked(8), probing(3, 60000)))), Critical, "10.0.0.9:443"},

		{"not-reading", "29 s", facts(times(10, socket(tcp.Established, unread(1), silent(29*time.Second)))), OK, ""},
		{"not-reading", "one", facts(times(1, socket(tcp.Established, unread(1), silent(30*time.Second)))), Warning, "java/4711"},
		{"not-reading", "10", facts(times(10, socket(tcp.Established, unread(1), silent(30*time.Second)))), Critical, "java/4711"},
		{"not-reading", "nothing unread", facts(times(10, socket(tcp.Established, silent(30*time.Second)))), OK, ""},

		{"idle-no-keepalive", "99", facts(times(99, socket(tcp.Established, silent(2*time.Hour)))), OK, "java/4711"},
		{"idle-no-keepalive", "100", facts(times(100, socket(tcp.Established, silent(2*time.Hour)))), Warning, "java/4711"},
		{"idle-no-keepalive", "young", facts(times(100, socket(tcp.Established, silent(2*time.Hour-time.Second)))), OK, ""},
		{"idle-no-keepalive", "kept alive", facts(times(100, socket(tcp.Established, silent(2*time.Hour), func(s *tcp.Socket) { s.Timer.Kind = tcp.KeepaliveTimer }))), OK, ""},

		{"rst-storm", "10/s of much", facts(nil, window(moved{"Tcp.OutRsts": 100, "Tcp.OutSegs": 10001})), OK, ""},
		{"rst-storm", "below 10/s", facts(nil, window(moved{"Tcp.OutRsts": 99, "Tcp.OutSegs": 100})), OK, ""},
		{"rst-storm", "10/s and 1 %", facts(nil, window(moved{"Tcp.OutRsts": 100, "Tcp.OutSegs": 10000})), Warning, ""},
		{"rst-storm", "100/s and 1 %", facts(nil, window(moved{"Tcp.OutRsts": 1000, "Tcp.OutSegs": 100000})), Warning, ""},
		{"rst-storm", "100/s and 5 %", facts(nil, window(moved{"Tcp.OutRsts": 1000, "Tcp.OutSegs": 20000})), Critical, ""},
		{"rst-storm", "all aborts", facts(nil, window(moved{"Tcp.OutRsts": 9999, "Tcp.OutSegs": 20000, "TcpExt.TCPAbortOnData": 9000, "TcpExt.TCPAbortOnClose": 999})), OK, ""},
		{"rst-storm", "aborts without end", facts(nil, window(moved{"Tcp.OutRsts": 10000, "Tcp.OutSegs": 20000, "TcpExt.TCPAbortOnData": 10000})), Warning, ""},
		{"rst-storm", "aborts in much traffic", facts(nil, window(moved{"Tcp.OutRsts": 10000, "Tcp.OutSegs": 1000001, "TcpExt.TCPAbortOnData": 10000})), OK, ""},
		{"rst-storm", "beside aborts", facts(nil, window(moved{"Tcp.OutRsts": 1100, "Tcp.OutSegs": 10000, "TcpExt.TCPAbortOnLinger": 1000})), Warning, ""},

		{"resets-received", "9/s", facts(nil, window(moved{"Tcp.EstabResets": 99, "Tcp.ActiveOpens": 100, "Tcp.PassiveOpens": 98})), OK, ""},
		{"resets-received", "10/s", facts(nil, window(moved{"Tcp.EstabResets": 100, "Tcp.ActiveOpens": 100, "Tcp.PassiveOpens": 100})), Warning, ""},
		{"resets-received", "100/s", facts(nil, window(moved{"Tcp.EstabResets": 1000, "Tcp.ActiveOpens": 0, "Tcp.PassiveOpens": 0})), Critical, ""},
		{"resets-received", "less than half", facts(nil, window(moved{"Tcp.EstabResets": 1000, "Tcp.ActiveOpens": 2001, "Tcp.PassiveOpens": 0})), OK, ""},
		{"resets-received", "our own", facts(nil, window(moved{"Tcp.EstabResets": 1000, "Tcp.ActiveOpens": 0, "Tcp.PassiveOpens": 0, "TcpExt.TCPAbortOnData": 500, "TcpExt.TCPAbortOnClose": 300, "TcpExt.TCPAbortOnTimeout": 101})), OK, ""},
		{"resets-received", "an upstream resets 9/s", facts(nil, window(moved{"Tcp.EstabResets": 99}), ending(times(99, endReset))), OK, "10.0.0.9:443"},
		{"resets-received", "10/s of it", facts(nil, window(moved{"Tcp.EstabResets": 100}), ending(times(100, endReset), times(100, endClosed))), Warning, "10.0.0.9:443"},
		{"resets-received", "and more is closed", facts(nil, window(moved{"Tcp.EstabResets": 100}), ending(times(100, endReset), times(101, endClosed))), OK, "10.0.0.9:443"},
		{"resets-received", "told, not counted", facts(nil, window(moved{"Tcp.EstabResets": 0}), ending(times(100, endReset))), OK, ""},
		{"resets-received", "one is forgotten", facts(nil, window(moved{"Tcp.EstabResets": 1}), ending(times(1, endForgotten), times(99, endClosed))), Warning, "10.0.0.9:443"},
		{"resets-received", "ten are", facts(nil, window(moved{"Tcp.EstabResets": 10}), ending(times(10, endForgotten))), Critical, "10.0.0.9:443"},
		{"resets-received", "reset in the end", facts(nil, window(moved{"Tcp.EstabResets": 1}), ending(times(1, endSilent))), Warning, "10.0.0.9:443"},
		{"resets-received", "or timed out", facts(nil, window(moved{"Tcp.EstabResets": 2, "TcpExt.TCPAbortOnTimeout": 1}), ending(times(1, endSilent))), OK, ""},

		{"tcp-mem", "at pressure", facts(nil, having(tcp.MemPressure, 100), having(tcp.MemMax, 200), standing(moved{"TCP.mem": 100})), OK, ""},
		{"tcp-mem", "above", facts(nil, having(tcp.MemPressure, 100), having(tcp.MemMax, 200), standing(moved{"TCP.mem": 101})), Warning, ""},
		{"tcp-mem", "90 %", facts(nil, having(tcp.MemPressure, 100), having(tcp.MemMax, 200), standing(moved{"TCP.mem": 180})), Warning, ""},
		{"tcp-mem", "above 90 %", facts(nil, having(tcp.MemPressure, 100), having(tcp.MemMax, 200), standing(moved{"TCP.mem": 181})), Critical, ""},

		{"rcv-drop", "none", facts(nil, window(moved{"TcpExt.TCPRcvQDrop": 0, "TcpExt.TCPBacklogDrop": 0, "TcpExt.RcvPruned": 0})), OK, ""},
		{"rcv-drop", "one", facts(nil, window(moved{"TcpExt.TCPRcvQDrop": 0, "TcpExt.TCPBacklogDrop": 1, "TcpExt.RcvPruned": 0})), Warning, ""},
		{"rcv-drop", "older kernel", facts(nil, window(moved{"TcpExt.TCPBacklogDrop": 0, "TcpExt.RcvPruned": 1})), Warning, ""},

		{"conntrack", "74 %", facts(nil, having(tcp.ConntrackCount, 74), having(tcp.ConntrackMax, 100)), OK, ""},
		{"conntrack", "75 %", facts(nil, having(tcp.ConntrackCount, 75), having(tcp.ConntrackMax, 100)), Warning, ""},
		{"conntrack", "90 %", facts(nil, having(tcp.ConntrackCount, 90), having(tcp.ConntrackMax, 100)), Critical, ""},
	} {
		t.Run(tt.rule+"/"+tt.name, func(t *testing.T) {
			rule, ok := Find(tt.rule)
			if !ok {
				t.Fatal("no such rule")
			}
			report := Check(tt.facts, Options{Rules: []Asked{{Rule: rule}}})
			if len(report.Results) != 1 {
				t.Fatalf("not judged: %v", report.NotJudged)
			}
			r := report.Results[0]
			if r.Status != tt.want || report.Status != tt.want {
				t.Errorf("%v, in all %v, want %v: %+v", r.Status, report.Status, tt.want, r.Metrics)
			}
			if got := r.Subject.String(); got != tt.subject {
				t.Errorf("subject %q, want %q", got, tt.subject)
			}
			if len(r.Metrics) != len(rule.Limits) {
				t.Errorf("%d metrics, want %d", len(r.Metrics), len(rule.Limits))
			}
		})
	}
}

// The evidence of sockets held for too long is how many there may be, and the
// oldest.
func TestEvidenceOfHeld(t *testing.T) {
	list := []tcp.Socket{
		socket(tcp.CloseWait, silent(2*time.Minute)),
		socket(tcp.CloseWait, silent(5*time.Minute)),
		socket(tcp.CloseWait, silent(3*time.Minute)),
	}
	report := Check(facts(list, files(100)), Options{Rules: []Asked{{Rule: &closeWaitLeak}}})
	r := &report.Results[0]
	if oldest, limit := r.evidence("oldest_ms"), r.evidence("open_files_limit"); oldest < 299_000 || limit != 100 {
		t.Errorf("oldest %v ms, limit %v, want 5 minutes and 100", oldest, limit)
	}
}

func files(n uint64) func(*Facts) {
	return func(f *Facts) {
		for _, owners := range f.Owners {
			for _, owner := range owners {
				owner.OpenFiles = tcp.Some(n)
			}
		}
	}
}

func TestListener(t *testing.T) {
	f := facts([]tcp.Socket{socket(tcp.Listen, queue(0, 128))})
	for port, want := range map[uint16]Status{8080: OK, 8081: Critical} {
		rule, _ := Find("listener")
		report := Check(f, Options{Rules: []Asked{{Rule: rule, Port: port}}})
		if report.Status != want {
			t.Errorf("port %d: %v, want %v", port, report.Status, want)
		}
	}
}

// What cannot be seen is never OK.
func TestNotJudged(t *testing.T) {
	for rule, want := range map[string]Reason{
		"listen-overflow": NoWindow, "syn-queue": NoWindow, "retrans": NoWindow, "rst-storm": NoWindow, "rcv-drop": NoWindow, "resets-received": NoWindow,
		"orphans": HostWide, "tcp-mem": HostWide, "conntrack": NotThere, "backlog-small": NoWindow,
	} {
		expectReason(t, facts(nil), rule, want)
	}
	little := window(moved{"Tcp.RetransSegs": 500, "Tcp.OutSegs": 999, "TcpExt.TCPDSACKRecvSegs": 500})
	for _, rule := range []string{"retrans", "needless-retrans"} {
		expectReason(t, facts(nil, little), rule, TooLittleTraffic)
	}
	proc := func(f *Facts) { f.Details = false }
	for _, rule := range []string{
		"close-wait-leak", "not-accepted", "accept-queue", "backlog-small", "syn-recv-pile", "fin-wait2-held",
		"retrans-peer", "zero-window", "not-reading", "idle-no-keepalive", "keepalive-unanswered",
	} {
		expectReason(t, facts(nil, proc), rule, NotInProc)
	}
	expectReason(t, facts(nil, proc), "closed-held", NotInProc)
	uncounted := func(f *Facts) { f.Files = OpenFiles{} }
	recorded := func(f *Facts) { f.Files = OpenFiles{Missing: NotRecorded} }
	for _, rule := range []string{"closed-held", "open-files"} {
		expectReason(t, facts(nil, uncounted), rule, NotCounted)
		expectReason(t, facts(nil, recorded), rule, NotRecorded)
	}
	expectReason(t, facts(nil, func(f *Facts) { f.Files.Unsearched = true }), "closed-held", NoPermission)
	expectReason(t, facts(nil, func(f *Facts) { f.Files.Hidden = true }), "open-files", NoPermission)
	blind := func(f *Facts) { f.Settings = nil }
	for _, rule := range []string{"port-budget", "tw-overflow", "backlog-small"} {
		expectReason(t, facts(nil, blind), rule, NoSettings)
	}
	for _, rule := range []string{"listen-overflow", "syn-queue", "retrans", "rst-storm", "rcv-drop", "resets-received"} {
		expectReason(t, facts(nil, window(nil)), rule, NotCounted)
	}
	quiet := facts(nil, window(moved{"Tcp.RetransSegs": 500, "Tcp.OutSegs": 999}))
	expectReason(t, quiet, "retrans", TooLittleTraffic)
	if r := Check(quiet, Options{}); r.Status != OK {
		t.Errorf("nobody asked for it: %v", r.Status)
	}
}

// A part of a limit of 0, or of less than nothing, is not known.
func TestNoLimit(t *testing.T) {
	for rule, f := range map[string]*Facts{
		"orphans":     facts(nil, having(tcp.MaxOrphans, 0), standing(map[string]int64{"TCP.orphan": 7})),
		"tcp-mem":     facts(nil, having(tcp.MemPressure, 0), having(tcp.MemMax, 0), standing(map[string]int64{"TCP.mem": 7})),
		"conntrack":   facts(nil, having(tcp.ConntrackMax, 0), having(tcp.ConntrackCount, 7)),
		"tw-overflow": facts(nil, having(tcp.MaxTWBuckets, 0)),
	} {
		expectReason(t, f, rule, NoLimit)
	}
	expectReason(t, facts(nil, having(tcp.MemPressure, 10), having(tcp.MemMax, 20), standing(map[string]int64{"TCP.mem": -1})), "tcp-mem", NotCounted)
}

// What a filter cannot tell of a socket may be what a rule looks for.
func TestUndecided(t *testing.T) {
	undecided := func(f *Facts) { f.Filtered, f.Undecided = true, true }
	expectReason(t, facts(nil, undecided), "close-wait-leak", Undecided)
	if r := Check(facts(nil, undecided), Options{}); r.Status != Unknown || len(r.Results) != 0 {
		t.Errorf("all rules: %v, %d results", r.Status, len(r.Results))
	}
	rule, _ := Find("close-wait-leak")
	leak := facts(times(10, socket(tcp.CloseWait, silent(2*time.Minute))), undecided)
	if r := Check(leak, Options{Rules: []Asked{{Rule: rule}}}); r.Status != Warning {
		t.Errorf("what is found is %v", r.Status)
	}
	listening, _ := Find("listener")
	for port, want := range map[uint16]Status{8080: OK, 8081: Unknown} {
		f := facts([]tcp.Socket{socket(tcp.Listen, queue(0, 128))}, undecided)
		if r := Check(f, Options{Rules: []Asked{{Rule: listening, Port: port}}}); r.Status != want {
			t.Errorf("port %d: %v, want %v", port, r.Status, want)
		}
	}
}

func expectReason(t *testing.T, f *Facts, id string, want Reason) {
	t.Helper()
	rule, _ := Find(id)
	report := Check(f, Options{Rules: []Asked{{Rule: rule}}})
	if len(report.NotJudged) != 1 || report.NotJudged[0].Reason != want {
		t.Errorf("%s: not judged %v, want %s", id, report.NotJudged, want)
	}
	if report.Status != Unknown {
		t.Errorf("%s: %v, want UNKNOWN for a rule that was named", id, report.Status)
	}
}

// A cause speaks, and what follows from it is quiet.
func TestExplained(t *testing.T) {
	full := socket(tcp.Listen, queue(129, 128))
	f := facts([]tcp.Socket{full}, window(moved{"TcpExt.ListenOverflows": 100}))
	report := Check(f, Options{})
	results := map[string]Result{}
	for _, r := range report.Results {
		results[r.Rule.ID] = r
	}
	if r := results["accept-queue"]; r.Status != Critical || r.ExplainedBy != "" {
		t.Errorf("accept-queue: %v, explained by %q", r.Status, r.ExplainedBy)
	}
	if r := results["listen-overflow"]; r.Status != OK || r.ExplainedBy != "accept-queue" {
		t.Errorf("listen-overflow: %v, explained by %q", r.Status, r.ExplainedBy)
	}
	if report.Status != Critical {
		t.Errorf("in all %v", report.Status)
	}
	alone := Check(f, Options{Exclude: []string{"accept-queue"}})
	for _, r := range alone.Results {
		if r.Rule.ID == "listen-overflow" && (r.Status != Critical || r.ExplainedBy != "") {
			t.Errorf("without its cause: %v, explained by %q", r.Status, r.ExplainedBy)
		}
		if r.Rule.ID == "accept-queue" {
			t.Error("an excluded rule was judged")
		}
	}
}

func TestOverriddenThresholds(t *testing.T) {
	rule, _ := Find("close-wait-leak")
	f := facts(times(3, socket(tcp.CloseWait, silent(2*time.Minute))))
	for _, tt := range []struct {
		warning, critical string
		want              Status
	}{
		{"@3:", "@10:", Warning},
		{"@3:", "@3:", Critical},
		{"@4:", "@10:", OK},
		{"@3:", "", Warning},
		{"", "@3:", Critical},
	} {
		w, _ := ParseRange(tt.warning) // the zero Range for none
		c, _ := ParseRange(tt.critical)
		report := Check(f, Options{Rules: []Asked{{Rule: rule}}, Warning: w, Critical: c})
		if report.Status != tt.want {
			t.Errorf("-w %s -c %s: %v, want %v", tt.warning, tt.critical, report.Status, tt.want)
		}
	}
	if rule.Limits[0].Warning != AtLeast(10) {
		t.Error("the rule itself was changed")
	}
}

// The worst finding is named first, and equal ones in the order of the rules.
func TestFindingsWorstFirst(t *testing.T) {
	var report Report
	for i, status := range []Status{Warning, OK, Critical, Warning, Critical} {
		report.Results = append(report.Results, Result{Rule: Rules[i], Status: status})
	}
	var got []string
	for _, r := range report.Findings() {
		got = append(got, r.Rule.ID)
	}
	if want := []string{Rules[2].ID, Rules[4].ID, Rules[0].ID, Rules[3].ID}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Of windows that are not shut nobody knows how long they were.
func TestNothingMeasured(t *testing.T) {
	r := outcome(t, facts(nil), "zero-window")
	if shut, since := r.Metrics[0], r.Metrics[1]; !shut.Known || shut.Value != 0 || since.Known {
		t.Errorf("%+v, %+v", shut, since)
	}
}

// Of subjects that are equally bad the same one is named every time.
func TestWorstSubject(t *testing.T) {
	list := append(times(3, socket(tcp.SynSent, remote("10.0.0.9:1"), retransmitted(3))), times(5, socket(tcp.SynSent, remote("10.0.0.9:2"), retransmitted(3)))...)
	list = append(list, times(5, socket(tcp.SynSent, remote("10.0.0.8:2"), retransmitted(3)))...)
	rule, _ := Find("syn-sent-stuck")
	for range 20 {
		r := Check(facts(list), Options{Rules: []Asked{{Rule: rule}}}).Results[0]
		if r.Subject.String() != "10.0.0.8:2" || r.Others != 2 || r.Metrics[0].Value != 5 {
			t.Fatalf("%s with %v and %d others", r.Subject.String(), r.Metrics[0].Value, r.Others)
		}
	}
}
