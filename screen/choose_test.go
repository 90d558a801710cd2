package screen

import (
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpstat/filter"
	"tcpstat/tcp"
)

// Each order goes by all that it should: of two that differ in something else, the one
// with the lower cookie is first.
func TestOrders(t *testing.T) {
	shot := new(Shot)
	add := func(state tcp.State, peer string, recv, send uint32, age tcp.Opt[time.Duration], name string, pid int32) {
		s := &tcp.Socket{
			State: state, Local: netip.MustParseAddrPort("10.0.0.9:80"), RecvQueue: recv, SendQueue: send,
			Cookie: tcp.Some(uint64(len(shot.Sockets) + 1)),
		}
		if peer != "" {
			s.Remote = netip.MustParseAddrPort(peer)
		}
		var holders []tcp.Holder
		if name != "" {
			holders = []tcp.Holder{{Owner: tcp.Owner{PID: pid}, Process: &tcp.Process{PID: pid, Name: name}}}
		}
		shot.Sockets = append(shot.Sockets, Keep(s, tcp.Age{Min: age}, holders))
	}
	add(tcp.Established, "10.0.0.3:1", 5, 0, tcp.Some(3*time.Second), "nginx", 20)
	add(tcp.CloseWait, "10.0.0.1:1", 0, 9, tcp.Opt[time.Duration]{}, "", 0)
	add(tcp.TimeWait, "10.0.0.2:1", math.MaxUint32, 1, tcp.Some[time.Duration](0), "nginx", 10)
	add(tcp.Listen, "", 6, 0, tcp.Some(9*time.Second), "java", 30)
	m := madeModel(shot)
	for _, tt := range []struct {
		order string
		want  []uint64
	}{
		{"age", []uint64{4, 1, 3, 2}},     // unknown is less than 0
		{"process", []uint64{4, 3, 1, 2}}, // by name, by PID; without one last
		{"peer", []uint64{4, 2, 3, 1}},
		{"queue", []uint64{3, 2, 4, 1}}, // both queues, whose sum takes more than their bits
		{"state", []uint64{1, 3, 2, 4}},
	} {
		var got []uint64
		for _, i := range m.list {
			got = append(got, shot.Sockets[i].Cookie().Or(0))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || m.sort != tt.order {
			t.Errorf("%s, and not %s (-want +got):\n%s", m.sort, tt.order, diff)
		}
		pressed(m, 's')
	}
}

// Whether nobody has a socket, or it is only not known who, is told apart.
func TestOwnersKnown(t *testing.T) {
	java := []tcp.Holder{{Process: &tcp.Process{Name: "java"}}}
	for _, tt := range []struct {
		name    string
		inode   uint64
		holders []tcp.Holder
		looked  bool
		known   bool
		owner   tcp.Ownership
	}{
		{"found", 7, java, false, true, tcp.OwnedByProcess},
		{"all were looked for", 7, nil, true, true, tcp.OwnerUnknown},
		{"not all were", 7, nil, false, false, tcp.OwnedByProcess},
		{"no descriptor", 0, nil, false, true, tcp.Unaccepted},
	} {
		s := &tcp.Socket{State: tcp.CloseWait, Inode: tcp.Some(tt.inode)}
		k := Keep(s, tcp.Age{}, tt.holders)
		k.Looked = tt.looked
		m := madeModel(&Shot{Sockets: []Socket{k}})
		r := m.view(80, 24).visible[0]
		if r.HoldersKnown != tt.known || r.View.Ownership != tt.owner || len(r.Holders) != len(tt.holders) {
			t.Errorf("%s: known %v, %v, %d owners", tt.name, r.HoldersKnown, r.View.Ownership, len(r.Holders))
		}
		if m.filterBy("not process nginx"); (m.view(80, 24).chosen == 1) != tt.known {
			t.Errorf("%s: not nginx: %v", tt.name, !tt.known)
		}
	}
}

// A mistyped filter is told on one line, whatever was typed.
func TestMistake(t *testing.T) {
	m := newModel(filter.Names{}, true)
	m.take(madeShot(1))
	m.filterBy("state \u202egpj\\")
	drawn(m)
	const want = `filter, column 7: "\u202egpj\\" is no state; expected: `
	if !strings.HasPrefix(m.plain, want) {
		t.Errorf("%s", m.plain)
	}
}
