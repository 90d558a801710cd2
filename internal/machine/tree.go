package machine

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Proc gives the files of /proc that were kept, by their names below it
// ("net/tcp"). What could not be read when the record was made cannot be read
// here either: the error wraps fs.ErrPermission where that was the reason.
func (rec *Record) Proc() fs.FS { return rec.tree }

// tree is a file system, by path.
type tree map[string]*node

// node is one file, directory or symbolic link.
type node struct {
	name    string
	mode    fs.FileMode
	target  string   // of a link
	section *section // nil of a directory that was made around others
	members []*node  // of such a directory
	links   func() ([]*node, error)
}

// newTree makes the directories around the sections below proc.
func newTree(sections map[string]*section) tree {
	t := tree{".": directory(".")}
	for name, s := range sections {
		if inside, ok := strings.CutPrefix(name, procName+"/"); ok {
			t.put(inside, s.node(path.Base(inside)))
		}
	}
	for _, n := range t {
		slices.SortFunc(n.members, byName)
	}
	return t
}

// put adds a node and the directories above it.
func (t tree) put(name string, n *node) {
	if old := t[name]; old != nil { // made already for what is below
		*old = node{name: n.name, mode: n.mode, section: n.section, links: n.links, members: old.members}
		return
	}
	t[name] = n
	parent := path.Dir(name)
	if t[parent] == nil {
		t.put(parent, directory(path.Base(parent)))
	}
	t[parent].members = append(t[parent].members, n)
}

func directory(name string) *node { return &node{name: name, mode: fs.ModeDir | 0o555} }

// node makes the file or directory that a section keeps.
func (s *section) node(name string) *node {
	n := &node{name: name, section: s, mode: 0o444}
	switch s.kind {
	case links:
		n.mode = fs.ModeDir | 0o555
		n.links = sync.OnceValues(s.readLinks)
	case unreadable:
		n.mode = 0
	}
	return n
}

// readLinks reads the links of a section, by name. With an error come those that
// make sense.
func (s *section) readLinks() (nodes []*node, first error) {
	err := s.each(func(number int, line []byte) error {
		name, target, ok := strings.Cut(string(line), " ")
		if ok && strings.HasPrefix(target, `"`) {
			target, ok = unquoted(target)
		}
		if !ok || !validName(name) || strings.Contains(name, "/") {
			first = cmp.Or[error](first, s.fault(number, line, "want a name and its target"))
			return nil
		}
		nodes = append(nodes, &node{name: name, mode: fs.ModeSymlink | 0o777, target: target})
		return nil
	})
	slices.SortStableFunc(nodes, byName)
	return slices.CompactFunc(nodes, func(a, b *node) bool { return a.name == b.name }), cmp.Or(first, err)
}

func unquoted(text string) (string, bool) {
	text, err := strconv.Unquote(text)
	return text, err == nil
}

func byName(a, b *node) int { return cmp.Compare(a.name, b.name) }

// find looks a node up.
func (t tree) find(op, name string) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	n := t[name]
	if n == nil {
		n = t.link(name)
	}
	if n == nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	if n.section != nil && n.section.kind == unreadable {
		return nil, &fs.PathError{Op: op, Path: name, Err: asPermission(n.section.reason())}
	}
	return n, nil
}

// link looks a symbolic link up, nil if there is none.
func (t tree) link(name string) *node {
	dir := t[path.Dir(name)]
	if dir == nil || dir.links == nil {
		return nil
	}
	nodes, _ := dir.links()
	i, found := slices.BinarySearchFunc(nodes, path.Base(name), func(n *node, name string) int { return cmp.Compare(n.name, name) })
	if !found {
		return nil
	}
	return nodes[i]
}

// asPermission gives the error of a missing privilege its meaning back.
func asPermission(reason error) error {
	if reason.Error() == fs.ErrPermission.Error() {
		return fs.ErrPermission
	}
	return reason
}

// Open opens a file or directory. A link leads nowhere.
func (t tree) Open(name string) (fs.File, error) {
	n, err := t.find("open", name)
	switch {
	case err != nil:
		return nil, err
	case n.mode.IsDir():
		return &openDirectory{node: n}, nil
	case n.section == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openFile{n, n.section.open()}, nil
}

// ReadDir lists a directory by name.
func (t tree) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := t.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !n.mode.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	return n.entries()
}

// ReadLink gives the target of a link.
func (t tree) ReadLink(name string) (string, error) {
	n, err := t.find("readlink", name)
	if err == nil && n.mode.Type() != fs.ModeSymlink {
		err = &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return "", err
	}
	return n.target, nil
}

// Lstat tells what stands under a name.
func (t tree) Lstat(name string) (fs.FileInfo, error) {
	n, err := t.find("lstat", name)
	if err != nil {
		return nil, err
	}
	return n, nil
}

func (n *node) entries() (entries []fs.DirEntry, err error) {
	members := n.members
	if n.links != nil {
		links, failed := n.links()
		members, err = slices.Concat(members, links), failed
		slices.SortFunc(members, byName)
	}
	for _, member := range members {
		entries = append(entries, fs.FileInfoToDirEntry(member))
	}
	return entries, err
}

// A node tells about itself. Like the kernel's it has no size.

func (n *node) Name() string       { return n.name }
func (n *node) Mode() fs.FileMode  { return n.mode }
func (n *node) IsDir() bool        { return n.mode.IsDir() }
func (n *node) Size() int64        { return 0 }
func (n *node) ModTime() time.Time { return time.Time{} }
func (n *node) Sys() any           { return nil }

// openFile is a file that is being read.
type openFile struct {
	*node
	io.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.node, nil }
func (f *openFile) Close() error               { return nil }

// openDirectory is a directory that is being listed.
type openDirectory struct {
	*node
	listed int
}

func (d *openDirectory) Stat() (fs.FileInfo, error) { return d.node, nil }
func (d *openDirectory) Close() error               { return nil }

func (d *openDirectory) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a directory")}
}

// ReadDir gives the next n entries, or all for n <= 0.
func (d *openDirectory) ReadDir(n int) ([]fs.DirEntry, error) {
	entries, err := d.entries()
	entries = entries[min(d.listed, len(entries)):]
	if n > 0 {
		if len(entries) == 0 && err == nil {
			err = io.EOF
		}
		entries = entries[:min(n, len(entries))]
	}
	d.listed += len(entries)
	return entries, err
}
