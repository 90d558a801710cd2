package diag

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcpstat/internal/golden"
	"tcpstat/tcp"
)

// TestGolden compares what is decoded from the recordings, field by field. What
// the golden says is not taken on trust: TestAgainstSS compares the same bytes
// with ss, TestKernelLayout the offsets with the kernel's own description.
func TestGolden(t *testing.T) {
	golden.Check(t, "testdata/scene.golden", decoded(t))
}

func decoded(t *testing.T) string {
	var text strings.Builder
	for _, family := range []tcp.Family{tcp.IPv4, tcp.IPv6} {
		sockets, err := decodeFile(t, recordings[family]+".bin")
		if err != nil {
			t.Fatal(err)
		}
		for i := range sockets {
			describe(&text, &sockets[i])
		}
	}
	return text.String()
}

// readRecording gives a recorded dump and the number of the request that it
// answers.
func readRecording(t testing.TB, path string) (dump []byte, seq uint32) {
	t.Helper()
	dump, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		t.Skip("recorded on a little-endian machine")
	}
	return dump, binary.NativeEndian.Uint32(dump[8:])
}

func decodeFile(t testing.TB, path string) ([]tcp.Socket, error) {
	t.Helper()
	dump, seq := readRecording(t, path)
	return decodeDatagram(dump, seq)
}

// decodeDatagram collects what Dump would yield from one datagram.
func decodeDatagram(datagram []byte, seq uint32) (sockets []tcp.Socket, err error) {
	w := &walk{query: everything, yield: func(s *tcp.Socket, err error) bool {
		if err == nil {
			sockets = append(sockets, *s)
		}
		return true
	}}
	_, err = w.datagram(datagram, seq)
	return sockets, err
}

// describe writes all that is known of a socket, absent fields as "-" and of
// tcp_info what is neither absent nor 0.
func describe(text *strings.Builder, s *tcp.Socket) {
	fmt.Fprintf(text, "%v %v %v to %v mini=%v\n", s.Family, s.State, s.Local, s.Remote, s.Mini)
	fmt.Fprintf(text, "  interface=%s v6only=%s uid=%s inode=%s cookie=%s shutdown=%s cgroup=%s\n",
		opt(s.Interface), opt(s.V6Only), opt(s.UID), opt(s.Inode), opt(s.Cookie), opt(s.Shutdown), opt(s.CgroupID))
	fmt.Fprintf(text, "  recv=%d send=%d backlog=%d limit=%s drops=%s\n",
		s.RecvQueue, s.SendQueue, s.Backlog.Used, opt(s.Backlog.Limit), opt(s.Backlog.Drops))
	fmt.Fprintf(text, "  timer=%v code=%d expires=%v retransmits=%d probes=%d rto=%s\n",
		s.Timer.Kind, s.Timer.Code, s.Timer.Expires, s.Timer.Retransmits, s.Timer.Probes, opt(s.RTO))
	fmt.Fprintf(text, "  congestion=%q memory=%s\n", s.Congestion, memory(s.Memory))
	fmt.Fprintf(text, "  info=%d", s.Info.Size)
	for f := range tcp.InfoFields {
		if v, ok := s.Info.Get(tcp.InfoField(f)); ok && v != 0 {
			fmt.Fprintf(text, " %s=%d", tcp.InfoFields[f].Key, v)
		}
	}
	text.WriteString("\n")
}

func opt[T any](o tcp.Opt[T]) string {
	if v, ok := o.Get(); ok {
		return fmt.Sprint(v)
	}
	return "-"
}

func memory(o tcp.Opt[tcp.Memory]) string {
	m, ok := o.Get()
	if !ok {
		return "-"
	}
	return fmt.Sprintf("r%d,rb%d,t%d,tb%d,f%d,w%d,o%d,bl%d,d%s", m.ReceiveAllocated, m.ReceiveBuffer,
		m.SendAllocated, m.SendBuffer, m.ForwardAllocated, m.SendQueued, m.Options, m.Backlog, opt(m.Drops))
}
