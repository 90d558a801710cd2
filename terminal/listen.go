package terminal

import (
	"os"
	"os/signal"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Listen hands over keys until stop is called, which waits until nothing reads the
// terminal any more. No keys at all: what is shown is to be drawn again. The channel
// is closed when the terminal is gone, or a signal asks the program to end as it would
// be (SIGHUP, SIGQUIT). Ctrl-L and Ctrl-Z are answered here.
func (t *Terminal) Listen() (keys <-chan []Key, stop func()) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGWINCH, unix.SIGTSTP, unix.SIGCONT, unix.SIGHUP, unix.SIGQUIT)
	l := &listener{Terminal: t, signals: signals, heard: make(chan []Key), enough: make(chan struct{})}
	hush := l.readKeys()
	left := make(chan struct{})
	go func() {
		defer close(left)
		defer t.Guard()
		defer close(l.heard)
		l.serve()
	}()
	return l.heard, func() {
		signal.Stop(signals)
		close(l.enough)
		<-left
		hush()
	}
}

// listener hands over what comes from one terminal.
type listener struct {
	*Terminal
	signals <-chan os.Signal
	typed   chan []Key // nil: no key ever comes
	heard   chan []Key // what is handed over
	enough  chan struct{}
}

// serve takes keys and signals until it is enough.
func (l *listener) serve() {
	for {
		var keys []Key
		select {
		case <-l.enough:
			return
		case pressed, open := <-l.typed:
			if !open {
				return
			}
			keys = slices.DeleteFunc(pressed, l.answer)
		case sig := <-l.signals:
			if !l.obey(sig) {
				return
			}
		}
		if !l.hand(l.heard, keys) {
			return
		}
	}
}

// hand hands over keys, and reports whether more are wanted.
func (l *listener) hand(to chan<- []Key, keys []Key) bool {
	select {
	case to <- keys:
		return true
	case <-l.enough:
		return false
	}
}

// answer does what a key asks of the terminal, and reports whether it was one for that.
func (l *listener) answer(k Key) bool {
	switch k {
	case keyRedraw:
		l.forget()
	case keySuspend:
		_ = unix.Kill(0, unix.SIGTSTP) // all of the job, as a terminal does; it comes back as a signal
	default:
		return false
	}
	return true
}

// obey does what a signal asks for, and reports whether the program goes on.
func (l *listener) obey(sig os.Signal) bool {
	switch sig {
	case unix.SIGWINCH:
		l.forget()
		return true
	case unix.SIGTSTP:
		return l.suspend() == nil
	case unix.SIGCONT:
		return l.Enter() == nil
	}
	return false
}

// readKeys reads keys until it is enough; hush waits for the end of that.
func (l *listener) readKeys() (hush func()) {
	if !l.keyboard {
		return func() {}
	}
	wake, end, err := os.Pipe()
	if err != nil {
		return func() {}
	}
	l.typed = make(chan []Key)
	left := make(chan struct{})
	go func() {
		defer close(left)
		defer l.Guard()
		defer close(l.typed)
		l.read(wake, func(keys []Key) bool { return l.hand(l.typed, keys) })
	}()
	return func() {
		end.Close()
		<-left
		wake.Close()
	}
}

// escapeWait is how long ESC may be the beginning of a key's sequence.
const escapeWait = 50 * time.Millisecond

// read hands over keys until take says that it is enough, wake can be read, or the
// terminal is gone.
func (t *Terminal) read(wake *os.File, take func([]Key) bool) {
	var pending []byte
	buf := make([]byte, 256)
	fds := []unix.PollFd{{Fd: int32(t.input), Events: unix.POLLIN}, {Fd: int32(wake.Fd()), Events: unix.POLLIN}}
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
			keys := []Key{KeyEscape}
			if pending[0] != 0x1b {
				keys = nil
			}
			more, _ := decodeKeys(pending[1:])
			if pending = nil; !take(append(keys, more...)) {
				return
			}
			continue
		}
		n, err := unix.Read(t.input, buf)
		switch {
		case err == unix.EINTR || err == unix.EAGAIN:
			continue
		case err != nil || n == 0:
			return
		}
		var keys []Key
		keys, pending = decodeKeys(append(pending, buf[:n]...))
		pending = append([]byte(nil), pending...)
		if len(keys) > 0 && !take(keys) {
			return
		}
	}
}
