package procnet

import "slices"

// Inodes is a set of sockets by their inode numbers, 8 bytes each. The zero
// Inodes is empty.
type Inodes struct {
	numbers []uint64
	sorted  bool
}

// Add puts a socket into the set. Number 0 is no socket's and is ignored.
func (i *Inodes) Add(inode uint64) {
	if inode != 0 {
		i.numbers = append(i.numbers, inode)
		i.sorted = false
	}
}

// sort makes the set ready for Has by several at once.
func (i *Inodes) sort() {
	if !i.sorted {
		slices.Sort(i.numbers)
		i.sorted = true
	}
}

// Has reports whether a socket is in the set.
func (i *Inodes) Has(inode uint64) bool {
	i.sort()
	_, ok := slices.BinarySearch(i.numbers, inode)
	return ok
}
