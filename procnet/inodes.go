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

// sort makes the set ready to be asked by several at once.
func (i *Inodes) sort() {
	if !i.sorted {
		slices.Sort(i.numbers)
		i.numbers = slices.Compact(i.numbers)
		i.sorted = true
	}
}

// Has reports whether a socket is in the set.
func (i *Inodes) Has(inode uint64) bool {
	i.sort()
	_, ok := i.find(inode, 0)
	return ok
}

// find gives the place of a socket in a set that is sorted. It looks at the place
// next first: descriptors that a process has opened one after the other have
// numbers that follow each other.
func (i *Inodes) find(inode uint64, next int) (place int, ok bool) {
	if next < len(i.numbers) && i.numbers[next] == inode {
		return next, true
	}
	return slices.BinarySearch(i.numbers, inode)
}
