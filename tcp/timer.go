package tcp

import "time"

// TimerKind says which of its timers a socket is waiting for. The kernel
// reports one of them, the next in its own priority: retransmission and probe
// before keepalive.
type TimerKind uint8

// The timers, with the kernel's number (idiag_timer; the tr column of
// /proc/net/tcp) where it has one.
const (
	NoTimer         TimerKind = iota // 0: nothing is armed
	RetransmitTimer                  // 1: retransmission; also a loss probe or RACK reordering timer, with no retransmission yet
	KeepaliveTimer                   // 2: SO_KEEPALIVE
	TimeWaitTimer                    // 3: TIME_WAIT's end
	WindowProbe                      // 4: zero-window probe (persist)
	FinWait2Timer                    // 2 or 3 in FIN_WAIT2 without owner: the end of the wait for the peer's FIN
	DelayedAckTimer                  // 5: delayed ACK, since kernels of 2026
	UnknownTimer                     // a number nobody knows yet
)

var timerNames = [...]string{
	"none", "retransmit", "keepalive", "time_wait", "window_probe", "fin_wait2", "delayed_ack", "unknown",
}

// TimerKinds lists every kind in the order of the constants.
var TimerKinds = []TimerKind{
	NoTimer, RetransmitTimer, KeepaliveTimer, TimeWaitTimer,
	WindowProbe, FinWait2Timer, DelayedAckTimer, UnknownTimer,
}

// String gives the kind's name in JSON: none, retransmit, keepalive, time_wait,
// window_probe, fin_wait2, delayed_ack, unknown.
func (k TimerKind) String() string { return timerNames[min(k, UnknownTimer)] }

// Timer is the timer that a socket waits for.
type Timer struct {
	Kind TimerKind

	// Code is the kernel's own number, as netstat and ss name it: a FIN_WAIT2
	// timeout is 2 or 3 there.
	Code uint8

	// Expires is the time until it fires, 0 when it is overdue or not armed.
	// Resolution: sock_diag a jiffy (1 to 10 ms), /proc 10 ms.
	Expires time.Duration

	// Retransmits counts the retransmissions since the last acknowledgement
	// (icsk_retransmits). In SYN_RECV it counts SYN+ACKs sent again, by sock_diag
	// with the answers to repeated SYNs, by /proc without.
	Retransmits uint8

	// Probes counts the probes that nobody answered (icsk_probes_out), keepalive
	// and zero-window. It stays 0 while a closed window is being confirmed.
	Probes uint8
}

// KindOf names timer code of a socket in state s. A FIN_WAIT2 that no program
// owns has no keepalive: its timer is the FIN_WAIT2 timeout, in both shapes.
func KindOf(code uint8, s State, owned bool) TimerKind {
	switch {
	case s == FinWait2 && !owned && (code == 2 || code == 3):
		return FinWait2Timer
	case code <= 4:
		return [...]TimerKind{NoTimer, RetransmitTimer, KeepaliveTimer, TimeWaitTimer, WindowProbe}[code]
	case code == 5:
		return DelayedAckTimer
	}
	return UnknownTimer
}
