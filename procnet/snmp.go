package procnet

import (
	"bytes"
	"fmt"

	"tcpstat/tcp"
)

// SNMP reads /proc/net/snmp (snmp_seq_show in net/ipv4/proc.c): the counters of
// RFC 4022 (TCP-MIB) and its like, TCP's for IPv4 and IPv6 together.
func (p Proc) SNMP() (tcp.Counters, error) {
	return p.counterFile("snmp", parsePairs)
}

// parsePairs reads lines in pairs: "Tcp: InSegs OutSegs", "Tcp: 7 8". A number
// that cannot be read is left out alone; names and numbers that are not of one
// count are left out together.
func parsePairs(f *counterFile) {
	var names []byte
	var lonely error // what is wrong if no numbers follow names
	for line, ok := f.next(); ok; line, ok = f.next() {
		colon := bytes.IndexByte(line, ':') + 1
		switch {
		case colon == 0:
			f.fail(f.lines.error(line, 0, "section: want a name and ':'"))
		case bytes.HasPrefix(names, line[:colon]):
			f.pair(names, line, colon)
			names, lonely = nil, nil
		default:
			f.fail(lonely)
			names, lonely = line, f.lines.error(line, 0, "no line of numbers follows")
		}
	}
	f.fail(lonely)
}

// pair takes the counters of two lines that both begin with a section and its
// colon.
func (f *counterFile) pair(names, numbers []byte, colon int) {
	want, got := len(bytes.Fields(names[colon:])), len(bytes.Fields(numbers[colon:]))
	if want != got {
		f.fail(f.lines.error(numbers, len(numbers), fmt.Sprintf("want %d numbers, got %d", want, got)))
		return
	}
	n, v := cursor{line: names}, cursor{line: numbers}
	group := n.name("section", ':')
	v.name("section", ':')
	if f.failed(&v) {
		return
	}
	for n.more() {
		name := n.name("name", ' ')
		value := v.integer(name)
		badName, badValue := f.failed(&n), f.failed(&v)
		if !badName && !badValue {
			f.counters = append(f.counters, tcp.Counter{Group: group, Name: name, Value: value})
		}
	}
}
