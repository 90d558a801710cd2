package render

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpstat/listing"
	"tcpstat/tcp"
)

func TestSort(t *testing.T) {
	specimens := []specimen{
		socket(tcp.Established, "10.0.0.1:5", "10.0.0.9:1", queues(5, 0), owned("b", 2)),
		socket(tcp.Listen, "10.0.0.2:4", "", backlog(9, 10), owned("b", 1)),
		socket(tcp.CloseWait, "[2001:db8::1]:3", "[2001:db8::2]:7", queues(0, 7), since(time.Hour, time.Hour), owned("a", 9)),
		socket(tcp.TimeWait, "10.0.0.10:2", "10.0.0.9:3", mini, timer(3, 9*time.Second, 0, 0, 0)),
		socket(tcp.SynSent, "10.0.0.1:1", "10.0.0.9:2", timer(1, time.Second, 4*time.Second, 2, 0)),
		socket(tcp.State(0x21), "0.0.0.0:9", "10.0.0.9:2", hidden),
	}
	specimens[0].Socket.UID = tcp.Some[uint32](0)
	for _, test := range []struct {
		field string
		want  []uint16 // local ports
	}{
		{"state", []uint16{4, 1, 5, 2, 3, 9}},
		{"local", []uint16{9, 1, 5, 4, 2, 3}},
		{"remote", []uint16{4, 5, 1, 9, 2, 3}},
		{"recvq", []uint16{4, 5, 1, 2, 3, 9}},
		{"sendq", []uint16{3, 4, 1, 5, 2, 9}},
		{"timer", []uint16{1, 2, 4, 5, 3, 9}},
		{"retrans", []uint16{1, 4, 5, 2, 3, 9}},
		{"age", []uint16{3, 2, 1, 4, 5, 9}},
		{"user", []uint16{5, 4, 1, 3, 9, 2}},
		{"process", []uint16{3, 4, 5, 1, 2, 9}},
	} {
		field, ok := ParseSort(test.field)
		if !ok {
			t.Fatalf("%s is no field", test.field)
		}
		rows := rows(specimens)
		slices.SortFunc(rows, func(a, b *listing.Row) int {
			return bytes.Compare(AppendSortKey(nil, field, a), AppendSortKey(nil, field, b))
		})
		var ports []uint16
		for _, r := range rows {
			ports = append(ports, r.Socket.Local.Port())
		}
		if diff := cmp.Diff(test.want, ports); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", test.field, diff)
		}
	}
	probed, repeated := listing.Row{Socket: &tcp.Socket{Timer: tcp.Timer{Probes: 5}}}, listing.Row{Socket: &tcp.Socket{Timer: tcp.Timer{Retransmits: 4}}}
	if bytes.Compare(AppendSortKey(nil, SortRetransmits, &probed), AppendSortKey(nil, SortRetransmits, &repeated)) >= 0 {
		t.Error("five probes come behind four retransmissions")
	}
	if _, ok := ParseSort("size"); ok || len(SortNames()) != 10 {
		t.Errorf("the fields are %s", strings.Join(SortNames(), " "))
	}
}
