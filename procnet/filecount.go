package procnet

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"math"
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
	folder, err := p.descriptorFolder(pid)
	if err != nil {
		return 0, err
	}
	defer unix.Close(folder)
	open := uint64(0)
	for _, err := range fdNumbers(folder) {
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

// SocketFDs lists the descriptors of a process that refer to sockets: all of them, or
// of its descriptors one in so many. It takes the privilege to trace the process.
func (p Proc) SocketFDs(pid int32, oneIn uint64) iter.Seq2[SocketFD, error] {
	return func(yield func(SocketFD, error) bool) {
		folder, err := p.descriptorFolder(pid)
		if err != nil {
			yield(SocketFD{}, err)
			return
		}
		defer unix.Close(folder)
		for link, err := range fdLinks(folder, int64(min(max(oneIn, 1), math.MaxInt32))) {
			if err != nil {
				yield(SocketFD{}, err)
				return
			}
			inode, isSocket := linkNumber(link.target, "socket:[")
			if isSocket && !yield(SocketFD{link.fd, inode}, nil) {
				return
			}
		}
	}
}

// descriptorFolder opens /proc/PID/fd.
func (p Proc) descriptorFolder(pid int32) (int, error) {
	return unix.Open(p.path(processFile(pid, "fd")), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}

// fdNumbers lists the numbers in /proc/PID/fd. An error is the last that it yields.
func fdNumbers(folder int) iter.Seq2[int32, error] {
	return func(yield func(int32, error) bool) {
		for entry, err := range entries(folder, make([]byte, direntsSize)) {
			if err != nil {
				yield(0, err)
				return
			}
			fd, isNumber := number(entry.name())
			if isNumber && !yield(fd, nil) {
				return
			}
		}
	}
}

// fdLink is a link in /proc/PID/fd. What it leads to is valid until the next one.
type fdLink struct {
	fd     int32
	target []byte
}

// fdLinks lists the links in /proc/PID/fd, those of descriptors whose numbers are at
// least so far apart. Most follow each other: the kernel lists the folder a page at a
// time, and makes an inode for each entry, so that it is asked only where there is a gap.
// An error is the last that it yields.
func fdLinks(folder int, apart int64) iter.Seq2[fdLink, error] {
	return func(yield func(fdLink, error) bool) {
		var reader linkReader
		for fd := int64(0); ; fd += apart {
			link, err := reader.read(folder, fd)
			if errors.Is(err, unix.ENOENT) {
				var found bool
				if fd, found, err = nextFD(folder, fd); err == nil && !found {
					return
				}
				if err == nil {
					link, err = reader.read(folder, fd)
				}
			}
			if errors.Is(err, unix.ENOENT) {
				continue // closed meanwhile
			}
			if !yield(link, err) || err != nil {
				return
			}
		}
	}
}

// nextFD gives the first descriptor from a number on. The kernel's place in /proc/PID/fd
// is the number and two more, for "." and ".." (proc_readfd_common in fs/proc/fd.c).
func nextFD(folder int, from int64) (fd int64, found bool, err error) {
	const dots = 2
	if _, err := unix.Seek(folder, from+dots, unix.SEEK_SET); err != nil {
		return 0, false, err
	}
	var buf [64]byte // an entry or two
	n, err := unix.Getdents(folder, buf[:])
	if err != nil || n <= 0 {
		return 0, false, err
	}
	entry, _ := firstEntry(buf[:n])
	next, isNumber := number(entry.name())
	return int64(next), isNumber, nil
}

// linkReader reads links whose names are numbers.
type linkReader struct {
	name   [24]byte
	target [32]byte // holds "socket:[" and the longest number
}

func (r *linkReader) read(folder int, fd int64) (fdLink, error) {
	target, err := readLink(folder, append(strconv.AppendInt(r.name[:0], fd, 10), 0), r.target[:])
	return fdLink{int32(fd), target}, err
}

// SocketUser gives the user that a socket belongs to, under the conditions of
// [Proc.SocketProtocol].
func (p Proc) SocketUser(pid int32, d SocketFD) (uid uint32, ok bool) {
	var stat unix.Stat_t
	err := unix.Stat(p.path(processFile(pid, "fd/"+strconv.Itoa(int(d.FD)))), &stat)
	return stat.Uid, err == nil && stat.Mode&unix.S_IFMT == unix.S_IFSOCK && stat.Ino == d.Inode
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
