package main

import (
	"fmt"
	"testing"

	"tcpstat/internal/nettest"
)

// A filter that the listeners do not meet leaves them out of the list, and not
// out of what is concluded about the others.
func TestFilterOfTheKernelSparesListeners(t *testing.T) {
	client, server := nettest.Pair(t)
	d := list(t, "tcpstat", "--json", "--source", "netlink", fmt.Sprintf("sport = %d and dport = %d", server.Local.Port(), client.Local.Port()))
	if len(d.Sockets) != 1 || d.Sockets[0].Opener != "passive" {
		t.Errorf("%+v", d.Sockets)
	}
}
