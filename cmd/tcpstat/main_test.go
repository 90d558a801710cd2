package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"tcpstat/health"
	"tcpstat/internal/nettest"
	"tcpstat/internal/pty"
)

// TestMain makes the test binary answer to the name of each program below, and
// runs the tests in a network namespace of their own.
func TestMain(m *testing.M) {
	if name := os.Getenv(pretendVar); name != "" {
		fatal(pretend(name))
	}
	// Under the race detector every program would wait a second at its end.
	os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	testscript.Main(inNamespace{m}, map[string]func(){
		"tcpstat":  main,
		"hasty":    hasty,
		"terminal": func() { os.Exit(onTerminal(os.Args[1:])) },
		"isolated": func() { fatal(isolated(os.Args[1:])) },
		"nobody":   func() { fatal(nobody(os.Args[1:])) },
		"refused":  func() { fatal(refused(os.Args[1:])) },
		"alone":    func() { os.Exit(alone(os.Args[1:])) },
		"listen":   func() { fatal(listen()) },
		"pair":     func() { fatal(pair()) },
		"ownrun":   func() { fatal(ownRun(os.Args[1:])) },
		"ownproc":  func() { fatal(ownProc(os.Args[1:])) },
		"hideproc": func() { fatal(hideProc(os.Args[1:])) },
		"holder":   func() { os.Exit(hold(os.Args[1], false)) },
		"leaver":   func() { os.Exit(hold(os.Args[1], true)) },
		"panics":   func() { os.Exit(panics(os.Args[1:])) },
		"job":      func() { os.Exit(job(os.Args[1:])) },
	})
}

type inNamespace struct{ *testing.M }

func (n inNamespace) Run() int { return nettest.Run(n.M) }

// fatal ends a program that did not become another.
func fatal(err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
	os.Exit(125)
}

// become executes one of the programs in place of this process.
func become(args []string) error {
	if err := syscall.Exec("/proc/self/exe", args, os.Environ()); err != nil {
		return fmt.Errorf("exec %q: %w", args, err)
	}
	return nil
}

// isolated COMMAND runs a program in a network namespace without a socket.
func isolated(args []string) error {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	return become(args)
}

// alone COMMAND runs a program in a PID namespace where it is all there is.
func alone(args []string) int {
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: append([]string{"ownproc"}, args...),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		SysProcAttr: &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS},
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

// ownProc COMMAND is alone's second half: the /proc of the new PID namespace.
func ownProc(args []string) error {
	if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount proc: %w", err)
	}
	return become(args)
}

// hideProc DIR OPTIONS COMMAND runs a program in a mount namespace in which DIR is
// another /proc of this machine, mounted with options.
func hideProc(args []string) error {
	runtime.LockOSThread()
	for _, err := range []error{
		unix.Unshare(unix.CLONE_NEWNS),
		unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("proc", args[0], "proc", 0, args[1]),
	} {
		if err != nil {
			return fmt.Errorf("mount proc: %w", err)
		}
	}
	return become(args[2:])
}

// ownRun COMMAND runs a program in a mount namespace with a /run/netns of its own,
// in which the namespace at $BLUE is called blue.
func ownRun(args []string) error {
	runtime.LockOSThread()
	const name = "/run/netns/blue"
	for _, err := range []error{
		unix.Unshare(unix.CLONE_NEWNS),
		unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("none", "/run", "tmpfs", 0, ""),
		os.Mkdir("/run/netns", 0o755),
		os.WriteFile(name, nil, 0o444),
		unix.Mount(os.Getenv("BLUE"), name, "", unix.MS_BIND, ""),
	} {
		if err != nil {
			return err
		}
	}
	return become(args)
}

// hold ADDRESS listens at an address in a new network namespace, in which it calls
// lo inside0, and goes home if asked. It says which namespace that is and by which
// descriptor it has it, and waits for the end of its standard input.
func hold(address string, leave bool) int {
	home, err := os.Open("/proc/self/ns/net")
	if err != nil {
		fatal(err)
	}
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		fatal(err)
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		fatal(err)
	}
	if err := netlink.LinkSetName(lo, "inside0"); err != nil {
		fatal(err)
	}
	listener, err := net.Listen("tcp4", address)
	if err != nil {
		fatal(err)
	}
	defer listener.Close()
	namespace, err := os.Open("/proc/self/ns/net")
	if err != nil {
		fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(namespace.Fd()), &st); err != nil {
		fatal(err)
	}
	if leave {
		if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
			fatal(err)
		}
	}
	fmt.Println(st.Ino, namespace.Fd())
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// nobody COMMAND runs a program as an ordinary user.
func nobody(args []string) error {
	const id = 65534
	if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(id), syscall.Setuid(id)); err != nil {
		return err
	}
	return become(args)
}

// refused ERRNO COMMAND runs a program to which the kernel refuses a netlink
// socket with that error.
func refused(args []string) error {
	errno, err := strconv.ParseUint(args[0], 10, 12)
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	if err := nettest.RefuseNetlink(uint32(errno), unix.SECCOMP_FILTER_FLAG_TSYNC); err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	return become(args[1:])
}

// onTerminal COLUMNS COMMAND runs a program whose standard output is a terminal,
// prints what the terminal received, and ends with the program's exit code.
func onTerminal(args []string) int {
	columns, err := strconv.ParseUint(args[0], 10, 16)
	if err != nil {
		fatal(err)
	}
	master, slave, err := pty.Open(uint16(columns))
	if err != nil {
		fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args, cmd.Stdout, cmd.Stderr = args[1:], slave, os.Stderr
	if err := cmd.Start(); err != nil {
		fatal(err)
	}
	slave.Close()
	// EIO says that nobody has the terminal any more.
	if _, err := io.Copy(os.Stdout, master); err != nil && !errors.Is(err, unix.EIO) {
		fatal(err)
	}
	_ = cmd.Wait() // told by the exit code
	return cmd.ProcessState.ExitCode()
}

// hasty is tcpstat to which the sockets of a moment are old: the rules of check
// that wait for a minute or two hours do not wait.
func hasty() {
	e := environment()
	e.ages = health.Ages{}
	os.Exit(run(context.Background(), os.Args[1:], e))
}
