package inspect

import (
	"fmt"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// Only the very first answer may turn to /proc: a later list keeps the source
// that the first one had.
func TestFallBackOnce(t *testing.T) {
	nettest.Need(t)
	for _, started := range []bool{false, true} {
		var said string
		m := &Machine{
			options: Options{Warn: func(format string, args ...any) { said = fmt.Sprintf(format, args...) }},
			proc:    procnet.Self(),
			policy:  Auto,
			started: started,
		}
		failure := withoutNetlink(t, func() (last error) {
			for _, err := range m.sockets(t.Context(), want{ipv4: true, ipv6: true, states: tcp.AllStates}) {
				last = err
			}
			return last
		})
		if started != unavailable(failure) || started != (said == "") || started != (m.used == Netlink) {
			t.Errorf("started %t: source %s, error %v, said %q", started, m.used, failure, said)
		}
	}
}

// withoutNetlink runs f on a thread that may not make netlink sockets, and that
// ends with it.
func withoutNetlink(t *testing.T, f func() error) error {
	t.Helper()
	var refusal, failure error
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if refusal = nettest.RefuseNetlink(uint32(unix.EPERM), 0); refusal == nil {
			failure = f()
		}
	}()
	<-done
	if refusal != nil {
		t.Fatal(refusal)
	}
	return failure
}
