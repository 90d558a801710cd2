package procnet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"tcpstat/tcp"
)

// listed finds owners as [Proc.Owners] does, in any file system. That descriptors
// were looked for shows by the folder of a process, or of "self".
func (p Proc) listed(ctx context.Context, wanted *Inodes) (*Owners, error) {
	var found findings
	hidden := 0
	pids, first := p.pids()
	_, err := fs.Stat(p.fsys, "self/fd")
	looked := err == nil
	for _, pid := range pids {
		if err := ctx.Err(); err != nil {
			return found.owners(wanted), err
		}
		err := p.listProcess(pid, wanted, &found)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		looked = true
		if err != nil {
			hidden++
			if !errors.Is(err, fs.ErrPermission) {
				first = cmp.Or(first, err)
			}
		}
	}
	if !looked {
		first = cmp.Or(first, fmt.Errorf("descriptors of processes: %w", fs.ErrNotExist))
	}
	owners := found.owners(wanted)
	owners.hidden = hidden
	return owners, first
}

// pids lists the processes.
func (p Proc) pids() (pids []int32, err error) {
	entries, err := fs.ReadDir(p.fsys, ".")
	for _, entry := range entries {
		if pid, ok := parseDecimal([]byte(entry.Name()), math.MaxInt32); ok {
			pids = append(pids, int32(pid))
		}
	}
	return pids, err
}

// listProcess adds the sockets of one process to found.
func (p Proc) listProcess(pid int32, wanted *Inodes, found *findings) error {
	dir := strconv.Itoa(int(pid)) + "/fd"
	entries, err := fs.ReadDir(p.fsys, dir)
	for _, entry := range entries {
		fd, isNumber := parseDecimal([]byte(entry.Name()), math.MaxInt32)
		link, linkError := fs.ReadLink(p.fsys, path.Join(dir, entry.Name()))
		if errors.Is(linkError, fs.ErrPermission) {
			return linkError
		}
		inode, isSocket := linkNumber([]byte(link), "socket:[")
		if isNumber && isSocket {
			found.record(inode, tcp.Owner{PID: pid, FD: int32(fd)}, wanted, 0)
		}
	}
	return err
}

// All walks the owners that were found, by socket.
func (o *Owners) All() iter.Seq2[uint64, tcp.Owner] {
	return func(yield func(uint64, tcp.Owner) bool) {
		for place, inode := range o.sockets.numbers {
			for _, owner := range o.at(place) {
				if !yield(inode, owner) {
					return
				}
			}
		}
	}
}

// Hidden names the processes whose descriptors this user may not read, each with
// the error. It is what [Owners.Hidden] counts, some moments later. Where
// processes themselves are hidden (mount option hidepid) process 1 stands for them
// all.
func (p Proc) Hidden(ctx context.Context) iter.Seq2[int32, error] {
	return func(yield func(int32, error) bool) {
		pids, _ := p.pids()
		first := false
		for _, pid := range pids {
			first = first || pid == 1
			err := p.forbidden(pid)
			if ctx.Err() != nil || err != nil && !yield(pid, err) {
				return
			}
		}
		if !first && p.live() {
			yield(1, fs.ErrPermission)
		}
	}
}

// forbidden gives the error with which the descriptors of a process cannot be
// read. One link is as the others.
func (p Proc) forbidden(pid int32) error {
	dir := strconv.Itoa(int(pid)) + "/fd"
	entries, err := fs.ReadDir(p.fsys, dir)
	if err == nil && len(entries) > 0 {
		_, err = fs.ReadLink(p.fsys, path.Join(dir, entries[0].Name()))
	}
	if gone(err) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// fromFiles reads the name and the command of a process in any file system.
func (p Proc) fromFiles(pid int32) (tcp.Process, bool) {
	name, _ := p.text(pid, "comm")
	name = strings.TrimSuffix(name, "\n")
	if name == "" {
		return tcp.Process{}, false
	}
	line, _ := p.CommandLine(pid)
	command, _, _ := strings.Cut(string(line), "\x00")
	return tcp.Process{PID: pid, Name: longName(name, command), Command: command}, true
}

// longName gives a name that may have been cut the length that the command tells, as
// gopsutil does.
func longName(comm, command string) string {
	const cut = 15 // bytes, TASK_COMM_LEN without its NUL
	if base := filepath.Base(command); len(comm) >= cut && strings.HasPrefix(base, comm) {
		return base
	}
	return comm
}

func (p Proc) text(pid int32, file string) (string, error) {
	f, err := p.fsys.Open(path.Join(strconv.Itoa(int(pid)), file))
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCopy))
	return string(text), err
}
