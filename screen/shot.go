package screen

import (
	"time"

	"tcpstat/listing"
	"tcpstat/render"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// Shot is a watch as one sample left it. Nothing changes it once it is shown.
type Shot struct {
	listing.Head
	States   tcp.Set
	Source   string // netlink or proc
	Interval time.Duration
	Sample   watch.Sample
	Summary  watch.Summary
	History  []watch.Point

	// Those that grow most go first.
	Processes        []render.ProcessGrowth
	Listeners, Peers []watch.Group

	Sockets []Socket
	Machine tcp.Machine // that they are judged by

	said string // the last of what was said on standard error
}

// Socket is a socket of a shot.
type Socket struct {
	watch.Compact
	Age     tcp.Age
	Holders []tcp.Holder
	Verdict tcp.Verdict
	Looked  bool // for all of the holders
}

// Keep makes the socket of a shot.
func Keep(s *tcp.Socket, age tcp.Age, holders []tcp.Holder) Socket {
	k := Socket{Age: age, Holders: holders, Verdict: tcp.VerdictOf(s)}
	k.Compact.Keep(s)
	return k
}

// fill makes the row of a socket, but for its note.
func (s *Shot) fill(r *listing.Row, k *Socket) {
	socket, holders := r.Socket, r.Holders[:0]
	*socket = k.Socket()
	*r = listing.Row{Socket: socket, View: tcp.Annotate(socket, &s.Machine)}
	r.View.Age = k.Age
	r.Holders = append(holders, k.Holders...)
	inode := k.Inode().Or(0)
	r.HoldersKnown = k.Looked || len(k.Holders) > 0 || inode == 0
	if r.HoldersKnown && len(k.Holders) == 0 && inode != 0 {
		r.View.Ownership = tcp.OwnerUnknown
	}
}
