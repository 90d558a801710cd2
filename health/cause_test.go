package health

import (
	"testing"
	"time"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// outcome is one rule's result among all.
func outcome(t *testing.T, f *Facts, id string) Result {
	t.Helper()
	report := Check(f, Options{})
	for _, r := range report.Results {
		if r.Rule.ID == id {
			return r
		}
	}
	t.Fatalf("%s was not judged: %v", id, report.NotJudged)
	return Result{}
}

// Each cause silences what follows from it, and only that.
func TestCausesExplain(t *testing.T) {
	waiting := func(n int, at string) []tcp.Socket {
		return times(n, socket(tcp.Established, inode(0), local(at), silent(time.Minute)))
	}
	full := func(at string, lost uint32) tcp.Socket {
		return socket(tcp.Listen, queue(101, 100), local(at), drops(lost))
	}
	list := func(sockets ...[]tcp.Socket) (all []tcp.Socket) {
		for _, s := range sockets {
			all = append(all, s...)
		}
		return all
	}
	silentPeer := times(10, socket(tcp.SynSent, remote("10.0.0.9:443"), retransmitted(3)))
	halfOpen := times(120, socket(tcp.SynRecv, local("10.0.0.7:8080"), retransmitted(1), func(s *tcp.Socket) {
		s.Mini, s.Inode, s.UID = true, tcp.Opt[uint64]{}, tcp.Opt[uint32]{}
	}))
	behind := func(pid int32) func(*Facts) { // the listener at 8080, a process of that number
		return func(f *Facts) { f.Owners[1] = []*Owner{{Process: tcp.Process{PID: pid, Name: "java"}}} }
	}
	stopped := func(f *Facts) { f.Owners[1][0].Stopped = true }
	queued := list([]tcp.Socket{full("10.0.0.7:8080", 0)}, waiting(101, "10.0.0.7:8080"))
	old := times(500, socket(tcp.CloseWait, silent(2*time.Minute)))
	overflows := overflowed(3)
	shut := func(n int, bytes uint32) []tcp.Socket {
		return times(n, socket(tcp.Established, unacked(bytes), info(map[int]uint64{atBackoff: 3, atLastDataSent: 10_000, atDataSegsOut: 1}),
			func(s *tcp.Socket) { s.Timer.Kind = tcp.WindowProbe }))
	}
	roomy := info(map[int]uint64{atLastDataSent: 60_000, atLastDataRecv: 60_000, atLastAckRecv: 60_000, atDataSegsIn: 1, atDataSegsOut: 1, atReceiveWindow: 1000})
	for _, tt := range []struct {
		name, effect, cause string
		facts               *Facts
		want                Status // of the effect
	}{
		{"stale queue", "accept-queue", "not-accepted", facts(list([]tcp.Socket{full("10.0.0.7:8080", 0)}, waiting(101, "10.0.0.7:8080"))), OK},
		{"less severe", "accept-queue", "", facts(list([]tcp.Socket{full("10.0.0.7:8080", 0)}, waiting(10, "10.0.0.7:8080"))), Critical},
		{"no descriptor left", "not-accepted", "open-files", facts(queued, behind(4711), opened(1000, 1000, 0, nil)), OK},
		{"no descriptor left, a full queue", "accept-queue", "open-files", facts([]tcp.Socket{full("10.0.0.7:8080", 0)}, behind(4711), opened(1000, 1000, 0, nil)), OK},
		{"one descriptor left", "not-accepted", "", facts(queued, behind(4711), opened(999, 1000, 0, nil)), Critical},
		{"of another process", "not-accepted", "", facts(queued, behind(4712), opened(1000, 1000, 0, nil)), Critical},
		{"of a stopped process", "not-accepted", "", facts(queued, behind(4711), stopped, opened(1000, 1000, 0, nil)), Critical},
		{"files of a leak", "open-files", "close-wait-leak", facts(old, opened(1000, 1000, 0, nil)), OK},
		{"files, a leak of less than half", "open-files", "", facts(old[:499], opened(1000, 1000, 0, nil)), Critical},
		{"files of ended connections", "open-files", "closed-held", facts(nil, opened(1000, 1000, 500, nil)), OK},
		{"files, fewer ended connections", "open-files", "", facts(nil, opened(1000, 1000, 499, nil)), Critical},
		{"files of ended connections of another", "open-files", "", facts(nil, opened(1000, 1000, 500, nil), func(f *Facts) {
			f.Files.Processes[0].PID, f.Files.Processes[0].TCP = 4712, false
			opened(1000, 1000, 0, nil)(f)
		}), Critical},
		{"another listener", "accept-queue", "", facts(list([]tcp.Socket{full("10.0.0.7:8080", 0), socket(tcp.Listen, queue(50, 50), local("10.0.0.7:8081"))}, waiting(50, "10.0.0.7:8081"))), Critical},
		{"small and full", "backlog-small", "accept-queue", facts([]tcp.Socket{full("10.0.0.7:8080", 3)}, overflows), OK},
		{"small and overflowed", "backlog-small", "listen-overflow", facts([]tcp.Socket{full("10.0.0.7:8080", 0), socket(tcp.Listen, queue(0, 100), local("10.0.0.7:8081"), drops(3))}, overflows), OK},
		{"small, overflow of nobody knows whom", "backlog-small", "", facts([]tcp.Socket{socket(tcp.Listen, queue(0, 100), local("10.0.0.7:8080"), drops(3)), socket(tcp.Listen, queue(0, 200), local("10.0.0.7:8081"), drops(3))}, overflows), Warning},
		{"half-open behind full", "syn-recv-pile", "accept-queue", facts(list([]tcp.Socket{full("10.0.0.7:8080", 0)}, halfOpen)), OK},
		{"silent peer", "fin-unacked", "syn-sent-stuck", facts(list(silentPeer, times(10, socket(tcp.LastAck, inode(0), retransmitted(2))))), OK},
		{"another silent peer", "fin-unacked", "", facts(list(silentPeer, times(10, socket(tcp.LastAck, inode(0), retransmitted(2), remote("10.0.0.8:443"))))), Warning},
		{"data to a silent peer", "send-stuck", "syn-sent-stuck", facts(list(silentPeer, times(1, socket(tcp.Established, unacked(8), retransmitted(8))))), OK},
		{"data to another", "send-stuck", "", facts(list(silentPeer, times(1, socket(tcp.Established, unacked(8), retransmitted(8), remote("10.0.0.8:443"))))), Critical},
		{"SYNs again", "retrans", "syn-sent-stuck", facts(silentPeer, window(moved{"Tcp.RetransSegs": 50, "Tcp.OutSegs": 1000, "TcpExt.TCPSynRetrans": 26})), OK},
		{"data again", "retrans", "", facts(silentPeer, window(moved{"Tcp.RetransSegs": 50, "Tcp.OutSegs": 1000, "TcpExt.TCPSynRetrans": 25})), Critical},
		{"SYNs again to whom nobody answers", "retrans", "connect-fail", facts(nil, window(moved{"Tcp.RetransSegs": 50, "Tcp.OutSegs": 1000, "TcpExt.TCPSynRetrans": 26}), ending(times(100, endUnanswered))), OK},
		{"resets of a service that is gone", "resets-received", "connect-fail", facts(nil, window(moved{"Tcp.EstabResets": 10}), ending(times(10, endForgotten), times(100, endRefused))), OK},
		{"refused by ourselves", "rst-storm", "connect-fail", facts(nil, window(moved{"Tcp.OutRsts": 200, "Tcp.OutSegs": 10000}), ending(times(100, toward(endRefused, "127.0.0.1:80")))), OK},
		{"refused elsewhere", "rst-storm", "", facts(nil, window(moved{"Tcp.OutRsts": 200, "Tcp.OutSegs": 10000}), ending(times(100, endRefused))), Warning},
		{"others refused by ourselves", "rst-storm", "", facts(nil, window(moved{"Tcp.OutRsts": 201, "Tcp.OutSegs": 10000}), ending(times(100, toward(endRefused, "127.0.0.1:80")))), Warning},
		{"overflow of a full queue", "listen-overflow", "accept-queue", facts([]tcp.Socket{full("10.0.0.7:8080", 0)}, window(moved{"TcpExt.ListenOverflows": 100})), OK},
		{"orphans of others", "orphans", "", facts(times(10, socket(tcp.LastAck, inode(0), retransmitted(2))), having(tcp.MaxOrphans, 100), standing(moved{"TCP.orphan": 41})), Warning},
		{"fins of orphans", "fin-unacked", "orphans", facts(times(10, socket(tcp.LastAck, inode(0), retransmitted(2))), having(tcp.MaxOrphans, 100), standing(moved{"TCP.orphan": 25})), OK},
		{"fins of another peer than most orphans", "fin-unacked", "", facts(list(times(20, socket(tcp.FinWait1, inode(0), remote("10.0.0.8:443"))), times(10, socket(tcp.LastAck, inode(0), retransmitted(2)))), having(tcp.MaxOrphans, 100), standing(moved{"TCP.orphan": 25})), Warning},
		{"memory of unread", "tcp-mem", "not-reading", facts(times(2, socket(tcp.Established, unread(60_000), silent(time.Minute))), having(tcp.MemPressure, 100), having(tcp.MemMax, 1000), standing(moved{"TCP.mem": 101})), OK},
		{"memory of others", "tcp-mem", "", facts(times(2, socket(tcp.Established, unread(50_000), silent(time.Minute))), having(tcp.MemPressure, 100), having(tcp.MemMax, 1000), standing(moved{"TCP.mem": 101})), Warning},
		{"memory of larger pages", "tcp-mem", "", facts(times(2, socket(tcp.Established, unread(60_000), silent(time.Minute))), having(tcp.MemPressure, 100), having(tcp.MemMax, 1000), standing(moved{"TCP.mem": 101}), func(f *Facts) { f.PageSize = 65536 }), Warning},
		{"memory behind closed windows", "tcp-mem", "zero-window", facts(shut(2, 60_000), having(tcp.MemPressure, 100), having(tcp.MemMax, 1000), standing(moved{"TCP.mem": 101})), OK},
		{"memory before other windows", "tcp-mem", "", facts(shut(2, 50_000), having(tcp.MemPressure, 100), having(tcp.MemMax, 1000), standing(moved{"TCP.mem": 101})), Warning},
		{"drops of others", "rcv-drop", "", facts(append(times(1, socket(tcp.Established, unread(999), silent(time.Minute))), times(1, socket(tcp.Established, unread(3000)))...), window(moved{"TcpExt.TCPRcvQDrop": 1})), Warning},
		{"drops, and room for more", "rcv-drop", "", facts(times(1, socket(tcp.Established, unread(999), roomy)), window(moved{"TcpExt.TCPRcvQDrop": 1})), Warning},
		{"drops of unread", "rcv-drop", "not-reading", facts(times(1, socket(tcp.Established, unread(1), silent(time.Minute))), window(moved{"TcpExt.TCPRcvQDrop": 1, "TcpExt.TCPBacklogDrop": 0, "TcpExt.RcvPruned": 0})), OK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if r := outcome(t, tt.facts, tt.effect); r.Status != tt.want || r.ExplainedBy != tt.cause {
				t.Errorf("%v, explained by %q; want %v, %q", r.Status, r.ExplainedBy, tt.want, tt.cause)
			}
		})
	}
}

// Behind a filter only the chosen sockets count, and nothing that the kernel counts
// for all of them.
func TestFiltered(t *testing.T) {
	f := facts(times(1, socket(tcp.SynSent, retransmitted(3))), window(moved{"Tcp.RetransSegs": 50, "Tcp.OutSegs": 1000}), func(f *Facts) { f.Filtered = true })
	report := Check(f, Options{})
	if findings := report.Findings(); len(findings) != 1 || findings[0].Rule.ID != "syn-sent-stuck" {
		t.Errorf("findings %v", findings)
	}
	for _, n := range report.NotJudged {
		if n.Rule.ForAll && n.Reason != CountedForAll {
			t.Errorf("%s: %s", n.Rule.ID, n.Reason)
		}
	}
	expectReason(t, f, "retrans", CountedForAll)
	expectReason(t, f, "tw-overflow", CountedForAll)
}

// A listener that the filter left out is known, but not judged.
func TestListenerLeftOut(t *testing.T) {
	listener := socket(tcp.Listen, queue(101, 100))
	machine := &tcp.Machine{}
	machine.Listeners.Add(&listener)
	f := facts([]tcp.Socket{socket(tcp.Listen, queue(0, 100), local("0.0.0.0:8081"))})
	for _, s := range times(100, socket(tcp.Established, inode(0), local("10.0.0.7:8080"), silent(time.Minute))) {
		v := tcp.Annotate(&s, machine)
		f.Census.Add(&listing.Row{Socket: &s, View: v, Machine: machine})
	}
	if r := outcome(t, f, "not-accepted"); r.Status != Critical || r.Subject.String() != "*:8080" {
		t.Errorf("not-accepted: %v %s", r.Status, r.Subject.String())
	}
	if r := outcome(t, f, "accept-queue"); r.Status != OK || r.ExplainedBy != "" {
		t.Errorf("accept-queue: %v, explained by %q", r.Status, r.ExplainedBy)
	}
}

// A client that goes on sending does not make its wait in the queue shorter.
func TestUnacceptedButSending(t *testing.T) {
	waiting := socket(tcp.Established, inode(0), local("10.0.0.7:8080"), unread(100),
		info(map[int]uint64{atLastDataSent: 5000, atLastDataRecv: 1, atLastAckRecv: 1, atDataSegsIn: 7}))
	f := facts(append([]tcp.Socket{socket(tcp.Listen, queue(10, 100))}, times(10, waiting)...))
	if r := outcome(t, f, "not-accepted"); r.Status != Warning {
		t.Errorf("%v", r.Status)
	}
}

// A window that was shut with segments on their way shows the retransmission timer.
func TestWindowShutInFlight(t *testing.T) {
	shut := socket(tcp.Established, unacked(8), info(map[int]uint64{atBackoff: 3, atLastDataSent: 60000, atDataSegsOut: 1, atSendWindow: 0}))
	shut.Timer.Kind = tcp.RetransmitTimer
	if r := outcome(t, facts(times(1, shut)), "zero-window"); r.Status != Critical {
		t.Errorf("%v", r.Status)
	}
}

func TestWhyNoDetails(t *testing.T) {
	f := facts(nil, func(f *Facts) { f.Details, f.WhyNoDetails = false, NotRecorded })
	expectReason(t, f, "accept-queue", NotRecorded)
	expectReason(t, f, "backlog-small", NotRecorded)
}

func TestWhyNoWindow(t *testing.T) {
	f := facts(nil, func(f *Facts) { f.WhyNoWindow = OtherBoot })
	expectReason(t, f, "retrans", OtherBoot)
}
