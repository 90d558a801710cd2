package diag_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"testing"

	"tcpstat/diag"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// openFiles counts the descriptors of this process.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestAttributes: the kernel sends what the query names, and nothing more of what
// costs it time.
func TestAttributes(t *testing.T) {
	client, _ := nettest.Pair(t)
	for _, q := range []diag.Query{{}, {Info: true}, {Memory: true}, {Congestion: true}} {
		want := q
		q.IPv4, q.States = true, tcp.SetOf(tcp.Established)
		s := find(t, q, client.Local, client.Remote)
		_, memory := s.Memory.Get()
		_, rto := s.RTO.Get()
		if s.Info.Size != 0 != want.Info || rto != want.Info || memory != want.Memory || s.Congestion != "" != want.Congestion {
			t.Errorf("%+v: tcp_info of %d bytes, memory %v, congestion %q", want, s.Info.Size, memory, s.Congestion)
		}
	}
}

// TestNoLeak leaves a walk in each way, a thousand times.
func TestNoLeak(t *testing.T) {
	nettest.Pair(t)
	ctx := context.Background()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	before := openFiles(t)
	for range 1000 {
		for range diag.Dump(ctx, withInfo) {
			break
		}
		for s, err := range diag.Dump(cancelled, withInfo) {
			if s != nil || !errors.Is(err, context.Canceled) {
				t.Fatalf("%v, %v from a cancelled walk", s, err)
			}
		}
		if _, err := diag.Get(cancelled, withInfo, netip.AddrPort{}, netip.AddrPort{}); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v from a cancelled Get", err)
		}
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors are open, %d were", after, before)
	}
}

// TestCancelDuringWalk: the rest of a datagram may come, the other family not.
func TestCancelDuringWalk(t *testing.T) {
	nettest.Pair(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var last error
	for s, err := range diag.Dump(ctx, withInfo) {
		cancel()
		if last != nil {
			t.Errorf("%v, %v after %v", s, err, last)
		}
		last = err
	}
	var e *diag.Error
	if !errors.As(last, &e) || e.Error() != "sock_diag: receive: context canceled" || !errors.Is(last, context.Canceled) {
		t.Errorf("a cancelled walk ends with %v", last)
	}
}

// TestPanicInLoop: a consumer that panics leaves no descriptor behind.
func TestPanicInLoop(t *testing.T) {
	nettest.Pair(t)
	before := openFiles(t)
	func() {
		defer func() { recover() }()
		for range diag.Dump(context.Background(), withInfo) {
			panic("consumer")
		}
	}()
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors are open, %d were", after, before)
	}
}
