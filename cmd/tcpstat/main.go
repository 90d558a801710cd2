package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"tcpstat/health"
	"tcpstat/inspect"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// Exit codes outside check.
const (
	exitDone   = 0
	exitFailed = 1 // the kernel refused, a file is unreadable, the output broke
	exitUsage  = 2 // the command line is wrong
	exitNone   = 3 // asked, and the answer is no
)

func main() {
	// Without this a reader that leaves (tcpstat -an | head -1) kills us by
	// SIGPIPE; with it the write fails with EPIPE and we end quietly.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(context.Background(), os.Args[1:], environment()))
}

// env is everything that the command needs of the world around it.
type env struct {
	stdout, stderr io.Writer
	terminal       bool     // stdout is one
	width          int      // of the terminal, in columns
	display        *os.File // the terminal that stdout is; nil: none that can be drawn on
	keyboard       *os.File // the terminal that gives keys; nil: none
	root           bool     // this is the superuser
	getenv         func(string) string
	now            func() time.Time
	errPalette     *typeset.Palette // for stderr
	ages           health.Ages      // from which sockets count in a check
}

func environment() *env {
	e := &env{stdout: os.Stdout, stderr: os.Stderr, root: os.Geteuid() == 0, getenv: os.Getenv, now: time.Now, ages: health.RuleAges}
	if e.terminal = term.IsTerminal(int(os.Stdout.Fd())); e.terminal {
		e.display = os.Stdout
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		e.keyboard = os.Stdin
	}
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && width > 0 {
		e.width = width
	} else {
		e.width = 80
	}
	if e.colors("auto", term.IsTerminal(int(os.Stderr.Fd()))) {
		e.errPalette = typeset.NewPalette()
	}
	return e
}

// warn says something on stderr that does not change the outcome.
func (e *env) warn(format string, args ...any) {
	fmt.Fprintln(e.stderr, printable(fmt.Sprintf("tcpstat: "+format, args...)))
}

// hint is a warning about something of little weight.
func (e *env) hint(format string, args ...any) {
	text := printable(fmt.Sprintf("tcpstat: "+format, args...))
	fmt.Fprintln(e.stderr, e.errPalette.String(typeset.Faint, text))
}

// complain says what is wrong, and what to try.
func (e *env) complain(what, try string) {
	fmt.Fprintf(e.stderr, "tcpstat: %s\n  %s\n", printable(what), printable(try))
}

// palette decides about colours on stdout: --color, then NO_COLOR, then
// CLICOLOR_FORCE, then whether there is a terminal that can.
func (e *env) palette(color string) *typeset.Palette {
	if e.colors(color, e.terminal) {
		return typeset.NewPalette()
	}
	return nil
}

func (e *env) colors(color string, terminal bool) bool {
	switch {
	case color != "auto" && color != "":
		return color == "always"
	case e.getenv("NO_COLOR") != "":
		return false
	case e.getenv("CLICOLOR_FORCE") != "" && e.getenv("CLICOLOR_FORCE") != "0":
		return true
	}
	return terminal && e.getenv("TERM") != "dumb"
}

// ascii reports whether drawings have to do with ASCII: the locale cannot show
// more, and nobody asked for a language that takes more.
func (e *env) ascii(lang tcp.Lang) bool {
	if lang != tcp.English {
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := e.getenv(name); locale != "" {
			return !strings.Contains(strings.ToUpper(strings.ReplaceAll(locale, "-", "")), "UTF8")
		}
	}
	return true
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, e *env) int {
	stdout := &checkedWriter{w: e.stdout}
	e.stdout = stdout
	root := newRootCommand(e, args)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(io.Discard) // errors are worded below
	err := misplaced(root, args)
	cmd := root
	if err == nil {
		cmd, err = root.ExecuteContextC(ctx)
	}
	if err == nil {
		err = stdout.err
	}
	var usage *usageError
	var misuse *inspect.Error
	var status statusError
	switch {
	case errors.As(err, &status):
		return int(status)
	case cmd.Name() == checkName && err != nil && !isClosedPipe(err):
		return unanswered(e, cmd, err)
	case err == nil, isClosedPipe(err), errors.Is(err, context.Canceled):
		return exitDone
	case errors.Is(err, errNone):
		return exitNone
	case errors.As(err, &usage):
		e.complain(usage.what, usage.try)
		return exitUsage
	case errors.As(err, &misuse) && misuse.Misuse:
		e.complain(readable(err))
		return exitUsage
	}
	e.complain(readable(err))
	return exitFailed
}

// checkedWriter remembers the first error, for writers that do not look at it
// (the help and version of cobra).
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.err = cmp.Or(c.err, err)
	return n, err
}
