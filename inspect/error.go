package inspect

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"tcpstat/diag"
	"tcpstat/internal/machine"
	"tcpstat/internal/spelling"
	"tcpstat/listing"
	"tcpstat/netns"
	"tcpstat/procnet"
)

// Error is a machine or a record that cannot be looked at, and what to try instead,
// in the words of the command line.
type Error struct {
	Err error
	Try string

	// Misuse says that what was asked for cannot be had anywhere.
	Misuse bool
}

// misuse is an error of whoever asks.
func misuse(try, format string, args ...any) *Error {
	return &Error{Err: fmt.Errorf(format, args...), Try: try, Misuse: true}
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Advice says what to try after an error of this package, in the words of the command
// line; empty where nothing is known to help.
func Advice(err error) string {
	var e *diag.Error
	var place *netns.Error
	var own *Error
	switch {
	case errors.As(err, &own):
		return own.Try
	case isCut(err):
		return "what is whole is shown; record it again for the rest"
	case errors.As(err, &place):
		return namespaceAdvice(place)
	case unavailable(err):
		return "leave out --source netlink to read /proc instead"
	case errors.As(err, &e):
		return "try again, or read /proc with --source proc"
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return "name a directory laid out like /proc with --proc DIR"
	}
	return ""
}

// namespaceAdvice says what to try where a namespace cannot be looked into.
func namespaceAdvice(e *netns.Error) string {
	switch {
	case errors.Is(e, fs.ErrPermission):
		return "run as root: to look into another namespace takes CAP_SYS_ADMIN"
	case errors.Is(e, netns.ErrAmbiguous):
		return fmt.Sprintf("say which: --netns /run/netns/%s or --netns /proc/%[1]s/ns/net", e.Word)
	case errors.Is(e, netns.ErrNoName):
		return knownNamespaces(e.Word)
	}
	return "--netns takes a name of ip netns, the number of a process, a path such as /proc/PID/ns/net, or all"
}

// knownNamespaces tells the names that would have done.
func knownNamespaces(word string) string {
	names := netns.Names()
	if len(names) == 0 {
		return "no namespace has a name here; give the number of a process in it, or see --netns all"
	}
	known := "known: " + strings.Join(names, " ")
	if near := spelling.Nearest(word, names); near != "" {
		return "did you mean " + near + "? " + known
	}
	return known
}

// RootCause gives the innermost error, which is the kernel's own word.
func RootCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// unavailable reports whether err says that sock_diag cannot be had here at all.
func unavailable(err error) bool {
	var e *diag.Error
	return errors.As(err, &e) && e.Unavailable()
}

// skipped reports whether err is about one message or line that was skipped, so that
// the walk goes on.
func skipped(err error) bool {
	var message *diag.MessageError
	var line *procnet.LineError
	return errors.As(err, &message) || errors.As(err, &line) || isRecordLine(err)
}

// isCut reports whether err says that a record was cut off.
func isCut(err error) bool {
	var line *machine.LineError
	return errors.Is(err, diag.ErrUnfinished) || errors.As(err, &line) && line.Cut
}

// isRecordLine reports whether err is about one line of a record that was skipped.
func isRecordLine(err error) bool {
	var line *machine.LineError
	return errors.As(err, &line) && !line.Cut
}

// reasonOf says why a walk ended early.
func reasonOf(err error) listing.Reason {
	var e *diag.Error
	switch {
	case isCut(err):
		return listing.NotRecorded
	case errors.As(err, &e) && e.Timeout():
		return listing.TimedOut
	}
	return listing.DumpInterrupted
}
