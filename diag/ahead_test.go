package diag

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// manyPairs makes sockets whose dump with all attributes is received ahead, and gives
// the query for it.
func manyPairs(t *testing.T) (q Query, sockets int) {
	nettest.Need(t)
	const pairs = 2000 // more batches than there are
	listener := nettest.Listen(t, nettest.V4, pairs)
	for range pairs {
		listener.Pair()
	}
	return Query{IPv4: true, IPv6: true, States: tcp.SetOf(tcp.Established), All: true}, 2 * pairs
}

// backTo waits until there are as many goroutines as before.
func backTo(t *testing.T, before int) {
	t.Helper()
	nettest.Poll(t, func() error {
		if now := runtime.NumGoroutine(); now > before {
			return fmt.Errorf("%d goroutines, %d before", now, before)
		}
		return nil
	})
}

// TestAhead: what is received ahead is what comes one by one, in the same order.
func TestAhead(t *testing.T) {
	q, sockets := manyPairs(t)
	before := runtime.NumGoroutine()
	var cookies [2][]uint64
	datagrams := [2]int{}
	for i := range cookies {
		c, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		request := bothRequest(q)
		if err := c.send(request); err != nil {
			t.Fatal(err)
		}
		next := c.receive
		if i == 1 {
			a := c.receiveAhead(t.Context(), request.Seq)
			defer a.stop()
			next = a.next
		}
		w := walk{query: q, yield: func(s *tcp.Socket, err error) bool {
			if err != nil {
				t.Error(err)
				return false
			}
			cookies[i] = append(cookies[i], s.Cookie.Or(0))
			return true
		}}
		for done := false; !done; datagrams[i]++ {
			datagram, err := next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if done, err = w.datagram(datagram, request.Seq); err != nil {
				t.Fatal(err)
			}
		}
		c.close()
	}
	if len(cookies[0]) != sockets || len(cookies[1]) != sockets {
		t.Fatalf("%d sockets one by one, %d ahead, want %d", len(cookies[0]), len(cookies[1]), sockets)
	}
	for i, cookie := range cookies[0] {
		if cookies[1][i] != cookie {
			t.Fatalf("socket %d is another one", i)
		}
	}
	if datagrams[0] <= aheadAfter || datagrams[1] != datagrams[0] {
		t.Errorf("%d datagrams one by one, %d ahead; more than %d are wanted", datagrams[0], datagrams[1], aheadAfter)
	}
	backTo(t, before)
}

// TestAheadLeft leaves a dump that is received ahead in each way.
func TestAheadLeft(t *testing.T) {
	q, sockets := manyPairs(t)
	before := runtime.NumGoroutine()
	count := func(ctx context.Context, each func(n int)) (n int, last error) {
		for s, err := range Dump(ctx, q) {
			if err == nil && s == nil {
				t.Error("neither a socket nor an error")
			}
			if last = err; err == nil {
				n++
				each(n)
			}
		}
		return n, last
	}
	if n, err := count(t.Context(), func(int) {}); n != sockets || err != nil {
		t.Errorf("%d of %d sockets, %v", n, sockets, err)
	}

	early := sockets * 6 / 10
	n := 0
	for range Dump(t.Context(), q) {
		if n++; n == early {
			time.Sleep(50 * time.Millisecond) // until there is no room for more
			break
		}
	}
	backTo(t, before)

	ctx, cancel := context.WithCancel(t.Context())
	n, err := count(ctx, func(n int) {
		if n == early {
			cancel()
		}
	})
	const datagram = 32 << 10 / sizeofInetDiagMsg // more sockets than one has
	if !errors.Is(err, context.Canceled) || n >= early+datagram {
		t.Errorf("a dump that is cancelled after %d sockets ends after %d with %v", early, n, err)
	}

	func() {
		defer func() { _ = recover() }()
		_, _ = count(t.Context(), func(n int) {
			if n == early {
				panic("consumer")
			}
		})
	}()
	backTo(t, before)
}

// TestAheadFails: an error comes after all that was received before it.
func TestAheadFails(t *testing.T) {
	q, _ := manyPairs(t)
	c, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	request := bothRequest(q)
	if err := c.send(request); err != nil {
		t.Fatal(err)
	}
	a := c.receiveAhead(t.Context(), request.Seq+1) // whose end does not come
	defer a.stop()
	datagrams := 0
	for err = nil; err == nil; datagrams++ {
		_, err = a.next(t.Context())
		a.cancel()
	}
	if !errors.Is(err, context.Canceled) || datagrams < 2 {
		t.Errorf("%d datagrams, then %v", datagrams-1, err)
	}
}

func TestEndsDump(t *testing.T) {
	message := func(kind uint16, seq uint32, payload ...byte) []byte {
		return append([]byte{byte(16 + len(payload)), 0, 0, 0, byte(kind), 0, 0, 0, byte(seq), 0, 0, 0, 0, 0, 0, 0}, payload...)
	}
	socket, done := message(tcpDiagGetSock, 7), message(unix.NLMSG_DONE, 7)
	for name, test := range map[string]struct {
		datagram []byte
		want     bool
	}{
		"empty":           {nil, false},
		"a socket":        {socket, false},
		"the end":         {done, true},
		"behind a socket": {append(append([]byte{}, socket...), done...), true},
		"another's end":   {message(unix.NLMSG_DONE, 6), false},
		"a refusal":       {message(unix.NLMSG_ERROR, 7, 254, 255, 255, 255), true},
		"an ack":          {message(unix.NLMSG_ERROR, 7, 0, 0, 0, 0), false},
		"cut off":         {socket[:9], true},
	} {
		if got := endsDump(test.datagram, 7); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
