package inspect

import (
	"os"
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/health"
	"tcpstat/internal/machine"
	"tcpstat/internal/nettest"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// limitFiles lets this process open so many files, until the test ends.
func limitFiles(t *testing.T, limit uint64) {
	t.Helper()
	var before unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before)
	if err == nil {
		err = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit, Max: before.Max})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
			t.Error(err)
		}
	})
}

// ownFiles looks at this machine and gives what the rules are told of the files of this
// process, nil for nothing.
func ownFiles(t *testing.T) *health.ProcessFiles {
	t.Helper()
	m, _ := open(t, Options{})
	facts, err := m.Look(Query{For: Judgement}).Facts(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !facts.Files.Counted {
		t.Fatalf("files %+v", facts.Files)
	}
	for _, p := range facts.Files.Processes {
		if int(p.PID) == os.Getpid() {
			return p
		}
	}
	return nil
}

// neverConnected opens sockets that stand in no table.
func neverConnected(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		ip := nettest.V4
		if i%2 > 0 {
			ip = nettest.V6
		}
		nettest.Open(t, ip)
	}
}

// Of the files of a process the rules are told how many are sockets that stand in no
// table: never connected, or reset by the peer. A BOUND socket stands in one.
func TestClosedHeld(t *testing.T) {
	nettest.Need(t)
	limitFiles(t, 400)
	before := ownFiles(t)
	if before != nil && before.Closed > 0 {
		t.Fatalf("left by another test: %+v", before)
	}
	neverConnected(t, 20)
	nettest.Open(t, nettest.V4).Bind(nettest.V4)
	listener := nettest.Listen(t, nettest.V4, 5)
	listener.Pair()
	for range 5 {
		client, server := listener.Pair(nettest.WithAbortiveClose)
		client.Close()
		nettest.Poll(t, func() error { // until the RST has arrived
			if _, err := unix.Getpeername(server.FD); err != nil {
				return nil
			}
			return unix.EAGAIN
		})
	}
	want := 27
	for _, kind := range [][3]int{
		{unix.AF_UNIX, unix.SOCK_STREAM, 0}, {unix.AF_INET, unix.SOCK_DGRAM, 0}, {unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP},
	} {
		fd, err := unix.Socket(kind[0], kind[1]|unix.SOCK_CLOEXEC, kind[2])
		if err != nil {
			continue // a kernel without MPTCP
		}
		defer unix.Close(fd)
		if kind[2] == unix.IPPROTO_MPTCP {
			want++
		}
	}
	again, err := unix.FcntlInt(uintptr(nettest.Open(t, nettest.V4).FD), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(again)

	p := ownFiles(t)
	if p == nil {
		t.Fatal("nothing of this process")
	}
	if p.Closed != want || !p.Searched || !p.TCP || p.Limit != 400 || p.Open < 27 || p.Name == "" {
		t.Errorf("%d of %d files are sockets that stand in no table, want %d; limit %d, in tables %v", p.Closed, p.Open, want, p.Limit, p.States)
	}
	for state, want := range map[tcp.State]int{tcp.Bound: 1, tcp.Listen: 1, tcp.Established: 2} {
		if got := p.States[state]; got != want {
			t.Errorf("%d in %v, want %d", got, state, want)
		}
	}
}

// A socket of another namespace stands in a table there.
func TestClosedHeldElsewhere(t *testing.T) {
	nettest.Need(t)
	limitFiles(t, 400)
	neverConnected(t, 11)
	socks := make(chan struct{})
	go func() { // on a thread that ends with it
		defer close(socks)
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Error(err)
			return
		}
		for range 30 {
			nettest.Listen(t, nettest.Any6, 1)
		}
		nettest.Start(t, exec.Command("cat")) // somebody is in there
	}()
	<-socks
	if p := ownFiles(t); p == nil || p.Closed != 11 {
		t.Errorf("%+v, want 11 sockets that stand in no table", p)
	}
}

// A process far from its limit is not looked into. One that is near is told with what
// its files are, though the kernel counts no socket that stands in no table.
func TestFilesNearLimit(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 5)
	listener.Pair()
	for _, tt := range []struct {
		open, limit     uint64
		elsewhere       bool
		found, searched bool
	}{
		{49, 1000, false, false, false},
		{50, 1000, false, true, false},
		{799, 1000, false, true, false},
		{800, 1000, false, true, true},
		{800, 1000, true, false, false},
		{4096, 4096, false, true, true},
		{4097, 4097, false, true, false},
	} {
		limitFiles(t, tt.limit)
		m, _ := open(t, Options{Source: Netlink})
		m.used = Netlink
		own, _ := m.proc.NetNS()
		if tt.elsewhere {
			own++ // the process is in another namespace than the one that is looked at
		}
		s := &fileSurvey{machine: m, own: own, states: map[uint64]tcp.State{}}
		if err := s.choose(t.Context(), []procnet.FileCount{{PID: int32(os.Getpid()), Open: tt.open}}); err != nil {
			t.Fatal(err)
		}
		for socket, err := range m.sockets(t.Context(), want{ipv4: true, ipv6: true, states: tcp.AllStates}) {
			if err != nil {
				t.Fatal(err)
			}
			s.see(socket)
		}
		files, err := s.conclude(t.Context(), m.proc.Processes())
		if err != nil {
			t.Fatal(err)
		}
		if found := len(files.Processes) == 1; found != tt.found {
			t.Fatalf("%d of %d: %+v", tt.open, tt.limit, files.Processes)
		}
		if !tt.found {
			continue
		}
		p := files.Processes[0]
		if p.Searched != tt.searched || !p.TCP || p.Closed != 0 || tt.searched && (p.States[tcp.Listen] != 1 || p.States[tcp.Established] != 2) {
			t.Errorf("%d of %d: %+v", tt.open, tt.limit, p)
		}
	}
}

// Where the kernel counts many sockets that stand in no table, those that may hold them
// are looked into though they are far from their limits, by samples first where they
// have many files open.
func TestManyClosed(t *testing.T) {
	nettest.Need(t)
	limitFiles(t, 4096)
	for _, more := range []int{110, allFiles + 200} {
		before := 0
		if p := ownFiles(t); p != nil {
			before = p.Closed
		}
		neverConnected(t, more)
		if p := ownFiles(t); p == nil || p.Closed != before+more {
			t.Errorf("%+v, want %d and %d more sockets that stand in no table", p, before, more)
		}
	}
}

// A watch tells how the files of a process grow, and those that it cannot see.
func TestWatchClosedHeld(t *testing.T) {
	nettest.Need(t)
	m, _ := open(t, Options{Source: Netlink})
	w := follow(t, m, Query{States: tcp.SetOf(tcp.CloseWait)})
	if _, err := w.Sample(t.Context()); err != nil {
		t.Fatal(err)
	}
	pid := int32(os.Getpid())
	first, known := w.Files(pid).Get()
	if growth := first.Growth.Or(0); !known || growth > 0 {
		t.Errorf("%+v after the first sample", first)
	}
	before, err := w.ClosedHeld(t.Context(), []int32{pid, 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	neverConnected(t, 30)
	if _, err := w.Sample(t.Context()); err != nil {
		t.Fatal(err)
	}
	if files, _ := w.Files(pid).Get(); files.Open != first.Open+30 || files.Growth.Or(0) <= 0 {
		t.Errorf("%+v, want 30 more than %d", files, first.Open)
	}
	held, err := w.ClosedHeld(t.Context(), []int32{pid, 1 << 30})
	if n, is := held[pid]; err != nil || !is || n != before[pid]+30 || len(held) != 1 {
		t.Errorf("%v, %v; want 30 more than %v", held, err, before)
	}
}

// Of a record, and of a copy of /proc, nothing is known of open files.
func TestFilesOfRecord(t *testing.T) {
	replayed, _ := open(t, Options{Replay: record(t, 1000, func(*machine.Writer) {}, ownerless...)})
	copied, _ := open(t, Options{Proc: tree(t, map[string]string{"net/tcp": procTCP(ownerless...)})})
	for _, m := range []*Machine{replayed, copied} {
		facts, err := m.Look(Query{For: Judgement}).Facts(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if facts.Files.Counted || facts.Files.Missing != health.NotRecorded {
			t.Errorf("files %+v", facts.Files)
		}
	}
}
