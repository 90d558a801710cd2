package procnet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Cgroups tells the paths of cgroups of version 2 by their numbers, which is what
// sock_diag knows of the cgroup of a socket. The zero Cgroups knows none.
type Cgroups struct {
	paths map[uint64]string
	size  int // what they take, for the bound
}

// NewCgroups makes Cgroups of pairs of number and path.
func NewCgroups(pairs iter.Seq2[uint64, string]) *Cgroups {
	c := new(Cgroups)
	for id, path := range pairs {
		c.add(id, path)
	}
	return c
}

// Path gives the path of a cgroup from the root of the hierarchy, or from that of
// the reader's cgroup namespace. It is not known of a cgroup outside of the
// namespace, and of one that was removed, which sockets can outlive.
func (c *Cgroups) Path(id uint64) (path string, ok bool) {
	path, ok = c.paths[id]
	return path, ok
}

// All gives all pairs of number and path, by number.
func (c *Cgroups) All() iter.Seq2[uint64, string] {
	return func(yield func(uint64, string) bool) {
		for _, id := range slices.Sorted(maps.Keys(c.paths)) {
			if !yield(id, c.paths[id]) {
				return
			}
		}
	}
}

// maxCgroups bounds the memory that all paths may take: 100,000 usual ones.
const maxCgroups = 16 << 20

// errTooMany ends a walk.
var errTooMany = errors.New("too many cgroups; the innermost are not known")

// add keeps a path, as long as there is room.
func (c *Cgroups) add(id uint64, path string) bool {
	const perPair = 64 // in the map
	if c.size += len(path) + perPair; c.size > maxCgroups {
		return false
	}
	if c.paths == nil {
		c.paths = map[uint64]string{}
	}
	c.paths[id] = path
	return true
}

// Cgroups walks the directories of cgroup version 2, wherever it is mounted. On
// 64-bit kernels the number of a cgroup is the inode number of its directory, and
// is never given to another; on 32-bit kernels none will be found. It needs no
// privilege, but for a /proc of the running kernel other than our own: the mounts
// of its process 1 are reached through dir/1/root, which takes CAP_SYS_PTRACE.
//
// A directory that comes or goes meanwhile may be missed. When there is an error,
// the result is what was found all the same. The error wraps fs.ErrNotExist where
// no cgroup2 is mounted, and for a copy, which has no mounts.
func (p Proc) Cgroups(ctx context.Context) (*Cgroups, error) {
	c := new(Cgroups)
	if !p.live() {
		return c, fmt.Errorf("%s: cgroups of a copy: %w", p.dir, fs.ErrNotExist)
	}
	mounts, err := p.mounts(ctx, "cgroup2")
	if err != nil {
		return c, err
	}
	// What is mounted of a part of the hierarchy mostly lies in another mount.
	slices.SortStableFunc(mounts, func(a, b mount) int { return cmp.Compare(len(a.root), len(b.root)) })
	base := p.path(path.Join(path.Dir(p.net), "root"))
	if p.dir == ownProc {
		base = "/"
	}
	err = fmt.Errorf("%s: no cgroup2 is mounted: %w", p.dir, fs.ErrNotExist)
	for i, m := range mounts {
		e := c.mount(ctx, path.Join(base, m.point), m.root)
		if i == 0 || e == nil {
			err = e
		}
		if errors.Is(e, errTooMany) || ctx.Err() != nil {
			return c, e
		}
	}
	return c, err
}

// mount learns the cgroups of one mount, of which root is the part that is
// mounted.
func (c *Cgroups) mount(ctx context.Context, point, root string) error {
	fd, err := unix.Open(point, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: point, Err: err}
	}
	defer unix.Close(fd)
	var stat unix.Statfs_t
	if err := unix.Fstatfs(fd, &stat); err != nil || stat.Type != unix.CGROUP2_SUPER_MAGIC {
		return &fs.PathError{Op: "open", Path: point, Err: fs.ErrNotExist} // another mount covers it
	}
	if err := c.walk(ctx, fd, root); err != nil {
		return &fs.PathError{Op: "read", Path: point, Err: err}
	}
	return nil
}

// walk learns the directory fd, of which the path is given, and all below it,
// those near it first. What is known already is not walked again.
func (c *Cgroups) walk(ctx context.Context, fd int, root string) error {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	if _, known := c.paths[stat.Ino]; known {
		return nil
	}
	if !c.add(stat.Ino, root) {
		return errTooMany
	}
	w := cgroupWalk{Cgroups: c, fd: fd, device: uint64(stat.Dev), root: strings.TrimSuffix(root, "/"), dirents: make([]byte, direntsSize)}
	w.queue = []string{"."}
	for len(w.queue) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.read(); err != nil {
			return err
		}
	}
	return nil
}

// cgroupWalk is one walk. It holds no directory open but the first, so that depth
// costs no descriptors.
type cgroupWalk struct {
	*Cgroups
	fd      int
	device  uint64
	root    string   // path of fd
	queue   []string // relative to fd: directories that are still to be read
	dirents []byte
}

// read reads the first directory of the queue. One that is gone is passed over.
func (w *cgroupWalk) read() error {
	name := w.queue[0]
	w.queue = w.queue[1:]
	dir, err := unix.Openat(w.fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return passOver(err)
	}
	defer unix.Close(dir)
	for entry, err := range entries(dir, w.dirents) {
		if err != nil {
			return passOver(err)
		}
		if child := string(entry.name()); entry.isDirectory() && child != ".\x00" && child != "..\x00" {
			if err := w.child(dir, path.Join(name, child[:len(child)-1])); err != nil {
				return err
			}
		}
	}
	return nil
}

// child learns a directory in dir. One without directories in it is not read: it
// is linked to by its parent and by itself only.
func (w *cgroupWalk) child(dir int, name string) error {
	var stat unix.Stat_t
	if err := unix.Fstatat(dir, path.Base(name), &stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return passOver(err)
	}
	if uint64(stat.Dev) != w.device {
		return nil // another file system is mounted there
	}
	if _, known := w.paths[stat.Ino]; known {
		return nil
	}
	if !w.add(stat.Ino, w.root+"/"+name) {
		return errTooMany
	}
	if stat.Nlink != 2 {
		w.queue = append(w.queue, name)
	}
	return nil
}

// passOver forgives the errors of a directory that was removed meanwhile, lies too
// deep for one path or may not be read.
func passOver(err error) error {
	switch {
	case gone(err), err == unix.ENODEV, err == unix.ENAMETOOLONG, errors.Is(err, fs.ErrPermission):
		return nil
	}
	return err
}

// maxCgroupFile bounds /proc/PID/cgroup: a line for each of some fifteen
// hierarchies.
const maxCgroupFile = 128 << 10

// CgroupOf gives the path of the cgroup that a process is in now, from
// /proc/PID/cgroup: that of version 2, or that of systemd's own hierarchy of
// version 1 where the former is the root or is not there. It needs no privilege.
func (p Proc) CgroupOf(pid int32) (path string, ok bool) {
	text, err := p.cgroupFile(pid)
	if err != nil {
		return "", false
	}
	return processCgroup(text)
}

// SystemdCgroupV1 reports whether systemd keeps its units in a hierarchy of
// version 1, as the first process shows that can be asked. In version 2, of which
// sock_diag tells, all processes are then in the root.
func (p Proc) SystemdCgroupV1() bool {
	pids, _ := p.pids()
	for _, pid := range pids {
		if text, err := p.cgroupFile(pid); err == nil {
			return strings.Contains(text, ":"+systemdHierarchy+":")
		}
	}
	return false
}

func (p Proc) cgroupFile(pid int32) (string, error) {
	f, err := p.open(strconv.Itoa(int(pid)) + "/cgroup")
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCgroupFile))
	return string(text), err
}

// systemdHierarchy is how systemd names its hierarchy of version 1.
const systemdHierarchy = "name=systemd"

// processCgroup reads lines of HIERARCHY:CONTROLLERS:PATH (proc_cgroup_show() in
// kernel/cgroup/cgroup.c).
func processCgroup(text string) (path string, ok bool) {
	const unified = "0:"
	paths := map[string]string{}
	for line := range strings.Lines(text) {
		line, whole := strings.CutSuffix(line, "\n")
		fields := strings.SplitN(line, ":", 3)
		if !whole || len(fields) != 3 || !strings.HasPrefix(fields[2], "/") {
			continue
		}
		hierarchy := fields[1]
		if hierarchy == "" {
			hierarchy = fields[0] + ":"
		}
		paths[hierarchy] = strings.TrimSuffix(fields[2], " (deleted)")
	}
	path = paths[unified]
	if named := paths[systemdHierarchy]; named != "" && (path == "" || path == "/") {
		path = named
	}
	return path, path != ""
}
