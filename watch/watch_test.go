package watch_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpstat/tcp"
	"tcpstat/watch"
)

// machine is a table of sockets such as a kernel has.
type machine struct {
	mu      sync.Mutex
	sockets map[uint64]*entry
	ended   func(s *tcp.Socket) // the destroy feed, nil: none
	cookies bool                // the source tells them
}

// entry is one socket and the truth about it.
type entry struct {
	socket  tcp.Socket
	entered map[tcp.State]time.Time
}

func newMachine() *machine { return &machine{sockets: map[uint64]*entry{}, cookies: true} }

func addrPort(address string, port int) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr(address), uint16(port))
}

// set puts a socket into a state.
func (m *machine) set(cookie uint64, state tcp.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.sockets[cookie]
	if e == nil {
		e = &entry{entered: map[tcp.State]time.Time{}}
		e.socket = tcp.Socket{
			Family: tcp.IPv4, Cookie: tcp.Some(cookie), Inode: tcp.Some(cookie + 1e6),
			Local: addrPort("10.0.0.1", 80), Remote: addrPort("10.0.0.2", int(cookie)),
		}
		m.sockets[cookie] = e
	}
	e.socket.State, e.entered[state] = state, time.Now()
	if state == tcp.TimeWait {
		m.tell(e)
		e.socket.Mini, e.socket.Inode = true, tcp.Opt[uint64]{}
	}
}

// remove ends a socket.
func (m *machine) remove(cookie uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.sockets[cookie]
	delete(m.sockets, cookie)
	e.entered[tcp.Close] = time.Now()
	if !e.socket.Mini {
		m.tell(e)
	}
}

func (m *machine) tell(e *entry) {
	if m.ended == nil {
		return
	}
	end := tcp.Socket{Family: tcp.IPv4, Cookie: e.socket.Cookie, Local: e.socket.Local, Remote: e.socket.Remote}
	m.ended(&end)
}

// look gives a socket as a kernel tells it.
func (m *machine) look(e *entry) *tcp.Socket {
	s := e.socket
	s.Info.SetBytes(nil)
	if s.State == tcp.CloseWait {
		const lastAckRecv = 56 // tcpi_last_ack_recv
		info := make([]byte, 280)
		binary.NativeEndian.PutUint32(info[lastAckRecv:], uint32(time.Since(e.entered[tcp.CloseWait]).Milliseconds()))
		s.Info.SetBytes(info)
	}
	if s.State == tcp.TimeWait {
		s.Timer = tcp.Timer{Kind: tcp.TimeWaitTimer, Expires: time.Minute - time.Since(e.entered[tcp.TimeWait])}
	}
	if !m.cookies {
		s.Cookie = tcp.Opt[uint64]{}
	}
	return &s
}

// dump gives the sockets in some states.
func (m *machine) dump(states tcp.Set) (sockets []*tcp.Socket) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.sockets {
		if states.Has(e.socket.State) {
			sockets = append(sockets, m.look(e))
		}
	}
	return sockets
}

func (m *machine) get(cookie uint64) *tcp.Socket {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.sockets[cookie]; e != nil {
		return m.look(e)
	}
	return nil
}

// follower samples a machine as the command does.
type follower struct {
	*watch.Watch
	machine *machine
	states  tcp.Set
	limit   int // of second looks one by one
	told    []watch.Event
	last    watch.Sample
	gets    int
}

func newFollower(m *machine, states ...tcp.State) *follower {
	set := tcp.SetOf(states...)
	return &follower{Watch: watch.New(watch.Options{States: set}, time.Now()), machine: m, states: set, limit: 100}
}

func (f *follower) tell(e watch.Event) {
	if e.Kind != watch.Nothing {
		f.told = append(f.told, e)
	}
}

func (f *follower) add(sockets ...*tcp.Socket) {
	for _, s := range sockets {
		f.tell(f.Add(time.Now(), s, f.states.Has(s.State)))
	}
}

func (f *follower) sample() {
	f.Begin(time.Now(), nil)
	f.add(f.machine.dump(f.states)...)
	few, states := f.Vanished(time.Now(), f.limit)
	for _, v := range few {
		f.gets++
		if s := f.machine.get(v.Cookie); s != nil {
			f.add(s)
		}
	}
	f.add(f.machine.dump(states)...)
	f.last = f.End(time.Now(), f.tell)
}

// story gives what was told of one socket.
func (f *follower) story(cookie uint64) (story []string) {
	for _, e := range f.told {
		if e.Socket.Cookie.Or(0) != cookie {
			continue
		}
		line := e.Kind.String()
		switch e.Kind {
		case watch.Changed:
			line = fmt.Sprintf("%v %v through %v to %v", line, e.From, e.Through, e.To)
		case watch.Left:
			line += " " + e.From.String() + " " + e.Inferred.String()
		default:
			line += " " + e.Socket.State.String()
		}
		story = append(story, line)
	}
	return story
}

// 1,000 sockets that go through their states at known times each come and go once,
// and every age contains the truth.
func TestThousand(t *testing.T) {
	for _, test := range []struct {
		name   string
		limit  int
		states []tcp.State
		feed   bool
	}{
		{"CLOSE_WAIT", 2000, []tcp.State{tcp.CloseWait}, false},
		{"CLOSE_WAIT, dumped again", 0, []tcp.State{tcp.CloseWait}, false},
		{"CLOSE_WAIT, told of ends", 2000, []tcp.State{tcp.CloseWait}, true},
		{"all", 2000, tcp.States, true},
		{"ESTABLISHED and LAST_ACK", 10, []tcp.State{tcp.Established, tcp.LastAck}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine()
				f := newFollower(m, test.states...)
				f.limit = test.limit
				if test.feed {
					m.ended = func(s *tcp.Socket) { f.Ended(time.Now(), s, true) }
				}
				truth := drive(m, 1000)
				f.sample()
				for range 40 {
					time.Sleep(time.Second)
					f.sample()
				}
				synctest.Wait()
				checkLives(t, f, truth)
			})
		})
	}
}

// drive lets sockets live: each 2 to 6 s in each of three states, from the first ten
// seconds on.
func drive(m *machine, n int) (truth map[uint64]map[tcp.State]time.Time) {
	truth = map[uint64]map[tcp.State]time.Time{}
	random := rand.New(rand.NewPCG(1, 2))
	between := func(low, high int) time.Duration {
		return time.Duration(low*1000+random.IntN((high-low)*1000)) * time.Millisecond
	}
	for cookie := uint64(1); cookie <= uint64(n); cookie++ {
		entered := map[tcp.State]time.Time{}
		truth[cookie] = entered
		begin := between(1, 10)
		stays := []time.Duration{between(2, 6), between(2, 6), between(2, 6)}
		go func() {
			time.Sleep(begin)
			for i, state := range []tcp.State{tcp.Established, tcp.CloseWait, tcp.LastAck} {
				m.set(cookie, state)
				entered[state] = time.Now()
				time.Sleep(stays[i])
			}
			m.remove(cookie)
			entered[tcp.Close] = time.Now()
		}()
	}
	return truth
}

func checkLives(t *testing.T, f *follower, truth map[uint64]map[tcp.State]time.Time) {
	t.Helper()
	came, went := map[uint64]int{}, map[uint64]int{}
	for _, e := range f.told {
		cookie := e.Socket.Cookie.Or(0)
		state, until := e.Socket.State, e.Time
		switch e.Kind {
		case watch.Present, watch.Appeared:
			came[cookie]++
		case watch.Left:
			went[cookie]++
			state, until = e.From, truth[cookie][after(e.From)]
		case watch.Brief:
			t.Errorf("socket %d is brief", cookie)
		}
		age := until.Sub(truth[cookie][state])
		if low, high := e.Age.Min.Or(0), e.Age.Max.Or(time.Hour); age < low || age > high {
			t.Errorf("socket %d %v in %v: age %v is not in %v..%v", cookie, e.Kind, state, age, low, high)
		}
		if width := e.Age.Max.Or(time.Hour) - e.Age.Min.Or(0); width > 2*time.Second+20*time.Millisecond {
			t.Errorf("socket %d %v in %v: the age is only known within %v", cookie, e.Kind, state, width)
		}
	}
	for cookie := range truth {
		if came[cookie] != 1 || went[cookie] != 1 {
			t.Errorf("socket %d came %d times and went %d times: %q", cookie, came[cookie], went[cookie], f.story(cookie))
		}
	}
	if sum := f.Summary(); sum.Appeared != 1000 || sum.Left != 1000 || sum.Count != 0 || sum.Followed != 0 || sum.Brief != 0 {
		t.Errorf("summary %+v", sum)
	}
}

// after is the state that drive goes to from another.
func after(s tcp.State) tcp.State {
	return map[tcp.State]tcp.State{tcp.Established: tcp.CloseWait, tcp.CloseWait: tcp.LastAck, tcp.LastAck: tcp.Close}[s]
}

// One story of one socket, in every way of watching it.
func TestStories(t *testing.T) {
	closing := func(m *machine) {
		m.set(1, tcp.Established)
		time.Sleep(1500 * time.Millisecond)
		m.set(1, tcp.FinWait1)
		m.set(1, tcp.FinWait2)
		time.Sleep(time.Second)
		m.set(1, tcp.TimeWait)
		time.Sleep(time.Minute)
		m.remove(1)
	}
	for _, test := range []struct {
		name   string
		states []tcp.State
		live   func(m *machine)
		want   []string
	}{
		{"all states", tcp.States, closing, []string{
			"present ESTABLISHED", "changed ESTABLISHED through [FIN_WAIT1] to FIN_WAIT2",
			"changed FIN_WAIT2 through [] to TIME_WAIT", "left TIME_WAIT expired",
		}},
		{"turned into TIME_WAIT", []tcp.State{tcp.Established}, closing, []string{
			"present ESTABLISHED", "changed ESTABLISHED through [FIN_WAIT1] to FIN_WAIT2",
			"changed FIN_WAIT2 through [] to TIME_WAIT", "left TIME_WAIT expired",
		}},
		{"into a state that is watched", []tcp.State{tcp.Established, tcp.TimeWait}, closing, []string{
			"present ESTABLISHED", "changed ESTABLISHED through [FIN_WAIT1] to FIN_WAIT2",
			"changed FIN_WAIT2 through [] to TIME_WAIT", "left TIME_WAIT expired",
		}},
		{"come into a state", []tcp.State{tcp.FinWait2}, closing, []string{
			"appeared FIN_WAIT2", "changed FIN_WAIT2 through [] to TIME_WAIT", "left TIME_WAIT expired",
		}},
		{"brief and never in a state watched", []tcp.State{tcp.CloseWait}, closing, nil},
		{"reset", []tcp.State{tcp.Established}, func(m *machine) {
			m.set(1, tcp.Established)
			time.Sleep(1500 * time.Millisecond)
			m.remove(1)
		}, []string{"present ESTABLISHED", "left ESTABLISHED "}},
		{"aborted", []tcp.State{tcp.Established}, func(m *machine) {
			m.set(1, tcp.Established)
			time.Sleep(1500 * time.Millisecond)
			m.mu.Lock()
			m.sockets[1].socket.Remote = netip.AddrPort{}
			m.mu.Unlock()
			m.remove(1)
		}, []string{"present ESTABLISHED", "left ESTABLISHED aborted"}},
		{"brief", []tcp.State{tcp.Established}, func(m *machine) {
			time.Sleep(1200 * time.Millisecond)
			m.set(1, tcp.Established)
			time.Sleep(20 * time.Millisecond)
			m.remove(1)
		}, []string{"brief UNKNOWN"}},
		{"brief, but for TIME_WAIT", tcp.States, func(m *machine) {
			time.Sleep(1200 * time.Millisecond)
			m.set(1, tcp.Established)
			m.set(1, tcp.TimeWait)
			time.Sleep(time.Minute)
			m.remove(1)
		}, []string{"appeared TIME_WAIT", "left TIME_WAIT expired"}},
		{"brief, but for TIME_WAIT with a cookie of its own", tcp.States, func(m *machine) {
			time.Sleep(1200 * time.Millisecond)
			m.set(2, tcp.Established)
			m.mu.Lock()
			m.sockets[2].socket.Remote = addrPort("10.0.0.2", 1)
			m.mu.Unlock()
			m.set(2, tcp.TimeWait)
			m.mu.Lock()
			m.sockets[1] = m.sockets[2]
			delete(m.sockets, 2)
			m.sockets[1].socket.Cookie = tcp.Some[uint64](1)
			m.mu.Unlock()
			time.Sleep(time.Minute)
			m.remove(1)
		}, []string{"appeared TIME_WAIT", "left TIME_WAIT expired"}},
		{"half-open until its timer, and gone", []tcp.State{tcp.SynRecv}, func(m *machine) {
			m.set(1, tcp.SynRecv)
			m.mu.Lock()
			s := &m.sockets[1].socket
			s.Mini, s.Timer = true, tcp.Timer{Kind: tcp.RetransmitTimer, Expires: 500 * time.Millisecond}
			m.mu.Unlock()
			time.Sleep(1500 * time.Millisecond)
			m.remove(1)
		}, []string{"present SYN_RECV", "left SYN_RECV "}},
		{"brief and only a number", []tcp.State{tcp.CloseWait}, func(m *machine) {
			time.Sleep(1200 * time.Millisecond)
			m.set(1, tcp.Established)
			m.remove(1)
		}, nil},
	} {
		for _, limit := range []int{0, 100} {
			t.Run(fmt.Sprintf("%s, %d gets", test.name, limit), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := newMachine()
					f := newFollower(m, test.states...)
					f.limit = limit
					m.ended = func(s *tcp.Socket) { f.Ended(time.Now(), s, true) }
					go test.live(m)
					synctest.Wait()
					f.sample()
					for range 70 {
						time.Sleep(time.Second)
						f.sample()
					}
					if diff := cmp.Diff(test.want, f.story(1)); diff != "" {
						t.Errorf("story (-want +got):\n%s", diff)
					}
					if briefs := f.Summary().Brief; (briefs > 0) != (strings.HasPrefix(test.name, "brief") && !strings.Contains(test.name, "TIME_WAIT")) {
						t.Errorf("%d are brief", briefs)
					}
				})
			})
		}
	}
}

// A socket in TIME_WAIT that is not watched costs nothing until that is over.
func TestTimeWaitRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine()
		f := newFollower(m, tcp.Established)
		m.set(1, tcp.Established)
		f.sample()
		m.set(1, tcp.TimeWait)
		for range 58 {
			f.sample()
			time.Sleep(time.Second)
		}
		if f.gets != 1 || f.last.Followed != 1 || f.last.Count != 0 {
			t.Errorf("%d looks at it, sample %+v", f.gets, f.last)
		}
	})
}

// Without cookies sockets are told apart by their ends, inode and the way that
// states can go.
func TestWithoutCookies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine()
		m.cookies = false
		f := newFollower(m, tcp.States...)
		var kinds []string
		sample := func() {
			f.told = nil
			f.sample()
			for _, e := range f.told {
				kinds = append(kinds, e.Kind.String()+" "+e.Socket.State.String())
			}
			kinds = append(kinds, "")
			time.Sleep(time.Second)
		}
		m.set(1, tcp.Established)
		m.sockets[1].socket.Inode = tcp.Some[uint64](0)
		sample()
		m.sockets[1].socket.Inode = tcp.Some[uint64](7) // accepted
		sample()
		m.set(1, tcp.FinWait1)
		m.sockets[1].socket.Inode = tcp.Some[uint64](0) // closed
		sample()
		m.set(1, tcp.SynSent) // another one
		sample()
		m.sockets[1].socket.Inode = tcp.Some[uint64](8)
		sample()
		m.sockets[1].socket.Inode = tcp.Some[uint64](9) // and another
		sample()
		want := []string{
			"present ESTABLISHED", "", "", "changed FIN_WAIT1", "",
			"appeared SYN_SENT", "left FIN_WAIT1", "", "", "appeared SYN_SENT", "left SYN_SENT", "",
		}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if f.last.Count != 1 || f.last.Followed != 1 {
			t.Errorf("sample %+v", f.last)
		}
	})
}

// What cannot be found out is not said to have left.
func TestKeep(t *testing.T) {
	w := watch.New(watch.Options{States: tcp.SetOf(tcp.CloseWait)}, time.Now())
	s := &tcp.Socket{State: tcp.CloseWait, Cookie: tcp.Some[uint64](1), Local: addrPort("10.0.0.1", 1), Remote: addrPort("10.0.0.2", 2)}
	w.Begin(time.Now(), nil)
	w.Add(time.Now(), s, true)
	w.End(time.Now(), func(watch.Event) {})
	w.Begin(time.Now(), nil)
	few, _ := w.Vanished(time.Now(), 10)
	if len(few) != 1 || few[0].Cookie != 1 || few[0].Local != s.Local || few[0].Remote != s.Remote {
		t.Fatalf("vanished: %v", few)
	}
	w.Keep(&few[0])
	for _, incomplete := range []bool{false, true} {
		if incomplete {
			w.Begin(time.Now(), nil)
			w.Incomplete()
		}
		if sample := w.End(time.Now(), func(watch.Event) {}); sample.Left != 0 || sample.Followed != 1 {
			t.Errorf("incomplete %v: sample %+v", incomplete, sample)
		}
	}
	w.Begin(time.Now(), nil)
	if sample := w.End(time.Now(), func(watch.Event) {}); sample.Left != 1 {
		t.Errorf("sample %+v", sample)
	}
}

// churn lets 10,000 sockets a second come and go for some seconds, of which each
// sample sees one in ten alive.
func churn(f *follower, from, to int) {
	for second := from; second < to; second++ {
		f.Begin(time.Now(), nil)
		for i := range 10_000 {
			cookie := uint64(second*10_000 + i + 1)
			s := &tcp.Socket{State: tcp.Established, Cookie: tcp.Some(cookie), Local: addrPort("10.0.0.1", 80), Remote: addrPort("10.0.0.2", i)}
			if i%10 == 0 {
				f.Add(time.Now(), s, true)
			}
			s.State = 0
			f.Ended(time.Now(), s, true)
		}
		f.last = f.End(time.Now(), func(watch.Event) {})
		time.Sleep(time.Second)
	}
	f.Begin(time.Now(), nil)
	f.last = f.End(time.Now(), func(watch.Event) {})
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// Memory does not grow with what has come and gone, and every socket is counted.
func TestChurn(t *testing.T) {
	for _, limits := range []watch.Limits{watch.DefaultLimits, {Watched: 100, Moved: 10, Ended: 1000}} {
		synctest.Test(t, func(t *testing.T) {
			f := &follower{Watch: watch.New(watch.Options{States: tcp.SetOf(tcp.Established), Limits: limits}, time.Now())}
			churn(f, 0, 5)
			before := heap()
			churn(f, 5, 30)
			if after := heap(); after > before+before/2+1<<20 {
				t.Errorf("memory grew from %d to %d bytes", before, after)
			}
			sum := f.Summary()
			// One in ten was seen and left; the others came and went unseen. Where there
			// is no room to follow those seen, their ends are those of brief ones.
			told := sum.Left + sum.Brief
			if total := uint64(300_000); told != total {
				t.Errorf("%d of %d sockets were counted: %+v", told, total, sum)
			}
			if full := limits != watch.DefaultLimits; full != (sum.Unfollowed > 0) {
				t.Errorf("%d were not followed", sum.Unfollowed)
			}
		})
	}
}

// Of sockets that left the states watched only so many are followed.
func TestMovedLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine()
		f := newFollower(m, tcp.Established)
		f.Watch = watch.New(watch.Options{States: f.states, Limits: watch.Limits{Watched: 100, Moved: 10, Ended: 10}}, time.Now())
		for cookie := range uint64(50) {
			m.set(cookie+1, tcp.Established)
		}
		f.sample()
		for cookie := range uint64(50) {
			m.set(cookie+1, tcp.CloseWait)
		}
		f.sample()
		if f.last.Changed != 50 || f.last.Followed != 10 || f.last.Unfollowed != 40 || f.last.Left != 0 {
			t.Errorf("sample %+v", f.last)
		}
	})
}

// Growth is that of a minute, for all and for each subject.
func TestGrowth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine()
		f := newFollower(m, tcp.CloseWait)
		java, nginx := &tcp.Process{PID: 7, Name: "java"}, &tcp.Process{PID: 8, Name: "nginx"}
		hold := func() {
			f.Own(func(inode uint64) []tcp.Holder {
				p := java
				if inode <= 1e6+10 {
					p = nginx
				}
				return []tcp.Holder{{Owner: tcp.Owner{PID: p.PID, FD: 3}, Process: p}}
			})
		}
		for cookie := uint64(1); cookie <= 12; cookie++ { // 10 of nginx, 2 of java
			m.set(cookie, tcp.CloseWait)
		}
		f.sample()
		hold()
		if f.last.Growth != (tcp.Opt[float64]{}) {
			t.Error("there is a growth in the first sample")
		}
		for second := range uint64(10) { // java gains 3 in a second, nginx loses 1 in two
			time.Sleep(time.Second)
			for i := range uint64(3) {
				m.set(100+3*second+i, tcp.CloseWait)
			}
			if second%2 == 0 {
				m.remove(second/2 + 1)
			}
			f.sample()
			hold()
		}
		if got := f.last.Growth.Or(0); got != 25*6 {
			t.Errorf("growth %v in a minute, not 150", got)
		}
		groups := f.Groups(watch.ByProcess)
		if len(groups) != 2 || groups[0].Process != java || groups[0].Count != 32 || groups[0].Change != 30 ||
			groups[0].Growth.Or(0) != 180 || groups[1].Process != nginx || groups[1].Count != 5 || groups[1].Growth.Or(0) != -30 {
			t.Errorf("groups %+v", groups)
		}
		peers := f.Groups(watch.ByPeer)
		if len(peers) != 1 || peers[0].Peer != netip.MustParseAddr("10.0.0.2") || peers[0].Change != 25 {
			t.Errorf("peers %+v", peers)
		}
		if history := f.History(); len(history) != 11 || history[0].Count != 12 || history[10].Count != 37 {
			t.Errorf("history %v", history)
		}
		if n := len(slices.Collect(f.Sockets(time.Now()))); n != 37 {
			t.Errorf("%d sockets", n)
		}
	})
}

func TestFullIn(t *testing.T) {
	for _, test := range []struct {
		files  watch.Files
		growth float64
		want   tcp.Opt[time.Duration]
	}{
		{watch.Files{Open: 100, Limit: 1000}, 180, tcp.Some(5 * time.Minute)},
		{watch.Files{Open: 100, Limit: 1000, Growth: tcp.Some(450.0)}, 180, tcp.Some(2 * time.Minute)},
		{watch.Files{Open: 100, Limit: 1000, Growth: tcp.Some(0.0)}, 180, tcp.Opt[time.Duration]{}},
		{watch.Files{Open: 100, Limit: 1000}, 0, tcp.Opt[time.Duration]{}},
		{watch.Files{Open: 100, Limit: 1000}, -1, tcp.Opt[time.Duration]{}},
		{watch.Files{Open: 1000, Limit: 1000}, 1, tcp.Some(time.Duration(0))},
		{watch.Files{Open: 1, Limit: 1 << 63}, 1, tcp.Opt[time.Duration]{}},
	} {
		if got := test.files.FullIn(test.growth); got != test.want {
			t.Errorf("%+v with %v: %v, not %v", test.files, test.growth, got, test.want)
		}
	}
}

// The states that lie between two others.
func TestThrough(t *testing.T) {
	for _, test := range []struct {
		from, to tcp.State
		want     string
		possible bool
	}{
		{tcp.Established, tcp.CloseWait, "[]", true},
		{tcp.Established, tcp.LastAck, "[CLOSE_WAIT]", true},
		{tcp.Established, tcp.FinWait2, "[FIN_WAIT1]", true},
		{tcp.Established, tcp.TimeWait, "[FIN_WAIT1]", true},
		{tcp.SynSent, tcp.LastAck, "[ESTABLISHED CLOSE_WAIT]", true},
		{tcp.SynSent, tcp.FinWait2, "[FIN_WAIT1]", true},
		{tcp.FinWait1, tcp.TimeWait, "[]", true},
		{tcp.Bound, tcp.Listen, "[]", true},
		{tcp.Bound, tcp.SynSent, "[]", true},
		{tcp.Bound, tcp.Established, "[SYN_SENT]", true},
		{tcp.TimeWait, tcp.Established, "[]", false},
		{tcp.CloseWait, tcp.Established, "[]", false},
		{tcp.Listen, tcp.Established, "[]", false},
		{tcp.Unknown, tcp.Established, "[]", false},
	} {
		through, possible := watch.Through(test.from, test.to)
		if fmt.Sprint(through) != test.want || possible != test.possible {
			t.Errorf("%v to %v: through %v, %v", test.from, test.to, through, possible)
		}
	}
	if after := watch.After(tcp.CloseWait); after != tcp.SetOf(tcp.LastAck, tcp.Close) {
		t.Errorf("after CLOSE_WAIT: %v", after.States())
	}
}

// What the kernel tells of an end narrows the age of the mini-socket that is left,
// and of what is gone. A mini-socket goes on from FIN_WAIT2 to TIME_WAIT untold.
func TestEndsNarrow(t *testing.T) {
	now := time.Now()
	at := func(d time.Duration) time.Time { return now.Add(d * time.Millisecond) }
	w := watch.New(watch.Options{States: tcp.AllStates}, now)
	socket := func(cookie uint64, state tcp.State) *tcp.Socket {
		return &tcp.Socket{State: state, Cookie: tcp.Some(cookie), Mini: state != tcp.Established}
	}
	var told []watch.Event
	tell := func(e watch.Event) { told = append(told, e) }
	w.Begin(at(0), nil)
	for cookie := uint64(1); cookie <= 3; cookie++ {
		w.Add(at(0), socket(cookie, tcp.Established), true)
	}
	w.End(at(0), tell)
	for cookie := uint64(1); cookie <= 3; cookie++ {
		end := socket(cookie, 0)
		end.Info.SetBytes(make([]byte, 280))
		w.Ended(at(300), end, true)
	}
	w.Begin(at(1000), nil)
	tell(w.Add(at(1000), socket(1, tcp.FinWait2), true))
	tell(w.Add(at(1000), socket(2, tcp.TimeWait), true))
	w.End(at(1000), tell)
	ages := map[string]string{"FIN_WAIT2": "700ms..1s", "TIME_WAIT": "0s..1s"}
	for _, e := range told {
		state, high := e.Socket.State.String(), e.Age.Max.Or(0)
		if e.Kind == watch.Left {
			if high != 0 || !e.Time.Equal(at(300)) {
				t.Errorf("left at %v after %v", e.Time.Sub(now), e.Age)
			}
			continue
		}
		if got := fmt.Sprintf("%v..%v", e.Age.Min.Or(0), high); got != ages[state] || e.Final == nil {
			t.Errorf("%v: age %v, not %v; final %v", state, got, ages[state], e.Final)
		}
	}
	if len(told) != 3 {
		t.Errorf("%d events", len(told))
	}
}

// An end that was told before the sample that still has the socket is not the end of
// what that sample saw.
func TestEndBeforeSeen(t *testing.T) {
	now := time.Now()
	at := func(ms time.Duration) time.Time { return now.Add(ms * time.Millisecond) }
	w := watch.New(watch.Options{States: tcp.AllStates}, now)
	s := &tcp.Socket{State: tcp.Established, Cookie: tcp.Some[uint64](1)}
	for _, ms := range []time.Duration{0, 1000} {
		w.Begin(at(ms), nil)
		w.Add(at(ms), s, true)
		w.End(at(ms), func(watch.Event) {})
		w.Ended(at(300), s, true)
	}
	var told []watch.Event
	w.Begin(at(2000), nil)
	w.End(at(2000), func(e watch.Event) { told = append(told, e) })
	if len(told) != 1 || !told[0].Time.Equal(at(1000)) || told[0].Age.Min != tcp.Some(time.Second) {
		t.Errorf("told %+v", told)
	}
}

// The oldest socket is at most as old as the one of which least is known.
func TestOldestUnbounded(t *testing.T) {
	now := time.Now()
	at := func(ms time.Duration) time.Time { return now.Add(ms * time.Millisecond) }
	w := watch.New(watch.Options{States: tcp.AllStates}, now)
	var last watch.Sample
	for round := range time.Duration(20) { // the sockets are looked at in any order
		w.Begin(at(1000*round), nil)
		for cookie := range uint64(4) {
			if cookie == 0 || round > 0 { // only the first was there before
				w.Add(at(1000*round), &tcp.Socket{State: tcp.Established, Cookie: tcp.Some(cookie + 1)}, true)
			}
		}
		last = w.End(at(1000*round), func(watch.Event) {})
		if last.Oldest != (tcp.Age{Min: tcp.Some(round * time.Second)}) {
			t.Fatalf("round %d: oldest %+v", round, last.Oldest)
		}
	}
	w.Begin(at(20_000), nil)
	for cookie := range uint64(4) {
		if cookie > 0 {
			w.Add(at(20_000), &tcp.Socket{State: tcp.Established, Cookie: tcp.Some(cookie + 1)}, true)
		}
	}
	if last = w.End(at(20_000), func(watch.Event) {}); last.Oldest != (tcp.Age{Min: tcp.Some(19 * time.Second), Max: tcp.Some(20 * time.Second)}) {
		t.Errorf("without the first: oldest %+v", last.Oldest)
	}
}

// What the counters of a socket prove bounds its age from the first look on, and the
// closest bounds stay.
func TestProof(t *testing.T) {
	const lastDataRecv, lastAckRecv, dataSegsIn = 52, 56, 152
	s := &tcp.Socket{State: tcp.CloseWait, Cookie: tcp.Some[uint64](1)}
	prove := func(ack, data time.Duration) *tcp.Socket {
		info := make([]byte, 280)
		binary.NativeEndian.PutUint32(info[lastAckRecv:], uint32(ack.Milliseconds()))
		binary.NativeEndian.PutUint32(info[lastDataRecv:], uint32(data.Milliseconds()))
		binary.NativeEndian.PutUint32(info[dataSegsIn:], 1)
		s.Info.SetBytes(info)
		return s
	}
	now := time.Now()
	w := watch.New(watch.Options{States: tcp.SetOf(tcp.CloseWait)}, now)
	check := func(e watch.Event, low, high time.Duration) {
		t.Helper()
		const jiffy = 10 * time.Millisecond
		if e.Age != (tcp.Age{Min: tcp.Some(low - jiffy), Max: tcp.Some(high + jiffy)}) {
			t.Errorf("age %v, not %v..%v", e.Age, low, high)
		}
	}
	w.Begin(now, nil)
	check(w.Add(now, prove(5*time.Minute, 7*time.Minute), true), 5*time.Minute, 7*time.Minute)
	w.End(now, func(watch.Event) {})
	now = now.Add(time.Minute)
	w.Begin(now, nil)
	check(w.Add(now, prove(time.Second, 8*time.Minute), true), 6*time.Minute, 8*time.Minute) // a keepalive
	check(w.Add(now, prove(time.Second, 9*time.Minute), true), 6*time.Minute, 8*time.Minute)
	check(w.Add(now, prove(7*time.Minute, 9*time.Minute), true), 7*time.Minute, 8*time.Minute)
	check(w.Add(now, prove(time.Hour, 2*time.Hour), true), 7*time.Minute, 8*time.Minute) // nonsense
	if sample := w.End(now, func(watch.Event) {}); sample.Count != 1 {
		t.Errorf("one socket told five times counts as %d", sample.Count)
	}
}
