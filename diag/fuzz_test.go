package diag

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// recorded are all files of whole dumps.
var recorded = []string{"testdata/scene4.bin", "testdata/scene6.bin", "testdata/ss1.dump"}

// checkDatagram holds what is true of any datagram, however damaged: every
// message is a socket or an error and never both, what a socket says hangs
// together, it does not depend on what was decoded before, and the walk ends.
// It returns what was decoded.
func checkDatagram(t *testing.T, datagram []byte, seq uint32) (sockets []tcp.Socket, err error) {
	t.Helper()
	hung := time.AfterFunc(time.Minute, func() { panic("the walk does not end") })
	defer hung.Stop()
	steps := 0
	w := &walk{query: everything, yield: func(s *tcp.Socket, err error) bool {
		steps++
		var message *MessageError
		switch {
		case (s == nil) == (err == nil):
			t.Fatalf("both or neither of %v and %v", s, err)
		case err != nil && !errors.As(err, &message):
			t.Fatalf("the walk goes on after %v", err)
		case err == nil:
			checkSocket(t, s)
			sockets = append(sockets, *s)
		}
		return true
	}}
	original := slices.Clone(datagram)
	done, err := w.datagram(datagram, seq)
	if err != nil && !done {
		t.Fatalf("not done after %v", err)
	}
	if steps > len(datagram)/unix.SizeofNlMsghdr {
		t.Fatalf("%d sockets in %d bytes", steps, len(datagram))
	}
	if !bytes.Equal(datagram, original) {
		t.Fatal("the datagram was changed")
	}
	checkFresh(t, datagram, seq, sockets)
	if s, err := answer(datagram, seq); s != nil && err != nil {
		t.Fatalf("both %v and %v", s, err)
	}
	return sockets, err
}

func checkSocket(t *testing.T, s *tcp.Socket) {
	t.Helper()
	_, hasUID := s.UID.Get()
	_, hasInode := s.Inode.Get()
	_, hasLimit := s.Backlog.Limit.Get()
	switch {
	case s.Family != tcp.IPv4 && s.Family != tcp.IPv6,
		s.Local.Addr().Is4() != (s.Family == tcp.IPv4),
		s.HasRemote() == (s.State == tcp.Listen || s.State == tcp.Bound),
		s.HasRemote() && s.Remote.Addr().Is4() != (s.Family == tcp.IPv4),
		s.Mini == hasUID, s.Mini == hasInode,
		hasLimit != (s.State == tcp.Listen),
		hasLimit && (s.RecvQueue != 0 || s.SendQueue != 0),
		s.Timer.Expires < 0,
		s.Timer.Retransmits != 0 && s.Timer.Probes != 0,
		!everything.States.Has(s.State):
		t.Fatalf("%+v", *s)
	}
}

// checkFresh decodes every message again by a decoder of its own.
func checkFresh(t *testing.T, datagram []byte, seq uint32, sockets []tcp.Socket) {
	t.Helper()
	for len(sockets) > 0 {
		_, rest, ok := nextMessage(datagram)
		if !ok {
			t.Fatalf("%d sockets from nowhere", len(sockets))
		}
		message := datagram[:len(datagram)-len(rest)]
		datagram = rest
		var again []tcp.Socket
		w := &walk{query: everything, yield: func(s *tcp.Socket, err error) bool {
			if err == nil {
				again = append(again, *s)
			}
			return true
		}}
		if _, err := w.datagram(message, seq); err != nil {
			t.Fatal(err)
		}
		for _, s := range again {
			if s != sockets[0] {
				t.Fatalf("after others %+v, alone %+v", sockets[0], s)
			}
			sockets = sockets[1:]
		}
	}
}

// TestTruncations cuts every recorded message at every byte. The message before
// it is decoded as it was.
func TestTruncations(t *testing.T) {
	for _, path := range recorded {
		dump, seq := readRecording(t, path)
		messages := split(t, dump)
		for i, m := range messages[1:] {
			before := messages[i]
			whole, _ := checkDatagram(t, before, seq)
			for n := range m {
				sockets, err := checkDatagram(t, slices.Concat(before, m[:n]), seq)
				if !slices.Equal(sockets, whole) {
					t.Errorf("%s, message %d cut at %d: %d sockets before it, want %d", path, i+1, n, len(sockets), len(whole))
				}
				wantErr := n > 0 && len(whole) > 0 // nothing is read after the end of a dump
				if wantErr != errors.Is(err, ErrTruncated) {
					t.Errorf("%s, message %d cut at %d: %v", path, i+1, n, err)
				}
			}
		}
	}
}

// TestCorruptions damages every byte of every recorded message, with a whole
// message behind it.
func TestCorruptions(t *testing.T) {
	for _, path := range recorded {
		dump, seq := readRecording(t, path)
		messages := split(t, dump)
		for _, m := range messages {
			for i := range m {
				for _, damage := range []byte{0xff, 0x01, 0x80, m[i], ^m[i]} {
					datagram := slices.Concat(m, messages[0])
					datagram[i] ^= damage
					checkDatagram(t, datagram, seq)
				}
			}
		}
	}
}

// FuzzDatagram feeds datagrams that answer request 1.
func FuzzDatagram(f *testing.F) {
	const seq = 1
	for _, path := range recorded {
		dump, _ := readRecording(f, path)
		messages := split(f, dump)
		for _, m := range messages {
			f.Add(renumber(m, seq))
			f.Add(slices.Concat(renumber(m, seq), renumber(messages[0], seq)))
		}
	}
	f.Add(socketMessage(unix.NLM_F_DUMP_INTR, seq, 1))
	f.Add(netlinkMessage(unix.NLMSG_ERROR, 0, seq, errnoBytes(-22)...))
	f.Add(netlinkMessage(tcpDiagGetSock, 0, seq, inetDiagMsg{state: 1, local: localV4, remote: remoteV4}.bytes(fullShutdown)...))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		sockets, _ := checkDatagram(t, datagram, seq)
		for i := range sockets {
			describe(new(strings.Builder), &sockets[i]) // every field can be printed
		}
	})
}

// renumber makes a message answer another request.
func renumber(message []byte, seq uint32) []byte {
	message = slices.Clone(message)
	binary.NativeEndian.PutUint32(message[8:], seq)
	return message
}

// FuzzInfo feeds tcp_info of any length: a field is there if what is appended
// to the structure does not change it.
func FuzzInfo(f *testing.F) {
	for _, length := range []int{0, 7, 8, 104, 192, 232, 280, 281} {
		f.Add(bytes.Repeat([]byte{0xff}, length))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var short, long tcp.Info
		long.SetBytes(bytes.Repeat([]byte{0xff}, 400))
		long.SetBytes(append(slices.Clone(raw), make([]byte, 400)...))
		short.SetBytes(raw)
		for i := range tcp.InfoFields {
			field := tcp.InfoField(i)
			v, ok := short.Get(field)
			all, present := long.Get(field)
			if ok && v != all || !ok && v != 0 || !present {
				t.Errorf("%s of %d bytes: %d, %v; followed by zeros %d, %v", tcp.InfoFields[i].Kernel, len(raw), v, ok, all, present)
			}
			unit := tcp.InfoFields[i].Unit
			if d, _ := short.Duration(field); d < 0 && (unit == tcp.Microseconds || unit == tcp.Milliseconds) {
				t.Errorf("%s lasts %v", tcp.InfoFields[i].Kernel, d)
			}
		}
	})
}
