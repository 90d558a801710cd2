package procnet

import (
	"bytes"
	"math"
	"path"

	"tcpstat/tcp"
)

// Sockstat reads /proc/net/sockstat (sockstat_seq_show in net/ipv4/proc.c). Of
// its section TCP, inuse and tw are of the network namespace; orphan, alloc and
// mem, in pages, are of the whole machine, whichever namespace is read.
func (p Proc) Sockstat() (tcp.Counters, error) {
	return p.counterFile("sockstat", parseSections)
}

// SocketCount estimates how many TCP sockets the network namespace has, from above:
// it counts those of other protocols too. It reads the head of /proc/net/sockstat
// only, and is 0 where that cannot be read.
func (p Proc) SocketCount() int {
	f, err := p.open(path.Join(p.net, "sockstat"))
	if err != nil {
		return 0
	}
	defer f.Close()
	var head [128]byte
	n, _ := f.Read(head[:])
	used, _ := numberAfter(head[:n], "sockets: used ")
	waiting, _ := numberAfter(head[:n], " tw ")
	return int(used + waiting)
}

// numberAfter gives the number behind the first place of a word.
func numberAfter(text []byte, word string) (uint64, bool) {
	_, rest, _ := bytes.Cut(text, []byte(word))
	end := bytes.IndexAny(rest, " \n")
	return parseDecimal(rest[:max(end, 0)], math.MaxInt32)
}

// parseSections reads lines such as "TCP: inuse 1 orphan 0".
func parseSections(f *counterFile) {
	for line, ok := f.next(); ok; line, ok = f.next() {
		c := cursor{line: line}
		group := c.name("section", ':')
		if f.failed(&c) {
			continue
		}
		for c.more() {
			name := c.name("name", ' ')
			value := c.integer(name)
			if !f.failed(&c) {
				f.counters = append(f.counters, tcp.Counter{Group: group, Name: name, Value: value})
			}
		}
	}
}
