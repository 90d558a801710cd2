package procnet

import (
	"strings"

	"tcpstat/tcp"
)

// SNMP6 reads /proc/net/snmp6 (snmp6_seq_show in net/ipv6/proc.c): counters of
// IPv6. Its names begin with what is the section elsewhere: Ip6InReceives is
// InReceives of Ip6.
func (p Proc) SNMP6() (tcp.Counters, error) {
	return p.counterFile("snmp6", parseNamed)
}

// parseNamed reads lines of one name and one number.
func parseNamed(f *counterFile) {
	for line, ok := f.next(); ok; line, ok = f.next() {
		c := cursor{line: line}
		name := c.name("name", ' ')
		value := c.integer(name)
		if f.failed(&c) {
			continue
		}
		group := name[:strings.IndexByte(name, '6')+1]
		if group == name {
			group = ""
		}
		f.counters = append(f.counters, tcp.Counter{Group: group, Name: name[len(group):], Value: value})
	}
}
