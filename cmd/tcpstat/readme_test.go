package main

import (
	"encoding/binary"
	"encoding/json"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpstat/internal/nettest"
	"tcpstat/listing"
	"tcpstat/render"
	"tcpstat/tcp"
)

// readmeBlocks gives the code blocks of the README in a language.
func readmeBlocks(t *testing.T, language string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range strings.Split(string(text), "\n```"+language+"\n")[1:] {
		block, _, closed := strings.Cut(after, "\n```")
		if !closed {
			t.Fatalf("a block of %s is not closed", language)
		}
		blocks = append(blocks, block)
	}
	if blocks == nil {
		t.Fatalf("README.md has no block of %s", language)
	}
	return blocks
}

// Every command line in the README works as it stands.
func TestReadmeCommands(t *testing.T) {
	nettest.Program(t, "jq", "jq")
	ran := 0
	for _, line := range strings.Split(strings.Join(readmeBlocks(t, "sh"), "\n"), "\n") {
		if strings.HasPrefix(line, "go test") {
			continue // this is it
		}
		ran++
		command := exec.Command("bash", "-o", "pipefail", "-c", line)
		command.Dir = "../.."
		var stderr strings.Builder
		command.Stderr = &stderr
		if out, err := command.Output(); err != nil {
			t.Errorf("%s: %v\n%s%s", line, err, out, stderr.String())
		}
	}
	if ran < 10 {
		t.Errorf("only %d commands found", ran)
	}
}

// The socket that the README shows is one that tcpstat would print.
func TestReadmeJSON(t *testing.T) {
	blocks := readmeBlocks(t, "json")
	var want, got map[string]any
	if err := json.Unmarshal([]byte(blocks[0]), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(exampleSocket(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("README.md (-) and tcpstat (+) differ:\n%s", diff)
	}
}

// exampleSocket is the JSON of the README's leaked connection.
func exampleSocket() []byte {
	s := &tcp.Socket{
		Family:    tcp.IPv4,
		State:     tcp.CloseWait,
		Local:     netip.MustParseAddrPort("10.0.0.7:60739"),
		Remote:    netip.MustParseAddrPort("54.65.136.43:9443"),
		RecvQueue: 32,
		UID:       tcp.Some[uint32](1001),
		Inode:     tcp.Some[uint64](2082272),
		Cookie:    tcp.Some[uint64](0x1f3a),
	}
	info := make([]byte, 280)
	for field, value := range map[int]uint32{
		52:  842390, // last_data_recv
		56:  842010, // last_ack_recv
		152: 1,      // data_segs_in
	} {
		binary.NativeEndian.PutUint32(info[field:], value)
	}
	s.Info.SetBytes(info)
	machine := &tcp.Machine{Sysctls: tcp.Sysctls{tcp.PortRangeLow: 32768, tcp.PortRangeHigh: 60999}}
	java := &tcp.Process{
		PID: 4711, Name: "java", Exe: "/usr/lib/jvm/java-21/bin/java",
		Cmdline: tcp.Some("java -jar orders.jar --name 'order feed'"),
		User:    "orders", Started: time.Date(2026, 11, 20, 8, 12, 31, 0, time.UTC),
	}
	row := &listing.Row{
		Socket: s, View: tcp.Annotate(s, machine), HoldersKnown: true,
		Holders: []tcp.Holder{{Owner: tcp.Owner{PID: 4711, FD: 212}, Process: java}},
	}
	row.Note = tcp.NoteOf(s, &row.View, machine)
	j := &render.JSON{}
	j.AppendHead(nil, listing.Head{NetNS: tcp.Some[uint64](4026531840)})
	return j.AppendRow(nil, row)
}
