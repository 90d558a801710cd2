package health

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tcpstat/tcp"
)

// More places in struct tcp_info.
const (
	atProbes       = 3
	atRTT          = 68
	atTotalRetrans = 100
	atBytesAcked   = 120
	atSegsIn       = 140
	atTotalRTOTime = 244
)

// finalInfo is a socket as the kernel's feed tells it: without state, with all of
// tcp_info.
func finalInfo(values map[int]uint64, options ...option) tcp.Socket {
	return socket(0, append([]option{info(values), inode(0)}, options...)...)
}

// The ends that a rule may hear of.
var (
	endRefused    = finalInfo(map[int]uint64{atSegsIn: 1}, unacked(1))
	endUnanswered = finalInfo(map[int]uint64{atTotalRetrans: 1, atTotalRTOTime: 1000}, unacked(1))
	endCutShort   = finalInfo(nil, unacked(1))
	endClosed     = finalInfo(map[int]uint64{atSendWindow: 9, atBytesAcked: 102, atBytesSent: 100})
	endReset      = finalInfo(map[int]uint64{atSendWindow: 9, atBytesAcked: 101, atBytesSent: 100})
	endForgotten  = finalInfo(map[int]uint64{atSendWindow: 9, atBytesAcked: 1, atBytesSent: 100, atLastAckRecv: 5000, atSegsIn: 2}, unacked(100))
	endSilent     = finalInfo(map[int]uint64{atSendWindow: 9, atBytesAcked: 1, atBytesSent: 100, atProbes: 2}, unacked(100))
)

// ending lets sockets end in the window, all opened here.
func ending(lists ...[]tcp.Socket) func(*Facts) {
	return func(f *Facts) {
		f.Endings = NewEndings()
		for _, s := range slices.Concat(lists...) {
			f.Endings.Add(&s, tcp.OpenedActive)
		}
		f.Census.Ended(f.Endings)
	}
}

// toward sends a socket to another peer.
func toward(s tcp.Socket, peer string) tcp.Socket {
	s.Remote = at(peer)
	return s
}

// What fails, to whom, and how that is told.
func TestConnectFail(t *testing.T) {
	counted := func(moved moved) func(*Facts) { return window(moved) }
	opened := func(n, failed, half, timeouts int64) func(*Facts) {
		return counted(moved{"Tcp.ActiveOpens": n, "Tcp.AttemptFails": failed, "TcpExt.EmbryonicRsts": half, "TcpExt.TCPAbortOnTimeout": timeouts})
	}
	told := func(lists ...[]tcp.Socket) *Facts {
		return facts(nil, opened(1000, 0, 0, 0), ending(lists...))
	}
	waiting := func(n int, again uint8) []tcp.Socket { return times(n, socket(tcp.SynSent, retransmitted(again))) }
	for name, tt := range map[string]struct {
		facts   *Facts
		want    Status
		subject string
		cause   string
	}{
		"refused twice":               {told(times(2, endRefused)), OK, "", ""},
		"a health check every second": {told(times(9, endRefused)), OK, "10.0.0.9:443", "refused"},
		"refused":                     {told(times(10, endRefused)), Warning, "10.0.0.9:443", "refused"},
		"refused often":               {told(times(100, endRefused)), Critical, "10.0.0.9:443", "refused"},
		"no answer":                   {told(times(20, endUnanswered)), Warning, "10.0.0.9:443", "unanswered"},
		"no answer in less than 1 s":  {told(times(20, endCutShort)), Warning, "10.0.0.9:443", "unanswered"},
		"a tenth of them":             {told(times(10, endRefused), times(90, endClosed)), Warning, "10.0.0.9:443", "refused"},
		"less than a tenth":           {told(times(10, endRefused), times(91, endClosed)), OK, "10.0.0.9:443", "refused"},
		"the worst of two peers":      {told(times(10, endRefused), times(11, toward(endRefused, "10.0.0.8:80"))), Warning, "10.0.0.8:80", "refused"},
		"another port takes them":     {told(times(10, endRefused), times(500, toward(endClosed, "10.0.0.9:80"))), Warning, "10.0.0.9:443", "refused"},
		"rejected":                    {facts(nil, opened(20, 20, 0, 0), ending(times(20, endCutShort))), Warning, "10.0.0.9:443", "rejected"},
		"given up, others refused":    {facts(nil, opened(40, 20, 0, 0), ending(times(20, endCutShort), times(20, toward(endRefused, "10.0.0.9:80")))), Warning, "10.0.0.9:443", "unanswered"},

		"counted alone":            {facts(nil, opened(100, 10, 0, 0)), Warning, "", "refused"},
		"counted, little":          {facts(nil, opened(101, 10, 0, 0)), OK, "", ""},
		"counted, few":             {facts(nil, opened(2, 2, 0, 0)), OK, "", ""},
		"half-open ones":           {facts(nil, opened(0, 100, 100, 0)), OK, "", ""},
		"counted, timed out":       {facts(nil, opened(100, 20, 0, 10)), Warning, "", ""},
		"told and counted is once": {facts(nil, opened(100, 100, 0, 0), ending(times(100, endRefused))), Critical, "10.0.0.9:443", "refused"},
		"behind a filter":          {facts(nil, opened(100, 100, 0, 0), ending(times(100, endRefused)), func(f *Facts) { f.Filtered = true }), OK, "", ""},

		"two wait":              {facts(waiting(2, 1)), OK, "10.0.0.9:443", "unanswered"},
		"three wait":            {facts(waiting(3, 2)), Warning, "10.0.0.9:443", "unanswered"},
		"thirty wait":           {facts(waiting(30, 1)), Critical, "10.0.0.9:443", "unanswered"},
		"new ones":              {facts(waiting(100, 0)), OK, "", ""},
		"stuck ones alone":      {facts(waiting(100, 3)), OK, "", ""},
		"stuck ones beside one": {facts(append(waiting(10, 3), waiting(1, 1)...)), Critical, "10.0.0.9:443", "unanswered"},
	} {
		t.Run(name, func(t *testing.T) {
			report := Check(tt.facts, Options{Rules: []Asked{{Rule: &connectFail}}})
			if len(report.Results) != 1 {
				t.Fatalf("not judged: %v", report.NotJudged)
			}
			r := report.Results[0]
			if got := r.Subject.String(); r.Status != tt.want || got != tt.subject || r.Cause != tt.cause {
				t.Errorf("%v of %q, cause %q: %+v, want %v of %q, %q", r.Status, got, r.Cause, r.Evidence, tt.want, tt.subject, tt.cause)
			}
		})
	}
}

// One cause is told once: by the rule that has more to say.
func TestConnectFailAndStuck(t *testing.T) {
	stuck := times(10, socket(tcp.SynSent, retransmitted(3)))
	young := socket(tcp.SynSent, retransmitted(1))
	if r := outcome(t, facts(append(stuck, young)), "syn-sent-stuck"); r.Status != OK || r.ExplainedBy != "connect-fail" {
		t.Errorf("%v, explained by %q", r.Status, r.ExplainedBy)
	}
	young.Remote = at("10.0.0.9:80")
	if r := outcome(t, facts(append(stuck, young)), "syn-sent-stuck"); r.Status != Critical {
		t.Errorf("another port: %v", r.Status)
	}
}

// The process is named where some of its attempts still stand.
func TestWhoConnects(t *testing.T) {
	attempt := socket(tcp.SynSent, inode(77))
	f := facts([]tcp.Socket{attempt}, window(nil), ending(times(100, endRefused)))
	if wanted := slices.Collect(f.Census.Inodes); !slices.Contains(wanted, 77) {
		t.Errorf("owners are looked for of %v", wanted)
	}
	if r := outcome(t, f, "connect-fail"); len(r.Processes) != 1 || r.Processes[0].PID != 4711 {
		t.Errorf("processes %v", r.Processes)
	}
	for name, healthy := range map[string]*Facts{
		"no window":    facts([]tcp.Socket{attempt}),
		"two failures": facts([]tcp.Socket{attempt}, window(nil), ending(times(2, endRefused))),
		"all is well":  facts([]tcp.Socket{attempt}, window(nil), ending(times(100, endClosed))),
	} {
		if wanted := slices.Collect(healthy.Census.Inodes); len(wanted) != 0 {
			t.Errorf("%s: owners are looked for of %v", name, wanted)
		}
	}
}

// How long programs wait before they give up is part of the finding.
func TestGivesUp(t *testing.T) {
	r := outcome(t, facts(nil, window(nil), ending(times(10, endUnanswered))), "connect-fail")
	if got := time.Duration(r.evidence("gives_up_ms")) * time.Millisecond; got != 2*time.Second {
		t.Errorf("given up after %v", got)
	}
}

// However many peers there are, what is kept is bounded.
func TestEndingsBounded(t *testing.T) {
	e := NewEndings()
	for i := range 2 * maxEndings {
		s := toward(endRefused, fmt.Sprintf("10.0.%d.%d:80", i/256, i%256))
		e.Add(&s, tcp.OpenedActive)
	}
	if len(e.peers) != maxEndings {
		t.Errorf("%d peers", len(e.peers))
	}
	passive := NewEndings()
	passive.Add(&endReset, tcp.OpenedPassive)
	if len(passive.peers) != 0 {
		t.Error("a client counts as a peer")
	}
}

// Whom resets are for, and where they come from, is told as far as it is known.
func TestCausesOfResets(t *testing.T) {
	sent := func(aborted int64) *Facts {
		return facts(nil, window(moved{"Tcp.OutRsts": 1000 + aborted, "Tcp.OutSegs": 20000, "TcpExt.TCPAbortOnData": aborted}))
	}
	for name, tt := range map[string]struct {
		facts       *Facts
		rule, cause string
	}{
		"nobody listens":      {sent(0), "rst-storm", "no_listener"},
		"few aborts":          {sent(100), "rst-storm", "no_listener"},
		"some aborts":         {sent(101), "rst-storm", ""},
		"aborts alone":        {facts(nil, window(moved{"Tcp.OutRsts": 10000, "Tcp.OutSegs": 20000, "TcpExt.TCPAbortOnData": 10000})), "rst-storm", "aborts"},
		"a peer forgets":      {facts(nil, window(moved{"Tcp.EstabResets": 9}), ending(times(1, endForgotten), times(8, endReset))), "resets-received", "forgotten"},
		"a peer's abort":      {facts(nil, window(moved{"Tcp.EstabResets": 100}), ending(times(100, endReset))), "resets-received", ""},
		"resets of strangers": {facts(nil, window(moved{"Tcp.EstabResets": 100, "Tcp.ActiveOpens": 1, "Tcp.PassiveOpens": 1})), "resets-received", ""},
	} {
		if r := outcome(t, tt.facts, tt.rule); r.Status == OK || r.Cause != tt.cause {
			t.Errorf("%s: %v, cause %q, want %q", name, r.Status, r.Cause, tt.cause)
		}
	}
}
