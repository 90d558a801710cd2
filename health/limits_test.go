package health

import (
	"fmt"
	"slices"
	"testing"

	"tcpstat/tcp"
)

// accepted are n sockets in TIME_WAIT whose listener has that port.
func accepted(n int, port uint16) []tcp.Socket {
	list := ports(n, "10.0.0.9:5000")
	for i := range list {
		list[i].Local = at(fmt.Sprintf("10.0.0.7:%d", port))
	}
	return list
}

// Who fills the table of TIME_WAIT is who closes first; the title follows the degree.
func TestTimeWaitTable(t *testing.T) {
	server := socket(tcp.Listen, queue(0, 128), inode(7))
	other := socket(tcp.Listen, queue(0, 128), local("0.0.0.0:8081"), inode(8))
	for _, tt := range []struct {
		name  string
		facts *Facts
		cause string
		word  string
		full  bool
	}{
		{"server", facts(slices.Concat([]tcp.Socket{server, other}, accepted(20, 8081), accepted(40, 8080), ports(30, "10.0.0.9:443"))), "server_closes", "8080", false},
		{"client", facts(slices.Concat([]tcp.Socket{server}, accepted(40, 8080), open(1, 1, "10.0.0.9:444"), ports(60, "10.0.0.9:444"))), "client_closes", "10.0.0.9:444", true},
		{"half and half", facts(slices.Concat([]tcp.Socket{server}, accepted(45, 8080), ports(45, "10.0.0.9:443"))), "", "", false},
		{"overflowing", facts(accepted(10, 40000), window(moved{"TcpExt.TCPTimeWaitOverflow": 1})), "", "", true},
	} {
		r := outcome(t, tt.facts, "tw-overflow")
		if r.Status == OK || r.Cause != tt.cause || (r.Title != twNearlyFull) != tt.full {
			t.Errorf("%s: %v %q, %q", tt.name, r.Status, r.Cause, r.Title)
		}
		if tt.cause != "" && (len(r.Names) != 1 || r.Names[0].Value != tt.word || len(r.Processes) != 1) {
			t.Errorf("%s: names %v, processes %v", tt.name, r.Names, r.Processes)
		}
	}
	few := facts(slices.Concat([]tcp.Socket{server}, accepted(50, 8080)))
	if got := slices.Collect(few.Inodes); got != nil {
		t.Errorf("half full: asks for the owners of %v", got)
	}
}

// Orphans are told by peer, and how many were reset, also where the limit is another
// namespace's.
func TestOrphans(t *testing.T) {
	list := append(times(5, socket(tcp.FinWait1, inode(0))), times(3, socket(tcp.LastAck, inode(0), remote("10.0.0.8:80")))...)
	counted := func(orphans, reset int64) func(*Facts) {
		return func(f *Facts) {
			window(moved{"TcpExt.TCPAbortOnMemory": reset})(f)
			f.Counters = append(f.Counters, tcp.Counter{Group: "TCP", Name: "orphan", Value: orphans})
		}
	}
	limit := having(tcp.MaxOrphans, 100)
	for _, tt := range []struct {
		name  string
		facts *Facts
		want  Status
		cause string
		title tcp.Text
	}{
		{"some", facts(list, limit, counted(25, 0)), Warning, "unacknowledged", orphans.Title},
		{"many", facts(list, limit, counted(50, 0)), Critical, "unacknowledged", orphansFull},
		{"none here", facts(nil, limit, counted(50, 0)), Critical, "", orphansFull},
		{"reset", facts(list, limit, counted(20, 7)), Critical, "reset_of_peer", orphansReset.Title},
		{"reset, none left", facts(nil, limit, counted(20, 7)), Critical, "reset", orphansReset.Title},
		{"reset in a child namespace", facts(nil, counted(20, 7)), Critical, "reset", orphansReset.Title},
		{"well", facts(list, limit, counted(10, 0)), OK, "unacknowledged", orphans.Title},
	} {
		r := outcome(t, tt.facts, "orphans")
		if r.Status != tt.want || r.Cause != tt.cause || r.Title != tt.title {
			t.Errorf("%s: %v %q, %q", tt.name, r.Status, r.Cause, r.Title)
		}
		if total := r.evidence("reset_since_boot"); total < 1_000_000 {
			t.Errorf("%s: %v since boot", tt.name, total)
		}
		if len(r.Names) == 1 && (r.Names[0].Value != "10.0.0.9" || r.evidence("of_peer") != 5 || r.evidence("here") != 8) {
			t.Errorf("%s: %v, %v", tt.name, r.Names, r.Evidence)
		}
	}
	expectReason(t, facts(list, counted(20, 0)), "orphans", HostWide)
}

// The process is that whose sockets hold most, whichever of them is the largest.
func TestMemoryHolder(t *testing.T) {
	passive := local("10.0.0.7:2049") // takes no local port of the range
	list := []tcp.Socket{
		socket(tcp.Established, inode(1), unread(50_000), passive),
		socket(tcp.Established, inode(2), unread(40_000), passive),
		socket(tcp.Established, inode(3), unread(30_000), passive),
	}
	list = append(list, times(100, socket(tcp.Established, unread(1), passive))...)
	short := func(pages int64) func(*Facts) {
		return func(f *Facts) {
			standing(moved{"TCP.mem": pages})(f)
			f.Settings[tcp.MemPressure], f.Settings[tcp.MemMax] = 50, 100
		}
	}
	curl := func(f *Facts) *Facts {
		f.Owners[2] = []*Owner{{Process: tcp.Process{PID: 7, Name: "curl"}}}
		f.Owners[3] = f.Owners[2]
		return f
	}
	for _, tt := range []struct {
		name    string
		facts   *Facts
		cause   string
		title   tcp.Text
		process string
	}{
		{"short", curl(facts(list, short(51))), "unread", tcpMem.Title, "curl"},
		{"nearly used up", curl(facts(list, short(91))), "unread", memoryNearlyUsedUp, "curl"},
		{"used up", curl(facts(list, short(100))), "unread", memoryUsedUp, "curl"},
		{"of others", curl(facts(list, short(130))), "", memoryUsedUp, ""},
		{"unsent", facts(append(list, socket(tcp.Established, inode(9), unacked(200_000), passive)), short(51)), "unsent", tcpMem.Title, "java"},
	} {
		r := outcome(t, tt.facts, "tcp-mem")
		process := ""
		if len(r.Processes) == 1 {
			process = r.Processes[0].Name
		}
		if r.Status == OK || r.Cause != tt.cause || r.Title != tt.title || process != tt.process {
			t.Errorf("%s: %v %q %q, processes %v", tt.name, r.Status, r.Cause, r.Title, r.Processes)
		}
		if got := slices.Collect(tt.facts.Inodes); len(got) == 0 || len(got) > samples {
			t.Errorf("%s: asks for the owners of %v", tt.name, got)
		}
	}
	if got := slices.Collect(facts(list, short(50)).Inodes); got != nil {
		t.Errorf("without pressure: asks for the owners of %v", got)
	}
}

// The heaviest are kept in whatever order they come.
func TestHeaviest(t *testing.T) {
	for name, bytes := range map[string]func(i int) float64{
		"rising": func(i int) float64 { return float64(i) }, "falling": func(i int) float64 { return float64(99 - i) },
		"mixed": func(i int) float64 { return float64(i * 37 % 100) },
	} {
		var b buffers
		for i := range 100 {
			b.keep(buffer{uint64(i), bytes(i)})
		}
		for i, one := range b.heaviest {
			if one.bytes != float64(100-samples+i) {
				t.Errorf("%s: %v in place %d of %d", name, one.bytes, i, len(b.heaviest))
			}
		}
	}
}

// A table that is full says so, and what has been dropped.
func TestConntrackFull(t *testing.T) {
	table := func(n int64) *Facts {
		return facts(nil, having(tcp.ConntrackCount, n), having(tcp.ConntrackMax, 100), standing(moved{"nf_conntrack.drop": 7, "nf_conntrack.early_drop": 8}))
	}
	if r := outcome(t, table(99), "conntrack"); r.Cause != "" || r.Title != conntrack.Title || r.evidence("dropped_since_boot") != 7 {
		t.Errorf("99 of 100: %q %q", r.Cause, r.Title)
	}
	if r := outcome(t, table(100), "conntrack"); r.Cause != "full" || r.Title != conntrackFull.Title || r.evidence("thrown_out_since_boot") != 8 {
		t.Errorf("100 of 100: %q %q", r.Cause, r.Title)
	}
}
