package screen

import (
	"bytes"
	"io"
	"sync"
)

// aside is standard error as long as a program has a screen: what is said while the
// terminal is taken waits until it is given back. It is safe for concurrent use.
type aside struct {
	mu   sync.Mutex // guards what follows
	w    io.Writer
	held bool
	text []byte // that waits
}

// maxHeld bounds what waits. More is lost.
const maxHeld = 64 << 10

func (a *aside) Write(text []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.held {
		return a.w.Write(text)
	}
	if len(a.text)+len(text) <= maxHeld {
		a.text = append(a.text, text...)
	}
	return len(text), nil
}

func (a *aside) hold() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held = true
}

// release says what has waited.
func (a *aside) release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = a.w.Write(a.text) // nobody to be told
	a.held, a.text = false, nil
}

// last gives the last line that waits.
func (a *aside) last() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	text := bytes.TrimRight(a.text, "\n")
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}
