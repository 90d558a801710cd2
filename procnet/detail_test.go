package procnet

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"tcpstat/tcp"
)

// unreadOf names the details that are not known.
func unreadOf(list []Unread) (names string) {
	for _, u := range list {
		names += " " + u.Detail
	}
	return strings.TrimSpace(names)
}

func compareDetails(t *testing.T, got *tcp.Process, unread []Unread, want tcp.Process, missing string) {
	t.Helper()
	if diff := cmp.Diff(want, *got, cmp.AllowUnexported(tcp.Opt[string]{})); diff != "" || unreadOf(unread) != missing {
		t.Errorf("process %d lacks %q, not %q:\n%s", got.PID, unreadOf(unread), missing, diff)
	}
}

const processStat = "S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 1250 9"

func TestDetails(t *testing.T) {
	p := bundle(t, map[string]string{
		"stat":      "cpu  1 2 3\nintr 5 6\nbtime 1700000000\nprocesses 7\n",
		"1/comm":    "init\n",
		"1/cmdline": "/sbin/init\x00--log level\x00\x00it's\x00",
		"1/status":  "Name:\tinit\nUid:\t0\t4294967294\t0\t0\n",
		"1/stat":    "1 (in) it (x) S) " + processStat,
		"2/comm":    "kthreadd\n",
		"2/cmdline": "",
		"2/status":  "Name:\tkthreadd\nUid:\t0\t0\t0\t0\n",
		"2/stat":    "2 (kthreadd) " + processStat,
		"3/comm":    "damaged\n",
		"3/cmdline": "nginx: worker process",
		"3/status":  "Name:\tdamaged\nUid:\n",
		"3/stat":    "3 (damaged) S 1 2",
		"4/comm":    "damaged\n",
		"4/cmdline": "damaged\x00",
		"4/status":  "State:\t\n",
		"4/stat":    "4 (damaged) " + strings.Replace(processStat, "1250", "99999999999999999999", 1),
	})
	if err := os.Symlink("/sbin/init (deleted)", p.path("1/exe")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/usr/sbin/ng\x1binx\n", p.path("3/exe")); err != nil {
		t.Fatal(err)
	}
	started := time.Unix(1700000012, 0).UTC()
	ps := p.Processes()
	for _, want := range []struct {
		tcp.Process
		missing string
	}{
		{tcp.Process{
			PID: 1, Name: "init", Command: "/sbin/init", Exe: "/sbin/init (deleted)", User: "4294967294", Started: started,
			Cmdline: tcp.Some(`/sbin/init '--log level' '' 'it'\''s'`),
		}, ""},
		{tcp.Process{PID: 2, Name: "kthreadd", Cmdline: tcp.Some(""), User: "0", Started: started}, ""},
		{tcp.Process{
			PID: 3, Name: "damaged", Command: "nginx: worker process", Exe: "/usr/sbin/ng\x1binx\n",
			Cmdline: tcp.Some("'nginx: worker process'"),
		}, "user started"},
		{tcp.Process{PID: 4, Name: "damaged", Command: "damaged", Cmdline: tcp.Some("damaged")}, "exe user started"},
		{tcp.Process{PID: 5}, "exe cmdline user started"},
	} {
		got, unread := ps.Detailed(want.PID)
		compareDetails(t, got, unread, want.Process, want.missing)
	}
}

// Without a boot time no start is known, and a record that has only the first word
// of a command does not pass it off as the command.
func TestDetailsOfRecord(t *testing.T) {
	files := linksOf(map[string]string{"1/exe": "/bin/a", "2/exe": "/bin/b"})
	for name, text := range map[string]string{
		"1/comm": "a\n", "1/cmdline": "/bin/a", "1/status": "Uid:\t7\t8\t9\t10\n", "1/stat": "1 (a) " + processStat,
		"2/comm": "b\n", "2/cmdline": "/bin/b\x00-x\x00",
		"3/comm": "c\n", "3/cmdline": "",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	ps := New(files, "net").Processes()
	got, unread := ps.Detailed(1)
	compareDetails(t, got, unread, tcp.Process{PID: 1, Name: "a", Command: "/bin/a", Exe: "/bin/a", User: "8"}, "cmdline started")
	got, unread = ps.Detailed(2)
	compareDetails(t, got, unread, tcp.Process{PID: 2, Name: "b", Command: "/bin/b", Exe: "/bin/b", Cmdline: tcp.Some("/bin/b -x")}, "user started")
	got, unread = ps.Detailed(3)
	compareDetails(t, got, unread, tcp.Process{PID: 3, Name: "c", Cmdline: tcp.Some("")}, "user started")
}

func TestRecordedCommand(t *testing.T) {
	for line, want := range map[string][2]string{
		"a\x00secret\x00": {"a", "a\x00secret\x00"},
		"a\x00":           {"a", "a\x00"},
		"title of mine":   {"title of mine", "title of mine\x00"},
		"":                {"", ""},
	} {
		for i, arguments := range []bool{false, true} {
			if got := RecordedCommand([]byte(line), arguments); string(got) != want[i] {
				t.Errorf("%q: %q, not %q", line, got, want[i])
			}
		}
	}
}

func TestQuoteWords(t *testing.T) {
	const most = maxCommandLine
	for line, want := range map[string]string{
		"":                              "",
		"\x00":                          "''",
		"a\x00":                         "a",
		"a\x00b\x00\x00\x00":            "a b",
		"a b\x00'\x00$(c)\x00~\x00":     `'a b' ''\''' '$(c)' '~'`,
		"--x=1,2:3@4%5+6./_-\x00…\x00":  "--x=1,2:3@4%5+6./_- '…'",
		"\x1b[2J\x00\xff\x00two\nl\x00": "'\x1b[2J' '\xff' 'two\nl'",
		strings.Repeat("x", most):       strings.Repeat("x", most),
		strings.Repeat("x", most+1):     strings.Repeat("x", most) + "…",
		// A letter that is cut in two is left out, a byte that is none is not.
		strings.Repeat("x", most-2) + "한" + "y":   strings.Repeat("x", most-2) + "…",
		strings.Repeat("x", most-1) + "\xffyyyyy": "'" + strings.Repeat("x", most-1) + "\xff'…",
	} {
		line := line[:min(len(line), most+1)]
		if got := quoteWords([]byte(line)); got != want {
			t.Errorf("%.40q is %.80q, not %.80q", line, got, want)
		}
	}
}

// What a shell makes of a command line are its words.
func TestQuotedForShell(t *testing.T) {
	for _, words := range [][]string{
		{"a", "", "b c", "it's", `back\slash`, "$HOME", "*", "~", "#", "two\nlines", "\x1b[31m", "-n", "!x", "한"},
		{"''", `"`, "'", "a=b", "{a,b}", "[x]"},
	} {
		line := quoteWords([]byte(strings.Join(words, "\x00") + "\x00"))
		out, err := exec.Command("sh", "-c", `for word in `+line+`; do printf '%s\0' "$word"; done`).Output()
		if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); err != nil || !slices.Equal(got, words) {
			t.Errorf("%s: %q, not %q, %v", line, got, words, err)
		}
	}
}

func TestOwnDetails(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	got, unread := Self().Processes().Detailed(int32(os.Getpid()))
	want := quoteWords([]byte(strings.Join(os.Args, "\x00") + "\x00"))
	if got.Exe != exe || got.Cmdline.Or("") != want || unread != nil {
		t.Errorf("got %+v, %v, want %s and %s", got, unread, exe, want)
	}
	name := strconv.Itoa(os.Geteuid())
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if got.User != name {
		t.Errorf("user %q, not %q", got.User, name)
	}
}

// The start is that of the clock, but for the second that the boot time is exact to.
func TestStarted(t *testing.T) {
	before := time.Now()
	c := start(t, newChild("hold"))
	var pid int32
	c.line(t, &pid)
	after := time.Now()
	got, _ := Self().Processes().Detailed(pid)
	if got.Started.Before(before.Add(-3*time.Second)) || got.Started.After(after.Add(time.Second)) {
		t.Errorf("started at %v, between %v and %v", got.Started, before, after)
	}
}

// Two readers tell the same of every process here: gopsutil's and ours.
func TestDetailsTwoWays(t *testing.T) {
	pids, err := Self().pids()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, pid := range pids {
		before, _ := Self().Processes().Detailed(pid)
		ours, _ := New(os.DirFS("/proc"), "self/net").Processes().Detailed(pid)
		after, _ := Self().Processes().Detailed(pid)
		if *before != *after {
			continue // it did not stand still
		}
		compared++
		got, want := *ours, *before
		if u, err := user.Lookup(want.User); err == nil {
			want.User = u.Uid
		}
		if got.Cmdline == (tcp.Opt[string]{}) {
			got.Cmdline = want.Cmdline // a title without a NUL, as RecordedCommand would not keep it
		}
		if got != want {
			t.Errorf("process %d is %+v, not %+v", pid, got, want)
		}
	}
	if compared == 0 {
		t.Error("no process stood still")
	}
}

// retitle writes over its arguments, as setproctitle does.
func retitle() error {
	length := 0
	for _, arg := range os.Args {
		length += len(arg) + 1
	}
	area := unsafe.Slice(unsafe.StringData(os.Args[0]), length)
	clear(area)
	copy(area, "worker: \x1b[1mbusy")
	return hold()
}

func TestRetitled(t *testing.T) {
	cmd := newChild("retitle")
	cmd.Args = []string{"a-name-with-room-for-a-title", "secret", "words"}
	c := start(t, cmd)
	var pid int32
	c.line(t, &pid)
	if got, unread := Self().Processes().Detailed(pid); got.Cmdline != tcp.Some("'worker: \x1b[1mbusy'") || unread != nil {
		t.Errorf("got %+v, %v", got, unread)
	}
}

// Arguments of 64 KiB are cut, whether gopsutil would read the name or all of them.
func TestLongArguments(t *testing.T) {
	for _, name := range []string{"short", "a-name-longer-than-comm"} {
		cmd := newChild("hold")
		cmd.Args = []string{name, strings.Repeat("\xff\x1b\n", 64<<10/3)}
		c := start(t, cmd)
		var pid int32
		c.line(t, &pid)
		got, unread := Self().Processes().Detailed(pid)
		line := got.Cmdline.Or("")
		if got.Command != name || !strings.HasPrefix(line, name+" '\xff\x1b\n\xff") || !strings.HasSuffix(line, "'…") || len(line) > maxCommandLine+10 || unread != nil {
			t.Errorf("command %q, line %.60q of %d bytes, %v", got.Command, line, len(line), unread)
		}
	}
}

func TestDeletedExecutable(t *testing.T) {
	own, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(name, own, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := newChild("hold")
	cmd.Path = name
	c := start(t, cmd)
	var pid int32
	c.line(t, &pid)
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if got, unread := Self().Processes().Detailed(pid); got.Exe != name+" (deleted)" || unread != nil {
		t.Errorf("got %+v, %v", got, unread)
	}
}

// A process that ends after its name was read has no details, and an error for each.
func TestEndedBeforeDetails(t *testing.T) {
	c := start(t, newChild("hold"))
	var pid int32
	c.line(t, &pid)
	ps := Self().Processes()
	if _, ok := ps.Get(pid); !ok {
		t.Fatal("it is not there")
	}
	if err := errors.Join(c.Process.Kill(), ignored(c.Process.Wait())); err != nil {
		t.Fatal(err)
	}
	got, unread := ps.Detailed(pid)
	if got.Name == "" || got.Exe != "" || got.Cmdline != (tcp.Opt[string]{}) || got.User != "" || !got.Started.IsZero() || len(unread) != 4 {
		t.Errorf("got %+v, %v", got, unread)
	}
	for _, u := range unread {
		if !errors.Is(u.Err, fs.ErrNotExist) && !errors.Is(u.Err, syscall.ESRCH) {
			t.Errorf("%s: %v", u.Detail, u.Err)
		}
	}
}

func ignored(_ *os.ProcessState, err error) error { return err }

// describe prints what it may know of its parent.
func describe() error {
	p, unread := Self().Processes().Detailed(int32(os.Getppid()))
	_, err := fmt.Printf("%q\n%q\n%s\n%t\n%s\n", p.Exe, p.Cmdline.Or(""), p.User, p.Started.IsZero(), unreadOf(unread))
	if len(unread) == 1 && !errors.Is(unread[0].Err, fs.ErrPermission) {
		return unread[0].Err
	}
	return err
}

// Of a process of another user everything but the executable may be read.
func TestDetailsAsNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to be nobody: run the tests as root")
	}
	cmd := newChild("describe")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	own, _ := Self().Processes().Detailed(int32(os.Getpid()))
	for _, want := range []string{`""`, strconv.Quote(own.Cmdline.Or("")), own.User, "false", "exe"} {
		if lines.Scan(); lines.Text() != want {
			t.Errorf("%s, not %s", lines.Text(), want)
		}
	}
}

// switchUser goes on as nobody, as a program that is setuid does.
func switchUser() error {
	if err := syscall.Setresuid(-1, nobody, -1); err != nil {
		return err
	}
	return hold()
}

func TestEffectiveUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to be nobody: run the tests as root")
	}
	c := start(t, newChild("switchUser"))
	var pid int32
	c.line(t, &pid)
	want := strconv.Itoa(nobody)
	if u, err := user.LookupId(want); err == nil {
		want = u.Username
	}
	if got, _ := Self().Processes().Detailed(pid); got.User != want {
		t.Errorf("user %q, not %q", got.User, want)
	}
}

func FuzzDetails(f *testing.F) {
	f.Add("Uid:\t0\t0\t0\t0\n", "1 (x) "+processStat, "a\x00b\x00", "btime 17\n")
	f.Add("Uid:", "1 (x)", "", "btime")
	f.Add("Uid:\t-1 99999999999\n", ")", "\xff'\x00", "btime "+strconv.Itoa(math.MaxInt64))
	f.Fuzz(func(t *testing.T, status, stat, cmdline, machine string) {
		files := linksOf(nil)
		for name, text := range map[string]string{"stat": machine, "1/comm": "x\n", "1/status": status, "1/stat": stat, "1/cmdline": cmdline} {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		p, unread := New(files, "net").Processes().Detailed(1)
		known := map[string]bool{
			"exe": p.Exe != "", "cmdline": p.Cmdline != tcp.Opt[string]{}, "user": p.User != "", "started": !p.Started.IsZero(),
		}
		for _, u := range unread {
			if known[u.Detail] {
				t.Errorf("%s is known, and %v", u.Detail, u.Err)
			}
			known[u.Detail] = true
		}
		delete(known, "exe") // a kernel thread has none, and lacks none
		for detail, told := range known {
			if !told {
				t.Errorf("%s is neither known nor missing", detail)
			}
		}
		if len(p.Cmdline.Or("")) > 4*maxCommandLine+10 {
			t.Errorf("a command line of %d bytes", len(p.Cmdline.Or("")))
		}
	})
}
