package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// services reads the names of TCP ports from /etc/services. A machine without
// that file has no names.
func services() map[uint16]string {
	names := make(map[uint16]string)
	file, err := os.Open("/etc/services")
	if err != nil {
		return names
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		number, isTCP := strings.CutSuffix(fields[1], "/tcp")
		if port, err := strconv.ParseUint(number, 10, 16); isTCP && err == nil {
			names[uint16(port)] = fields[0]
		}
	}
	return names
}
