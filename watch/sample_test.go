package watch_test

import (
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"tcpstat/tcp"
	"tcpstat/watch"
)

// sampler samples what a test says, at the second that it says.
type sampler struct {
	*watch.Watch
	zero time.Time
	told []watch.Event
	last watch.Sample
}

func newSampler(o watch.Options) *sampler {
	zero := time.Unix(1_800_000_000, 0)
	return &sampler{Watch: watch.New(o, zero), zero: zero}
}

func (s *sampler) at(second int) time.Time { return s.zero.Add(time.Duration(second) * time.Second) }

// sample is one of all sockets that are there.
func (s *sampler) sample(second int, o watch.Options, sockets ...*tcp.Socket) {
	s.Begin(s.at(second), nil)
	for _, socket := range sockets {
		s.told = append(s.told, s.Add(s.at(second), socket, o.States.Has(socket.State)))
	}
	s.last = s.End(s.at(second), func(e watch.Event) { s.told = append(s.told, e) })
}

// numbered makes a socket of the peer 10.0.0.2.
func numbered(cookie uint64, state tcp.State) *tcp.Socket {
	return &tcp.Socket{
		Family: tcp.IPv4, State: state, Cookie: tcp.Some(cookie), Inode: tcp.Some(cookie),
		Local: addrPort("10.0.0.1", 80), Remote: addrPort("10.0.0.2", int(cookie)),
	}
}

var (
	closeWaits  = watch.Options{States: tcp.SetOf(tcp.CloseWait)}
	connections = watch.Options{States: tcp.SetOf(tcp.Established)}
)

// Growth looks back a minute and no further, over any number of samples.
func TestGrowthLooksBackAMinute(t *testing.T) {
	s := newSampler(closeWaits)
	var sockets []*tcp.Socket
	for second := range 700 {
		if second <= 60 || second > 690 { // one comes in each of these
			sockets = append(sockets, numbered(uint64(second+1), tcp.CloseWait))
		}
		s.sample(second, closeWaits, sockets...)
		want := 60.0
		switch {
		case second > 690:
			want = float64(second - 690)
		case second > 60:
			want = float64(max(0, 120-second))
		}
		if got, known := s.last.Growth.Get(); known != (second > 0) || known && math.Abs(got-want) > 1e-9 {
			t.Fatalf("second %d: growth %v, not %v", second, s.last.Growth, want)
		}
	}
	history := s.History()
	if n := len(history); n < 300 || n > 600 || !history[n-1].Time.Equal(s.at(699)) || !history[0].Time.Equal(s.at(700-n)) {
		t.Errorf("history of %d samples from %v", n, history[0].Time)
	}
}

// What was lost since the last sample counts in a summary at once, and once.
func TestSummaryBetweenSamples(t *testing.T) {
	for _, test := range []struct {
		options    watch.Options
		unfollowed uint64
	}{
		{watch.Options{States: connections.States, Limits: watch.Limits{Watched: 9, Moved: 9, Ended: 1}}, 1},
		{watch.Options{States: closeWaits.States, Limits: watch.Limits{Watched: 9, Moved: 9, Ended: 1}}, 0}, // brief ones are only counted
	} {
		s := newSampler(test.options)
		s.sample(0, test.options)
		s.Lose(3)
		s.Ended(s.at(1), numbered(1, 0), true)
		s.Ended(s.at(1), numbered(2, 0), true) // no room for it
		s.Ended(s.at(1), numbered(3, 0), false)
		if sum := s.Summary(); sum.LostEvents != 3 || sum.Brief != 1 || sum.Unfollowed != test.unfollowed {
			t.Errorf("at once: %+v", sum.Sample)
		}
		for second := 2; second < 5; second++ {
			s.sample(second, test.options)
		}
		if sum := s.Summary(); sum.LostEvents != 3 || sum.Brief != 2 || sum.Unfollowed != test.unfollowed {
			t.Errorf("later: %+v", sum.Sample)
		}
	}
}

// Groups count what is watched, and how many more there are than at first.
func TestGroups(t *testing.T) {
	s := newSampler(closeWaits)
	many := []*tcp.Socket{numbered(1, tcp.CloseWait), numbered(2, tcp.CloseWait), numbered(3, tcp.CloseWait)}
	mapped := numbered(3, tcp.CloseWait)
	mapped.Family, mapped.Remote = tcp.IPv6, addrPort("::ffff:10.0.0.2", 3)
	many[2] = mapped
	growing := numbered(10, tcp.CloseWait)
	growing.Remote = addrPort("10.0.0.3", 10)
	s.sample(0, closeWaits, many...)
	s.sample(1, closeWaits, append(many, numbered(4, tcp.CloseWait))...) // it comes and goes
	s.sample(2, closeWaits, append(many, growing)...)
	groups := s.Groups(watch.ByPeer)
	if len(groups) != 2 || groups[0].Peer != netip.MustParseAddr("10.0.0.3") || groups[0].Count != 1 || groups[0].Change != 1 ||
		groups[1].Peer != netip.MustParseAddr("10.0.0.2") || groups[1].Count != 3 || groups[1].Change != 0 {
		t.Errorf("groups %+v", groups)
	}
	many[0].State = tcp.LastAck // followed on, and watched no more
	s.sample(3, closeWaits, append(many, growing)...)
	if groups = s.Groups(watch.ByPeer); groups[1].Count != 2 || groups[1].Change != -1 || s.last.Followed != 4 {
		t.Errorf("groups %+v of %d that are followed", groups, s.last.Followed)
	}
}

// Behind a filter a socket that appears may have been in its state for long.
func TestAppearedBehindFilter(t *testing.T) {
	for _, chosen := range []bool{false, true} {
		o := watch.Options{States: connections.States, Chosen: chosen}
		s := newSampler(o)
		s.sample(0, o)
		s.sample(1, o, numbered(1, tcp.Established))
		if e := s.told[0]; e.Kind != watch.Appeared || (e.Age.Max == tcp.Opt[time.Duration]{}) != chosen {
			t.Errorf("chosen %t: %v of age %+v", chosen, e.Kind, e.Age)
		}
	}
}

// What has vanished from a state is looked for in those that follow, behind a filter
// in its own too. A listener goes nowhere.
func TestVanished(t *testing.T) {
	for _, test := range []struct {
		state  tcp.State
		chosen bool
		want   tcp.Set
	}{
		{tcp.CloseWait, false, tcp.SetOf(tcp.LastAck, tcp.Close)},
		{tcp.CloseWait, true, tcp.SetOf(tcp.CloseWait, tcp.LastAck, tcp.Close)},
		{tcp.Listen, true, 0},
	} {
		o := watch.Options{States: tcp.SetOf(test.state), Chosen: test.chosen}
		s := newSampler(o)
		s.sample(0, o, numbered(1, test.state), numbered(2, test.state))
		s.Begin(s.at(1), nil)
		if few, states := s.Vanished(s.at(1), 1); len(few) != 0 || states != test.want {
			t.Errorf("%v, chosen %t: %v, %v", test.state, test.chosen, few, states.States())
		}
		few, states := s.Vanished(s.at(1), 2)
		if all := map[bool]int{true: 2}[test.state != tcp.Listen]; len(few) != all || states != 0 {
			t.Errorf("%v, chosen %t: %v, %v", test.state, test.chosen, few, states.States())
		}
	}
}

// A TIME_WAIT that is watched and cut short has left; its timer had not run out.
func TestTimeWaitCutShort(t *testing.T) {
	o := watch.Options{States: tcp.SetOf(tcp.TimeWait)}
	s := newSampler(o)
	socket := numbered(1, tcp.TimeWait)
	socket.Mini, socket.Inode = true, tcp.Opt[uint64]{}
	socket.Timer = tcp.Timer{Kind: tcp.TimeWaitTimer, Expires: time.Minute}
	s.sample(0, o, socket)
	s.sample(1, o)
	if n := len(s.told); n != 2 || s.told[1].Kind != watch.Left || s.told[1].Inferred != watch.NotInferred {
		t.Errorf("told %+v", s.told)
	}
}

// What vanishes from LAST_ACK was acknowledged, told of or not.
func TestAcknowledged(t *testing.T) {
	for _, told := range []bool{false, true} {
		o := watch.Options{States: tcp.SetOf(tcp.LastAck)}
		s := newSampler(o)
		s.sample(0, o, numbered(1, tcp.LastAck))
		if told {
			s.Ended(s.at(1), numbered(1, 0), true)
		}
		s.sample(2, o)
		if e := s.told[len(s.told)-1]; e.Kind != watch.Left || e.Inferred != watch.Acknowledged {
			t.Errorf("told %t: %v %v", told, e.Kind, e.Inferred)
		}
	}
}

// What came and went unseen is told in the order of time.
func TestBriefInOrder(t *testing.T) {
	s := newSampler(connections)
	s.sample(0, connections)
	for i, cookie := range []uint64{5, 3, 4} {
		s.Ended(s.at(1+i), numbered(cookie, 0), true)
	}
	s.sample(9, connections)
	var cookies []uint64
	for _, e := range s.told {
		cookies = append(cookies, e.Socket.Cookie.Or(0))
	}
	if !slices.Equal(cookies, []uint64{5, 3, 4}) {
		t.Errorf("told of %v", cookies)
	}
}

// A mini-socket that nobody has seen before has a cookie of its own, and the final
// counts of the socket that it was.
func TestFinalOfAnotherCookie(t *testing.T) {
	o := watch.Options{States: tcp.AllStates}
	s := newSampler(o)
	s.sample(0, o)
	end := numbered(1, 0)
	end.Info.SetBytes(make([]byte, 280))
	s.Ended(s.at(1), end, true)
	left := numbered(1, tcp.TimeWait)
	left.Cookie, left.Mini = tcp.Some[uint64](2), true
	s.sample(2, o, left)
	if len(s.told) != 1 || s.told[0].Kind != watch.Appeared || s.told[0].Final == nil || s.last.Brief != 0 {
		t.Errorf("told %+v, sample %+v", s.told, s.last)
	}
}

// Sockets that have moved on leave their room to others.
func TestMovedLeaveRoom(t *testing.T) {
	o := watch.Options{States: connections.States, Limits: watch.Limits{Watched: 1, Moved: 9, Ended: 9}}
	s := newSampler(o)
	s.sample(0, o, numbered(1, tcp.Established))
	s.sample(1, o, numbered(1, tcp.CloseWait), numbered(2, tcp.Established))
	if s.last.Unfollowed != 0 || s.last.Followed != 2 || s.last.Count != 1 {
		t.Errorf("sample %+v", s.last)
	}
	s.sample(2, o, numbered(1, tcp.CloseWait), numbered(2, tcp.Established), numbered(3, tcp.Established))
	if s.last.Unfollowed != 1 || s.last.Followed != 2 || s.last.Count != 2 {
		t.Errorf("beyond the limit: sample %+v", s.last)
	}
}

// Owners that are known are not asked for again.
func TestOwnAsksOnce(t *testing.T) {
	s := newSampler(connections)
	s.sample(0, connections, numbered(1, tcp.Established), numbered(2, tcp.Established))
	asked := map[uint64]int{}
	for range 3 {
		s.Own(func(inode uint64) []tcp.Holder {
			asked[inode]++
			if inode == 2 {
				return nil // hidden, so far
			}
			return []tcp.Holder{{Owner: tcp.Owner{PID: 7}, Process: &tcp.Process{PID: 7}}}
		})
	}
	if asked[1] != 1 || asked[2] != 3 {
		t.Errorf("asked %v", asked)
	}
}

// An end with both ends is no abort, nor is that of a socket that had no peer.
func TestAborted(t *testing.T) {
	for _, test := range []struct {
		was, is netip.AddrPort
		want    watch.Inference
	}{
		{addrPort("10.0.0.2", 1), addrPort("10.0.0.2", 1), watch.NotInferred},
		{addrPort("10.0.0.2", 1), netip.AddrPort{}, watch.Aborted},
		{netip.AddrPort{}, netip.AddrPort{}, watch.NotInferred},
	} {
		o := watch.Options{States: tcp.AllStates}
		s := newSampler(o)
		socket := numbered(1, tcp.Bound)
		socket.Remote = test.was
		s.sample(0, o, socket)
		end := numbered(1, 0)
		end.Remote = test.is
		s.Ended(s.at(1), end, true)
		s.sample(2, o)
		if e := s.told[len(s.told)-1]; e.Kind != watch.Left || e.Inferred != test.want {
			t.Errorf("%v, then %v: %v %v", test.was, test.is, e.Kind, e.Inferred)
		}
	}
}
