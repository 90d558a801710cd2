package main

import (
	"io"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// fullScreen is a terminal while a program draws all of it. Input is one too, or
// there are no keys.
type fullScreen struct {
	input, output int // descriptors
	w             io.Writer
	keys          bool

	mu    sync.Mutex  // guards what follows
	modes *term.State // as they were found; nil: they are not ours
	inUse bool

	lines []string // that are on it
	buf   []byte
}

// Sequences of DEC and xterm terminals. Those that a terminal does not know it
// passes over.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l\x1b[?7l" // the alternate screen, no cursor, no line wrap
	leaveScreen = "\x1b[?7h\x1b[?25h\x1b[?1049l"
	clearScreen = "\x1b[0m\x1b[2J"
	beginUpdate = "\x1b[?2026h" // show nothing of what follows
	endUpdate   = "\x1b[?2026l" // but all at once
)

// enter takes the terminal.
func (s *fullScreen) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys {
		modes, err := term.MakeRaw(s.input)
		if err != nil {
			return err
		}
		if s.modes == nil {
			s.modes = modes
		}
	}
	s.inUse, s.lines = true, nil
	_, err := io.WriteString(s.w, enterScreen+clearScreen)
	return err
}

// leave gives the terminal back as it was found. It may be called again.
func (s *fullScreen) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.inUse {
		return
	}
	s.inUse = false
	_, _ = io.WriteString(s.w, leaveScreen) // what follows meets the same error
	if s.modes != nil {
		_ = term.Restore(s.input, s.modes) // the terminal is gone
		s.modes = nil
	}
}

// size gives columns and rows.
func (s *fullScreen) size() (columns, rows int) {
	columns, rows, err := term.GetSize(s.output)
	if err != nil || columns <= 0 || rows <= 0 {
		return 80, 24
	}
	return columns, rows
}

// forget has everything drawn anew: the screen is not as it was left.
func (s *fullScreen) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = nil
}

// show draws the lines that are not there yet, in one piece.
func (s *fullScreen) show(lines []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.inUse {
		return nil
	}
	s.buf = append(s.buf[:0], beginUpdate...)
	if s.lines == nil {
		s.buf = append(s.buf, clearScreen...)
	}
	before := len(s.buf)
	for i := range max(len(lines), len(s.lines)) {
		var line string
		if i < len(lines) {
			line = lines[i]
		}
		if i < len(s.lines) && line == s.lines[i] {
			continue
		}
		s.buf = append(strconv.AppendInt(append(s.buf, "\x1b["...), int64(i+1), 10), ";1H\x1b[K"...)
		s.buf = append(s.buf, line...)
	}
	changed := len(s.buf) > before || s.lines == nil
	s.lines = append(make([]string, 0, len(lines)), lines...)
	if !changed {
		return nil
	}
	_, err := s.w.Write(append(s.buf, endUpdate...))
	return err
}

// suspend stops the program as the terminal's Ctrl-Z does, and goes on when it is
// continued. Where no shell could do that, in an orphaned process group (POSIX.1, 2.4.3),
// the kernel stops nothing, and it goes on at once.
func (s *fullScreen) suspend() error {
	s.leave()
	// Sent to this very thread it takes effect before the call returns, and so before
	// the terminal is taken again. SIGTSTP itself is caught here, and SIGSTOP would stop
	// a process that nobody continues.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGTTIN); err != nil {
		return err
	}
	return s.enter()
}

// escapeWait is how long ESC may be the beginning of a key's sequence.
const escapeWait = 50 * time.Millisecond

// read hands over keys until take says that it is enough, wake can be read, or the
// terminal is gone.
func (s *fullScreen) read(wake *os.File, take func([]key) bool) {
	var pending []byte
	buf := make([]byte, 256)
	fds := []unix.PollFd{{Fd: int32(s.input), Events: unix.POLLIN}, {Fd: int32(wake.Fd()), Events: unix.POLLIN}}
	for {
		wait := -1
		if len(pending) > 0 {
			wait = int(escapeWait.Milliseconds())
		}
		ready, err := unix.Poll(fds, wait)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil || fds[1].Revents != 0:
			return
		case ready == 0: // nothing follows
			keys := []key{keyEscape}
			if pending[0] != 0x1b {
				keys = nil
			}
			more, _ := decodeKeys(pending[1:])
			if pending = nil; !take(append(keys, more...)) {
				return
			}
			continue
		}
		n, err := unix.Read(s.input, buf)
		switch {
		case err == unix.EINTR || err == unix.EAGAIN:
			continue
		case err != nil || n == 0:
			return
		}
		var keys []key
		keys, pending = decodeKeys(append(pending, buf[:n]...))
		pending = append([]byte(nil), pending...)
		if len(keys) > 0 && !take(keys) {
			return
		}
	}
}
