package inspect

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// Each gap is told once, with a number only if all of it was counted.
func TestGaps(t *testing.T) {
	var g gaps
	g.add("age", listing.NotInProc)
	g.add("age", listing.NotInProc)
	g.unknown("sockets", listing.DumpInterrupted)
	g.unknown("sockets", listing.DumpInterrupted)
	g.add("sockets", listing.DumpInterrupted)
	g.add("sockets", listing.NotInProc)
	g.add("tcp_info", listing.KernelTooOld)
	g.unknown("tcp_info", listing.KernelTooOld)
	want := []listing.Missing{
		{Field: "age", Reason: listing.NotInProc, Sockets: tcp.Some[uint](2)},
		{Field: "sockets", Reason: listing.DumpInterrupted},
		{Field: "sockets", Reason: listing.NotInProc, Sockets: tcp.Some[uint](1)},
		{Field: "tcp_info", Reason: listing.KernelTooOld},
	}
	if diff := cmp.Diff(want, g.list(), cmp.AllowUnexported(tcp.Opt[uint]{})); diff != "" {
		t.Error(diff)
	}
}

// A tcp_info that is shorter than what is known here is of an older kernel. None at
// all is another matter.
func TestGapOfOldKernel(t *testing.T) {
	var g gaps
	for _, size := range []int{0, 104, 280, 288} {
		s := new(tcp.Socket)
		s.Info.SetBytes(make([]byte, size))
		g.notInKernel(s)
	}
	want := []listing.Missing{{Field: "tcp_info", Reason: listing.KernelTooOld, Sockets: tcp.Some[uint](1)}}
	if diff := cmp.Diff(want, g.list(), cmp.AllowUnexported(tcp.Opt[uint]{})); diff != "" {
		t.Error(diff)
	}
}
