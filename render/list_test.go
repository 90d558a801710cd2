package render

import (
	"path/filepath"
	"testing"
	"time"

	"tcpstat/internal/golden"
	"tcpstat/listing"
	"tcpstat/tcp"
)

// listPrinter is a form of the list.
type listPrinter interface {
	AppendHead([]byte, listing.Head) []byte
	AppendRow([]byte, *listing.Row) []byte
	AppendBetween([]byte) []byte
	AppendTail([]byte, listing.Tail) []byte
}

// print prints a whole list.
func printList(p listPrinter, rows []*listing.Row, source string) string {
	head := listing.Head{
		Time:  time.Date(2026, 11, 20, 10, 37, 41, 5e8, time.UTC),
		Host:  "web-1",
		NetNS: tcp.Some[uint64](4026531840),
	}
	tail := listing.Tail{Source: source}
	out := p.AppendHead(nil, head)
	for i, r := range rows {
		if i > 0 {
			out = p.AppendBetween(out)
		}
		out = p.AppendRow(out, r)
		tail.Counts.Add(r.Socket.State)
	}
	return string(p.AppendTail(out, tail))
}

// checkList compares a list with testdata/NAME.golden.
func checkList(t *testing.T, name, got string) {
	t.Helper()
	golden.Check(t, filepath.Join("testdata", name+".golden"), got)
}

func TestNetstatGolden(t *testing.T) {
	checkList(t, "netstat", printList(&Netstat{Header: true, All: true}, rows(everySocket), "netlink"))
	checkList(t, "netstat-epo", printList(&Netstat{
		Header: true, Listening: true, Extended: true, Processes: true, Timers: true,
	}, rows(everySocket), "netlink"))
	checkList(t, "netstat-im-explain", printList(&Netstat{Info: true, Memory: true, Explain: true}, rows(everySocket), "netlink"))
}

func TestJSONGolden(t *testing.T) {
	checkList(t, "sockets.json", printList(&JSON{Info: true, Memory: true}, rows(everySocket), "netlink"))
	checkList(t, "sockets-oneline.json", printList(&JSON{OneLine: true}, rows(server[:2]), "proc"))
}
