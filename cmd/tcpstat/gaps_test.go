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
