package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"syscall"

	"tcpstat/diag"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// The sources, as --source and the JSON documents name them.
const (
	sourceAuto    = "auto"
	sourceNetlink = "netlink"
	sourceProc    = "proc"
)

// want says which sockets a command needs and what of them.
type want struct {
	ipv4, ipv6               bool
	states                   tcp.Set
	info, memory, congestion bool
}

// source reads the sockets of one network namespace: over sock_diag, or from
// /proc where sock_diag cannot be had.
type source struct {
	proc    procnet.Proc
	policy  string // auto, netlink or proc
	netns   string // path of the namespace to ask sock_diag in, empty for ours
	warn    func(format string, args ...any)
	used    string // netlink or proc, known with the first socket
	started bool   // a first socket or error was seen
}

// chooseSource looks at another machine's /proc if asked. Its sockets are asked
// for over sock_diag only inside its own namespace, so that two machines are
// never mixed.
func chooseSource(e *env, policy, dir string) (*source, error) {
	if dir == "" {
		dir = e.getenv("HOST_PROC")
	}
	src := &source{proc: procnet.Self(), policy: cmp.Or(policy, sourceAuto), warn: e.warn}
	if dir == "" || filepath.Clean(dir) == "/proc" {
		return src, nil
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	src.proc = procnet.At(dir)
	if netns, ok := src.proc.NamespaceFile(); ok {
		src.netns = netns
		return src, nil // where it may not be entered, diag says so
	}
	if src.policy == sourceNetlink {
		return nil, usagef("leave out --source netlink to read the files in "+dir, "%s has no namespace to enter (1/ns/net)", dir)
	}
	src.policy = sourceProc
	return src, nil
}

// sockets streams what w asks for. Under the policy auto it turns to /proc when
// the very first answer of the run says that sock_diag cannot be had; never
// later, so that one list has one source.
func (src *source) sockets(ctx context.Context, w want) iter.Seq2[*tcp.Socket, error] {
	return func(yield func(*tcp.Socket, error) bool) {
		if src.policy == sourceProc || src.used == sourceProc {
			src.used = sourceProc
			src.fromProc(ctx, w)(yield)
			return
		}
		for s, err := range src.fromKernel(ctx, w) {
			if src.policy == sourceAuto && !src.started && unavailable(err) {
				src.fallBack(err)
				src.fromProc(ctx, w)(yield)
				return
			}
			src.started, src.used = true, sourceNetlink
			if !yield(s, err) {
				return
			}
		}
		src.started, src.used = true, sourceNetlink
	}
}

func (src *source) fromKernel(ctx context.Context, w want) iter.Seq2[*tcp.Socket, error] {
	return diag.Dump(ctx, diag.Query{
		IPv4: w.ipv4, IPv6: w.ipv6, States: w.states,
		Info: w.info, Memory: w.memory, Congestion: w.congestion,
		NetNS: src.netns,
	})
}

func (src *source) fromProc(ctx context.Context, w want) iter.Seq2[*tcp.Socket, error] {
	return src.proc.Sockets(ctx, procnet.Query{IPv4: w.ipv4, IPv6: w.ipv6, States: w.states})
}

func (src *source) fallBack(reason error) {
	src.used, src.started = sourceProc, true
	src.warn("sock_diag is not available (%v); reading /proc/net/tcp, which knows less", rootCause(reason))
}

// namespace gives the inode of the network namespace that is read.
func (src *source) namespace() tcp.Opt[uint64] {
	if inode, ok := src.proc.NetNS(); ok {
		return tcp.Some(inode)
	}
	return tcp.Opt[uint64]{}
}

// isOurs reports whether the namespace that is read is that of this process.
func (src *source) isOurs() bool {
	if src.netns == "" {
		return true
	}
	inode, known := src.proc.NetNS()
	own, _ := procnet.Self().NetNS()
	return known && inode == own
}

// unavailable reports whether err says that sock_diag cannot be had here: not at
// all, or not in the namespace that was asked for.
func unavailable(err error) bool {
	var e *diag.Error
	return errors.As(err, &e) && (e.Unavailable() || e.Op == "namespace")
}

// skipped reports whether err is about one message or line that was passed
// over, so that the walk goes on.
func skipped(err error) bool {
	var message *diag.MessageError
	var line *procnet.LineError
	return errors.As(err, &message) || errors.As(err, &line)
}

// rootCause gives the innermost error, which is the kernel's own word.
func rootCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// readable explains an error in two parts: what failed, and what to try.
func readable(err error) (what, try string) {
	var e *diag.Error
	switch {
	case errors.As(err, &e) && e.Op == "namespace":
		return err.Error(), "run as root, or give the namespace of a process of your own"
	case unavailable(err):
		return err.Error(), "leave out --source netlink to read /proc instead"
	case errors.As(err, &e):
		return err.Error(), "try again, or read /proc with --source proc"
	case errors.Is(err, syscall.ENOSPC):
		return err.Error(), "make room where the output goes, or write it elsewhere"
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return err.Error(), "name a directory laid out like /proc with --proc DIR"
	}
	return err.Error(), "run tcpstat --help for the ways to ask"
}
