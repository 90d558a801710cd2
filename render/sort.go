package render

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// SortField is what a list is ordered by. Quantities come largest first, names
// and addresses smallest first; equal ones follow by state and address.
type SortField uint8

// The fields.
const (
	SortState SortField = iota // the order of tcp.States
	SortLocal
	SortRemote
	SortRecvQueue
	SortSendQueue
	SortTimer
	SortRetransmits
	SortAge
	SortUser
	SortProcess
)

var sortNames = []string{"state", "local", "remote", "recvq", "sendq", "timer", "retrans", "age", "user", "process"}

// SortNames lists the words for --sort.
func SortNames() []string { return slices.Clone(sortNames) }

// ParseSort finds the field that a word names.
func ParseSort(word string) (SortField, bool) {
	i := slices.Index(sortNames, word)
	return SortField(max(i, 0)), i >= 0
}

// AppendSortKey appends bytes that sort as the rows should.
func AppendSortKey(dst []byte, field SortField, r *listing.Row) []byte {
	s := r.Socket
	switch field {
	case SortLocal:
		dst = appendEndKey(dst, s.Local)
	case SortRemote:
		dst = appendEndKey(dst, s.Remote)
	case SortRecvQueue:
		dst = appendDescending(dst, uint64(max(s.RecvQueue, s.Backlog.Used)))
	case SortSendQueue:
		dst = appendDescending(dst, uint64(s.SendQueue))
	case SortTimer:
		dst = appendSoonest(dst, &s.Timer)
	case SortRetransmits:
		dst = appendDescending(dst, uint64(max(s.Timer.Retransmits, s.Timer.Probes)))
	case SortAge:
		dst = appendDescending(dst, uint64(r.View.Age.Min.Or(0)))
	case SortUser:
		dst = binary.BigEndian.AppendUint32(dst, s.UID.Or(1<<32-1))
	case SortProcess:
		dst = appendProcessKey(dst, r)
	}
	dst = append(dst, byte(slices.Index(tcp.States, s.State)))
	return appendEndKey(appendEndKey(dst, s.Local), s.Remote)
}

func appendEndKey(dst []byte, end netip.AddrPort) []byte {
	if !end.IsValid() {
		return append(dst, 0)
	}
	addr := end.Addr().As16()
	return binary.BigEndian.AppendUint16(append(append(dst, 1), addr[:]...), end.Port())
}

func appendDescending(dst []byte, v uint64) []byte {
	return binary.BigEndian.AppendUint64(dst, ^v)
}

// appendSoonest puts the timer that fires first in front, no timer last.
func appendSoonest(dst []byte, t *tcp.Timer) []byte {
	expires := t.Expires
	if t.Kind == tcp.NoTimer {
		expires = math.MaxInt64
	}
	return binary.BigEndian.AppendUint64(dst, uint64(expires))
}

// appendProcessKey puts sockets without a named owner last.
func appendProcessKey(dst []byte, r *listing.Row) []byte {
	if len(r.Holders) == 0 {
		return append(dst, 0xff, 0)
	}
	dst = append(append(dst, r.Holders[0].Process.Name...), 0)
	return binary.BigEndian.AppendUint32(dst, uint32(r.Holders[0].PID))
}
