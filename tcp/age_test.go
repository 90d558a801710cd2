package tcp

import (
	"testing"
	"time"
)

func TestAgeOf(t *testing.T) {
	const second = time.Second
	last := infoOf(map[InfoField]uint64{
		InfoLastAckRecv: 2000, InfoLastDataRecv: 3000, InfoLastDataSent: 5000,
		InfoDataSegsIn: 1, InfoDataSegsOut: 1,
	})
	noData := infoOf(map[InfoField]uint64{ // the kernel counts from the boot
		InfoLastAckRecv: 2000, InfoLastDataRecv: 180_000, InfoLastDataSent: 180_000,
	})
	inode := Some[uint64](7)
	retransmitting := Timer{Kind: RetransmitTimer, Retransmits: 3, Expires: second}
	for _, test := range []struct {
		name   string
		socket Socket
		want   string
	}{
		{"CLOSE_WAIT", Socket{State: CloseWait, Inode: inode, Info: last}, "1.9s..3.0s"},
		{"CLOSE_WAIT that nobody accepted", Socket{State: CloseWait, Inode: Some[uint64](0), Info: last}, "1.9s..3.0s"},
		{"CLOSE_WAIT without data", Socket{State: CloseWait, Inode: inode, Info: noData}, ">= 1.9s"},
		{"CLOSE_WAIT without tcp_info", Socket{State: CloseWait, Inode: inode}, ""},
		{"FIN_WAIT2", Socket{State: FinWait2, Inode: inode, Info: last}, "1.9s..5.0s"},
		{"FIN_WAIT2 that never sent data", Socket{State: FinWait2, Inode: inode, Info: noData}, ">= 1.9s"},
		{"FIN_WAIT2 without tcp_info", Socket{State: FinWait2, Inode: inode}, ""},
		{"FIN_WAIT2 without owner", Socket{State: FinWait2, Inode: Some[uint64](0), Info: last}, ""},
		{"FIN_WAIT2 mini-socket", Socket{State: FinWait2, Mini: true, Timer: Timer{Kind: FinWait2Timer, Expires: second}}, ""},
		{"CLOSING", Socket{State: Closing, Timer: retransmitting, RTO: Some(8 * second), Info: last, SendQueue: 1}, ">= 1.9s"},
		{"TIME_WAIT", Socket{State: TimeWait, Mini: true, Timer: Timer{Kind: TimeWaitTimer, Expires: 20 * second}}, ">= 39s"},
		{"TIME_WAIT just begun", Socket{State: TimeWait, Mini: true, Timer: Timer{Kind: TimeWaitTimer, Expires: 60 * second}}, ">= 0ms"},
		{"TIME_WAIT with more left than there is", Socket{State: TimeWait, Mini: true, Timer: Timer{Kind: TimeWaitTimer, Expires: time.Hour}}, ">= 0ms"},
		{"TIME_WAIT without its timer", Socket{State: TimeWait, Mini: true}, ""},

		// 1 + 2 + 4 s are over, the fourth wait is running.
		{"SYN_SENT", Socket{State: SynSent, Timer: retransmitting, RTO: Some(8 * second)}, ">= 6.9s"},
		{"SYN_SENT in its first wait", Socket{State: SynSent, Timer: Timer{Kind: RetransmitTimer, Expires: second}, RTO: Some(second)}, ""},
		{"SYN_SENT, RTO unknown", Socket{State: SynSent, Timer: retransmitting}, ""},
		// Three even waits of 1 s are over.
		{"SYN_SENT with even waits", Socket{State: SynSent, Timer: retransmitting, RTO: Some(second), Info: infoOf(nil)}, ">= 2.9s"},
		{"SYN_SENT with even waits, from /proc", Socket{State: SynSent, Timer: retransmitting, RTO: Some(second)}, ">= 865ms"},
		// An even wait and two that doubled: 1 + 1 + 2 s.
		{"SYN_SENT after even waits", Socket{
			State: SynSent, Timer: retransmitting, RTO: Some(4 * second),
			Info: infoOf(map[InfoField]uint64{InfoBackoff: 2}),
		}, ">= 3.9s"},
		// At the ceiling the sum is more than can be told.
		{"SYN_SENT at the ceiling", Socket{
			State: SynSent, Timer: Timer{Kind: RetransmitTimer, Retransmits: 200}, RTO: Some(120 * second),
			Info: infoOf(map[InfoField]uint64{InfoBackoff: 200}),
		}, ">= 1m59s"},
		{"FIN_WAIT1", Socket{State: FinWait1, SendQueue: 1, Timer: retransmitting, RTO: Some(1600 * ms)}, ">= 1.3s"},
		{"FIN_WAIT1 after a closed window", Socket{
			State: FinWait1, SendQueue: 1, Timer: retransmitting, RTO: Some(8 * second),
			Info: infoOf(map[InfoField]uint64{InfoBackoff: 5}),
		}, ">= 6.9s"},
		{"FIN_WAIT1 behind data", Socket{State: FinWait1, SendQueue: 2, Timer: retransmitting, RTO: Some(1600 * ms)}, ""},
		{"FIN_WAIT1 at a closed window", Socket{State: FinWait1, SendQueue: 1, Timer: Timer{Kind: WindowProbe, Probes: 3}, RTO: Some(second)}, ""},
		{"LAST_ACK", Socket{State: LastAck, SendQueue: 1, Timer: retransmitting, RTO: Some(1600 * ms)}, ">= 1.3s"},
		{"LAST_ACK behind data", Socket{State: LastAck, SendQueue: 9, Timer: retransmitting, RTO: Some(1600 * ms)}, ""},
		{"ESTABLISHED", Socket{State: Established, Inode: inode, Info: last}, ""},
		{"SYN_RECV", Socket{State: SynRecv, Mini: true, Timer: retransmitting}, ""},
		{"LISTEN", Socket{State: Listen, Inode: inode, Info: last}, ""},
	} {
		if got := string(AgeOf(&test.socket).Append(nil)); got != test.want {
			t.Errorf("%s: age %q, not %q", test.name, got, test.want)
		}
	}
}

// The clocks behind the bounds tick in jiffies of up to 10 ms.
func TestAgeGivesWay(t *testing.T) {
	s := Socket{State: CloseWait, Info: infoOf(map[InfoField]uint64{
		InfoLastAckRecv: 2000, InfoLastDataRecv: 2000, InfoDataSegsIn: 1,
	})}
	age := AgeOf(&s)
	low, _ := age.Min.Get()
	high, _ := age.Max.Get()
	if low != 1990*ms || high != 2010*ms {
		t.Errorf("%v to %v", low, high)
	}
}
