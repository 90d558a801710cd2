package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
)

// netstatDifferences are all the places where tcpstat, in a pipe, does not
// print what netstat -tanW prints with the same flags.
var netstatDifferences = []struct {
	reason string
	flags  string // with which it is seen, any of them; all if empty
	may    bool   // it may as well not be seen
	users  bool   // it takes a second user to be seen

	// allows reports whether that makes the difference between two rows. There
	// is none of netstat's where it has no such row.
	allows func(ours, theirs *netstatRow) bool
}{
	{
		reason: "netstat prints 0 for the limit of an accept queue, which /proc does not know",
		allows: func(ours, theirs *netstatRow) bool {
			return theirs != nil && ours.state == "LISTEN" && takes(&ours.sendQ, &theirs.sendQ, "0")
		},
	},
	{
		reason: "BOUND is not in /proc",
		allows: func(ours, theirs *netstatRow) bool { return theirs == nil && ours.state == "BOUND" },
	},
	{
		reason: "/proc gives a SYN_RECV the user of its listener, sock_diag none",
		flags:  "e",
		users:  true,
		allows: func(ours, theirs *netstatRow) bool {
			return theirs != nil && ours.state == "SYN_RECV" && ours.user == "0" && takes(&ours.user, &theirs.user, theirs.user)
		},
	},
	{
		reason: "sock_diag counts the answers to repeated SYNs, /proc the timer's own",
		flags:  "o",
		allows: func(ours, theirs *netstatRow) bool {
			return theirs != nil && ours.state == "SYN_RECV" && takes(&ours.retries, &theirs.retries, theirs.retries)
		},
	},
	{
		reason: "of several processes each shows one, and not for certain the same",
		flags:  "p",
		may:    true,
		allows: func(ours, theirs *netstatRow) bool {
			return theirs != nil && strings.Contains(theirs.program, "/") && strings.Contains(ours.program, "/") &&
				takes(&ours.program, &theirs.program, theirs.program)
		},
	},
}

// netstatRow is a row of netstat, in cells as wide as they are printed.
type netstatRow struct {
	proto, recvQ, sendQ, local, remote, state, user, inode, program, timer, retries string
}

// takes gives one cell the other's text, if it differs and is as expected.
func takes(mine, other *string, expected string) bool {
	if *mine == *other || *other != expected {
		return false
	}
	*mine = *other
	return true
}

// text is the row as netstat -tanW with some of e, p and o prints it.
func (r *netstatRow) text(flags string) string {
	text := fmt.Sprintf("%-4s  %6s %6s %-23s %-23s %-11s", r.proto, r.recvQ, r.sendQ, r.local, r.remote, r.state)
	if strings.Contains(flags, "e") {
		text += fmt.Sprintf(" %-10s %-10s", r.user, r.inode)
	}
	if strings.Contains(flags, "p") {
		text += fmt.Sprintf(" %-20s", r.program)
	}
	if strings.Contains(flags, "o") {
		text += " " + r.timer
	}
	return text
}

// parseRow takes a row apart. Put together again it has to be the same.
func parseRow(t *testing.T, flags, line string) *netstatRow {
	t.Helper()
	fields := strings.Fields(line)
	r := &netstatRow{}
	cells := []*string{&r.proto, &r.recvQ, &r.sendQ, &r.local, &r.remote, &r.state}
	if strings.Contains(flags, "e") {
		cells = append(cells, &r.user, &r.inode)
	}
	if strings.Contains(flags, "p") {
		cells = append(cells, &r.program)
	}
	if len(fields) < len(cells) {
		t.Fatalf("row %q has %d fields", line, len(fields))
	}
	for i, cell := range cells {
		*cell = fields[i]
	}
	r.timer = strings.Join(fields[len(cells):], " ")
	if line != r.text(flags) {
		t.Errorf("-an%s: not as netstat prints it\n%q, but\n%q", flags, r.text(flags), line)
	}
	if flags == "o" {
		_, r.retries, _ = strings.Cut(r.timer, "/")
	}
	return r
}

// seconds is how long the timer of a row has yet to run.
func (r *netstatRow) seconds(t *testing.T) float64 {
	t.Helper()
	_, rest, _ := strings.Cut(r.timer, "(")
	text, _, _ := strings.Cut(rest, "/")
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("timer %q: %v", r.timer, err)
	}
	return seconds
}

// stillTimer forgets of a row when its timer will fire.
func (r netstatRow) stillTimer() netstatRow {
	kind, _, _ := strings.Cut(r.timer, "(")
	r.timer = kind
	return r
}

// rowsOf are the rows of a text that belong to the scene.
func rowsOf(scene *nettest.Scene, text string) []string {
	var rows []string
	for _, line := range lines(text) {
		fields := strings.Fields(line)
		if len(fields) >= 6 && strings.HasPrefix(fields[0], "tcp") && scene.Has(portOf(fields[3]), portOf(fields[4])) {
			rows = append(rows, line)
		}
	}
	return rows
}

// portOf keeps of an address the port, which is what a scene is known by.
func portOf(address string) netip.AddrPort {
	port, _ := strconv.ParseUint(address[strings.LastIndex(address, ":")+1:], 10, 16) // "*" is 0
	return netip.AddrPortFrom(netip.Addr{}, uint16(port))
}

// In a pipe tcpstat prints what netstat prints.
func TestAgainstNetstat(t *testing.T) {
	needNetstat(t)
	scene := nettest.Build(t)
	halfOpenOfOther, users := otherUsersHalfOpen(t)
	seen := map[int]bool{}
	unseen := func(i int) bool {
		d := netstatDifferences[i]
		return !seen[i] && !d.may && (users || !d.users)
	}
	for _, flags := range []string{"", "e", "p", "o"} {
		t.Run("-an"+flags, func(t *testing.T) {
			// Timers run on. Each row is compared when its own has not fired
			// meanwhile, nor was set again as a repeated SYN does, which only
			// sock_diag counts: netstat looks between two looks of ours.
			compared := map[string]bool{}
			nettest.Poll(t, func() error {
				began := time.Now()
				first, theirs, second := answerOf(t, "tcpstat", "-an"+flags).stdout, netstat(t, flags), answerOf(t, "tcpstat", "-an"+flags).stdout
				took := time.Since(began)
				before := netstatRows(t, scene, halfOpenOfOther, flags, first)
				between := netstatRows(t, scene, halfOpenOfOther, flags, theirs)
				after := netstatRows(t, scene, halfOpenOfOther, flags, second)
				if got, want := lines(first)[:2], lines(theirs)[:2]; !slices.Equal(got, want) {
					t.Errorf("-an%s: header\n%q, not\n%q", flags, got, want)
				}
				var late []string
				for key := range keysOf(before, between) {
					if before[key] == nil && after[key] == nil {
						t.Errorf("not in tcpstat -an%s: %s", flags, key)
						continue
					}
					if compareRows(t, flags, before[key], between[key], after[key], took, seen) {
						compared[key] = true
					} else if !compared[key] {
						late = append(late, key)
					}
				}
				if t.Failed() {
					return nil
				}
				for i, d := range netstatDifferences {
					if d.flags == flags && unseen(i) {
						return fmt.Errorf("never seen: %s", d.reason)
					}
				}
				if len(late) > 0 {
					return fmt.Errorf("timers fired all the while: %q", late)
				}
				return nil
			})
		})
	}
	for i, d := range netstatDifferences {
		if unseen(i) {
			t.Errorf("never seen: %s", d.reason)
		}
	}
}

// keysOf are the keys of both.
func keysOf(a, b map[string]*netstatRow) map[string]*netstatRow {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return both
}

// compareRows compares the row of netstat with what we said before and after, and
// reports false where those differ or the timer may have fired in between. Each is nil
// where there is no such row.
func compareRows(t *testing.T, flags string, before, theirs, after *netstatRow, took time.Duration, seen map[int]bool) bool {
	t.Helper()
	if before == nil || after == nil || before.stillTimer() != after.stillTimer() {
		return false
	}
	got, expected := *before, theirs
	if theirs != nil && flags == "o" {
		runs := !strings.HasPrefix(before.timer, "off")
		counted := strings.HasPrefix(before.timer, "on ") && before.state != "SYN_RECV" // see isCounted
		if after.seconds(t) > before.seconds(t) || runs && !counted && before.seconds(t) <= took.Seconds() {
			return false
		}
		const tick = 0.01 // /proc counts in ticks of 10 ms; a jiffy is no longer
		if s := theirs.seconds(t); s > before.seconds(t)+tick || s < after.seconds(t)-2*tick {
			t.Errorf("timer in netstat %q, ours before %q, after %q", theirs.timer, before.timer, after.timer)
		}
		still := theirs.stillTimer()
		got, expected = before.stillTimer(), &still
	}
	for i, d := range netstatDifferences {
		if strings.Contains(flags, d.flags) && d.allows(&got, expected) {
			seen[i] = true
			if expected == nil {
				return true
			}
		}
	}
	if expected == nil {
		t.Errorf("only in tcpstat -an%s: %s", flags, got.text(flags))
	} else if got != *expected {
		t.Errorf("tcpstat -an%s\n%s\nnetstat\n%s", flags, before.text(flags), theirs.text(flags))
	}
	return true
}

// Where both read /proc there is no difference at all.
func TestProcAgainstNetstat(t *testing.T) {
	needNetstat(t)
	scene := nettest.Build(t)
	want := rowsOf(scene, netstat(t, ""))
	got := rowsOf(scene, answerOf(t, "tcpstat", "-an", "--source", "proc").stdout)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("tcpstat\n%s\nnetstat\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func needNetstat(t *testing.T) {
	t.Helper()
	nettest.Need(t)
	nettest.Program(t, "netstat", "net-tools")
}

func netstat(t *testing.T, flags string) string {
	t.Helper()
	cmd := exec.Command("netstat", "-tanW"+flags)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// netstatRows are the rows of the scene and of one listener more. A key is what
// tells them from each other; rows that are alike are numbered.
func netstatRows(t *testing.T, scene *nettest.Scene, also netip.AddrPort, flags, text string) map[string]*netstatRow {
	t.Helper()
	found := rowsOf(scene, text)
	for _, line := range lines(text) {
		if strings.Contains(line, fmt.Sprintf(":%d ", also.Port())) {
			found = append(found, line)
		}
	}
	var all []*netstatRow
	for _, line := range found {
		all = append(all, parseRow(t, flags, line))
	}
	slices.SortStableFunc(all, func(a, b *netstatRow) int { return cmp.Compare(a.inode, b.inode) })
	rows := map[string]*netstatRow{}
	for _, r := range all {
		key := strings.Join([]string{r.proto, r.local, r.remote, r.state}, " ")
		for n := 2; rows[key] != nil; n++ {
			key = fmt.Sprintf("%s %s %s %s, number %d", r.proto, r.local, r.remote, r.state, n)
		}
		rows[key] = r
	}
	return rows
}

// otherUsersHalfOpen makes a half-open connection to a listener of another user
// and names the listener. Where there is one user only, it reports false and the
// listener is that user's.
func otherUsersHalfOpen(t *testing.T) (listening netip.AddrPort, users bool) {
	t.Helper()
	listener := nettest.Open(t, nettest.V4)
	users = unix.Fchown(listener.FD, 1234, -1) == nil
	listener.Bind(nettest.V4)
	listener.Listen(1)
	nettest.Connect(t, listener.Local, nettest.IsDeaf)
	nettest.Poll(t, func() error {
		if !strings.Contains(answerOf(t, "tcpstat", "-n").stdout, "SYN_RECV") {
			return fmt.Errorf("no SYN_RECV")
		}
		return nil
	})
	return listener.Local, users
}
