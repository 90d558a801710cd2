package main

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// meanwhile does something again and again until the returned function is called.
func meanwhile(every time.Duration, do func()) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() {
		for ctx.Err() == nil {
			do()
			time.Sleep(every)
		}
	})
	return func() {
		cancel()
		group.Wait()
	}
}

// unheard is an address that nobody listens at.
func unheard(t testing.TB) netip.AddrPort {
	t.Helper()
	listener := nettest.Listen(t, nettest.V4, 1)
	listener.Close()
	return listener.Local
}

// Attempts that are refused while a check waits are told with their peer; those of a
// connect() that blocks without.
func TestCheckRefused(t *testing.T) {
	if !nettest.Apart(t) {
		return
	}
	to := unheard(t)
	stop := meanwhile(5*time.Millisecond, func() {
		if c, err := net.Dial("tcp4", to.String()); err == nil {
			c.Close()
		}
	})
	v := judge(t, "tcpstat", "--window", "1s", "connect-fail")
	stop()
	v.expect(t, "connect-fail", "CRITICAL", to.String(), anyValue)
	if r := v.of(t, "connect-fail"); r.Cause == nil || *r.Cause != "refused" || r.Evidence["failed_percent"] != 100 {
		t.Errorf("%s, %v", tell(r.Cause), r.Evidence)
	}

	stop = meanwhile(5*time.Millisecond, func() {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			_ = unix.Connect(fd, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())})
			unix.Close(fd)
		}
	})
	v = judge(t, "tcpstat", "--window", "1s", "connect-fail")
	stop()
	if r := v.of(t, "connect-fail"); r.Status != "CRITICAL" || r.Subject != nil || r.Cause == nil || *r.Cause != "refused" {
		t.Errorf("%s, subject %s, cause %s: %v", r.Status, tell(r.Subject), tell(r.Cause), r.Evidence)
	}
}

// Clients that give up before the kernel does are seen in one look, and in a window how
// long they wait.
func TestCheckUnanswered(t *testing.T) {
	if !nettest.Apart(t) {
		return
	}
	listener := nettest.Listen(t, nettest.V4, 1, nettest.IsDeaf)
	at := listener.Local.String()
	var group sync.WaitGroup
	stop := meanwhile(50*time.Millisecond, func() {
		group.Go(func() {
			if c, err := net.DialTimeout("tcp4", at, 1500*time.Millisecond); err == nil {
				c.Close()
			}
		})
	})
	defer group.Wait()
	defer stop()
	v := eventually(t, "WARNING", "connect-fail")
	v.expect(t, "connect-fail", "WARNING", at, anyValue)
	if r := v.of(t, "connect-fail"); r.Process == nil || r.ProcessCount != 1 || r.Cause == nil || *r.Cause != "unanswered" {
		t.Errorf("process %v, cause %s", r.Process, tell(r.Cause))
	}
	v = judge(t, "tcpstat", "--window", "2s", "connect-fail")
	v.expect(t, "connect-fail", "CRITICAL", at, anyValue)
	if ms := v.of(t, "connect-fail").Evidence["gives_up_ms"]; ms < 1400 || ms > 5000 {
		t.Errorf("given up after %v ms", ms)
	}
}

// A peer that was restarted answers the next data with a RST.
func TestCheckForgotten(t *testing.T) {
	if !nettest.Apart(t) {
		return
	}
	client, server := nettest.Pair(t)
	at := client.Remote.String()
	nettest.Deafen(t, client.FD)
	nettest.WithAbortiveClose(server)
	server.Close() // and nobody hears of it
	go func() {
		time.Sleep(1500 * time.Millisecond)
		nettest.Hear(t, client.FD)
		client.Send(1)
		client.Wait(tcp.Close)
		client.Close()
	}()
	v := judge(t, "tcpstat", "--window", "3s", "resets-received")
	v.expect(t, "resets-received", "WARNING", at, 1)
	if r := v.of(t, "resets-received"); r.Cause == nil || *r.Cause != "forgotten" {
		t.Errorf("cause %s, %v", tell(r.Cause), r.Evidence)
	}
}

// Connections that programs here abort are no storm, however they close them, and no
// reset of a peer.
func TestCheckAborts(t *testing.T) {
	if !nettest.Apart(t) {
		return
	}
	listener := nettest.Listen(t, nettest.V4, 8)
	aborted := began(t, 10*time.Second)
	for i := range 200 {
		client, server := listener.Pair()
		if i%2 == 0 {
			nettest.WithAbortiveClose(client)
		} else {
			server.Send(1)
			nettest.Poll(t, client.HasUnread)
		}
		client.Close()
		server.Wait(tcp.Close)
		server.Close()
	}
	if r := aborted.check("rst-storm").of(t, "rst-storm"); r.Status != "OK" || r.Evidence["own_aborts"] != 200 || *r.Metrics[0].Value != 0 {
		t.Errorf("%s: %v, %v", r.Status, r.Evidence, *r.Metrics[0].Value)
	}
}
