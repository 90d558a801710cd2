package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcpstat/document"
	"tcpstat/inspect"
	"tcpstat/internal/nettest"
	"tcpstat/listing"
	"tcpstat/tcp"
)

// waiting is a shell that waits for the end of its input; arguments follow.
var waiting = []string{"-c", "read _ || :", "sh"}

// waitingLine is its command line.
const waitingLine = "sh -c 'read _ || :' sh"

// holders passes a socket on to a shell for each list of arguments. They are of one
// name, and live until the test ends.
func holders(t *testing.T, s *nettest.Sock, commands ...[]string) (pids []int32) {
	t.Helper()
	inherited, err := unix.FcntlInt(uintptr(s.FD), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(inherited), "socket")
	defer file.Close()
	for _, args := range commands {
		shell := exec.Command("sh", append(waiting, args...)...)
		shell.ExtraFiles = []*os.File{file}
		nettest.Start(t, shell)
		pids = append(pids, int32(shell.Process.Pid))
	}
	s.Close()
	return pids
}

// commandLines gives the command lines of a socket's processes, "null" for none.
func commandLines(s *document.Socket) (lines []string) {
	for _, p := range s.Processes {
		lines = append(lines, fmt.Sprint(tell(p.Cmdline)))
	}
	slices.Sort(lines)
	return lines
}

// Processes of one name are told apart wherever owners are shown at length, and
// nowhere else.
func TestTellingApart(t *testing.T) {
	nettest.Need(t)
	s := nettest.Listen(t, nettest.V4, 1)
	only := []string{"sport", fmt.Sprint(s.Local.Port())}
	holders(t, s, []string{"a"}, []string{"a", "b"}, []string{"a b"}, []string{"c"})
	asked := func(args ...string) string { return answerOf(t, append(args, only...)...).stdout }

	found := list(t, append([]string{"tcpstat", "-lp", "--json"}, only...)...).Sockets[0]
	if got := commandLines(&found); !slices.Equal(got, []string{waitingLine + " 'a b'", waitingLine + " a", waitingLine + " a b", waitingLine + " c"}) {
		t.Errorf("--json: %q", got)
	}
	shell, err := exec.LookPath("sh")
	if err == nil {
		shell, err = filepath.EvalSymlinks(shell)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range found.Processes {
		if tell(p.Exe) != shell || p.User == nil || p.Started == nil || time.Since(*p.Started) > time.Hour || time.Until(*p.Started) > time.Second {
			t.Errorf("%d: executable %v, user %v, started %v", p.PID, tell(p.Exe), tell(p.User), tell(p.Started))
		}
	}
	columns := asked("tcpstat", "-lH", "--columns", "exe,cmdline")
	if want := shell + "\t" + strings.Join([]string{waitingLine + " a", waitingLine + " a b", waitingLine + " 'a b'", waitingLine + " c"}, ", ") + "\n"; columns != want {
		t.Errorf("--columns: %q, not %q", columns, want)
	}
	shown := asked("terminal", "160", "tcpstat", "-lep", "--color", "never")
	for _, want := range []string{waitingLine + " a, user ", waitingLine + " a b, user ", ", started 20", "    and 1 more\n"} {
		if !strings.Contains(strings.ReplaceAll(shown, "\r", ""), want) {
			t.Errorf("the terminal lacks %q:\n%s", want, shown)
		}
	}
	for _, args := range [][]string{
		{"tcpstat", "-lep"},
		{"terminal", "160", "tcpstat", "-lp", "--color", "never"},
		{"terminal", "160", "tcpstat", "-le", "--color", "never"},
	} {
		if text := asked(args...); strings.Contains(text, "read _") {
			t.Errorf("%q tells more than was asked:\n%s", args, text)
		}
	}
}

// Below a finding stands which of the processes of that name it is.
func TestFindingTellsProcess(t *testing.T) {
	nettest.Need(t)
	listener := nettest.Listen(t, nettest.V4, 16)
	connections(t, listener, 10, func(client, server *nettest.Sock) {
		server.Close() // what a child holds of what was accepted it would have inherited
		client.Wait(tcp.CloseWait)
		holders(t, client, []string{"one of ten"})
	})
	rule := append([]string{"close-wait-leak", "-w", "@1:"}, port(listener)...)
	r := judge(t, "hasty", rule...).of(t, "close-wait-leak")
	const command = waitingLine + " 'one of ten'"
	if p := r.Process; p == nil || tell(p.Cmdline) != command || p.Exe == nil || p.User == nil || p.Started == nil ||
		tell(r.Subject) != fmt.Sprintf("%v/%d", tell(p.Name), p.PID) {
		t.Errorf("subject %v, process %+v", tell(r.Subject), p)
	}
	a := ask(t, append([]string{"hasty", "check"}, rule...)...)
	if below := lines(a.stdout); !strings.HasPrefix(below[1], "WARNING: ") || !strings.HasPrefix(below[2], "  sh ..., user ") {
		t.Errorf("%s%s", a.stdout, a.stderr)
	}
	a = ask(t, append([]string{"hasty", "check", "--format", "prometheus"}, rule...)...)
	if strings.Contains(a.stdout, "one of ten") {
		t.Errorf("metrics with a command line:\n%s", a.stdout)
	}
	listening := judge(t, "tcpstat", "accept-queue").of(t, "accept-queue")
	if listening.Process != nil {
		t.Errorf("a listener is the process %+v", listening.Process)
	}
}

// What a command line may hold is recorded only where that was asked for. The rest is
// told again from the record.
func TestRecordCommandLines(t *testing.T) {
	nettest.Need(t)
	s := nettest.Listen(t, nettest.V4, 1)
	only := []string{"-lp", "--json", "sport", fmt.Sprint(s.Local.Port())}
	holders(t, s, []string{"password hunter2"})
	live := list(t, append([]string{"tcpstat"}, only...)...).Sockets[0].Processes[0]
	for _, keep := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "look")
		args := []string{"tcpstat", "--record", path}
		if keep {
			args = append(args, "--record-cmdline")
		}
		made := list(t, append(args, only...)...)
		d := list(t, append([]string{"tcpstat", "--replay", path}, only...)...)
		got := d.Sockets[0].Processes[0]
		if tell(got.Exe) != tell(live.Exe) || tell(got.Started) != tell(live.Started) || got.User == nil || got.Name != live.Name {
			t.Errorf("replayed %v %v %v, not %v %v", tell(got.Exe), tell(got.Started), tell(got.User), tell(live.Exe), tell(live.Started))
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := any(nil)
		if keep {
			want = tell(live.Cmdline)
		}
		missing := false
		for _, m := range d.Missing {
			missing = missing || m.Field == "processes.cmdline" && m.Reason == "not_recorded"
		}
		if tell(got.Cmdline) != want || tell(made.Sockets[0].Processes[0].Cmdline) != want || missing == keep || strings.Contains(string(text), "hunter2") != keep {
			t.Errorf("kept %t: replayed %v, missing %v", keep, tell(got.Cmdline), d.Missing)
		}
	}
}

// Details are read only of the owners of sockets that are shown. Of a record without
// command lines each that is read is counted as missing.
func TestDetailsOfShownOnly(t *testing.T) {
	nettest.Need(t)
	one, other := nettest.Listen(t, nettest.V4, 1), nettest.Listen(t, nettest.V4, 1)
	pid := holders(t, one, []string{"one"}, []string{"another"})[0]
	holders(t, other, []string{"other"})
	path := filepath.Join(t.TempDir(), "look")
	d := list(t, "tcpstat", "--record", path, "-lp", "--json", "process", fmt.Sprint(pid))
	want := document.Missing{Field: "processes.cmdline", Reason: "not_recorded", Sockets: new(uint(1))}
	if len(d.Sockets) != 1 || !cmp.Equal(d.Missing, []document.Missing{want}) {
		t.Errorf("%d sockets, missing %+v", len(d.Sockets), d.Missing)
	}
	m, err := inspect.Open(inspect.Options{Replay: path})
	if err != nil {
		t.Fatal(err)
	}
	for _, details := range []bool{false, true} {
		look := m.Look(inspect.Query{States: tcp.SetOf(tcp.Listen), Owners: true, Details: details})
		for _, err := range look.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
		read := slices.ContainsFunc(look.Tail().Missing, func(m listing.Missing) bool { return m.Field == "processes.cmdline" })
		if read != details {
			t.Errorf("details asked for: %t, read: %t", details, read)
		}
	}
}

// An event of a socket that has left still tells whose it was, though that has ended.
func TestWatchTellsOfEnded(t *testing.T) {
	listener := nettest.Listen(t, nettest.V4, 4)
	client, server := listener.Pair()
	local := server.Local
	client.Shutdown()
	server.Wait(tcp.CloseWait)
	pid := holders(t, server, []string{"leaking"})[0]
	w := startWatch(t, "CLOSE_WAIT", "-d", "50ms", "-p", only(listener))
	w.until("present", local, "CLOSE_WAIT")
	w.sample()
	if err := unix.Kill(int(pid), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	client.Close()
	left := w.lefts(local)
	if got := commandLines(&left.Socket); !slices.Equal(got, []string{waitingLine + " leaking"}) {
		t.Errorf("left: %q", got)
	}
	for _, m := range w.end().Missing {
		if strings.HasPrefix(m.Field, "processes.") {
			t.Errorf("missing %+v: it was read again when it had ended", m)
		}
	}
}
