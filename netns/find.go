package netns

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Namespace is a network namespace and a way to it.
type Namespace struct {
	Inode uint64 // as /proc/PID/ns/net shows it
	Path  string // by which it is entered
	Name  string // the best that is known of it, see [All]; or the word it was found by

	id identity
}

// identity tells namespaces apart.
type identity struct{ device, inode uint64 }

// word is what an error calls the namespace.
func (n Namespace) word() string { return cmp.Or(n.Name, n.Path) }

// ownThread is the namespace of the calling thread.
const ownThread = "/proc/thread-self/ns/net"

// folders is where `ip netns` keeps names. On most machines the second leads to
// the first.
var folders = []string{"/run/netns", "/var/run/netns"}

// Find finds the namespace that a word stands for: with a slash a path
// (/proc/PID/ns/net, /run/netns/NAME, a bind mount), otherwise a name that
// `ip netns` has given, or the number of a process. To look at that of another
// user's process takes CAP_SYS_PTRACE.
func Find(word string) (Namespace, error) {
	if strings.Contains(word, "/") {
		return At(word)
	}
	named, err := byName(word)
	if !isNumber(word) {
		return named, err
	}
	process, processErr := byProcess(word)
	switch {
	case errors.Is(err, ErrNoName):
		return process, processErr
	case err == nil && processErr == nil && named.id != process.id:
		return Namespace{}, &Error{word, "find", ErrAmbiguous}
	}
	return named, err
}

// At finds the namespace at a path. An error that wraps ErrKind says that
// something else stands there.
func At(path string) (Namespace, error) {
	var file unix.Statfs_t
	var stat unix.Stat_t
	err := cmp.Or(unix.Statfs(path, &file), unix.Stat(path, &stat))
	if err == nil && file.Type != unix.NSFS_MAGIC {
		err = ErrKind
	}
	if err == nil {
		err = kind(path)
	}
	if err != nil {
		return Namespace{}, &Error{path, "find", err}
	}
	return Namespace{Inode: stat.Ino, Path: path, Name: path, id: identity{stat.Dev, stat.Ino}}, nil
}

// kind refuses the namespaces of other kinds, as far as the kernel tells them
// apart (NS_GET_NSTYPE, since 4.11).
func kind(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE); err == nil && kind != unix.CLONE_NEWNET {
		return ErrKind
	}
	return nil
}

// byName finds a namespace in /run/netns. A file there is none when nothing is
// mounted on it.
func byName(name string) (Namespace, error) {
	first := error(ErrNoName)
	if name == "" || name == "." || name == ".." {
		return Namespace{}, &Error{name, "find", first}
	}
	for _, folder := range folders {
		n, err := At(filepath.Join(folder, name))
		switch {
		case err == nil:
			n.Name = name
			return n, nil
		case errors.Is(first, ErrNoName) && !errors.Is(err, fs.ErrNotExist):
			first = errors.Unwrap(err)
		}
	}
	return Namespace{}, &Error{name, "find", first}
}

func byProcess(pid string) (Namespace, error) {
	n, err := At(filepath.Join("/proc", pid, "ns/net"))
	if err != nil {
		err = errors.Unwrap(err)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			err = ErrNoProcess
		}
		return Namespace{}, &Error{pid, "find", err}
	}
	n.Name = pid
	return n, nil
}

// isNumber reports whether a word has the form of a process's number.
func isNumber(word string) bool {
	_, err := strconv.ParseUint(word, 10, 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// gone is the error of a path that led to a namespace before.
func gone(err error) error {
	var e *Error
	if errors.As(err, &e) {
		err = e.Err
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) || errors.Is(err, ErrKind) {
		return ErrGone
	}
	return err
}

// Names lists the names that `ip netns` has given, in order.
func Names() (names []string) {
	for _, n := range named() {
		names = append(names, n.Name)
	}
	return names
}

// named finds the namespaces that have a name, by name.
func named() (found []Namespace) {
	for _, folder := range folders {
		entries, _ := os.ReadDir(folder) // a machine without names has no folder
		for _, entry := range entries {
			n, err := At(filepath.Join(folder, entry.Name()))
			if err == nil && !slices.ContainsFunc(found, func(f Namespace) bool { return f.Name == entry.Name() }) {
				n.Name = entry.Name()
				found = append(found, n)
			}
		}
	}
	slices.SortFunc(found, func(a, b Namespace) int { return strings.Compare(a.Name, b.Name) })
	return found
}
