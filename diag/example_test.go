package diag_test

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"tcpstat/diag"
	"tcpstat/tcp"
)

// Sockets come one after the other; what is kept must be copied. With [diag.Dump] in the
// place of [diag.Replay] they are those of the kernel.
func ExampleReplay() {
	dump, err := os.Open("testdata/ss1.dump")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dump.Close()
	query := diag.Query{IPv4: true, IPv6: true, States: tcp.SetOf(tcp.Established)}
	for s, err := range diag.Replay(context.Background(), diag.Messages(bufio.NewReader(dump)), query) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(s.State, s.Local, s.Remote)
	}
	// Output:
	// ESTABLISHED 10.0.0.1:22 10.0.0.1:36266
	// ESTABLISHED 10.0.0.1:36266 10.0.0.1:22
	// ESTABLISHED 10.0.0.1:22 10.0.0.2:50312
	// ESTABLISHED [fec0:42::24]:40520 [fec0:42::1]:22
	// ESTABLISHED [fec0:42::24]:22 [fec0:42::1]:44248
}
