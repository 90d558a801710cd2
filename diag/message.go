package diag

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// message is one netlink message of a datagram.
type message struct {
	kind    uint16 // nlmsg_type
	flags   uint16 // nlmsg_flags
	seq     uint32 // nlmsg_seq
	payload []byte
}

// nextMessage cuts the first message off a datagram. A length that is absurd or
// longer than what is left makes the rest unreadable: ok is false.
func nextMessage(datagram []byte) (m message, rest []byte, ok bool) {
	if len(datagram) < unix.SizeofNlMsghdr {
		return message{}, nil, false
	}
	length := int(binary.NativeEndian.Uint32(datagram))
	if length < unix.SizeofNlMsghdr || length > len(datagram) {
		return message{}, nil, false
	}
	m = message{
		kind:    binary.NativeEndian.Uint16(datagram[4:]),
		flags:   binary.NativeEndian.Uint16(datagram[6:]),
		seq:     binary.NativeEndian.Uint32(datagram[8:]),
		payload: datagram[unix.SizeofNlMsghdr:length],
	}
	return m, datagram[min(align4(length), len(datagram)):], true
}

// endsDump reports whether nothing comes after a message: it is the last, or the
// kernel's refusal.
func (m message) endsDump() bool {
	return m.kind == unix.NLMSG_DONE || m.kind == unix.NLMSG_ERROR && m.verdict() != nil
}

// verdict reads the errno at the head of an NLMSG_ERROR, and of an NLMSG_DONE:
// that is where the kernel says that it has no handler for what was asked
// (-ENOENT), not in an NLMSG_ERROR. It returns nil for 0, and [ErrTruncated]
// where the number is missing.
func (m message) verdict() error {
	if len(m.payload) < 4 {
		return ErrTruncated
	}
	if errno := int64(int32(binary.NativeEndian.Uint32(m.payload))); errno < 0 {
		return unix.Errno(-errno)
	}
	return nil
}

// align4 rounds up to the alignment of messages and attributes.
func align4(n int) int { return (n + 3) &^ 3 }
