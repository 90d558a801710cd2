package main

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpstat/health"
	"tcpstat/listing"
	"tcpstat/render"
	"tcpstat/tcp"
)

// The answer of a check that the README shows is what tcpstat would print.
func TestReadmeCheck(t *testing.T) {
	census := health.NewCensus(health.RuleAges)
	machine := new(tcp.Machine)
	for i := range uint64(131) {
		s := &tcp.Socket{
			Family: tcp.IPv4, State: tcp.CloseWait,
			Local:  netip.AddrPortFrom(netip.MustParseAddr("10.0.0.7"), 60739),
			Remote: netip.MustParseAddrPort("54.65.136.43:9443"),
			UID:    tcp.Some[uint32](1001), Inode: tcp.Some(2082272 + i),
		}
		info := make([]byte, 280)
		binary.NativeEndian.PutUint32(info[56:], 842010) // last_ack_recv
		s.Info.SetBytes(info)
		census.Add(&listing.Row{Socket: s, View: tcp.Annotate(s, machine), Machine: machine})
	}
	rule, _ := health.Find("close-wait-leak")
	facts := &health.Facts{
		Census: census, Details: true,
		Owners: map[uint64][]*health.Owner{},
	}
	java := &health.Owner{Process: tcp.Process{PID: 4711, Name: "java"}, OpenFiles: tcp.Some[uint64](1024)}
	for inode := range census.Inodes {
		facts.Owners[inode] = []*health.Owner{java}
	}
	c := render.Check{Report: health.Check(facts, health.Options{Rules: []health.Asked{{Rule: rule}}})}
	want := readmeBlocks(t, "plugin")[0]
	if diff := cmp.Diff(want, strings.TrimSuffix(string(c.AppendPlugin(nil)), "\n")); diff != "" {
		t.Errorf("README.md (-) and tcpstat (+) differ:\n%s", diff)
	}
}
