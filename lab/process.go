package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"tcpstat/internal/pty"
)

// A Command is what a host starts.
type Command struct {
	Name    string // of the process: a program in $PATH or its path, or any if Program is given
	Program string // one of the lab's own, in table programs
	Args    []string
	Files   int // RLIMIT_NOFILE, if not that of the lab
}

// line is the command for a script of sh.
func (c Command) line() string {
	return c.Name + " '" + strings.Join(c.Args, "' '") + "'"
}

// A Process runs on a host.
type Process struct {
	Name string
	PID  int // as the host counts

	cmd    *exec.Cmd
	log    string
	ended  chan struct{} // closed when it has
	err    error         // then: how
	killed atomic.Bool   // by the fault
}

// Start starts a program, which ends with the scene. One that fails earlier ends the
// staging.
func (h *Host) Start(c Command) *Process {
	cmd := h.scene.bench.command(c.Program, c.Name, c.Args...)
	if c.Files != 0 {
		limit := fmt.Sprintf("--nofile=%d:%d", c.Files, c.Files)
		env := cmd.Env
		cmd = exec.Command("prlimit", append([]string{limit, cmd.Path}, c.Args...)...)
		cmd.Env = env
	}
	log, err := os.CreateTemp(h.scene.dir, filepath.Base(c.Name)+"-*.log")
	h.scene.Must(err)
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	p := &Process{Name: c.Name, cmd: cmd, log: log.Name(), ended: make(chan struct{})}
	h.scene.Must(h.start(cmd))
	p.PID, err = pidInside(cmd.Process.Pid)
	h.processes = append(h.processes, p)
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	h.scene.Must(err)
	return p
}

// start starts a command as a process of the host.
func (h *Host) start(cmd *exec.Cmd) error {
	return h.enter(namespaces|unix.CLONE_NEWPID, cmd.Start)
}

// Run runs a command on the host to its end and gives what it prints.
func (h *Host) Run(name string, args ...string) string {
	text, err := h.inPipe(exec.CommandContext(h.scene.ctx, name, args...))
	if err != nil {
		h.scene.Fail("%s: %s %s: %w\n%s", h.Name, name, strings.Join(args, " "), err, text)
	}
	return text
}

// inPipe runs a command on the host and gives what it prints.
func (h *Host) inPipe(cmd *exec.Cmd) (string, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := h.start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	return out.String(), err
}

// onTerminal runs a command on a terminal of the host and gives what appears there.
func (h *Host) onTerminal(cmd *exec.Cmd) (string, error) {
	master, slave, err := pty.Open(columns)
	if err != nil {
		return "", err
	}
	defer master.Close()
	cmd.Stdout, cmd.Stderr = slave, slave
	err = h.start(cmd)
	slave.Close()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(master)
	if errors.Is(err, unix.EIO) {
		err = nil
	}
	return string(text), errors.Join(err, cmd.Wait())
}

// Kill kills the process without a word.
func (p *Process) Kill() {
	p.killed.Store(true)
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// Signal sends a signal, as unix.SIGSTOP, which makes a program hang.
func (p *Process) Signal(sig unix.Signal) error { return p.cmd.Process.Signal(sig) }

// Output is what the process has printed so far.
func (p *Process) Output() string {
	text, _ := os.ReadFile(p.log) // without, there is nothing to tell
	return string(text)
}

// failed says how the process ended if it was not meant to.
func (p *Process) failed() error {
	select {
	case <-p.ended:
		if p.killed.Load() {
			return nil
		}
		return p.err
	default:
		return nil
	}
}

// Children are the PIDs of the process's children, as nginx's workers.
func (h *Host) Children(p *Process) (pids []int) {
	h.Do(func() error {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.PID))
		for _, file := range files {
			text, failed := os.ReadFile(file)
			err = errors.Join(err, failed)
			for word := range strings.FieldsSeq(string(text)) {
				pid, wrong := strconv.Atoi(word)
				err = errors.Join(err, wrong)
				pids = append(pids, pid)
			}
		}
		return err
	})
	return pids
}

// pidInside is the number of a process in its own PID namespace.
func pidInside(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if numbers, ok := strings.CutPrefix(line, "NSpid:"); ok {
			fields := strings.Fields(numbers)
			return strconv.Atoi(fields[len(fields)-1])
		}
	}
	return 0, fmt.Errorf("process %d ended at once", pid)
}
