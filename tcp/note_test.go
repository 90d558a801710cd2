package tcp

import (
	"net/netip"
	"regexp"
	"slices"
	"testing"
	"time"
)

// noteTests say every clause at least once.
var noteTests = []struct {
	name   string
	socket Socket
	level  Level
	want   string
}{
	{"idle listener", Socket{State: Listen, Backlog: Backlog{Limit: Some[uint32](8)}}, Calm, ""},
	{"listener", Socket{State: Listen, Backlog: Backlog{Used: 8, Limit: Some[uint32](8)}}, Calm, "8 of 8 wait for accept()"},
	{
		"full listener",
		Socket{State: Listen, Backlog: Backlog{Used: 9, Limit: Some[uint32](8)}},
		Alarm,
		"accept queue full: 9 wait, limit 8; new connections are dropped until the program accepts",
	},
	{"idle listener, limit unknown", Socket{State: Listen}, Calm, ""},
	{"listener, limit unknown", Socket{State: Listen, Backlog: Backlog{Used: 9}}, Notice, "9 wait for accept(); the limit is not known"},
	{
		"listener that dropped",
		Socket{State: Listen, Backlog: Backlog{Used: 9, Limit: Some[uint32](8), Drops: Some[uint32](33)}},
		Alarm,
		"accept queue full: 9 wait, limit 8; new connections are dropped until the program accepts",
	},
	{
		"a window that shut on segments under way",
		Socket{
			State: Established, SendQueue: 3863438, Timer: Timer{Kind: RetransmitTimer, Expires: 30 * time.Second}, RTO: Some(120 * time.Second),
			Info: infoOf(map[InfoField]uint64{InfoBackoff: 11}),
		},
		Notice,
		"the peer is not reading: its window stays closed, 3863438 bytes wait; can go on for ever while it answers probes",
	},
	{
		"a loss probe with the window open",
		Socket{
			State: Established, SendQueue: 5, Timer: Timer{Kind: RetransmitTimer, Expires: time.Second}, RTO: Some(time.Second),
			Info: infoOf(map[InfoField]uint64{InfoBackoff: 1, InfoSendWindow: 65535}),
		},
		Calm,
		"",
	},
	{"bound", Socket{State: Bound}, Calm, "has a port, neither listens nor connects"},
	{"closed", Socket{State: Close}, Notice, "closed, but its descriptor is open: counts against the limit of open files"},
	{"new state", Socket{State: 14}, Notice, "state number 14 is new to tcpstat"},

	{"SYN", Socket{State: SynSent, Timer: onTimer(0)}, Calm, "waits for the peer's SYN+ACK"},
	{
		"SYN, once more",
		Socket{State: SynSent, Timer: onTimer(1), RTO: Some(2 * time.Second)},
		Calm,
		"no answer: SYN sent again, 1 of 6, next in 1.5s, gives up in about 2m05s",
	},
	{
		"SYN, again",
		Socket{State: SynSent, Timer: onTimer(2), RTO: Some(4 * time.Second)},
		Notice,
		"no answer: SYN sent again, 2 of 6, next in 1.5s, gives up in about 2m01s",
	},
	{"half-open", Socket{State: SynRecv, Mini: true, Local: at(81), Timer: onTimer(0)}, Calm, "waits for the client's ACK"},
	{
		"half-open, again",
		Socket{State: SynRecv, Mini: true, Local: at(81), Timer: onTimer(2)},
		Notice,
		"waits for the client's ACK; SYN+ACK sent again, 2 so far",
	},
	{
		"half-open behind a full queue",
		Socket{State: SynRecv, Mini: true, Local: at(80), Timer: onTimer(0)},
		Alarm,
		"waits for the client's ACK; the accept queue of :80 is full",
	},
	{"both connected", Socket{State: SynRecv, Timer: onTimer(0)}, Calm, "waits for the client's ACK"},
	{
		"both connected, again",
		Socket{State: SynRecv, Timer: onTimer(2), RTO: Some(4 * time.Second)},
		Notice,
		"no answer: SYN+ACK sent again, 2 of 6, next in 1.5s, gives up in about 2m01s",
	},

	{"connection", Socket{State: Established}, Calm, ""},
	{"connection, keepalive armed", Socket{State: Established, Timer: Timer{Kind: KeepaliveTimer, Expires: time.Hour}}, Calm, ""},
	{"connection, retransmission armed", Socket{State: Established, Timer: onTimer(0)}, Calm, ""},
	{
		"not accepted",
		Socket{State: Established, Inode: nobody, Local: at(80), RecvQueue: 3},
		Notice,
		"not accepted yet: in the accept queue of :80",
	},
	{
		"retransmission",
		Socket{State: Established, Timer: onTimer(3), RTO: Some(1632 * time.Millisecond)},
		Notice,
		"retransmission 3 of about 15, next in 1.5s, gives up in about 15m",
	},
	{
		"retransmission without carrier",
		Socket{State: Established, Timer: onTimer(7), RTO: Some(3264 * ms), Info: infoOf(map[InfoField]uint64{InfoBackoff: 4})},
		Notice,
		"3 of 7 tries to send again failed on this machine: no carrier, no route, or the device takes nothing",
	},
	{
		"retransmission on a subflow",
		Socket{State: Established, Subflow: true, Timer: onTimer(3), RTO: Some(1632 * time.Millisecond)},
		Notice,
		"retransmission 3 of about 15, next in 1.5s, gives up in about 15m; a subflow of Multipath TCP: other subflows carry its data, if there are any",
	},
	{
		"first retransmission",
		Socket{State: Established, Timer: onTimer(1), RTO: Some(408 * time.Millisecond)},
		Calm,
		"retransmission 1 of about 15, next in 1.5s, gives up in about 15m",
	},
	{"retransmission, RTO unknown", Socket{State: Established, Timer: onTimer(1)}, Notice, "retransmission 1, next in 1.5s"},
	{
		"keepalive",
		Socket{State: Established, Timer: Timer{Kind: KeepaliveTimer, Probes: 2, Expires: time.Second}},
		Notice,
		"idle peer does not answer: keepalive probe 2 of 9, next in 1.0s, gives up in about 8m46s",
	},
	{
		"keepalive of its own",
		Socket{State: Established, Timer: Timer{Kind: KeepaliveTimer, Probes: 2, Expires: 20 * time.Second}, Info: infoOf(map[InfoField]uint64{InfoLastAckRecv: 80_000})},
		Notice,
		"idle peer does not answer: keepalive probe 2, next in 20s; the program has set its own times, gives up within 6m10s",
	},
	{
		"silent, without keepalive",
		Socket{State: Established, Info: infoOf(map[InfoField]uint64{InfoLastAckRecv: 10_000})},
		Calm,
		"nothing heard for 10s, and no keepalive: if the peer is gone nobody notices (set SO_KEEPALIVE)",
	},
	{"silent for a moment", Socket{State: Established, Info: infoOf(map[InfoField]uint64{InfoLastAckRecv: 9_900})}, Calm, ""},
	{
		"closed window",
		Socket{State: Established, SendQueue: 500, Timer: probeTimer(0)},
		Notice,
		"the peer is not reading: its window stays closed, 500 bytes wait; can go on for ever while it answers probes",
	},
	{
		"window closed now",
		Socket{State: Established, SendQueue: 500, Timer: probeTimer(0), Info: infoOf(map[InfoField]uint64{InfoBackoff: 2})},
		Calm,
		"the peer's window is closed at this moment: 500 bytes wait",
	},
	{
		"one unanswered probe",
		Socket{State: Established, SendQueue: 500, Timer: probeTimer(1), RTO: Some(200 * ms), Info: infoOf(map[InfoField]uint64{InfoBackoff: 3})},
		Notice,
		"the peer is not reading: its window stays closed, 500 bytes wait; can go on for ever while it answers probes",
	},
	{
		"closed window of nobody",
		Socket{State: FinWait1, Inode: nobody, SendQueue: 500, Timer: probeTimer(0)},
		Notice,
		"the peer is not reading: its window stays closed, 500 bytes wait; no program owns it, so that in the end even answered probes are given up",
	},
	{
		"unanswered probes",
		Socket{
			State: Established, Timer: probeTimer(14), RTO: Some(200 * ms),
			Info: infoOf(map[InfoField]uint64{InfoBackoff: 15}),
		},
		Notice,
		"the peer's window is closed and it no longer answers: probe 14 of about 15, next in 1.5s, gives up in about 2m01s",
	},
	{
		"not read",
		Socket{State: Established, RecvQueue: 5, Info: received(10 * time.Second)},
		Notice,
		"the program is not reading: 5 bytes wait, the last came at least 10s ago",
	},
	{"not read for a moment", Socket{State: Established, RecvQueue: 5, Info: received(9 * time.Second)}, Calm, ""},
	{
		"not read nor acknowledged",
		Socket{State: Established, RecvQueue: 5, Timer: onTimer(2), Info: received(10 * time.Second)},
		Notice,
		"retransmission 2, next in 1.5s; the program is not reading: 5 bytes wait, the last came at least 10s ago",
	},

	{"FIN", Socket{State: FinWait1, Timer: onTimer(0)}, Calm, "our FIN waits for the peer's ACK"},
	{
		"FIN, again",
		Socket{State: LastAck, Inode: nobody, Timer: onTimer(2), RTO: Some(816 * ms)},
		Notice,
		"our FIN is not acknowledged: retransmission 2 of about 8, next in 1.5s, gives up in about 1m44s",
	},
	{"both FINs", Socket{State: Closing, Inode: nobody, Timer: onTimer(0)}, Calm, "both ends closed at once; our FIN waits for the peer's ACK"},
	{
		"half-closed",
		Socket{State: FinWait2, Info: received(0)},
		Calm,
		"our side closed at least 1m29s ago, the peer may go on sending; no time limit while a program holds it",
	},
	{
		"half-closed, unanswered",
		Socket{State: FinWait2, Timer: Timer{Kind: KeepaliveTimer, Probes: 9, Expires: time.Second}},
		Notice,
		"our side closed some time ago, the peer may go on sending; no time limit while a program holds it; idle peer does not answer: keepalive probe 9 of 9, gives up in about 1.0s",
	},
	{
		"mini-socket in FIN_WAIT2",
		Socket{State: FinWait2, Mini: true, Timer: Timer{Kind: FinWait2Timer, Expires: 40 * time.Second}},
		Calm,
		"the peer has not closed; the kernel drops it in 40s",
	},
	{
		"FIN_WAIT2 with a long TCP_LINGER2",
		Socket{State: FinWait2, Inode: nobody, Timer: Timer{Kind: FinWait2Timer, Expires: 40 * time.Second}},
		Calm,
		"the peer has not closed; the kernel drops it within 1m40s",
	},
	{"FIN_WAIT2 of nobody without a timer", Socket{State: FinWait2, Inode: nobody}, Calm, ""},
	{"TIME_WAIT", Socket{State: TimeWait, Mini: true, Timer: Timer{Kind: TimeWaitTimer, Expires: 40 * time.Second}}, Calm, "kept for late segments, gone in 40s"},

	{"end read", Socket{State: CloseWait}, Notice, "peer closed some time ago; the end was read, but not closed"},
	{
		"end read a minute ago",
		Socket{State: CloseWait, Info: received(90 * time.Second)},
		Alarm,
		"peer closed 1m29s ago; the end was read, but not closed",
	},
	{"end not read", Socket{State: CloseWait, RecvQueue: 1}, Notice, "peer closed some time ago; the program has not read the end"},
	{"data not read", Socket{State: CloseWait, RecvQueue: 24}, Notice, "peer closed some time ago; 23 bytes and the FIN unread"},
	{"alert not read", Socket{State: CloseWait, RecvQueue: 25}, Notice, "peer closed some time ago; 24 bytes (a TLS close_notify?) and the FIN unread"},
	{"longest alert not read", Socket{State: CloseWait, RecvQueue: 32}, Notice, "peer closed some time ago; 31 bytes (a TLS close_notify?) and the FIN unread"},
	{"more data not read", Socket{State: CloseWait, RecvQueue: 33}, Notice, "peer closed some time ago; 32 bytes and the FIN unread"},
	{
		"never accepted",
		Socket{State: CloseWait, Inode: nobody, Local: at(80), RecvQueue: 1},
		Notice,
		"peer closed some time ago; never accepted: in the accept queue of :80",
	},
	{
		"end read, answer not acknowledged",
		Socket{State: CloseWait, Timer: onTimer(2)},
		Notice,
		"peer closed some time ago; the end was read, but not closed; retransmission 2, next in 1.5s",
	},
}

var nobody = Some[uint64](0)

func at(port uint16) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port)
}

func onTimer(retransmits uint8) Timer {
	return Timer{Kind: RetransmitTimer, Retransmits: retransmits, Expires: 1500 * time.Millisecond}
}

func probeTimer(probes uint8) Timer {
	return Timer{Kind: WindowProbe, Probes: probes, Expires: 1500 * time.Millisecond}
}

// received is a tcp_info 90 s after the last acknowledgement and some time
// after data.
func received(ago time.Duration) Info {
	return infoOf(map[InfoField]uint64{
		InfoDataSegsIn: 1, InfoLastDataRecv: uint64(ago / time.Millisecond), InfoLastAckRecv: 90_000,
	})
}

func TestNoteOf(t *testing.T) {
	m := Machine{Sysctls: withDefaults(nil)}
	m.Listeners.Add(&Socket{State: Listen, Local: at(80), Backlog: Backlog{Used: 9, Limit: Some[uint32](8)}})
	m.Listeners.Add(&Socket{State: Listen, Local: at(81), Backlog: Backlog{Used: 8, Limit: Some[uint32](8)}})
	said := map[clauseID]bool{}
	for _, test := range noteTests {
		s := test.socket
		if _, told := s.Inode.Get(); !told && !s.Mini {
			s.Inode = Some[uint64](7)
		}
		v := Annotate(&s, &m)
		n := NoteOf(&s, &v, &m)
		if n.String() != test.want || n.Level != test.level || n.Empty() != (test.want == "") {
			t.Errorf("%s: level %d, %q\nnot %d, %q", test.name, n.Level, n.String(), test.level, test.want)
		}
		for _, c := range n.clauses[:n.count] {
			said[c.id] = true
		}
	}
	said[keepaliveNoForecast] = true // see TestNoteOfUnknownSettings
	for _, id := range []clauseID{halfOpenHere, droppedOther, droppedPerhaps, droppedShort} {
		said[id] = true // see TestNoteOfListener
	}
	for id := noClause + 1; id < clauseCount; id++ {
		if !said[id] {
			t.Errorf("no test says %q", clauseTexts[id].In(English))
		}
	}
}

// A listener's drops are not blamed on its queue, which one look cannot know.
func TestNoteOfListener(t *testing.T) {
	s := Socket{State: Listen, Local: at(80), Backlog: Backlog{Used: 1, Limit: Some[uint32](8), Drops: Some[uint32](33)}}
	for _, tt := range []struct {
		m    Machine
		want string
	}{
		{Machine{}, "1 of 8 wait for accept()"},
		{Machine{HalfOpen: map[ListenerKey]int{{at(80), 0}: 5, {at(81), 0}: 6}}, "1 of 8 wait for accept(); 5 half-open"},
		{Machine{Overflows: Some[int64](0)}, "1 of 8 wait for accept(); 33 dropped so far, none because the accept queue was full"},
		{Machine{Overflows: Some[int64](9)}, "1 of 8 wait for accept(); 33 dropped so far: repeated SYNs, or its accept queue was full (all listeners here: 9 overflows)"},
		{Machine{Overflows: Some[int64](9), Sysctls: Sysctls{Somaxconn: 8}}, "1 of 8 wait for accept(); 33 dropped so far: repeated SYNs, or its accept queue was full (all listeners here: 9 overflows)"},
		{
			Machine{Overflows: Some[int64](9), Sysctls: Sysctls{Somaxconn: 4096}},
			"1 of 8 wait for accept(); 33 dropped so far: repeated SYNs, or its short accept queue (8) was full (all listeners here: 9 overflows)",
		},
	} {
		if n := NoteOf(&s, &View{}, &tt.m); n.String() != tt.want || n.Level != Calm {
			t.Errorf("level %d, %q\nnot %q", n.Level, n.String(), tt.want)
		}
	}
}

// The order of the words, and the forms that times take in it, are the language's.
func TestNoteInKorean(t *testing.T) {
	m := Machine{Sysctls: withDefaults(nil)}
	wants := map[string]string{
		"listener that dropped":             "accept 큐 가득 참: 9개 대기, 한도 8개; 프로그램이 accept할 때까지 새 연결을 버림",
		"SYN, again":                        "응답 없음: SYN 재전송 2/6회, 다음 시도 1.5초 후, 약 2분 1초 후 포기",
		"retransmission":                    "재전송 3회째(약 15회 중), 다음 시도 1.5초 후, 약 15분 후 포기",
		"end read a minute ago":             "상대가 닫음, 1분 29초 경과; 끝(EOF)은 읽었으나 닫지 않음",
		"data not read":                     "상대가 닫음, 경과 시간 미상; 23바이트와 FIN을 읽지 않음",
		"end read, answer not acknowledged": "상대가 닫음, 경과 시간 미상; 끝(EOF)은 읽었으나 닫지 않음; 재전송 2회, 다음 시도 1.5초 후",
	}
	for _, test := range noteTests {
		want, ok := wants[test.name]
		if !ok {
			continue
		}
		delete(wants, test.name)
		s := test.socket
		if _, told := s.Inode.Get(); !told && !s.Mini {
			s.Inode = Some[uint64](7)
		}
		v := Annotate(&s, &m)
		n := NoteOf(&s, &v, &m)
		if got := string(n.Append(nil, Korean)); got != want {
			t.Errorf("%s: %q\nnot %q", test.name, got, want)
		}
	}
	for name := range wants {
		t.Errorf("no socket of the tests is called %q", name)
	}
}

// What is about now reads as such in a forecast, and not as about so long.
func TestAppendForecastOfNow(t *testing.T) {
	c := clause{id: dataAgain, n: 3, of: 3}
	for lang, want := range map[Lang]string{
		English: "retransmission 3 of about 3, gives up in a moment",
		Korean:  "재전송 3회째(약 3회 중), 잠시 후 포기",
	} {
		if got := string(c.append(nil, lang)); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// Without settings nothing is forecast.
func TestNoteOfUnknownSettings(t *testing.T) {
	for want, s := range map[string]Socket{
		"idle peer does not answer: keepalive probe 2, next in 1.0s": {State: Established, Timer: Timer{Kind: KeepaliveTimer, Probes: 2, Expires: time.Second}},
		"retransmission 3, next in 1.5s":                             {State: Established, Timer: onTimer(3), RTO: Some(1632 * ms)},
	} {
		s.Inode = Some[uint64](7)
		m := Machine{}
		v := Annotate(&s, &m)
		if n := NoteOf(&s, &v, &m); n.String() != want {
			t.Errorf("%q, not %q", n.String(), want)
		}
	}
}

// A time is told without "at least" where its bounds are within a tenth and a second.
func TestAgeInWords(t *testing.T) {
	for _, test := range []struct {
		low, high time.Duration
		want      string
	}{
		{0, time.Second, "0ms"},
		{0, time.Second + 1, "at least 0ms"},
		{10 * time.Second, 12 * time.Second, "10s"},
		{10 * time.Second, 12*time.Second + 1, "at least 10s"},
		{100 * time.Second, 111 * time.Second, "1m40s"},
		{100 * time.Second, 111*time.Second + 1, "at least 1m40s"},
	} {
		age := Age{Min: Some(test.low), Max: Some(test.high)}
		if got := string(age.appendSince(nil, English)); got != test.want {
			t.Errorf("%v to %v: %q, not %q", test.low, test.high, got, test.want)
		}
	}
}

func TestNoteOfLongFinTimeout(t *testing.T) {
	s := Socket{State: FinWait2, Inode: nobody, Timer: Timer{Kind: FinWait2Timer, Expires: 200 * time.Second}}
	m := Machine{Sysctls: withDefaults(Sysctls{FinTimeout: 300})}
	v := Annotate(&s, &m)
	n := NoteOf(&s, &v, &m)
	if want := "the peer has not closed; the kernel drops it within 7m20s"; n.String() != want {
		t.Errorf("%q, not %q", n.String(), want)
	}
}

func TestClauseTexts(t *testing.T) {
	placeholder := regexp.MustCompile(`\{([^}]*)\}`)
	known := []string{"n", "of", "port", "next", "then", "ends", "about", "since", "drops"}
	for id := noClause + 1; id < clauseCount; id++ {
		if clauseTexts[id][English] == "" {
			t.Errorf("clause %d has no text", id)
		}
		english := placeholder.FindAllString(clauseTexts[id][English], -1)
		slices.Sort(english)
		for lang, text := range clauseTexts[id] {
			for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(known, match[1]) {
					t.Errorf("%q holds an unknown placeholder", text)
				}
			}
			other := placeholder.FindAllString(text, -1)
			slices.Sort(other)
			if text != "" && !slices.Equal(other, english) {
				t.Errorf("language %d has other placeholders: %q", lang, text)
			}
		}
	}
}
