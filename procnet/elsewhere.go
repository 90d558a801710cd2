package procnet

import (
	"context"
	"path"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Elsewhere gives, for each network namespace other than this that some process is in,
// the /proc as one such process sees it. It takes the privilege to trace a process to
// know its namespace: those of others are left out.
func (p Proc) Elsewhere(ctx context.Context, own uint64) (others []Proc, err error) {
	pids, err := p.processes()
	seen := map[uint64]bool{own: true}
	for _, pid := range pids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		inode, ok := p.NetNSOf(pid)
		if ok && !seen[inode] {
			seen[inode] = true
			other := p
			other.net = path.Join(strconv.Itoa(int(pid)), "net")
			others = append(others, other)
		}
	}
	return others, err
}

// NetNSOf gives the inode number of the network namespace of a process. It takes the
// privilege to trace the process.
func (p Proc) NetNSOf(pid int32) (inode uint64, ok bool) {
	var link [32]byte
	n, err := unix.Readlink(filepath.Join(p.dir, processFile(pid, "ns/net")), link[:])
	if err != nil {
		return 0, false
	}
	return linkNumber(link[:n], "net:[")
}
