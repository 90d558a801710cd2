package main

import (
	"errors"
	"io"
	"syscall"
)

// output collects what is printed and writes it in large pieces.
type output struct {
	w   io.Writer
	buf []byte
	err error // the first that Write gave; nothing is written after it
}

// flushAt is the size of a piece: the capacity of a pipe.
const flushAt = 64 << 10

func newOutput(w io.Writer) *output {
	return &output{w: w, buf: make([]byte, 0, flushAt+8<<10)}
}

// append hands the buffer to add, and writes it when it is large enough.
func (o *output) append(add func(dst []byte) []byte) error {
	o.buf = add(o.buf)
	if len(o.buf) < flushAt {
		return o.err
	}
	return o.flush()
}

// flush writes what is left.
func (o *output) flush() error {
	if o.err == nil && len(o.buf) > 0 {
		_, o.err = o.w.Write(o.buf)
	}
	o.buf = o.buf[:0]
	return o.err
}

// isClosedPipe reports whether the reader of our output has left.
func isClosedPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
