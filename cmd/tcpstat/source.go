package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"tcpstat/diag"
	"tcpstat/filter"
	"tcpstat/netns"
	"tcpstat/procnet"
	"tcpstat/render/typeset"
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
	condition                filter.Node // what may be left out; the caller judges
}

// source reads the sockets of the network namespace that the calling thread is
// in (see inside): over sock_diag, or from /proc where sock_diag cannot be had.
type source struct {
	proc    procnet.Proc
	policy  string           // auto, netlink or proc
	enter   *netns.Namespace // where inside goes, nil: nowhere
	all     bool             // every namespace is wanted, one after the other
	files   bool             // they can be read without being inside
	foreign bool             // they are, by a thread that is in another namespace
	where   string           // the flags that name this place, for the command to run next
	look    *recording       // a recorded one; nil: the machine itself is read
	warn    func(format string, args ...any)
	used    string // netlink or proc, known with the first socket
	started bool   // a first socket or error was seen
}

// placeFlags say where to look, as they stand on the command line.
type placeFlags struct {
	source, proc, netns string
	record, replay      string
}

// registerPlace registers those that read the same in every command.
func (f *placeFlags) registerPlace(flags *pflag.FlagSet) {
	flags.StringVar(&f.source, "source", sourceAuto, "`SOURCE` to read: auto, netlink or proc")
	flags.StringVar(&f.proc, "proc", "", "another /proc at `DIR` (a host's, a support bundle's)")
}

// chooseSource makes the source that the flags name: a record, or a machine.
func (f *placeFlags) chooseSource(e *env) (*source, error) {
	switch {
	case f.replay != "":
		src, err := replay(e, f.replay, f.source)
		if err == nil {
			src.where = flagText("--replay", f.replay)
		}
		return src, err
	case f.record == "-":
		return nil, usagef("tcpstat -a --record look.txt", "--record needs a file of its own; the list goes to standard output")
	case f.record != "" && f.netns == allNamespaces:
		return nil, usagef("tcpstat -a --record look.txt --netns NAME", "--record keeps one network namespace, not all")
	}
	return f.machineSource(e)
}

// machineSource looks into another namespace, or at another machine's /proc, if
// asked.
func (f *placeFlags) machineSource(e *env) (*source, error) {
	dir := cmp.Or(f.proc, e.getenv("HOST_PROC"))
	src := &source{proc: procnet.Self(), policy: cmp.Or(f.source, sourceAuto), warn: e.warn}
	switch {
	case f.netns != "":
		src.where = flagText("--netns", f.netns)
	case f.proc != "":
		src.where = flagText("--proc", f.proc)
	}
	switch ours := dir == "" || filepath.Clean(dir) == "/proc"; {
	case f.netns == "" && ours:
		return src, nil
	case f.netns == "":
		return src, src.at(dir)
	case !ours:
		return nil, usagef("env -u HOST_PROC tcpstat "+src.where, "--netns looks at this machine, HOST_PROC (%s) at another", dir)
	}
	src.proc = procnet.ThreadSelf()
	if src.all = f.netns == allNamespaces; src.all {
		return src, nil
	}
	place, err := netns.Find(f.netns)
	src.enter = &place
	return src, err
}

// flagText is a flag as a shell takes it.
func flagText(flag, value string) string {
	plain := func(r rune) bool {
		return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/._-+:@", r))
	}
	if strings.IndexFunc(value, func(r rune) bool { return !plain(r) }) >= 0 {
		value = "'" + strings.ReplaceAll(typeset.Escape(value), "'", `'\''`) + "'"
	}
	return flag + " " + value
}

// at reads another machine's /proc. Its sockets are asked for over sock_diag only
// inside its own namespace, so that two machines are never mixed.
func (src *source) at(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	src.proc, src.files = procnet.At(dir), true
	name, ok := src.proc.NamespaceFile()
	switch {
	case ok:
		place, err := netns.At(name)
		if err != nil {
			return src.stayOutside(err)
		}
		src.enter = &place
		return nil
	case src.policy == sourceNetlink:
		return usagef("leave out --source netlink to read the files in "+dir, "%s has no namespace to enter (1/ns/net)", dir)
	}
	src.policy, src.foreign = sourceProc, true
	return nil
}

// inside runs f in the namespace that is to be read, on a thread that is in it.
func (src *source) inside(f func() error) error {
	if src.enter == nil {
		return f()
	}
	err := src.enter.Do(f)
	var refused *netns.Error
	if !errors.As(err, &refused) || !src.files {
		return err
	}
	if err := src.stayOutside(err); err != nil {
		return err
	}
	return f()
}

// stayOutside reads the files of a namespace that cannot be entered, unless
// sock_diag was insisted on.
func (src *source) stayOutside(reason error) error {
	switch src.policy {
	case sourceNetlink:
		return reason
	case sourceAuto:
		src.warn("%v; reading its net/tcp, which knows less", reason)
	}
	src.policy, src.foreign = sourceProc, true
	return nil
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
	q := diag.Query{
		IPv4: w.ipv4, IPv6: w.ipv6, States: w.states,
		Info: w.info, Memory: w.memory, Congestion: w.congestion,
		Condition: w.condition,
	}
	if src.look != nil {
		return diag.Replay(ctx, src.look.messages, q)
	}
	return diag.Dump(ctx, q)
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

// unavailable reports whether err says that sock_diag cannot be had here at all.
func unavailable(err error) bool {
	var e *diag.Error
	return errors.As(err, &e) && e.Unavailable()
}

// skipped reports whether err is about one message or line that was passed
// over, so that the walk goes on.
func skipped(err error) bool {
	var message *diag.MessageError
	var line *procnet.LineError
	return errors.As(err, &message) || errors.As(err, &line) || isRecordLine(err)
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
	var place *netns.Error
	var record *recordError
	switch {
	case errors.As(err, &record):
		return err.Error(), record.try
	case isCut(err):
		return err.Error(), "what is whole is shown; record it again for the rest"
	case errors.As(err, &place):
		return err.Error(), namespaceAdvice(place)
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
