package procnet

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// FileCount is how many files a process has open.
type FileCount struct {
	PID  int32
	Open uint64
}

// FileCounts counts the open files of every process that has at least so many. From
// Linux 6.2 on that takes one call for each process and no privilege. Hidden says that
// there are processes of which it is not known: it takes the privilege to trace them on
// older kernels, and on all where processes themselves are hidden (mount option
// hidepid). An error wraps fs.ErrNotExist where p is no /proc of the running kernel.
func (p Proc) FileCounts(ctx context.Context, least uint64) (counts []FileCount, hidden bool, err error) {
	if !p.live() {
		return nil, false, &fs.PathError{Op: "count files", Path: p.path("."), Err: fs.ErrNotExist}
	}
	pids, err := p.processes()
	if err != nil {
		return nil, false, err
	}
	hidden = !slices.Contains(pids, 1)
	sized := p.sized()
	for _, pid := range pids {
		if err := ctx.Err(); err != nil {
			return counts, hidden, err
		}
		open, err := p.fileCount(pid, sized)
		switch {
		case err == nil && open >= least:
			counts = append(counts, FileCount{pid, open})
		case err != nil && !gone(err):
			hidden = true
		}
	}
	return counts, hidden, nil
}

// Descriptors counts the files that a process has open (/proc/PID/fd). Before Linux
// 6.2 it takes the privilege to trace the process. It is false where they cannot be
// read to the end.
func (p Proc) Descriptors(pid int32) (n uint64, ok bool) {
	if p.dir == "" {
		return 0, false
	}
	n, err := p.fileCount(pid, p.sized())
	return n, err == nil
}

// fileCount counts the open files of one process, by the size of their folder where
// that tells.
func (p Proc) fileCount(pid int32, sized bool) (uint64, error) {
	if sized {
		var stat unix.Stat_t
		err := unix.Lstat(p.path(processFile(pid, "fd")), &stat)
		return uint64(stat.Size), err
	}
	open := uint64(0)
	for _, err := range p.descriptorsOf(pid) {
		if err != nil {
			return 0, err
		}
		open++
	}
	return open, nil
}

// SocketFD is a descriptor that refers to a socket, of whatever kind.
type SocketFD struct {
	FD    int32
	Inode uint64
}

// SocketFDs lists the descriptors of a process that refer to sockets. It takes the
// privilege to trace the process.
func (p Proc) SocketFDs(pid int32) iter.Seq2[SocketFD, error] {
	return func(yield func(SocketFD, error) bool) {
		var buffer [32]byte
		for d, err := range p.descriptorsOf(pid) {
			var link []byte
			if err == nil {
				link, err = readLink(d.folder, d.name, buffer[:])
			}
			inode, isSocket := linkNumber(link, "socket:[")
			switch {
			case errors.Is(err, unix.ENOENT): // closed meanwhile
			case err != nil:
				yield(SocketFD{}, err)
				return
			case isSocket && !yield(SocketFD{d.number, inode}, nil):
				return
			}
		}
	}
}

// descriptorName is an entry of /proc/PID/fd.
type descriptorName struct {
	folder int // descriptor of the folder
	name   []byte
	number int32
}

// descriptorsOf lists /proc/PID/fd. An error is the last that it yields.
func (p Proc) descriptorsOf(pid int32) iter.Seq2[descriptorName, error] {
	return func(yield func(descriptorName, error) bool) {
		folder, err := unix.Open(p.path(processFile(pid, "fd")), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			yield(descriptorName{}, err)
			return
		}
		defer unix.Close(folder)
		for entry, err := range entries(folder, make([]byte, direntsSize)) {
			if err != nil {
				yield(descriptorName{}, err)
				return
			}
			fd, isNumber := number(entry.name())
			if isNumber && !yield(descriptorName{folder, entry.name(), fd}, nil) {
				return
			}
		}
	}
}

// SocketProtocol tells of what protocol a socket is, as the kernel names it: TCP,
// TCPv6, MPTCP, UDP, UNIX-STREAM. It is false if the descriptor refers to that socket
// no more, and takes the privilege to trace the process.
func (p Proc) SocketProtocol(pid int32, d SocketFD) (name string, ok bool) {
	path := p.path(processFile(pid, "fd/"+strconv.Itoa(int(d.FD))))
	var protocol, link [32]byte
	n, err := unix.Getxattr(path, "system.sockprotoname", protocol[:])
	if err != nil || n < 1 {
		return "", false
	}
	length, err := unix.Readlink(path, link[:])
	inode, isSocket := linkNumber(link[:max(length, 0)], "socket:[")
	return string(protocol[:n-1]), err == nil && isSocket && inode == d.Inode // before its NUL
}
