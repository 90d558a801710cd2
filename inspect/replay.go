package inspect

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"

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

	file *os.File // that it is read from; nil: it is in memory

	own bool // this run has just made it, and tells it as what it sees
	raw bool // it is ss's, which keeps the messages and nothing else
}

// bigEndian is the byte order of this machine.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// maxPiped bounds the memory that a record takes which cannot be read twice.
const maxPiped = 1 << 30

// openRecording opens a record or a dump of ss; "-" is standard input.
func openRecording(name string) (*recording, error) {
	file := os.Stdin
	if name != "-" {
		var err error
		if file, err = os.Open(name); err != nil {
			return nil, noRecord(err)
		}
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	if info.Mode().IsRegular() {
		l, err := readRecording(name, file, info.Size())
		if err != nil {
			file.Close()
			return nil, err
		}
		l.file = file
		return l, nil
	}
	defer file.Close()
	return readPiped(name, file, maxPiped)
}

// readPiped reads a record of at most so many bytes that cannot be read twice.
// What is none is refused before it fills the memory.
func readPiped(name string, in io.Reader, most int64) (*recording, error) {
	head := make([]byte, len(header{}))
	n, err := io.ReadFull(in, head)
	if err == nil || err == io.EOF || err == io.ErrUnexpectedEOF {
		_, err = readRecording(name, bytes.NewReader(head[:n]), int64(n))
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
		return nil, &Error{Err: fmt.Errorf("%s: more than %d bytes, too much for a pipe", name, most), Try: "write it to a file, and name that"}
	}
	return readRecording(name, bytes.NewReader(all), int64(len(all)))
}

// header is as much as tells what a file is: that of a netlink message, or the
// first line of a record.
type header [16]byte

func readRecording(name string, in io.ReaderAt, size int64) (*recording, error) {
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
	return &Error{Err: err, Try: "a record is made by tcpstat --record FILE, a dump by ss -D FILE"}
}

// replay reads a record in place of the machine. The clock, the machine's name and
// the privilege are those of the look.
func (m *Machine) replay(name string) error {
	l, err := openRecording(name)
	if err != nil {
		return err
	}
	if l.Damage != nil {
		m.options.Warn("%v; what is whole is shown", l.Damage)
	}
	m.show(l, m.policy)
	return m.settle(name)
}

// show makes a look the source.
func (m *Machine) show(l *recording, policy string) {
	m.proc, m.policy, m.foreign, m.recorded = l.files(), policy, true, l
}

// settle decides between sock_diag and /proc by what the record has.
func (m *Machine) settle(name string) error {
	none := m.recorded.none
	refuse := func(try, format string, args ...any) error {
		return &Error{Err: fmt.Errorf("%s: "+format, append([]any{name}, args...)...), Try: try}
	}
	switch {
	case none != nil && m.policy == Netlink:
		return refuse("leave out --source netlink to read its /proc/net/tcp", "sock_diag is not in the record: %w", none)
	case none == nil && m.policy != Proc:
		return nil
	case !m.recorded.hasSockets() && m.policy == Auto:
		return refuse("record it again: tcpstat --record FILE", "no sockets are in the record")
	case !m.recorded.hasSockets():
		return refuse("leave out --source proc, or record it again", "no sockets of /proc are in the record")
	case m.policy == Auto:
		m.options.Warn("sock_diag is not in the record (%v); reading its /proc/net/tcp, which knows less", none)
	}
	m.policy = Proc
	return nil
}

// files are those of /proc that the record keeps.
func (l *recording) files() procnet.Proc { return procnet.New(l.Proc(), "net") }

// hasSockets reports whether the sockets of /proc were recorded.
func (l *recording) hasSockets() bool {
	_, err := fs.Stat(l.Proc(), "net/tcp")
	return err == nil
}

// isDump reports whether what is shown is a dump of ss.
func (m *Machine) isDump() bool { return m.recorded != nil && m.recorded.raw }

// absent is the reason why something is missing that files would have told.
func (m *Machine) absent() listing.Reason {
	if m.isDump() || m.Replayed() && m.recorded.Damage != nil {
		return listing.NotRecorded
	}
	return listing.NotInProc
}

// device names a device of a record.
func (l *recording) device(index uint32) string {
	return cmp.Or(l.Devices[uint64(index)], devices(nil).name(index, nil))
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

// Settings gives the sysctls that a record keeps, whatever else it keeps, or for no
// record those of this machine. One that cannot be read is absent.
func Settings(record string) (tcp.Sysctls, error) {
	files := procnet.Self()
	if record != "" {
		l, err := openRecording(record)
		if err != nil {
			return nil, err
		}
		if l.file != nil {
			defer l.file.Close()
		}
		files = l.files()
	}
	sysctls, _ := files.Sysctls()
	return sysctls, nil
}
