package netns

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tcpstat/procnet"
)

// All finds every network namespace that a process is in (/proc/PID/ns/net) or
// that has a name in /run/netns, each once: that of the calling thread first, the
// others by name. Not found is one that only a descriptor, a thread other than
// the first of its process, or a bind mount elsewhere keeps alive.
//
// Name is the best there is: that of `ip netns`, else by the oldest process in it
// the container or the service that this belongs to, else that process, as
// name/PID. Services that share a name have the PID behind it too. Hidden counts the
// processes whose namespace may not be looked at, which takes CAP_SYS_PTRACE for those
// of other users. Where even their numbers are hidden (hidepid) that is process 1.
func All() (found []Namespace, hidden int, err error) {
	here, err := At(ownThread)
	if err != nil {
		return nil, 0, err
	}
	c := collection{index: map[identity]int{}}
	c.add(here, "")
	for _, n := range named() {
		c.add(n, n.Name)
	}
	pids, err := processes()
	if err != nil {
		return nil, 0, &Error{"/proc", "find", err}
	}
	if !slices.Contains(pids, 1) {
		hidden++ // it is always there
	}
	for _, pid := range pids {
		path := "/proc/" + strconv.Itoa(pid) + "/ns/net"
		var stat unix.Stat_t
		switch err := unix.Stat(path, &stat); {
		case err == nil:
			id := identity{stat.Dev, stat.Ino}
			c.addProcess(Namespace{Inode: stat.Ino, Path: path, id: id}, pid)
		case errors.Is(err, fs.ErrPermission):
			hidden++
		}
	}
	return c.list(), hidden, nil
}

// processes lists the numbers of all processes, ascending.
func processes() (pids []int, err error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	for _, name := range names {
		if pid, e := strconv.Atoi(name); e == nil {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids, err
}

// collection gathers namespaces, each once.
type collection struct {
	found []member
	index map[identity]int // into found
}

// member is a namespace, its name in /run/netns and its oldest process, as far as
// there are any.
type member struct {
	Namespace
	given string
	pid   int
}

func (c *collection) add(n Namespace, given string) *member {
	i, known := c.index[n.id]
	if !known {
		i = len(c.found)
		c.index[n.id] = i
		c.found = append(c.found, member{Namespace: n})
	}
	m := &c.found[i]
	if m.given == "" && given != "" {
		m.given, m.Path = given, n.Path
	}
	return m
}

func (c *collection) addProcess(n Namespace, pid int) {
	m := c.add(n, "")
	m.pid = cmp.Or(m.pid, pid)
	if m.Path == ownThread {
		m.Path = n.Path
	}
}

// list names the namespaces and puts them in order: the first was ours.
func (c *collection) list() []Namespace {
	list := make([]Namespace, len(c.found))
	times := map[string]int{}
	for i := range c.found {
		list[i] = c.found[i].Namespace
		list[i].Name = c.found[i].name()
		times[list[i].Name]++
	}
	for i, m := range c.found {
		if times[list[i].Name] > 1 && m.given == "" {
			list[i].Name += "/" + strconv.Itoa(m.pid)
		}
	}
	slices.SortStableFunc(list[1:], func(a, b Namespace) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (m *member) name() string {
	if m.given != "" {
		return m.given
	}
	proc, pid := procnet.Self(), int32(m.pid)
	cgroup, _ := proc.CgroupOf(pid)
	if name := cgroupName(cgroup); name != "" {
		return name
	}
	if process, ok := proc.Processes().Get(pid); ok {
		return process.Name + "/" + strconv.Itoa(m.pid)
	}
	return strconv.FormatUint(m.Inode, 10)
}

// cgroupName is the container or the service whose cgroup it is. A scope says
// little: that of process 1 is init.scope, those of users are numbered.
func cgroupName(cgroup string) string {
	unit, container := procnet.ParseCgroup(cgroup)
	switch {
	case container != "":
		return container
	case strings.HasSuffix(unit, ".service"):
		return unit
	}
	return ""
}
