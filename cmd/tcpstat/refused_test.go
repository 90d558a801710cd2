package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/document"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// Where there is no sock_diag, /proc has to do, and tcpstat says so.
func TestRefusedNetlink(t *testing.T) {
	scene := nettest.Build(t)
	wanted := 0
	for _, st := range scene.Stands {
		if st.State != tcp.Bound {
			wanted++
		}
	}
	for _, errno := range []unix.Errno{unix.EPERM, unix.EACCES, unix.EPROTONOSUPPORT, unix.EAFNOSUPPORT, unix.ENOSYS} {
		t.Run(unix.ErrnoName(errno), func(t *testing.T) {
			refused := []string{"refused", strconv.Itoa(int(errno)), "tcpstat"}
			a := answerOf(t, append(refused, "-an")...)
			if rows := rowsOf(scene, a.stdout); len(rows) != wanted {
				t.Errorf("%d rows, not %d", len(rows), wanted)
			}
			if len(lines(a.stderr)) != 1 || !regexp.MustCompile(`^tcpstat: .*/proc`).MatchString(a.stderr) {
				t.Errorf("stderr %q", a.stderr)
			}
			if d := list(t, append(refused, "-an", "--json", "--source=auto")...); d.Source != "proc" {
				t.Errorf("source auto is %s", d.Source)
			}
			a = answerOf(t, append(refused, "-anc", "--count", "3", "-d", "1ms")...)
			if len(lines(a.stderr)) != 1 {
				t.Errorf("three lists, stderr %q", a.stderr)
			}
			d := list(t, append(refused, "-an", "--json")...)
			if d.Source != "proc" || len(standing(t, d, scene)) != wanted {
				t.Errorf("source %q, %d stands of %d", d.Source, len(standing(t, d, scene)), wanted)
			}
			if !slices.ContainsFunc(d.Missing, func(l document.Missing) bool { return l.Field == "cookie" && l.Reason == "not_in_proc" }) {
				t.Errorf("missing is %v", d.Missing)
			}
			failed(t, append(refused, "-an", "--source", "netlink")...)
			if a := answerOf(t, append(refused, "-an", "--source", "proc")...); len(rowsOf(scene, a.stdout)) != wanted {
				t.Errorf("asked for proc: %d rows, not %d", len(rowsOf(scene, a.stdout)), wanted)
			}
		})
	}
}

// Want of memory or descriptors is a failure and no reason to look elsewhere.
func TestFailedNetlink(t *testing.T) {
	nettest.Need(t)
	for _, errno := range []unix.Errno{unix.EMFILE, unix.ENOMEM} {
		t.Run(unix.ErrnoName(errno), func(t *testing.T) {
			for _, flags := range []string{"-an", "-anp", "-ln"} {
				failed(t, "refused", strconv.Itoa(int(errno)), "tcpstat", flags)
			}
			failed(t, "refused", strconv.Itoa(int(errno)), "tcpstat", "-an", "--json")
		})
	}
}

// failed runs a program that has to fail, with two short lines and no list.
func failed(t *testing.T, args ...string) {
	t.Helper()
	a := ask(t, args...)
	said := lines(a.stderr)
	if a.code != 1 || a.stdout != "" || len(said) != 2 ||
		!strings.HasPrefix(said[0], "tcpstat: ") || !strings.HasPrefix(said[1], "  ") {
		t.Errorf("%q: exit code %d, stdout %.80q, stderr %q", args, a.code, a.stdout, a.stderr)
	}
}
