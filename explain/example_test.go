package explain_test

import (
	"fmt"
	"os"

	"tcpstat/explain"
	"tcpstat/tcp"
)

// What a state means, and who has to act before it ends.
func ExampleState() {
	doc := explain.State(tcp.CloseWait)
	fmt.Println(doc.Meaning.In(tcp.English))
	fmt.Println("next:", doc.Mover.Text().In(tcp.English))
	// Output:
	// The peer closed (passive close) and its FIN is acknowledged; the program here has not closed its side.
	// next: the program here
}

// The page of a timer, for a machine whose tcp_fin_timeout is 30 s.
func ExamplePage() {
	found, _ := explain.Find("timer:fin-wait-2")
	for _, topic := range found {
		if err := explain.Page(os.Stdout, topic, explain.Options{Sysctls: tcp.Sysctls{tcp.FinTimeout: 30}}); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// fin_wait2
	// ss: timewait, keepalive   netstat: timewait, keepalive
	//
	//   A FIN_WAIT2 that no program owns waits for the peer's FIN. The kernel reports
	//   this timer as timewait, or as keepalive while more than 60 s are left; it is
	//   neither.
	//
	// When it fires
	//   As keepalive: it goes on as timewait for as long as the whole wait is longer
	//   than 60 s. As timewait: the socket is dropped, without TIME_WAIT. Should the
	//   peer close later, it gets a RST.
	//
	// When the kernel gives up
	//   30 s after our FIN was acknowledged (tcp_fin_timeout).
	//
	//   A program can set a time of its own with TCP_LINGER2, at most 120 s. The
	//   kernel reports only what is left of it.
	//
	// Settings behind the numbers
	//   net.ipv4.tcp_fin_timeout  30 s (default 60 s)
	//
	// See also
	//   tcpstat explain: state:FIN_WAIT2, timer:time_wait, keepalive
	//
	// References
	//   Linux Documentation/networking/ip-sysctl.rst: tcp_fin_timeout
	//   tcp(7): TCP_LINGER2
}

// A word that means nothing may have been meant for another.
func ExampleFind() {
	found, near := explain.Find("clsoe_wait")
	fmt.Println(len(found), near[0].Word())
	// Output: 0 CLOSE_WAIT
}

// A counter of /proc/net/netstat as netstat -s words it.
func ExampleSentence() {
	fmt.Println(explain.Sentence(tcp.Counter{Group: "TcpExt", Name: "ListenDrops", Value: 7}, tcp.English))
	fmt.Println(explain.Counter("TcpExt", "ListenDrops").Trouble == explain.AnyRise)
	// Output:
	// 7 SYNs to LISTEN sockets dropped
	// true
}
