package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpstat/render"
	"tcpstat/tcp"
)

// Each gap is told once, with a number only if all of it was counted.
func TestGaps(t *testing.T) {
	var g gaps
	g.add("age", render.NotInProc)
	g.add("age", render.NotInProc)
	g.unknown("sockets", render.DumpInterrupted)
	g.unknown("sockets", render.DumpInterrupted)
	g.add("sockets", render.DumpInterrupted)
	g.add("sockets", render.NotInProc)
	g.add("tcp_info", render.KernelTooOld)
	g.unknown("tcp_info", render.KernelTooOld)
	want := []render.Missing{
		{Field: "age", Reason: render.NotInProc, Sockets: tcp.Some[uint](2)},
		{Field: "sockets", Reason: render.DumpInterrupted},
		{Field: "sockets", Reason: render.NotInProc, Sockets: tcp.Some[uint](1)},
		{Field: "tcp_info", Reason: render.KernelTooOld},
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
	want := []render.Missing{{Field: "tcp_info", Reason: render.KernelTooOld, Sockets: tcp.Some[uint](1)}}
	if diff := cmp.Diff(want, g.list(), cmp.AllowUnexported(tcp.Opt[uint]{})); diff != "" {
		t.Error(diff)
	}
}
