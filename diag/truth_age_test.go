package diag_test

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// lives are sockets that go through states while their ages are watched: begin
// at once, then a second apart what happens next. The age is that in the last
// state.
var lives = []struct {
	name     string
	begin    func(t testing.TB) *life
	last     tcp.State
	min, max bool // a bound is known at the end
	exact    bool // and the lower one is the truth
}{
	{"SYN_SENT", synSentLife, tcp.SynSent, true, false, false},
	{"FIN_WAIT1", finWait1Life, tcp.FinWait1, true, false, false},
	{"FIN_WAIT1 after retransmissions", retransmittingLife, tcp.FinWait1, false, false, false},
	{"FIN_WAIT1 behind acknowledged data", acknowledgedLife, tcp.FinWait1, true, false, false},
	{"LAST_ACK", lastAckLife, tcp.LastAck, true, false, false},
	{"CLOSING after retransmissions", closingLife, tcp.Closing, true, false, false},
	{"FIN_WAIT2", halfCloseLife(0), tcp.FinWait2, true, false, true},
	{"FIN_WAIT2 after data", halfCloseLife(100), tcp.FinWait2, true, true, true},
	{"FIN_WAIT2 while data comes in", receivingLife, tcp.FinWait2, true, true, false},
	{"FIN_WAIT2 with keepalive", keptHalfCloseLife, tcp.FinWait2, true, false, false},
	{"FIN_WAIT2 of nobody", orphanLife, tcp.FinWait2, false, false, false},
	{"CLOSE_WAIT", closeWaitLife(0), tcp.CloseWait, true, false, true},
	{"CLOSE_WAIT after data", closeWaitLife(100), tcp.CloseWait, true, true, true},
	{"CLOSE_WAIT while data goes out", sendingLife, tcp.CloseWait, true, true, false},
	{"CLOSE_WAIT with keepalive", keptCloseWaitLife, tcp.CloseWait, true, true, false},
	{"TIME_WAIT", timeWaitLife, tcp.TimeWait, true, false, true},
	{"TIME_WAIT while the FIN is repeated", repeatedFINLife, tcp.TimeWait, true, false, false},
}

// life is a socket and what happens to it a second after the beginning, and
// another second after that.
type life struct {
	socket *nettest.Sock
	next   []func()
}

func TestAgeBoundsHold(t *testing.T) {
	t.Parallel()
	namespace := nettest.Namespace(t)
	w := &witness{seen: map[uint64]*stay{}, last: time.Now()} // some are in their last state as they begin
	var all []*life
	for _, l := range lives {
		all = append(all, l.begin(t))
	}
	for second := range 3 {
		for _, l := range all {
			if second > 0 && len(l.next) >= second {
				l.next[second-1]()
			}
		}
		for end := time.Now().Add(time.Second); ; time.Sleep(10 * time.Millisecond) {
			w.look(t, namespace)
			if time.Now().After(end) {
				break // after a look, however long what happened took
			}
		}
	}
	for i, l := range lives {
		t.Run(l.name, func(t *testing.T) {
			s := w.find(all[i].socket)
			if s == nil || s.socket.State != l.last {
				t.Fatalf("ended as %+v, not in %v", s, l.last)
			}
			age := tcp.AgeOf(&s.socket)
			low, known := age.Min.Get()
			if _, bounded := age.Max.Get(); known != l.min || bounded != l.max {
				t.Errorf("age is %q", age.Append(nil))
			}
			if truth := s.at.Sub(s.to); l.exact && low < truth-grain {
				t.Errorf("age is %q, at least %v in truth", age.Append(nil), truth)
			}
		})
	}
}

// witness knows since when each socket has been in its state.
type witness struct {
	seen map[uint64]*stay
	last time.Time // before the last look
}

// stay is a socket in one state, which it entered between from and to.
type stay struct {
	socket   tcp.Socket
	from, to time.Time
	at       time.Time // before the look that saw it last
}

// look compares what is said of every socket with what is known.
func (w *witness) look(t *testing.T, namespace string) {
	before := time.Now()
	sockets := dump(t, namespace)
	after := time.Now()
	for _, s := range sockets {
		cookie, _ := s.Cookie.Get()
		known := w.seen[cookie]
		if known == nil || known.socket.State != s.State {
			known = &stay{from: w.last, to: after}
			w.seen[cookie] = known
		}
		known.socket, known.at = s, before
		age := tcp.AgeOf(&s)
		shortest, longest := before.Sub(known.to), after.Sub(known.from)
		if low := age.Min.Or(0); low > longest {
			t.Errorf("%v %v to %v: at least %v, in truth %v", s.State, s.Local, s.Remote, low, longest)
		}
		if high := age.Max.Or(shortest); high < shortest {
			t.Errorf("%v %v to %v: at most %v, in truth %v", s.State, s.Local, s.Remote, high, shortest)
		}
	}
	w.last = before
}

func (w *witness) find(s *nettest.Sock) *stay {
	for _, known := range w.seen {
		if known.socket.Local == s.Local && known.socket.Remote == s.Remote {
			return known
		}
	}
	return nil
}

func synSentLife(t testing.TB) *life { return &life{socket: synLost(t)} }

func finWait1Life(t testing.TB) *life { return &life{socket: finLost(t)} }

func lastAckLife(t testing.TB) *life { return &life{socket: lastAckLost(t)} }

// The waits before the FIN do not count.
func retransmittingLife(t testing.TB) *life {
	client := dataLost(t)
	return &life{client, []func(){client.Close}}
}

// The data comes through at last, the FIN does not.
func acknowledgedLife(t testing.TB) *life {
	client, server := deafPair(t)
	client.Send(100)
	return &life{client, []func(){
		func() {
			nettest.Hear(t, server.FD)
			nettest.Poll(t, func() error {
				if info := client.Info(); info.Unacked > 0 {
					return fmt.Errorf("%d segments unacknowledged", info.Unacked)
				}
				return nil
			})
		},
		func() {
			nettest.Deafen(t, server.FD)
			client.Close()
		},
	}}
}

func closingLife(t testing.TB) *life {
	client, server := deafPair(t)
	client.Close()
	return &life{client, []func(){server.Shutdown}}
}

// halfCloseLife closes one direction after n bytes went through it.
func halfCloseLife(n int) func(t testing.TB) *life {
	return func(t testing.TB) *life {
		client, _ := nettest.Pair(t)
		if n > 0 {
			client.Send(n)
		}
		return &life{client, []func(){client.Shutdown}}
	}
}

func receivingLife(t testing.TB) *life {
	client, server := nettest.Pair(t)
	client.Send(100)
	client.Shutdown()
	send := func() { server.Send(100) }
	return &life{client, []func(){send, send}}
}

func keptHalfCloseLife(t testing.TB) *life {
	client, _ := nettest.Pair(t, withKeepalive)
	client.Shutdown()
	return &life{socket: client}
}

func withKeepalive(s *nettest.Sock) {
	s.SetInt(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 1)
	s.SetInt(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 1)
	s.SetInt(unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
}

func orphanLife(t testing.TB) *life {
	client, _ := nettest.Pair(t)
	client.Close()
	return &life{socket: client}
}

func closeWaitLife(n int) func(t testing.TB) *life {
	return func(t testing.TB) *life {
		client, server := nettest.Pair(t)
		if n > 0 {
			client.Send(n)
		}
		return &life{server, []func(){client.Shutdown}}
	}
}

func sendingLife(t testing.TB) *life {
	client, server := nettest.Pair(t)
	client.Send(100)
	client.Shutdown()
	send := func() { server.Send(100) }
	return &life{server, []func(){send, send}}
}

func keptCloseWaitLife(t testing.TB) *life {
	client, server := nettest.Pair(t)
	withKeepalive(server)
	client.Send(100)
	client.Shutdown()
	return &life{socket: server}
}

func timeWaitLife(t testing.TB) *life {
	client, server := nettest.Pair(t)
	client.Close()
	return &life{client, []func(){server.Close}}
}

// The server loses the ACK of its FIN.
func repeatedFINLife(t testing.TB) *life {
	client, server := nettest.Pair(t)
	client.Shutdown()
	return &life{client, []func(){func() {
		nettest.Deafen(t, server.FD)
		server.Close()
	}}}
}
