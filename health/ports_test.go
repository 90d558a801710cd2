package health

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tcpstat/tcp"
)

// expiring has so long to go in TIME_WAIT.
func expiring(d time.Duration, list []tcp.Socket) []tcp.Socket {
	for i := range list {
		list[i].Timer = tcp.Timer{Kind: tcp.TimeWaitTimer, Expires: d}
	}
	return list
}

// What is said of the local ports depends on who takes them.
func TestPortBudget(t *testing.T) {
	const to, other = "10.0.0.9:443", "10.0.0.9:444"
	reserved := func(spans ...tcp.PortSpan) func(*Facts) {
		return func(f *Facts) { f.Reserved = spans }
	}
	join := func(lists ...[]tcp.Socket) []tcp.Socket { return slices.Concat(lists...) }
	odd := func(first, end int, peer string) (list []tcp.Socket) {
		for i := first; i < end; i++ {
			list = append(list, socket(tcp.Established, local(fmt.Sprintf("10.0.0.7:%d", 40001+2*i)), remote(peer)))
		}
		return list
	}
	young, old := 59500*time.Millisecond, 50*time.Second
	loopback := func(list []tcp.Socket) []tcp.Socket {
		for i := range list {
			list[i].Local = at("127.0.0.1:" + list[i].Local.String()[len("10.0.0.7:"):])
		}
		return list
	}
	for _, tt := range []struct {
		name           string
		facts          *Facts
		want           Status
		cause, subject string
		percent        float64
	}{
		{"open", facts(open(90, 1, to)), Critical, "open", "10.0.0.7 -> " + to, 90},
		{"all", facts(open(100, 1, to)), Critical, "open", "10.0.0.7 -> " + to, 100},
		{"closed", facts(ports(90, to)), Critical, "time_wait_only", "10.0.0.7 -> " + to, 90},
		{"most closed", facts(join(ports(60, to), open(100, 1, to)[60:90])), Critical, "time_wait", "10.0.0.7 -> " + to, 90},
		{"reused at once", facts(expiring(old, ports(90, to)), having(tcp.TWReuse, 1)), OK, "", "10.0.0.7 -> " + to, 0},
		{"not yet reused", facts(expiring(young, ports(90, to)), having(tcp.TWReuse, 1)), Critical, "time_wait_only", "10.0.0.7 -> " + to, 90},
		{"reused on loopback only", facts(expiring(old, ports(90, to)), having(tcp.TWReuse, 2)), Critical, "time_wait_only", "10.0.0.7 -> " + to, 90},
		{"reused on loopback", facts(loopback(expiring(old, ports(90, to))), having(tcp.TWReuse, 2)), OK, "", "127.0.0.1 -> " + to, 0},

		{"few left", facts(open(10, 1, to), reserved(tcp.PortSpan{First: 40010, Last: 40099})), Critical, "reserved", "10.0.0.7 -> " + to, 100},
		{"some reserved", facts(open(45, 1, to), reserved(tcp.PortSpan{First: 40050, Last: 40099})), Critical, "open", "10.0.0.7 -> " + to, 90},
		{"from reserved ports", facts(open(100, 1, to), reserved(tcp.PortSpan{First: 40010, Last: 40059})), Critical, "open", "10.0.0.7 -> " + to, 100},
		{"beyond the reserved ones", facts(open(60, 1, to), reserved(tcp.PortSpan{First: 40000, Last: 40049})), OK, "", "10.0.0.7 -> " + to, 20},

		{"bound, a few", facts(join(bound(30), open(40, 1, to))), Warning, "open", "10.0.0.7 -> " + to, 70},
		{"bound, most", facts(join(bound(60), open(40, 1, to))), Critical, "bound", "", 100},
		{"bound, alone", facts(bound(70)), Warning, "bound", "", 70},
		{"bound, elsewhere", facts(join(bound(30), open(40, 1, to)), having(tcp.PortRangeHigh, 40069)), OK, "open", "10.0.0.7 -> " + to, 100 * 40. / 70},

		{"a port each", facts(open(80, 1, to, other)), Warning, "bind", "10.0.0.7", 80},
		{"a port each of many", facts(open(100, 1, to, other, "10.0.0.9:445", "10.0.0.9:446")), Critical, "bind", "10.0.0.7", 100},
		{"shared", facts(join(open(50, 2, to), open(50, 2, other))), OK, "", "10.0.0.7 -> " + to, 50},
		{"shared by two, and a few of their own", facts(join(open(50, 2, to), open(50, 2, other), odd(0, 15, to), odd(15, 30, other))), OK, "open", "10.0.0.7 -> " + to, 65},
		{"one busy, one not", facts(join(open(68, 1, to), open(80, 1, other)[76:])), OK, "open", "10.0.0.7 -> " + to, 68},
	} {
		r := outcome(t, tt.facts, "port-budget")
		if r.Status != tt.want || r.Cause != tt.cause || r.Subject.String() != tt.subject || r.Metrics[0].Value != tt.percent {
			t.Errorf("%s: %v %q of %q, %v %%; want %v %q of %q, %v %%",
				tt.name, r.Status, r.Cause, r.Subject.String(), r.Metrics[0].Value, tt.want, tt.cause, tt.subject, tt.percent)
		}
		if full := r.Title == portsUsedUp; full != (tt.percent >= 100) {
			t.Errorf("%s: %v %% is called %q", tt.name, tt.percent, r.Title)
		}
		if hasProcess := len(r.Processes) > 0; r.Status != OK && hasProcess != (tt.cause != "time_wait_only") {
			t.Errorf("%s: processes %v", tt.name, r.Processes)
		}
	}
}

// The process that holds most of the ports is named, and no other that has a few.
func TestMajority(t *testing.T) {
	f := facts(open(90, 1, "10.0.0.9:443"))
	curl := []*Owner{{Process: tcp.Process{PID: 7, Name: "curl"}}}
	own := func(n int) {
		for i := range n {
			f.Owners[uint64(1000+i)] = curl
		}
	}
	own(3)
	if r := outcome(t, f, "port-budget"); len(r.Processes) != 1 || r.Processes[0].Name != "java" {
		t.Errorf("most are java's: %v", r.Processes)
	}
	own(90)
	if r := outcome(t, f, "port-budget"); len(r.Processes) != 1 || r.Processes[0].Name != "curl" {
		t.Errorf("all are curl's: %v", r.Processes)
	}
}

// BOUND sockets are asked for only where there may be many, and owners only of those
// who may have come near the end.
func TestWantsBound(t *testing.T) {
	alloc := func(n int64) func(*Facts) { return standing(moved{"TCP.alloc": n}) }
	some := open(30, 1, "10.0.0.9:443")
	for _, tt := range []struct {
		name  string
		facts *Facts
		want  bool
	}{
		{"few sockets", facts(some, alloc(50)), false},
		{"many that nobody counted", facts(some, alloc(51)), true},
		{"a full route", facts(open(51, 1, "10.0.0.9:443"), alloc(51)), true},
		{"nobody counts", facts(some), false},
		{"no settings", facts(some, alloc(1000), func(f *Facts) { f.Settings = nil }), false},
	} {
		if got := tt.facts.WantsBound(); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	for name, f := range map[string]*Facts{"a route": facts(open(69, 1, "10.0.0.9:443")), "BOUND": facts(bound(69)), "nothing": facts(nil)} {
		if got := slices.Collect(f.Inodes); got != nil {
			t.Errorf("69 %% taken by %s: asks for %v", name, got)
		}
	}
	for name, f := range map[string]*Facts{"a route": facts(open(70, 1, "10.0.0.9:443")), "BOUND": facts(bound(70))} {
		if got := slices.Collect(f.Inodes); len(got) == 0 || len(got) > 3*samples {
			t.Errorf("more taken by %s: asks for %v", name, got)
		}
	}
}
