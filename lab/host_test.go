package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const madeSockstat = "sockets: used 1\nTCP: inuse 0 orphan 300 tw 0 alloc 304 mem 0\n"

// What a fault is built of does what it says.
func TestHost(t *testing.T) {
	if lack := lacks(Fault{}); lack != "" {
		t.Skip(lack)
	}
	b, err := newBench(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.clear)
	seen, err := b.stage(t.Context(), Fault{Name: "host", Stage: func(s *Scene) {
		server, client := s.Host("server"), s.Host("client")
		s.Ask(server)
		testSettings(t, s, server)
		testLinks(t, s, server, client)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if answer := seen.answers[0].text; !strings.HasPrefix(answer, "TCP sockets at") {
		t.Errorf("tcpstat says %q", answer)
	}
}

func testSettings(t *testing.T, s *Scene, server *Host) {
	server.Sysctl("net/ipv4/tcp_syncookies", "0")
	same(t, "tcp_syncookies", strings.TrimSpace(server.Run("cat", "/proc/sys/net/ipv4/tcp_syncookies")), "0")
	same(t, "hostname", strings.TrimSpace(server.Run("cat", "/proc/sys/kernel/hostname")), "server")
	dir := server.Proc(map[string]string{
		"sys/net/ipv4/tcp_mem": "1\t2\t3\n",
		"1/net/sockstat":       madeSockstat,
	})
	s.Flags("--proc", dir)
	for file, want := range map[string]string{
		"sys/net/ipv4/tcp_mem":        "1\t2\t3\n",
		"sys/net/ipv4/tcp_syncookies": "0\n",
		"1/net/sockstat":              madeSockstat,
		"1/comm":                      "init\n",
	} {
		same(t, file, server.Run("cat", filepath.Join(dir, file)), want)
	}
}

func testLinks(t *testing.T, s *Scene, server, client *Host) {
	orders := server.Start(Command{Name: "orders", Program: "never-accepts", Args: []string{"80", "1"}, Files: 24})
	s.Until("a listener", server.Has(1, "state listening sport = :80"))
	same(t, "comm", server.Run("cat", filepath.Join("/proc", fmt.Sprint(orders.PID), "comm")), "orders\n")
	limits := server.Run("cat", filepath.Join("/proc", fmt.Sprint(orders.PID), "limits"))
	if !strings.Contains(strings.Join(strings.Fields(limits), " "), "Max open files 24 24 files") {
		t.Errorf("limits: %s", limits)
	}
	reached(t, client, server, true)
	client.Drop(Out, "tcp dport 80")
	reached(t, client, server, false)
	client.NFT("flush ruleset")
	server.Down()
	reached(t, client, server, false)
	server.Up()
	reached(t, client, server, true)
	orders.Kill()
	same(t, "listeners", fmt.Sprint(server.Sockets("state listening")), "0")
}

// reached tells whether a connection is made.
func reached(t *testing.T, from, to *Host, want bool) {
	t.Helper()
	from.Do(func() error {
		conn, err := net.DialTimeout("tcp4", to.Addr+":80", 200*time.Millisecond)
		if (err == nil) != want {
			t.Errorf("connect: %v", err)
		}
		if err == nil {
			conn.Close()
		}
		return nil
	})
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %q, not %q", what, got, want)
	}
}
