package procnet

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math"
	"unsafe"

	"golang.org/x/sys/unix"
)

// names lists a directory by its descriptor, in blocks that fill buf. A name is
// valid until the next step and ends in a NUL, as the kernel wants it back.
func names(fd int, buf []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			n, err := unix.Getdents(fd, buf)
			if err != nil {
				yield(nil, err)
				return
			}
			if n <= 0 {
				return
			}
			for block := buf[:n]; len(block) > 0; {
				name, rest := firstName(block)
				if !yield(name, nil) {
					return
				}
				block = rest
			}
		}
	}
}

// firstName takes one struct linux_dirent64 from a block of them: inode and
// offset of 8 bytes, length of the record of 2, type of 1, name.
func firstName(block []byte) (name, rest []byte) {
	const lengthAt, nameAt = 16, 19
	n := int(binary.NativeEndian.Uint16(block[lengthAt:]))
	record := block[nameAt:n]
	return record[:bytes.IndexByte(record, 0)+1], block[n:]
}

// readLink reads the link name, which ends in a NUL, in directory fd. It
// allocates nothing, unlike unix.Readlinkat. A longer link is cut to buf.
func readLink(fd int, name, buf []byte) ([]byte, error) {
	n, _, errno := unix.Syscall6(unix.SYS_READLINKAT, uintptr(fd),
		uintptr(unsafe.Pointer(&name[0])), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0)
	if errno != 0 {
		return nil, errno
	}
	return buf[:n], nil
}

// linkNumber takes the number out of a link such as socket:[4711].
func linkNumber(link []byte, prefix string) (uint64, bool) {
	end := len(link) - 1
	if end < len(prefix) || string(link[:len(prefix)]) != prefix || link[end] != ']' {
		return 0, false
	}
	return parseDecimal(link[len(prefix):end], math.MaxUint64)
}
