package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"time"

	"tcpstat/diag"
	"tcpstat/internal/machine"
	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// recording is a look at a machine that was recorded, by --record or by ss -D.
type recording struct {
	*machine.Record
	messages iter.Seq2[[]byte, error] // of sock_diag
	none     error                    // why there are none

	own bool // this run has just made it, and tells it as what it sees
	raw bool // it is ss's, which keeps the messages and nothing else
}

// clock is that of the look.
func (l *recording) clock() time.Time { return l.Time }

// bigEndian is the byte order of this machine.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// maxPiped bounds the memory that a record takes which cannot be read twice.
const maxPiped = 1 << 30

// openLook opens a record or a dump of ss; "-" is standard input.
func openLook(name string) (*recording, error) {
	file := os.Stdin
	if name != "-" {
		var err error
		if file, err = os.Open(name); err != nil {
			return nil, noRecord(err)
		}
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().IsRegular() {
		return readLook(name, file, info.Size())
	}
	return readPiped(name, file, maxPiped)
}

// readPiped reads a record of at most so many bytes that cannot be read twice.
// What is none is refused before it fills the memory.
func readPiped(name string, in io.Reader, most int64) (*recording, error) {
	head := make([]byte, len(header{}))
	n, err := io.ReadFull(in, head)
	if err == nil || err == io.EOF || err == io.ErrUnexpectedEOF {
		_, err = readLook(name, bytes.NewReader(head[:n]), int64(n))
	}
	if err != nil {
		return nil, noRecord(err)
	}
	in = io.MultiReader(bytes.NewReader(head[:n]), in)
	all, err := io.ReadAll(io.LimitReader(in, most+1))
	switch {
	case err != nil:
		return nil, noRecord(err)
	case int64(len(all)) > most:
		return nil, &recordError{fmt.Errorf("%s: more than %d bytes, too much for a pipe", name, most), "write it to a file, and name that"}
	}
	return readLook(name, bytes.NewReader(all), int64(len(all)))
}

// header is as much as tells what a file is: that of a netlink message, or the
// first line of a record.
type header [16]byte

func readLook(name string, in io.ReaderAt, size int64) (*recording, error) {
	var head header
	n, err := in.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return nil, noRecord(err)
	}
	if diag.IsDump(head[:n]) {
		none := &machine.Record{Meta: machine.Meta{UID: -1}}
		messages := func(yield func([]byte, error) bool) {
			diag.Messages(io.NewSectionReader(in, 0, size))(yield) // each time from the beginning
		}
		return &recording{Record: none, messages: messages, raw: true}, nil
	}
	rec, err := machine.Open(name, in, size, bigEndian)
	if err != nil {
		return nil, noRecord(err)
	}
	return &recording{Record: rec, messages: rec.Messages(), none: rec.Dump()}, nil
}

func noRecord(err error) error {
	return &recordError{err, "a record is made by tcpstat --record FILE, a dump by ss -D FILE"}
}

// recordError is a record that cannot be read or written.
type recordError struct {
	err error
	try string
}

func (e *recordError) Error() string { return e.err.Error() }
func (e *recordError) Unwrap() error { return e.err }

// replay makes the source of a record. The clock, the machine's name and the
// privilege are those of the look.
func replay(e *env, name, policy string) (*source, error) {
	l, err := openLook(name)
	if err != nil {
		return nil, err
	}
	if l.Damage != nil {
		e.warn("%v; what is whole is shown", l.Damage)
	}
	e.now = l.clock
	e.root = l.UID == 0 || l.raw
	if e.terminal && !l.raw {
		e.hint("a look at %s of %s", l.host(), l.Time.Format("2006-01-02 15:04:05Z"))
	}
	src := l.source(cmp.Or(policy, sourceAuto))
	src.warn = e.warn
	return src, src.settle(name)
}

// settle decides between sock_diag and /proc by what the record has.
func (src *source) settle(name string) error {
	none := src.look.none
	switch {
	case none != nil && src.policy == sourceNetlink:
		return &recordError{fmt.Errorf("%s: sock_diag is not in the record: %w", name, none), "leave out --source netlink to read its /proc/net/tcp"}
	case none == nil && src.policy != sourceProc:
		return nil
	case !src.look.hasSockets() && src.policy == sourceAuto:
		return &recordError{fmt.Errorf("%s: no sockets are in the record", name), "record it again: tcpstat --record FILE"}
	case !src.look.hasSockets():
		return &recordError{fmt.Errorf("%s: no sockets of /proc are in the record", name), "leave out --source proc, or record it again"}
	case src.policy == sourceAuto:
		src.warn("sock_diag is not in the record (%v); reading its /proc/net/tcp, which knows less", none)
	}
	src.policy = sourceProc
	return nil
}

// host names the machine that was looked at.
func (l *recording) host() string {
	host, _ := procnet.New(l.Proc(), "net").Hostname()
	return cmp.Or(host, "a machine")
}

// hasSockets reports whether the sockets of /proc were recorded.
func (l *recording) hasSockets() bool {
	_, err := fs.Stat(l.Proc(), "net/tcp")
	return err == nil
}

// source reads the look as one reads a machine.
func (l *recording) source(policy string) *source {
	return &source{proc: procnet.New(l.Proc(), "net"), policy: policy, foreign: true, look: l}
}

// isReplay reports whether what is shown is told as a record's.
func (src *source) isReplay() bool { return src.look != nil && !src.look.own }

// isDump reports whether what is shown is a dump of ss.
func (src *source) isDump() bool { return src.look != nil && src.look.raw }

// absent is the reason why something is missing that files would have told.
func (src *source) absent() listing.Reason {
	if src.isDump() || src.isReplay() && src.look.Damage != nil {
		return listing.NotRecorded
	}
	return listing.NotInProc
}

// useLook reads owners and cgroups where the sockets are from, if that is a look.
func (l *lister) useLook() {
	if l.source.look == nil {
		return
	}
	if l.holders != nil {
		l.holders.proc = l.source.proc
	}
	if l.cgroups != nil {
		l.cgroups.proc = l.source.proc
		l.cgroups.paths = procnet.NewCgroups(maps.All(l.source.look.Cgroups))
	}
}

// device names a device of a record.
func (l *recording) device(index uint32) string {
	return cmp.Or(l.Devices[uint64(index)], devices(nil).name(index))
}

// deviceIndex finds a device of a record by its name.
func (l *recording) deviceIndex(name string) (uint32, bool) {
	for index, known := range l.Devices {
		if known == name {
			return uint32(index), true
		}
	}
	return 0, false
}

// device gives the name of a device.
func (l *lister) device(index uint32) string {
	if l.source.look != nil {
		return l.source.look.device(index)
	}
	return l.devices.name(index)
}

// isCut reports whether err says that a record was cut off.
func isCut(err error) bool {
	var line *machine.LineError
	return errors.Is(err, diag.ErrUnfinished) || errors.As(err, &line) && line.Cut
}

// isRecordLine reports whether err is about one line of a record that was passed
// over.
func isRecordLine(err error) bool {
	var line *machine.LineError
	return errors.As(err, &line) && !line.Cut
}

// settingsFor gives the settings of a record, or of this machine for none.
func settingsFor(name string) (tcp.Sysctls, error) {
	if name == "" {
		sysctls, _ := procnet.Self().Sysctls() // a page marks what is not known
		return sysctls, nil
	}
	l, err := openLook(name)
	if err != nil {
		return nil, err
	}
	sysctls, _ := l.source(sourceAuto).proc.Sysctls()
	return sysctls, nil
}
