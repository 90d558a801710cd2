package machine

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
)

// Record is a record that was opened. It reads sections when they are asked for,
// so that a large one takes little memory.
type Record struct {
	Meta
	Devices map[uint64]string // names of the network devices, by index
	Cgroups map[uint64]string // paths of cgroups, by number

	// Damage is the first place where the record makes no sense, nil where there
	// is none. What is whole is kept.
	Damage error

	name     string
	file     io.ReaderAt
	sections map[string]*section
	tree     tree
}

// section is one part of a record.
type section struct {
	*Record
	kind       kind
	line       int   // of its head, from 1
	start, end int64 // of what stands below the head, in bytes
	cut        error // the record ends here, in the middle
}

// LineError is a line of a record that makes no sense.
type LineError struct {
	File   string
	Line   int // from 1
	Text   string
	Reason string
	Cut    bool // the record ends here, and nothing comes after it
}

// Error names the place and quotes the line, escaped.
func (e *LineError) Error() string {
	text := ""
	if e.Text != "" {
		text = fmt.Sprintf(": %q", e.Text)
	}
	return fmt.Sprintf("%s: line %d: %s%s", e.File, e.Line, e.Reason, text)
}

// ErrForeign says that a file is no record that this version can read.
var ErrForeign = errors.New("not a record that can be read")

// Open reads where the sections of a record are; name is for errors. It fails
// where in cannot be read, and with ErrForeign where it is no record, or one of
// a newer version or of a machine with the other byte order.
func Open(name string, in io.ReaderAt, size int64, bigEndian bool) (*Record, error) {
	rec := &Record{name: name, file: in, sections: map[string]*section{}, Meta: Meta{UID: -1}}
	if err := rec.index(io.NewSectionReader(in, 0, size)); err != nil {
		return nil, err
	}
	rec.readMeta()
	rec.Devices, rec.Cgroups = rec.readNames(devicesName), rec.readNames(cgroupsName)
	rec.tree = newTree(rec.sections)
	if rec.sections[metaName] != nil && rec.BigEndian != bigEndian {
		return nil, fmt.Errorf("%s: %w: it is of a %s-endian machine, and this one is %s-endian",
			name, ErrForeign, byteOrders[rec.BigEndian], byteOrders[bigEndian])
	}
	return rec, nil
}

// index finds the sections.
func (rec *Record) index(in io.Reader) error {
	lines := &lines{r: bufio.NewReaderSize(in, 64<<10)}
	first, err := lines.next()
	if err != nil && err != io.EOF {
		return err
	}
	if err := rec.checkFirst(first); err != nil {
		return err
	}
	var current *section
	ended := false
	for {
		at := lines.offset
		line, err := lines.next()
		if current != nil {
			current.end = at
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if inside, ok := isMarker(line); ok {
			current = rec.begin(inside, lines)
			ended = inside == endName
		}
	}
	if !ended {
		err := rec.damaged(lines.number, "", "cut off: the record ends here")
		err.Cut = true
		if current != nil {
			current.end, current.cut = lines.whole, err
		}
	}
	return nil
}

// checkFirst reads the first line.
func (rec *Record) checkFirst(line []byte) error {
	number, ok := strings.CutPrefix(string(line), magic)
	switch {
	case !ok:
		return fmt.Errorf("%s: line 1: %w: it begins with %q", rec.name, ErrForeign, line[:min(len(line), maxText)])
	case number != version:
		return fmt.Errorf("%s: line 1: %w: it is of version %q, and this program knows version %s",
			rec.name, ErrForeign, number[:min(len(number), maxText)], version)
	}
	return nil
}

// maxText bounds what is quoted of a line.
const maxText = 80

// begin notes a section. One that makes no sense is passed over, and one that
// comes again.
func (rec *Record) begin(inside string, at *lines) *section {
	name, k, ok := parseMarker(inside)
	if !ok || rec.sections[name] != nil {
		rec.damaged(at.number, inside, "no name of a section, or one that was there")
		return nil
	}
	s := &section{Record: rec, kind: k, line: at.number, start: at.offset, end: at.offset}
	rec.sections[name] = s
	return s
}

func (rec *Record) damaged(line int, text, reason string) *LineError {
	err := &LineError{File: rec.name, Line: line, Text: text[:min(len(text), maxText)], Reason: reason}
	if rec.Damage == nil {
		rec.Damage = err
	}
	return err
}

// readMeta reads the section meta. A key that is missing or makes no sense leaves
// its value unknown.
func (rec *Record) readMeta() {
	s := rec.sections[metaName]
	if s == nil {
		rec.damaged(1, "", "no section "+metaName)
		return
	}
	s.each(func(number int, line []byte) error {
		key, value, _ := strings.Cut(string(line), ": ")
		var err error
		switch key {
		case timeKey:
			rec.Time, err = time.Parse(time.RFC3339Nano, value)
			rec.Time = rec.Time.UTC()
		case programKey:
			rec.Program, err = strconv.Unquote(value)
		case uidKey:
			if rec.UID, err = strconv.Atoi(value); err != nil {
				rec.UID = -1
			}
		case byteOrderKey:
			rec.BigEndian = value == byteOrders[true]
		}
		if err != nil {
			rec.damaged(number, string(line), "no value of "+key)
		}
		return nil
	})
}

// readNames reads a section of numbers and names, nil where it is not there.
func (rec *Record) readNames(name string) map[uint64]string {
	s := rec.sections[name]
	if s == nil {
		return nil
	}
	names := map[uint64]string{}
	err := s.each(func(line int, text []byte) error {
		digits, quoted, _ := strings.Cut(string(text), " ")
		number, err := strconv.ParseUint(digits, 10, 64)
		name, quoteError := strconv.Unquote(quoted)
		if err != nil || quoteError != nil {
			rec.damaged(line, string(text), "want a number and a name")
			return nil
		}
		names[number] = name
		return nil
	})
	rec.Damage = cmp.Or(rec.Damage, err)
	return names
}

// Dump reports whether the record has the answer of sock_diag, or why it has
// none.
func (rec *Record) Dump() error {
	s := rec.sections[sockDiagName]
	switch {
	case s == nil:
		return errors.New("not recorded")
	case s.kind == unreadable:
		return s.reason()
	}
	return nil
}

// Messages walks the messages of sock_diag. A message is valid until the next
// step. A line that is none is a *[LineError], and the walk goes on; another
// error is the last step.
func (rec *Record) Messages() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s := rec.sections[sockDiagName]
		if s == nil || s.kind != plain {
			return
		}
		var message []byte
		lines := s.reader()
		for {
			line, err := lines.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if message, err = hex.AppendDecode(message[:0], line); err != nil {
				if !yield(nil, s.fault(lines.number, line, "want a message in hexadecimal")) {
					return
				}
				continue
			}
			if !yield(message, nil) {
				return
			}
		}
	}
}

// in gives the bytes of a section.
func (s *section) in() io.Reader {
	whole := io.NewSectionReader(s.file, s.start, max(0, s.end-s.start))
	if s.cut != nil {
		return io.MultiReader(whole, failing{s.cut})
	}
	return whole
}

// reader reads the lines of a section.
func (s *section) reader() *lines {
	return &lines{r: bufio.NewReaderSize(s.in(), 64<<10), number: s.line}
}

// each hands on the lines of a section with their numbers, until f has an error.
func (s *section) each(f func(number int, line []byte) error) error {
	for lines := s.reader(); ; {
		line, err := lines.next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = f(lines.number, line)
		}
		if err != nil {
			return err
		}
	}
}

// open gives the file that a section keeps. It ends with a *[LineError] where what
// is quoted makes no sense, or the record is cut off.
func (s *section) open() io.Reader {
	if s.kind == plain {
		return s.in()
	}
	return &unquoting{section: s, lines: s.reader()}
}

// unquoting reads what is quoted in a section, line by line.
type unquoting struct {
	*section
	lines *lines
	left  string // of the line that was read last
	err   error
}

func (u *unquoting) Read(p []byte) (int, error) {
	for u.left == "" && u.err == nil {
		u.err = u.unquote()
	}
	n := copy(p, u.left)
	u.left = u.left[n:]
	if n == 0 && len(p) > 0 {
		return 0, u.err
	}
	return n, nil
}

// unquote reads the next line.
func (u *unquoting) unquote() error {
	line, err := u.lines.next()
	if err != nil {
		return err
	}
	if u.left, err = strconv.Unquote(string(line)); err != nil {
		return u.fault(u.lines.number, line, "want a Go string")
	}
	return nil
}

// reason tells why something could not be read.
func (s *section) reason() error {
	text, _ := io.ReadAll(io.LimitReader(s.open(), maxReason))
	return errors.New(cmp.Or(string(text), "not readable"))
}

// maxReason bounds what is read of a reason.
const maxReason = 1 << 10

func (s *section) fault(number int, line []byte, reason string) *LineError {
	return &LineError{File: s.name, Line: number, Text: string(line[:min(len(line), maxText)]), Reason: reason}
}

// failing is a file that cannot be read on.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// lines reads line by line.
type lines struct {
	r      *bufio.Reader
	number int   // of the line that next returned
	offset int64 // of the line after it
	whole  int64 // where the last line with a newline ended
}

// maxLine bounds the memory that one line may take. A netlink message has at
// most 64 KiB.
const maxLine = 4 << 20

// next gives the next line without its newline, valid until the next call. The
// last one may lack it; one that is longer than maxLine lacks its end.
func (l *lines) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	l.offset += int64(len(line))
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = l.rest(bytes.Clone(line))
	}
	if err != nil && (err != io.EOF || len(line) == 0) {
		return nil, err
	}
	l.number++
	if err == nil {
		l.whole = l.offset
	}
	return bytes.TrimSuffix(line, []byte{'\n'}), nil
}

// rest reads on in a line that is longer than the buffer.
func (l *lines) rest(line []byte) ([]byte, error) {
	for {
		more, err := l.r.ReadSlice('\n')
		l.offset += int64(len(more))
		if len(line) < maxLine {
			line = append(line, more...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
