package machine

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"
)

// Meta is what a record says about itself.
type Meta struct {
	Time      time.Time // when the look began, in UTC; zero where it is not known
	Program   string    // who wrote it, such as "tcpstat v0.3.0 linux/amd64 go1.26.0"
	UID       int       // who looked; -1 where it is not known
	BigEndian bool      // byte order of the messages and of proc/net/tcp
}

// Keys of the section meta.
const (
	timeKey      = "time"
	programKey   = "program"
	uidKey       = "uid"
	byteOrderKey = "byte order"
)

var byteOrders = map[bool]string{false: "little", true: "big"}

// Writer writes a record, section by section. The first error stays and is
// given by [Writer.Close].
type Writer struct {
	out     *bufio.Writer
	dumping bool // the section of the messages is the last one
	buffer  []byte
	err     error
}

// NewWriter begins a record.
func NewWriter(w io.Writer, m Meta) *Writer {
	rec := &Writer{out: bufio.NewWriterSize(w, 64<<10)}
	rec.line(magic + version)
	rec.line("One look at the TCP sockets of a Linux machine. To look at it again:")
	rec.line("tcpstat --replay FILE. Whatever is not plain text is quoted as Go strings.")
	rec.head(metaName, plain)
	rec.line(timeKey + ": " + m.Time.UTC().Format(time.RFC3339Nano))
	rec.line(programKey + ": " + strconv.QuoteToGraphic(m.Program))
	rec.line(uidKey + ": " + strconv.Itoa(m.UID))
	rec.line(byteOrderKey + ": " + byteOrders[m.BigEndian])
	return rec
}

// File keeps a file of /proc, named from there ("net/tcp").
func (w *Writer) File(name string, text []byte) { w.file(procName+"/"+name, text) }

// Unreadable keeps that a file or directory of /proc could not be read.
func (w *Writer) Unreadable(name string, reason error) {
	w.head(procName+"/"+name, unreadable)
	w.line(strconv.QuoteToGraphic(reason.Error()))
}

// NoDump keeps that sock_diag was not asked, or refused.
func (w *Writer) NoDump(reason error) {
	w.head(sockDiagName, unreadable)
	w.line(strconv.QuoteToGraphic(reason.Error()))
}

// Links begins a directory of /proc that holds symbolic links, to be followed by
// each [Writer.Link].
func (w *Writer) Links(name string) { w.head(procName+"/"+name, links) }

// Link keeps one symbolic link, whose name has neither blanks nor control characters.
func (w *Writer) Link(name, target string) {
	if !validName(name) {
		w.fail(fmt.Errorf("link %q to %q cannot be recorded", name, target))
	}
	if !validName(target) {
		target = strconv.Quote(target)
	}
	w.line(name + " " + target)
}

// Message keeps one netlink message of sock_diag, header and padding included.
// All of them come one after the other.
func (w *Writer) Message(message []byte) {
	if !w.dumping {
		w.head(sockDiagName, plain)
		w.dumping = true
	}
	w.buffer = hex.AppendEncode(w.buffer[:0], message)
	w.write(append(w.buffer, '\n'))
}

// Devices keeps the names of the network devices of the namespace, by index.
func (w *Writer) Devices(names iter.Seq2[uint64, string]) { w.names(devicesName, names) }

// Cgroups keeps the paths of cgroups of version 2, by the number that sock_diag
// knows.
func (w *Writer) Cgroups(paths iter.Seq2[uint64, string]) { w.names(cgroupsName, paths) }

func (w *Writer) names(section string, names iter.Seq2[uint64, string]) {
	var text []byte
	for number, name := range names {
		text = fmt.Appendf(text, "%d %s\n", number, strconv.QuoteToGraphic(name))
	}
	w.file(section, text)
}

// Flush makes all that was kept so far readable. It gives the first error.
func (w *Writer) Flush() error {
	w.fail(w.out.Flush())
	return w.err
}

// Close ends the record. It does not close what it is written to.
func (w *Writer) Close() error {
	w.head(endName, plain)
	return w.Flush()
}

func (w *Writer) file(name string, text []byte) {
	if isPlain(text) {
		w.head(name, plain)
		w.write(text)
		return
	}
	w.head(name, quoted)
	w.write(appendQuoted(nil, text))
}

func (w *Writer) head(name string, k kind) {
	if !validName(name) {
		w.fail(fmt.Errorf("%q is no name of a section", name))
	}
	w.dumping = false
	w.line(marker(name, k))
}

func (w *Writer) line(text string) { w.write([]byte(text + "\n")) }

func (w *Writer) write(text []byte) {
	_, err := w.out.Write(text)
	w.fail(err)
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}
