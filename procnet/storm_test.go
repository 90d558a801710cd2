package procnet

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// storm opens and closes descriptors and starts processes that inherit them and
// end, until its standard input ends. For each byte of that it prints how many
// have ended so far.
func storm() error {
	asked := make(chan bool)
	go func() {
		defer close(asked)
		for b := make([]byte, 1); ; {
			if _, err := os.Stdin.Read(b); err != nil {
				return
			}
			asked <- true
		}
	}()
	for ended := 1; ; ended++ {
		if err := gust(); err != nil {
			return err
		}
		select {
		case _, more := <-asked:
			if !more {
				return nil
			}
			fmt.Println(ended)
		default:
		}
	}
}

// gust starts one process with twenty sockets and waits for its end.
func gust() error {
	c := exec.Command("true")
	for range 20 {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		f := os.NewFile(uintptr(fd), "")
		defer f.Close()
		c.ExtraFiles = append(c.ExtraFiles, f)
	}
	return c.Run()
}

// stormVariable asks for more scans than a usual run of the tests makes.
const stormVariable = "PROCNET_TEST_STORM"

// However many descriptors and processes come and go, the owners of a socket that
// stays are found.
func TestOwnersInStorm(t *testing.T) {
	scans := 5
	if text := os.Getenv(stormVariable); text != "" {
		var err error
		if scans, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	var wanted Inodes
	want := map[uint64]tcp.Owner{}
	var files []*os.File
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		listener := l.(*net.TCPListener)
		f, err := listener.File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		inode := inodeOf(t, listener)
		wanted.Add(inode)
		want[inode] = tcp.Owner{FD: int32(3 + len(files))}
		files = append(files, f)
	}
	calm, err := Self().Owners(t.Context(), &wanted)
	if err != nil {
		t.Fatal(err)
	}
	var storms []child
	for range 2 {
		c := newChild("storm")
		c.ExtraFiles = files
		storms = append(storms, start(t, c))
	}
	began, ended := time.Now(), 0
	for scan := range scans {
		ended = 0
		for _, s := range storms {
			ended += s.ask(t)
		}
		owners, err := Self().Owners(t.Context(), &wanted)
		if err != nil {
			t.Fatal(err)
		}
		if os.Getuid() == 0 && owners.Hidden() > calm.Hidden() {
			t.Errorf("scan %d: %d processes hidden from root", scan, owners.Hidden()-calm.Hidden())
		}
		for inode, owner := range want {
			for _, s := range storms {
				owner.PID = int32(s.Process.Pid)
				if !slices.Contains(owners.Of(inode), owner) {
					t.Errorf("scan %d: %v of %d is lost", scan, owner, inode)
				}
			}
		}
	}
	t.Logf("%.0f processes ended in a second", float64(ended)/time.Since(began).Seconds())
}

// ask gives a storm's answer.
func (c child) ask(t *testing.T) (n int) {
	t.Helper()
	if _, err := c.in.Write([]byte{0}); err != nil {
		t.Fatal(err)
	}
	c.line(t, &n)
	return n
}
