package watch_test

import (
	"fmt"
	"net/netip"
	"time"

	"tcpstat/tcp"
	"tcpstat/watch"
)

// Two samples of one connection, ten seconds apart: it came into CLOSE_WAIT in between.
func ExampleWatch() {
	start := time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)
	w := watch.New(watch.Options{States: tcp.AllStates}, start)
	socket := &tcp.Socket{
		State: tcp.Established, Cookie: tcp.Some[uint64](0x1f3a),
		Local: netip.MustParseAddrPort("10.0.0.7:8080"), Remote: netip.MustParseAddrPort("10.0.0.9:40000"),
	}
	tell := func(e watch.Event) { fmt.Println(e.Kind, e.Socket.State, e.Socket.Local) }
	for i, state := range []tcp.State{tcp.Established, tcp.CloseWait} {
		now := start.Add(time.Duration(i) * 10 * time.Second)
		socket.State = state
		w.Begin(now, nil)
		if e := w.Add(now, socket, true); e.Kind != watch.Nothing {
			tell(e)
		}
		sample := w.End(now, tell)
		fmt.Println("count", sample.Count, "changed", sample.Changed)
	}
	for s := range w.Sockets(start.Add(10 * time.Second)) {
		fmt.Println("at most", s.Age.Max.Or(0), "in", s.Socket.State)
	}
	// Output:
	// present ESTABLISHED 10.0.0.7:8080
	// count 1 changed 0
	// changed CLOSE_WAIT 10.0.0.7:8080
	// count 1 changed 1
	// at most 10s in CLOSE_WAIT
}
