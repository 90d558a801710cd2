package diag

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/internal/golden"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

const (
	feedRecording = "testdata/feed.bin"
	feedGolden    = "testdata/feed.golden"
)

// feedPatience is the longest that a test waits for what the kernel does at once.
const feedPatience = time.Minute

// endings are sockets that end in every way that the feed tells of, each with the
// name under which a test asks for it.
func endings(t *testing.T) map[string]netip.AddrPort {
	t.Helper()
	ends := map[string]netip.AddrPort{}
	listener := nettest.Listen(t, nettest.V4, 4)
	client, server := listener.Pair()
	client.Send(1000)
	ends["reset"], ends["reset by peer"] = server.Local, client.Local
	client.Wait(tcp.Established)
	nettest.WithAbortiveClose(server)
	server.Close()
	client.Close()

	client, server = nettest.Listen(t, nettest.V6, 4).Pair()
	ends["time wait"], ends["last ack"] = client.Local, server.Local
	client.Shutdown()
	server.Wait(tcp.CloseWait)
	server.Close()
	client.Close()

	_, server = listener.Pair()
	ends["aborted"] = server.Local
	nettest.WithAbortiveClose(server)
	server.Close()
	ends["listener"] = listener.Local
	listener.Close()
	refused := nettest.Connect(t, listener.Local)
	ends["refused"] = refused.Local
	refused.Close()
	return ends
}

// endsTold reads a feed until each of the ends was told. It gives up after a while.
func endsTold(t *testing.T, f *Feed, ends map[string]netip.AddrPort) map[string]tcp.Socket {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), feedPatience)
	defer cancel()
	found := map[string]tcp.Socket{}
	for s, err := range f.Ends(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		for name, local := range ends {
			alone := name == "listener" || name == "aborted"
			if s.Local == local && alone != s.HasRemote() {
				found[name] = *s
			}
		}
		if len(found) == len(ends) {
			break
		}
	}
	return found
}

func subscribe(t *testing.T) *Feed {
	t.Helper()
	nettest.Need(t)
	f, err := Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// The feed tells of every end, with the cookie of the dump and the final counts,
// and tells neither state nor owner.
func TestFeed(t *testing.T) {
	nettest.Namespace(t)
	f := subscribe(t)
	ends := endings(t)
	found := endsTold(t, f, ends)
	for name := range ends {
		s, ok := found[name]
		if !ok {
			t.Errorf("%s was not told", name)
			continue
		}
		if s.State != 0 || s.Mini || s.Timer != (tcp.Timer{}) || s.Inode != (tcp.Opt[uint64]{}) || s.UID != (tcp.Opt[uint32]{}) {
			t.Errorf("%s: state %d, mini %v, timer %v, inode %v, uid %v", name, s.State, s.Mini, s.Timer, s.Inode, s.UID)
		}
		if s.Cookie.Or(0) == 0 {
			t.Errorf("%s has no cookie", name)
		}
		if s.HasRemote() == (s.Info.Size == 0) {
			t.Errorf("%s to %v has %d bytes of tcp_info", name, s.Remote, s.Info.Size)
		}
	}
	reset, peer := found["reset"], found["reset by peer"]
	if got, _ := reset.Info.Get(tcp.InfoBytesReceived); got != 1000 {
		t.Errorf("the server received %d bytes, not 1000", got)
	}
	if got, _ := peer.Info.Get(tcp.InfoBytesSent); got != 1000 {
		t.Errorf("the client sent %d bytes, not 1000", got)
	}
	if lost := f.Lost(); lost != 0 {
		t.Errorf("%d were lost", lost)
	}
}

// The cookie is that of the dump, before the end and in the mini-socket after it.
func TestFeedCookie(t *testing.T) {
	nettest.Namespace(t)
	f := subscribe(t)
	client, server := nettest.Pair(t)
	local := client.Local
	before, err := Get(context.Background(), everything, local, client.Remote)
	if err != nil {
		t.Fatal(err)
	}
	client.Shutdown()
	server.Wait(tcp.CloseWait)
	server.Close()
	client.Close()
	end := endsTold(t, f, map[string]netip.AddrPort{"client": local})["client"]
	after, err := Get(context.Background(), everything, local, server.Local)
	if err != nil {
		t.Fatal(err)
	}
	if after.State != tcp.TimeWait || before.Cookie != end.Cookie || end.Cookie != after.Cookie {
		t.Errorf("cookie %v, at its end %v, in %v %v", before.Cookie, end.Cookie, after.State, after.Cookie)
	}
}

// What is not read in time is counted, to the last socket.
func TestFeedLost(t *testing.T) {
	nettest.Namespace(t)
	f := subscribe(t)
	raw, err := f.file.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 1)
	}); err != nil {
		t.Fatal(err)
	}
	const sockets = 100
	roomy := subscribe(t) // sees them all, and that they were told to both
	for range sockets {
		s := nettest.Open(t, nettest.V4)
		s.Bind(nettest.V4)
		s.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), feedPatience)
	defer cancel()
	seen := 0
	for _, err := range roomy.Ends(ctx) {
		if seen++; err != nil || seen == sockets {
			break
		}
	}
	told := 0
	for _, err := range f.Ends(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if told++; told+int(f.Lost()) == sockets {
			break
		}
	}
	if lost := int(f.Lost()); lost == 0 || told+lost != sockets {
		t.Fatalf("told %d, lost %d, of %d", told, lost, sockets)
	}
	// It goes on.
	s := nettest.Open(t, nettest.V4)
	s.Bind(nettest.V4)
	local := s.Local
	s.Close()
	if len(endsTold(t, f, map[string]netip.AddrPort{"listener": local})) != 1 {
		t.Error("nothing is told after a loss")
	}
}

// The end of the context ends the feed, which waits without waking up.
func TestFeedEnds(t *testing.T) {
	nettest.Namespace(t)
	f := subscribe(t)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	for s, err := range f.Ends(ctx) {
		t.Errorf("%v %v", s, err)
	}
	if ctx.Err() == nil {
		t.Error("it ended before its context")
	}
}

// It belongs to the namespace in which it was joined.
func TestFeedNamespace(t *testing.T) {
	nettest.Namespace(t)
	f := subscribe(t)
	t.Run("elsewhere", func(t *testing.T) {
		nettest.Namespace(t)
		nettest.Listen(t, nettest.V4, 1).Close()
	})
	here := nettest.Listen(t, nettest.V4, 1)
	local := here.Local
	here.Close()
	for s, err := range f.Ends(context.Background()) {
		if err != nil || s.Local != local {
			t.Errorf("told of %v, %v", s, err)
		}
		break
	}
}

// TestRecordFeed writes the recording anew:
//
//	go test ./diag -run 'TestRecordFeed|TestFeedGolden' -record -update
func TestRecordFeed(t *testing.T) {
	if !*record {
		t.Skip("this writes the recording anew: go test ./diag -run TestRecordFeed -record")
	}
	nettest.Namespace(t)
	f := subscribe(t)
	ends := endings(t)
	raw, err := f.file.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	r := feedReader{raw: raw, buffer: make([]byte, bufferSize)}
	for range ends {
		datagram, err := r.receive()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, datagram...)
	}
	if err := os.WriteFile(feedRecording, all, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFeedGolden(t *testing.T) {
	dump, _ := readRecording(t, feedRecording)
	var text strings.Builder
	new(feedReader).messages(dump, func(s *tcp.Socket, err error) bool {
		if err != nil {
			t.Fatal(err)
		}
		describe(&text, s)
		return true
	})
	golden.Check(t, feedGolden, text.String())
}

// Whatever is cut off a datagram, what stands before is told, and the rest is one
// error.
func TestFeedTruncated(t *testing.T) {
	dump, _ := readRecording(t, feedRecording)
	var sizes []int
	for _, m := range split(t, dump) {
		sizes = append(sizes, len(m))
	}
	for n := range dump {
		whole, rest := 0, n
		for rest >= sizes[whole] {
			rest -= sizes[whole]
			whole++
		}
		told, failed := 0, 0
		new(feedReader).messages(slices.Clone(dump[:n]), func(s *tcp.Socket, err error) bool {
			var message *MessageError
			switch {
			case (s == nil) == (err == nil):
				t.Fatalf("both or neither of %v and %v", s, err)
			case err == nil:
				told++
			case errors.As(err, &message):
				failed++
			}
			return true
		})
		if told != whole || failed != min(rest, 1) {
			t.Fatalf("of %d bytes %d were told and %d not, with %d whole messages", n, told, failed, whole)
		}
	}
}

// The kernel has taken the local port too from a socket that was never bound by its
// program and is aborted: it is told without a remote end and without counts.
func TestEndWithoutPort(t *testing.T) {
	info := attribute(attrInfo, make([]byte, 248)...)
	var d decoder
	for _, local := range []netip.AddrPort{nowhere4, localV4} {
		s, err := d.decodeEnd(inetDiagMsg{state: 7, local: local, remote: nowhere4, receive: 3, send: 5}.bytes(info))
		if err != nil || s.HasRemote() || s.RecvQueue != 0 || s.SendQueue != 0 || s.Info.Size != 0 {
			t.Errorf("from %v: %+v, %v", local, s, err)
		}
	}
	s, err := d.decodeEnd(inetDiagMsg{state: 7, local: localV4, remote: remoteV4, receive: 3, send: 5}.bytes(info))
	if err != nil || s.Remote != remoteV4 || s.RecvQueue != 3 || s.SendQueue != 5 || s.Info.Size == 0 || s.State != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}
