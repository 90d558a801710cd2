package procnet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// Owners tells which descriptors of which processes refer to a socket, in 16
// bytes each.
type Owners struct {
	inodes []uint64 // ascending
	owners []tcp.Owner
	hidden int
}

// Of lists the owners of a socket by process and descriptor, nil when none was
// found. The list must not be changed.
func (o *Owners) Of(inode uint64) []tcp.Owner {
	first, _ := slices.BinarySearch(o.inodes, inode)
	end := first
	for end < len(o.inodes) && o.inodes[end] == inode {
		end++
	}
	if first == end {
		return nil
	}
	return o.owners[first:end:end]
}

// Hidden counts the processes whose descriptors could not be read, mostly because
// this user may not. At 0, and without an error, the scan was complete. Where
// processes themselves are hidden (mount option hidepid) only the first of them is
// known to exist and counts.
func (o *Owners) Hidden() int { return o.hidden }

// Owners finds who has the sockets wanted, or any socket when wanted is nil, by
// reading the links in /proc/PID/fd. It needs no privilege for processes of the
// same user, and for others CAP_SYS_PTRACE and to be root.
//
// All owners are found: after fork() or SCM_RIGHTS a socket has several
// processes, after dup() several descriptors of one. That one owner is found
// never means that it is the last, so that the scan visits every process, unless
// nothing is wanted. It takes several processors, where there are some.
//
// A process or descriptor that comes or goes meanwhile may be missed. Not seen
// are descriptors that belong to no process of this /proc or to none at all (in
// flight between processes, registered with io_uring), those of a thread that
// does not share its process's table, and those of a process whose main thread
// has ended.
//
// When there is an error, the result is what was found all the same. A process that
// could not be read for another reason than privilege is hidden as well, and the
// first such reason is the error. It wraps fs.ErrNotExist where no process has
// descriptors (a copy without them, a /proc that is not mounted), and is
// errors.ErrUnsupported for a Proc made by [New].
func (p Proc) Owners(ctx context.Context, wanted *Inodes) (*Owners, error) {
	if p.dir == "" {
		return &Owners{}, fmt.Errorf("owners of sockets in a file system without processes: %w", errors.ErrUnsupported)
	}
	if wanted != nil {
		if len(wanted.numbers) == 0 {
			return &Owners{}, nil
		}
		wanted.sort()
	}
	dir, err := unix.Open(p.dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &Owners{}, &fs.PathError{Op: "open", Path: p.dir, Err: err}
	}
	defer unix.Close(dir)
	pids, err := processes(dir)
	if err != nil {
		return &Owners{}, &fs.PathError{Op: "read", Path: p.dir, Err: err}
	}
	s := &scan{ctx: ctx, proc: p, dir: dir, wanted: wanted, pids: pids}
	owners, err := s.run()
	if p.live() && !slices.Contains(pids, 1) {
		owners.hidden++ // hidepid: there always is a process 1
	}
	return owners, err
}

// processes lists the numbers that name the processes of a /proc.
func processes(dir int) ([]int32, error) {
	var pids []int32
	for entry, err := range entries(dir, make([]byte, direntsSize)) {
		if err != nil {
			return nil, err
		}
		if pid, ok := number(entry.name()); ok {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// number reads a name that is a process or a descriptor.
func number(name []byte) (int32, bool) {
	v, ok := parseDecimal(name[:len(name)-1], math.MaxInt32)
	return int32(v), ok
}

// scan is one look into all processes, shared by its workers.
type scan struct {
	ctx    context.Context
	proc   Proc
	dir    int // descriptor of the /proc
	wanted *Inodes
	pids   []int32
	next   atomic.Int64 // into pids
}

// maxWorkers bounds the memory of a scan on large machines.
const maxWorkers = 8

// run shares the processes out and puts the findings together.
func (s *scan) run() (*Owners, error) {
	workers := make([]worker, min(runtime.GOMAXPROCS(0), maxWorkers))
	var group sync.WaitGroup
	for i := range workers {
		w := &workers[i]
		w.scan = s
		group.Go(w.run)
	}
	group.Wait()

	all := &workers[0].found
	for _, w := range workers[1:] {
		all.inodes = append(all.inodes, w.found.inodes...)
		all.owners = append(all.owners, w.found.owners...)
		all.hidden += w.found.hidden
	}
	sort.Sort((*byInode)(all))
	for _, w := range workers {
		if w.err != nil {
			return all, w.err
		}
	}
	if !slices.ContainsFunc(workers, func(w worker) bool { return w.looked }) {
		return all, fmt.Errorf("%s: descriptors of processes: %w", s.proc.dir, fs.ErrNotExist)
	}
	return all, nil
}

// byInode sorts in place, so that no second copy takes memory.
type byInode Owners

func (o *byInode) Len() int { return len(o.inodes) }

func (o *byInode) Swap(i, j int) {
	o.inodes[i], o.inodes[j] = o.inodes[j], o.inodes[i]
	o.owners[i], o.owners[j] = o.owners[j], o.owners[i]
}

func (o *byInode) Less(i, j int) bool {
	a, b := o.owners[i], o.owners[j]
	return cmp.Or(cmp.Compare(o.inodes[i], o.inodes[j]), cmp.Compare(a.PID, b.PID), cmp.Compare(a.FD, b.FD)) < 0
}

// worker looks into one process after the other.
type worker struct {
	*scan
	found   Owners
	err     error
	looked  bool // some process has descriptors, hidden or not
	dirents []byte
	link    [32]byte // holds "socket:[" and the longest number
}

const direntsSize = 32 << 10

func (w *worker) run() {
	w.dirents = make([]byte, direntsSize)
	for {
		i := int(w.next.Add(1)) - 1
		if i >= len(w.pids) {
			return
		}
		if err := w.ctx.Err(); err != nil {
			w.err = err
			return
		}
		w.err = cmp.Or(w.err, w.process(w.pids[i]))
	}
}

// process records the sockets of one process. One that is gone, or that may not
// be looked into, is no error.
func (w *worker) process(pid int32) error {
	name := strconv.Itoa(int(pid)) + "/fd"
	fd, err := unix.Openat(w.dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == nil {
		err = w.descriptors(pid, fd)
		unix.Close(fd)
	}
	if gone(err) {
		return nil
	}
	w.looked = true
	if err == nil {
		return nil
	}
	w.found.hidden++
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return &fs.PathError{Op: "read", Path: w.proc.path(name), Err: err}
}

// descriptors records the sockets among the links in directory fd.
func (w *worker) descriptors(pid int32, fd int) error {
	for entry, err := range entries(fd, w.dirents) {
		if err != nil {
			return err
		}
		name := entry.name()
		number, ok := number(name)
		if !ok {
			continue
		}
		link, err := readLink(fd, name, w.link[:])
		switch {
		case err == nil:
			w.record(link, tcp.Owner{PID: pid, FD: number})
		case errors.Is(err, fs.ErrPermission):
			return err
		}
	}
	return nil
}

// record keeps an owner if the link is that of a socket wanted.
func (w *worker) record(link []byte, owner tcp.Owner) {
	inode, ok := linkNumber(link, "socket:[")
	if ok && (w.wanted == nil || w.wanted.Has(inode)) {
		w.found.inodes = append(w.found.inodes, inode)
		w.found.owners = append(w.found.owners, owner)
	}
}

// gone reports whether an error means that the process has ended, or that a
// support bundle did not keep its descriptors.
func gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOTDIR)
}
