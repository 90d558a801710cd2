package tcp

import (
	"slices"
	"testing"
	"time"
)

func TestExpand(t *testing.T) {
	lowered := Sysctls{
		Retries2: 6, RTOMax: 2000, OrphanRetries: 3, SynRetries: 3, SynLinearTimeouts: 4,
		SynAckRetries: 2, FinTimeout: 5, KeepaliveTime: 600, KeepaliveInterval: 10, KeepaliveProbes: 3,
		PortRangeLow: 40000, PortRangeHigh: 40009,
	}
	old := Sysctls{SynRetries: 6} // a kernel before 6.5
	for _, test := range []struct {
		text     string
		sysctls  Sysctls
		expanded string
	}{
		{"plain", nil, "plain"},
		{"{tcp_fin_timeout}, {tcp_fin_timeout}.", nil, "60 s, 60 s."},
		{"{tcp_fin_timeout}", lowered, "5 s"},
		{"{tcp_rto_max_ms}", lowered, "2 s"},
		{"{tcp_keepalive_time}", nil, "2h"},
		{"{keepalive_end}", nil, "2h11m15s"},
		{"{keepalive_end}", lowered, "10m30s"},
		{"{syn_sent_end} {syn_sent_retries}", nil, "2m11s 10"},
		{"{syn_sent_end} {syn_sent_retries}", old, "2m7s 6"},
		{"{syn_sent_end} {syn_sent_retries}", lowered, "7 s 5"}, // 1 1 1 1 1 2: by then as much time has passed as three doubling waits take
		{"{syn_recv_end}", nil, "63 s"},
		{"{data_end}", nil, "15m25s"},
		{"{data_end}", Sysctls{Retries2: 3}, "3 s"},
		{"{data_end}", Sysctls{Retries2: 5}, "13 s"},
		{"{data_end}", Sysctls{Retries2: 8}, "102 s"},
		{"{data_end}", lowered, "9 s"},
		{"{orphan_end} {orphan_retries}", nil, "102 s 8"},
		{"{orphan_end} {orphan_retries}", lowered, "3 s 3"},
		{"{local_ports}", nil, "28232"},
		{"{local_ports}", lowered, "10"},
		{"{no_such_figure}", nil, "{no_such_figure}"},
		{"open { brace", nil, "open { brace"},
	} {
		if got := (Text{test.text}).Expand(English, test.sysctls); got != test.expanded {
			t.Errorf("Expand(%q) = %q, want %q", test.text, got, test.expanded)
		}
	}
}

// A setting is what a file on some machine holds, and that may be anything.
func TestExpandSettingsOutOfRange(t *testing.T) {
	for _, v := range []int64{-1 << 63, -1, 0, 1 << 62} {
		machine := Sysctls{}
		for _, doc := range SysctlDocs {
			machine[doc.Name] = v
		}
		for _, f := range figures {
			name := f.name
			if got := (Text{"{" + name + "}"}).Expand(English, machine); got == "" {
				t.Errorf("{%s} with every setting %d is empty", name, v)
			}
		}
	}
}

func TestTextSysctls(t *testing.T) {
	got := Text{"{data_end} {tcp_retries2} {tcp_fin_timeout} {nothing}"}.Sysctls()
	if want := []Sysctl{Retries2, RTOMax, FinTimeout}; !slices.Equal(got, want) {
		t.Errorf("Sysctls = %v, want %v", got, want)
	}
}

func TestSetting(t *testing.T) {
	machine := Sysctls{FinTimeout: 30}
	for _, test := range []struct {
		sysctls Sysctls
		name    Sysctl
		value   int64
		known   bool
	}{
		{machine, FinTimeout, 30, true},
		{machine, Retries2, 15, false},
		{machine, SynLinearTimeouts, 0, true}, // too old for it
		{nil, SynLinearTimeouts, 4, false},
	} {
		got := test.sysctls.Setting(test.name)
		if got.Value != test.value || got.Known != test.known || got.Doc.Name != test.name {
			t.Errorf("%v.Setting(%s) = %+v, want %d, %v", test.sysctls, test.name, got, test.value, test.known)
		}
	}
}

func TestFormatTime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", -time.Second: "0 s", 200 * time.Millisecond: "200 ms",
		time.Second: "1 s", 3400 * time.Millisecond: "3.4 s", 9 * time.Second: "9 s",
		12600 * time.Millisecond: "13 s", 2 * time.Minute: "120 s", 3 * time.Minute: "3m",
		924600 * time.Millisecond: "15m25s", 2 * time.Hour: "2h", 2*time.Hour + time.Second: "2h1s",
	} {
		if got := English.formatTime(d); got != want {
			t.Errorf("formatTime(%v) = %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0초", 200 * time.Millisecond: "200ms", 3400 * time.Millisecond: "3.4초", 2 * time.Minute: "120초",
		3 * time.Minute: "3분", 924600 * time.Millisecond: "15분 25초", 2 * time.Hour: "2시간", 7875 * time.Second: "2시간 11분 15초",
	} {
		if got := Korean.formatTime(d); got != want {
			t.Errorf("formatTime(%v) in Korean = %q, want %q", d, got, want)
		}
	}
}
