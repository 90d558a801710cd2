package main

import (
	"io"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"tcpstat/document"
	"tcpstat/internal/nettest"
)

// pretendVar makes the test binary a process of that name.
const pretendVar = "TCPSTAT_TEST_PRETEND"

// pretend takes a name, says so with one byte, and waits until its standard
// input ends.
func pretend(name string) error {
	// The name of the process is that of its first thread.
	if err := os.WriteFile("/proc/self/comm", []byte(name), 0); err != nil {
		return err
	}
	if _, err := os.Stdout.Write([]byte{'.'}); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	os.Exit(0)
	return nil
}

// hostileArguments are those of each process: what acts on a terminal, breaks lines,
// is no UTF-8, and is longer than what is kept.
var hostileArguments = []string{"\x1b[2J", "two\nlines", "\xff\xfe", "", "it's", strings.Repeat("long", 16<<10)}

// heldBy passes a socket on to a process of that name, which lives until the
// test ends.
func heldBy(t *testing.T, name string, s *nettest.Sock) (pid int) {
	t.Helper()
	inherited, err := unix.FcntlInt(uintptr(s.FD), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(inherited), "socket")
	defer file.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = append([]string{name}, hostileArguments...)
	cmd.Env = append(os.Environ(), pretendVar+"="+name)
	cmd.ExtraFiles = []*os.File{file}
	_, stdout := nettest.Start(t, cmd)
	if _, err := io.ReadFull(stdout, make([]byte, 1)); err != nil {
		t.Fatalf("%q: %v", name, err)
	}
	s.Close()
	return cmd.Process.Pid
}

// Names are foreign text. None of them reaches a terminal as it is, breaks a
// line, or makes JSON invalid.
func TestHostileNames(t *testing.T) {
	nettest.Need(t)
	listeners := map[netip.AddrPort]document.Process{}
	for _, name := range []string{
		"\x1b[31mred", "two\nlines", "\x1b]0;title\a", `quo"te\`, "we)ird (na", "tab\tcr\r", "\x7f\x08\x08", "\xff\xfe\x80", "\u009b31m",
		"\u202egnp.exe", "한글 name", " - ", "a/b",
	} {
		s := nettest.Listen(t, nettest.V4, 1)
		at := s.Local
		listeners[at] = document.Process{PID: int32(heldBy(t, name, s)), Name: name, FD: 3}
	}

	pipe := answerOf(t, "tcpstat", "-lnp")
	for at, p := range listeners {
		row := rowAt(t, pipe.stdout, at)
		if fields := strings.Fields(row); fields[5] != "LISTEN" || !strings.HasPrefix(fields[6], strconv.Itoa(int(p.PID))+"/") {
			t.Errorf("%q has the row %q", p.Name, row)
		}
	}
	for _, args := range [][]string{
		{"tcpstat", "-lnp"},
		{"tcpstat", "-lnpoe", "--explain"},
		{"terminal", "80", "tcpstat", "-lnpoe", "--explain", "--color", "never"},
		{"terminal", "200", "tcpstat", "-lnp", "--color", "never"},
		{"tcpstat", "-l", "--columns", "local,exe,cmdline,euser,started"},
		{"terminal", "80", "tcpstat", "-l", "--columns", "local,exe,cmdline,euser,started", "--color", "never"},
	} {
		if a := answerOf(t, args...); unprintable(a.stdout) || unprintable(a.stderr) {
			t.Errorf("%q: %q%q", args, a.stdout, a.stderr)
		}
	}

	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range list(t, "tcpstat", "-lnp", "--json").Sockets {
		local, _ := s.Local.AddrPort(), s.Remote.AddrPort()
		want, ours := listeners[local]
		if !ours {
			continue
		}
		found++
		if len(s.Processes) != 1 {
			t.Errorf("%q: processes %+v", want.Name, s.Processes)
			continue
		}
		// JSON is UTF-8. How many marks stand for what is not, is free.
		got := s.Processes[0]
		want.Name = strings.ToValidUTF8(want.Name, "\ufffd")
		got.Name = regexp.MustCompile("\ufffd+").ReplaceAllString(got.Name, "\ufffd")
		if got.PID != want.PID || got.Name != want.Name || got.FD != want.FD {
			t.Errorf("process %+v, not %+v", got, want)
		}
		const arguments = " '\x1b[2J' 'two\nlines' '\ufffd\ufffd' '' 'it'\\''s' longlong"
		if got.Cmdline == nil || !strings.Contains(*got.Cmdline, arguments) || !strings.HasSuffix(*got.Cmdline, "…") || len(*got.Cmdline) > 3*4096 {
			t.Errorf("%q: command line %.200q", want.Name, tell(got.Cmdline))
		}
		if tell(got.Exe) != exe || got.User == nil || got.Started == nil {
			t.Errorf("%q: executable %v, user %v, started %v", want.Name, tell(got.Exe), tell(got.User), tell(got.Started))
		}
	}
	if found != len(listeners) {
		t.Errorf("%d listeners of %d", found, len(listeners))
	}
}

// What is said of a hostile word is two short lines.
func TestHostileWords(t *testing.T) {
	for _, word := range []string{"\x1b[31mred\n\a", "\xff\xfe", "\u202exyz", strings.Repeat("long", 20_000), ""} {
		for _, args := range [][]string{
			{word},
			{"-an", word},
			{"--" + word + "x"},
			{"-" + word + "x"},
			{"explain", word + "x"},
			{"--proc", "/" + word + "nowhere"},
			{"--sort", word + "x"},
			{"-an", "--top", word},
		} {
			a := ask(t, append([]string{"tcpstat"}, args...)...)
			if a.code == 0 || a.stdout != "" || unprintable(a.stderr) || len(lines(a.stderr)) != 2 || len(a.stderr) > 3000 {
				t.Errorf("%.80q: exit code %d, stdout %.80q, stderr %.200q", args, a.code, a.stdout, a.stderr)
			}
		}
	}
}

// rowAt is the one row of a listener.
func rowAt(t *testing.T, text string, at netip.AddrPort) string {
	t.Helper()
	var rows []string
	for _, line := range lines(text) {
		if strings.Contains(line, " "+at.String()+" ") {
			rows = append(rows, line)
		}
	}
	if len(rows) != 1 {
		t.Fatalf("%d rows of %v in %q", len(rows), at, text)
	}
	return rows[0]
}

// unprintable reports whether a text could do more to a terminal than fill its
// lines.
func unprintable(text string) bool {
	if !utf8.ValidString(text) {
		return true
	}
	return strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029')
	})
}
