package inspect

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/diag"
	"tcpstat/internal/machine"
	"tcpstat/listing"
	"tcpstat/netns"
	"tcpstat/procnet"
)

// What an error says about a list: whether it goes on, why it ended early, and what to
// try.
func TestErrors(t *testing.T) {
	dumped := func(err error) error { return fmt.Errorf("look: %w", &diag.Error{Op: "dump", Err: err}) }
	const again = "try again, or read /proc with --source proc"
	const whole = "what is whole is shown; record it again for the rest"
	for _, test := range []struct {
		err     error
		skipped bool
		reason  listing.Reason
		advice  string
	}{
		{&machine.LineError{}, true, listing.DumpInterrupted, ""},
		{&machine.LineError{Cut: true}, false, listing.NotRecorded, whole},
		{dumped(diag.ErrUnfinished), false, listing.NotRecorded, whole},
		{dumped(os.ErrDeadlineExceeded), false, listing.TimedOut, again},
		{dumped(unix.ENOMEM), false, listing.DumpInterrupted, again},
		{dumped(unix.ENOENT), false, listing.DumpInterrupted, "leave out --source netlink to read /proc instead"},
		{&diag.MessageError{}, true, listing.DumpInterrupted, ""},
		{&procnet.LineError{}, true, listing.DumpInterrupted, ""},
		{&fs.PathError{Err: fs.ErrPermission}, false, listing.DumpInterrupted, "name a directory laid out like /proc with --proc DIR"},
		{&netns.Error{Word: "x", Err: unix.EPERM}, false, listing.DumpInterrupted, "run as root: to look into another namespace takes CAP_SYS_ADMIN"},
		{&netns.Error{Word: "x", Err: netns.ErrAmbiguous}, false, listing.DumpInterrupted, "say which: --netns /run/netns/x or --netns /proc/x/ns/net"},
		{&Error{Err: fs.ErrNotExist, Try: "this"}, false, listing.DumpInterrupted, "this"},
	} {
		if skipped(test.err) != test.skipped || reasonOf(test.err) != test.reason || Advice(test.err) != test.advice {
			t.Errorf("%v: skipped %t, %s, %q", test.err, skipped(test.err), reasonOf(test.err), Advice(test.err))
		}
	}
	if err := errors.New("root"); RootCause(fmt.Errorf("a: %w", fmt.Errorf("b: %w", err))) != err {
		t.Error("another root cause")
	}
}
