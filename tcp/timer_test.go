package tcp

import "testing"

// A code stands for what the kernel does with the timer in that state.
func TestKindOf(t *testing.T) {
	for _, test := range []struct {
		code  uint8
		state State
		owned bool
		want  TimerKind
	}{
		{0, FinWait2, false, NoTimer},
		{1, FinWait2, false, RetransmitTimer},
		{2, FinWait2, false, FinWait2Timer},
		{3, FinWait2, false, FinWait2Timer},
		{2, FinWait2, true, KeepaliveTimer},
		{2, Established, true, KeepaliveTimer},
		{2, CloseWait, false, KeepaliveTimer}, // in an accept queue
		{3, TimeWait, false, TimeWaitTimer},
		{4, Established, true, WindowProbe},
		{5, Established, true, DelayedAckTimer},
		{6, Established, true, UnknownTimer},
	} {
		if got := KindOf(test.code, test.state, test.owned); got != test.want {
			t.Errorf("code %d of %v, owned %t: %v, not %v", test.code, test.state, test.owned, got, test.want)
		}
	}
}
