package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcpstat/filter"
	"tcpstat/inspect"
	"tcpstat/internal/pty"
	"tcpstat/screen"
	"tcpstat/terminal"
)

// panics ARG... is tcpstat with a clock that panics when it has been asked often
// enough for some samples.
func panics(args []string) int {
	e, asked := environment(), 0
	e.now = func() time.Time {
		if asked++; asked > 40 {
			panic("the clock is broken")
		}
		return time.Now()
	}
	return run(context.Background(), args, e)
}

// job PROGRAM ARG... runs a program as a shell does: in a process group of its own, in
// the foreground of the terminal that standard output is.
func job(args []string) int {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args, cmd.Stdin, cmd.Stdout, cmd.Stderr = args, os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Foreground: true, Ctty: int(os.Stdout.Fd()), Pdeathsig: unix.SIGKILL}
	runtime.LockOSThread() // the parent whose death counts is a thread
	_ = cmd.Run()          // told by the exit code
	return cmd.ProcessState.ExitCode()
}

// session is a program at a terminal of its own, and what that has received.
type session struct {
	*exec.Cmd
	master, slave *os.File
	found         unix.Termios // before it began

	mu    sync.Mutex
	seen  []byte
	grown chan struct{} // it has seen more
	ended chan struct{} // the program has
}

// What the terminal receives first of all, and last.
const (
	enterScreen = "\x1b[?1049h"
	leaveScreen = "\x1b[?1049l"
)

// patience is how long something may take on a busy machine.
const patience = 20 * time.Second

// begin runs one of TestMain's programs at a terminal. Keys says whether its input is
// the terminal too.
func begin(t *testing.T, keys bool, args ...string) *session {
	t.Helper()
	master, slave, err := pty.Open(80)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{master: master, slave: slave, grown: make(chan struct{}, 1), ended: make(chan struct{})}
	s.found = s.modes(t)
	s.Cmd = exec.Command("/proc/self/exe")
	s.Args, s.Stdout, s.Stderr = args, slave, slave
	s.Env = []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8", "GORACE=" + os.Getenv("GORACE")}
	s.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 1}
	if keys {
		s.Stdin = slave
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	go s.listen()
	go func() {
		_ = s.Wait() // told by the exit code
		close(s.ended)
	}()
	t.Cleanup(func() {
		_ = s.Process.Kill() // if it has not ended
		<-s.ended
		slave.Close()
		master.Close()
	})
	return s
}

// listen keeps what the terminal receives.
func (s *session) listen() {
	buf := make([]byte, 64<<10)
	for {
		n, err := s.master.Read(buf)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.seen = append(s.seen, buf[:n]...)
		s.mu.Unlock()
		select {
		case s.grown <- struct{}{}:
		default:
		}
	}
}

// screen is what the terminal received since it was asked the last time.
func (s *session) screen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.seen)
}

func (s *session) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = nil
}

// await waits until the terminal has received some text.
func (s *session) await(t *testing.T, text string) {
	t.Helper()
	late := time.After(patience)
	for !strings.Contains(s.screen(), text) {
		select {
		case <-s.grown:
		case <-late:
			t.Fatalf("no %q in\n%q", text, s.screen())
		}
	}
}

// press forgets what was seen, and sends keys.
func (s *session) press(t *testing.T, keys string) {
	t.Helper()
	s.forget()
	if _, err := s.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// end waits for the end of the program, and gives its exit code.
func (s *session) end(t *testing.T) int {
	t.Helper()
	select {
	case <-s.ended:
	case <-time.After(patience):
		t.Fatalf("it does not end:\n%q", s.screen())
	}
	return s.ProcessState.ExitCode()
}

func (s *session) modes(t *testing.T) unix.Termios {
	t.Helper()
	modes, err := unix.IoctlGetTermios(int(s.slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *modes
}

// restored checks that the terminal is as it was found.
func (s *session) restored(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(s.found, s.modes(t)); diff != "" {
		t.Errorf("modes of the terminal (-before +after):\n%s", diff)
	}
}

func (s *session) resize(t *testing.T, columns, rows uint16) {
	t.Helper()
	s.forget()
	if err := unix.IoctlSetWinsize(int(s.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns}); err != nil {
		t.Fatal(err)
	}
}

// leakOne leaves a socket in CLOSE_WAIT until the end of the test.
func leakOne(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	client, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	client.Close()
}

// watchLeak begins a watch and waits for its first screen.
func watchLeak(t *testing.T, keys bool, program string, args ...string) *session {
	t.Helper()
	s := beginLeak(t, keys, program, args...)
	s.await(t, enterScreen)
	s.await(t, "Owner")
	return s
}

// beginLeak begins a watch, which may have come to its end before its first screen.
func beginLeak(t *testing.T, keys bool, program string, args ...string) *session {
	t.Helper()
	leakOne(t)
	return begin(t, keys, append([]string{program, "--watch", "CLOSE_WAIT", "-d", "50ms", "--color", "never"}, args...)...)
}

// However a watch ends, the terminal is as it was found, and what is said at the end
// stands on the normal screen.
func TestWatchScreenEnds(t *testing.T) {
	for _, tt := range []struct {
		name    string
		program string
		flags   []string
		keys    string
		signal  os.Signal
		code    int
		said    string
	}{
		{name: "q", keys: "q", said: "summary CLOSE_WAIT"},
		{name: "Ctrl-C", keys: "\x03", said: "summary CLOSE_WAIT"},
		{name: "INT", signal: unix.SIGINT, said: "summary CLOSE_WAIT"},
		{name: "TERM", signal: unix.SIGTERM, said: "summary CLOSE_WAIT"},
		{name: "HUP", signal: unix.SIGHUP, said: "summary CLOSE_WAIT"},
		{name: "QUIT", signal: unix.SIGQUIT, said: "summary CLOSE_WAIT"},
		{name: "count", flags: []string{"--count", "8"}, said: "summary CLOSE_WAIT"},
		{name: "until", flags: []string{"--until", "count > 1000", "--for", "300ms"}, code: exitNone, said: "summary CLOSE_WAIT"},
		{name: "panic", program: "panics", code: 2, said: "panic: the clock is broken"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			program := "tcpstat"
			if tt.program != "" {
				program = tt.program
			}
			start := watchLeak
			if tt.keys == "" && tt.signal == nil {
				start = beginLeak
			}
			s := start(t, true, program, tt.flags...)
			if tt.keys != "" {
				if s.modes(t) == s.found {
					t.Error("the terminal gives lines, and not keys")
				}
				s.press(t, tt.keys)
			}
			if tt.signal != nil {
				if err := s.Process.Signal(tt.signal); err != nil {
					t.Fatal(err)
				}
			}
			if code := s.end(t); code != tt.code {
				t.Errorf("exit code %d", code)
			}
			s.await(t, tt.said)
			before, after, left := strings.Cut(s.screen(), leaveScreen)
			if !left || strings.Contains(before, tt.said) || strings.Contains(after, "\x1b[?") {
				t.Errorf("%v before %q and after it %q", left, leaveScreen, after)
			}
			s.restored(t)
		})
	}
}

func TestWatchScreenKeys(t *testing.T) {
	s := watchLeak(t, true, "tcpstat", "-d", "1h") // nothing but keys and sizes makes it draw
	s.press(t, "s")
	s.await(t, "sort: process")
	s.press(t, "/nobody")
	s.await(t, "/nobody_")
	s.await(t, "matches the filter")
	s.press(t, "\x1b")
	s.await(t, "q quit")
	s.await(t, "127.0.0.1:")
	s.press(t, " ")
	s.await(t, "paused")
	s.resize(t, 20, 5)
	s.await(t, "too small")
	s.resize(t, 200, 50)
	s.await(t, "Recv-Q")
	s.resize(t, 80, 24)
	s.await(t, "Owner")
	s.press(t, "q")
	if code := s.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.restored(t)
}

// Without a keyboard there is a screen all the same.
func TestWatchScreenNoKeyboard(t *testing.T) {
	s := watchLeak(t, false, "tcpstat")
	s.await(t, "no keyboard")
	s.restored(t)
	if err := s.Process.Signal(unix.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := s.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.await(t, leaveScreen)
	s.restored(t)
}

// Ctrl-Z gives the terminal back until the program is continued.
func TestWatchScreenSuspends(t *testing.T) {
	leakOne(t)
	s := begin(t, true, "job", "tcpstat", "--watch", "CLOSE_WAIT", "-d", "50ms", "--color", "never")
	s.await(t, enterScreen)
	s.await(t, "Owner")
	pid, err := unix.IoctlGetInt(int(s.master.Fd()), unix.TIOCGPGRP)
	if err != nil {
		t.Fatal(err)
	}
	for _, stop := range []func(){
		func() { s.press(t, "\x1a") },
		func() {
			s.forget()
			if err := unix.Kill(pid, unix.SIGTSTP); err != nil {
				t.Fatal(err)
			}
		},
	} {
		stop()
		s.await(t, leaveScreen)
		stopped(t, pid)
		s.restored(t)
		s.forget()
		if err := unix.Kill(pid, unix.SIGCONT); err != nil {
			t.Fatal(err)
		}
		s.await(t, enterScreen)
		s.await(t, "Owner")
		if s.modes(t) == s.found {
			t.Error("the terminal gives lines, and not keys")
		}
	}
	s.press(t, "q")
	s.end(t)
	s.restored(t)
}

// Without a shell that could continue it the program is not stopped: it would be for
// good.
func TestWatchScreenStaysWithoutShell(t *testing.T) {
	s := watchLeak(t, true, "tcpstat")
	s.press(t, "\x1a")
	s.await(t, leaveScreen)
	s.await(t, enterScreen)
	s.await(t, "Owner")
	s.press(t, "q")
	s.end(t)
	s.restored(t)
}

// stopped waits until a process is.
func stopped(t *testing.T, pid int) {
	t.Helper()
	for late := time.Now().Add(patience); time.Now().Before(late); time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil {
			t.Fatal(err)
		}
		if _, rest, _ := bytes.Cut(stat, []byte(") ")); rest[0] == 'T' {
			return
		}
	}
	t.Fatal("it does not stop")
}

// A screen that was open leaves nothing behind: descriptors, goroutines, modes of the
// terminal.
func TestWatchScreenLeavesNothing(t *testing.T) {
	master, slave, err := pty.Open(80)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	go func() { _, _ = io.Copy(io.Discard, master) }() // until it is closed
	modes := func() unix.Termios {
		modes, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		return *modes
	}
	found := modes()
	open := func(end func(*watchScreen, context.Context)) {
		s := &watchScreen{terminal: terminal.New(slave, slave, slave)}
		s.Screen = screen.New(s.terminal, io.Discard, screen.Style{}, filter.Names{})
		ctx, err := s.open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		s.Show(new(screen.Shot))
		end(s, ctx)
		s.close()
		s.close()
	}
	ends := []func(*watchScreen, context.Context){
		func(*watchScreen, context.Context) {},
		func(_ *watchScreen, ctx context.Context) {
			if _, err := master.WriteString("s/x\x1bq"); err != nil {
				t.Fatal(err)
			}
			<-ctx.Done()
		},
		func(s *watchScreen, _ context.Context) {
			defer func() {
				if recover() == nil {
					t.Error("the panic is gone")
				}
				if modes() != found {
					t.Error("a panic does not give the terminal back")
				}
			}()
			defer s.guard()
			panic("made")
		},
	}
	open(ends[0]) // what the runtime keeps for good: its goroutine for signals, epoll
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	for _, end := range ends {
		open(end)
		if diff := cmp.Diff(found, modes()); diff != "" {
			t.Errorf("modes of the terminal (-before +after):\n%s", diff)
		}
	}
	if left := slices.DeleteFunc(openFiles(t), func(f string) bool { return slices.Contains(files, f) }); len(left) > 0 {
		t.Errorf("left open: %q", left)
	}
	for late := time.Now().Add(patience); runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("%d goroutines, and %d before", runtime.NumGoroutine(), goroutines)
		}
	}
}

// A goroutine of the watch may have something to say at any time: while the screen is
// opened, while it is there, and while it is closed. All of it is said, once, and
// nothing before the terminal is given back.
func TestWatchScreenEndsWhileSaying(t *testing.T) {
	master, slave, err := pty.Open(80)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	go func() { _, _ = io.Copy(io.Discard, master) }() // until it is closed
	var stderr bytes.Buffer
	e := &env{stdout: slave, stderr: &stderr, display: slave, getenv: func(string) string { return "" }, now: time.Now}
	m, err := inspect.Open(inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := new(watchOptions).newWatchScreen(e, m)
	const each = 100
	var said sync.WaitGroup
	speak := func() {
		said.Go(func() {
			for range each {
				e.warn("a word")
				runtime.Gosched()
			}
		})
	}
	speak()
	said.Wait()
	if _, err := s.open(context.Background()); err != nil {
		t.Fatal(err)
	}
	before := stderr.Len()
	speak()
	said.Wait()
	if stderr.Len() != before {
		t.Error("something is said while there is a screen")
	}
	speak()
	s.close()
	speak()
	said.Wait()
	if n := strings.Count(stderr.String(), "tcpstat: a word\n"); n != 4*each {
		t.Errorf("%d words are said, and not %d", n, 4*each)
	}
}

// openFiles are the descriptors of this process, each with what it is. Those that other
// tests have left to the garbage collector may vanish at any time.
func openFiles(t *testing.T) (files []string) {
	t.Helper()
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range descriptors {
		if of, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil {
			files = append(files, fd.Name()+" "+of)
		}
	}
	return files
}
