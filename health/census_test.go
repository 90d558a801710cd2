package health

import (
	"testing"
	"time"

	"tcpstat/tcp"
)

// A connection is idle since the last of all that was heard or sent.
func TestIdleFor(t *testing.T) {
	for _, tt := range []struct{ ack, sent, received, want uint64 }{
		{5, 10, 30, 5},
		{50, 10, 30, 10},
		{50, 40, 30, 30},
	} {
		s := socket(tcp.Established, info(map[int]uint64{
			atLastAckRecv: tt.ack, atLastDataSent: tt.sent, atLastDataRecv: tt.received, atDataSegsIn: 1, atDataSegsOut: 1,
		}))
		if got, known := idleFor(&s); !known || got != time.Duration(tt.want)*time.Millisecond {
			t.Errorf("acknowledged %d, sent %d, received %d ms ago: idle for %v", tt.ack, tt.sent, tt.received, got)
		}
	}
	never := socket(tcp.Established, info(map[int]uint64{atLastAckRecv: 50, atLastDataSent: 10, atLastDataRecv: 30}))
	if got, _ := idleFor(&never); got != 50*time.Millisecond {
		t.Errorf("nothing was sent or received: idle for %v", got)
	}
	bare := socket(tcp.Established)
	if _, known := idleFor(&bare); known {
		t.Error("idle by a tcp_info that is not there")
	}
}

// What waits for listeners that share an address waits for the fullest.
func TestSharedAddress(t *testing.T) {
	for _, used := range [][3]uint32{{2, 9, 4}, {9, 4, 2}, {2, 4, 9}} {
		var list []tcp.Socket
		for _, n := range used {
			list = append(list, socket(tcp.Listen, queue(n, 20)))
		}
		list = append(list, times(10, socket(tcp.Established, inode(0), local("10.0.0.7:8080"), silent(5*time.Second)))...)
		r := outcome(t, facts(list), "not-accepted")
		if r.Status != Warning || r.Metrics[0].Value != 10 || r.Metrics[1].Value != 50 || r.Evidence[0] != (Evidence{"used", 9}) {
			t.Errorf("queues of %v: %v %v %v", used, r.Status, r.Metrics, r.Evidence)
		}
	}
}
