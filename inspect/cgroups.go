package inspect

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"sync"

	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// cgroups knows the cgroups of the sockets of a list: by the number that sock_diag
// tells, or else by those of the processes that own them.
type cgroups struct {
	proc      procnet.Proc
	paths     *procnet.Cgroups
	walked    bool                  // for this list
	reason    listing.Reason        // why the walk did not tell a path
	byID      map[uint64]tcp.Cgroup // of this list, those too of which nothing is known
	byProcess map[int32]tcp.Cgroup
	warn      func(format string, args ...any)
	warned    bool

	// rootIsAll reports whether the root of version 2 is where everybody is, so that
	// to be in it says nothing.
	rootIsAll func() bool
}

func newCgroups(m *Machine) *cgroups {
	c := &cgroups{proc: m.proc, paths: new(procnet.Cgroups), warn: m.options.Warn, rootIsAll: sync.OnceValue(m.proc.SystemdCgroupV1)}
	if m.recorded != nil {
		c.paths = procnet.NewCgroups(maps.All(m.recorded.Cgroups))
	}
	return c
}

// cgroupsByOwner reports whether only the owner of a socket can tell its cgroup.
func (m *Machine) cgroupsByOwner() bool {
	return m.policy == Proc || m.proc.SystemdCgroupV1()
}

// begin forgets what may have changed since the last list: not the paths, since
// the number of a cgroup is never given to another.
func (c *cgroups) begin() {
	if c == nil {
		return
	}
	c.walked, c.reason = false, listing.NotInProc
	c.byID, c.byProcess = map[uint64]tcp.Cgroup{}, map[int32]tcp.Cgroup{}
}

// fill tells the cgroup of a row whose owners are filled in. Where the number
// leads nowhere or to the root an owner may tell more.
func (c *cgroups) fill(r *listing.Row) {
	if c == nil || r.Socket.Mini {
		return
	}
	if id, numbered := r.Socket.CgroupID.Get(); numbered {
		r.Cgroup = c.numbered(id)
	}
	if r.Cgroup.Path != "" && r.Cgroup.Path != "/" {
		return
	}
	for _, h := range r.Holders {
		if owner := c.owner(h.PID); owner.Path != "" {
			r.Cgroup = owner
			return
		}
	}
}

// numbered finds a cgroup by its number. The first one that is not known makes it
// walk the hierarchy. The root is no answer where everybody is in it.
func (c *cgroups) numbered(id uint64) tcp.Cgroup {
	cgroup, seen := c.byID[id]
	if seen {
		return cgroup
	}
	path, known := c.paths.Path(id)
	if !known && !c.walked {
		c.walk()
		path, _ = c.paths.Path(id)
	}
	if path == "/" && c.rootIsAll() {
		path = ""
	}
	cgroup = cgroupAt(path)
	c.byID[id] = cgroup
	return cgroup
}

// walk reads the paths of all cgroups, which is bounded and takes milliseconds.
func (c *cgroups) walk() {
	c.walked = true
	paths, err := c.proc.Cgroups(context.Background())
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	c.paths = paths
	if errors.Is(err, fs.ErrPermission) {
		c.reason = listing.NoPermission
	}
	if err != nil && !c.warned {
		c.warned = true
		c.warn("cgroups may be missing: %v", err)
	}
}

// owner finds the cgroup that a process is in now.
func (c *cgroups) owner(pid int32) tcp.Cgroup {
	cgroup, seen := c.byProcess[pid]
	if !seen {
		path, _ := c.proc.CgroupOf(pid)
		cgroup = cgroupAt(path)
		c.byProcess[pid] = cgroup
	}
	return cgroup
}

// cgroupAt reads a path, which may be empty.
func cgroupAt(path string) tcp.Cgroup {
	unit, container := procnet.ParseCgroup(path)
	return tcp.Cgroup{Path: path, Unit: unit, Container: container}
}

// countGap notes a socket whose cgroup is not known.
func (c *cgroups) countGap(r *listing.Row, source string, missing *gaps) {
	if c == nil || r.Socket.Mini || r.Cgroup.Path != "" {
		return
	}
	_, numbered := r.Socket.CgroupID.Get()
	switch {
	case numbered:
		missing.add("cgroup", c.reason)
	case source == Proc:
		missing.add("cgroup", listing.NotInProc)
	default:
		missing.add("cgroup", listing.KernelTooOld)
	}
}
