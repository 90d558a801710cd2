package main

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
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

// Who closes first fills the table of TIME_WAIT: the server at its port, or the client.
func TestCheckWhoClosesFirst(t *testing.T) {
	if !nettest.Apart(t) {
		return
	}
	listener := nettest.Listen(t, nettest.V4, 8)
	closing := func(first, second func(client, server *nettest.Sock) *nettest.Sock) {
		connections(t, listener, 60, func(client, server *nettest.Sock) {
			first(client, server).Close()
			second(client, server).Wait(tcp.CloseWait)
			second(client, server).Close()
		})
	}
	theClient := func(client, _ *nettest.Sock) *nettest.Sock { return client }
	theServer := func(_, server *nettest.Sock) *nettest.Sock { return server }
	check := func(cause, process, key, name string) {
		t.Helper()
		nettest.Poll(t, func() error {
			if n := judge(t, "tcpstat", "tw-overflow").of(t, "tw-overflow").Evidence["time_wait"]; n < 50 {
				return fmt.Errorf("%v in TIME_WAIT", n)
			}
			return nil
		})
		v := judge(t, "tcpstat", "tw-overflow")
		v.because(t, "tw-overflow", "WARNING", anyValue, cause, process)
		if got := v.of(t, "tw-overflow").Names[key]; got != name {
			t.Errorf("%s: %q, not %q", cause, got, name)
		}
	}
	nettest.Sysctl(t, "tcp_max_tw_buckets", "70")
	closing(theServer, theClient)
	check("server_closes", here(t), "port", strconv.Itoa(int(listener.Local.Port())))
	nettest.Sysctl(t, "tcp_max_tw_buckets", "200")
	for range 2 {
		closing(theClient, theServer)
	}
	check("client_closes", "", "peer", listener.Local.String())
}

// Limits of the host are told by another /proc: how many orphans were reset, and that
// the firewall's table is full.
func TestCheckLimitsOfProc(t *testing.T) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"net/tcp": "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
			"   0: 0700000A:1F90 0900000A:1388 04 00000064:00000000 01:00000064 00000000     0        0 0 1 0000000000000000 20 4 30 10 -1\n",
		"net/sockstat":                         "TCP: inuse 1 orphan 15900 tw 0 alloc 1 mem 0\n",
		"net/netstat":                          "TcpExt: TCPAbortOnMemory\nTcpExt: 4321\n",
		"net/stat/nf_conntrack":                "entries drop early_drop\n00000064 0000000a 00000001\n00000064 00000001 00000000\n",
		"sys/net/ipv4/tcp_max_orphans":         "16384\n",
		"sys/net/netfilter/nf_conntrack_count": "100\n",
		"sys/net/netfilter/nf_conntrack_max":   "100\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	v := judge(t, "tcpstat", "--proc", dir, "orphans", "conntrack")
	if r := v.of(t, "orphans"); r.Status != "CRITICAL" || r.Evidence["reset_since_boot"] != 4321 || r.Names["peer"] != "10.0.0.9" {
		t.Errorf("orphans: %+v", r)
	}
	if r := v.of(t, "conntrack"); tell(r.Cause) != any("full") || r.Evidence["dropped_since_boot"] != 11 {
		t.Errorf("conntrack: %+v", r)
	}
}
