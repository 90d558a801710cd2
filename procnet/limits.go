package procnet

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// OpenFiles is how many files a process may have open at once (RLIMIT_NOFILE, the
// soft limit). It is false where the limit cannot be read; a process without a limit
// has [math.MaxUint64].
func (p Proc) OpenFiles(pid int32) (limit uint64, ok bool) { return p.FileLimits()(pid) }

// FileLimits is [Proc.OpenFiles] for many processes. Where the kernel may be asked that
// is many times as fast as /proc/PID/limits.
func (p Proc) FileLimits() func(pid int32) (limit uint64, ok bool) {
	if !p.ownPIDs() {
		return p.writtenLimit
	}
	return func(pid int32) (uint64, bool) {
		var limit unix.Rlimit
		if unix.Prlimit(int(pid), unix.RLIMIT_NOFILE, nil, &limit) != nil {
			return p.writtenLimit(pid)
		}
		return limit.Cur, true
	}
}

// ownPIDs reports whether the numbers of processes are those that this process knows
// them by. A /proc may be that of another PID namespace, wherever it is mounted.
func (p Proc) ownPIDs() bool {
	if !p.live() {
		return false
	}
	self, err := os.Readlink(filepath.Join(p.dir, "self"))
	return err == nil && self == strconv.Itoa(os.Getpid())
}

// writtenLimit reads /proc/PID/limits.
func (p Proc) writtenLimit(pid int32) (limit uint64, ok bool) {
	text, err := p.ReadFile(strconv.Itoa(int(pid)) + "/limits")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "Max open files"); found {
			return softLimit(rest)
		}
	}
	return 0, false
}

// softLimit reads the first of a line's two limits.
func softLimit(text string) (limit uint64, ok bool) {
	fields := strings.Fields(text)
	switch {
	case len(fields) == 0:
		return 0, false
	case fields[0] == "unlimited":
		return math.MaxUint64, true
	}
	limit, err := strconv.ParseUint(fields[0], 10, 64)
	return limit, err == nil
}
