package tcp

import (
	"net/netip"
	"testing"
	"time"
)

func TestVerdictOf(t *testing.T) {
	inode := Some[uint64](7)
	for _, test := range []struct {
		name   string
		socket Socket
		want   string
	}{
		{"nothing left to read", Socket{State: CloseWait, Inode: inode}, "eof_read"},
		{"the FIN", Socket{State: CloseWait, Inode: inode, RecvQueue: 1}, "fin_unread"},
		{"a byte and the FIN", Socket{State: CloseWait, Inode: inode, RecvQueue: 2}, "data_unread"},
		{"nobody accepted", Socket{State: CloseWait, Inode: Some[uint64](0), RecvQueue: 14}, "not_accepted"},
		{"another state", Socket{State: Established, Inode: inode, RecvQueue: 14}, ""},
		{"another state, nobody accepted", Socket{State: Established, Inode: Some[uint64](0)}, ""},
	} {
		if got := VerdictOf(&test.socket).String(); got != test.want {
			t.Errorf("%s: %q, not %q", test.name, got, test.want)
		}
	}
}

// sampleSockets has a socket for every branch that a conclusion takes much work
// in.
func sampleSockets() map[string]Socket {
	info := infoOf(map[InfoField]uint64{
		InfoTotalRTORecoveries: 2, InfoRTT: 20_000, InfoBackoff: 3,
		InfoLastAckRecv: 90_000, InfoLastDataRecv: 100_000, InfoDataSegsIn: 1,
	})
	local := netip.MustParseAddrPort("192.0.2.1:80")
	all := map[string]Socket{}
	for name, s := range map[string]Socket{
		"listener":         {State: Listen, Backlog: Backlog{Used: 9, Limit: Some[uint32](8)}},
		"SYN":              {State: SynSent, Timer: Timer{Kind: RetransmitTimer, Retransmits: 2, Expires: time.Second}},
		"half-open":        {State: SynRecv, Mini: true, Timer: Timer{Kind: RetransmitTimer, Retransmits: 2}},
		"retransmission":   {State: Established, RecvQueue: 5, Timer: Timer{Kind: RetransmitTimer, Retransmits: 9, Expires: time.Second}, RTO: Some(120 * time.Second)},
		"window probe":     {State: Established, Timer: Timer{Kind: WindowProbe, Probes: 3, Expires: time.Second}, RTO: Some(time.Second)},
		"keepalive":        {State: Established, Timer: Timer{Kind: KeepaliveTimer, Probes: 3, Expires: time.Second}},
		"orphan":           {State: FinWait1, SendQueue: 1, Inode: Some[uint64](0), Timer: Timer{Kind: RetransmitTimer, Retransmits: 3}, RTO: Some(time.Second)},
		"closed by a peer": {State: CloseWait, RecvQueue: 25, Timer: Timer{Kind: RetransmitTimer, Retransmits: 3}, RTO: Some(time.Second)},
	} {
		s.Local = local
		s.Info = info
		if _, told := s.Inode.Get(); !told && !s.Mini {
			s.Inode = Some[uint64](7)
		}
		all[name] = s
	}
	return all
}

// Two hundred thousand sockets pass through here.
func TestConclusionsDoNotAllocate(t *testing.T) {
	m := &Machine{Sysctls: withDefaults(Sysctls{Retries2: 15})}
	m.Listeners.Add(&Socket{State: Listen, Local: netip.MustParseAddrPort("0.0.0.0:80"), Backlog: Backlog{Used: 9, Limit: Some[uint32](8)}})
	line := make([]byte, 0, 1024)
	for name, s := range sampleSockets() {
		t.Run(name, func(t *testing.T) {
			var v View
			if n := testing.AllocsPerRun(10, func() { v = Annotate(&s, m) }); n != 0 {
				t.Errorf("Annotate allocates %v times", n)
			}
			if n := testing.AllocsPerRun(10, func() { n := NoteOf(&s, &v, m); line = n.Append(line[:0], English) }); n != 0 {
				t.Errorf("the note %q allocates %v times", line, n)
			}
		})
	}
}

func BenchmarkAnnotate(b *testing.B) {
	m := &Machine{Sysctls: withDefaults(Sysctls{Retries2: 15})}
	for name, s := range sampleSockets() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v := Annotate(&s, m)
				NoteOf(&s, &v, m)
			}
		})
	}
}
