package diag

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/filter"
	"tcpstat/internal/filtertest"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// TestBytecodeInKernel: what the kernel passes of the scene, and of sockets that
// are awkward, holds all that Match chooses, and nothing else where the kernel
// can judge the filter and the socket has a remote end.
func TestBytecodeInKernel(t *testing.T) {
	nettest.Build(t)
	disappointed(t, nettest.V4).Listen(1)
	disappointed(t, nettest.V4)
	disappointed(t, nettest.V6).Listen(1)
	disappointed(t, netip.AddrFrom16(nettest.V4.As16())).Listen(1)
	before := chosen(t, nil)

	type question struct {
		text  string
		exact bool // the kernel can judge all of it
	}
	var questions []question
	for _, text := range []string{
		"dst 127.0.0.1", "not dst 127.0.0.1", "dst 127.0.0.1:0", "not dst 127.0.0.1:0", "dst inet:127/8", "not dst inet:127/8",
		"dst 0.0.0.0", "not dst 0.0.0.0", "dst 0.0.0.0/0", "not dst 0.0.0.0/0", "dst *:0", "not dst *:0",
		"dst ::", "not dst ::", "dst [::]/0", "not dst [::]/0", "dst ::1", "not dst ::1", "not dst ::ffff:127.0.0.1",
		"dev 1", "not dev 1", "dev 0", "sport 0", "dport 0", "not dport 0",
	} {
		questions = append(questions, question{text, true})
	}
	for _, text := range hostile() {
		questions = append(questions, question{text, false})
	}
	g := filtertest.New(5)
	meet(g, before)
	for i := range 300 {
		g.ByKernel = i%2 == 0
		text, _ := g.Condition()
		questions = append(questions, question{text, g.ByKernel})
	}
	answers := make([]map[uint64]tcp.Socket, len(questions))
	for i, q := range questions {
		answers[i] = chosen(t, parseFilter(t, q.text).Condition())
	}

	// What was there before and is there now was there all the time.
	stable := chosen(t, nil)
	maps.DeleteFunc(stable, func(cookie uint64, _ tcp.Socket) bool { return before[cookie].Cookie != stable[cookie].Cookie })
	if len(stable) < 60 {
		t.Fatalf("only %d sockets", len(stable))
	}
	passed := 0
	for i, q := range questions {
		e := parseFilter(t, q.text)
		for cookie, s := range stable {
			_, passes := answers[i][cookie]
			wanted := e.Match(&filter.Subject{Socket: &s}) != filter.False
			switch {
			case wanted && !passes:
				t.Errorf("%.200s: the kernel leaves out %v %v to %v", q.text, s.State, s.Local, s.Remote)
			case passes && !wanted && q.exact && s.HasRemote():
				t.Errorf("%.200s: the kernel passes %v %v to %v", q.text, s.State, s.Local, s.Remote)
			}
			if passes {
				passed++
			}
		}
	}
	if all := len(questions) * len(stable); passed > all*3/4 || passed < all/10 {
		t.Errorf("of %d the kernel passes %d", all, passed)
	}
}

// disappointed makes a bound socket whose connect() was refused: the kernel
// still has the remote address.
func disappointed(t *testing.T, ip netip.Addr) *nettest.Sock {
	t.Helper()
	s := nettest.Open(t, ip)
	s.Bind(ip)
	var to unix.Sockaddr = &unix.SockaddrInet4{Addr: nettest.V4.As4(), Port: 1}
	if ip.Is6() {
		to = &unix.SockaddrInet6{Addr: ip.As16(), Port: 1}
	}
	nettest.Poll(t, func() error {
		if err := unix.Connect(s.FD, to); !errors.Is(err, unix.ECONNREFUSED) {
			return errors.Join(errors.New("not refused"), err)
		}
		return nil
	})
	return s
}

// chosen gives the sockets that the kernel passes, by cookie.
func chosen(t *testing.T, condition filter.Node) map[uint64]tcp.Socket {
	t.Helper()
	sockets := map[uint64]tcp.Socket{}
	q := Query{IPv4: true, IPv6: true, States: tcp.AllStates, Condition: condition}
	for s, err := range Dump(context.Background(), q) {
		if err != nil {
			t.Fatal(err)
		}
		sockets[s.Cookie.Or(0)] = *s
	}
	return sockets
}

// meet makes the pools of a generator from the sockets of a dump.
func meet(g *filtertest.Gen, sockets map[uint64]tcp.Socket) {
	g.Addrs, g.Ports = nil, []uint16{0, 65535}
	for _, s := range sockets {
		g.Addrs = append(g.Addrs, s.Local.Addr(), s.Local.Addr().Unmap())
		g.Ports = append(g.Ports, s.Local.Port())
		if s.HasRemote() {
			g.Addrs = append(g.Addrs, s.Remote.Addr())
			g.Ports = append(g.Ports, s.Remote.Port())
		}
	}
}

// TestRefusedProgram: a kernel that does not understand the program is asked
// again without it, in one walk as in two. Ours is given what it does not
// understand.
func TestRefusedProgram(t *testing.T) {
	client, _ := nettest.Pair(t)
	const unknownOp = 200
	for _, q := range []Query{
		{IPv4: true, IPv6: true, States: tcp.AllStates},
		{IPv4: true, States: tcp.AllStates},
	} {
		seen := 0
		w := &walk{query: q, program: []byte{unknownOp, 4, 8, 0}, yield: func(s *tcp.Socket, err error) bool {
			if err != nil {
				t.Error(err)
			} else if s.Local == client.Local {
				seen++
			}
			return true
		}}
		if err := w.chosen(context.Background(), dialled(t)); err != nil || seen != 1 {
			t.Errorf("%+v: %v, seen %d times", q, err, seen)
		}
	}
}

// TestRefusedForGood: only the answer to a program that was not understood is
// asked again.
func TestRefusedForGood(t *testing.T) {
	program := []byte{opJump, 4, 8, 0}
	for _, test := range []struct {
		err  error
		w    walk
		want bool
	}{
		{&Error{"dump", unix.EINVAL}, walk{program: program}, true},
		{&Error{"dump", unix.EINVAL}, walk{}, false},
		{&Error{"dump", unix.EINVAL}, walk{program: program, seen: true}, false},
		{&Error{"dump", unix.ENOENT}, walk{program: program}, false},
		{&Error{"send", unix.EINVAL}, walk{program: program}, false},
		{nil, walk{program: program}, false},
	} {
		if got := test.w.misunderstood(test.err); got != test.want {
			t.Errorf("%v, program %v, seen %v: %v", test.err, test.w.program, test.w.seen, got)
		}
	}
}
