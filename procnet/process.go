package procnet

import (
	"bytes"
	"context"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/common"
	"github.com/shirou/gopsutil/v3/process"

	"tcpstat/tcp"
)

// Processes tells what the processes of a /proc are called, and on demand what else
// tells them apart. It is all of tcpstat that knows gopsutil, which reads real
// directories only. It keeps what it has read, and a number may soon be another
// process's: make a new one for each look at the machine. It is not safe for
// concurrent use.
type Processes struct {
	proc     Proc
	dir      string          // the /proc, empty: it is no directory
	copy     bool            // not of the running kernel: files may be anything
	ctx      context.Context // tells gopsutil dir
	seen     map[int32]*tcp.Process
	detailed map[int32]*detailed
	users    map[uint32]string // names, by number
	booted   tcp.Opt[time.Time]
	buffer   [maxCommandLine + 1]byte
}

// Processes makes an empty cache. It reads nothing yet.
func (p Proc) Processes() *Processes {
	env := common.EnvMap{common.HostProcEnvKey: p.dir}
	return &Processes{
		proc:     p,
		dir:      p.dir,
		copy:     !p.live(),
		ctx:      context.WithValue(context.Background(), common.EnvKey, env),
		seen:     map[int32]*tcp.Process{},
		detailed: map[int32]*detailed{},
		users:    map[uint32]string{},
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
	line, _ := ps.proc.commandLine(pid, ps.buffer[:])
	command, _, _ := bytes.Cut(line, []byte{0})
	// Not process.NewProcess, which reads the start time first and takes four
	// times as long.
	p := &process.Process{Pid: pid}
	found := tcp.Process{PID: pid, Command: string(command)}
	if len(line) > maxCommandLine {
		found.Name = longName(ps.comm(pid), found.Command) // gopsutil would read all of it
	} else {
		found.Name = ps.name(p)
	}
	return found, found.Name != ""
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
			name = ps.comm(p.Pid)
		}
	}()
	name, _ = p.NameWithContext(ps.ctx)
	return name
}

func (ps *Processes) comm(pid int32) string {
	comm, _ := os.ReadFile(filepath.Join(ps.dir, strconv.Itoa(int(pid)), "comm"))
	return strings.TrimSuffix(string(comm), "\n")
}

// executable asks gopsutil where that reads a living process. What a link in a copy
// leads to is of another machine and not followed.
func (ps *Processes) executable(pid int32) (string, error) {
	if ps.copy {
		return ps.proc.Executable(pid)
	}
	return (&process.Process{Pid: pid}).ExeWithContext(ps.ctx)
}

// userID gives the effective user. It asks gopsutil where that reads a living
// process, and reads status itself where gopsutil fails as in name.
func (ps *Processes) userID(pid int32) (uid uint32, err error) {
	if ps.copy {
		return ps.proc.userID(pid)
	}
	const effective = 1
	uids := ps.userIDs(pid)
	if len(uids) <= effective {
		return ps.proc.userID(pid)
	}
	return uint32(uids[effective]), nil
}

func (ps *Processes) userIDs(pid int32) (uids []int32) {
	defer func() {
		if recover() != nil {
			uids = nil
		}
	}()
	uids, _ = (&process.Process{Pid: pid}).UidsWithContext(ps.ctx)
	return uids
}

// userName names a user of this machine. One of another machine, or whom nobody
// knows, stays a number.
func (ps *Processes) userName(uid uint32) string {
	name, seen := ps.users[uid]
	if seen {
		return name
	}
	name = strconv.FormatUint(uint64(uid), 10)
	if ps.dir == ownProc {
		if u, err := user.LookupId(name); err == nil && u.Username != "" {
			name = u.Username
		}
	}
	ps.users[uid] = name
	return name
}
