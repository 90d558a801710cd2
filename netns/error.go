package netns

import (
	"errors"
	"fmt"
)

// What can be wrong with a namespace beside the errors of the kernel.
var (
	ErrNoName    = errors.New("no such name in /run/netns")
	ErrNoProcess = errors.New("no such process")
	ErrAmbiguous = errors.New("a name in /run/netns and a process, and they are not in the same namespace")
	ErrKind      = errors.New("that is no network namespace")
	ErrGone      = errors.New("it is gone")
)

// Error says why a network namespace cannot be found or entered. Unwrap gives one
// of the errors above or that of the kernel: fs.ErrPermission where it may not be
// looked at or entered, fs.ErrNotExist where the path leads nowhere.
type Error struct {
	Word string // what was looked for, or the name of the namespace
	Op   string // "find" or "enter"
	Err  error
}

func (e *Error) Error() string {
	if e.Op == "enter" {
		return fmt.Sprintf("network namespace %q cannot be entered: %v", e.Word, e.Err)
	}
	return fmt.Sprintf("network namespace %q: %v", e.Word, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }
