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
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// Owners tells which descriptors of which processes refer to a socket.
type Owners struct {
	sockets Inodes  // those looked for
	ends    []int32 // by place in sockets: where in owners those of a socket end
	owners  []tcp.Owner
	others  []SocketOwner
	hidden  int
}

// SocketOwner is a descriptor of a process that refers to a socket.
type SocketOwner struct {
	Inode uint64
	tcp.Owner
}

// Others lists the descriptors of sockets that were not wanted, of whatever kind, where
// they were asked for: [Proc.OwnersAndOthers].
func (o *Owners) Others() []SocketOwner { return o.others }

// Of lists the owners of a socket by process and descriptor, nil when none was
// found. The list must not be changed.
func (o *Owners) Of(inode uint64) []tcp.Owner {
	place, ok := o.sockets.find(inode, 0)
	if !ok {
		return nil
	}
	return o.at(place)
}

// at lists the owners of the socket in a place.
func (o *Owners) at(place int) []tcp.Owner {
	first, end := int32(0), o.ends[place]
	if place > 0 {
		first = o.ends[place-1]
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
// same user, and for others CAP_SYS_PTRACE and to be root. The set
// wanted becomes part of the result: add nothing to it afterwards.
//
// All owners are found: after fork() or SCM_RIGHTS a socket has several
// processes, after dup() several descriptors of one. That one owner is found
// never means that it is the last, so that the scan visits every process, unless
// nothing is wanted: nothing that the kernel shows counts the descriptors of a
// socket. It takes several processors, where there are some, for one process with
// very many descriptors too. Processes that have none, such as kernel threads, are
// passed over where the kernel tells their number (Linux 6.2).
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
// descriptors (a copy without them, a /proc that is not mounted).
func (p Proc) Owners(ctx context.Context, wanted *Inodes) (*Owners, error) {
	if wanted != nil && len(wanted.numbers) == 0 {
		return &Owners{}, nil
	}
	return p.owners(ctx, wanted, false)
}

// OwnersAndOthers is [Proc.Owners] with the descriptors of all other sockets beside
// those wanted. Of a record it has none.
func (p Proc) OwnersAndOthers(ctx context.Context, wanted *Inodes) (*Owners, error) {
	return p.owners(ctx, wanted, true)
}

func (p Proc) owners(ctx context.Context, wanted *Inodes, others bool) (*Owners, error) {
	if wanted != nil {
		wanted.sort()
	}
	if p.dir == "" {
		return p.listed(ctx, wanted)
	}
	dir, err := p.folder()
	if err != nil {
		return &Owners{}, err
	}
	defer unix.Close(dir)
	pids, err := processes(dir)
	if err != nil {
		return &Owners{}, &fs.PathError{Op: "read", Path: p.dir, Err: err}
	}
	s := &scan{ctx: ctx, proc: p, dir: dir, wanted: wanted, beside: others, pids: pids, sized: p.sized()}
	owners, err := s.run()
	if p.live() && !slices.Contains(pids, 1) {
		owners.hidden++ // hidepid: there always is a process 1
	}
	return owners, err
}

// folder opens the directory.
func (p Proc) folder() (int, error) {
	dir, err := unix.Open(p.dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		err = &fs.PathError{Op: "open", Path: p.dir, Err: err}
	}
	return dir, err
}

// processes lists the numbers of all processes.
func (p Proc) processes() ([]int32, error) {
	dir, err := p.folder()
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	pids, err := processes(dir)
	if err != nil {
		err = &fs.PathError{Op: "read", Path: p.dir, Err: err}
	}
	return pids, err
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
	beside bool // others are kept too
	sized  bool // folders tell how many descriptors they hold

	mu     sync.Mutex // guards what follows
	pids   []int32    // not begun yet
	open   []*folder  // begun, and not read to the end yet
	looked bool       // some process has descriptors, hidden or not
	hidden int
	err    error // the first
}

// maxWorkers bounds the memory of a scan on large machines.
const maxWorkers = 8

// run lets workers look and puts their findings together.
func (s *scan) run() (*Owners, error) {
	workers := make([]worker, min(runtime.GOMAXPROCS(0), maxWorkers))
	var group sync.WaitGroup
	for i := range workers {
		w := &workers[i]
		w.scan = s
		group.Go(w.run)
	}
	group.Wait()

	var found findings
	for _, w := range workers {
		found = append(found, w.found...)
	}
	owners := found.owners(s.wanted)
	owners.hidden = s.hidden
	for _, w := range workers {
		owners.others = append(owners.others, w.others...)
	}
	if s.err == nil && !s.looked {
		return owners, fmt.Errorf("%s: descriptors of processes: %w", s.proc.dir, fs.ErrNotExist)
	}
	return owners, s.err
}

// take gives a worker the next process. When all are begun it gives one that
// others are reading, so that a process with very many descriptors is read by
// all. It gives nil when there is nothing left to do.
func (s *scan) take() *folder {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ctx.Err(); err != nil {
		s.err = cmp.Or(s.err, err)
		return nil
	}
	if len(s.pids) > 0 {
		s.open = append(s.open, &folder{scan: s, pid: s.pids[0], fd: unopened})
		s.pids = s.pids[1:]
	}
	if len(s.open) == 0 {
		return nil
	}
	f := s.open[len(s.open)-1]
	f.readers++
	return f
}

// leave is the end of a folder for one worker, who found nothing more in it. For
// the last one it is the end of the process.
func (s *scan) leave(f *folder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = slices.DeleteFunc(s.open, func(o *folder) bool { return o == f })
	f.readers--
	if f.readers > 0 {
		return
	}
	f.close()
	switch {
	case f.empty || gone(f.err):
		return
	case f.err == nil:
	case errors.Is(f.err, fs.ErrPermission):
		s.hidden++
	default:
		s.hidden++
		s.err = cmp.Or(s.err, error(&fs.PathError{Op: "read", Path: s.proc.path(f.name()), Err: f.err}))
	}
	s.looked = true
}

// folder is /proc/PID/fd of one process.
type folder struct {
	scan    *scan
	pid     int32
	readers int // workers, guarded by the scan's mu

	mu    sync.Mutex // guards what follows
	fd    int        // descriptor of the folder
	ended bool
	empty bool  // the process has no descriptors
	err   error // why it ended early
}

// unopened stands for the descriptor of a folder that is not open.
const unopened = -1

func (f *folder) name() string { return strconv.Itoa(int(f.pid)) + "/fd" }

// next reads a block of names into buf. It gives none at the end.
func (f *folder) next(buf []byte) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fd == unopened && !f.ended {
		f.begin()
	}
	if f.ended {
		return nil
	}
	n, err := unix.Getdents(f.fd, buf)
	if err != nil || n <= 0 {
		f.ended, f.err = true, err
		return nil
	}
	return buf[:n]
}

// begin opens the folder, unless it is known to be empty, as that of a kernel
// thread.
func (f *folder) begin() {
	var stat unix.Stat_t
	name := f.name()
	if f.scan.sized && unix.Fstatat(f.scan.dir, name, &stat, unix.AT_SYMLINK_NOFOLLOW) == nil && stat.Size == 0 {
		f.ended, f.empty = true, true
		return
	}
	f.fd, f.err = unix.Openat(f.scan.dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	f.ended = f.err != nil
}

// fail ends the reading of a folder early.
func (f *folder) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended, f.err = true, err
}

func (f *folder) close() {
	if f.fd != unopened {
		unix.Close(f.fd)
	}
}

// worker looks into one process after the other.
type worker struct {
	*scan
	found   findings
	others  []SocketOwner
	dirents []byte
	next    int      // place of the socket wanted that probably follows
	link    [32]byte // holds "socket:[" and the longest number
}

const direntsSize = 32 << 10

func (w *worker) run() {
	w.dirents = make([]byte, direntsSize)
	for f := w.take(); f != nil; f = w.take() {
		for block := f.next(w.dirents); block != nil && w.ctx.Err() == nil; block = f.next(w.dirents) {
			w.links(f, block)
		}
		w.leave(f)
	}
}

// links records the sockets among the descriptors in a block of names.
func (w *worker) links(f *folder, block []byte) {
	for len(block) > 0 {
		var entry dirent
		entry, block = firstEntry(block)
		name := entry.name()
		number, ok := number(name)
		if !ok {
			continue
		}
		link, err := readLink(f.fd, name, w.link[:])
		switch {
		case err == nil:
			w.record(link, tcp.Owner{PID: f.pid, FD: number})
		case errors.Is(err, fs.ErrPermission):
			f.fail(err)
			return
		}
	}
}

// record keeps an owner if the link is that of a socket wanted.
func (w *worker) record(link []byte, owner tcp.Owner) {
	if inode, ok := linkNumber(link, "socket:["); ok {
		next, wanted := w.found.record(inode, owner, w.wanted, w.next)
		if w.next = next; !wanted && w.beside {
			w.others = append(w.others, SocketOwner{inode, owner})
		}
	}
}

// finding is one descriptor that refers to a socket.
type finding struct {
	socket uint64 // its place in the set of those wanted, or its inode where all are
	owner  tcp.Owner
}

// findings grow in blocks and are never copied, which would take memory twice.
type findings [][]finding

const blockLength = 4096

// record keeps an owner of a socket if that is wanted. It probably is at place next;
// the one that probably follows is returned.
func (f *findings) record(inode uint64, owner tcp.Owner, wanted *Inodes, next int) (follows int, kept bool) {
	switch {
	case inode == 0:
	case wanted == nil:
		f.add(finding{inode, owner})
		return next, true
	default:
		if place, ok := wanted.find(inode, next); ok {
			f.add(finding{uint64(place), owner})
			return place + 1, true
		}
	}
	return next, false
}

func (f *findings) add(found finding) {
	last := len(*f) - 1
	if last < 0 || len((*f)[last]) == blockLength {
		*f = append(*f, make([]finding, 0, blockLength))
		last++
	}
	(*f)[last] = append((*f)[last], found)
}

// all goes through findings, which may be changed.
func (f findings) all(yield func(*finding) bool) {
	for _, block := range f {
		for i := range block {
			if !yield(&block[i]) {
				return
			}
		}
	}
}

// settle makes the set of all sockets found, and puts their places where their
// inodes were.
func (f findings) settle() *Inodes {
	sockets := new(Inodes)
	for found := range f.all {
		sockets.Add(found.socket)
	}
	sockets.sort()
	for found := range f.all {
		place, _ := sockets.find(found.socket, 0)
		found.socket = uint64(place)
	}
	return sockets
}

// owners groups findings by their places in the set of sockets wanted, nil for
// all.
func (f findings) owners(sockets *Inodes) *Owners {
	if sockets == nil {
		sockets = f.settle()
	}
	ends := make([]int32, len(sockets.numbers))
	total := int32(0)
	for found := range f.all {
		ends[found.socket]++
		total++
	}
	// The counts become beginnings, which move on to the ends as owners come.
	first := int32(0)
	for place, count := range ends {
		ends[place] = first
		first += count
	}
	o := &Owners{sockets: *sockets, ends: ends, owners: make([]tcp.Owner, total)}
	for found := range f.all {
		end := &ends[found.socket]
		o.owners[*end] = found.owner
		*end++
	}
	for place := range ends {
		if several := o.at(place); len(several) > 1 {
			slices.SortFunc(several, byProcess)
		}
	}
	return o
}

func byProcess(a, b tcp.Owner) int {
	return cmp.Or(cmp.Compare(a.PID, b.PID), cmp.Compare(a.FD, b.FD))
}

// gone reports whether an error means that the process has ended, or that a
// support bundle did not keep its descriptors.
func gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOTDIR)
}
