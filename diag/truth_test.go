package diag_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/diag"
	"tcpstat/internal/nettest"
	"tcpstat/netns"
	"tcpstat/tcp"
)

// fates are sockets that the kernel gives up, in groups with the settings that
// decide when. Each group has a namespace of its own.
//
// Time-outs of data and FINs end at a time and not at a count, and the kernel's
// timers may be late by an eighth. tcp_rto_min_us keeps the last time-out away
// from the limit on both sides, so that the count is certain too.
var fates = []struct {
	name    string
	long    bool
	sysctls tcp.Sysctls
	sockets []fate
}{
	{
		name: "few retries",
		sysctls: tcp.Sysctls{
			tcp.Retries2: 3, tcp.OrphanRetries: 2, rtoMin: 250000,
			tcp.KeepaliveTime: 1, tcp.KeepaliveInterval: 1, tcp.KeepaliveProbes: 3,
			tcp.SynRetries: 1, tcp.SynLinearTimeouts: 4,
		},
		sockets: []fate{
			{"ESTABLISHED", dataLost, tcp.Established, 3},
			{"FIN_WAIT1 of a program", finLostOwned, tcp.FinWait1, 3},
			{"FIN_WAIT1", finLost, tcp.FinWait1, 2},
			{"LAST_ACK", lastAckLost, tcp.LastAck, 2},
			{"CLOSING", closingLost, tcp.Closing, 2},
			{"data and FIN", dataAndFinLost, tcp.FinWait1, 2},
			{"window probes", probesLost, tcp.Established, 3},
			{"window probes without owner", orphanProbesLost, tcp.FinWait1, 2},
			{"keepalive", keepaliveLost, tcp.Established, 3},
			{"SYN_SENT", synLost, tcp.SynSent, 2}, // by time, before its 5 tries are used up
		},
	},
	{
		name: "more retries", long: true,
		sysctls: tcp.Sysctls{
			tcp.Retries2: 5, tcp.OrphanRetries: 3, rtoMin: 216000,
			tcp.SynRetries: 2, tcp.SynLinearTimeouts: 4,
		},
		sockets: []fate{
			{"ESTABLISHED", dataLost, tcp.Established, 5},
			{"FIN_WAIT1 of a program", finLostOwned, tcp.FinWait1, 5},
			{"FIN_WAIT1", finLost, tcp.FinWait1, 3},
			{"window probes", probesLost, tcp.Established, 5},
			{"window probes without owner", orphanProbesLost, tcp.FinWait1, 3},
			{"SYN_SENT", synLost, tcp.SynSent, 5}, // the same
			{"SYN_RECV", synAckLost, tcp.SynRecv, 2},
		},
	},
	{
		name: "low ceiling", long: true,
		sysctls: tcp.Sysctls{
			tcp.Retries2: 6, tcp.OrphanRetries: 0, tcp.RTOMax: 2000, rtoMin: 216000,
			tcp.SynRetries: 2, tcp.SynLinearTimeouts: 0, tcp.SynAckRetries: 0, fastOpen: 0x207,
		},
		sockets: []fate{
			{"ESTABLISHED", dataLost, tcp.Established, 6},
			{"FIN_WAIT1", finLost, tcp.FinWait1, 4},
			{"window probes", probesLost, tcp.Established, 6},
			{"window probes without owner", orphanProbesLost, tcp.FinWait1, 4},
			{"window probes without owner, answered", orphanProbesAnswered, tcp.FinWait1, 0},
			{"SYN_SENT", synLost, tcp.SynSent, 2},
			{"SYN_RECV by Fast Open", fastOpenAckLost, tcp.SynRecv, 1},
		},
	},
}

// rtoMin is a setting that the model does not need: the limit goes by 200 ms
// whatever the RTO. Since Linux 6.11.
const rtoMin tcp.Sysctl = "tcp_rto_min_us"

// fastOpen 0x207 allows Fast Open without cookies, on both sides.
const fastOpen tcp.Sysctl = "tcp_fastopen"

// fate is one socket and what becomes of it.
type fate struct {
	name  string
	make  func(t testing.TB) *nettest.Sock
	state tcp.State // in which the kernel gives it up
	tries uint32    // retransmissions, or unanswered probes
}

func TestForecastIsWhatHappens(t *testing.T) {
	t.Parallel()
	nettest.Need(t)
	var all []*watched
	for _, group := range fates {
		if group.long && testing.Short() {
			continue
		}
		namespace := nettest.Namespace(t)
		if !set(t, group.sysctls) {
			continue
		}
		for _, f := range group.sockets {
			s := f.make(t)
			all = append(all, &watched{
				fate: f, name: group.name + "/" + f.name, sysctls: group.sysctls,
				namespace: namespace, local: s.Local, remote: s.Remote,
			})
		}
	}
	if len(all) == 0 {
		t.Skip("a kernel since Linux 6.11 is needed, for tcp_rto_min_us")
	}
	follow(t, all)
	for _, w := range all {
		t.Run(w.name, w.judge)
	}
}

// set reports whether this kernel has all the settings.
func set(t *testing.T, settings tcp.Sysctls) bool {
	t.Helper()
	for name, value := range settings {
		if _, err := os.Stat("/proc/sys/net/ipv4/" + string(name)); errors.Is(err, fs.ErrNotExist) {
			t.Logf("this kernel has no %s", name)
			return false
		}
		nettest.Sysctl(t, string(name), strconv.FormatInt(value, 10))
	}
	return true
}

// The makers. The peer is deaf.

func deafPair(t testing.TB) (client, server *nettest.Sock) {
	client, server = nettest.Pair(t)
	nettest.Deafen(t, server.FD)
	return client, server
}

func dataLost(t testing.TB) *nettest.Sock {
	client, _ := deafPair(t)
	client.Send(100)
	return client
}

func finLost(t testing.TB) *nettest.Sock {
	client, _ := deafPair(t)
	client.Close()
	return client
}

func finLostOwned(t testing.TB) *nettest.Sock {
	client, _ := deafPair(t)
	client.Shutdown()
	return client
}

func dataAndFinLost(t testing.TB) *nettest.Sock {
	client := dataLost(t)
	client.Close()
	return client
}

func lastAckLost(t testing.TB) *nettest.Sock {
	client, server := nettest.Pair(t)
	server.Shutdown()
	client.ReadEOF()
	nettest.Deafen(t, server.FD)
	client.Close()
	return client
}

func closingLost(t testing.TB) *nettest.Sock {
	client, server := deafPair(t)
	client.Close()
	server.Shutdown()
	return client
}

func synLost(t testing.TB) *nettest.Sock {
	return nettest.Connect(t, nettest.Listen(t, nettest.V4, 1, nettest.IsDeaf).Local)
}

// synAckLost is one of two sockets that connect to each other.
func synAckLost(t testing.TB) *nettest.Sock {
	first, second := nettest.Open(t, nettest.V4, nettest.IsDeaf), nettest.Open(t, nettest.V4, nettest.IsDeaf)
	first.Bind(nettest.V4)
	second.Bind(nettest.V4)
	first.Connect(second.Local)
	nettest.Hear(t, first.FD)
	second.Connect(first.Local)
	return first
}

// fastOpenAckLost is a connection whose SYN carried data.
func fastOpenAckLost(t testing.TB) *nettest.Sock {
	listener := nettest.Listen(t, nettest.V4, 1, nettest.WithInt(unix.IPPROTO_TCP, unix.TCP_FASTOPEN, 1))
	client := nettest.Open(t, nettest.V4, nettest.IsDeaf)
	client.Bind(nettest.V4)
	to := &unix.SockaddrInet4{Addr: nettest.V4.As4(), Port: int(listener.Local.Port())}
	if err := unix.Sendto(client.FD, make([]byte, 100), unix.MSG_FASTOPEN, to); err != nil {
		t.Fatal(err)
	}
	return &nettest.Sock{FD: -1, Local: listener.Local, Remote: client.Local}
}

func keepaliveLost(t testing.TB) *nettest.Sock {
	client, _ := deafPair(t)
	client.SetInt(unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	return client
}

// probesAnswered fills the window of a peer that does not read.
func probesAnswered(t testing.TB) (client, server *nettest.Sock) {
	listener := nettest.Listen(t, nettest.V4, 1, nettest.WithInt(unix.SOL_SOCKET, unix.SO_RCVBUF, 4096))
	client, server = listener.Pair(nettest.WithInt(unix.SOL_SOCKET, unix.SO_SNDBUF, 16384))
	client.Fill()
	nettest.Poll(t, func() error {
		if info := client.Info(); info.Unacked > 0 || info.Notsent_bytes == 0 {
			return fmt.Errorf("%d segments in flight, %d bytes unsent", info.Unacked, info.Notsent_bytes)
		}
		return nil
	})
	return client, server
}

func probesLost(t testing.TB) *nettest.Sock {
	client, server := probesAnswered(t)
	nettest.Deafen(t, server.FD)
	return client
}

func orphanProbesAnswered(t testing.TB) *nettest.Sock {
	client, _ := probesAnswered(t)
	client.Close()
	return client
}

func orphanProbesLost(t testing.TB) *nettest.Sock {
	client := probesLost(t)
	client.Close()
	return client
}

// watched is a socket that is followed to its end.
type watched struct {
	fate
	name          string
	sysctls       tcp.Sysctls
	namespace     string
	local, remote netip.AddrPort
	looks         []look
	missed        time.Time // it was gone by then
}

// look is what one dump said.
type look struct {
	before, after time.Time // of the dump
	socket        tcp.Socket
	forecast      tcp.Opt[tcp.Forecast]
}

func (l *look) count() uint32 {
	return uint32(max(l.socket.Timer.Retransmits, l.socket.Timer.Probes))
}

// follow looks at the sockets until the kernel has given up the last.
func follow(t *testing.T, all []*watched) {
	deadline := time.Now().Add(time.Minute)
	for left := len(all); left > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d sockets are still there after a minute", left)
		}
		left = 0
		var sockets []tcp.Socket
		var before, after time.Time
		for i, w := range all {
			if i == 0 || w.namespace != all[i-1].namespace {
				before = time.Now()
				sockets = dump(t, w.namespace)
				after = time.Now()
			}
			if w.missed.IsZero() {
				left++
				w.observe(before, after, sockets)
			}
		}
	}
}

func dump(t *testing.T, namespace string) []tcp.Socket {
	t.Helper()
	var all []tcp.Socket
	query := diag.Query{IPv4: true, IPv6: true, States: tcp.AllStates, Info: true}
	place, err := netns.At(namespace)
	if err != nil {
		t.Fatal(err)
	}
	err = place.Do(func() error {
		for s, err := range diag.Dump(context.Background(), query) {
			if err != nil {
				return err
			}
			all = append(all, *s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// observe looks for the socket. One that was given up may stay as CLOSE with a
// port that it was bound to, and another may take its addresses.
func (w *watched) observe(before, after time.Time, sockets []tcp.Socket) {
	for _, s := range sockets {
		same := len(w.looks) == 0 || s.Cookie == w.looks[0].socket.Cookie
		if s.Local == w.local && s.Remote == w.remote && same && s.State != tcp.Close {
			w.looks = append(w.looks, look{before, after, s, tcp.ForecastOf(&s, w.sysctls)})
			return
		}
	}
	w.missed = after
}

// grain is what the clocks of kernel and test may differ by: jiffies, and a
// machine that has other things to do.
const grain = 50 * time.Millisecond

// judge compares every forecast with what came after it.
func (w *watched) judge(t *testing.T) {
	if len(w.looks) == 0 {
		t.Fatal("never seen")
	}
	last := &w.looks[len(w.looks)-1]
	if w.tries == 0 {
		return // that it ended is all that is to know
	}
	if last.socket.State != w.state || last.count() != w.tries {
		t.Errorf("gone from %v after %d tries, not from %v after %d", last.socket.State, last.count(), w.state, w.tries)
	}
	// Each wait is at least as long as the one before it.
	longest := w.missed.Sub(w.look(last.count()).before)
	late := longest/8 + grain
	forecasts := 0
	for i := range w.looks {
		l := &w.looks[i]
		f, known := l.forecast.Get()
		if !known {
			continue
		}
		forecasts++
		if f.Limit != last.count() {
			t.Fatalf("after %d tries it is to be %d, and is %d", l.count(), f.Limit, last.count())
		}
		if off := l.off(f.GivesUp, last.before, w.missed); off > f.GivesUp/10+late {
			t.Fatalf("after %d tries it gives up in %v: wrong by %v", l.count(), f.GivesUp, off)
		}
		from, to := w.next(i)
		if off := l.off(l.socket.Timer.Expires, from, to); off > late {
			t.Fatalf("after %d tries the next comes in %v: wrong by %v", l.count(), l.socket.Timer.Expires, off)
		}
		if i == 0 || l.count() != w.looks[i-1].count() {
			t.Logf("after %d tries of %d: next in %v, gives up in %v; in truth %v", l.count(), f.Limit,
				l.socket.Timer.Expires, f.GivesUp, w.missed.Sub(l.before).Round(time.Millisecond))
		}
	}
	if forecasts == 0 {
		t.Errorf("no forecast in %d looks", len(w.looks))
	}
}

// look gives the first look after n tries.
func (w *watched) look(n uint32) *look {
	i := 0
	for w.looks[i].count() < n {
		i++
	}
	return &w.looks[i]
}

// next brackets what came after look i: the next try, or the end.
func (w *watched) next(i int) (from, to time.Time) {
	count := w.looks[i].count()
	for i+1 < len(w.looks) && w.looks[i+1].count() == count {
		i++
	}
	if i+1 == len(w.looks) {
		return w.looks[i].before, w.missed
	}
	return w.looks[i].before, w.looks[i+1].after
}

// off is how far from the truth it was to expect at l an event in d, which came
// between from and to.
func (l *look) off(d time.Duration, from, to time.Time) time.Duration {
	early, late := from.Sub(l.after.Add(d)), l.before.Add(d).Sub(to)
	return max(0, early, late)
}
