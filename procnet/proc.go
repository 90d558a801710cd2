package procnet

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Proc is one /proc and the network namespace seen through it.
type Proc struct {
	fsys fs.FS
	net  string // folder of tcp and tcp6 in fsys
	dir  string // directory that fsys is, empty when it is none
}

// ownProc is where this machine's /proc is mounted.
const ownProc = "/proc"

// Self is this machine's /proc with the network namespace of this process, as
// its main thread sees it (/proc/self/net). A goroutine may run on any thread,
// so that thread-self would name whichever namespace chance has chosen.
func Self() Proc {
	return at(ownProc, "self/net")
}

// ThreadSelf is this machine's /proc with the network namespace of the calling
// thread (/proc/thread-self/net), for a goroutine that is locked to one that has
// entered another namespace.
func ThreadSelf() Proc {
	return at(ownProc, "thread-self/net")
}

// At is a /proc mounted or copied elsewhere: that of a host seen from a
// container, or the one in a support bundle. The network namespace is that of
// its process 1 (dir/1/net), or of a bundle that lacks it dir/net. In a /proc of
// the running kernel dir/net would be the reader's own namespace.
func At(dir string) Proc {
	p := at(dir, "1/net")
	_, err := os.Stat(filepath.Join(dir, p.net))
	if errors.Is(err, fs.ErrNotExist) && !p.live() {
		p.net = "net"
	}
	return p
}

// New reads a file system whose root stands where /proc would be, such as a
// record; net is the folder that holds tcp and tcp6. Real directories are read
// faster, and /proc with care for what is this kernel's, by [Self] and [At].
func New(fsys fs.FS, net string) Proc {
	return Proc{fsys: fsys, net: net}
}

func at(dir, net string) Proc {
	return Proc{fsys: os.DirFS(dir), net: net, dir: dir}
}

// NetNS gives the inode number of the network namespace, such as 4026531840,
// by the link ns/net beside the folder net. It is unknown without permission to
// trace that process, which an ordinary user lacks for process 1, unless the
// calling thread is in the same namespace; and where a support bundle did not
// keep the link.
func (p Proc) NetNS() (inode uint64, ok bool) {
	link, err := fs.ReadLink(p.fsys, path.Join(path.Dir(p.net), "ns/net"))
	if err != nil && p.live() && p.entered() {
		link, err = os.Readlink("/proc/thread-self/ns/net")
	}
	if err != nil {
		return 0, false
	}
	return linkNumber([]byte(link), "net:[")
}

// NamespaceFile is the path by which the network namespace of p can be entered,
// by those who may trace the process. It is false for a copy: what a copy holds
// in that place is of another machine, and a link may lead to one of this.
func (p Proc) NamespaceFile() (name string, ok bool) {
	if !p.live() {
		return "", false
	}
	name = p.path(path.Join(path.Dir(p.net), "ns/net"))
	_, err := os.Stat(name)
	return name, err == nil || errors.Is(err, fs.ErrPermission)
}

// live reports whether the directory is a proc file system of the running
// kernel, rather than a copy.
func (p Proc) live() bool {
	var stat unix.Statfs_t
	return p.dir != "" && unix.Statfs(p.dir, &stat) == nil && stat.Type == unix.PROC_SUPER_MAGIC
}

// sized reports whether the size of /proc/PID/fd is the number of descriptors, as
// it is in Linux since 6.2. Older kernels give 0 for every process, even for this
// one, which has some.
func (p Proc) sized() bool {
	info, err := os.Stat("/proc/self/fd")
	return err == nil && info.Size() > 0 && p.live()
}

// entered reports whether the calling thread is in the network namespace that p
// shows. The file tcp of one namespace has one inode number in every /proc, and
// unlike ns/net it may be looked at by everybody.
func (p Proc) entered() bool {
	var own, shown unix.Stat_t
	return unix.Stat("/proc/thread-self/net/tcp", &own) == nil &&
		unix.Stat(filepath.Join(p.dir, p.net, "tcp"), &shown) == nil &&
		own.Ino == shown.Ino
}

// errNotRegular says that something else stands where a file should.
var errNotRegular = errors.New("not a regular file")

// open opens a file. Its errors name the whole path. A copy may hold anything: of
// a directory it opens regular files only, since a FIFO or a device may never end.
func (p Proc) open(name string) (fs.File, error) {
	if p.dir == ownProc {
		return openQuickly(p.path(name))
	}
	if p.dir != "" {
		info, err := os.Stat(p.path(name))
		if err == nil && !info.Mode().IsRegular() {
			return nil, &fs.PathError{Op: "open", Path: p.path(name), Err: errNotRegular}
		}
	}
	f, err := p.fsys.Open(name)
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return nil, &fs.PathError{Op: pathError.Op, Path: p.path(name), Err: pathError.Err}
	}
	return f, err
}

// openQuickly is os.Open for a file that never makes its reader wait: the runtime
// is not asked to watch it, which takes longer than to read it.
func openQuickly(name string) (fs.File, error) {
	for {
		fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		switch {
		case err == nil:
			return os.NewFile(uintptr(fd), name), nil
		case !errors.Is(err, unix.EINTR):
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// path is how people find a file.
func (p Proc) path(name string) string { return path.Join(p.dir, name) }
