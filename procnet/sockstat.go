package procnet

import "tcpstat/tcp"

// Sockstat reads /proc/net/sockstat (sockstat_seq_show in net/ipv4/proc.c). Of
// its section TCP, inuse and tw are of the network namespace; orphan, alloc and
// mem, in pages, are of the whole machine, whichever namespace is read.
func (p Proc) Sockstat() (tcp.Counters, error) {
	return p.counterFile("sockstat", parseSections)
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
