package inspect

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// Only the very first answer may turn to /proc, and only where no source was insisted
// on: a later list keeps the source that the first one had.
func TestFallBackOnce(t *testing.T) {
	nettest.Need(t)
	for _, test := range []struct {
		policy  string
		started bool
		source  string
		says    []string
	}{
		{Auto, false, Proc, []string{"sock_diag is not available (operation not permitted); reading /proc/net/tcp, which knows less"}},
		{Auto, true, Netlink, nil},
		{Netlink, false, Netlink, nil},
		{Proc, false, Proc, nil},
	} {
		m, said := open(t, Options{Source: test.policy})
		m.started = test.started
		walk := func() (last error) {
			for _, err := range m.sockets(t.Context(), want{ipv4: true, ipv6: true, states: tcp.AllStates}) {
				last = err
			}
			return last
		}
		failure := withoutNetlink(t, unix.EPERM, walk)
		if unavailable(failure) != (test.source == Netlink) || m.used != test.source || m.ProcOnly() != (test.source == Proc) {
			t.Errorf("%+v: source %s, error %v", test, m.used, failure)
		}
		if err := walk(); err != nil || m.Source() != test.source {
			t.Errorf("%+v: then source %s, error %v", test, m.used, err)
		}
		said.check(t, test.says...)
	}
}

// withoutNetlink runs f on a thread that may not make netlink sockets, and that
// ends with it.
func withoutNetlink(t *testing.T, errno unix.Errno, f func() error) error {
	t.Helper()
	var refusal, failure error
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if refusal = nettest.RefuseNetlink(uint32(errno), 0); refusal == nil {
			failure = f()
		}
	}()
	<-done
	if refusal != nil {
		t.Fatal(refusal)
	}
	return failure
}
