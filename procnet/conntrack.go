package procnet

import (
	"math"

	"tcpstat/tcp"
)

// ConntrackStat reads /proc/net/stat/nf_conntrack (ct_cpu_seq_show in
// net/netfilter/nf_conntrack_standalone.c): a line for each processor, whose counters
// are added up. The first column is the same in all lines and left out. The file is not
// there where nobody tracks connections.
func (p Proc) ConntrackStat() (tcp.Counters, error) {
	return p.counterFile("stat/nf_conntrack", parseProcessors)
}

// conntrackGroup is the group of its counters.
const conntrackGroup = "nf_conntrack"

// parseProcessors reads a line of names, and below it lines of hexadecimal numbers.
func parseProcessors(f *counterFile) {
	header, ok := f.next()
	if !ok {
		return
	}
	names := cursor{line: header}
	names.name("name", ' ')
	for names.more() {
		name := names.name("name", ' ')
		if !f.failed(&names) {
			f.counters = append(f.counters, tcp.Counter{Group: conntrackGroup, Name: name})
		}
	}
	for line, ok := f.next(); ok; line, ok = f.next() {
		c := cursor{line: line}
		c.hex("entries", ' ', 1, 16)
		for i := range f.counters {
			f.counters[i].Value = int64(min(uint64(f.counters[i].Value)+c.hex(f.counters[i].Name, ' ', 1, 8), math.MaxInt64))
		}
		f.failed(&c)
	}
}
