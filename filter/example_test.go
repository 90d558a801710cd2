package filter_test

import (
	"fmt"
	"net/netip"

	"tcpstat/filter"
	"tcpstat/tcp"
)

// A filter is read once and judges one socket after the other. What is not known is
// neither true nor false.
func ExampleExpr_Match() {
	names := filter.Names{Service: func(name string) (uint16, bool) { return 443, name == "https" }}
	expr, err := filter.Parse("state close-wait dport = :https age > 5m", names)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(expr)
	fmt.Println("needs tcp_info:", expr.Needs().Info)

	socket := &tcp.Socket{State: tcp.CloseWait, Remote: netip.MustParseAddrPort("192.0.2.1:443")}
	fmt.Println(expr.Match(&filter.Subject{Socket: socket, View: new(tcp.View)}))
	socket.State = tcp.Established
	fmt.Println(expr.Match(&filter.Subject{Socket: socket, View: new(tcp.View)}))
	// Output:
	// state CLOSE_WAIT dport = :443 and age > 5m0s
	// needs tcp_info: true
	// unknown
	// false
}

// A mistake points at the word, and says what was meant.
func ExampleParse() {
	_, err := filter.Parse("state clsoe-wait", filter.Names{})
	fmt.Println(err)
	// Output:
	// filter, column 7: "clsoe-wait" is no state
	// did you mean CLOSE-WAIT? expected: a state such as CLOSE_WAIT, several joined by commas, or one of the groups all, connected, synchronized, bucket, big
}
