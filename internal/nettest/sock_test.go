package nettest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

func TestDeafenAndHear(t *testing.T) {
	client, server := Pair(t)
	Deafen(t, server.FD)
	client.Send(10)
	Poll(t, func() error {
		if n := client.Info().Retransmits; n == 0 {
			return fmt.Errorf("no retransmission of data to a deaf socket")
		}
		return nil
	})
	if n := server.queued(unix.SIOCINQ); n != 0 {
		t.Errorf("a deaf socket received %d bytes", n)
	}
	Hear(t, server.FD)
	Poll(t, func() error {
		if n := client.Info().Unacked; n != 0 {
			return fmt.Errorf("%d segments unacknowledged by a socket that hears again", n)
		}
		return nil
	})
}

func TestSysctl(t *testing.T) {
	read := func() string {
		value, err := os.ReadFile("/proc/sys/net/ipv4/tcp_retries2")
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(value))
	}
	before := read()
	t.Run("", func(t *testing.T) {
		Sysctl(t, "tcp_retries2", "7")
		if now := read(); now != "7" {
			t.Errorf("tcp_retries2 is %s, not 7", now)
		}
	})
	if after := read(); after != before {
		t.Errorf("tcp_retries2 is %s after the test, %s before it", after, before)
	}
}

func TestAbortEndsThePeer(t *testing.T) {
	client, server := Pair(t)
	client.Close()
	server.Wait(tcp.CloseWait)
	server.abort()
	Poll(t, func() error {
		all, err := rows(tcp.IPv4)
		for _, r := range all {
			if r.local == client.Local && r.remote == client.Remote {
				err = fmt.Errorf("still there: %v", r)
			}
		}
		return err
	})
}
