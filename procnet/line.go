package procnet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"tcpstat/tcp"
)

// LineError is a line that could not be read.
type LineError struct {
	File   string
	Line   int    // from 1, the header included
	Column int    // from 1, in bytes
	Text   string // the line as it came, at most its first 256 bytes
	Reason string
	State  tcp.State // of the socket; 0 where the line cannot be read that far
}

// maxText bounds LineError.Text. A whole row has at most about 200 bytes.
const maxText = 256

// Error names the place and quotes the line, escaped.
func (e *LineError) Error() string {
	more := ""
	if len(e.Text) >= maxText {
		more = "..."
	}
	return fmt.Sprintf("%s: line %d, column %d: %s: %q%s", e.File, e.Line, e.Column, e.Reason, e.Text, more)
}

// maxLine bounds the memory that one line may take.
const maxLine = 16 << 10

// lines reads a file line by line through one buffer.
type lines struct {
	file   string
	r      *bufio.Reader
	number int // of the line that next returned
}

func newLines(ctx context.Context, file string, r io.Reader) *lines {
	return &lines{file: file, r: bufio.NewReaderSize(contextReader{ctx, r}, maxLine)}
}

// reset begins another file, with the buffer of the last.
func (l *lines) reset(file string, r io.Reader) {
	l.file, l.number = file, 0
	l.r.Reset(r)
}

// next returns the next line without its newline, valid until the next call.
// A line longer than maxLine, or one that the file's end cuts off, is a
// *LineError, after which there may be more; io.EOF is the end.
func (l *lines) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	l.number++
	switch {
	case err == nil:
		return line[:len(line)-1], nil
	case errors.Is(err, bufio.ErrBufferFull):
		tooLong := l.error(line, len(line), fmt.Sprintf("longer than %d bytes", maxLine))
		if err := l.skip(); err != nil && err != io.EOF {
			return nil, err
		}
		return nil, tooLong
	case err == io.EOF && len(line) > 0:
		return nil, l.error(line, len(line), "cut off: no newline at its end")
	}
	return nil, err
}

// skip passes over the rest of a line.
func (l *lines) skip() error {
	err := bufio.ErrBufferFull
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = l.r.ReadSlice('\n')
	}
	return err
}

// error makes a LineError of the current line; at counts bytes from 0.
func (l *lines) error(line []byte, at int, reason string) *LineError {
	return &LineError{
		File: l.file, Line: l.number, Column: at + 1,
		Text: string(line[:min(len(line), maxText)]), Reason: reason,
	}
}

// contextReader ends reading when a context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}
