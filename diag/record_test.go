package diag

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

var record = flag.Bool("record", false, "record the scene of nettest again")

// everything asks for all sockets with all that may be known of them.
var everything = Query{
	IPv4: true, IPv6: true, States: tcp.AllStates,
	Info: true, Memory: true, Congestion: true,
}

// recordedStands are the sockets of the scene that testdata keeps, one of each
// shape that a message can have.
var recordedStands = []string{
	"LISTEN", "BOUND", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "ESTABLISHED server",
	"FIN_WAIT1", "FIN_WAIT2", "FIN_WAIT2 server", "CLOSING", "TIME_WAIT", "LAST_ACK",
	"CLOSE_WAIT data_unread", "CLOSE_WAIT data_unread client", "CLOSE_WAIT not_accepted",
	"retransmit", "keepalive", "window_probe", "window_probe server", "fin_wait2 full",
	"unaccepted", "other user", "full accept queue", "lo-bound", "lo-bound server",
	"simultaneous SYN_RECV", "MPTCP server",
	"IPv6", "IPv6 listener", "v6only", "dual-stack",
	"dual-stack v4-mapped server", "dual-stack v4-mapped SYN_RECV",
}

// recordings are dumps of the scene, one file per family, as the kernel sent
// them but for the messages left out. ss reads the same files, and what it said
// about them stands beside them:
//
//	TCPDIAG_FILE=testdata/scene4.bin ss -HOtanoeim
//
// To record again: go test ./diag -run 'TestRecord|TestGolden' -record -update
var recordings = map[tcp.Family]string{tcp.IPv4: "testdata/scene4", tcp.IPv6: "testdata/scene6"}

func TestRecord(t *testing.T) {
	if !*record {
		t.Skip("this writes the recordings anew: go test ./diag -run TestRecord -record")
	}
	scene := nettest.Build(t)
	for family, path := range recordings {
		kept := keep(t, dumpRaw(t, family), scene)
		if err := os.WriteFile(path+".bin", kept, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".ss", replayInSS(t, path+".bin"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// dumpRaw gives the datagrams of a whole dump, one after another.
func dumpRaw(t *testing.T, family tcp.Family) (all []byte) {
	t.Helper()
	c, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	request := dumpRequest(everything, family)
	if err := c.send(request); err != nil {
		t.Fatal(err)
	}
	for w := (walk{yield: func(*tcp.Socket, error) bool { return true }}); ; {
		datagram, err := c.receive(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, datagram...)
		if done, err := w.datagram(datagram, request.Seq); err != nil {
			t.Fatal(err)
		} else if done {
			return all
		}
	}
}

// keep leaves out the messages of sockets that are not among recordedStands.
func keep(t *testing.T, dump []byte, scene *nettest.Scene) (kept []byte) {
	t.Helper()
	var d decoder
	for _, m := range split(t, dump) {
		if binary.NativeEndian.Uint16(m[4:]) == unix.NLMSG_DONE {
			return append(kept, m...)
		}
		s, err := d.decode(m[unix.SizeofNlMsghdr:])
		if err != nil {
			t.Fatal(err)
		}
		stand := scene.Find(s)
		if stand != nil && slices.Contains(recordedStands, stand.Name) {
			kept = append(kept, m...)
		}
	}
	t.Fatal("a dump without end")
	return nil
}

// split cuts a dump into its messages, headers and padding included.
func split(t testing.TB, dump []byte) (messages [][]byte) {
	t.Helper()
	for len(dump) > 0 {
		_, rest, ok := nextMessage(dump)
		if !ok {
			t.Fatalf("no message in %x", dump)
		}
		messages = append(messages, dump[:len(dump)-len(rest)])
		dump = rest
	}
	return messages
}

func replayInSS(t *testing.T, path string) []byte {
	t.Helper()
	cmd := exec.Command("ss", "-HOtanoeim")
	cmd.Env = append(os.Environ(), "TCPDIAG_FILE="+path)
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("ss: %v", err)
	}
	text = regexp.MustCompile(` +`).ReplaceAll(text, []byte(" "))
	return bytes.ReplaceAll(text, []byte(" \n"), []byte("\n"))
}
