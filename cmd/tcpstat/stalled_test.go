package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
)

// A list that nobody reads does not outlive the second interrupt.
func TestInterruptStalled(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{"tcpstat", "-anc", "-d", "1ms"}
	cmd.Env = append(os.Environ(), "TERM=dumb")
	cmd.Stdout = writer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	defer func() {
		cmd.Process.Kill()
		<-ended
	}()

	nettest.Poll(t, func() error {
		if !writes(cmd.Process.Pid) {
			return errors.New("the program is not seen to wait for its reader")
		}
		return nil
	})
	nettest.Poll(t, func() error {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
			return nil
		case <-time.After(10 * time.Millisecond):
			return errors.New("interrupts do not end it")
		}
	})
}

// writes reports whether a thread of a process waits in write(1, ...).
func writes(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
	for _, name := range threads {
		text, _ := os.ReadFile(name)
		if strings.HasPrefix(string(text), fmt.Sprintf("%d 0x1 ", unix.SYS_WRITE)) {
			return true
		}
	}
	return false
}
