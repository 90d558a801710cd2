package rollup_test

import (
	"fmt"
	"net/netip"

	"tcpstat/listing"
	"tcpstat/rollup"
	"tcpstat/tcp"
)

// Sockets by peer: rows go in, groups come out, largest first.
func ExampleRollup() {
	u := rollup.New(rollup.Options{By: rollup.ByPeer})
	for _, remote := range []string{"10.0.0.9:1", "10.0.0.8:1", "[::ffff:10.0.0.9]:2"} {
		u.Add(&listing.Row{Socket: &tcp.Socket{State: tcp.Established, Remote: netip.MustParseAddrPort(remote)}})
	}
	for _, group := range u.Result().Groups {
		fmt.Println(group.Peer, group.Total)
	}
	// Output:
	// 10.0.0.9 2
	// 10.0.0.8 1
}
