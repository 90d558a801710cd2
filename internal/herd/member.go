package main

import (
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxFDs is how many descriptors one member takes at most. Ephemeral ports set
// it: all connections of a member go to one listener from one address, 8,000
// of them find a free port at the first try.
const maxFDs = 16_000

// spareFDs is what a process has open beside the sockets.
const spareFDs = 100

// share is what one member holds.
type share struct {
	member    int // from 0; gives the address
	pairs     int
	listeners int // beside the one that it needs
}

// sockets is how many sockets a share is.
func (s share) sockets() int { return 2*s.pairs + s.listeners + 1 }

// address is the member's own, 127.x.y.2, so that its ports are too.
func (s share) address() [4]byte {
	return [4]byte{127, 1 + byte(s.member>>8), byte(s.member), 2}
}

func (s share) args() []string {
	return []string{strconv.Itoa(s.member), strconv.Itoa(s.pairs), strconv.Itoa(s.listeners)}
}

func parseShare(args []string) (s share, err error) {
	if len(args) != 3 {
		return s, fmt.Errorf("a member takes 3 numbers, not %q", args)
	}
	for i, n := range []*int{&s.member, &s.pairs, &s.listeners} {
		if *n, err = strconv.Atoi(args[i]); err != nil {
			return s, err
		}
	}
	return s, nil
}

// split shares a herd out evenly among as many members as the limit of open
// files asks for.
func (h herd) split() ([]share, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return nil, fmt.Errorf("limit of open files: %w", err)
	}
	if limit.Max < 2*spareFDs {
		return nil, fmt.Errorf("limit of open files: %d is too low, raise it (ulimit -Hn)", limit.Max)
	}
	return h.splitBy(int(min(maxFDs, limit.Max-spareFDs))), nil
}

// splitBy is split for a given number of descriptors for each member.
func (h herd) splitBy(fds int) []share {
	all := h.sockets + h.listeners
	n := max(h.processes, (all+fds-1)/fds)
	shares := make([]share, n)
	for i := range shares {
		shares[i] = share{
			member:    i,
			pairs:     part(h.sockets/2, i, n),
			listeners: part(h.listeners, i, n),
		}
	}
	return shares
}

// part is the i-th of n nearly equal parts of a whole.
func part(whole, i, n int) int { return whole*(i+1)/n - whole*i/n }

// memberMain builds its share, says so, and holds it until its input ends.
func memberMain(args []string) (code int, err error) {
	s, err := parseShare(args)
	if err != nil {
		return failed, err
	}
	if err := s.build(); err != nil {
		return failed, err
	}
	fmt.Println("ready")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return failed, err
	}
	return 0, nil
}

// build opens all sockets of the share. They are closed by the end of the
// process.
func (s share) build() error {
	if err := raiseFileLimit(); err != nil {
		return err
	}
	listener, addr, err := s.listen()
	if err != nil {
		return err
	}
	for i := range s.pairs {
		if err := connect(listener, addr); err != nil {
			return fmt.Errorf("connection %d of %d: %w", i+1, s.pairs, err)
		}
	}
	for i := range s.listeners {
		if _, _, err := s.listen(); err != nil {
			return fmt.Errorf("listener %d of %d: %w", i+1, s.listeners, err)
		}
	}
	return nil
}

func raiseFileLimit() error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("limit of open files: %w", err)
	}
	limit.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("limit of open files: %w", err)
	}
	return nil
}

// listen opens a listener at the share's address and a port that the kernel
// chooses.
func (s share) listen() (fd int, addr unix.Sockaddr, err error) {
	if fd, err = newSocket(); err != nil {
		return 0, nil, err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: s.address()}); err != nil {
		return 0, nil, fmt.Errorf("bind: %w", err)
	}
	if err := unix.Listen(fd, unix.SOMAXCONN); err != nil {
		return 0, nil, fmt.Errorf("listen: %w", err)
	}
	if addr, err = unix.Getsockname(fd); err != nil {
		return 0, nil, fmt.Errorf("getsockname: %w", err)
	}
	return fd, addr, nil
}

// connect makes one pair. Over loopback neither call waits.
func connect(listener int, addr unix.Sockaddr) error {
	fd, err := newSocket()
	if err != nil {
		return err
	}
	if err := unix.Connect(fd, addr); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if _, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC); err != nil {
		return fmt.Errorf("accept: %w", err)
	}
	return nil
}

func newSocket() (fd int, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("socket: %w", err)
	}
	return fd, nil
}
