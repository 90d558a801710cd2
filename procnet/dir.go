package procnet

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math"
	"unsafe"

	"golang.org/x/sys/unix"
)

// dirent is one struct linux_dirent64: inode and offset of 8 bytes, length of the
// record of 2, type of 1, name.
type dirent []byte

// name ends in a NUL, as the kernel wants it back.
func (d dirent) name() []byte {
	const at = 19
	return d[at : at+bytes.IndexByte(d[at:], 0)+1]
}

func (d dirent) isDirectory() bool {
	const at = 18
	return d[at] == unix.DT_DIR
}

// entries lists a directory by its descriptor, in blocks that fill buf. An entry
// is valid until the next step.
func entries(fd int, buf []byte) iter.Seq2[dirent, error] {
	return func(yield func(dirent, error) bool) {
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
				entry, rest := firstEntry(block)
				if !yield(entry, nil) {
					return
				}
				block = rest
			}
		}
	}
}

// firstEntry takes one entry from a block of them.
func firstEntry(block []byte) (entry dirent, rest []byte) {
	const lengthAt = 16
	n := int(binary.NativeEndian.Uint16(block[lengthAt:]))
	return block[:n], block[n:]
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
