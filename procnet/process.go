package procnet

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/shirou/gopsutil/v3/common"
	"github.com/shirou/gopsutil/v3/process"

	"tcpstat/tcp"
)

// Processes tells what the processes of a /proc are called. It is all of tcpstat
// that knows gopsutil, which reads real directories only. It keeps what it has read, and a number may soon be another
// process's: make a new one for each look at the machine. It is not safe for
// concurrent use.
type Processes struct {
	proc Proc
	dir  string          // the /proc, empty: it is no directory
	copy bool            // not of the running kernel: files may be anything
	ctx  context.Context // tells gopsutil dir
	seen map[int32]*tcp.Process
}

// Processes makes an empty cache. It reads nothing yet.
func (p Proc) Processes() *Processes {
	env := common.EnvMap{common.HostProcEnvKey: p.dir}
	return &Processes{
		proc: p,
		dir:  p.dir,
		copy: !p.live(),
		ctx:  context.WithValue(context.Background(), common.EnvKey, env),
		seen: map[int32]*tcp.Process{},
	}
}

// Get reads the name and the command of a process, from /proc/PID/comm, status
// and cmdline. It needs no privilege. It reports false for a process that is gone,
// with nothing but its number. What it gives is shared and not to be changed.
func (ps *Processes) Get(pid int32) (p *tcp.Process, ok bool) {
	p, seen := ps.seen[pid]
	if !seen {
		found, ok := ps.read(pid)
		if found.PID = pid; !ok {
			found = tcp.Process{PID: pid}
		}
		p = &found
		ps.seen[pid] = p
	}
	return p, p.Name != ""
}

func (ps *Processes) read(pid int32) (tcp.Process, bool) {
	if ps.dir == "" {
		return ps.proc.fromFiles(pid)
	}
	if ps.copy && !ps.readable(pid) {
		return tcp.Process{}, false
	}
	// Not process.NewProcess, which reads the start time first and takes four
	// times as long.
	p := &process.Process{Pid: pid}
	name := ps.name(p)
	if name == "" {
		return tcp.Process{}, false
	}
	found := tcp.Process{PID: pid, Name: name}
	if args, err := p.CmdlineSliceWithContext(ps.ctx); err == nil && len(args) > 0 {
		found.Command = args[0]
	}
	return found, true
}

// maxCopy is more than the kernel gives for any of the files that are read whole.
const maxCopy = 8 << 20

// readable reports whether the files of a process can be read whole: gopsutil does
// not ask what they are, or how long.
func (ps *Processes) readable(pid int32) bool {
	for _, name := range []string{"comm", "status", "cmdline"} {
		info, err := os.Stat(filepath.Join(ps.dir, strconv.Itoa(int(pid)), name))
		if err == nil && (!info.Mode().IsRegular() || info.Size() > maxCopy) {
			return false
		}
	}
	return true
}

// name asks gopsutil. Where the comm may have been cut, gopsutil v3.24.5 parses
// the whole of status: it fails on a user id of more than 31 bits and panics on a
// damaged file. The comm alone will then do.
func (ps *Processes) name(p *process.Process) (name string) {
	defer func() {
		if recover() != nil || name == "" {
			comm, _ := os.ReadFile(filepath.Join(ps.dir, strconv.Itoa(int(p.Pid)), "comm"))
			name = strings.TrimSuffix(string(comm), "\n")
		}
	}()
	name, _ = p.NameWithContext(ps.ctx)
	return name
}
