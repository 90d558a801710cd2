package terminal

import (
	"io"
	"os"
	"runtime"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// Terminal is a terminal while a program draws all of it. It is safe for concurrent
// use.
type Terminal struct {
	w             io.Writer
	input, output int  // descriptors
	keyboard      bool // input is one

	mu    sync.Mutex  // guards what follows
	modes *term.State // as they were found; nil: they are not ours
	inUse bool

	lines []string // that are on it
	buf   []byte
}

// New makes a terminal of the one that is written to by w, which is as large as
// display. Without a keyboard (nil) no keys come.
func New(w io.Writer, display, keyboard *os.File) *Terminal {
	t := &Terminal{w: w, output: int(display.Fd())}
	if keyboard != nil {
		t.input, t.keyboard = int(keyboard.Fd()), true
	}
	return t
}

// Keyboard reports whether keys can come.
func (t *Terminal) Keyboard() bool { return t.keyboard }

// Sequences of DEC and xterm terminals. Those that a terminal does not know it
// passes over.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l\x1b[?7l" // the alternate screen, no cursor, no line wrap
	leaveScreen = "\x1b[?7h\x1b[?25h\x1b[?1049l"
	clearScreen = "\x1b[0m\x1b[2J"
	beginUpdate = "\x1b[?2026h" // show nothing of what follows
	endUpdate   = "\x1b[?2026l" // but all at once
)

// Enter takes the terminal.
func (t *Terminal) Enter() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keyboard {
		modes, err := term.MakeRaw(t.input)
		if err != nil {
			return err
		}
		if t.modes == nil {
			t.modes = modes
		}
	}
	t.inUse, t.lines = true, nil
	_, err := io.WriteString(t.w, enterScreen+clearScreen)
	return err
}

// Leave gives the terminal back as it was found. It may be called again, and without
// Enter.
func (t *Terminal) Leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.inUse {
		return
	}
	t.inUse = false
	_, _ = io.WriteString(t.w, leaveScreen) // what follows meets the same error
	if t.modes != nil {
		_ = term.Restore(t.input, t.modes) // the terminal is gone
		t.modes = nil
	}
}

// Guard is deferred in every goroutine while the terminal is taken, so that a panic
// gives it back, and can be read.
func (t *Terminal) Guard() {
	if p := recover(); p != nil {
		t.Leave()
		panic(p)
	}
}

// Size gives columns and rows, those of a VT100 where they are not known.
func (t *Terminal) Size() (columns, rows int) {
	columns, rows, err := term.GetSize(t.output)
	if err != nil || columns <= 0 || rows <= 0 {
		return 80, 24
	}
	return columns, rows
}

// forget has everything drawn anew: the screen is not as it was left.
func (t *Terminal) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = nil
}

// Show draws the lines that are not there yet, in one piece; nothing while the
// terminal is not taken.
func (t *Terminal) Show(lines []string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.inUse {
		return nil
	}
	t.buf = append(t.buf[:0], beginUpdate...)
	if t.lines == nil {
		t.buf = append(t.buf, clearScreen...)
	}
	before := len(t.buf)
	for i := range max(len(lines), len(t.lines)) {
		var line string
		if i < len(lines) {
			line = lines[i]
		}
		if i < len(t.lines) && line == t.lines[i] {
			continue
		}
		t.buf = append(strconv.AppendInt(append(t.buf, "\x1b["...), int64(i+1), 10), ";1H\x1b[K"...)
		t.buf = append(t.buf, line...)
	}
	changed := len(t.buf) > before || t.lines == nil
	t.lines = append(make([]string, 0, len(lines)), lines...)
	if !changed {
		return nil
	}
	_, err := t.w.Write(append(t.buf, endUpdate...))
	return err
}

// suspend stops the program as the terminal's Ctrl-Z does, and goes on when it is
// continued. Where no shell could do that, in an orphaned process group (POSIX.1, 2.4.3),
// the kernel stops nothing, and it goes on at once.
func (t *Terminal) suspend() error {
	t.Leave()
	// Sent to this very thread it takes effect before the call returns, and so before
	// the terminal is taken again. SIGTSTP itself is caught here, and SIGSTOP would stop
	// a process that nobody continues.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGTTIN); err != nil {
		return err
	}
	return t.Enter()
}
