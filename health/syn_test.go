package health

import (
	"fmt"
	"testing"

	"tcpstat/tcp"
)

// halfOpen are n half-open connections to port 8080 from so many addresses.
func halfOpen(n, sources int) (list []tcp.Socket) {
	for i := range n {
		list = append(list, socket(tcp.SynRecv, local("10.0.0.7:8080"), remote(fmt.Sprintf("10.1.0.%d:4000", i%sources)),
			retransmitted(1), func(s *tcp.Socket) {
				s.Mini, s.Inode, s.UID = true, tcp.Opt[uint64]{}, tcp.Opt[uint32]{}
			}))
	}
	return list
}

// What is said of a full SYN queue follows tcp_syncookies, and who came back.
func TestSynQueue(t *testing.T) {
	flood := func(limit uint32, n, sources int) []tcp.Socket {
		return append([]tcp.Socket{socket(tcp.Listen, queue(0, limit), inode(7))}, halfOpen(n, sources)...)
	}
	cookies := func(asked, sent, back int64) moved {
		return moved{"TcpExt.TCPReqQFullDoCookies": asked, "TcpExt.TCPReqQFullDrop": 0, "TcpExt.SyncookiesSent": sent, "TcpExt.SyncookiesRecv": back}
	}
	drops := func(full, all, overflows int64) moved {
		return moved{"TcpExt.TCPReqQFullDoCookies": 0, "TcpExt.TCPReqQFullDrop": full, "TcpExt.ListenDrops": all, "TcpExt.ListenOverflows": overflows}
	}
	for _, tt := range []struct {
		name           string
		setting        int64
		list           []tcp.Socket
		moved          moved
		want           Status
		cause, subject string
		dropped        float64
	}{
		{"flood", 1, flood(8, 9, 9), cookies(600, 600, 10), Critical, "flood", "*:8080", 0},
		{"flood of one", 1, flood(8, 9, 1), cookies(600, 600, 10), Critical, "flood_one_source", "*:8080", 0},
		{"flood over", 1, nil, cookies(600, 600, 10), Critical, "flood", "", 0},
		{"burst", 1, flood(8, 9, 9), cookies(600, 600, 300), Critical, "burst", "*:8080", 0},
		{"nothing", 1, nil, cookies(0, 0, 0), OK, "burst", "", 0},
		{"always, and all come back", 2, nil, cookies(600, 600, 600), OK, "cookies_always", "", 0},
		{"always, and few come back", 2, nil, cookies(600, 600, 500), Critical, "cookies_always", "", 0},
		{"off", 0, flood(8, 9, 9), drops(600, 600, 0), Critical, "cookies_off", "*:8080", 600},
		{"off, strangers", 0, flood(4096, 49, 9), drops(0, 550, 50), Critical, "cookies_off", "*:8080", 500},
		{"off, other drops", 0, flood(4096, 47, 9), drops(0, 550, 50), OK, "cookies_off", "*:8080", 0},
		{"off, other drops, no queue", 0, nil, drops(0, 550, 50), OK, "cookies_off", "", 0},
		{"on, other drops", 1, flood(4096, 49, 9), moved{"TcpExt.TCPReqQFullDoCookies": 0, "TcpExt.TCPReqQFullDrop": 0, "TcpExt.ListenDrops": 550}, OK, "", "", 0},
	} {
		r := outcome(t, facts(tt.list, window(tt.moved), having(tcp.SynCookies, tt.setting), having(tcp.MaxSynBacklog, 64)), "syn-queue")
		if r.Status != tt.want || r.Cause != tt.cause || r.Subject.String() != tt.subject || r.Metrics[1].Value != tt.dropped {
			t.Errorf("%s: %v %q of %q, %v dropped; want %v %q of %q, %v", tt.name,
				r.Status, r.Cause, r.Subject.String(), r.Metrics[1].Value, tt.want, tt.cause, tt.subject, tt.dropped)
		}
	}
}

// A pile is measured by what the setting leaves of the queue, and told with its sources.
func TestSynRecvPile(t *testing.T) {
	for _, tt := range []struct {
		name       string
		setting    int64
		n, sources int
		want       Status
		cause      string
		percent    float64
	}{
		{"one source", 1, 100, 1, Critical, "one_source", 100},
		{"half of two", 1, 50, 2, Warning, "many_sources", 50},
		{"many", 1, 99, 50, Warning, "many_sources", 99},
		{"off", 0, 24, 1, Warning, "cookies_off", 50},
		{"off, full", 0, 48, 50, Critical, "cookies_off", 100},
	} {
		list := append([]tcp.Socket{socket(tcp.Listen, queue(0, 100), inode(7))}, halfOpen(tt.n, tt.sources)...)
		r := outcome(t, facts(list, having(tcp.SynCookies, tt.setting), having(tcp.MaxSynBacklog, 64)), "syn-recv-pile")
		if r.Status != tt.want || r.Cause != tt.cause || r.Metrics[0].Value != tt.percent || r.Processes[0].Name != "java" {
			t.Errorf("%s: %v %q, %v, %v", tt.name, r.Status, r.Cause, r.Metrics[0], r.Processes)
		}
		if full := r.Title == synQueue.Title; full != (tt.percent >= 100) {
			t.Errorf("%s: %v %% is called %q", tt.name, tt.percent, r.Title)
		}
		if sources := r.evidence("sources"); int(sources) != min(tt.n, tt.sources) {
			t.Errorf("%s: %v sources", tt.name, sources)
		}
	}
}

// The rule with a window speaks for the listener that it names, and for no other.
func TestPileOfFullQueue(t *testing.T) {
	list := append([]tcp.Socket{socket(tcp.Listen, queue(0, 8), inode(7))}, halfOpen(9, 9)...)
	dropped := window(moved{"TcpExt.TCPReqQFullDoCookies": 0, "TcpExt.TCPReqQFullDrop": 10})
	if r := outcome(t, facts(list, dropped, having(tcp.SynCookies, 0)), "syn-recv-pile"); r.ExplainedBy != "syn-queue" {
		t.Errorf("explained by %q", r.ExplainedBy)
	}
	if r := outcome(t, facts(list, having(tcp.SynCookies, 0)), "syn-recv-pile"); r.Status != Critical || r.ExplainedBy != "" {
		t.Errorf("without a window: %v, explained by %q", r.Status, r.ExplainedBy)
	}
}
