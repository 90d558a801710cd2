package tcp

import (
	"net/netip"
	"testing"
)

func TestOpenerOf(t *testing.T) {
	m := &Machine{Sysctls: Sysctls{PortRangeLow: 40000, PortRangeHigh: 40009}}
	m.Listeners.Add(&Socket{State: Listen, Local: netip.MustParseAddrPort("10.0.0.1:80")})
	m.Listeners.Add(&Socket{State: Listen, Local: netip.MustParseAddrPort("0.0.0.0:40005")})
	for _, test := range []struct {
		name  string
		state State
		mini  bool
		local string
		want  string
	}{
		{"listener", Listen, false, "10.0.0.1:80", "none"},
		{"bound", Bound, false, "10.0.0.1:80", "none"},
		{"closed", Close, false, "10.0.0.1:80", "none"},
		{"SYN_SENT from a listener's port", SynSent, false, "10.0.0.1:80", "active"},
		{"half-open", SynRecv, true, "10.0.0.1:81", "passive"},
		{"both connected", SynRecv, false, "10.0.0.1:81", "unknown"},
		{"both connected from an ephemeral port", SynRecv, false, "10.0.0.1:40000", "active"},
		{"through a listener", Established, false, "10.0.0.1:80", "passive"},
		{"past a listener", Established, false, "10.0.0.2:80", "unknown"},
		{"first ephemeral port", Established, false, "10.0.0.1:40000", "active"},
		{"last ephemeral port", TimeWait, true, "10.0.0.1:40009", "active"},
		{"below the ephemeral ports", FinWait1, false, "10.0.0.1:39999", "unknown"},
		{"above the ephemeral ports", LastAck, false, "10.0.0.1:40010", "unknown"},
		{"a listener on an ephemeral port", CloseWait, false, "10.0.0.1:40005", "passive"},
		{"a state that nobody knows", 14, false, "10.0.0.1:40000", "unknown"},
		{"UNKNOWN", Unknown, false, "10.0.0.1:80", "unknown"},
	} {
		s := Socket{State: test.state, Mini: test.mini, Local: netip.MustParseAddrPort(test.local)}
		if got := OpenerOf(&s, m).String(); got != test.want {
			t.Errorf("%s: %s, not %s", test.name, got, test.want)
		}
	}
	s := Socket{State: Established, Local: netip.MustParseAddrPort("10.0.0.1:50000")}
	if got := OpenerOf(&s, &Machine{}); got != OpenerUnknown {
		t.Errorf("with the port range unknown: %s, not unknown", got)
	}
}

func TestCloserOf(t *testing.T) {
	want := map[State]string{
		Established: "none", SynSent: "none", SynRecv: "none", Listen: "none", Bound: "none", Close: "none",
		FinWait1: "local", FinWait2: "local", TimeWait: "local",
		CloseWait: "remote", LastAck: "remote",
		Closing: "both",
		Unknown: "", 0: "", 12: "", 14: "", 200: "",
	}
	for _, s := range States {
		if _, ok := want[s]; !ok {
			t.Errorf("%v is not tested", s)
		}
	}
	for s, closer := range want {
		if got := closerOf(s).String(); got != closer {
			t.Errorf("state %d: %q, not %q", s, got, closer)
		}
	}
}

func TestCompletenessOf(t *testing.T) {
	const none = 99
	quiet := infoOf(nil)
	received := infoOf(map[InfoField]uint64{InfoDataSegsIn: 1})
	sent := infoOf(map[InfoField]uint64{InfoDataSegsOut: 1})
	unsent := infoOf(map[InfoField]uint64{InfoDataSegsOut: 1, InfoNotSent: 5})
	var old Info // of a kernel before 4.6, which does not count segments of data
	old.SetBytes(make([]byte, 104))
	for _, test := range []struct {
		name   string
		socket Socket
		want   uint8
	}{
		{"LISTEN", Socket{State: Listen, Info: quiet}, none},
		{"BOUND", Socket{State: Bound}, none},
		{"CLOSE", Socket{State: Close}, none},
		{"UNKNOWN", Socket{State: 14, Info: quiet}, none},
		{"SYN_SENT", Socket{State: SynSent}, 1},
		{"SYN_RECV", Socket{State: SynRecv, Mini: true}, 3},
		{"ESTABLISHED without tcp_info", Socket{State: Established}, none},
		{"ESTABLISHED with an old tcp_info", Socket{State: Established, Info: old}, none},
		{"ESTABLISHED", Socket{State: Established, Info: quiet}, 7},
		{"ESTABLISHED, data in", Socket{State: Established, Info: received}, 15},
		{"ESTABLISHED, data out", Socket{State: Established, Info: sent}, 15},
		{"ESTABLISHED, data waiting", Socket{State: Established, Info: unsent}, 15},
		{"FIN_WAIT1", Socket{State: FinWait1, Info: quiet}, 23},
		{"FIN_WAIT1, FIN behind data", Socket{State: FinWait1, Info: unsent}, 15},
		{"FIN_WAIT2", Socket{State: FinWait2, Info: sent}, 31},
		{"FIN_WAIT2 mini-socket", Socket{State: FinWait2, Mini: true}, 23},
		{"CLOSING, own FIN behind data", Socket{State: Closing, Info: unsent}, 31},
		{"TIME_WAIT", Socket{State: TimeWait, Mini: true}, 23},
		{"CLOSE_WAIT", Socket{State: CloseWait, Info: received}, 31},
		{"LAST_ACK", Socket{State: LastAck, Info: quiet}, 23},
	} {
		if got := CompletenessOf(&test.socket).Or(none); got != test.want {
			t.Errorf("%s: %d, not %d", test.name, got, test.want)
		}
	}
}
