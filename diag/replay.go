package diag

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// Replay yields the sockets of a recorded dump that match q, as [Dump] yields
// those of the kernel: attributes that q does not ask for are passed over. It
// needs no kernel. Each of messages is one netlink message, such as [Query.Tap]
// was given and [Messages] reads; whichever request it answered, and whatever
// comes after the end of a dump, is read. The byte order is that of this machine.
//
// An error of messages is handed on with a nil socket, and the walk goes on
// unless it is an *[Error]. Where the last dump has no end the last error is
// [ErrUnfinished].
func Replay(ctx context.Context, messages iter.Seq2[[]byte, error], q Query) iter.Seq2[*tcp.Socket, error] {
	return func(yield func(*tcp.Socket, error) bool) {
		w := &replay{walk: walk{query: q, yield: yield}}
		w.decoder.unasked = q.unasked()
		for message, err := range messages {
			var end *Error
			switch {
			case ctx.Err() != nil:
				w.step(nil, &Error{"replay", ctx.Err()})
				return
			case err != nil:
				w.step(nil, err)
			default:
				w.recorded(message)
			}
			if w.stopped || errors.As(err, &end) {
				return
			}
		}
		w.finish()
	}
}

// unasked are the attributes that q does not ask for.
func (q Query) unasked() uint32 {
	if q.All {
		return 0
	}
	optional := map[int]bool{attrInfo: q.Info, attrSkMemInfo: q.Memory, attrCong: q.Congestion}
	var bits uint32
	for attribute, asked := range optional {
		if !asked {
			bits |= 1 << attribute
		}
	}
	return bits
}

// replay is one walk through a recorded dump.
type replay struct {
	walk
	ended   bool  // the last message ended a dump
	refused error // the kernel's word at the end of a dump
}

// recorded steps through one message.
func (w *replay) recorded(message []byte) {
	m, rest, ok := nextMessage(message)
	if !ok || len(rest) > 0 {
		w.step(nil, &MessageError{Length: len(message), Foreign: true})
		return
	}
	w.interrupted = w.interrupted || m.flags&unix.NLM_F_DUMP_INTR != 0
	w.ended = m.kind == unix.NLMSG_DONE
	switch m.kind {
	case nl.SOCK_DIAG_BY_FAMILY, tcpDiagGetSock:
		if w.shows(m.payload) {
			w.message(m.payload)
		}
	case unix.NLMSG_DONE, unix.NLMSG_ERROR:
		if err := m.verdict(); err != nil {
			w.refused = &Error{"dump", err}
		}
	}
}

// shows reports whether the family of a message was asked for. What is too short
// to tell is an error of every family.
func (w *replay) shows(payload []byte) bool {
	w.seen = true
	if len(payload) > 0 && payload[0] == unix.AF_INET6 {
		return w.query.IPv6
	}
	return w.query.IPv4 || len(payload) < sizeofInetDiagMsg
}

// finish says what the walk may have missed.
func (w *replay) finish() {
	switch {
	case !w.ended:
		w.step(nil, &Error{"replay", ErrUnfinished})
	case w.refused != nil && !(w.seen && isAbsentFamily(w.refused)):
		w.step(nil, w.refused)
	default:
		w.walk.finish()
	}
}

// IsDump reports whether a file that begins with head is a dump as `ss -D FILE`
// writes it: netlink messages of this byte order, one after the other.
func IsDump(head []byte) bool {
	if len(head) < unix.SizeofNlMsghdr || binary.NativeEndian.Uint32(head) < unix.SizeofNlMsghdr {
		return false
	}
	switch binary.NativeEndian.Uint16(head[4:]) {
	case nl.SOCK_DIAG_BY_FAMILY, tcpDiagGetSock, unix.NLMSG_DONE:
		return true
	}
	return false
}

// maxMessage is more than the kernel puts into one message.
const maxMessage = 1 << 20

// Messages walks the messages of a dump as `ss -D FILE` writes it. A message is
// valid until the next step. An error is an *[Error], comes last, and tells from
// which byte on the dump cannot be read: it wraps [ErrUnfinished] where it is cut
// off there, or no dump any more.
func Messages(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		in := bufio.NewReader(r)
		var message []byte
		for offset := int64(0); ; offset += int64(len(message)) {
			var err error
			message, err = readMessage(in, message)
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, &Error{"replay", fmt.Errorf("byte %d: %w", offset, err)})
				return
			}
			if !yield(message, nil) {
				return
			}
		}
	}
}

// readMessage reads the next message, padding included, into buffer if it fits.
func readMessage(in *bufio.Reader, buffer []byte) ([]byte, error) {
	head, err := in.Peek(unix.SizeofNlMsghdr)
	switch {
	case err == io.EOF && len(head) > 0:
		return nil, ErrUnfinished
	case err != nil:
		return nil, err
	}
	length := binary.NativeEndian.Uint32(head)
	if length < unix.SizeofNlMsghdr || length > maxMessage {
		return nil, ErrUnfinished
	}
	size := align4(int(length))
	message := slices.Grow(buffer[:0], size)[:size]
	if _, err := io.ReadFull(in, message); err == io.ErrUnexpectedEOF {
		return nil, ErrUnfinished
	} else if err != nil {
		return nil, err
	}
	return message, nil
}
