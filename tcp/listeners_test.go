package tcp

import (
	"net/netip"
	"testing"
)

// A listener, as text for a table: an address, and what it is bound to.
type boundTo struct {
	addr   string
	v6only Opt[bool]
	device Opt[uint32]
}

func (b boundTo) socket() *Socket {
	return &Socket{State: Listen, Local: netip.MustParseAddrPort(b.addr), V6Only: b.v6only, Interface: b.device}
}

func TestListenersCover(t *testing.T) {
	v4, v6 := boundTo{addr: "0.0.0.0:80"}, boundTo{addr: "[::]:80"}
	v6only := boundTo{addr: "[::]:80", v6only: Some(true)}
	dual := boundTo{addr: "[::]:80", v6only: Some(false)}
	mapped := boundTo{addr: "[::ffff:0.0.0.0]:80", v6only: Some(false)}
	eth0 := boundTo{addr: "0.0.0.0:80", device: Some[uint32](2)}
	any := boundTo{addr: "0.0.0.0:80", device: Some[uint32](0)}
	for _, test := range []struct {
		listener boundTo
		local    string
		device   Opt[uint32]
		want     bool
	}{
		{v4, "192.0.2.1:80", Opt[uint32]{}, true},
		{v4, "192.0.2.1:81", Opt[uint32]{}, false},
		{v4, "[::ffff:192.0.2.1]:80", Opt[uint32]{}, false},
		{v4, "[2001:db8::1]:80", Opt[uint32]{}, false},
		{v6, "[2001:db8::1]:80", Opt[uint32]{}, true},
		{v6, "[::ffff:192.0.2.1]:80", Opt[uint32]{}, true}, // from /proc, which does not tell
		{dual, "[2001:db8::1]:80", Opt[uint32]{}, true},
		{dual, "[::ffff:192.0.2.1]:80", Opt[uint32]{}, true},
		{dual, "192.0.2.1:80", Opt[uint32]{}, true},
		{v6only, "[2001:db8::1]:80", Opt[uint32]{}, true},
		{v6only, "[::ffff:192.0.2.1]:80", Opt[uint32]{}, false},
		{v6only, "192.0.2.1:80", Opt[uint32]{}, false},
		{mapped, "[::ffff:192.0.2.1]:80", Opt[uint32]{}, true},
		{mapped, "[2001:db8::1]:80", Opt[uint32]{}, false},
		{boundTo{addr: "192.0.2.1:80"}, "192.0.2.1:80", Opt[uint32]{}, true},
		{boundTo{addr: "192.0.2.1:80"}, "192.0.2.2:80", Opt[uint32]{}, false},
		{boundTo{addr: "[2001:db8::1]:80"}, "[2001:db8::1]:80", Opt[uint32]{}, true},
		{boundTo{addr: "[2001:db8::1]:80"}, "[2001:db8::2]:80", Opt[uint32]{}, false},
		{boundTo{addr: "[::ffff:192.0.2.1]:80"}, "[::ffff:192.0.2.1]:80", Opt[uint32]{}, true},
		{boundTo{addr: "[::ffff:192.0.2.1]:80"}, "192.0.2.1:80", Opt[uint32]{}, false},
		{eth0, "192.0.2.1:80", Some[uint32](2), true},
		{eth0, "192.0.2.1:80", Some[uint32](3), false},
		{eth0, "192.0.2.1:80", Some[uint32](0), false},
		{eth0, "192.0.2.1:80", Opt[uint32]{}, true}, // from /proc
		{any, "192.0.2.1:80", Some[uint32](3), true},
	} {
		var l Listeners
		l.Add(test.listener.socket())
		s := Socket{State: Established, Local: netip.MustParseAddrPort(test.local), Interface: test.device}
		if got := l.cover(&s); got != test.want {
			t.Errorf("%+v covers %s on device %+v: %v", test.listener, test.local, test.device, got)
		}
	}
}

func TestListenersThrough(t *testing.T) {
	wildcard, specific := boundTo{addr: "0.0.0.0:80"}, boundTo{addr: "192.0.2.1:80"}
	dual := boundTo{addr: "[::]:80", v6only: Some(false)}
	eth0 := boundTo{addr: "0.0.0.0:80", device: Some[uint32](2)}
	for _, test := range []struct {
		listeners []boundTo
		local     string
		state     State
		want      int // which of the listeners, -1: none
	}{
		{[]boundTo{wildcard, specific}, "192.0.2.1:80", Established, 1},
		{[]boundTo{wildcard, specific}, "192.0.2.2:80", TimeWait, 0},
		{[]boundTo{wildcard, eth0}, "192.0.2.1:80", SynRecv, 1},
		{[]boundTo{eth0, specific}, "192.0.2.1:80", Established, 1},
		{[]boundTo{dual, wildcard}, "192.0.2.1:80", Established, 1},
		{[]boundTo{wildcard, dual}, "[::ffff:192.0.2.1]:80", Established, 1},
		{[]boundTo{wildcard, dual}, "[2001:db8::1]:80", CloseWait, 1},
		{[]boundTo{wildcard}, "192.0.2.1:81", Established, -1},
		{[]boundTo{specific, wildcard}, "0.0.0.0:80", Listen, 1},
		{nil, "192.0.2.1:80", Established, -1},
	} {
		var l Listeners
		for _, b := range test.listeners {
			l.Add(b.socket())
		}
		s := Socket{State: test.state, Local: netip.MustParseAddrPort(test.local), Interface: Some[uint32](2)}
		if test.state == Listen {
			s.Interface = Some[uint32](0)
		}
		var want ListenerKey
		if test.want >= 0 {
			b := test.listeners[test.want]
			want = ListenerKey{netip.MustParseAddrPort(b.addr), b.device.Or(0)}
		}
		if got, found := l.Through(&s); got != want || found != (test.want >= 0) {
			t.Errorf("%s through %+v: %+v %v", test.local, test.listeners, got, found)
		}
	}
}

func TestListenersBacklog(t *testing.T) {
	var l Listeners
	for _, q := range []struct {
		boundTo
		Backlog
	}{
		{boundTo{addr: "192.0.2.1:80"}, Backlog{Used: 3, Limit: Some[uint32](10), Drops: Some[uint32](1)}},
		{boundTo{addr: "192.0.2.1:80"}, Backlog{Used: 4, Limit: Some[uint32](20), Drops: Some[uint32](2)}},
		{boundTo{addr: "192.0.2.1:80", device: Some[uint32](2)}, Backlog{Used: 5}},
		{boundTo{addr: "0.0.0.0:80"}, Backlog{Used: 6, Limit: Some[uint32](1)}},
	} {
		s := q.socket()
		s.Backlog = q.Backlog
		l.Add(s)
	}
	at := netip.MustParseAddrPort("192.0.2.1:80")
	if sum, n := l.Backlog(ListenerKey{Local: at}); n != 2 || sum != (Backlog{7, Some[uint32](30), Some[uint32](3)}) {
		t.Errorf("both: %+v of %d", sum, n)
	}
	if sum, n := l.Backlog(ListenerKey{at, 2}); n != 1 || sum != (Backlog{Used: 5}) {
		t.Errorf("on the device: %+v of %d", sum, n)
	}
}

// TestListenersMany: of any number of listeners on a port a connection is compared
// with a few only, be they bound to addresses of their own or bound alike.
func TestListenersMany(t *testing.T) {
	var l Listeners
	const many = 1000
	for i := range many {
		addr := netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)})
		l.Add(&Socket{State: Listen, Local: netip.AddrPortFrom(addr, 80)})
		l.Add(boundTo{addr: "[::]:80"}.socket())
	}
	for _, local := range []string{"192.0.2.1:80", "[2001:db8::1]:80", "192.0.2.1:81"} {
		candidates := l.near(netip.MustParseAddrPort(local))
		if n := len(candidates[0]) + len(candidates[1]); n > 2 {
			t.Errorf("%s is compared with %d listeners", local, n)
		}
	}
	if _, n := l.Backlog(ListenerKey{Local: netip.MustParseAddrPort("[::]:80")}); n != many {
		t.Errorf("%d listeners share an address, not %d", n, many)
	}
}

func TestListenersTakeListenersOnly(t *testing.T) {
	var l Listeners
	s := Socket{State: Established, Local: netip.MustParseAddrPort("192.0.2.1:80")}
	if l.Add(&s); l.cover(&s) || l.full(&s) {
		t.Error("a connection counts as a listener")
	}
}

func TestListenersFull(t *testing.T) {
	type queue struct {
		boundTo
		used  uint32
		limit Opt[uint32]
	}
	wildcard, specific := boundTo{addr: "0.0.0.0:80"}, boundTo{addr: "192.0.2.1:80"}
	eth0 := boundTo{addr: "0.0.0.0:80", device: Some[uint32](2)}
	dual := boundTo{addr: "[::]:80", v6only: Some(false)}
	ten := Some[uint32](10)
	for _, test := range []struct {
		name   string
		queues []queue
		want   bool
	}{
		{"no listener", nil, false},
		{"one more than the limit", []queue{{wildcard, 11, ten}}, true},
		{"at the limit", []queue{{wildcard, 10, ten}}, false},
		{"limit unknown", []queue{{wildcard, 11, Opt[uint32]{}}}, false},
		{"another address", []queue{{boundTo{addr: "192.0.2.2:80"}, 11, ten}}, false},
		{"the closer one has room", []queue{{wildcard, 11, ten}, {specific, 0, ten}}, false},
		{"the closer one is full", []queue{{specific, 11, ten}, {wildcard, 0, ten}}, true},
		{"the device counts less than the address", []queue{{eth0, 0, ten}, {specific, 11, ten}}, true},
		{"the device counts", []queue{{wildcard, 0, ten}, {eth0, 11, ten}}, true},
		{"one of a group has room", []queue{{specific, 11, ten}, {specific, 0, ten}, {specific, 11, ten}}, false},
		{"the whole group is full", []queue{{specific, 11, ten}, {specific, 12, ten}}, true},
		{"both wildcards are full", []queue{{wildcard, 11, ten}, {dual, 11, ten}}, true},
		{"the wildcard of its own family has room", []queue{{wildcard, 10, ten}, {dual, 11, ten}}, false},
		{"the wildcard of its own family is full", []queue{{wildcard, 11, ten}, {dual, 0, ten}}, true},
		{"the same the other way round", []queue{{dual, 11, ten}, {wildcard, 10, ten}}, false},
	} {
		var l Listeners
		for _, q := range test.queues {
			s := q.socket()
			s.Backlog = Backlog{Used: q.used, Limit: q.limit}
			l.Add(s)
		}
		s := Socket{
			State: SynRecv, Mini: true,
			Local: netip.MustParseAddrPort("192.0.2.1:80"), Interface: Some[uint32](2),
		}
		if got := l.full(&s); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
