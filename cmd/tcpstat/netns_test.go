package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpstat/document"
	"tcpstat/internal/nettest"
)

// listenAt is the address of every listener that stands in another namespace.
const listenAt = "127.0.0.7:7"

// holder is a process with a listener in another namespace.
type holder struct {
	pid   int
	netns uint64
	path  string // of the namespace
}

// startHolder starts a holder that lives until the test ends.
func startHolder(t *testing.T, program string) holder {
	t.Helper()
	nettest.Need(t)
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{program, listenAt}
	_, stdout := nettest.Start(t, cmd)
	h := holder{pid: cmd.Process.Pid}
	var fd int
	if _, err := fmt.Fscan(stdout, &h.netns, &fd); err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	h.path = fmt.Sprintf("/proc/%d/fd/%d", h.pid, fd)
	return h
}

// In another namespace everything is read from inside: sockets and owners,
// settings, device names, and the namespace itself.
func TestInsideNamespace(t *testing.T) {
	h := startHolder(t, "holder")
	for _, source := range []string{"netlink", "proc"} {
		for _, where := range []string{strconv.Itoa(h.pid), h.path, fmt.Sprintf("/proc/%d/ns/net", h.pid)} {
			d := list(t, "tcpstat", "-lnp", "--json", "--netns", where, "--source", source)
			if len(d.Sockets) != 1 || d.NetNS == nil || *d.NetNS != h.netns || d.Source != source {
				t.Fatalf("%s: %+v", where, d)
			}
			s := d.Sockets[0]
			local, _ := s.Local.AddrPort(), s.Remote.AddrPort()
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
	failed(t, "nobody", "tcpstat", "--netns", h.path)
}

// sameEverywhere has a listener at the same address in three namespaces: that of
// the tests, one with a process and no name, and one that program ownrun calls blue
// and in which there is no process any more.
func sameEverywhere(t *testing.T) (blue, held holder) {
	blue, held = startHolder(t, "leaver"), startHolder(t, "holder")
	t.Setenv("BLUE", blue.path)
	listener, err := net.Listen("tcp4", listenAt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return blue, held
}

// Namespaces with equal addresses and ports are each shown once, with the owners
// that their sockets have.
func TestEverywhere(t *testing.T) {
	blue, held := sameEverywhere(t)
	for _, source := range []string{"netlink", "proc"} {
		d := list(t, "ownrun", "tcpstat", "-lnp", "--json", "--netns", "all", "--source", source)
		if d.NetNS != nil || d.Source != source {
			t.Errorf("netns %v, source %s", tell(d.NetNS), d.Source)
		}
		names := map[uint64]string{}
		for _, n := range d.Namespaces {
			if names[n.NetNS] != "" {
				t.Errorf("namespace %d is there twice", n.NetNS)
			}
			names[n.NetNS] = n.Name
		}
		if len(d.Namespaces) < 3 || d.Namespaces[0].NetNS != ownNetNS(t) || names[blue.netns] != "blue" ||
			!strings.HasSuffix(names[held.netns], "/"+strconv.Itoa(held.pid)) {
			t.Errorf("namespaces %+v, want first %d, then blue %d and of process %d %d",
				d.Namespaces, ownNetNS(t), blue.netns, held.pid, held.netns)
		}
		want := map[uint64][]int32{
			blue.netns: {int32(blue.pid)}, held.netns: {int32(held.pid)}, ownNetNS(t): {int32(os.Getpid())},
		}
		owners := map[uint64][]int32{}
		for _, s := range d.Sockets {
			if _, ours := want[*s.NetNS]; !ours || s.Local.AddrPort().String() != listenAt {
				continue // somebody else may test on this machine
			}
			for _, p := range s.Processes {
				owners[*s.NetNS] = append(owners[*s.NetNS], p.PID)
			}
		}
		if diff := cmp.Diff(want, owners); diff != "" {
			t.Errorf("%s: owners of %s by namespace:\n%s", source, listenAt, diff)
		}
	}
}

// The namespace is the first column, and the rest of the row is that of a list of
// the namespace alone.
func TestEverywhereInText(t *testing.T) {
	_, held := sameEverywhere(t)
	alone := lines(answerOf(t, "tcpstat", "-lnH", "--netns", strconv.Itoa(held.pid)).stdout)
	a := answerOf(t, "ownrun", "tcpstat", "-lnH", "--netns", "all", "sport = :7")
	rows := map[string]string{}
	for _, line := range lines(a.stdout) {
		name, row, _ := strings.Cut(line, " ")
		rows[name] = strings.TrimLeft(row, " ")
	}
	for _, name := range []string{"blue", "exe/" + strconv.Itoa(held.pid)} {
		if rows[name] != alone[0] {
			t.Errorf("row of %s in %q, want %q", name, rows, alone[0])
		}
	}
	for _, args := range [][]string{
		{"-ln", "--netns", "all"},
		{"--netns", "all"},
		{"-ln", "--netns", "all", "--columns", "namespace,local"},
		{"--netns", "all", "--by", "listener"},
	} {
		args = append([]string{"ownrun", "terminal", "100", "tcpstat"}, args...)
		if a := answerOf(t, args...); !strings.Contains(a.stdout, "network namespaces") {
			t.Errorf("%q: %s", args, a.stdout)
		}
	}
	sorted := answerOf(t, "ownrun", "tcpstat", "-lnH", "--netns", "all", "sport = :7", "--sort", "local", "--top", "1")
	if len(lines(sorted.stdout)) != 1 {
		t.Errorf("--top 1 prints %q", sorted.stdout)
	}
	queues := map[string]string{}
	for _, line := range lines(answerOf(t, "ownrun", "tcpstat", "-lH", "--by", "listener", "--netns", "all", "sport = :7").stdout) {
		words := strings.Fields(line)
		queues[words[6]] = words[0] + " " + words[1] + " " + words[5][:2]
	}
	for _, name := range []string{"blue", "exe/" + strconv.Itoa(held.pid)} {
		if queues[name] != "1 "+listenAt+" 0/" {
			t.Errorf("by listener: %q", queues)
		}
	}
	twice := answerOf(t, "ownrun", "tcpstat", "-lnc", "--count", "2", "-d", "1ms", "--netns", "all", "sport = :7")
	if n := strings.Count(twice.stdout, "Namespace "); n != 2 {
		t.Errorf("two lists have %d headers: %s", n, twice.stdout)
	}
	elsewhere := "process " + strconv.Itoa(held.pid)
	for words, code := range map[string]int{"sport = :7": exitDone, elsewhere: exitDone, "sport = :6": exitNone} {
		if a := ask(t, "ownrun", "tcpstat", "-lq", "--netns", "all", words); a.code != code || strings.Contains(a.stderr, "enough") {
			t.Errorf("%s: %+v", words, a)
		}
	}
}

// Known names are offered to the shell and to those who mistype one.
func TestNamespaceNames(t *testing.T) {
	blue, _ := sameEverywhere(t)
	offered := answerOf(t, "ownrun", "tcpstat", "__complete", "--netns", "")
	if said := lines(offered.stdout); len(said) < 2 || said[0] != "blue" || said[1] != "all" {
		t.Errorf("offered %q", offered.stdout)
	}
	if d := list(t, "ownrun", "tcpstat", "-lnp", "--json", "--netns", "blue"); len(d.Sockets) != 1 || *d.NetNS != blue.netns {
		t.Errorf("by name: %+v", d)
	}
	a := ask(t, "ownrun", "tcpstat", "-ln", "--netns", "bleu")
	want := "tcpstat: network namespace \"bleu\": no such name in /run/netns\n  did you mean blue? known: blue\n"
	if a.code != exitFailed || a.stderr != want {
		t.Errorf("exit code %d, said %q", a.code, a.stderr)
	}
}

// The command to run next looks where this one looked.
func TestNextCommandInNamespace(t *testing.T) {
	sameEverywhere(t)
	for _, flags := range [][]string{{"-ln"}, {"-n"}, {"-ln", "--columns", "local"}, {"-l", "--by", "process"}} {
		a := answerOf(t, append([]string{"ownrun", "terminal", "100", "tcpstat", "--color", "never", "--netns", "blue"}, flags...)...)
		if !strings.HasSuffix(strings.TrimSpace(a.stdout), "tcpstat --netns blue -a") {
			t.Errorf("%q: %s", flags, a.stdout)
		}
	}
	for value, want := range map[string]string{
		"blue": "--netns blue", "/proc/7/ns/net": "--netns /proc/7/ns/net", "it's $x": `--netns 'it'\''s $x'`, "a\x1b": `--netns 'a\x1b'`,
	} {
		if got := flagText("--netns", value); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

// A device is asked for by the number that its name has in each namespace.
func TestDeviceEverywhere(t *testing.T) {
	_, held := sameEverywhere(t)
	d := list(t, "ownrun", "tcpstat", "-ln", "--json", "--netns", "all", "not", "dev", "inside0", "sport", "=", ":7")
	found := false
	for _, s := range d.Sockets {
		found = found || *s.NetNS == held.netns
	}
	if !found {
		t.Errorf("no socket of namespace %d: %+v", held.netns, d.Sockets)
	}
	if a := ask(t, "ownrun", "tcpstat", "-ln", "--netns", "all", "dev", "nowhere0"); a.code != exitUsage {
		t.Errorf("a device that no namespace has: %+v", a)
	}
}

// An ordinary user sees their own namespace, and is told that there are others.
func TestEverywhereAsNobody(t *testing.T) {
	sameEverywhere(t)
	needUsers(t)
	a := answerOf(t, "nobody", "tcpstat", "-ln", "--json", "--netns", "all")
	d, err := decode([]byte(a.stdout))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Namespaces) != 1 || d.Namespaces[0].NetNS != ownNetNS(t) || len(lines(a.stderr)) != 1 {
		t.Errorf("namespaces %+v, stderr %q", d.Namespaces, a.stderr)
	}
	if !slices.Contains(d.Missing, document.Missing{Field: "namespaces", Reason: "no_permission"}) {
		t.Errorf("missing is %+v", d.Missing)
	}
}
