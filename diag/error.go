package diag

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// ErrInterrupted says that the kernel changed its table during the dump
// (NLM_F_DUMP_INTR): what was yielded is good, but sockets may be missing.
var ErrInterrupted = errors.New("dump interrupted: the kernel's table changed")

// ErrTruncated says that a datagram was longer than the buffer (MSG_TRUNC) or
// ended inside a message header, so that the rest of the dump cannot be read.
var ErrTruncated = errors.New("datagram truncated")

// ErrUnfinished says that a recorded dump is cut off, so that sockets are missing.
var ErrUnfinished = errors.New("the dump was not recorded to its end")

// Error is a failed conversation with the kernel. It ends a dump or a feed. Unwrap gives
// the unix.Errno, [ErrInterrupted], [ErrTruncated], [ErrUnfinished], the context's
// error, or os.ErrDeadlineExceeded when the kernel did not answer.
type Error struct {
	// Op is what failed: "socket", "send", "receive" (the kernel's answer did not
	// arrive), "dump" or "get" (the kernel refused), "subscribe" (there is no feed
	// here), "replay" (what was recorded cannot be read).
	Op  string
	Err error
}

func (e *Error) Error() string {
	return fmt.Sprintf("sock_diag: %s: %v", e.Op, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Unavailable reports whether sock_diag cannot be had here at all, so that
// /proc may be read instead: the address family or the protocol is not built
// in (gVisor, WSL1, RestrictAddressFamilies), a sandbox forbids it (seccomp,
// SELinux), or the kernel has no tcp_diag. A shortage (EMFILE, ENOMEM) or a
// time-out is not that.
func (e *Error) Unavailable() bool {
	refusals := map[string][]unix.Errno{
		"socket": {unix.EPROTONOSUPPORT, unix.EAFNOSUPPORT, unix.EPERM, unix.EACCES, unix.ENOSYS},
		"dump":   {unix.ENOENT},
	}
	var errno unix.Errno
	return errors.As(e.Err, &errno) && slices.Contains(refusals[e.Op], errno)
}

// Timeout reports whether the kernel did not answer in time.
func (e *Error) Timeout() bool { return errors.Is(e.Err, os.ErrDeadlineExceeded) }

// MessageError is one message of a dump or feed that could not be decoded. That
// goes on after it.
type MessageError struct {
	Length int // of the message's payload, in bytes

	// Foreign says that it is no single netlink message. Only what was recorded can
	// be that.
	Foreign bool
}

func (e *MessageError) Error() string {
	if e.Foreign {
		return fmt.Sprintf("sock_diag: %d recorded bytes are not one netlink message", e.Length)
	}
	return fmt.Sprintf("sock_diag: socket message of %d bytes, want at least %d", e.Length, sizeofInetDiagMsg)
}
