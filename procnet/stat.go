package procnet

import (
	"bytes"
	"math"
	"time"
)

// Stat is what /proc/PID/stat tells of a process beside its name.
type Stat struct {
	State      byte   // R running, S sleeping, D waiting for the disk, T stopped, t traced, Z ended
	Parent     int32  // PID; 0 of the first process of a PID namespace
	StartTicks uint64 // when it was started, in hundredths of a second since boot
}

// ticksPerSecond is USER_HZ, 100 wherever Go runs.
const ticksPerSecond = 100

// Stat reads /proc/PID/stat, which everybody may. The name in brackets may hold
// anything, brackets too.
func (p Proc) Stat(pid int32) (stat Stat, err error) {
	const state, ppid, starttime = 3, 4, 22
	name := processFile(pid, "stat")
	text, err := p.beginning(name, make([]byte, maxHead))
	if err != nil {
		return stat, err
	}
	rest := text[bytes.LastIndexByte(text, ')')+1:]
	parent, okParent := field(rest, ppid-state, math.MaxInt32)
	ticks, okTicks := field(rest, starttime-state, math.MaxInt64/uint64(time.Second))
	if okParent && okTicks {
		stat = Stat{bytes.TrimLeft(rest, " ")[0], int32(parent), ticks}
	}
	return stat, p.want(okParent && okTicks, name, "the parent in field 4 and the time of the start in field 22", text)
}
