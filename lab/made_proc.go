package main

import (
	"fmt"
	"slices"
	"strings"
)

// MadeProc makes another /proc of the host for --proc, in which counters of
// "net/netstat" have other values beside the files given, see [Host.Proc]. All answers
// of the scene are taken from it.
func (h *Host) MadeProc(counters map[string]int, files map[string]string) {
	text := h.Run("cat", "/proc/1/net/netstat")
	for name, value := range counters {
		text = h.setCounter(text, name, value)
	}
	files["1/net/netstat"] = text
	h.scene.Flags("--proc", h.Proc(files))
}

// setCounter puts a value in a text that has a line of names before each line of
// values.
func (h *Host) setCounter(text, name string, value int) string {
	lines := strings.Split(text, "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		column := slices.Index(strings.Fields(lines[i]), name)
		if column < 0 {
			continue
		}
		values := strings.Fields(lines[i+1])
		values[column] = fmt.Sprint(value)
		lines[i+1] = strings.Join(values, " ")
		return strings.Join(lines, "\n")
	}
	h.scene.Fail("the kernel has no counter %s", name)
	return ""
}

// sockstat is net/sockstat of a host, whose orphans and pages the kernel counts for
// the whole machine.
func sockstat(orphans, pages int) string {
	return fmt.Sprintf("sockets: used 420\nTCP: inuse 400 orphan %d tw 0 alloc 420 mem %d\nUDP: inuse 0 mem 0\n", orphans, pages)
}
