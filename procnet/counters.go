package procnet

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"tcpstat/tcp"
)

// Counters reads what the kernel has counted in the network namespace of p since
// that was made: the files snmp, netstat and snmp6, in this order. It needs no
// privilege.
//
// A file that is missing, and a section that a kernel lacks, such as MPTcpExt of
// one without MPTCP, is absent. What can be read is in the result even when the
// error, the first of all, is not nil.
func (p Proc) Counters() (tcp.Counters, error) {
	return joinCounters(p.SNMP, p.Netstat, p.SNMP6)
}

// Levels reads how much the kernel uses now: the files sockstat and sockstat6, and
// where connections are tracked what that has cost (stat/nf_conntrack).
// Absence and errors are those of [Proc.Counters].
func (p Proc) Levels() (tcp.Counters, error) {
	return joinCounters(p.Sockstat, p.Sockstat6, p.ConntrackStat)
}

// joinCounters puts the counters of several files together.
func joinCounters(readers ...func() (tcp.Counters, error)) (all tcp.Counters, first error) {
	for _, read := range readers {
		counters, err := read()
		all = append(all, counters...)
		if !errors.Is(err, fs.ErrNotExist) {
			first = cmp.Or(first, err)
		}
	}
	return all, first
}

// counterFile is a file of counters while it is read.
type counterFile struct {
	lines    *lines
	counters tcp.Counters
	err      error // the first
}

// maxCounters bounds the memory that one file may take. A kernel has about 450.
const maxCounters = 10_000

// counterFile reads a file beside tcp and tcp6 with a parser that takes its
// lines.
func (p Proc) counterFile(name string, parse func(*counterFile)) (tcp.Counters, error) {
	name = path.Join(p.net, name)
	file, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	f := &counterFile{lines: newLines(context.Background(), p.path(name), file)}
	parse(f)
	return f.counters, f.err
}

// next gives a copy of the next line that can be read, with blanks for tabs.
func (f *counterFile) next() (line []byte, ok bool) {
	for {
		line, err := f.lines.next()
		var bad *LineError
		switch {
		case err == nil && len(f.counters) > maxCounters:
			f.fail(f.lines.error(line, 0, fmt.Sprintf("more than %d counters", maxCounters)))
			return nil, false
		case err == nil:
			return bytes.ReplaceAll(line, []byte{'\t'}, []byte{' '}), true
		case errors.As(err, &bad):
			f.fail(err)
		case err == io.EOF:
			return nil, false
		default:
			f.fail(err)
			return nil, false
		}
	}
}

// fail keeps the first of all errors.
func (f *counterFile) fail(err error) { f.err = cmp.Or(f.err, err) }

// failed reports whether a word of the current line could not be read, and makes
// the cursor ready for the next one.
func (f *counterFile) failed(c *cursor) bool {
	if c.reason == "" {
		return false
	}
	f.fail(f.lines.error(c.line, c.at, c.reason))
	c.reason = ""
	return true
}
