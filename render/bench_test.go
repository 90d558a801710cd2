package render

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// plainRow is what most rows of a busy machine are: an open connection that has
// nothing to say.
func plainRow() *listing.Row {
	sp := socket(tcp.Established, "10.0.0.7:443", "192.168.100.23:51234", since(3*time.Second, 3*time.Second))
	sp.Hidden = true // owners were not asked for
	return sp.Row(&tcp.Machine{})
}

// closingRow has a timer and a note.
func closingRow() *listing.Row {
	r := plainRow()
	s := r.Socket
	s.State, s.Mini = tcp.TimeWait, true
	s.UID, s.Inode = tcp.Opt[uint32]{}, tcp.Opt[uint64]{}
	s.Timer = tcp.Timer{Kind: tcp.TimeWaitTimer, Code: 3, Expires: 34 * time.Second}
	r.View = tcp.Annotate(s, &tcp.Machine{})
	r.Note = tcp.NoteOf(s, &r.View, &tcp.Machine{})
	return r
}

func benchmarkRow(b *testing.B, appendRow func([]byte, *listing.Row) []byte, r *listing.Row) {
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = appendRow(dst[:0], r)
	}
}

func BenchmarkJSONRow(b *testing.B) {
	j := &JSON{}
	j.AppendHead(nil, listing.Head{NetNS: tcp.Some[uint64](4026531840)})
	b.Run("established", func(b *testing.B) { benchmarkRow(b, j.AppendRow, plainRow()) })
	b.Run("time_wait", func(b *testing.B) { benchmarkRow(b, j.AppendRow, closingRow()) })
}

func BenchmarkNetstatRow(b *testing.B) {
	b.Run("plain", func(b *testing.B) { benchmarkRow(b, (&Netstat{}).AppendRow, plainRow()) })
	b.Run("extended", func(b *testing.B) {
		benchmarkRow(b, (&Netstat{Extended: true, Processes: true, Timers: true}).AppendRow, plainRow())
	})
}

func BenchmarkCountsAdd(b *testing.B) {
	var c listing.Counts
	for b.Loop() {
		c.Add(tcp.Established)
	}
}

// The terminal keeps all rows and prints at the end.
func BenchmarkTerminal(b *testing.B) {
	for _, n := range []int{10, 1000, 100000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			plain, closing := plainRow(), closingRow()
			t := &Terminal{Width: 120, Palette: typeset.NewPalette(), Header: true}
			var dst []byte
			for b.Loop() {
				dst = t.AppendHead(dst[:0], listing.Head{})
				for i := range n {
					r := plain
					if i%8 == 7 {
						r = closing
					}
					addr := r.Socket.Remote.Addr()
					r.Socket.Remote = netip.AddrPortFrom(addr, uint16(i*7919))
					dst = t.AppendRow(dst, r)
				}
				dst = t.AppendTail(dst, listing.Tail{Source: "netlink"})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
		})
	}
}
