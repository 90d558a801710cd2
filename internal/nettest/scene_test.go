package nettest

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

func TestBuildInARow(t *testing.T) {
	times := 30
	if testing.Short() {
		times = 3
	}
	for range times {
		t.Run("", func(t *testing.T) { Build(t) })
	}
}

func TestBuildInParallel(t *testing.T) {
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			Build(t)
		})
	}
}

func TestBuildClearsAway(t *testing.T) {
	var scene *Scene
	t.Run("", func(t *testing.T) { scene = Build(t) })
	if scene == nil {
		t.Skip("no scene was built; the subtest says why, and what allows it")
	}
	Poll(t, func() error {
		all, err := allRows()
		for _, r := range all {
			if r.state != tcp.TimeWait && scene.Has(r.local, r.remote) {
				err = fmt.Errorf("left over: %v", r)
			}
		}
		return err
	})
}

// Opener says what can be told, by the rule that it documents.
func TestSceneOpeners(t *testing.T) {
	scene := Build(t)
	low, high := 0, 0
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(string(text), &low, &high); err != nil {
		t.Fatal(err)
	}
	listens := map[uint16]bool{}
	for _, st := range scene.Stands {
		if st.State == tcp.Listen {
			listens[st.Local.Port()] = true
		}
	}
	for _, st := range scene.Stands {
		want, port := unknown, int(st.Local.Port())
		switch {
		case st.State == tcp.Listen || st.State == tcp.Bound:
			want = none
		case st.State == tcp.SynSent:
			want = active
		case listens[st.Local.Port()]:
			want = passive
		case low <= port && port <= high:
			want = active
		}
		if st.Opener != want {
			t.Errorf("stand %q: opener %s, not %s", st.Name, st.Opener, want)
		}
	}
}

func TestSceneHoldsEverything(t *testing.T) {
	var states tcp.Set
	timers, ownerships, verdicts, openers, closers := map[tcp.Timer]bool{}, map[tcp.Ownership]bool{},
		map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, st := range Build(t).Stands {
		states = states.With(st.State)
		timers[st.Timer], ownerships[st.Ownership], verdicts[st.Verdict] = true, true, true
		openers[st.Opener], closers[st.Closer] = true, true
	}
	if lacking := tcp.AllStates.Without(tcp.Close).Without(tcp.Unknown) &^ states; lacking != 0 {
		t.Errorf("no stand in %v", lacking.States())
	}
	for _, timer := range []tcp.Timer{{}, retransmit, keepalive, timeWait, windowProbe, finWait2, finWait2Full} {
		if !timers[timer] {
			t.Errorf("no stand with timer %v, code %d", timer.Kind, timer.Code)
		}
	}
	for o := tcp.OwnedByProcess; o <= tcp.OwnerUnknown; o++ {
		if !ownerships[o] {
			t.Errorf("no stand with ownership %v", o)
		}
	}
	for what, all := range map[*map[string]bool][]string{
		&verdicts: {"", "eof_read", "fin_unread", "data_unread", "not_accepted"},
		&openers:  {active, passive, unknown, none},
		&closers:  {local, remote, both, none},
	} {
		for _, word := range all {
			if !(*what)[word] {
				t.Errorf("no stand that is %q", word)
			}
		}
		if len(*what) != len(all) {
			t.Errorf("stands are %v, of which only %q are known", *what, all)
		}
	}
}

// All sockets stand at the same time as they should, and no others.
func TestSceneAgainstProc(t *testing.T) {
	scene := Build(t)
	all, err := allRows()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[*Stand]int{}
	for _, r := range all {
		if !scene.Has(r.local, r.remote) {
			continue
		}
		st := scene.Find(r.socket())
		if st == nil {
			t.Errorf("no stand is %v", r)
			continue
		}
		seen[st]++
		if want := st.row(r); r != want {
			t.Errorf("stand %q is\n%v, and should be\n%v", st.Name, r, want)
		}
	}
	for _, st := range scene.Stands {
		want := 1
		if st.State == tcp.Bound {
			want = 0
		}
		if seen[st] != want {
			t.Errorf("stand %q: %d rows, not %d", st.Name, seen[st], want)
		}
	}
}

// socket is what a reader of /proc makes of a row, as far as Stand.Is looks.
func (r row) socket() *tcp.Socket {
	s := &tcp.Socket{Family: tcp.IPv4, Local: r.local, Remote: r.remote}
	if !r.local.Addr().Is4() {
		s.Family = tcp.IPv6
	}
	if !r.mini {
		s.Inode = tcp.Some(r.inode)
	}
	return s
}

func TestSceneOwners(t *testing.T) {
	scene := Build(t)
	found := map[uint64][]tcp.Owner{}
	links, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, process := range links {
		pid, err := strconv.Atoi(process.Name())
		if err != nil {
			continue
		}
		fds, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)) // gone, or of another user
		for _, fd := range fds {
			var inode uint64
			link, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd.Name()))
			if _, err := fmt.Sscanf(link, "socket:[%d]", &inode); err != nil {
				continue
			}
			number, _ := strconv.Atoi(fd.Name())
			found[inode] = append(found[inode], tcp.Owner{PID: int32(pid), FD: int32(number)})
		}
	}
	order := func(a, b tcp.Owner) int {
		return int(a.PID-b.PID)<<16 + int(a.FD-b.FD)
	}
	for _, st := range scene.Stands {
		want := slices.SortedFunc(slices.Values(st.Owners), order)
		got := slices.SortedFunc(slices.Values(found[st.Inode.Or(0)]), order)
		if !slices.Equal(got, want) {
			t.Errorf("stand %q: owners %v, not %v", st.Name, got, want)
		}
		if owned := st.Ownership == tcp.OwnedByProcess; owned != (len(want) > 0) {
			t.Errorf("stand %q: ownership %v with owners %v", st.Name, st.Ownership, want)
		}
	}
}

// last_ack_recv of a CLOSE_WAIT is the time since its FIN.
func TestSceneBounds(t *testing.T) {
	const resolution = 20 * time.Millisecond // of tcp_info: a jiffy, at most 10 ms, at both ends
	scene := Build(t)
	for _, st := range scene.Stands {
		if st.Earliest.After(st.Latest) {
			t.Errorf("stand %q: entered between %v and %v", st.Name, st.Earliest, st.Latest)
		}
		if st.State != tcp.CloseWait || st.Verdict == "not_accepted" {
			continue
		}
		before := time.Now()
		info, err := unix.GetsockoptTCPInfo(int(st.Owners[0].FD), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil {
			t.Fatal(err)
		}
		age := time.Duration(info.Last_ack_recv) * time.Millisecond
		if low := before.Sub(st.Latest) - resolution; age < low {
			t.Errorf("stand %q: age %v, at least %v", st.Name, age, low)
		}
		if high := time.Since(st.Earliest) + resolution; age > high {
			t.Errorf("stand %q: age %v, at most %v", st.Name, age, high)
		}
	}
}

// ss tells what /proc does not: devices, v6only and the limits of listeners.
func TestSceneAgainstSS(t *testing.T) {
	Need(t)
	Program(t, "ss", "iproute2")
	scene := Build(t)
	out, err := exec.Command("ss", "-Htanoe").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	for line := range strings.Lines(string(out)) {
		lines[ssKey(line)]++
	}
	for _, st := range scene.Stands {
		if st.State == tcp.Bound { // not before iproute2 6.8
			continue
		}
		if want := st.ssKey(); lines[want] == 0 {
			t.Errorf("stand %q: ss does not say\n%s, but\n%s", st.Name, want, out)
			return
		}
	}
}

// ssKey is what a line of ss says about a socket, without what changes.
func ssKey(line string) string {
	fields := strings.Fields(line)
	key := strings.Join(fields[:5], " ")
	timer, uid, inode := "", "0", "0"
	for _, field := range fields[5:] {
		if rest, ok := strings.CutPrefix(field, "timer:("); ok {
			timer, _, _ = strings.Cut(rest, ",")
		}
		if rest, ok := strings.CutPrefix(field, "uid:"); ok {
			uid = rest
		}
		if rest, ok := strings.CutPrefix(field, "ino:"); ok {
			inode = rest
		}
	}
	return fmt.Sprintf("%s timer:%s uid:%s ino:%s", key, timer, uid, inode)
}

func (st *Stand) ssKey() string {
	recv, send, peer := st.RecvQueue, st.SendQueue, st.Remote.String()
	if st.State == tcp.Listen {
		recv, send = st.Backlog.Used, st.Backlog.Limit.Or(0)
		peer = "0.0.0.0:*"
		if st.Family == tcp.IPv6 {
			peer = "[::]:*"
		}
	}
	ip := st.Local.Addr().String()
	if st.Family == tcp.IPv6 {
		ip = "[" + ip + "]"
	}
	if !st.V6Only.Or(true) && st.Local.Addr() == Any6 {
		ip, peer = "*", "*:*"
	}
	if st.Interface == lo {
		ip += "%lo"
	}
	timer := [...]string{"", "on", "keepalive", "timewait", "persist"}[st.Timer.Code]
	return fmt.Sprintf("%s %d %d %s:%d %s timer:%s uid:%d ino:%d", st.State.SS(), recv, send,
		ip, st.Local.Port(), peer, timer, st.UID.Or(0), st.Inode.Or(0))
}
