package procnet

import (
	"math"
	"strconv"
	"strings"
)

// OpenFiles is how many files a process may have open at once (RLIMIT_NOFILE, the
// soft limit), from /proc/PID/limits. It takes the privilege to trace the process.
// It is false where the limit cannot be read; a process without a limit has
// [math.MaxUint64].
func (p Proc) OpenFiles(pid int32) (limit uint64, ok bool) {
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
