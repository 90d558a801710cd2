package procnet

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// Descriptors counts the files that a process has open (/proc/PID/fd). It takes the
// privilege to trace the process. It is false where they cannot be read to the end.
func (p Proc) Descriptors(pid int32) (n uint64, ok bool) {
	if p.dir == "" {
		return 0, false
	}
	dir, err := unix.Open(p.path(strconv.Itoa(int(pid))+"/fd"), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, false
	}
	defer unix.Close(dir)
	var stat unix.Stat_t
	if p.sized() && unix.Fstat(dir, &stat) == nil {
		return uint64(stat.Size), true
	}
	for entry, err := range entries(dir, make([]byte, direntsSize)) {
		if err != nil {
			return 0, false
		}
		if _, isNumber := number(entry.name()); isNumber {
			n++
		}
	}
	return n, true
}
