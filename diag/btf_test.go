package diag_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"testing"
)

// btfMember is one member of a C structure, in bits.
type btfMember struct {
	name         string
	offset, size int
}

// Kinds of BTF types (BTF_KIND_* in include/uapi/linux/btf.h) that are looked at.
const (
	btfInt      = 1
	btfStruct   = 4
	btfTypedef  = 8
	btfKindMask = 0x1f
)

// btfExtra is how many bytes follow a type of each kind: so many, and so many
// for each of its members.
var btfExtra = [32]struct{ fixed, each int }{
	btfInt: {4, 0}, 3: {12, 0}, btfStruct: {0, 12}, 5: {0, 12}, 6: {0, 8},
	13: {0, 8}, 14: {4, 0}, 15: {0, 12}, 17: {4, 0}, 19: {0, 12},
}

type btfType struct {
	kind, members int
	bitfields     bool // members carry their size
	name          string
	sizeOrType    uint32
	extra         []byte
}

// readBTF reads the members of a structure from what the kernel says of its own
// types. It skips the test where the kernel says nothing.
func readBTF(t *testing.T, structure string) (members []btfMember) {
	t.Helper()
	raw, err := os.ReadFile("/sys/kernel/btf/vmlinux")
	if err != nil {
		t.Skipf("a kernel with CONFIG_DEBUG_INFO_BTF is needed: %v", err)
	}
	types, names := parseBTF(raw)
	for _, s := range types {
		if s.kind != btfStruct || s.name != structure {
			continue
		}
		for m := s.extra; len(m) > 0; m = m[12:] {
			offset := int(binary.NativeEndian.Uint32(m[8:]))
			size := btfSize(types, binary.NativeEndian.Uint32(m[4:]))
			if s.bitfields && offset>>24 != 0 {
				size = offset >> 24
			}
			members = append(members, btfMember{btfName(names, binary.NativeEndian.Uint32(m)), offset & 0xffffff, size})
		}
		return members
	}
	t.Fatalf("the kernel knows no struct %s", structure)
	return nil
}

func parseBTF(raw []byte) (types []btfType, names []byte) {
	word := func(at int) int { return int(binary.NativeEndian.Uint32(raw[at:])) }
	header := raw[word(4):]
	b := header[word(8):][:word(12)]
	names = header[word(16):][:word(20)]
	types = append(types, btfType{}) // void
	for len(b) > 0 {
		info := binary.NativeEndian.Uint32(b[4:])
		t := btfType{
			kind: int(info >> 24 & btfKindMask), members: int(info & 0xffff), bitfields: info>>31 == 1,
			name: btfName(names, binary.NativeEndian.Uint32(b)), sizeOrType: binary.NativeEndian.Uint32(b[8:]),
		}
		size := btfExtra[t.kind].fixed + t.members*btfExtra[t.kind].each
		t.extra, b = b[12:12+size], b[12+size:]
		types = append(types, t)
	}
	return types, names
}

func btfName(names []byte, offset uint32) string {
	name, _, _ := bytes.Cut(names[offset:], []byte{0})
	return string(name)
}

// btfSize gives the size of a number in bits.
func btfSize(types []btfType, id uint32) int {
	switch t := types[id]; t.kind {
	case btfTypedef:
		return btfSize(types, t.sizeOrType)
	case btfInt:
		return int(t.sizeOrType) * 8
	default:
		panic(fmt.Sprintf("type %q is no number", t.name))
	}
}
