package procnet

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
)

// roleVariable makes the test program play another process.
const roleVariable = "PROCNET_TEST_ROLE"

var roles = map[string]func() error{
	"hold":       hold,
	"fork":       fork,
	"receive":    receive,
	"rename":     rename,
	"storm":      storm,
	"scan":       func() error { return scanAs(Self()) },
	"scanHidden": scanHidden,
	"retitle":    retitle,
	"describe":   describe,
	"switchUser": switchUser,
}

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := roles[role](); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child is a process in a role. It lives until its standard input ends.
type child struct {
	*exec.Cmd
	in  io.Writer
	out *bufio.Reader
}

// newChild prepares a child; its user, files and namespaces may then be set.
func newChild(role string) *exec.Cmd {
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), roleVariable+"="+role)
	c.Stderr = os.Stderr
	return c
}

// start starts a child that ends with the test.
func start(t *testing.T, cmd *exec.Cmd) child {
	t.Helper()
	stdin, stdout := nettest.Start(t, cmd)
	return child{cmd, stdin, bufio.NewReader(stdout)}
}

// line waits for the next line that the child prints and scans it.
func (c child) line(t *testing.T, into ...any) {
	t.Helper()
	line, err := c.out.ReadString('\n')
	if err == nil {
		_, err = fmt.Sscan(strings.TrimSpace(line), into...)
	}
	if err != nil {
		t.Fatalf("child said %q: %v", line, err)
	}
}

// hold keeps the descriptors that it was given.
func hold() error {
	fmt.Println(os.Getpid())
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// rename gives itself one new name after another, until its standard input ends.
func rename() error {
	ended := make(chan error)
	go func() { ended <- hold() }()
	for n := 0; ; n++ {
		select {
		case err := <-ended:
			return err
		default:
		}
		if err := os.WriteFile("/proc/self/comm", []byte(strconv.Itoa(n)), 0); err != nil {
			return err
		}
	}
}

// fork has a child that inherits all its descriptors.
func fork() error {
	c := newChild("hold")
	c.Stdin, c.Stdout = os.Stdin, os.Stdout
	return c.Run()
}

// receive takes a descriptor from the socket that is descriptor 3.
func receive() error {
	control := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(3, make([]byte, 1), control, 0)
	if err != nil {
		return err
	}
	messages, err := unix.ParseSocketControlMessage(control[:n])
	if err != nil {
		return err
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return err
	}
	fmt.Println(fds[0])
	return hold()
}

// scanAs prints how many processes a scan could not look into, and how many
// owners it found for a socket of its own.
func scanAs(p Proc) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	owners, err := p.Owners(context.Background(), nil)
	if err != nil {
		return err
	}
	fmt.Println(owners.Hidden(), len(owners.Of(stat.Ino)))
	return nil
}

// scanHidden mounts a /proc that shows a user nobody else's processes, and scans
// it as nobody. It needs root and a mount namespace of its own.
func scanHidden() error {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return err
	}
	defer os.Remove(dir)
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount("proc", dir, "proc", 0, "hidepid=2"); err != nil {
		return err
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	if err := syscall.Setgroups(nil); err != nil { // group 0 may see everything
		return err
	}
	if err := syscall.Setresgid(-1, nobody, -1); err != nil {
		return err
	}
	if err := syscall.Setresuid(-1, nobody, -1); err != nil {
		return err
	}
	defer syscall.Setresuid(-1, 0, -1)
	if p := At(dir); p.net != "1/net" {
		return fmt.Errorf("with process 1 hidden, sockets are read from %s", p.net)
	}
	return scanAs(At(dir))
}

const nobody = 65534
