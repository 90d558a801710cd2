package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/document"
	"tcpstat/health"
	"tcpstat/internal/documenttest"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// verdict is the document of a check.
type verdict struct{ document.Check }

// judge runs a check on the built program; hasty is one to which the sockets of a
// moment are old. The exit code must be the document's.
func judge(t testing.TB, program string, args ...string) *verdict {
	t.Helper()
	a := ask(t, append([]string{program, "check", "--json"}, args...)...)
	d, err := documenttest.Decode[document.Check]([]byte(a.stdout))
	if err != nil {
		t.Fatalf("check %q: %v\n%s%s", args, err, a.stdout, a.stderr)
	}
	v := &verdict{*d}
	if want := slices.Index([]string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}, v.Status); a.code != v.Code || v.Code != want || v.Kind != "check" {
		t.Fatalf("check %q: exit code %d, code %d for %s", args, a.code, v.Code, v.Status)
	}
	return v
}

// of gives the result of a rule.
func (v *verdict) of(t testing.TB, rule string) *document.Result {
	t.Helper()
	for i := range v.Results {
		if v.Results[i].Rule == rule {
			return &v.Results[i]
		}
	}
	t.Fatalf("%s is not judged: %v", rule, v.NotJudged)
	return nil
}

// expect holds a check of one rule to a status, and if they are given to the
// subject and the value of the first metric.
func (v *verdict) expect(t testing.TB, rule, status, subject string, value float64) {
	t.Helper()
	r := v.of(t, rule)
	if r.Status != status || v.Status != status {
		t.Errorf("%s is %s, in all %s, want %s: %+v", rule, r.Status, v.Status, status, r)
	}
	if subject != "" && (r.Subject == nil || *r.Subject != subject) {
		t.Errorf("%s: subject %v, want %s", rule, tell(r.Subject), subject)
	}
	if value >= 0 && (r.Metrics[0].Value == nil || *r.Metrics[0].Value != value) {
		t.Errorf("%s: value %v, want %v", rule, tell(r.Metrics[0].Value), value)
	}
}

// anyValue stands for a first metric that a test does not know.
const anyValue = -1

// port is a filter for the sockets of a listener: both ends of its connections.
func port(listener *nettest.Sock) []string {
	at := strconv.Itoa(int(listener.Local.Port()))
	return []string{"sport", "=", at, "or", "dport", "=", at}
}

// here is this process as a subject.
func here(t testing.TB) string {
	t.Helper()
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimSpace(string(comm))
	if len(name) == 15 {
		name = filepath.Base(os.Args[0]) // it was cut
	}
	return fmt.Sprintf("%s/%d", name, os.Getpid())
}

// connections makes n connections to a listener.
func connections(t testing.TB, listener *nettest.Sock, n int, each func(client, server *nettest.Sock)) {
	t.Helper()
	for range n {
		each(listener.Pair())
	}
}

func nothing(_, _ *nettest.Sock) {}

func TestCheckCloseWait(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 8)
	leak := func(client, server *nettest.Sock) {
		client.Close()
		server.Wait(tcp.CloseWait)
	}
	connections(t, listener, 9, leak)
	rule := append([]string{"close-wait-leak"}, port(listener)...)
	judge(t, "hasty", rule...).expect(t, "close-wait-leak", "OK", here(t), 9)
	connections(t, listener, 1, leak)
	judge(t, "hasty", rule...).expect(t, "close-wait-leak", "WARNING", here(t), 10)
	// They are young: a minute has to pass.
	judge(t, "tcpstat", rule...).expect(t, "close-wait-leak", "OK", "", 0)
	judge(t, "hasty", append([]string{"-w", "@3:", "-c", "@10:"}, rule...)...).expect(t, "close-wait-leak", "CRITICAL", here(t), 10)
	if r := judge(t, "hasty", rule...).of(t, "close-wait-leak"); r.Evidence["open_files_limit"] == 0 {
		t.Errorf("no limit of open files: %v", r.Evidence)
	}
}

func TestCheckAcceptQueue(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 4)
	at := listener.Local.String()
	both := append([]string{"accept-queue", "not-accepted"}, port(listener)...)
	rule := append([]string{"accept-queue"}, port(listener)...)
	enqueue := func() { nettest.Connect(t, listener.Local).Wait(tcp.Established) }
	for range 3 {
		enqueue()
	}
	judge(t, "tcpstat", rule...).expect(t, "accept-queue", "OK", at, 75)
	enqueue()
	judge(t, "tcpstat", rule...).expect(t, "accept-queue", "WARNING", at, 100)
	enqueue()
	judge(t, "tcpstat", both...).expect(t, "accept-queue", "CRITICAL", at, 125)
	// They are new, and then they have waited: the same fault, told once.
	v := judge(t, "hasty", both...)
	isExplainedBy(t, v.of(t, "accept-queue"), "not-accepted")
	if r := v.of(t, "not-accepted"); r.Status != "CRITICAL" || *r.Metrics[0].Value != 5 {
		t.Errorf("not-accepted: %+v", r)
	}
}

func isExplainedBy(t testing.TB, r *document.Result, cause string) {
	t.Helper()
	if r.Status != "OK" || r.ExplainedBy == nil || *r.ExplainedBy != cause {
		t.Errorf("%s is %s, explained by %v, want %s", r.Rule, r.Status, tell(r.ExplainedBy), cause)
	}
}

func TestCheckNotAccepted(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 20)
	rule := append([]string{"not-accepted"}, port(listener)...)
	for range 9 {
		nettest.Connect(t, listener.Local).Wait(tcp.Established)
	}
	judge(t, "hasty", rule...).expect(t, "not-accepted", "OK", listener.Local.String(), 9)
	nettest.Connect(t, listener.Local).Wait(tcp.Established)
	judge(t, "hasty", rule...).expect(t, "not-accepted", "WARNING", listener.Local.String(), 10)
	judge(t, "tcpstat", rule...).expect(t, "not-accepted", "OK", "", 0)
}

// stateOfCheck is a state file as it stands.
type stateOfCheck struct {
	t    testing.TB
	file string
}

// began makes a state file of this moment that claims to be older.
func began(t testing.TB, age time.Duration) stateOfCheck {
	t.Helper()
	s := stateOfCheck{t, filepath.Join(t.TempDir(), "state")}
	judge(t, "tcpstat", "--state-file", s.file, "listener=1")
	s.set("time", time.Now().Add(-age).UTC())
	return s
}

// set changes a key of the file.
func (s stateOfCheck) set(key string, value any) {
	s.t.Helper()
	text, err := os.ReadFile(s.file)
	if err != nil {
		s.t.Fatal(err)
	}
	var state map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&state); err != nil {
		s.t.Fatal(err)
	}
	state[key] = value
	if text, err = json.Marshal(state); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.file, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// perSecond makes a file of an hour ago of this one, since when a counter has grown so
// often a second: whatever this machine takes for a look, it is no part of an hour.
func (s stateOfCheck) perSecond(group, name string, rate int64) {
	s.t.Helper()
	counters := s.counters()
	counters[group][name] -= rate * int64(time.Hour/time.Second)
	s.set("counters", counters)
	s.set("time", time.Now().Add(-time.Hour).UTC())
}

// counters are those that the file keeps.
func (s stateOfCheck) counters() (counters map[string]map[string]int64) {
	s.t.Helper()
	text, err := os.ReadFile(s.file)
	if err != nil {
		s.t.Fatal(err)
	}
	var state struct{ Counters map[string]map[string]int64 }
	if err := json.Unmarshal(text, &state); err != nil {
		s.t.Fatal(err)
	}
	return state.Counters
}

func (s stateOfCheck) check(args ...string) *verdict {
	s.t.Helper()
	return judge(s.t, "tcpstat", append([]string{"--state-file", s.file}, args...)...)
}

func TestCheckOverflow(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 1)
	at := listener.Local.String()
	calm := began(t, 10*time.Second)
	calm.check("listen-overflow").expect(t, "listen-overflow", "OK", "", 0)
	for range 2 {
		nettest.Connect(t, listener.Local).Wait(tcp.Established)
	}
	small := append([]string{"backlog-small"}, port(listener)...)
	calmly := began(t, 10*time.Second)
	calmly.check("backlog-small").expect(t, "backlog-small", "OK", "", 0)
	one, named, many := began(t, 10*time.Second), began(t, 10*time.Second), began(t, 0)
	short, shorter := began(t, 10*time.Second), began(t, 10*time.Second)
	var refused []*nettest.Sock
	for range 10 { // SYNs that find no room
		refused = append(refused, nettest.Connect(t, listener.Local))
	}
	many.perSecond("TcpExt", "ListenOverflows", 10)
	one.check("listen-overflow").expect(t, "listen-overflow", "WARNING", at, anyValue)
	many.check("listen-overflow").expect(t, "listen-overflow", "CRITICAL", at, anyValue)
	v := named.check("listen-overflow", "accept-queue")
	isExplainedBy(t, v.of(t, "listen-overflow"), "accept-queue")
	isExplainedBy(t, short.check(append([]string{"accept-queue"}, small...)...).of(t, "backlog-small"), "accept-queue")
	for _, client := range refused {
		client.Close() // it would take the room that there will be
	}
	for range 2 {
		listener.Accept()
	}
	shorter.check(small...).expect(t, "backlog-small", "WARNING", at, anyValue)
}

func TestCheckSynQueue(t *testing.T) {
	nettest.Need(t)
	nettest.Sysctl(t, "tcp_syncookies", "1")
	listener := nettest.Listen(t, nettest.V4, 2)
	calm, some, many := began(t, time.Second), began(t, time.Hour), began(t, 0)
	calm.check("syn-queue").expect(t, "syn-queue", "OK", "", 0)
	for range 10 {
		nettest.Connect(t, listener.Local, nettest.IsDeaf)
	}
	if v := some.check("syn-queue").of(t, "syn-queue"); v.Status != "OK" || v.Evidence["cookies"] == 0 {
		t.Errorf("a few cookies in a while: %+v", v)
	}
	many.perSecond("TcpExt", "TCPReqQFullDoCookies", 6)
	many.check("syn-queue").expect(t, "syn-queue", "CRITICAL", "", anyValue)

	nettest.Sysctl(t, "tcp_syncookies", "0")
	dropping := began(t, time.Minute)
	for range 10 {
		nettest.Connect(t, listener.Local, nettest.IsDeaf)
	}
	dropping.check("syn-queue").expect(t, "syn-queue", "CRITICAL", "", anyValue)
}

// eventually waits for what only the kernel's timers bring about.
func eventually(t testing.TB, status, rule string, args ...string) *verdict {
	t.Helper()
	var v *verdict
	nettest.Poll(t, func() error {
		v = judge(t, "tcpstat", append([]string{rule}, args...)...)
		if v.Status != status {
			return fmt.Errorf("%s is %s, want %s: %+v", rule, v.Status, status, v.Results)
		}
		return nil
	})
	return v
}

// growing is a rule whose first metric grows as the kernel's timers fire. It gives a
// warning from some value on.
type growing struct {
	program string
	rule    string
	truth   func() float64
	warns   float64
}

// to waits until the metric has reached a value. On the way there it lies between what
// is true before and after the check.
func (g growing) to(t testing.TB, value float64, args ...string) *verdict {
	t.Helper()
	var v *verdict
	nettest.Poll(t, func() error {
		low := g.truth()
		v = judge(t, g.program, append([]string{g.rule}, args...)...)
		high := g.truth()
		got, want := 0.0, "OK"
		if metric := v.of(t, g.rule).Metrics[0].Value; metric != nil {
			got = *metric
		}
		if got >= g.warns {
			want = "WARNING"
		}
		if got < low || got > high || v.Status != want {
			t.Fatalf("%s is %s with %v, between %v and %v in truth", g.rule, v.Status, got, low, high)
		}
		if got < value {
			return fmt.Errorf("%s: %v, not %v", g.rule, got, value)
		}
		return nil
	})
	return v
}

func TestCheckHalfOpen(t *testing.T) {
	nettest.Need(t)
	// While data is waited for, the SYN+ACK is not sent again.
	patient := nettest.Listen(t, nettest.V4, 4, nettest.WithInt(unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 60))
	listener := nettest.Listen(t, nettest.V4, 4)
	for range 2 {
		nettest.Connect(t, patient.Local).Wait(tcp.Established)
		nettest.Connect(t, listener.Local, nettest.IsDeaf)
	}
	if d := list(t, append([]string{"tcpstat", "-an", "--json", "state", "SYN_RECV"}, port(patient)...)...); len(d.Sockets) != 2 {
		t.Fatalf("%d half-open connections", len(d.Sockets))
	}
	judge(t, "tcpstat", append([]string{"syn-recv-pile"}, port(patient)...)...).expect(t, "syn-recv-pile", "OK", "", anyValue)
	eventually(t, "WARNING", "syn-recv-pile", port(listener)...).expect(t, "syn-recv-pile", "WARNING", listener.Local.String(), 50)
}

func TestCheckConnects(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 1, nettest.IsDeaf)
	at := listener.Local.String()
	var clients []*nettest.Sock
	for range 9 {
		clients = append(clients, nettest.Connect(t, listener.Local))
	}
	stuck := func() (n float64) {
		for _, c := range clients {
			if c.Info().Retransmits >= 3 {
				n++
			}
		}
		return n
	}
	growing{"tcpstat", "syn-sent-stuck", stuck, 1}.to(t, 9, port(listener)...).expect(t, "syn-sent-stuck", "WARNING", at, 9)
}

func TestCheckPorts(t *testing.T) {
	nettest.Need(t)
	nettest.Sysctl(t, "ip_local_port_range", "61000 61009")
	listener := nettest.Listen(t, nettest.V4, 16)
	rule := append([]string{"port-budget"}, port(listener)...)
	connections(t, listener, 6, nothing)
	judge(t, "tcpstat", rule...).expect(t, "port-budget", "OK", "127.0.0.1 -> "+listener.Local.String(), 60)
	connections(t, listener, 1, nothing)
	judge(t, "tcpstat", rule...).expect(t, "port-budget", "WARNING", "", 70)
	connections(t, listener, 2, nothing)
	judge(t, "tcpstat", rule...).expect(t, "port-budget", "CRITICAL", "", 90)
}

func TestCheckTimeWait(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 8)
	over := func(client, server *nettest.Sock) {
		client.Close()
		server.Wait(tcp.CloseWait)
		server.Close()
	}
	connections(t, listener, 8, over)
	n := judge(t, "tcpstat", "tw-overflow").of(t, "tw-overflow").Evidence["time_wait"]
	if n < 8 {
		t.Fatalf("%v sockets in TIME_WAIT", n)
	}
	state := began(t, 10*time.Second)
	// Those of other tests come to their end meanwhile, ours take a minute.
	nettest.Sysctl(t, "tcp_max_tw_buckets", strconv.Itoa(int(n*2)))
	judge(t, "tcpstat", "tw-overflow").expect(t, "tw-overflow", "OK", "", anyValue)
	nettest.Sysctl(t, "tcp_max_tw_buckets", "8")
	judge(t, "tcpstat", "tw-overflow").expect(t, "tw-overflow", "WARNING", "", anyValue)
	nettest.Sysctl(t, "tcp_max_tw_buckets", "1")
	connections(t, listener, 3, over)
	nettest.Sysctl(t, "tcp_max_tw_buckets", "131072")
	state.check("tw-overflow").expect(t, "tw-overflow", "CRITICAL", "", anyValue)
}

func TestCheckFinWait2(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 8)
	half := func(client, _ *nettest.Sock) {
		client.Shutdown()
		client.Wait(tcp.FinWait2)
	}
	rule := append([]string{"fin-wait2-held"}, port(listener)...)
	connections(t, listener, 9, half)
	judge(t, "hasty", rule...).expect(t, "fin-wait2-held", "OK", here(t), 9)
	connections(t, listener, 1, half)
	judge(t, "hasty", rule...).expect(t, "fin-wait2-held", "WARNING", here(t), 10)
	judge(t, "tcpstat", rule...).expect(t, "fin-wait2-held", "OK", "", 0)
}

// Connections whose peer is gone: their FINs, and their data, are sent again.
func TestCheckSilentPeer(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 16)
	connections(t, listener, 10, func(client, server *nettest.Sock) {
		nettest.Deafen(t, server.FD)
		client.Close()
	})
	again := func() float64 {
		d := list(t, append([]string{"tcpstat", "-an", "--json", "state", "FIN_WAIT1", "retrans", "ge", "2", "and", "("}, append(port(listener), ")")...)...)
		return float64(len(d.Sockets))
	}
	growing{"tcpstat", "fin-unacked", again, 10}.to(t, 10, port(listener)...).expect(t, "fin-unacked", "WARNING", "127.0.0.1", 10)

	client, server := nettest.Pair(t)
	nettest.Deafen(t, server.FD)
	client.Send(100)
	only := []string{"sport", "=", strconv.Itoa(int(client.Local.Port()))}
	times := func() float64 {
		if n := client.Info().Retransmits; n >= 3 { // fewer do not count
			return float64(n)
		}
		return 0
	}
	growing{"tcpstat", "send-stuck", times, 3}.to(t, 3, only...).expect(t, "send-stuck", "WARNING", client.Remote.String(), anyValue)
}

func TestCheckRetransmission(t *testing.T) {
	nettest.Need(t)
	little, enough := began(t, 10*time.Second), began(t, 10*time.Second)
	var deaf []*nettest.Sock
	for range 20 {
		client, server := nettest.Pair(t, nettest.WithAbortiveClose)
		nettest.Deafen(t, server.FD)
		client.Send(1)
		deaf = append(deaf, client)
	}
	nettest.Poll(t, func() error {
		for _, s := range deaf {
			if n := s.Info().Retransmits; n < 2 {
				return fmt.Errorf("%d retransmissions", n)
			}
		}
		return nil
	})
	for _, client := range deaf {
		client.Close() // however long the rest takes, it sends no more
	}
	if v := little.check("retrans"); v.Status != "UNKNOWN" || v.NotJudged[0].Reason != string(health.TooLittleTraffic) {
		t.Errorf("too little traffic to judge: %s %v", v.Status, v.NotJudged)
	}
	before := enough.counters()
	client, server := nettest.Pair(t, nettest.WithInt(unix.IPPROTO_TCP, unix.TCP_NODELAY, 1))
	server.SetInt(unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	for range 1000 { // each carries the other's acknowledgement
		client.Send(1)
		server.Send(1)
	}
	v := enough.check("retrans")
	r, after := v.of(t, "retrans"), enough.counters()
	again := after["Tcp"]["RetransSegs"] - before["Tcp"]["RetransSegs"]
	out := after["Tcp"]["OutSegs"] - before["Tcp"]["OutSegs"]
	if want := 100 * float64(again) / float64(out); r.Metrics[0].Value == nil || *r.Metrics[0].Value < want-0.001 || *r.Metrics[0].Value > want+0.001 {
		t.Errorf("%v %%, want %v of %d in %d", tell(r.Metrics[0].Value), want, again, out)
	}
	v.expect(t, "retrans", "WARNING", "", anyValue)
}

func TestCheckPeerLoses(t *testing.T) {
	nettest.Need(t)
	client, server := nettest.Pair(t)
	only := []string{"sport", "=", strconv.Itoa(int(client.Local.Port()))}
	sent := 0
	buffer := make([]byte, 1<<20)
	for sent < 2<<20 {
		client.Send(1 << 14)
		sent += 1 << 14
		nettest.Poll(t, func() error {
			n, err := unix.Read(server.FD, buffer)
			if n <= 0 {
				return fmt.Errorf("read: %d, %w", n, err)
			}
			return nil
		})
	}
	judge(t, "tcpstat", append([]string{"retrans-peer"}, only...)...).expect(t, "retrans-peer", "OK", "127.0.0.1", 0)
	nettest.Deafen(t, server.FD)
	client.Send(1 << 15)
	eventually(t, "WARNING", "retrans-peer", only...).expect(t, "retrans-peer", "WARNING", "127.0.0.1", anyValue)
}

// The window of a program that does not read shuts.
func TestCheckNotReading(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 1, nettest.WithInt(unix.SOL_SOCKET, unix.SO_RCVBUF, 4096))
	client, server := listener.Pair(nettest.WithInt(unix.SOL_SOCKET, unix.SO_SNDBUF, 16384))
	reader := []string{"sport", "=", strconv.Itoa(int(server.Local.Port()))}
	writer := []string{"sport", "=", strconv.Itoa(int(client.Local.Port()))}
	judge(t, "hasty", append([]string{"not-reading"}, reader...)...).expect(t, "not-reading", "OK", "", 0)
	client.Fill()
	judge(t, "hasty", append([]string{"not-reading"}, reader...)...).expect(t, "not-reading", "WARNING", here(t), 1)
	judge(t, "tcpstat", append([]string{"not-reading"}, reader...)...).expect(t, "not-reading", "OK", "", 0)
	shut := func() float64 {
		if client.Info().Backoff >= 3 {
			return 1
		}
		return 0
	}
	growing{"hasty", "zero-window", shut, 1}.to(t, 1, writer...).expect(t, "zero-window", "WARNING", client.Remote.String(), 1)
}

func TestCheckIdle(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 8)
	rule := append([]string{"idle-no-keepalive"}, port(listener)...)
	connections(t, listener, 49, nothing)
	listener.Pair(nettest.WithInt(unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)) // one end of it counts
	judge(t, "hasty", rule...).expect(t, "idle-no-keepalive", "OK", here(t), 99)
	connections(t, listener, 1, nothing)
	judge(t, "hasty", rule...).expect(t, "idle-no-keepalive", "WARNING", here(t), 101)
	judge(t, "tcpstat", rule...).expect(t, "idle-no-keepalive", "OK", "", 0)
}

func TestCheckResets(t *testing.T) {
	nettest.Need(t)
	closed := nettest.Open(t, nettest.V4)
	closed.Bind(nettest.V4) // and nobody listens there
	calm, few, many := began(t, time.Second), began(t, 10*time.Second), began(t, 0)
	calm.check("rst-storm").expect(t, "rst-storm", "OK", "", 0)
	for range 60 {
		c := nettest.Open(t, nettest.V4)
		if err := unix.Connect(c.FD, &unix.SockaddrInet4{Port: int(closed.Local.Port()), Addr: nettest.V4.As4()}); err != unix.ECONNREFUSED && err != unix.EINPROGRESS {
			t.Fatal(err)
		}
	}
	if r := few.check("rst-storm").of(t, "rst-storm"); r.Status != "OK" || *r.Metrics[0].Value == 0 {
		t.Errorf("a few resets: %+v", r)
	}
	many.perSecond("Tcp", "OutRsts", 20)
	many.check("rst-storm").expect(t, "rst-storm", "WARNING", "", anyValue)
}

func TestCheckReceiveDrops(t *testing.T) {
	nettest.Need(t)
	state := began(t, 10*time.Second)
	state.check("rcv-drop").expect(t, "rcv-drop", "OK", "", 0)
	state = began(t, 10*time.Second)
	before := state.counters()["TcpExt"]
	client, server := nettest.Pair(t)
	server.SetInt(unix.SOL_SOCKET, unix.SO_RCVBUF, 1) // after a window was promised
	client.Fill()
	nettest.Poll(t, func() error {
		now := began(t, 0).counters()["TcpExt"]
		for _, name := range []string{"TCPRcvQDrop", "TCPBacklogDrop", "RcvPruned"} {
			if now[name] > before[name] {
				return nil
			}
		}
		return fmt.Errorf("nothing was dropped")
	})
	v := state.check("rcv-drop")
	v.expect(t, "rcv-drop", "WARNING", "", anyValue)
}

func TestCheckListener(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 1)
	asked := "listener=" + strconv.Itoa(int(listener.Local.Port()))
	subject := ":" + strconv.Itoa(int(listener.Local.Port()))
	for _, source := range []string{"netlink", "proc"} {
		judge(t, "tcpstat", asked, "--source", source).expect(t, "listener", "OK", subject, 1)
	}
	listener.Close()
	for _, source := range []string{"netlink", "proc"} {
		judge(t, "tcpstat", asked, "--source", source).expect(t, "listener", "CRITICAL", subject, 0)
	}
}

// What a namespace does not have is judged by a made /proc, as a support bundle has
// it: each rule at its threshold and below it.
func TestCheckHostWide(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("net/tcp", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n")
	write("sys/net/ipv4/tcp_max_orphans", "100\n")
	write("sys/net/ipv4/tcp_mem", "50\t100\t200\n")
	write("sys/net/netfilter/nf_conntrack_max", "100\n")
	for _, tt := range []struct {
		orphans, pages, tracked       int
		orphansWant, memWant, ctsWant string
	}{
		{24, 100, 74, "OK", "OK", "OK"},
		{25, 101, 75, "WARNING", "WARNING", "WARNING"},
		{50, 181, 90, "CRITICAL", "CRITICAL", "CRITICAL"},
	} {
		write("net/sockstat", fmt.Sprintf("sockets: used 9\nTCP: inuse 1 orphan %d tw 0 alloc 1 mem %d\n", tt.orphans, tt.pages))
		write("sys/net/netfilter/nf_conntrack_count", fmt.Sprintln(tt.tracked))
		judge(t, "tcpstat", "--proc", dir, "orphans").expect(t, "orphans", tt.orphansWant, "", anyValue)
		judge(t, "tcpstat", "--proc", dir, "tcp-mem").expect(t, "tcp-mem", tt.memWant, "", anyValue)
		judge(t, "tcpstat", "--proc", dir, "conntrack").expect(t, "conntrack", tt.ctsWant, "", anyValue)
	}
	// In a child namespace they are not to be had.
	nettest.Need(t)
	for _, rule := range []string{"orphans", "tcp-mem"} {
		v := judge(t, "tcpstat", rule)
		if v.Status != "UNKNOWN" || len(v.NotJudged) != 1 || v.NotJudged[0].Reason != string(health.HostWide) {
			t.Errorf("%s: %s, %v", rule, v.Status, v.NotJudged)
		}
	}
}

// Through /proc nothing is OK that it does not tell.
func TestCheckThroughProc(t *testing.T) {
	nettest.Need(t)
	full := nettest.Listen(t, nettest.V4, 1)
	for range 2 {
		nettest.Connect(t, full.Local).Wait(tcp.Established)
	}
	for _, rule := range []string{
		"close-wait-leak", "not-accepted", "accept-queue", "backlog-small", "syn-recv-pile", "fin-wait2-held",
		"retrans-peer", "zero-window", "not-reading", "idle-no-keepalive",
	} {
		v := judge(t, "tcpstat", rule, "--source", "proc")
		if v.Status != "UNKNOWN" || len(v.Results) != 0 || v.NotJudged[0].Reason != string(health.NotInProc) {
			t.Errorf("%s: %s %v", rule, v.Status, v.NotJudged)
		}
	}
	all := judge(t, "tcpstat", "--source", "proc")
	for _, n := range all.NotJudged {
		if slices.ContainsFunc(all.Results, func(r document.Result) bool { return r.Rule == n.Rule }) {
			t.Errorf("%s is judged and is not", n.Rule)
		}
	}
	if len(all.Missing) != 0 {
		t.Errorf("rules say what they miss; missing is %v", all.Missing)
	}
}

// A dump of ss without tcp_info does not tell enough either.
func TestCheckOfDump(t *testing.T) {
	nettest.Need(t)
	nettest.Program(t, "ss", "iproute2")
	nettest.Pair(t)
	dump := filepath.Join(t.TempDir(), "dump")
	if out, err := exec.Command("ss", "-tan", "-D", dump).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	v := judge(t, "tcpstat", "accept-queue", "--replay", dump)
	if v.Status != "UNKNOWN" || v.NotJudged[0].Reason != string(health.NotRecorded) {
		t.Errorf("%s %v", v.Status, v.NotJudged)
	}
}

func TestCheckElsewhere(t *testing.T) {
	needUsers(t) // to enter a namespace takes root
	listener := nettest.Listen(t, nettest.V4, 1)
	asked := "listener=" + strconv.Itoa(int(listener.Local.Port()))
	judge(t, "tcpstat", asked, "--netns", strconv.Itoa(os.Getpid())).expect(t, "listener", "OK", "", 1)
	judge(t, "tcpstat", asked, "--netns", nettest.Namespace(t)).expect(t, "listener", "CRITICAL", "", 0)
}

func TestCheckWindow(t *testing.T) {
	nettest.Need(t)
	v := judge(t, "tcpstat", "--window", "10ms", "listen-overflow")
	if v.Window == nil || *v.Window < 10 || v.Status != "OK" {
		t.Errorf("window %v, %s", tell(v.Window), v.Status)
	}
	if v := judge(t, "tcpstat", "port-budget"); v.Window != nil {
		t.Errorf("a window of %v without one", *v.Window)
	}
	bare := t.TempDir() // a support bundle without counters
	if err := os.CopyFS(bare, fstest.MapFS{"net/tcp": {}}); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(bare, "state")
	judge(t, "tcpstat", "--proc", bare, "--state-file", state, "listener=1")
	s := stateOfCheck{t, state}
	s.set("time", time.Now().Add(-time.Minute).UTC())
	for _, with := range []string{"--window=10ms", "--state-file=" + state} {
		v := judge(t, "tcpstat", "--proc", bare, with, "retrans")
		if len(v.NotJudged) != 1 || v.NotJudged[0].Reason != string(health.NotCounted) {
			t.Errorf("%s: %v", with, v.NotJudged)
		}
	}
}

// A process that is hidden is not known to be well, nor to be missing.
func TestCheckOfHiddenProcess(t *testing.T) {
	nettest.Need(t)
	asked := fmt.Sprintf("listener=%d", nettest.Listen(t, nettest.V4, 5).Local.Port())
	for _, rule := range []string{"close-wait-leak", asked} {
		var v verdict
		a := ask(t, "nobody", "tcpstat", "check", "--json", rule, "process", "nosuch")
		if err := json.Unmarshal([]byte(a.stdout), &v); err != nil {
			t.Fatalf("%s: %v\n%s", rule, err, a.stderr)
		}
		if a.code != 3 || len(v.NotJudged) != 1 || v.NotJudged[0].Reason != string(health.Undecided) {
			t.Errorf("%s: exit code %d, %v", rule, a.code, v.NotJudged)
		}
	}
}

// What cannot be said on stdout is said on stderr, so that it is said at all.
func TestCheckOnFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	var stderr bytes.Buffer
	cmd := exec.Command("/proc/self/exe", "check", "listener=1")
	cmd.Args[0] = "tcpstat"
	cmd.Stdout, cmd.Stderr = full, &stderr
	if cmd.Run(); cmd.ProcessState.ExitCode() != 3 || len(lines(stderr.String())) != 2 {
		t.Errorf("exit code %d\n%s", cmd.ProcessState.ExitCode(), &stderr)
	}
}

// A state file counts only for the namespace and the boot that it is of.
func TestCheckStateFile(t *testing.T) {
	nettest.Need(t)
	reason := func(s stateOfCheck) string {
		t.Helper()
		v := s.check("listen-overflow")
		if v.Status != "UNKNOWN" || len(v.NotJudged) != 1 {
			t.Fatalf("%s %v", v.Status, v.NotJudged)
		}
		return v.NotJudged[0].Reason
	}
	fresh := stateOfCheck{t, filepath.Join(t.TempDir(), "state")}
	if got := reason(fresh); got != "first_look" {
		t.Errorf("without a file: %s", got)
	}
	for key, tt := range map[string]struct {
		value any
		want  string
	}{
		"boot_id":  {"another", "other_boot"},
		"netns":    {1, "other_namespace"},
		"time":     {time.Now().Add(time.Hour), "clock_went_back"},
		"counters": {map[string]map[string]int64{"Tcp": {"OutSegs": 1 << 60}}, "counters_fell"},
	} {
		s := began(t, 10*time.Second)
		s.set(key, tt.value)
		if got := reason(s); got != tt.want {
			t.Errorf("%s changed: %s, want %s", key, got, tt.want)
		}
		s.set("time", time.Now().Add(-10*time.Second)) // what was written instead is good
		if v := s.check("listen-overflow"); v.Status != "OK" {
			t.Errorf("after that: %s %v", v.Status, v.NotJudged)
		}
	}
}

// A state file keeps the accept queues, unless a filter hides some of them.
func TestCheckStateOfQueues(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 3)
	nettest.Connect(t, listener.Local).Wait(tcp.Established)
	whole := began(t, 0).file
	filtered := whole + ".filtered"
	judge(t, "tcpstat", "--state-file", filtered, "close-wait-leak", "sport", "=", ":1")
	state, err := readState(whole)
	if q := state.queues()[listener.Inode()]; err != nil || q.Used != 1 || q.Drops != tcp.Some[uint32](0) {
		t.Errorf("%v, %v", state.Listeners, err)
	}
	if state, err = readState(filtered); err != nil || state.queues() != nil {
		t.Errorf("behind a filter %v, %v", state.Listeners, err)
	}
	queues := map[uint64]tcp.Backlog{1: {Used: 2}}
	if got := queueStates(queues); got != nil {
		t.Errorf("without drops %v", got)
	}
	for i := range uint64(maxQueues + 1) {
		queues[i] = tcp.Backlog{Drops: tcp.Some[uint32](0)}
	}
	if got := queueStates(queues); got != nil {
		t.Errorf("%d of too many", len(got))
	}
}

// A state file is taken from one second on: rates over less say nothing. A younger one
// is left alone.
func TestCheckYoungStateFile(t *testing.T) {
	s := began(t, 0)
	nettest.Poll(t, func() error {
		written := time.Now().Add(-600 * time.Millisecond)
		s.set("time", written.UTC())
		before, err := os.ReadFile(s.file)
		if err != nil {
			t.Fatal(err)
		}
		a := ask(t, "tcpstat", "check", "--state-file", s.file)
		if time.Since(written) >= time.Second {
			return errors.New("no check was over within a second")
		}
		if a.code != 3 || !strings.Contains(a.stdout, "it takes 1 s") || len(lines(a.stdout)) != 2 || a.stderr != "" {
			t.Errorf("after less than a second: exit code %d\n%s%s", a.code, a.stdout, a.stderr)
		}
		if after, err := os.ReadFile(s.file); err != nil || !bytes.Equal(after, before) {
			t.Errorf("it was overwritten: %v", err)
		}
		return nil
	})
}

// A link to a state file stays one.
func TestCheckLinkedStateFile(t *testing.T) {
	s := began(t, time.Minute)
	before := s.counters()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(s.file, link); err != nil {
		t.Fatal(err)
	}
	s.set("counters", map[string]any{})
	judge(t, "tcpstat", "--state-file", link, "listener=1")
	if to, err := os.Readlink(link); to != s.file {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if after := s.counters(); len(after) != len(before) {
		t.Errorf("counters %v", after)
	}
}

// What is no state file is refused and left alone.
func TestCheckBadStateFile(t *testing.T) {
	dir := t.TempDir()
	truncated := began(t, time.Minute)
	text, err := os.ReadFile(truncated.file)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, text []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		put("cut", text[:len(text)/2]):            "damaged",
		put("empty", nil):                         "damaged",
		put("foreign", []byte("root:x:0:0")):      "something else",
		put("json", []byte(`{"kind":"sockets"}`)): "something else",
		put("version", bytes.Replace(text, []byte("tcpstat/v1"), []byte("tcpstat/v9"), 1)): "another version",
		put("large", make([]byte, maxStateFile+1)):                                         "too large",
		fifo: "not a regular file",
		dir:  "not a regular file",
	} {
		before, _ := os.ReadFile("/dev/null")
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			before, _ = os.ReadFile(file)
		}
		a := ask(t, "tcpstat", "check", "--state-file", file)
		if a.code != 3 || !strings.HasPrefix(a.stdout, "TCP UNKNOWN - state file ") || !strings.Contains(a.stdout, want) || len(lines(a.stdout)) != 2 || a.stderr != "" {
			t.Errorf("%s: exit code %d\n%s%s", file, a.code, a.stdout, a.stderr)
		}
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
				t.Errorf("%s was overwritten", file)
			}
		}
	}
	a := ask(t, "tcpstat", "check", "--state-file", filepath.Join(truncated.file, "below"))
	if a.code != 3 || !strings.Contains(a.stdout, "not a directory\n  remove it, or name another") {
		t.Errorf("exit code %d\n%s%s", a.code, a.stdout, a.stderr)
	}
	a = ask(t, "tcpstat", "check", "--state-file", "/nonexistent/state")
	if a.code != 3 || !strings.Contains(a.stdout, "TCP UNKNOWN - state file /nonexistent/state: no such file or directory |") {
		t.Errorf("exit code %d\n%s%s", a.code, a.stdout, a.stderr)
	}
}

// The commands that rules tell to run do run.
func TestRuleCommands(t *testing.T) {
	nettest.Need(t)
	for _, rule := range health.Rules {
		words := strings.Fields(strings.Replace(rule.Command, "10s", "10ms", 1))
		if words[0] != "tcpstat" {
			continue
		}
		if a := ask(t, words...); a.code != 0 {
			t.Errorf("%s: %s: exit code %d\n%s", rule.ID, rule.Command, a.code, a.stderr)
		}
	}
}
