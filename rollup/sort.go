package rollup

import (
	"cmp"
	"slices"

	"tcpstat/tcp"
)

// SortField is what groups are ordered by. Quantities come largest first, equal
// ones follow by total and name.
type SortField uint8

// The fields.
const (
	SortTotal SortField = iota
	SortName
	SortRecvQueue
	SortSendQueue
	SortRetransmits // sockets that retransmit, and then segments sent again
	SortAge
)

var sortNames = []string{"total", "name", "recvq", "sendq", "retrans", "age"}

// SortNames lists the words for --sort beside --by.
func SortNames() []string { return slices.Clone(sortNames) }

// ParseSort finds the field that a word names.
func ParseSort(word string) (SortField, bool) {
	i := slices.Index(sortNames, word)
	return SortField(max(i, 0)), i >= 0
}

func (f SortField) compare(a, b *Group) int {
	order := 0
	switch f {
	case SortName:
		return cmp.Or(compareNames(a, b), compareKeys(&a.Key, &b.Key))
	case SortRecvQueue:
		order = cmp.Compare(b.RecvQueue, a.RecvQueue)
	case SortSendQueue:
		order = cmp.Compare(b.SendQueue, a.SendQueue)
	case SortRetransmits:
		order = cmp.Or(cmp.Compare(b.Retransmitting, a.Retransmitting), cmp.Compare(b.Resent.Or(0), a.Resent.Or(0)))
	case SortAge:
		order = cmp.Compare(b.Oldest.Min.Or(-1), a.Oldest.Min.Or(-1))
	}
	return cmp.Or(order, cmp.Compare(b.Total, a.Total), compareNames(a, b), compareKeys(&a.Key, &b.Key))
}

// compareNames puts groups without a subject last.
func compareNames(a, b *Group) int {
	if x, y := a.Subjectless(), b.Subjectless(); x != y {
		if x {
			return 1
		}
		return -1
	}
	return cmp.Compare(a.Name, b.Name)
}

func compareKeys(a, b *Key) int {
	return cmp.Or(
		cmp.Compare(slices.Index(tcp.States, a.State), slices.Index(tcp.States, b.State)),
		cmp.Compare(a.PID, b.PID),
		cmp.Compare(a.Ownership, b.Ownership),
		a.Listener.Local.Compare(b.Listener.Local),
		cmp.Compare(a.Listener.Interface, b.Listener.Interface),
		cmp.Compare(a.Opener, b.Opener),
		cmp.Compare(a.NetNS, b.NetNS),
		a.Peer.Compare(b.Peer),
	)
}
