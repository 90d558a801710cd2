package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// because holds a check of one rule to a status, a value of its first metric, a cause
// and, if it names one, a process.
func (v *verdict) because(t testing.TB, rule, status string, value float64, cause, process string) {
	t.Helper()
	v.expect(t, rule, status, "", value)
	r := v.of(t, rule)
	if r.Cause == nil || *r.Cause != cause {
		t.Errorf("%s because of %v, not of %s: %s", rule, tell(r.Cause), cause, r.Why)
	}
	named := ""
	if r.Process != nil {
		named = fmt.Sprint(tell(r.Process.Name)) + "/" + strconv.Itoa(int(r.Process.PID))
	}
	if named != process {
		t.Errorf("%s: process %q, not %q", rule, named, process)
	}
}

// fromAnyPort is a connection after bind() to port 0.
func fromAnyPort(t testing.TB, to netip.AddrPort, options ...nettest.Option) {
	t.Helper()
	s := nettest.Open(t, nettest.V4, options...)
	s.BindPort(netip.AddrPortFrom(nettest.V4, 0))
	s.Connect(to)
}

// Local ports are those that are neither reserved nor held by somebody else.
func TestCheckLocalPorts(t *testing.T) {
	if !nettest.Apart(t) {
		return
	}
	nettest.Sysctl(t, "ip_local_port_range", "61000 61099")
	var to []netip.AddrPort
	for range 10 {
		to = append(to, nettest.Listen(t, nettest.V4, 128).Local)
	}
	check := func(args ...string) *verdict { return judge(t, "tcpstat", append([]string{"port-budget"}, args...)...) }
	t.Run("plain", func(t *testing.T) { // half of the ports each, and the same
		for i := range 500 {
			nettest.Connect(t, to[i%len(to)])
		}
		check().expect(t, "port-budget", "OK", "", 50)
	})
	t.Run("bind", func(t *testing.T) {
		for i := range 90 {
			fromAnyPort(t, to[i%len(to)])
		}
		check().because(t, "port-budget", "CRITICAL", 90, "bind", here(t))
	})
	t.Run("bind without a port", func(t *testing.T) {
		for i := range 90 {
			fromAnyPort(t, to[i%len(to)], nettest.WithInt(unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1))
		}
		check().expect(t, "port-budget", "OK", "", 9)
	})
	t.Run("bound", func(t *testing.T) {
		for range 60 {
			nettest.Open(t, nettest.V4).BindPort(netip.AddrPortFrom(nettest.V4, 0))
		}
		for range 15 {
			nettest.Connect(t, to[0])
		}
		check().because(t, "port-budget", "WARNING", 75, "bound", here(t))
		check("dport", strconv.Itoa(int(to[0].Port()))).because(t, "port-budget", "WARNING", 75, "bound", here(t))
	})
	t.Run("reserved", func(t *testing.T) {
		nettest.Sysctl(t, "ip_local_reserved_ports", "61001-61050,61061-61099")
		for range 9 {
			nettest.Connect(t, to[0])
		}
		v := check()
		v.because(t, "port-budget", "WARNING", 81.818, "reserved", here(t))
		if r := v.of(t, "port-budget").Evidence; r["range"] != 11 || r["reserved"] != 89 {
			t.Errorf("evidence %v", r)
		}
	})
}

// Who has a port that nobody listens on is named, and a listener on loopback told apart.
func TestCheckListenerHeld(t *testing.T) {
	nettest.Need(t)
	held := nettest.Open(t, nettest.V4)
	held.Bind(nettest.V4)
	asked := func() string { return "listener=" + strconv.Itoa(int(held.Local.Port())) }
	judge(t, "tcpstat", asked()).because(t, "listener", "CRITICAL", 0, "bound", here(t))
	judge(t, "tcpstat", asked(), "state", "ESTABLISHED").because(t, "listener", "CRITICAL", 0, "bound", here(t))
	held.Listen(1)
	v := judge(t, "tcpstat", asked())
	v.because(t, "listener", "OK", 1, "loopback_only", "")
	if at := v.of(t, "listener").Names["listens_on"]; at != held.Local.String() {
		t.Errorf("listens on %q", at)
	}
	if said := ask(t, "tcpstat", "check", asked()).stdout; !strings.Contains(said, "\nOK: listens for this machine only: ") {
		t.Errorf("the plugin does not say it:\n%s", said)
	}
	client, server := held.Pair()
	held.Close()
	judge(t, "tcpstat", asked()).because(t, "listener", "CRITICAL", 0, "connections", here(t))
	server.Close()
	client.Wait(tcp.CloseWait)
	client.Close()
	nettest.Poll(t, func() error {
		if r := judge(t, "tcpstat", asked()).of(t, "listener"); r.Cause == nil || *r.Cause != "time_wait" || r.Evidence["time_wait"] != 1 || r.Evidence["free_ms"] > 60_000 {
			return fmt.Errorf("%v, %v", tell(r.Cause), r.Evidence)
		}
		return nil
	})
}

// What is said of a flood of SYNs follows tcp_syncookies, and healthy clients are none.
func TestCheckSynFlood(t *testing.T) {
	if !nettest.Apart(t) {
		return
	}
	for _, tt := range []struct {
		name, setting, most string
		backlog             int
		status, cause, at   string
	}{
		{"on", "1", "1024", 8, "CRITICAL", "flood_one_source", "listener"},
		{"off", "0", "1024", 8, "CRITICAL", "cookies_off", "listener"},
		{"off, long backlog", "0", "16", 128, "CRITICAL", "cookies_off", "listener"},
		{"always", "2", "1024", 8, "CRITICAL", "cookies_always", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nettest.Sysctl(t, "tcp_syncookies", tt.setting)
			nettest.Sysctl(t, "tcp_max_syn_backlog", tt.most)
			listener := nettest.Listen(t, nettest.V4, tt.backlog)
			healthy, flooded := began(t, 10*time.Second), stateOfCheck{}
			connections(t, listener, 100, nothing)
			healthy.check("syn-queue").expect(t, "syn-queue", "OK", "", 0)
			flooded = began(t, time.Second)
			for range 100 {
				nettest.Connect(t, listener.Local, nettest.IsDeaf)
			}
			v := flooded.check("syn-queue")
			process, at := "", ""
			if tt.at != "" {
				process, at = here(t), listener.Local.String()
			}
			v.because(t, "syn-queue", tt.status, anyValue, tt.cause, process)
			if r := v.of(t, "syn-queue"); tell(r.Subject) != any(at) && (at != "" || r.Subject != nil) {
				t.Errorf("subject %v", tell(r.Subject))
			}
		})
	}
}
