// Herd runs a command among many TCP sockets.
//
//	herd [-sockets N] [-listeners N] [-processes N] [--] COMMAND [ARG...]
//
// It makes a network namespace of its own, lets child processes hold N
// established sockets there, pairs over loopback, and runs the command once the
// kernel counts all of them. They go when the command ends. The exit code is
// the command's, or 125 if the herd could not be built. Without root it takes
// a user namespace as well, in which the command is root.
//
// The same program runs in three roles, one starting the next: outside makes
// the namespace, inside counts and runs the command, a member holds sockets.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// failed is the exit code for a herd that could not be built, env(1)'s for its
// own failures.
const failed = 125

// The roles are the first argument of the processes that herd starts of itself.
const (
	roleInside = "inside-the-namespace"
	roleMember = "member-of-the-herd"
)

func init() {
	// Pdeathsig means the thread that started the child, not the process.
	runtime.LockOSThread()
}

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "herd: %v\n", err)
	}
	os.Exit(code)
}

func run(args []string) (code int, err error) {
	role := ""
	if len(args) > 0 {
		role = args[0]
	}
	if role == roleMember {
		return memberMain(args[1:])
	}
	if role == roleInside {
		args = args[1:]
	}
	h, command, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0, nil
	case err != nil:
		return failed, err
	case role == roleInside:
		return h.inside(command)
	}
	return outside(args)
}

// herd is what was asked for.
type herd struct {
	sockets   int // ends of connections
	listeners int // beside the one that each member needs
	processes int // at least
}

func parse(args []string) (h herd, command []string, err error) {
	flags := flag.NewFlagSet("herd", flag.ContinueOnError)
	flags.IntVar(&h.sockets, "sockets", 100_000, "established sockets; both ends of a connection count")
	flags.IntVar(&h.listeners, "listeners", 0, "listeners, beside the one of each process")
	flags.IntVar(&h.processes, "processes", 0, "processes that hold the sockets, if more than are needed")
	if err := flags.Parse(args); err != nil {
		return h, nil, err
	}
	switch {
	case h.sockets < 0 || h.listeners < 0 || h.processes < 0:
		return h, nil, errors.New("a number below 0")
	case h.sockets%2 != 0:
		return h, nil, fmt.Errorf("-sockets %d: connections have two ends, ask for an even number", h.sockets)
	case flags.NArg() == 0:
		return h, nil, errors.New("no command to run")
	}
	return h, flags.Args(), nil
}

// outside runs the second role in a fresh network namespace.
func outside(args []string) (code int, err error) {
	cmd := exec.Command("/proc/self/exe", append([]string{roleInside}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if uid := os.Getuid(); uid != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	return exitCode(cmd.Run())
}

// inside builds the herd in the namespace that it finds itself in, and runs the
// command.
func (h herd) inside(command []string) (code int, err error) {
	start := time.Now()
	if err := prepareNetwork(); err != nil {
		return failed, err
	}
	shares, err := h.split()
	if err != nil {
		return failed, err
	}
	members, err := startMembers(shares)
	if err != nil {
		return failed, err
	}
	want := 0
	for _, s := range shares {
		want += s.sockets()
	}
	have, err := inUse()
	if err != nil {
		return failed, err
	}
	if have != want {
		return failed, fmt.Errorf("the kernel counts %d sockets in use, not %d", have, want)
	}
	fmt.Fprintf(os.Stderr, "herd: %d sockets, %d of them listeners, in %d processes, built in %v\n",
		have, have-h.sockets, len(members), time.Since(start).Round(time.Millisecond))

	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	code, err = exitCode(cmd.Run())
	return code, errors.Join(err, stopMembers(members))
}

// exitCode makes the result of a command that of this process. A command that
// ran and failed has said why itself.
func exitCode(err error) (int, error) {
	exit, ran := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return 0, nil
	case !ran:
		return failed, err
	case exit.ExitCode() < 0: // a signal
		return failed, err
	}
	return exit.ExitCode(), nil
}

// running is a member that holds its sockets until release is closed.
type running struct {
	cmd     *exec.Cmd
	release io.Closer
	ready   *bufio.Reader
}

// startMembers returns when every member holds its sockets. Members end with
// this process, whatever happens to it: their standard input ends then.
func startMembers(shares []share) (members []running, err error) {
	for _, s := range shares {
		cmd := exec.Command("/proc/self/exe", append([]string{roleMember}, s.args()...)...)
		cmd.Stderr = os.Stderr
		release, err := cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		ready, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		members = append(members, running{cmd, release, bufio.NewReader(ready)})
	}
	for i, m := range members {
		if line, err := m.ready.ReadString('\n'); err != nil {
			return nil, fmt.Errorf("process %d of %d ended before it had its sockets: %w", i+1, len(members), err)
		} else if strings.TrimSpace(line) != "ready" {
			return nil, fmt.Errorf("process %d of %d says %q", i+1, len(members), line)
		}
	}
	return members, nil
}

// stopMembers returns when all sockets are closed.
func stopMembers(members []running) (err error) {
	for _, m := range members {
		m.release.Close()
	}
	for _, m := range members {
		err = errors.Join(err, m.cmd.Wait())
	}
	return err
}
