package inspect

import (
	"bufio"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
)

// services reads the names of TCP ports from /etc/services. A machine without
// that file has no names.
func services() map[uint16]string {
	names := make(map[uint16]string)
	for port, all := range tcpServices() {
		names[port] = all[0]
	}
	return names
}

// servicePort finds the TCP port of a service by its name or another name of it.
func servicePort(name string) (uint16, bool) {
	for port, all := range tcpServices() {
		if slices.Contains(all, name) {
			return port, true
		}
	}
	return 0, false
}

// tcpServices walks the TCP ports of /etc/services with their names, the
// official one first.
func tcpServices() iter.Seq2[uint16, []string] {
	return func(yield func(uint16, []string) bool) {
		file, err := os.Open("/etc/services")
		if err != nil {
			return
		}
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			line, _, _ := strings.Cut(lines.Text(), "#")
			fields := strings.Fields(line)
			if len(fields) < 2 {
				continue
			}
			number, isTCP := strings.CutSuffix(fields[1], "/tcp")
			port, err := strconv.ParseUint(number, 10, 16)
			names := append(fields[:1:1], fields[2:]...)
			if isTCP && err == nil && !yield(uint16(port), names) {
				return
			}
		}
	}
}
