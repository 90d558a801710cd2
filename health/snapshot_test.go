package health

import (
	"testing"

	"tcpstat/tcp"
)

// What a listener dropped since is the difference, and is not made up where one of the
// moments does not tell.
func TestDropped(t *testing.T) {
	lost := func(n uint32) tcp.Socket { return socket(tcp.Listen, queue(0, 128), drops(n), inode(7)) }
	untold := lost(0)
	untold.Backlog.Drops = tcp.Opt[uint32]{}
	none := tcp.Opt[uint32]{}
	for name, tt := range map[string]struct {
		before []tcp.Socket
		now    tcp.Socket
		want   tcp.Opt[uint32]
	}{
		"more":            {before: []tcp.Socket{lost(5)}, now: lost(8), want: tcp.Some[uint32](3)},
		"none":            {before: []tcp.Socket{lost(5)}, now: lost(5), want: tcp.Some[uint32](0)},
		"wrapped around":  {before: []tcp.Socket{lost(1<<32 - 1)}, now: lost(1), want: tcp.Some[uint32](2)},
		"a new listener":  {before: []tcp.Socket{}, now: lost(8), want: tcp.Some[uint32](8)},
		"not told now":    {before: []tcp.Socket{lost(5)}, now: untold, want: none},
		"not told before": {before: []tcp.Socket{untold}, now: lost(8), want: none},
		"nothing known":   {now: lost(8), want: none},
	} {
		var s Snapshot
		if tt.before != nil {
			s = NewSnapshot()
		}
		for i := range tt.before {
			s.Add(&tt.before[i])
		}
		if got := s.Dropped(7, tt.now.Backlog); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// A snapshot keeps what a program holds, and only that.
func TestSnapshot(t *testing.T) {
	s := NewSnapshot()
	for _, socket := range []tcp.Socket{
		socket(tcp.Listen, queue(1, 2), inode(3)), socket(tcp.CloseWait, inode(4)),
		socket(tcp.CloseWait, inode(0)), socket(tcp.Established, inode(5)),
	} {
		s.Add(&socket)
	}
	if len(s.Listeners) != 1 || s.Listeners[3].Used != 1 || len(s.CloseWait) != 1 || !s.CloseWait[4] {
		t.Errorf("%+v", s)
	}
}
