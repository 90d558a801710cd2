package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

const (
	columns = 200              // of the terminal
	slowest = 90 * time.Second // answer
)

// A bench is what all scenes of a run share.
type bench struct {
	dir string // bin/ is in it
}

// newBench builds tcpstat, and makes a copy of the lab of which links under other
// names can be made.
func newBench(ctx context.Context) (b *bench, err error) {
	dir, err := os.MkdirTemp("", "lab-")
	if err != nil {
		return nil, err
	}
	b = &bench{dir}
	defer func() {
		if err != nil {
			b.clear()
		}
	}()
	if err := os.Chmod(dir, 0o755); err != nil { // a server may be another user
		return nil, err
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		return nil, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", b.bin("tcpstat"), "tcpstat/cmd/tcpstat")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%v: %w\n%s", build.Args, err, out)
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return nil, err
	}
	return b, os.WriteFile(b.bin("lab"), self, 0o755)
}

func (b *bench) clear() { os.RemoveAll(b.dir) }

func (b *bench) bin(name string) string { return filepath.Join(b.dir, "bin", name) }

// command runs one of the lab's own programs in a process called name, or without
// program the command of that name.
func (b *bench) command(program, name string, args ...string) *exec.Cmd {
	if program == "" {
		return exec.Command(name, args...)
	}
	_ = os.Link(b.bin("lab"), b.bin(name)) // it may be there; if it is not, Start says so
	cmd := exec.Command(b.bin(name), args...)
	cmd.Env = append(os.Environ(), programVar+"="+program)
	return cmd
}

// seen is what was found out about a fault.
type seen struct {
	values   map[string]string
	answers  []said
	shown    []said    // what other commands say
	findings []finding // of a healthy load
	observed int       // answers in which they were looked for
}

// said is a command and what it printed.
type said struct {
	command Answer
	text    string
}

// look takes all answers in the same moment.
func (s *Scene) look() seen {
	commands := append([]Answer{Overview, Check, List, Statistics}, s.also...)
	answers := s.askAll(s.asked, commands)
	show := s.show
	if len(show) == 0 {
		show = []string{"ss -tanpo", "ss -s"}
	}
	var shown []said
	for _, command := range show {
		words := strings.Fields(command)
		shown = append(shown, said{Answer(command), s.asked.Run(words[0], words[1:]...)})
	}
	return seen{s.values, answers, shown, s.findings, s.observed}
}

func (s *Scene) askAll(h *Host, commands []Answer) []said {
	answers := make([]said, len(commands))
	failed := make([]error, len(commands))
	var all sync.WaitGroup
	for i, command := range commands {
		all.Go(func() {
			text, err := s.ask(h, command)
			answers[i], failed[i] = said{command, text}, err
		})
	}
	all.Wait()
	for i, err := range failed {
		if err != nil {
			s.Fail("%s: %w", commands[i], err)
		}
	}
	return answers
}

// ask takes one answer on a host.
func (s *Scene) ask(h *Host, answer Answer) (string, error) {
	ctx, cancel := context.WithTimeout(s.ctx, slowest)
	defer cancel()
	args := append(strings.Fields(string(answer))[1:], s.flags...)
	cmd := exec.CommandContext(ctx, s.bench.bin("tcpstat"), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "LANG=C.UTF-8", "TERM=xterm", "NO_COLOR=1")
	give := h.inPipe
	if answer.onTerminal() {
		give = h.onTerminal
	}
	text, err := give(cmd)
	if _, ended := errors.AsType[*exec.ExitError](err); ended {
		err = nil // 1 and 2 are degrees of a finding
	}
	return perfdata.ReplaceAllString(text, " | …"), err
}

// perfdata is what a monitoring system reads and a person does not. It names all
// rules, whatever they find.
var perfdata = regexp.MustCompile(` \| '[^\n]*`)
