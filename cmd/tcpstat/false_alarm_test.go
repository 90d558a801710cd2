package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tcpstat/internal/nettest"
)

// A busy server that is well gives no alarm: 20,000 short connections from several
// clients, others that stay, and a restart in the middle. TCPSTAT_BUSY=30s makes it
// longer than the usual few seconds.
func TestNoFalseAlarm(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 5 s; runs without -short")
	}
	if !nettest.Apart(t) {
		return
	}
	length := 5 * time.Second
	if text := os.Getenv("TCPSTAT_BUSY"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	server, err := startServer("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := server.listener.Addr().String()
	const clients, each = 8, 2500
	var group, busy sync.WaitGroup
	var short, kept atomic.Int64
	for client := range clients {
		busy.Go(func() { shortConnections(ctx, client, address, each, length, &short) })
		group.Go(func() { keptConnection(ctx, address, &kept) })
	}
	group.Go(func() {
		for short.Load() < clients*each/2 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		server.stop()
		if server, err = startServer(address); err != nil {
			t.Error(err)
		}
	})
	go func() { // however long that takes
		busy.Wait()
		cancel()
	}()
	samples := 0
	for ctx.Err() == nil {
		for _, args := range [][]string{{"--window", "500ms"}, {}} {
			a := ask(t, append([]string{"tcpstat", "check"}, args...)...)
			if samples++; a.code != 0 {
				t.Errorf("sample %d: exit code %d\n%s%s", samples, a.code, a.stdout, a.stderr)
			}
		}
	}
	busy.Wait()
	group.Wait()
	if err == nil {
		server.stop()
	}
	t.Logf("%d samples over %d short connections and %d requests on those that stay", samples, short.Load(), kept.Load())
	if short.Load() < clients*each*9/10 || kept.Load() == 0 || samples < 4 {
		t.Errorf("the server was not busy: %d short connections, %d requests, %d samples", short.Load(), kept.Load(), samples)
	}
}

// server answers every request of 4 bytes by the same, and closes first those
// connections that begin with "once".
type server struct {
	listener net.Listener
	open     sync.Map
	group    sync.WaitGroup
}

func startServer(address string) (*server, error) {
	listener, err := net.Listen("tcp4", address)
	if err != nil {
		return nil, err
	}
	s := &server{listener: listener}
	s.group.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			s.open.Store(c, true)
			s.group.Go(func() { s.serve(c) })
		}
	})
	return s, nil
}

func (s *server) serve(c net.Conn) {
	defer s.open.Delete(c)
	defer c.Close()
	request := make([]byte, 4)
	for {
		if _, err := io.ReadFull(c, request); err != nil {
			return
		}
		if _, err := c.Write(request); err != nil || string(request) == "once" {
			return
		}
	}
}

// stop ends the server as a restart does: no new connections, then no old ones.
func (s *server) stop() {
	s.listener.Close()
	s.open.Range(func(c, _ any) bool {
		c.(net.Conn).Close()
		return true
	})
	s.group.Wait()
}

// shortConnections makes n connections from an address of its own, spread over the
// time.
func shortConnections(ctx context.Context, client int, address string, n int, length time.Duration, done *atomic.Int64) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+client))}}
	begun := time.Now()
	for i := range n {
		if ahead := time.Duration(i)*length/time.Duration(n) - time.Since(begun); ahead > 0 {
			time.Sleep(ahead)
		}
		if ctx.Err() != nil {
			return
		}
		if request(ctx, &dialer, address) == nil {
			done.Add(1)
		} else {
			time.Sleep(20 * time.Millisecond) // it is being restarted
		}
	}
}

func request(ctx context.Context, dialer *net.Dialer, address string) error {
	c, err := dialer.DialContext(ctx, "tcp4", address)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, "once"); err != nil {
		return err
	}
	answer, err := io.ReadAll(c)
	if err == nil && string(answer) != "once" {
		err = fmt.Errorf("answer %q", answer)
	}
	return err
}

// keptConnection sends a request ten times a second, and connects again where the
// server has closed.
func keptConnection(ctx context.Context, address string, done *atomic.Int64) {
	for ctx.Err() == nil {
		c, err := new(net.Dialer).DialContext(ctx, "tcp4", address)
		if err == nil {
			err = converse(ctx, c, done)
			c.Close()
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func converse(ctx context.Context, c net.Conn, done *atomic.Int64) error {
	for ctx.Err() == nil {
		if _, err := io.WriteString(c, "ping"); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
			return err
		}
		done.Add(1)
		time.Sleep(100 * time.Millisecond)
	}
	return ctx.Err()
}
