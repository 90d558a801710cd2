package diag

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

const ourSeq = 77

// netlinkMessage builds a message and its padding.
func netlinkMessage(kind, flags uint16, seq uint32, payload ...byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(payload)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, flags)
	b = binary.NativeEndian.AppendUint32(b, seq)
	b = binary.NativeEndian.AppendUint32(b, 4711)
	b = append(b, payload...)
	return append(b, make([]byte, align4(len(b))-len(b))...)
}

func errnoBytes(n int32) []byte { return words(uint32(n)) }

func socketMessage(flags uint16, seq uint32, port uint16) []byte {
	m := inetDiagMsg{state: 1, local: localV4, remote: remoteV4}.bytes(fullShutdown)
	binary.BigEndian.PutUint16(m[4:], port)
	return netlinkMessage(nl.SOCK_DIAG_BY_FAMILY, flags, seq, m...)
}

// setLength changes what a message says of its own length.
func setLength(message []byte, length uint32) []byte {
	binary.NativeEndian.PutUint32(message, length)
	return message
}

// TestDatagram walks datagrams such as the kernel sends when something is wrong,
// and such as it never should.
func TestDatagram(t *testing.T) {
	socket := socketMessage(0, ourSeq, 1)
	second := socketMessage(0, ourSeq, 2)
	done := netlinkMessage(unix.NLMSG_DONE, unix.NLM_F_MULTI, ourSeq, errnoBytes(0)...)
	short := netlinkMessage(nl.SOCK_DIAG_BY_FAMILY, 0, ourSeq, 1, 2, 3)
	for _, test := range []struct {
		name     string
		datagram []byte
		ports    []uint16
		skipped  string // the error of a message
		done     bool
		err      string
	}{
		{"nothing", nil, nil, "", false, ""},
		{"sockets", slices.Concat(socket, second), []uint16{1, 2}, "", false, ""},
		{"an answer to the old request", netlinkMessage(tcpDiagGetSock, 0, ourSeq, socket[unix.SizeofNlMsghdr:]...), []uint16{1}, "", false, ""},
		{"the end", slices.Concat(socket, done), []uint16{1}, "", true, ""},
		{"more after the end", slices.Concat(done, socket), nil, "", true, ""},
		{
			"the end says that there is no handler",
			netlinkMessage(unix.NLMSG_DONE, 0, ourSeq, errnoBytes(-2)...),
			nil, "", true, "sock_diag: dump: no such file or directory",
		},
		{
			"refusal, with the request behind it",
			netlinkMessage(unix.NLMSG_ERROR, 0, ourSeq, slices.Concat(errnoBytes(-22), make([]byte, 72))...),
			nil, "", true, "sock_diag: dump: invalid argument",
		},
		{
			"refusal after sockets",
			slices.Concat(socket, netlinkMessage(unix.NLMSG_ERROR, 0, ourSeq, errnoBytes(-12)...)),
			[]uint16{1},
			"", true, "sock_diag: dump: cannot allocate memory",
		},
		{
			"the lowest number that there is",
			netlinkMessage(unix.NLMSG_ERROR, 0, ourSeq, errnoBytes(-1<<31)...),
			nil, "", true, "sock_diag: dump: errno 2147483648",
		},
		{
			"the end with a number above 0, which is no errno",
			netlinkMessage(unix.NLMSG_DONE, 0, ourSeq, errnoBytes(2)...),
			nil, "", true, "",
		},
		{
			"an acknowledgement, which is no end",
			slices.Concat(netlinkMessage(unix.NLMSG_ERROR, 0, ourSeq, errnoBytes(0)...), socket),
			[]uint16{1},
			"", false, "",
		},
		{
			"refusal without a number",
			netlinkMessage(unix.NLMSG_ERROR, 0, ourSeq, 1, 2, 3),
			nil, "", true, "sock_diag: dump: datagram truncated",
		},
		{
			"end without a number",
			netlinkMessage(unix.NLMSG_DONE, 0, ourSeq),
			nil, "", true, "sock_diag: dump: datagram truncated",
		},
		{
			"a short socket between others",
			slices.Concat(socket, short, second),
			[]uint16{1, 2},
			"sock_diag: socket message of 3 bytes, want at least 72", false, "",
		},
		{
			"answers to another request",
			slices.Concat(
				socketMessage(0, ourSeq-1, 9), netlinkMessage(unix.NLMSG_DONE, 0, ourSeq-1, errnoBytes(-2)...),
				netlinkMessage(nl.SOCK_DIAG_BY_FAMILY, unix.NLM_F_DUMP_INTR, ourSeq+1), socket),
			[]uint16{1},
			"", false, "",
		},
		{
			"a kind of message that nobody knows, and a no-op",
			slices.Concat(netlinkMessage(99, 0, ourSeq, 1), netlinkMessage(unix.NLMSG_NOOP, 0, ourSeq), socket),
			[]uint16{1},
			"", false, "",
		},
		{
			"half a header", slices.Concat(socket, second[:15]),
			[]uint16{1},
			"", true, "sock_diag: receive: datagram truncated",
		},
		{
			"length 0", slices.Concat(socket, setLength(slices.Clone(second), 0), second),
			[]uint16{1},
			"", true, "sock_diag: receive: datagram truncated",
		},
		{
			"length below the header", setLength(slices.Clone(second), 15),
			nil, "", true, "sock_diag: receive: datagram truncated",
		},
		{
			"length beyond the datagram", setLength(slices.Clone(second), uint32(len(second)+1)),
			nil, "", true, "sock_diag: receive: datagram truncated",
		},
		{
			"length of 4 GiB", setLength(slices.Clone(second), 1<<32-1),
			nil, "", true, "sock_diag: receive: datagram truncated",
		},
		{
			"last message without its padding", short[:len(short)-1],
			nil, "sock_diag: socket message of 3 bytes, want at least 72", false, "",
		},
	} {
		var ports []uint16
		var skipped string
		w := &walk{query: everything, yield: func(s *tcp.Socket, err error) bool {
			if (s == nil) == (err == nil) {
				t.Errorf("%s: both or neither of %v and %v", test.name, s, err)
			} else if err != nil {
				skipped = err.Error()
			} else {
				ports = append(ports, s.Local.Port())
			}
			return true
		}}
		done, err := w.datagram(test.datagram, ourSeq)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if !slices.Equal(ports, test.ports) || skipped != test.skipped || done != test.done || message != test.err {
			t.Errorf("%s: ports %v, skipped %q, done %v, %q", test.name, ports, skipped, done, message)
		}
		if w.interrupted {
			t.Errorf("%s: interrupted", test.name)
		}
	}
}

// TestInterrupted: the flag is remembered wherever it stands, and is no end.
func TestInterrupted(t *testing.T) {
	for _, datagram := range [][]byte{
		socketMessage(unix.NLM_F_DUMP_INTR, ourSeq, 1),
		slices.Concat(socketMessage(unix.NLM_F_DUMP_INTR, ourSeq, 1), netlinkMessage(unix.NLMSG_DONE, 0, ourSeq, errnoBytes(0)...)),
		slices.Concat(socketMessage(0, ourSeq, 1), netlinkMessage(unix.NLMSG_DONE, unix.NLM_F_DUMP_INTR, ourSeq, errnoBytes(0)...)),
	} {
		seen := 0
		w := &walk{query: everything, yield: func(*tcp.Socket, error) bool { seen++; return true }}
		if _, err := w.datagram(datagram, ourSeq); err != nil || !w.interrupted || seen != 1 {
			t.Errorf("%v, interrupted %v, %d sockets", err, w.interrupted, seen)
		}
		var got []error
		w.yield = func(_ *tcp.Socket, err error) bool { got = append(got, err); return true }
		w.finish()
		if len(got) != 1 || got[0].Error() != "sock_diag: dump: dump interrupted: the kernel's table changed" || !errors.Is(got[0], ErrInterrupted) {
			t.Errorf("at the end: %v", got)
		}
	}
}

// TestStop: after the consumer has left, it hears nothing more.
func TestStop(t *testing.T) {
	calls := 0
	w := &walk{query: everything, yield: func(*tcp.Socket, error) bool { calls++; return false }}
	datagram := slices.Concat(socketMessage(unix.NLM_F_DUMP_INTR, ourSeq, 1), socketMessage(0, ourSeq, 2))
	if _, err := w.datagram(datagram, ourSeq); err != nil {
		t.Fatal(err)
	}
	if err := w.ask(context.Background(), nil, dumpRequest(everything, tcp.IPv4)); err != nil {
		t.Error(err)
	}
	w.finish()
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

// TestStateMask: BOUND and CLOSE have one number, and each is left out when only
// the other is wanted.
func TestStateMask(t *testing.T) {
	bound := inetDiagMsg{state: 7, local: localV4, remote: nowhere4}.bytes(fullShutdown)
	closed := inetDiagMsg{state: 7, local: localV4, remote: remoteV4}.bytes(fullShutdown)
	unnamed := inetDiagMsg{state: 14, local: localV4, remote: remoteV4}.bytes(fullShutdown)
	for _, test := range []struct {
		states tcp.Set
		mask   uint32
		want   []tcp.State
	}{
		{tcp.SetOf(tcp.Bound), 1 << 13, []tcp.State{tcp.Bound}},
		{tcp.SetOf(tcp.Close), 1 << 7, []tcp.State{tcp.Close}},
		{tcp.SetOf(tcp.Unknown), 0x7fffc000, []tcp.State{14}},
		{tcp.SetOf(tcp.Listen, tcp.SynRecv), 1<<10 | 1<<3, nil},
		{tcp.AllStates, 0x7fffeffe, []tcp.State{tcp.Bound, tcp.Close, 14}},
	} {
		q := Query{States: test.states}
		if mask := q.stateMask(); mask != test.mask {
			t.Errorf("%v: mask %#x, want %#x", test.states.States(), mask, test.mask)
		}
		var got []tcp.State
		w := &walk{query: q, yield: func(s *tcp.Socket, err error) bool { got = append(got, s.State); return true }}
		for _, m := range [][]byte{bound, closed, unnamed} {
			w.message(m)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%v: got %v", test.states.States(), got)
		}
	}
}

func TestAnswer(t *testing.T) {
	socket := socketMessage(0, ourSeq, 1)
	for _, test := range []struct {
		name     string
		datagram []byte
		found    bool
		err      string
	}{
		{"socket", socket, true, ""},
		{"nothing", nil, false, ""},
		{"absent", netlinkMessage(unix.NLMSG_ERROR, 0, ourSeq, errnoBytes(-2)...), false, "sock_diag: get: no such file or directory"},
		{"refusal without a number", netlinkMessage(unix.NLMSG_ERROR, 0, ourSeq), false, "sock_diag: get: datagram truncated"},
		{"another's answer", socketMessage(0, ourSeq+1, 1), false, ""},
		{"another's refusal first", slices.Concat(netlinkMessage(unix.NLMSG_ERROR, 0, ourSeq+1, errnoBytes(-2)...), socket), true, ""},
		{"short", netlinkMessage(nl.SOCK_DIAG_BY_FAMILY, 0, ourSeq, 1), false, "sock_diag: socket message of 1 bytes, want at least 72"},
		{"cut off", socket[:40], false, "sock_diag: receive: datagram truncated"},
	} {
		s, err := answer(test.datagram, ourSeq)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if (s != nil) != test.found || message != test.err {
			t.Errorf("%s: %v, %q", test.name, s, message)
		}
	}
}

func TestError(t *testing.T) {
	for _, test := range []struct {
		err                  Error
		message              string
		unavailable, timeout bool
	}{
		{Error{"socket", unix.EPROTONOSUPPORT}, "sock_diag: socket: protocol not supported", true, false},
		{Error{"socket", unix.EAFNOSUPPORT}, "sock_diag: socket: address family not supported by protocol", true, false},
		{Error{"socket", unix.EPERM}, "sock_diag: socket: operation not permitted", true, false},
		{Error{"socket", unix.EACCES}, "sock_diag: socket: permission denied", true, false},
		{Error{"socket", unix.ENOSYS}, "sock_diag: socket: function not implemented", true, false},
		{Error{"dump", unix.ENOENT}, "sock_diag: dump: no such file or directory", true, false},
		{Error{"socket", unix.EMFILE}, "sock_diag: socket: too many open files", false, false},
		{Error{"socket", unix.ENFILE}, "sock_diag: socket: too many open files in system", false, false},
		{Error{"socket", unix.ENOMEM}, "sock_diag: socket: cannot allocate memory", false, false},
		{Error{"socket", unix.ENOBUFS}, "sock_diag: socket: no buffer space available", false, false},
		{Error{"socket", unix.ENOENT}, "sock_diag: socket: no such file or directory", false, false},
		{Error{"send", unix.EPERM}, "sock_diag: send: operation not permitted", false, false},
		{Error{"dump", unix.EPERM}, "sock_diag: dump: operation not permitted", false, false},
		{Error{"dump", unix.ENOMEM}, "sock_diag: dump: cannot allocate memory", false, false},
		{Error{"dump", unix.EINVAL}, "sock_diag: dump: invalid argument", false, false},
		{Error{"get", unix.ENOENT}, "sock_diag: get: no such file or directory", false, false},
		{Error{"dump", ErrInterrupted}, "sock_diag: dump: dump interrupted: the kernel's table changed", false, false},
		{Error{"receive", ErrTruncated}, "sock_diag: receive: datagram truncated", false, false},
		{Error{"receive", context.Canceled}, "sock_diag: receive: context canceled", false, false},
		{Error{"receive", context.DeadlineExceeded}, "sock_diag: receive: context deadline exceeded", false, false},
		{Error{"receive", os.ErrDeadlineExceeded}, "sock_diag: receive: i/o timeout", false, true},
		{
			Error{"namespace", &os.PathError{Op: "setns", Path: "/x", Err: unix.EPERM}},
			"sock_diag: namespace: setns /x: operation not permitted", false, false,
		},
		// A library in between may have wrapped it.
		{Error{"socket", fmt.Errorf("wrapped: %w", unix.EPERM)}, "sock_diag: socket: wrapped: operation not permitted", true, false},
	} {
		e := &test.err
		if e.Error() != test.message || e.Unavailable() != test.unavailable || e.Timeout() != test.timeout {
			t.Errorf("%q, unavailable %v, timeout %v", e.Error(), e.Unavailable(), e.Timeout())
		}
		if !errors.Is(fmt.Errorf("more: %w", e), test.err.Err) {
			t.Errorf("%v does not unwrap to its cause", e)
		}
	}
}

// TestBothFamilies: one walk for both families finds what two walks find, and
// where the kernel refuses it the two are made.
func TestBothFamilies(t *testing.T) {
	nettest.Build(t)
	collect := func(ask func(w *walk, c *conn) error) (cookies []uint64) {
		w := &walk{query: everything, yield: func(s *tcp.Socket, err error) bool {
			if err != nil {
				t.Error(err)
				return true
			}
			cookies = append(cookies, s.Cookie.Or(0))
			return true
		}}
		if err := ask(w, dialled(t)); err != nil {
			t.Error(err)
		}
		slices.Sort(cookies)
		return cookies
	}
	ctx := context.Background()
	two := collect(func(w *walk, c *conn) error {
		return errors.Join(w.ask(ctx, c, dumpRequest(everything, tcp.IPv4)), w.ask(ctx, c, dumpRequest(everything, tcp.IPv6)))
	})
	one := collect(func(w *walk, c *conn) error { return w.ask(ctx, c, bothRequest(everything)) })
	if len(two) < 50 || !slices.Equal(one, two) {
		t.Errorf("%d sockets in one walk, %d in two", len(one), len(two))
	}
	all := collect(func(w *walk, c *conn) error { return w.all(ctx, c) })
	if !slices.Equal(all, two) {
		t.Errorf("%d sockets asked for, %d in two walks", len(all), len(two))
	}
}

func dialled(t *testing.T) *conn {
	t.Helper()
	c, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

// TestAbsentProtocol asks the kernel for the sockets of a protocol that it does
// not have. It says so in the last message of an empty dump.
func TestAbsentProtocol(t *testing.T) {
	nettest.Need(t)
	const unassigned = 200
	request := dumpRequest(everything, tcp.IPv4)
	request.Data[0].(*requestBody)[1] = unassigned
	w := &walk{query: everything, yield: func(s *tcp.Socket, err error) bool {
		t.Errorf("%v, %v", s, err)
		return true
	}}
	err := w.ask(context.Background(), dialled(t), request)
	if err == nil || err.Error() != "sock_diag: dump: no such file or directory" || !isAbsentFamily(err) {
		t.Errorf("%v", err)
	}
	var e *Error
	if !errors.As(err, &e) || !e.Unavailable() {
		t.Errorf("%v is not Unavailable", err)
	}
}

// TestAbsentFamily: an address family without handler, and the exact look-up,
// which says it in another way.
func TestAbsentFamily(t *testing.T) {
	nettest.Need(t)
	request := dumpRequest(everything, tcp.IPv4)
	request.Data[0].(*requestBody)[0] = unix.AF_UNSPEC
	w := &walk{query: everything, yield: func(*tcp.Socket, error) bool { return true }}
	if err := w.ask(context.Background(), dialled(t), request); !isAbsentFamily(err) {
		t.Errorf("AF_UNSPEC: %v", err)
	}
}

// TestEachFamily: without IPv6 there is IPv4, and without IPv4 nothing.
func TestEachFamily(t *testing.T) {
	absent, refused := &Error{"dump", unix.ENOENT}, &Error{"dump", unix.EPERM}
	both := []tcp.Family{tcp.IPv4, tcp.IPv6}
	for _, test := range []struct {
		families []tcp.Family
		answers  map[tcp.Family]error
		want     error
	}{
		{both, nil, nil},
		{both, map[tcp.Family]error{tcp.IPv6: absent}, nil},
		{both, map[tcp.Family]error{tcp.IPv4: absent}, absent},
		{both, map[tcp.Family]error{tcp.IPv6: refused}, refused},
		{both[1:], map[tcp.Family]error{tcp.IPv6: absent}, absent},
	} {
		if err := eachFamily(test.families, func(f tcp.Family) error { return test.answers[f] }); err != test.want {
			t.Errorf("%v with %v: %v", test.families, test.answers, err)
		}
	}
}

// TestForeignSender: what another process sends to our socket is not an answer,
// be it a lie or larger than any answer.
func TestForeignSender(t *testing.T) {
	nettest.Need(t)
	for name, recv := range map[string]receiver{"one by one": recvfrom, "ahead": recvfromBriefly} {
		t.Run(name, func(t *testing.T) { receiveForeign(t, recv) })
	}
}

func receiveForeign(t *testing.T, recv receiver) {
	c, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	port, err := c.socket.GetPid()
	if err != nil {
		t.Fatal(err)
	}
	request := dumpRequest(everything, tcp.IPv4)
	foreign, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_INET_DIAG)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(foreign)
	for _, lie := range [][]byte{
		netlinkMessage(unix.NLMSG_DONE, 0, request.Seq, errnoBytes(-2)...),
		make([]byte, bufferSize+1),
	} {
		if err := unix.Sendto(foreign, lie, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: port}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.send(request); err != nil {
		t.Fatal(err)
	}
	datagram, err := c.receiveInto(t.Context(), make([]byte, bufferSize), recv)
	if err != nil {
		t.Fatal(err)
	}
	w := &walk{query: everything, yield: func(*tcp.Socket, error) bool { return true }}
	if _, err := w.datagram(datagram, request.Seq); err != nil {
		t.Error(err)
	}
}

// TestTruncated makes the buffer smaller than what the kernel sends.
func TestTruncated(t *testing.T) {
	nettest.Listen(t, nettest.V4, 1)
	c, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	c.buffer = make([]byte, 64)
	if err := c.send(dumpRequest(everything, tcp.IPv4)); err != nil {
		t.Fatal(err)
	}
	datagram, err := c.receive(context.Background())
	if datagram != nil || !errors.Is(err, ErrTruncated) || err.Error() != "sock_diag: receive: datagram truncated" {
		t.Errorf("%d bytes, %v", len(datagram), err)
	}
}

// TestSilence: the kernel was asked nothing and says nothing.
func TestSilence(t *testing.T) {
	nettest.Need(t)
	c, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if err := c.wait(context.Background(), time.Now()); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the deadline: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(time.Millisecond, cancel)
	if _, err := c.receive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
