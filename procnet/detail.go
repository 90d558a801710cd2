package procnet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tcpstat/tcp"
)

// Unread is a detail of a process that could not be read, and why.
type Unread struct {
	Detail string // its key in JSON: exe, cmdline, user or started
	Err    error  // fs.ErrPermission, fs.ErrNotExist, ESRCH of a process that has ended
}

// detailed is a process with its details.
type detailed struct {
	process tcp.Process
	unread  []Unread
}

// Detailed is [Processes.Get] with the details: /proc/PID/exe, cmdline, status and
// stat. It takes several times as long, so that it is for processes that are shown.
// Exe needs the permission to trace the process, the others need none. Of a record
// cmdline is there only where it was asked for.
func (ps *Processes) Detailed(pid int32) (*tcp.Process, []Unread) {
	d := ps.detailed[pid]
	if d == nil {
		d = ps.detail(pid)
		ps.detailed[pid] = d
	}
	return &d.process, d.unread
}

func (ps *Processes) detail(pid int32) *detailed {
	found, _ := ps.Get(pid)
	d := &detailed{process: *found}
	p := &d.process
	line, cmdlineErr := ps.words(pid)
	if cmdlineErr == nil {
		p.Cmdline = tcp.Some(quoteWords(line))
	}
	exe, exeErr := ps.executable(pid)
	p.Exe = exe
	if kernelThread := cmdlineErr == nil && len(line) == 0; kernelThread && errors.Is(exeErr, fs.ErrNotExist) {
		exeErr = nil
	}
	uid, userErr := ps.userID(pid)
	if userErr == nil {
		p.User = ps.userName(uid)
	}
	started, startErr := ps.started(pid)
	p.Started = started
	for _, u := range []Unread{{"exe", exeErr}, {"cmdline", cmdlineErr}, {"user", userErr}, {"started", startErr}} {
		if u.Err != nil {
			d.unread = append(d.unread, u)
		}
	}
	return d
}

// maxCommandLine is how much is kept of a command line, in bytes. It can be of any
// length: a process chooses what part of its memory is shown there.
const maxCommandLine = 4 << 10

// CommandLine reads what is kept of /proc/PID/cmdline: words with a NUL behind each,
// or whatever text the process has put there. One that goes on is a byte longer than
// what is kept.
func (p Proc) CommandLine(pid int32) ([]byte, error) {
	return p.commandLine(pid, make([]byte, maxCommandLine+1))
}

// commandLine is CommandLine into a buffer.
func (p Proc) commandLine(pid int32, buffer []byte) ([]byte, error) {
	return p.beginning(processFile(pid, "cmdline"), buffer)
}

// beginning reads a file into a buffer, as far as it has room.
func (p Proc) beginning(name string, buffer []byte) ([]byte, error) {
	f, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n, err := io.ReadFull(f, buffer)
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return buffer[:n], err
}

func processFile(pid int32, name string) string { return strconv.Itoa(int(pid)) + "/" + name }

// words gives the command line, valid until the next one is read.
func (ps *Processes) words(pid int32) ([]byte, error) {
	line, err := ps.proc.commandLine(pid, ps.buffer[:])
	if err == nil && ps.dir == "" && len(line) > 0 && bytes.IndexByte(line, 0) < 0 {
		return nil, fmt.Errorf("all but the first word: %w", fs.ErrNotExist) // as RecordedCommand keeps it
	}
	return line, err
}

// RecordedCommand is a command line as a record keeps it: all of it, or without its
// arguments, which may hold secrets. What keeps them has a NUL.
func RecordedCommand(line []byte, arguments bool) []byte {
	first, _, several := bytes.Cut(line, []byte{0})
	switch {
	case !arguments:
		return first
	case !several && len(line) > 0:
		return append(line[:len(line):len(line)], 0)
	}
	return line
}

// cutMark stands behind a command line that goes on. A word with that letter is
// quoted.
const cutMark = "…"

// quoteWords joins the words of a command line as a shell would take them. The NULs at
// the end may be words without a letter, or what a title has overwritten; they are
// left out.
func quoteWords(line []byte) string {
	if len(line) == 0 {
		return ""
	}
	mark := ""
	if len(line) > maxCommandLine {
		line, mark = wholeLetters(line[:maxCommandLine]), cutMark
	}
	var quoted []byte
	for i, word := range strings.Split(strings.TrimRight(string(line), "\x00"), "\x00") {
		if i > 0 {
			quoted = append(quoted, ' ')
		}
		quoted = appendQuotedWord(quoted, word)
	}
	return string(quoted) + mark
}

// wholeLetters leaves out the beginning of a letter at the end.
func wholeLetters(text []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if last := text[len(text)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return text[:len(text)-n]
			}
			break
		}
	}
	return text
}

func appendQuotedWord(dst []byte, word string) []byte {
	if word != "" && !strings.ContainsFunc(word, special) {
		return append(dst, word...)
	}
	dst = append(dst, '\'')
	dst = append(dst, strings.ReplaceAll(word, "'", `'\''`)...)
	return append(dst, '\'')
}

// special reports whether a letter may mean something to a shell.
func special(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_@%+=:,./-", r)
}

// Executable reads the link /proc/PID/exe. One whose file was removed ends in
// " (deleted)". It needs the permission to trace the process.
func (p Proc) Executable(pid int32) (string, error) {
	return fs.ReadLink(p.fsys, processFile(pid, "exe"))
}

// maxHead is more than what stands before the end of the lines that are read of
// /proc/PID/status and stat.
const maxHead = 4 << 10

// userID reads the effective user in /proc/PID/status.
func (p Proc) userID(pid int32) (uint32, error) {
	const effective = 1
	name := processFile(pid, "status")
	text, err := p.beginning(name, make([]byte, maxHead))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		if numbers, found := bytes.CutPrefix(line, []byte("Uid:")); found {
			uid, ok := field(numbers, effective, math.MaxUint32)
			return uint32(uid), p.want(ok, name, "the numbers of users", line)
		}
	}
	return 0, p.want(false, name, "a line Uid", nil)
}

// started tells when a process was started, exact to a second. Gopsutil adds the time
// since boot to a boot time that it takes from the clock, so that the same process may
// have started a second later when it is asked again.
func (ps *Processes) started(pid int32) (time.Time, error) {
	stat, err := ps.proc.Stat(pid)
	if err != nil {
		return time.Time{}, err
	}
	boot, known := ps.booted.Get()
	if !known {
		if boot, err = ps.proc.BootTime(); err != nil {
			return time.Time{}, err
		}
		ps.booted = tcp.Some(boot)
	}
	return boot.Add(time.Duration(stat.StartTicks/ticksPerSecond) * time.Second), nil
}

// field gives one of the numbers in a line, from 0.
func field(line []byte, n int, highest uint64) (uint64, bool) {
	fields := bytes.Fields(line)
	if len(fields) <= n {
		return 0, false
	}
	return parseDecimal(fields[n], highest)
}

// want is the error of a file in which something is not found.
func (p Proc) want(found bool, name, what string, text []byte) error {
	if found {
		return nil
	}
	return fmt.Errorf("%s: want %s: %q", p.path(name), what, text[:min(len(text), maxText)])
}

// BootTime reads when the machine was started, line btime of /proc/stat.
func (p Proc) BootTime() (time.Time, error) {
	f, err := p.open("stat")
	if err != nil {
		return time.Time{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCopy))
	if err != nil {
		return time.Time{}, err
	}
	for line := range bytes.Lines(text) {
		if number, found := bytes.CutPrefix(line, []byte("btime ")); found {
			seconds, ok := field(number, 0, 1<<40)
			return time.Unix(int64(seconds), 0).UTC(), p.want(ok, "stat", "a time in seconds", line)
		}
	}
	return time.Time{}, p.want(false, "stat", "a line btime", nil)
}
