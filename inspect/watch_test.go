package inspect

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/diag"
	"tcpstat/internal/nettest"
	"tcpstat/listing"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// follower watches, and keeps what it is told between two looks at it.
type follower struct {
	*Watcher
	events, seen []string
}

func follow(t *testing.T, m *Machine, q Query) *follower {
	t.Helper()
	f, err := new(follower), error(nil)
	f.Watcher, err = m.Watch(q, Told{
		Event: func(e *watch.Event, r *listing.Row) error {
			f.events = append(f.events, fmt.Sprintf("%v %v %v>%v, %d holders %t, note %t", e.Kind, e.Socket.Local, e.From, e.To, len(r.Holders), r.HoldersKnown, !r.Note.Empty()))
			return nil
		},
		Seen: func(e *watch.Event) { f.seen = append(f.seen, fmt.Sprint(e.Socket.State, " ", e.Socket.Local)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sample takes a sample and compares what it told.
func (f *follower) sample(t *testing.T, seen []string, events ...string) watch.Sample {
	t.Helper()
	f.events, f.seen = nil, nil
	sample, err := f.Sample(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "events", f.events, events...)
	same(t, "seen", f.seen, seen...)
	return sample
}

// A socket is followed out of the states that are watched, also in /proc. Who owns it
// is known even when it has left, and then no note tells what it waited for.
func TestWatchProc(t *testing.T) {
	one := sock{state: tcp.Established, local: here, remote: there, inode: 1001}
	two := sock{state: tcp.Established, local: "127.0.0.1:2", remote: there, inode: 1002}
	dir := tree(t, map[string]string{"net/tcp": procTCP(one), "7/fd/3": "-> socket:[1001]", "7/fd/4": "-> socket:[1002]", "7/comm": "java\n"})
	m, said := open(t, Options{Proc: dir})
	f := follow(t, m, Query{States: tcp.SetOf(tcp.Established), Owners: true})
	f.Listen(t.Context())
	f.sample(t, []string{"ESTABLISHED " + here}, "present "+here+" UNKNOWN>UNKNOWN, 1 holders true, note false")

	one.state = tcp.CloseWait
	put(t, filepath.Join(dir, "net/tcp"), procTCP(one, two))
	f.sample(t, []string{"ESTABLISHED 127.0.0.1:2"},
		"changed "+here+" ESTABLISHED>CLOSE_WAIT, 1 holders true, note true",
		"appeared 127.0.0.1:2 UNKNOWN>UNKNOWN, 1 holders true, note false")

	// What cannot be read may be what is not seen.
	put(t, filepath.Join(dir, "net/tcp"), procTCP()+"this is no row\n")
	f.sample(t, nil)

	put(t, filepath.Join(dir, "net/tcp"), procTCP(two))
	f.sample(t, []string{"ESTABLISHED 127.0.0.1:2"}, "left "+here+" CLOSE_WAIT>UNKNOWN, 1 holders true, note false")
	f.Close()

	same(t, "missing", gapsOf(f.Missing()), "sockets malformed_line 1", "cookie not_in_proc ?", "brief not_in_proc ?")
	if len(said.lines) != 2 || !strings.HasPrefix(said.lines[0], "/proc does not tell of sockets that end; ") || !strings.HasPrefix(said.lines[1], "passed over: ") {
		t.Errorf("said %q", said.lines)
	}
	for inode, want := range map[uint64]string{1001: "0 false", 1002: "1 true", 1003: "0 false"} {
		list, complete := f.Holders(inode)
		if got := fmt.Sprint(len(list), " ", complete); got != want {
			t.Errorf("holders of %d: %s, want %s", inode, got, want)
		}
	}
}

// What a filter asks and is not known is not watched.
func TestWatchUndecided(t *testing.T) {
	dir := tree(t, map[string]string{"net/tcp": procTCP(sock{state: tcp.Established, local: here, remote: there, inode: 1001})})
	m, _ := open(t, Options{Proc: dir})
	f := follow(t, m, Query{Filter: parse(t, "rtt > 1ms"), States: tcp.AllStates})
	if sample := f.sample(t, nil); sample.Count != 0 {
		t.Errorf("%d are watched", sample.Count)
	}
}

// Files are counted of a process that can run out of them.
func TestWatchFiles(t *testing.T) {
	limits := func(limit string) string {
		return "Limit  Soft  Hard  Units\nMax open files  " + limit + "  4096  files\n"
	}
	m, _ := open(t, Options{Proc: tree(t, map[string]string{
		"net/tcp": procTCP(),
		"7/fd/3":  "-> socket:[1]", "7/fd/4": "-> /dev/null", "7/limits": limits("1024"),
		"8/fd/3": "-> socket:[1]", "8/limits": limits("unlimited"),
		"9/fd/3": "-> socket:[1]",
	})})
	w := follow(t, m, Query{States: tcp.AllStates})
	for pid, want := range map[int32]tcp.Opt[watch.Files]{7: tcp.Some(watch.Files{Open: 2, Limit: 1024}), 8: {}, 9: {}} {
		if got := w.Files(pid); got != want {
			t.Errorf("process %d: %v, want %v", pid, got, want)
		}
	}
}

// What the kernel told of an end: no state, since nobody has seen one, and who opened
// what is no listener.
func TestRowOfBrief(t *testing.T) {
	m, _ := open(t, Options{Proc: bundle(t)})
	w := follow(t, m, Query{States: tcp.AllStates})
	if _, err := w.Sample(t.Context()); err != nil {
		t.Fatal(err)
	}
	final := tcp.Info{Size: 104}
	connection, _ := sock{local: here, remote: there}.ends()
	for _, test := range []struct {
		socket tcp.Socket
		opener string
	}{
		{tcp.Socket{Family: tcp.IPv4, Local: connection, Remote: connection}, "passive"},
		{tcp.Socket{Family: tcp.IPv4, Local: connection}, "none"},
	} {
		e := watch.Event{Kind: watch.Brief, Socket: &test.socket, Final: &final}
		w.fill(&e)
		r := &w.look.pass.row
		if !r.Unseen || r.View.Ownership != tcp.OwnerUnknown || r.View.Opener.String() != test.opener || e.Socket.Info.Size != final.Size {
			t.Errorf("row %+v of %v", r, test.socket)
		}
	}
}

// Another socket with the same ends is another, and one that cannot be asked for has
// not left.
func TestGetVanished(t *testing.T) {
	client, _ := nettest.Pair(t)
	m, _ := open(t, Options{Source: Netlink})
	f := follow(t, m, Query{Filter: parse(t, fmt.Sprintf("sport = :%d and dport = :%d", client.Local.Port(), client.Remote.Port())), States: tcp.SetOf(tcp.Established)})
	f.sample(t, []string{"ESTABLISHED " + client.Local.String()}, "present "+client.Local.String()+" UNKNOWN>UNKNOWN, 0 holders false, note false")

	f.watch.Begin(m.Now(), nil)
	few, _ := f.watch.Vanished(m.Now(), fewEnough)
	if len(few) != 1 {
		t.Fatalf("vanished: %v", few)
	}
	f.events, f.seen = nil, nil
	other := few[0]
	other.Cookie++
	none := watch.Vanished{Local: client.Remote, Remote: client.Remote, Cookie: 1}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if found := f.get(t.Context(), []watch.Vanished{other, none}); found != nil {
		t.Errorf("found %v", found)
	}
	if found := f.get(ctx, few); found != nil {
		t.Errorf("found %v by somebody who has gone", found)
	}
	f.watch.End(m.Now(), func(e watch.Event) { f.events = append(f.events, e.Kind.String()) })
	same(t, "events", f.events)
	same(t, "seen", f.seen)

	f.watch.Begin(m.Now(), nil)
	for _, s := range f.get(t.Context(), few) {
		if err := f.add(s); err != nil {
			t.Error(err)
		}
	}
	same(t, "seen", f.seen, "ESTABLISHED "+client.Local.String())
}

// What cannot be asked for by its ends is found by another walk.
func TestLookAgain(t *testing.T) {
	s := nettest.Open(t, nettest.V4)
	s.Bind(nettest.V4)
	m, _ := open(t, Options{Source: Netlink})
	f := follow(t, m, Query{Filter: parse(t, fmt.Sprintf("sport = :%d", s.Local.Port())), States: tcp.SetOf(tcp.Bound)})
	end := s.Local.String()
	f.sample(t, []string{"BOUND " + end}, "present "+end+" UNKNOWN>UNKNOWN, 0 holders false, note true")
	if f.Again() {
		t.Error("looked again at the first sample")
	}
	s.Listen(1)
	f.sample(t, nil, "changed "+end+" BOUND>LISTEN, 0 holders false, note false")
	if !f.Again() {
		t.Error("Seen may have been told twice, and nobody says so")
	}
}

// The feed tells of sockets that the filter chooses for certain, of families that were
// asked for.
func TestListen(t *testing.T) {
	listener4, listener6 := nettest.Listen(t, nettest.V4, 1), nettest.Listen(t, nettest.V6, 1)
	m, said := open(t, Options{Source: Netlink})
	text := fmt.Sprintf("process nobody or sport = :%d or sport = :%d", listener4.Local.Port(), listener6.Local.Port())
	f := follow(t, m, Query{Filter: parse(t, text), States: tcp.AllStates, IPv4: true})
	f.Listen(t.Context())
	defer f.Close()
	f.sample(t, []string{"LISTEN " + listener4.Local.String()}, "present "+listener4.Local.String()+" UNKNOWN>UNKNOWN, 1 holders true, note false")
	brief := func(l *nettest.Sock) {
		client := nettest.Connect(t, l.Local, nettest.WithAbortiveClose)
		server := l.Accept()
		client.Close()
		server.Close()
	}
	brief(listener6)
	brief(listener4)
	f.events = nil
	nettest.Poll(t, func() error {
		if _, err := f.Sample(t.Context()); err != nil {
			return err
		}
		if len(f.events) == 0 {
			return errors.New("no end is told")
		}
		return nil
	})
	same(t, "events", f.events, "brief "+listener4.Local.String()+" UNKNOWN>UNKNOWN, 0 holders false, note false")
	same(t, "missing", gapsOf(f.Missing()))
	said.check(t)

	f.watch.Lose(1)
	if _, err := f.Sample(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "missing", gapsOf(f.Missing()), "brief events_lost 1")
}

// What the feed could not keep is counted once.
func TestListenLost(t *testing.T) {
	nettest.Need(t)
	m, _ := open(t, Options{Source: Netlink})
	f := follow(t, m, Query{States: tcp.AllStates})
	joined, err := diag.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	defer joined.Close()
	f.feed = &feed{Feed: joined} // and nobody listens
	for fd := range 256 {
		if protocol, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL); protocol == unix.NETLINK_SOCK_DIAG {
			_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 1) // the least that the kernel allows
		}
	}
	listener := nettest.Listen(t, nettest.V4, 1)
	for joined.Lost() == 0 {
		client := nettest.Connect(t, listener.Local, nettest.WithAbortiveClose)
		server := listener.Accept()
		client.Close()
		server.Close()
	}
	for range 3 {
		least := joined.Lost()
		if _, err := f.Sample(t.Context()); err != nil {
			t.Fatal(err)
		}
		if lost, most := f.Summary().LostEvents, joined.Lost(); lost < uint64(least) || lost > uint64(most) {
			t.Errorf("%d lost, not %d to %d", lost, least, most)
		}
	}
}

// Why there is no feed.
func TestListenRefused(t *testing.T) {
	nettest.Need(t)
	for errno, want := range map[unix.Errno]string{unix.EPERM: "brief no_permission ?", unix.EPROTONOSUPPORT: "brief kernel_too_old ?"} {
		m, said := open(t, Options{})
		f := follow(t, m, Query{States: tcp.AllStates})
		_ = withoutNetlink(t, errno, func() error {
			f.Listen(t.Context())
			return nil
		})
		f.Close()
		same(t, "missing", gapsOf(f.Missing()), want)
		said.check(t, fmt.Sprintf("the kernel does not tell of sockets that end (%v); sockets that come and go between two samples are not seen", errno))
	}
}

// A fault of the goroutine that listens comes out where the watch ends.
func TestListenFault(t *testing.T) {
	nettest.Need(t)
	warned := make(chan bool)
	m, err := Open(Options{Source: Netlink, Warn: func(string, ...any) {
		close(warned)
		panic("a fault")
	}})
	if err != nil {
		t.Fatal(err)
	}
	f := follow(t, m, Query{States: tcp.AllStates})
	f.Listen(t.Context())
	f.feed.Close()
	<-warned
	defer func() {
		if fault := recover(); fault != "a fault" {
			t.Errorf("came out: %v", fault)
		}
	}()
	f.Close()
}

// A socket that has gone on is asked for by its ends. A sample that was interrupted
// has not seen who left.
func TestWatchKernel(t *testing.T) {
	client, server := nettest.Pair(t)
	m, _ := open(t, Options{Source: Netlink})
	f := follow(t, m, Query{Filter: parse(t, fmt.Sprintf("sport = :%d and dport = :%d", client.Local.Port(), client.Remote.Port())), States: tcp.SetOf(tcp.Established)})
	end := client.Local.String()
	f.sample(t, []string{"ESTABLISHED " + end}, "present "+end+" UNKNOWN>UNKNOWN, 0 holders false, note false")
	if inode := f.Head().NetNS; inode == (tcp.Opt[uint64]{}) || len(f.Surroundings().Sysctls) == 0 {
		t.Errorf("namespace %v, settings %v", inode, f.Surroundings().Sysctls)
	}

	f.watch.Begin(m.Now(), nil)
	interrupted := func(yield func(*tcp.Socket, error) bool) { yield(nil, diag.ErrInterrupted) }
	if err := f.take(interrupted); err != nil {
		t.Error(err)
	}
	f.watch.End(m.Now(), func(e watch.Event) { t.Errorf("%v %v", e.Kind, e.Socket.Local) })

	server.Close()
	client.Wait(tcp.CloseWait)
	f.sample(t, nil, "changed "+end+" ESTABLISHED>CLOSE_WAIT, 0 holders false, note true")
	if f.Again() {
		t.Error("one socket was looked for among all")
	}
}

// The first error of Told ends the sample, whatever it says of what comes then.
func TestToldFails(t *testing.T) {
	two := []sock{{state: tcp.Established, local: here, remote: there, inode: 1}, {state: tcp.Established, local: "127.0.0.1:2", remote: there, inode: 2}}
	dir := tree(t, map[string]string{"net/tcp": procTCP(two...)})
	m, _ := open(t, Options{Proc: dir})
	var told error
	w, err := m.Watch(Query{States: tcp.AllStates}, Told{Event: func(*watch.Event, *listing.Row) (err error) {
		err, told = told, nil
		return err
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Sample(t.Context()); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "net/tcp"), procTCP())
	broken := errors.New("broken pipe")
	told = broken
	if _, err := w.Sample(t.Context()); err != broken {
		t.Errorf("error %v", err)
	}
}

// Owners may be asked for when the watch has begun, and are told from then on.
func TestFindOwners(t *testing.T) {
	dir := tree(t, map[string]string{"net/tcp": procTCP(sock{state: tcp.Established, local: here, remote: there, inode: 1001}), "7/fd/3": "-> socket:[1001]", "7/comm": "java\n"})
	m, _ := open(t, Options{Proc: dir})
	f := follow(t, m, Query{States: tcp.AllStates})
	f.sample(t, []string{"ESTABLISHED " + here}, "present "+here+" UNKNOWN>UNKNOWN, 0 holders false, note false")
	if list, complete := f.Holders(1001); list != nil || complete {
		t.Errorf("holders %v, %t", list, complete)
	}
	if err := f.FindOwners(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, complete := f.Holders(1001); len(list) != 1 || !complete {
		t.Errorf("holders %v, %t", list, complete)
	}
	if groups := f.Groups(watch.ByProcess); len(groups) != 1 || groups[0].PID != 7 {
		t.Errorf("groups %+v", groups)
	}
	put(t, filepath.Join(dir, "net/tcp"), procTCP())
	f.sample(t, nil, "left "+here+" ESTABLISHED>UNKNOWN, 1 holders true, note false")
}

// One process is kept once, and a number may be another's by now.
func TestNamed(t *testing.T) {
	m, _ := open(t, Options{Proc: bundle(t)})
	w := follow(t, m, Query{})
	first := w.named(&tcp.Process{PID: 7, Name: "java"})
	if again := w.named(&tcp.Process{PID: 7, Name: "java"}); again != first {
		t.Error("the same process is kept twice")
	}
	if other := w.named(&tcp.Process{PID: 7, Name: "nginx"}); other.Name != "nginx" {
		t.Errorf("process 7 is %v", other)
	}
}

// What appears behind a filter may have been there before, in its state.
func TestWatchChosen(t *testing.T) {
	for _, text := range []string{"", "sport = :8080"} {
		dir := tree(t, map[string]string{"net/tcp": procTCP()})
		m, _ := open(t, Options{Proc: dir})
		bounded := false
		w, err := m.Watch(Query{States: tcp.AllStates, Filter: parse(t, text)}, Told{Seen: func(e *watch.Event) { _, bounded = e.Age.Max.Get() }})
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range [][]sock{nil, {{state: tcp.Established, local: here, remote: there, inode: 1001}}} {
			put(t, filepath.Join(dir, "net/tcp"), procTCP(list...))
			if _, err := w.Sample(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if bounded != (text == "") {
			t.Errorf("%q: age bounded %t", text, bounded)
		}
	}
}
