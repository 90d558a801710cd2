package health

import (
	"slices"
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
		if got, known := s.Idle(); !known || got != time.Duration(tt.want)*time.Millisecond {
			t.Errorf("acknowledged %d, sent %d, received %d ms ago: idle for %v", tt.ack, tt.sent, tt.received, got)
		}
	}
	never := socket(tcp.Established, info(map[int]uint64{atLastAckRecv: 50, atLastDataSent: 10, atLastDataRecv: 30}))
	if got, _ := never.Idle(); got != 50*time.Millisecond {
		t.Errorf("nothing was sent or received: idle for %v", got)
	}
	bare := socket(tcp.Established)
	if _, known := bare.Idle(); known {
		t.Error("idle by a tcp_info that is not there")
	}
}

// Of every socket that a process holds for too long its owners are asked for.
func TestCensusInodes(t *testing.T) {
	sockets := []tcp.Socket{
		socket(tcp.CloseWait, inode(1), silent(2*time.Minute)),
		socket(tcp.FinWait2, inode(2), silent(6*time.Minute)),
		socket(tcp.Established, inode(3), silent(2*time.Hour)),
		socket(tcp.Established, inode(4), unread(1), silent(time.Minute)),
		socket(tcp.Established, inode(5)),
	}
	got := slices.Sorted(facts(sockets).Census.Inodes)
	if want := []uint64{1, 2, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
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
