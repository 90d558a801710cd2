package tcp_test

import (
	"fmt"
	"net/netip"
	"time"

	"tcpstat/tcp"
)

// What one socket tells of itself: whose move it is, since when, and when it ends.
func ExampleAnnotate() {
	socket := &tcp.Socket{
		Family: tcp.IPv4, State: tcp.CloseWait,
		Local: netip.MustParseAddrPort("10.0.0.7:8080"), Remote: netip.MustParseAddrPort("10.0.0.9:40000"),
		RecvQueue: 33, Inode: tcp.Some[uint64](4711),
	}
	machine := &tcp.Machine{}
	view := tcp.Annotate(socket, machine)
	fmt.Println("closed by:", view.Closer)
	fmt.Println("verdict:", view.Verdict)
	_, known := view.Age.Min.Get()
	fmt.Println("age known:", known)
	note := tcp.NoteOf(socket, &view, machine)
	fmt.Println(note.String())
	// Output:
	// closed by: remote
	// verdict: data_unread
	// age known: false
	// peer closed some time ago; 32 bytes and the FIN unread
}

// A state in any spelling.
func ExampleParseState() {
	for _, word := range []string{"CLOSE_WAIT", "close-wait", "CloseWait", "ESTAB"} {
		state, known := tcp.ParseState(word)
		fmt.Println(state, known)
	}
	// Output:
	// CLOSE_WAIT true
	// CLOSE_WAIT true
	// CLOSE_WAIT true
	// ESTABLISHED true
}

// Absent is not zero.
func ExampleOpt() {
	var age tcp.Opt[time.Duration]
	_, known := age.Get()
	fmt.Println(known, age.Or(time.Second))
	// Output: false 1s
}
