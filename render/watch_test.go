package render

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpstat/document"
	"tcpstat/listing"
	"tcpstat/tcp"
	"tcpstat/watch"
)

var watchNow = time.Date(2026, 11, 20, 14, 0, 1, 234_000_000, time.UTC)

// watchEvents are an event of every kind.
func watchEvents() []WatchEvent {
	event := func(kind watch.Kind, sp specimen, change func(*WatchEvent)) WatchEvent {
		s := sp.Socket
		s.Cookie = tcp.Some[uint64](0x1f3a)
		e := WatchEvent{Event: watch.Event{Kind: kind, Time: watchNow, Socket: &s}, Row: &listing.Row{Socket: &s}}
		e.Age = tcp.Age{Min: tcp.Some(4 * time.Second), Max: tcp.Some(5 * time.Second)}
		if change != nil {
			change(&e)
		}
		return e
	}
	final := new(tcp.Info)
	final.SetBytes(make([]byte, 280))
	owner := func(name string, n int) func(*WatchEvent) {
		return func(e *WatchEvent) {
			e.Row.HoldersKnown = true
			for i := range n {
				e.Row.Holders = append(e.Row.Holders, tcp.Holder{Owner: tcp.Owner{PID: int32(4711 + i), FD: 7}, Process: &tcp.Process{Name: name}})
			}
		}
	}
	const local, remote = "10.0.0.7:60739", "54.65.136.43:9443"
	return []WatchEvent{
		event(watch.Present, socket(tcp.Listen, "[::]:443", ""), func(e *WatchEvent) { e.Age.Max = tcp.Opt[time.Duration]{} }),
		event(watch.Appeared, socket(tcp.CloseWait, local, remote), owner("java", 1)),
		event(watch.Appeared, socket(tcp.CloseWait, "[::ffff:10.0.0.7]:80", "[::ffff:10.0.0.8]:81"), owner("we) ird\x1b", 3)),
		event(watch.Changed, socket(tcp.CloseWait, local, remote), func(e *WatchEvent) { e.From, e.To = tcp.Established, tcp.CloseWait }),
		event(watch.Changed, socket(tcp.LastAck, "[2001:db8::1]:1", "[2001:db8::2]:2"), func(e *WatchEvent) {
			e.From, e.To, e.Through = tcp.Established, tcp.LastAck, []tcp.State{tcp.CloseWait}
		}),
		event(watch.Left, socket(tcp.TimeWait, local, remote), func(e *WatchEvent) {
			e.From, e.Inferred, e.Final = tcp.TimeWait, watch.Expired, final
			e.Row.Socket.Info = *final
		}),
		event(watch.Brief, socket(tcp.Established, local, remote), func(e *WatchEvent) {
			e.Age, e.Final, e.Row.Unseen = tcp.Age{}, final, true
			e.Row.Socket.Info = *final
		}),
	}
}

func TestWatchText(t *testing.T) {
	text := WatchText{States: tcp.SetOf(tcp.CloseWait, tcp.LastAck), Header: true}
	out := text.AppendHead(nil, listing.Head{})
	for _, e := range watchEvents() {
		out = text.AppendEvent(out, &e)
	}
	sample := watch.Sample{
		Time: watchNow, Count: 12, Appeared: 3, Changed: 2, Left: 1, Growth: tcp.Some(-2.26),
		Oldest: tcp.Age{Min: tcp.Some(time.Hour)},
	}
	out = text.AppendSample(out, &sample)
	sample.LostEvents, sample.Unfollowed, sample.Growth = 7, 8, tcp.Opt[float64]{}
	out = text.AppendSample(out, &sample)
	out = text.AppendSummary(out, fullSummary())
	want := `Time Event State Local Remote PID/Program Age Cookie Note
T present LISTEN [::]:443 * - >=4.0s 1f3a
T appeared CLOSE_WAIT 10.0.0.7:60739 54.65.136.43:9443 4711/java 4.0s..5.0s 1f3a
T appeared CLOSE_WAIT 10.0.0.7:80 10.0.0.8:81 4711/we)\x20ird\x1b+2 4.0s..5.0s 1f3a
T changed ESTABLISHED>CLOSE_WAIT 10.0.0.7:60739 54.65.136.43:9443 - 4.0s..5.0s 1f3a FIN arrives, send ACK
T changed ESTABLISHED>(CLOSE_WAIT)>LAST_ACK [2001:db8::1]:1 [2001:db8::2]:2 - 4.0s..5.0s 1f3a
T left TIME_WAIT 10.0.0.7:60739 54.65.136.43:9443 - 4.0s..5.0s 1f3a inferred=expired; bytes_sent=0 bytes_received=0 total_retrans=0
T brief - 10.0.0.7:60739 54.65.136.43:9443 - - 1f3a bytes_sent=0 bytes_received=0 total_retrans=0
T sample CLOSE_WAIT,LAST_ACK count=12 appeared=3 changed=2 left=1 brief=0 growth=-2.3/min oldest=>=1h00m
T sample CLOSE_WAIT,LAST_ACK count=12 appeared=3 changed=2 left=1 brief=0 lost_events=7 unfollowed=8 growth=- oldest=>=1h00m
T summary CLOSE_WAIT,LAST_ACK count=120 appeared=118 changed=0 left=0 brief=0 growth=+708/min oldest=- over=10s samples=11
T process 4711/java count=120 growth=+708/min open_files=131 limit=1024 closed_held=3 full_in=1m15s
T listener [::]:443 count=2 growth=0/min
T peer 10.0.0.9 count=1 growth=-
`
	got := strings.ReplaceAll(string(out), watchNow.Format("2006-01-02T15:04:05.000Z"), "T")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// Files that the sockets watched do not account for are told in words.
func TestWatchFilesWords(t *testing.T) {
	text := WatchText{States: tcp.SetOf(tcp.CloseWait)}
	for _, tt := range []struct {
		files watch.Files
		want  string
	}{
		{watch.Files{Open: 304, Limit: 1024}, "open_files=304 limit=1024 full_in=1m01s"},
		{watch.Files{Open: 305, Limit: 1024}, "open_files=305 limit=1024 full_in=1m00s; 305 open files, 120 of them in CLOSE_WAIT"},
		{watch.Files{Open: 1024, Limit: 1024, ClosedHeld: tcp.Some[uint64](0)}, "open_files=1024 limit=1024 closed_held=0 full_in=0ms; 1024 open files, 120 of them in CLOSE_WAIT"},
		{watch.Files{Open: 1000, Limit: 1024, ClosedHeld: tcp.Some[uint64](880), Growth: tcp.Some(48.0)}, "open_files=1000 limit=1024 closed_held=880 full_in=30s; 1000 open files, 120 of them in CLOSE_WAIT, 880 sockets that have ended and were not closed"},
	} {
		s := fullSummary()
		s.Processes[0].Files = tcp.Some(tt.files)
		out := string(text.AppendSummary(nil, s))
		if !strings.Contains(out, "growth=+708/min "+tt.want+"\n") {
			t.Errorf("%s\nwant %s", out, tt.want)
		}
	}
}

// Of every event the words before the note are nine, whatever the names.
func TestWatchTextWords(t *testing.T) {
	text := WatchText{}
	for _, e := range watchEvents() {
		words := strings.Fields(string(text.AppendEvent(nil, &e)))
		if len(words) < 8 || words[1] != e.Kind.String() || words[7] != "1f3a" {
			t.Errorf("%q", words)
		}
	}
}

// A growth has a decimal below 10, in both directions.
func TestGrowthWord(t *testing.T) {
	for growth, want := range map[float64]string{
		0: "0/min", -0.04: "0/min", 2.26: "+2.3/min", -2.26: "-2.3/min", 9.96: "+10/min", 12.4: "+12/min", -12.4: "-12/min", 708: "+708/min",
	} {
		if got := string(AppendGrowth(nil, tcp.Some(growth))); got != want {
			t.Errorf("%v: %s, not %s", growth, got, want)
		}
	}
}

// fullSummary is a summary that has everything.
func fullSummary() *WatchSummary {
	s := &WatchSummary{Head: listing.Head{Host: "h"}, Source: "netlink", Reached: tcp.Some(true), Missing: []listing.Missing{{}}}
	s.Start, s.Sample.Time, s.First, s.Samples = watchNow.Add(-10*time.Second), watchNow, 2, 11
	s.Count, s.Appeared, s.Growth = 120, 118, tcp.Some(708.0)
	s.Processes = []ProcessGrowth{{
		Group: watch.Group{Subject: watch.Subject{PID: 4711}, Process: &tcp.Process{Name: "java"}, Count: 120, Growth: tcp.Some(708.0)},
		Files: tcp.Some(watch.Files{Open: 131, Limit: 1024, ClosedHeld: tcp.Some[uint64](3)}),
	}}
	s.Listeners = []watch.Group{{Subject: watch.Subject{Listener: netip.MustParseAddrPort("[::]:443")}, Count: 2, Growth: tcp.Some(0.04)}}
	s.Peers = []watch.Group{{Subject: watch.Subject{Peer: netip.MustParseAddr("10.0.0.9")}, Count: 1}}
	return s
}

// An event of a socket that no dump has shown has no state, and a final tcp_info is told
// without being asked for.
func TestWatchEvents(t *testing.T) {
	j := &WatchJSON{States: tcp.AllStates}
	j.AppendHead(nil, listing.Head{})
	for _, e := range watchEvents() {
		text := string(j.AppendEvent(nil, &e))
		if !strings.HasSuffix(text, "\n") || strings.Count(text, "\n") != 1 {
			t.Errorf("not one line: %q", text)
		}
		socket := decode[document.Event](t, text).Socket
		if (socket.State == "") != (e.Kind == watch.Brief) || (socket.TCPInfo != nil) != (e.Final != nil) {
			t.Errorf("%v: state %q, tcp_info %v", e.Kind, socket.State, socket.TCPInfo)
		}
	}
}

func TestWatchJSON(t *testing.T) {
	j := &WatchJSON{}
	var got []string
	for _, e := range watchEvents() {
		text := string(j.AppendEvent(nil, &e))
		_, text, _ = strings.Cut(text, `"time":`)
		text, _, _ = strings.Cut(text, `,"socket"`)
		got = append(got, text)
	}
	want := []string{
		`"2026-11-20T14:00:01.234Z","event":"present","from":null,"to":"LISTEN","through":[],"transition":null,"inferred":null`,
		`"2026-11-20T14:00:01.234Z","event":"appeared","from":null,"to":"CLOSE_WAIT","through":[],"transition":null,"inferred":null`,
		`"2026-11-20T14:00:01.234Z","event":"appeared","from":null,"to":"CLOSE_WAIT","through":[],"transition":null,"inferred":null`,
		`"2026-11-20T14:00:01.234Z","event":"changed","from":"ESTABLISHED","to":"CLOSE_WAIT","through":[],"transition":"FIN arrives, send ACK","inferred":null`,
		`"2026-11-20T14:00:01.234Z","event":"changed","from":"ESTABLISHED","to":"LAST_ACK","through":["CLOSE_WAIT"],"transition":null,"inferred":null`,
		`"2026-11-20T14:00:01.234Z","event":"left","from":"TIME_WAIT","to":null,"through":[],"transition":null,"inferred":"expired"`,
		`"2026-11-20T14:00:01.234Z","event":"brief","from":null,"to":null,"through":[],"transition":null,"inferred":null`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
