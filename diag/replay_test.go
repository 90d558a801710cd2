package diag

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"slices"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// collect gives the sockets and the errors of a walk.
func collect(walk iter.Seq2[*tcp.Socket, error]) (sockets []tcp.Socket, errs []error) {
	for s, err := range walk {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sockets = append(sockets, *s)
	}
	return sockets, errs
}

func replayOf(dump []byte, q Query) (sockets []tcp.Socket, errs []error) {
	return collect(Replay(context.Background(), Messages(bytes.NewReader(dump)), q))
}

// What a dump handed out is replayed as it was, and less where less is asked.
func TestReplayOfDump(t *testing.T) {
	scene := nettest.Build(t)
	var dump []byte
	q := everything
	q.All, q.Tap = true, func(message []byte) { dump = append(dump, message...) }
	all, errs := collect(Dump(context.Background(), q))
	if errs != nil || len(all) < len(scene.Stands) {
		t.Fatalf("%d sockets of %d, %v", len(all), len(scene.Stands), errs)
	}
	if want := everything.extensions(); q.extensions()&want != want {
		t.Errorf("everything is %b, of which %b is decoded", q.extensions(), want)
	}
	full := everything
	for name, change := range map[string]func(q *Query){
		"everything":     func(*Query) {},
		"no attribute":   func(q *Query) { q.Info, q.Memory, q.Congestion = false, false, false },
		"info":           func(q *Query) { q.Memory, q.Congestion = false, false },
		"memory":         func(q *Query) { q.Info, q.Congestion = false, false },
		"IPv4":           func(q *Query) { q.IPv6 = false },
		"IPv6":           func(q *Query) { q.IPv4 = false },
		"no family":      func(q *Query) { q.IPv4, q.IPv6 = false, false },
		"listeners":      func(q *Query) { q.States = tcp.SetOf(tcp.Listen) },
		"bound":          func(q *Query) { q.States = tcp.SetOf(tcp.Bound) },
		"all but bound":  func(q *Query) { q.States = tcp.AllStates.Without(tcp.Bound) },
		"half-open":      func(q *Query) { q.States = tcp.SetOf(tcp.SynRecv) },
		"none":           func(q *Query) { q.States = 0 },
		"all, undecoded": func(q *Query) { q.All = true },
	} {
		q := full
		change(&q)
		want := slices.DeleteFunc(slices.Clone(all), func(s tcp.Socket) bool {
			return !q.States.Has(s.State) || s.Family == tcp.IPv4 && !q.IPv4 || s.Family == tcp.IPv6 && !q.IPv6
		})
		for i := range want {
			forget(&want[i], q)
		}
		got, errs := replayOf(dump, q)
		if diff := diffSockets(want, append([]tcp.Socket{}, got...)); diff != "" || errs != nil {
			t.Errorf("%s: %v, sockets (-want +got):\n%.2000s", name, errs, diff)
		}
	}
}

// forget takes from a socket what q does not ask for.
func forget(s *tcp.Socket, q Query) {
	if !q.Info && !q.All {
		s.Info, s.RTO = tcp.Info{}, tcp.Opt[time.Duration]{}
	}
	if !q.Memory && !q.All {
		s.Memory, s.Backlog.Drops = tcp.Opt[tcp.Memory]{}, tcp.Opt[uint32]{}
	}
	if !q.Congestion && !q.All {
		s.Congestion = ""
	}
}

// Of the dump that iproute2 tests its filters with both halves are shown, by
// state and family.
func TestReplayOfSSDump(t *testing.T) {
	dump, _ := readRecording(t, "testdata/ss1.dump")
	for name, test := range map[string]struct {
		change func(q *Query)
		want   int
	}{
		"everything":  {func(*Query) {}, 7},
		"IPv4":        {func(q *Query) { q.IPv6 = false }, 4},
		"IPv6":        {func(q *Query) { q.IPv4 = false }, 3},
		"listeners":   {func(q *Query) { q.States = tcp.SetOf(tcp.Listen) }, 2},
		"established": {func(q *Query) { q.States = tcp.SetOf(tcp.Established) }, 5},
	} {
		q := everything
		test.change(&q)
		if got, errs := replayOf(dump, q); len(got) != test.want || errs != nil {
			t.Errorf("%s: %d sockets, not %d, %v", name, len(got), test.want, errs)
		}
	}
}

// Wherever a dump is cut off, the messages that are whole are shown, and the cut
// is told, unless one family is there to its end.
func TestReplayTruncated(t *testing.T) {
	for _, path := range recorded {
		dump, _ := readRecording(t, path)
		all, errs := replayOf(dump, everything)
		if errs != nil {
			t.Fatal(errs)
		}
		ends := map[int]bool{len(dump): true}
		whole, at := map[int]int{}, 0 // sockets before each message
		sockets := 0
		for _, message := range split(t, dump) {
			whole[at] = sockets
			at += len(message)
			if message[4] == unix.NLMSG_DONE {
				ends[at] = true
			} else {
				sockets++
			}
		}
		want := 0
		for n := range dump {
			if before, boundary := whole[n]; boundary {
				want = before
			}
			got, errs := replayOf(dump[:n], everything)
			if len(got) != want || want > 0 && got[want-1].Cookie != all[want-1].Cookie {
				t.Fatalf("%s, %d bytes: %d sockets, not %d", path, n, len(got), want)
			}
			cut := len(errs) == 1 && errors.Is(errs[0], ErrUnfinished)
			if cut == ends[n] || len(errs) > 1 {
				t.Fatalf("%s, %d bytes: errors %v", path, n, errs)
			}
		}
	}
}

// messagesOf gives messages, and errors, one by one.
func messagesOf(all ...any) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, one := range all {
			err, _ := one.(error)
			message, _ := one.([]byte)
			if !yield(message, err) {
				return
			}
		}
	}
}

func TestReplayErrors(t *testing.T) {
	one, two := socketMessage(0, 1, 1), socketMessage(0, 99, 2)
	old := netlinkMessage(tcpDiagGetSock, 0, 7, one[unix.SizeofNlMsghdr:]...)
	done := netlinkMessage(unix.NLMSG_DONE, 0, 1, errnoBytes(0)...)
	absent := netlinkMessage(unix.NLMSG_DONE, 0, 1, errnoBytes(-int32(unix.ENOENT))...)
	refused := netlinkMessage(unix.NLMSG_DONE, 0, 1, errnoBytes(-int32(unix.ENOMEM))...)
	changed := socketMessage(unix.NLM_F_DUMP_INTR, 1, 3)
	unread := errors.New("line 7")
	final := &Error{"replay", io.ErrClosedPipe}
	for name, test := range map[string]struct {
		messages []any
		sockets  int
		errs     []error
	}{
		"whatever they answered": {[]any{one, two, old, done}, 3, nil},
		"behind the first end":   {[]any{one, done, two, done}, 2, nil},
		"nothing":                {nil, 0, []error{&Error{"replay", ErrUnfinished}}},
		"no socket":              {[]any{done}, 0, nil},
		"no end":                 {[]any{one, done, two}, 2, []error{&Error{"replay", ErrUnfinished}}},
		"no IPv6":                {[]any{one, done, absent}, 1, nil},
		"no sock_diag":           {[]any{absent}, 0, []error{&Error{"dump", unix.ENOENT}}},
		"refused":                {[]any{one, refused}, 1, []error{&Error{"dump", unix.ENOMEM}}},
		"interrupted":            {[]any{changed, done}, 1, []error{&Error{"dump", ErrInterrupted}}},
		"two in one":             {[]any{slices.Concat(one, two), two, done}, 1, []error{&MessageError{Length: 192, Foreign: true}}},
		"short":                  {[]any{one[:50], two, done}, 1, []error{&MessageError{Length: 50, Foreign: true}}},
		"empty":                  {[]any{[]byte{}, two, done}, 1, []error{&MessageError{Foreign: true}}},
		"no socket in it":        {[]any{netlinkMessage(20, 0, 1, 2, 1), two, done}, 1, []error{&MessageError{Length: 2}}},
		"a line":                 {[]any{one, unread, two, done}, 2, []error{unread}},
		"a failure":              {[]any{one, final, two, done}, 1, []error{final}},
	} {
		sockets, errs := collect(Replay(context.Background(), messagesOf(test.messages...), everything))
		if len(sockets) != test.sockets || !slices.EqualFunc(errs, test.errs, func(a, b error) bool { return a.Error() == b.Error() }) {
			t.Errorf("%s: %d sockets, %v", name, len(sockets), errs)
		}
	}

	// A message that is too short to tell its family is an error of each.
	v6 := everything
	v6.IPv4 = false
	if sockets, errs := collect(Replay(context.Background(), messagesOf(netlinkMessage(20, 0, 1, 2, 1), one, done), v6)); sockets != nil || len(errs) != 1 {
		t.Errorf("IPv6 alone: %v, %v", sockets, errs)
	}

	ended, cancel := context.WithCancel(context.Background())
	cancel()
	sockets, errs := collect(Replay(ended, messagesOf(one, done), everything))
	if sockets != nil || len(errs) != 1 || !errors.Is(errs[0], context.Canceled) {
		t.Errorf("ended context: %v, %v", sockets, errs)
	}
	for range Replay(context.Background(), messagesOf(one, two, done), everything) {
		break // a second step would panic
	}
}

// A file that cannot be read on is that, and no dump that was cut off.
func TestMessagesOfBrokenFile(t *testing.T) {
	dump, _ := readRecording(t, "testdata/ss1.dump")
	for _, n := range []int{0, 96, 100, 120} {
		in := io.MultiReader(bytes.NewReader(dump[:n]), iotest.ErrReader(os.ErrDeadlineExceeded))
		var last error
		for _, err := range Messages(in) {
			last = err
		}
		if !errors.Is(last, os.ErrDeadlineExceeded) {
			t.Errorf("%d bytes: %v", n, last)
		}
	}
	for range Messages(bytes.NewReader(dump)) {
		break
	}
}

func TestIsDump(t *testing.T) {
	for _, path := range recorded {
		dump, _ := readRecording(t, path)
		if !IsDump(dump[:unix.SizeofNlMsghdr]) || IsDump(dump[:unix.SizeofNlMsghdr-1]) {
			t.Errorf("%s is no dump", path)
		}
	}
	if !IsDump(netlinkMessage(unix.NLMSG_DONE, 0, 1, errnoBytes(0)...)) {
		t.Error("a dump without sockets is none")
	}
	for _, text := range []string{"", "tcpstat record 1\n-- meta --\n", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\x00\x00\x00\x00\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"} {
		if IsDump([]byte(text)) {
			t.Errorf("%q is a dump", text)
		}
	}
}

// FuzzReplay: whatever a file holds, each message is a socket or an error.
func FuzzReplay(f *testing.F) {
	for _, path := range recorded {
		dump, _ := readRecording(f, path)
		f.Add(dump)
		f.Add(dump[:len(dump)/2])
	}
	f.Fuzz(func(t *testing.T, dump []byte) {
		messages := 0
		for message, err := range Messages(bytes.NewReader(dump)) {
			if (message == nil) == (err == nil) {
				t.Fatalf("%x, %v", message, err)
			}
			messages++
		}
		sockets, errs := replayOf(dump, everything)
		for i := range sockets {
			checkSocket(t, &sockets[i])
		}
		if len(sockets)+len(errs) > messages+1 {
			t.Fatalf("%d sockets and %d errors of %d messages", len(sockets), len(errs), messages)
		}
	})
}
