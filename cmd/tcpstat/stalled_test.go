package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
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

	deadline := time.Now().Add(20 * time.Second)
	for !writes(cmd.Process.Pid) {
		if time.Now().After(deadline) {
			t.Fatal("the program is not seen to wait for its reader")
		}
		time.Sleep(10 * time.Millisecond)
	}
	for range 500 {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Error("interrupts do not end it")
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
