package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// prepareNetwork brings up loopback in a fresh namespace and gives it all the
// ephemeral ports that an ordinary user may have.
func prepareNetwork() error {
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("bring up lo: %w", err)
	}
	return os.WriteFile("/proc/sys/net/ipv4/ip_local_port_range", []byte("1024 65535"), 0)
}

func loopbackUp() error {
	fd, err := newSocket()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr)
}

// inUse is how many IPv4 TCP sockets this namespace has that are not in
// TIME_WAIT.
func inUse() (int, error) {
	text, err := os.ReadFile("/proc/net/sockstat")
	if err != nil {
		return 0, err
	}
	n, err := parseInUse(string(text))
	if err != nil {
		return 0, fmt.Errorf("/proc/net/sockstat: %w", err)
	}
	return n, nil
}

// parseInUse finds "TCP: inuse N" in the text of /proc/net/sockstat.
func parseInUse(text string) (int, error) {
	for line := range strings.Lines(text) {
		values, ok := strings.CutPrefix(line, "TCP: ")
		if !ok {
			continue
		}
		fields := strings.Fields(values)
		if len(fields) < 2 || fields[0] != "inuse" {
			return 0, fmt.Errorf("no inuse in %q", line)
		}
		return strconv.Atoi(fields[1])
	}
	return 0, errors.New("no line of TCP")
}
