// Compare times tcpstat beside its peers and prints a table.
//
//	compare [-tcpstat PATH] [-runs N] [-slow]
//
// It reads the sockets of the namespace that it is started in: among many, or
// in an empty one, it runs the rows of the table [rows] that are meant for that
// (internal/herd makes both). A row's two commands run in turns, A B A B, after
// a warm-up, so that a busy moment of the machine meets both. A target that is
// missed is said and is no failure; a command that fails is. Rows whose peer takes
// tens of seconds run only with -slow.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// row is one comparison.
type row struct {
	args   string // of tcpstat
	peer   string // the whole command
	ratio  float64
	peakMB int64         // 0: no target
	each   int64         // bytes that a socket may add to it
	cpu    time.Duration // of one run, in user and kernel; 0: no target
	many   bool          // in a crowd of sockets, or in an empty namespace
	few    bool          // of the crowd few are listed, or none
	slow   bool          // the peer takes tens of seconds
}

// rows are the targets that the project gave itself.
var rows = []row{
	{many: true, args: "-an", peer: "ss -tan", ratio: 0.38, peakMB: 18},
	{many: true, args: "-ani", peer: "ss -tani", ratio: 0.29, peakMB: 18},
	{many: true, args: "-an --json", peer: "ss -tan", ratio: 0.60, peakMB: 18},
	{many: true, few: true, args: "-an sport = :9", peer: "ss -tan sport = :9", ratio: 0.90, peakMB: 18},
	{many: true, few: true, args: "-an dst 10/8", peer: "ss -tan dst 10/8", ratio: 1, peakMB: 18},
	{many: true, few: true, args: "-l", peer: "ss -tln", ratio: 0.20, peakMB: 18, cpu: 10 * time.Millisecond},
	{many: true, slow: true, args: "-anp", peer: "ss -tanp", ratio: 0.031, peakMB: 24, each: 40},
	{many: false, args: "-an", peer: "ss -tan", ratio: 1.05},
}

// crowd is from how many sockets on a namespace is not an empty one.
const crowd = 1000

// shortRuns is how many runs one sample has in an empty namespace, where a run
// takes a few milliseconds and the start of the process is most of it.
const shortRuns = 20

// slowRuns is how many samples a row has whose peer is slow.
const slowRuns = 2

// lineBytes is less than any form of the list takes for one socket.
const lineBytes = 40

func main() {
	tcpstat := flag.String("tcpstat", "build/tcpstat", "the binary under test")
	runs := flag.Int("runs", 11, "samples of each command")
	slow := flag.Bool("slow", false, "run the rows too whose peer takes tens of seconds")
	flag.Parse()
	if err := compare(os.Stdout, *tcpstat, *runs, *slow); err != nil {
		fmt.Fprintf(os.Stderr, "compare: %v\n", err)
		os.Exit(1)
	}
}

func compare(w io.Writer, tcpstat string, runs int, slow bool) error {
	if runs < 1 {
		return fmt.Errorf("-runs %d: at least 1", runs)
	}
	sockets, err := countSockets()
	if err != nil {
		return err
	}
	if err := printMachine(w, sockets); err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "command\tmedian\tpeer\tmedian\tratio\ttarget\tpeak memory\ttarget\tCPU\ttarget\t")
	for _, r := range rows {
		if r.many != (sockets >= crowd) || r.slow && !slow {
			continue
		}
		r.peakMB += r.each * int64(sockets) >> 20
		res, err := r.measure(tcpstat, runs, sockets)
		if err != nil {
			return err
		}
		fmt.Fprintln(table, r.line(res))
	}
	return table.Flush()
}

// countSockets counts what ss lists.
func countSockets() (int, error) {
	seen, err := look([]string{"ss", "-Htan"})
	return seen.lines, err
}

// printMachine says on what the figures hold.
func printMachine(w io.Writer, sockets int) error {
	version, err := exec.Command("ss", "-V").Output()
	if err != nil {
		return fmt.Errorf("ss -V: %w", err)
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s, Linux %s, %d sockets, %d CPUs\n",
		bytes.TrimSpace(version), bytes.TrimSpace(kernel), sockets, runtime.NumCPU())
	return err
}

// result is what a row measured.
type result struct {
	ours, peer time.Duration // medians of one run
	cpu        time.Duration // median of one run of ours
	peak       int64         // most memory of any run of ours, in bytes
}

func (res result) ratio() float64 { return float64(res.ours) / float64(res.peer) }

// measure runs the two commands in turns.
func (r row) measure(tcpstat string, runs, sockets int) (res result, err error) {
	a := append([]string{tcpstat}, strings.Fields(r.args)...)
	b := strings.Fields(r.peer)
	if r.few {
		sockets = 1 // the head of the list is as long
	}
	for _, command := range [][]string{a, b} {
		if err := warmUp(command, sockets); err != nil {
			return res, err
		}
	}
	repeat := 1
	if !r.many {
		repeat = shortRuns
	}
	if r.slow {
		runs = min(runs, slowRuns)
	}
	var ours, cpu, peer []time.Duration
	for range runs {
		ca, err := sample(a, repeat)
		if err != nil {
			return res, err
		}
		cb, err := sample(b, repeat)
		if err != nil {
			return res, err
		}
		ours, cpu, peer = append(ours, ca.wall), append(cpu, ca.cpu), append(peer, cb.wall)
		res.peak = max(res.peak, ca.peak)
	}
	res.ours, res.cpu, res.peer = median(ours), median(cpu), median(peer)
	return res, nil
}

// warmUp runs a command once and looks whether it lists the sockets at all: one
// that lists nothing would be the fastest.
func warmUp(command []string, sockets int) error {
	seen, err := look(command)
	if err != nil {
		return err
	}
	if seen.bytes < lineBytes*sockets {
		return fmt.Errorf("%s: %d bytes are no list of %d sockets", strings.Join(command, " "), seen.bytes, sockets)
	}
	return nil
}

// size counts what is written to it and keeps nothing, because the memory of
// this program shows in that of the commands (see sample).
type size struct{ bytes, lines int }

func (s *size) Write(p []byte) (int, error) {
	s.bytes += len(p)
	s.lines += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

// look runs a command for the size of its output.
func look(command []string) (seen size, err error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = &seen, os.Stderr
	if err := cmd.Run(); err != nil {
		return seen, fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return seen, nil
}

// cost is what a run of a command takes.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // memory in bytes
}

// sample gives the mean times and the greatest peak memory of some runs. The
// kernel counts the memory of the program that started the command as well, up to
// the exec: peak is never less than what this one takes.
func sample(command []string, repeat int) (c cost, err error) {
	start := time.Now()
	for range repeat {
		cmd := exec.Command(command[0], command[1:]...) // its output is discarded
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return c, fmt.Errorf("%s: %w", strings.Join(command, " "), err)
		}
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			return c, errors.New("no resource usage")
		}
		c.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		c.peak = max(c.peak, int64(usage.Maxrss)<<10)
	}
	c.wall, c.cpu = time.Since(start)/time.Duration(repeat), c.cpu/time.Duration(repeat)
	return c, nil
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return (d[(len(d)-1)/2] + d[len(d)/2]) / 2
}

// line is a row of the table.
func (r row) line(res result) string {
	memory := "-\t"
	if r.peakMB > 0 {
		memory = fmt.Sprintf("%d MB%s\t", r.peakMB, over(res.peak > r.peakMB<<20))
	}
	cpu := "-\t"
	if r.cpu > 0 {
		cpu = fmt.Sprintf("%s%s\t", milliseconds(r.cpu), over(res.cpu > r.cpu))
	}
	return fmt.Sprintf("tcpstat %s\t%s\t%s\t%s\t%.2f\t%.2f%s\t%.1f MB\t%s%s\t%s",
		r.args, milliseconds(res.ours), r.peer, milliseconds(res.peer),
		res.ratio(), r.ratio, over(res.ratio() > r.ratio),
		float64(res.peak)/(1<<20), memory, milliseconds(res.cpu), cpu)
}

func over(missed bool) string {
	if missed {
		return " over target"
	}
	return ""
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
