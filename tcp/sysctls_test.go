package tcp

import (
	"maps"
	"testing"
	"time"
)

func TestSysctls(t *testing.T) {
	s := Sysctls{Retries2: 5, RTOMax: 2000, FinTimeout: 30}
	if got := s.Value(Retries2); got != 5 {
		t.Errorf("tcp_retries2 is %d, want this machine's 5", got)
	}
	if got := s.Value(SynLinearTimeouts); got != 0 {
		t.Errorf("tcp_syn_linear_timeouts is %d on a kernel without it, want 0", got)
	}
	if got := s.Duration(RTOMax); got != 2*time.Second {
		t.Errorf("tcp_rto_max_ms is %v, want 2s", got)
	}
	if got := s.Duration(FinTimeout); got != 30*time.Second {
		t.Errorf("tcp_fin_timeout is %v, want 30s", got)
	}
	for _, test := range []struct {
		s     Sysctls
		names []Sysctl
		known bool
	}{
		{s, []Sysctl{Retries2, RTOMax}, true},
		{s, []Sysctl{SynLinearTimeouts}, true}, // the kernel is too old for it
		{s, []Sysctl{Retries2, OrphanRetries}, false},
		{nil, []Sysctl{SynLinearTimeouts}, false},
	} {
		if got := test.s.known(test.names...); got != test.known {
			t.Errorf("%v of %v: known %t, want %t", test.names, test.s, got, test.known)
		}
	}
}

// withDefaults is a machine left as it came, but for some settings. Settings
// that only newer kernels have are missing.
func withDefaults(changed Sysctls) Sysctls {
	s := Sysctls{}
	for _, doc := range SysctlDocs {
		if doc.Since == "" {
			s[doc.Name] = doc.Default
		}
	}
	maps.Copy(s, changed)
	return s
}
