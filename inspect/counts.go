package inspect

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"time"

	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// Counts are the kernel's counters of TCP at one moment.
type Counts struct {
	Time     time.Time
	Counters tcp.Counters
	Missing  []listing.Missing // what could not be read
}

// errNoCounters says that the files are there and hold nothing about TCP.
var errNoCounters = errors.New("net/snmp and net/netstat hold no counters of TCP")

// Counts reads the counters that are about TCP. They are those of one network
// namespace since it was made. An error is an [*Error] or that of the file; part of
// the counters is none.
func (m *Machine) Counts() (c Counts, err error) {
	err = m.inside(func() error {
		c, err = m.counts()
		return err
	})
	return c, err
}

// counts reads netstat first and then snmp, so that the kinds of retransmission are no
// more than all of them.
func (m *Machine) counts() (Counts, error) {
	c := Counts{Time: m.Now()}
	ext, extErr := m.proc.Netstat()
	all, err := m.proc.SNMP()
	for _, counter := range append(all, ext...) {
		if slices.Contains(tcp.CounterGroups, counter.Group) {
			c.Counters = append(c.Counters, counter)
		}
	}
	switch {
	case len(c.Counters) > 0:
	case m.recorded != nil:
		return c, &Error{
			Err: errors.New("no counters are in the record"),
			Try: "a record with counters is made by tcpstat --record FILE",
		}
	default:
		return c, cmp.Or(err, extErr, errNoCounters)
	}
	var missing gaps
	m.uncounted(&missing, "counters.Tcp", err)
	m.uncounted(&missing, "counters.TcpExt", extErr)
	c.Missing = missing.list()
	return c, nil
}

// uncounted notes what could not be read, and says so once.
func (m *Machine) uncounted(missing *gaps, field string, err error) {
	var line *procnet.LineError
	switch {
	case err == nil:
		return
	case errors.As(err, &line):
		missing.unknown("counters", listing.MalformedLine)
	case errors.Is(err, fs.ErrPermission):
		missing.unknown(field, listing.NoPermission)
	default:
		missing.unknown(field, m.absent())
	}
	if !m.unread {
		m.options.Warn("some counters are not known: %v", err)
		m.unread = true
	}
}
