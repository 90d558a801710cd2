package main

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
)

// listenAt is the address of every listener that stands in another namespace.
const listenAt = "127.0.0.7:7"

// holder is a process with a listener in a namespace of its own.
type holder struct {
	pid   int
	netns uint64
}

func (h holder) path() string { return fmt.Sprintf("/proc/%d/ns/net", h.pid) }

// startHolder starts a holder that lives until the test ends.
func startHolder(t *testing.T, program string) holder {
	t.Helper()
	nettest.Need(t)
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{program, listenAt}
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	h := holder{pid: cmd.Process.Pid}
	if _, err := fmt.Fscan(stdout, &h.netns); err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	return h
}

// In another namespace everything is read from inside: sockets and owners,
// settings, device names, and the namespace itself.
func TestInsideNamespace(t *testing.T) {
	h := startHolder(t, "holder")
	for _, source := range []string{"netlink", "proc"} {
		for _, where := range []string{strconv.Itoa(h.pid), h.path()} {
			d := list(t, "tcpstat", "-lnp", "--json", "--netns", where, "--source", source)
			if len(d.Sockets) != 1 || d.NetNS == nil || *d.NetNS != h.netns || d.Source != source {
				t.Fatalf("%s: %+v", where, d)
			}
			s := d.Sockets[0]
			local, _ := s.addresses()
			if local != netip.MustParseAddrPort(listenAt) || s.NetNS == nil || *s.NetNS != h.netns ||
				len(s.Processes) != 1 || int(s.Processes[0].PID) != h.pid {
				t.Errorf("%s: %+v", where, s)
			}
		}
	}
	settings := answerOf(t, "tcpstat", "-an", "--json", "--netns", strconv.Itoa(h.pid))
	if settings.stderr != "" || strings.Contains(settings.stdout, `"field":"settings"`) {
		t.Errorf("settings are missing: %s%s", settings.stderr, settings.stdout)
	}
	if d := list(t, "tcpstat", "-an", "--json", "--netns", strconv.Itoa(h.pid), "dev", "inside0"); len(d.Sockets) != 0 {
		t.Errorf("sockets on a device that none is bound to: %+v", d.Sockets)
	}
	if a := ask(t, "tcpstat", "-an", "dev", "inside0"); a.code != exitUsage {
		t.Errorf("the device of another namespace is known here: %+v", a)
	}
	if diff := cmp.Diff(
		answerOf(t, "tcpstat", "-anp", "--netns", strconv.Itoa(os.Getpid())),
		answerOf(t, "tcpstat", "-anp"), cmp.AllowUnexported(answer{})); diff != "" {
		t.Errorf("our own namespace, by a process of it and by itself:\n%s", diff)
	}
}

// A namespace that there is not, or that may not be entered, is two lines.
func TestNoNamespace(t *testing.T) {
	h := startHolder(t, "holder")
	for _, words := range []string{
		"nowhere", "999999999", "/proc/self/ns/uts", "/nowhere", "..", "0", "-1", "a\x1b[31mb",
		strings.Repeat("long", 100),
	} {
		failed(t, "tcpstat", "-an", "--netns", words)
		failed(t, "tcpstat", "--netns", words)
	}
	for _, args := range [][]string{
		{"-an", "--netns", ""},
		{"-an", "--netns", "1", "--proc", "/nowhere"},
	} {
		if a := ask(t, append([]string{"tcpstat"}, args...)...); a.code != exitUsage || len(lines(a.stderr)) != 2 {
			t.Errorf("%q: %+v", args, a)
		}
	}
	needUsers(t)
	failed(t, "nobody", "tcpstat", "-an", "--netns", strconv.Itoa(h.pid))
	failed(t, "nobody", "tcpstat", "--netns", h.path())
}
