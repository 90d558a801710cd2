package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/document"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// Every socket of the scene is told as it is, by sock_diag.
func TestSceneInJSON(t *testing.T) {
	scene := nettest.Build(t)
	for _, flags := range []string{"-an", "-anp", "-anim", "-anpoeim"} {
		t.Run(flags, func(t *testing.T) {
			before := time.Now()
			d := list(t, "tcpstat", flags, "--json", "--source", "netlink")
			after := time.Now()
			if d.Source != "netlink" {
				t.Errorf("source %q", d.Source)
			}
			if d.Time.Before(before) || d.Time.After(after) {
				t.Errorf("time %v, not between %v and %v", d.Time, before, after)
			}
			if host, _ := os.Hostname(); tell(d.Host) != host {
				t.Errorf("host %v, not %q", tell(d.Host), host)
			}
			if d.NetNS == nil || *d.NetNS != ownNetNS(t) {
				t.Errorf("netns %v, not %v", tell(d.NetNS), ownNetNS(t))
			}
			found := standing(t, d, scene)
			for _, st := range scene.Stands {
				s := found[st]
				if s == nil {
					t.Errorf("stand %q is not there", st.Name)
					continue
				}
				c := check{t: t, st: st, s: s, flags: flags}
				c.all(before, after)
			}
		})
	}
}

// check compares one socket with its truth.
type check struct {
	t     *testing.T
	st    *nettest.Stand
	s     *document.Socket
	flags string // short ones that the list was asked with
}

func (c *check) asked(flag string) bool { return strings.Contains(c.flags, flag) }

func (c *check) is(field string, got, want any) {
	c.t.Helper()
	if !reflect.DeepEqual(got, want) {
		c.t.Errorf("stand %q: %s is %v, not %v", c.st.Name, field, got, want)
	}
}

func (c *check) all(before, after time.Time) {
	st, s := c.st, c.s
	c.is("family", s.Family, st.Family.String())
	c.is("state", string(s.State), st.State.String())
	c.is("netns", tell(s.NetNS), any(ownNetNS(c.t)))
	c.is("v6only", tell(s.V6Only), optional(st.V6Only))
	device := any(nil)
	if st.Interface != 0 {
		device = "lo"
	}
	c.is("interface", tell(s.Interface), device)
	c.is("opener", s.Opener, st.Opener)
	c.is("closer", tell(s.Closer), st.Closer)
	c.is("inode", tell(s.Inode), optional(st.Inode))
	if st.Mini || st.UID != (tcp.Opt[uint32]{}) {
		c.is("uid", tell(s.UID), optional(st.UID))
	}
	verdict := any(nil)
	if st.Verdict != "" {
		verdict = st.Verdict
		if s.Note == nil {
			c.t.Errorf("stand %q: no note", st.Name)
		}
	}
	c.is("verdict", tell(s.Verdict), verdict)
	c.is("completeness", tell(s.Completeness), completeness(st))
	c.queues()
	c.timer()
	c.cookie()
	c.owners()
	c.age(before, after)
	c.info()
}

func (c *check) queues() {
	st, s := c.st, c.s
	if st.State != tcp.Listen {
		c.is("recv_queue_bytes", tell(s.RecvQueue), st.RecvQueue)
		c.is("send_queue_bytes", tell(s.SendQueue), st.SendQueue)
		return
	}
	c.is("accept_queue.used", s.AcceptQueue.Used, st.Backlog.Used)
	c.is("accept_queue.limit", tell(s.AcceptQueue.Limit), optional(st.Backlog.Limit))
	if s.AcceptQueue.Drops == nil {
		c.t.Errorf("stand %q: drops unknown", st.Name)
	}
	if drops := s.AcceptQueue.Drops; st.Name == "full accept queue" && drops != nil && *drops == 0 {
		c.t.Errorf("stand %q: a refused SYN was not counted", st.Name)
	}
}

func (c *check) timer() {
	timer := c.s.Timer
	c.is("timer.kind", timer.Kind, c.st.Timer.Kind.String())
	if (timer.Kind == "none") != (timer.Expires == nil) {
		c.t.Errorf("stand %q: timer %s expires in %v", c.st.Name, timer.Kind, tell(timer.Expires))
	}
	longest := map[string]document.Milliseconds{"retransmit": 120e3, "keepalive": 7200e3, "time_wait": 60e3, "window_probe": 120e3, "fin_wait2": 60e3}
	if timer.Expires != nil && (*timer.Expires < 0 || *timer.Expires > longest[timer.Kind]+longest[timer.Kind]/8) {
		c.t.Errorf("stand %q: timer %s expires in %d ms", c.st.Name, timer.Kind, *timer.Expires)
	}
	if timer.Kind != "retransmit" {
		c.is("timer.retransmits", timer.Retransmits, uint8(0))
	}
	switch {
	case c.st.State == tcp.SynRecv && c.st.Mini, timer.Kind == "none":
		c.is("timer.limit", tell(timer.Limit), nil)
		c.is("timer.gives_up_ms", tell(timer.GivesUp), nil)
	case timer.Kind == "retransmit" && timer.Retransmits > 0 && c.st.State != tcp.SynRecv:
		if timer.Limit == nil || *timer.Limit < uint32(timer.Retransmits) || timer.GivesUp == nil || *timer.GivesUp < *timer.Expires {
			c.t.Errorf("stand %q: retransmission %d of %v, next in %d ms, gives up in %v ms",
				c.st.Name, timer.Retransmits, tell(timer.Limit), *timer.Expires, tell(timer.GivesUp))
		}
	}
}

// The kernel tells the owner of a socket its cookie. That of a program's MPTCP
// socket is not that of the subflow.
func (c *check) cookie() {
	if c.s.Cookie == nil {
		c.t.Errorf("stand %q: no cookie", c.st.Name)
		return
	}
	for _, owner := range c.st.Owners {
		if owner.PID != int32(os.Getpid()) || strings.HasPrefix(c.st.Name, "MPTCP") {
			continue
		}
		cookie, err := unix.GetsockoptUint64(int(owner.FD), unix.SOL_SOCKET, unix.SO_COOKIE)
		if err != nil {
			c.t.Fatal(err)
		}
		c.is("cookie", *c.s.Cookie, strconv.FormatUint(cookie, 16))
	}
}

func (c *check) owners() {
	st, s := c.st, c.s
	complete := c.asked("p") && seesEverything()
	ownership := st.Ownership
	if ownership == tcp.OwnerUnknown && !complete {
		ownership = tcp.OwnedByProcess
	}
	c.is("ownership", s.Ownership, ownership.String())
	switch {
	case !c.asked("p"):
		c.is("processes", s.Processes == nil, true)
		return
	case complete && s.Processes == nil:
		c.t.Errorf("stand %q: processes is null", st.Name)
	case !complete && len(st.Owners) == 0 && st.Ownership == tcp.OwnerUnknown && s.Processes != nil:
		c.t.Errorf("stand %q: nobody has it, though not everybody could be asked", st.Name)
	}
	var want []document.Process
	for _, owner := range st.Owners {
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", owner.PID))
		if err != nil {
			c.t.Fatal(err)
		}
		want = append(want, document.Process{PID: owner.PID, Name: strings.TrimSuffix(string(comm), "\n"), FD: owner.FD})
	}
	order := func(a, b document.Process) int { return int(a.PID-b.PID)<<16 + int(a.FD-b.FD) }
	var got []document.Process
	for _, p := range slices.SortedFunc(slices.Values(s.Processes), order) {
		got = append(got, document.Process{PID: p.PID, Name: p.Name, FD: p.FD}) // details have a test of their own
	}
	c.is("processes", got, slices.SortedFunc(slices.Values(want), order))
}

// The truth lies within the bounds. Where the kernel keeps the time of the last
// ACK the lower one is near.
func (c *check) age(before, after time.Time) {
	st, s := c.st, c.s
	const resolution = 30 * time.Millisecond // jiffies of 10 ms at both ends, and one that honesty takes off
	youngest, oldest := before.Sub(st.Latest), after.Sub(st.Earliest)
	if low := s.Age.Min; low != nil && low.Duration() > oldest {
		c.t.Errorf("stand %q: age at least %d ms, in truth at most %v", st.Name, *low, oldest)
	}
	if high := s.Age.Max; high != nil && high.Duration() < youngest {
		c.t.Errorf("stand %q: age at most %d ms, in truth at least %v", st.Name, *high, youngest)
	}
	if s.Age.Max != nil && s.Age.Min == nil {
		c.t.Errorf("stand %q: an upper bound and no lower one", st.Name)
	}
	known := st.State == tcp.CloseWait || st.State == tcp.FinWait2 && st.Ownership == tcp.OwnedByProcess ||
		st.State == tcp.TimeWait
	if known && (s.Age.Min == nil || s.Age.Min.Duration() < youngest-resolution) {
		c.t.Errorf("stand %q: age at least %v ms, in truth at least %v", st.Name, tell(s.Age.Min), youngest)
	}
	if st.Verdict == "data_unread" && s.Age.Max == nil {
		c.t.Errorf("stand %q: no upper bound of its age, though data came", st.Name)
	}
}

func (c *check) info() {
	full := !c.st.Mini && c.st.State != tcp.Bound
	c.is("tcp_info", c.s.TCPInfo != nil, full && c.asked("i"))
	c.is("congestion", c.s.Congestion != nil, full && c.asked("i"))
	if full {
		c.is("memory", c.s.Memory != nil, c.asked("m"))
	}
	if !full || !c.asked("i") {
		return
	}
	info := c.s.TCPInfo
	switch {
	case c.st.State == tcp.Listen: // the accept queue in another coat
		c.is("tcp_info.unacked", tell(info.Unacked), nil)
		c.is("tcp_info.sacked", tell(info.Sacked), nil)
	case c.st.State == tcp.SynSent: // nothing came yet: the time since boot is none
		c.is("tcp_info.last_data_recv_ms", tell(info.LastDataRecv), nil)
		c.is("tcp_info.last_ack_recv_ms", tell(info.LastAckRecv), nil)
	case c.st.Name == "retransmit":
		c.is("tcp_info.bytes_sent, first time", *info.BytesSent-*info.BytesRetrans, uint64(100))
	}
}

// completeness is what each state proves of a conversation, as Wireshark counts
// it. Data shows by the byte counters of a full socket.
func completeness(st *nettest.Stand) any {
	const syn, synAck, ack, data, fin = uint8(1), 2, 4, 8, 16
	withData := []string{"retransmit", "window_probe", "window_probe server", "CLOSE_WAIT data_unread"}
	proven := syn | synAck | ack | fin
	switch st.State {
	case tcp.Listen, tcp.Bound:
		return nil
	case tcp.SynSent:
		proven = syn
	case tcp.SynRecv:
		proven = syn | synAck
	case tcp.Established:
		proven = syn | synAck | ack
	}
	if slices.Contains(withData, st.Name) {
		proven |= data
	}
	return proven
}

// ownNetNS is the number of this network namespace.
func ownNetNS(t testing.TB) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/net", &st); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}

// seesEverything reports whether this user may see the descriptors of every
// process.
func seesEverything() bool {
	dirs, _ := filepath.Glob("/proc/[0-9]*/fd")
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if os.IsPermission(err) {
			return false
		}
		for _, entry := range entries {
			if _, err := os.Readlink(filepath.Join(dir, entry.Name())); os.IsPermission(err) {
				return false
			}
		}
	}
	return true
}

// What the flags leave out of the list is left out of JSON too.
func TestSceneByFlag(t *testing.T) {
	scene := nettest.Build(t)
	quiet := func(st *nettest.Stand) bool { return st.State == tcp.Listen || st.State == tcp.Bound }
	for flags, shown := range map[string]func(st *nettest.Stand) bool{
		"-a": func(*nettest.Stand) bool { return true },
		"-l": func(st *nettest.Stand) bool { return st.State == tcp.Listen },
		"-n": func(st *nettest.Stand) bool { return !quiet(st) },
		"-4": func(st *nettest.Stand) bool { return !quiet(st) && st.Family == tcp.IPv4 },
		"-6": func(st *nettest.Stand) bool { return !quiet(st) && st.Family == tcp.IPv6 },
	} {
		for _, source := range []string{"netlink", "proc"} {
			found := standing(t, list(t, "tcpstat", flags, "--json", "--source", source), scene)
			for _, st := range scene.Stands {
				want := shown(st) && !(source == "proc" && st.State == tcp.Bound)
				if (found[st] != nil) != want {
					t.Errorf("%s, %s: stand %q shown: %v", flags, source, st.Name, !want)
				}
			}
		}
	}
}

// Lines of explanation leave the rows as they are.
func TestSceneExplained(t *testing.T) {
	scene := nettest.Build(t)
	want := rowsOf(scene, answerOf(t, "tcpstat", "-an").stdout)
	for _, flags := range []string{"-ani", "-anm", "-anW"} {
		got := rowsOf(scene, answerOf(t, "tcpstat", flags, "--explain").stdout)
		if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			t.Errorf("%s: %d rows, not %d", flags, len(got), len(want))
		}
	}
}

// An ordinary user gets the full list, and one line on the names that are
// hidden.
func TestSceneAsNobody(t *testing.T) {
	needUsers(t)
	scene := nettest.Build(t)
	a := answerOf(t, "nobody", "tcpstat", "-an")
	if a.stderr != "" {
		t.Errorf("-an says %q", a.stderr)
	}
	all := len(rowsOf(scene, a.stdout))
	if all != len(scene.Stands) {
		t.Errorf("%d rows, not %d", all, len(scene.Stands))
	}
	a = answerOf(t, "nobody", "tcpstat", "-anp")
	if len(lines(a.stderr)) != 1 || !strings.HasPrefix(a.stderr, "tcpstat: ") {
		t.Errorf("-anp says %q", a.stderr)
	}
	rows := rowsOf(scene, a.stdout)
	if len(rows) != all {
		t.Errorf("-anp: %d rows, not %d", len(rows), all)
	}
	for _, row := range rows {
		if !strings.HasSuffix(row, " -                   ") {
			t.Errorf("-anp as nobody: %q", row)
		}
	}
	a = answerOf(t, "nobody", "terminal", "120", "tcpstat", "-anp", "--color", "never")
	if strings.Count(a.stdout, "(needs root)") == 0 || len(lines(a.stderr)) != 1 {
		t.Errorf("on a terminal: %s%s", a.stdout, a.stderr)
	}

	d := list(t, "nobody", "tcpstat", "-anp", "--json")
	found := standing(t, d, scene)
	hidden := 0
	for _, s := range d.Sockets {
		if s.Ownership == "process" && s.Processes == nil {
			hidden++
		}
	}
	for _, st := range scene.Stands {
		s := found[st]
		if s == nil {
			t.Errorf("stand %q is not there", st.Name)
			continue
		}
		ownership := st.Ownership
		if ownership == tcp.OwnerUnknown {
			ownership = tcp.OwnedByProcess
		}
		if s.Ownership != ownership.String() || ownership == tcp.OwnedByProcess && s.Processes != nil {
			t.Errorf("stand %q: ownership %s, processes %v", st.Name, s.Ownership, s.Processes)
		}
	}
	if !slices.ContainsFunc(d.Missing, func(l document.Missing) bool {
		return l.Field == "processes" && l.Reason == "no_permission" && l.Sockets != nil && int(*l.Sockets) == hidden
	}) {
		t.Errorf("processes of %d sockets are hidden, missing is %v", hidden, d.Missing)
	}
}

// In a PID namespace of its own tcpstat sees every process there is, and none of
// them has our sockets: a complete scan that found nobody. (On the machine itself
// a process may hide its descriptors even from root, and then nobody is known to
// be nobody.)
func TestOwnerUnknown(t *testing.T) {
	needUsers(t)
	scene := nettest.Build(t)
	d := list(t, "alone", "tcpstat", "-anp", "--json")
	if slices.ContainsFunc(d.Missing, func(l document.Missing) bool { return l.Field == "processes" }) {
		t.Errorf("missing %+v", d.Missing)
	}
	unknown := 0
	for st, s := range standing(t, d, scene) {
		want := st.Ownership
		if st.Inode.Or(0) != 0 {
			want = tcp.OwnerUnknown
			unknown++
		}
		if s.Ownership != want.String() || s.Processes == nil || len(s.Processes) != 0 {
			t.Errorf("stand %q: ownership %s, processes %v, want %v and an empty list", st.Name, s.Ownership, s.Processes, want)
		}
	}
	if unknown < 20 {
		t.Errorf("only %d sockets with a descriptor", unknown)
	}
}
