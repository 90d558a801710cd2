package explain

import (
	"iter"
	"strconv"
	"strings"

	"tcpstat/tcp"
)

// CounterDoc documents a counter.
type CounterDoc struct {
	Group      string   // section of the kernel's file
	Name       string   // the kernel's spelling
	Sentence   tcp.Text // with {n} for the value; netstat's wording where it has one
	Raised     tcp.Text // what raises it
	Not        tcp.Text // what it is mistaken for, empty for nothing
	Trouble    Trouble  // whether it is a sign of trouble
	When       tcp.Text // when it is, for SomeRises
	Unit       string   // what it counts if that is no event: connections, segments, ms
	Since      string   // first kernel that has it, empty where that is long ago or not known
	Rules      []string // ids of the health rules that judge it
	Aliases    []string // its names in other systems
	See        []string // words of explain
	References []string
}

// Trouble says whether a counter is a sign of trouble.
type Trouble uint8

// The kinds of sign.
const (
	NoTrouble Trouble = iota
	SomeRises         // it depends
	AnyRise           // it should not move at all
)

// Counters gives every documented counter: the sections Tcp, TcpExt and
// MPTcpExt in the order of a current kernel.
func Counters() iter.Seq[*CounterDoc] {
	return func(yield func(*CounterDoc) bool) {
		for _, table := range [...][]CounterDoc{tcpCounters, tcpExtCounters, mptcpCounters} {
			for i := range table {
				if !yield(&table[i]) {
					return
				}
			}
		}
	}
}

// Counter finds the documentation of a counter. It is nil for one of a
// newer kernel, and of another protocol.
func Counter(group, name string) *CounterDoc {
	for doc := range Counters() {
		if doc.Name == name && doc.Group == group {
			return doc
		}
	}
	return nil
}

// Say gives the sentence with a value in it.
func (d *CounterDoc) Say(lang tcp.Lang, value string) string {
	return strings.Replace(d.Sentence.In(lang), "{n}", value, 1)
}

// Sentence gives a counter as netstat -s prints it, or name and value of one that
// nobody has documented.
func Sentence(c tcp.Counter, lang tcp.Lang) string {
	value := strconv.FormatInt(c.Value, 10)
	if doc := Counter(c.Group, c.Name); doc != nil {
		return doc.Say(lang, value)
	}
	return c.Name + ": " + value
}
