package render

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// everyColumn are all columns.
func everyColumn(t testing.TB) []Column {
	t.Helper()
	names, info := ColumnNames()
	columns, unknown, _ := FindColumns(append(names, info...), tcp.English)
	if unknown != "" {
		t.Fatalf("no column %q", unknown)
	}
	return columns
}

// jsonCells tells from a socket's JSON what its columns should say.
func jsonCells(t *testing.T, text []byte) map[string]string {
	t.Helper()
	var s map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&s); err != nil {
		t.Fatal(err)
	}
	word := func(v any, instead string) string {
		if v == nil {
			return instead
		}
		return fmt.Sprint(v)
	}
	end := func(v any) string {
		if v == nil {
			return "none"
		}
		at := v.(map[string]any)
		if addr := at["addr"].(string); strings.Contains(addr, ":") {
			return fmt.Sprintf("[%s]:%v", addr, at["port"])
		}
		return fmt.Sprintf("%v:%v", at["addr"], at["port"])
	}
	cells := map[string]string{
		"state": word(s["state"], ""), "local": end(s["local"]), "remote": end(s["remote"]),
		"recvq": word(s["recv_queue_bytes"], ""), "sendq": word(s["send_queue_bytes"], ""),
		"timer": word(s["timer"].(map[string]any)["kind"], ""),
		"user":  word(s["uid"], "none"), "inode": word(s["inode"], "none"),
		"age":    word(s["age"].(map[string]any)["min_ms"], "unknown"),
		"cookie": word(s["cookie"], "unknown"), "family": word(s["family"], ""),
		"opener": word(s["opener"], ""), "closer": word(s["closer"], "unknown"),
		"ownership": word(s["ownership"], ""), "verdict": word(s["verdict"], "none"),
		"congestion": word(s["congestion"], "unknown"), "note": word(s["note"], "none"),
	}
	absent := "unknown"
	if s["inode"] == nil || s["cgroup"] != nil { // a mini-socket, or in none of these
		absent = "none"
	}
	cells["cgroup"], cells["container"] = typeset.Escape(word(s["cgroup"], absent)), typeset.Escape(word(s["container"], absent))
	if queue, ok := s["accept_queue"].(map[string]any); ok {
		cells["recvq"], cells["sendq"] = word(queue["used"], ""), word(queue["limit"], "unknown")
	}
	info, _ := s["tcp_info"].(map[string]any)
	for i := range tcp.InfoFields {
		cells[tcp.InfoFields[i].Key] = word(info[tcp.InfoFields[i].Key], "unknown")
	}
	return cells
}

// A column says what JSON says.
func TestColumnsAsInJSON(t *testing.T) {
	columns := everyColumn(t)
	tabbed, document := &Tabbed{Columns: columns}, &JSON{Info: true}
	for _, r := range rows(everySocket) {
		cells := strings.Split(strings.TrimSuffix(string(tabbed.AppendRow(nil, r)), "\n"), "\t")
		want := jsonCells(t, document.AppendRow(nil, r))
		for i, c := range columns {
			switch c.Name {
			case "process", "exe", "cmdline", "euser", "started", "interface", // objects, null for two things
				"unit", "namespace": // not in the socket
				continue
			}
			if cells[i] != want[c.Name] {
				t.Errorf("%s of %v is %q, in JSON %q", c.Name, r.Socket.Local, cells[i], want[c.Name])
			}
		}
	}
}

func TestTabbedWords(t *testing.T) {
	columns, _, _ := FindColumns([]string{"process", " Interface", "user"}, tcp.English)
	tabbed := &Tabbed{Columns: columns, Header: true}
	if got := string(tabbed.AppendHead(nil, listing.Head{})); got != "process\tinterface\tuser\n" {
		t.Errorf("header %q", got)
	}
	for want, sp := range map[string]specimen{
		"sshd/812\tnone\t1000\n":              socket(tcp.Listen, "0.0.0.0:22", "", owned("sshd", 812)),
		"tab\\there/1,2\tlo\t1000\n":          socket(tcp.Listen, "0.0.0.0:22", "", owned("tab\there", 1, 2), device(1, "lo")),
		"unknown\tunknown\t1000\n":            socket(tcp.Listen, "0.0.0.0:22", "", hidden, fromProc),
		"none\tnone\tnone\n":                  socket(tcp.TimeWait, "0.0.0.0:22", "10.0.0.1:1", mini),
		"a/1, b/2\tweird\\nname\\x1b\t1000\n": socket(tcp.Listen, "0.0.0.0:22", "", owned("a", 1), owned("b", 2), device(9, "weird\nname\x1b")),
	} {
		if got := string(tabbed.AppendRow(nil, sp.Row(&tcp.Machine{}))); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Whatever the sockets: as many cells as columns, none empty, one line each.
func TestTabbedLines(t *testing.T) {
	g := newGenerator(t)
	columns := everyColumn(t)
	for range 50 {
		rows := g.Rows(g.IntN(20))
		text := printList(&Tabbed{Columns: columns, Header: true}, rows, "netlink")
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if len(lines) != len(rows)+1 {
			t.Fatalf("%d lines for %d rows", len(lines), len(rows))
		}
		for _, line := range lines {
			cells := strings.Split(line, "\t")
			if len(cells) != len(columns) || slices.Contains(cells, "") {
				t.Errorf("%d cells, not %d, or an empty one: %q", len(cells), len(columns), line)
			}
			if strings.ContainsFunc(strings.ReplaceAll(line, "\t", ""), unicode.IsControl) {
				t.Errorf("control characters: %q", line)
			}
		}
	}
}

func TestFindColumns(t *testing.T) {
	for list, want := range map[string]string{
		"state,local":   "",
		"STATE, rtt_us": "",
		"state,lcoal":   "lcoal: local",
		"rtt":           "rtt: rtt_us",
		"xyzxyz":        "xyzxyz: ",
		"state,":        ": ",
	} {
		found, unknown, near := FindColumns(strings.Split(list, ","), tcp.English)
		switch {
		case want == "" && (len(found) != 2 || unknown != ""):
			t.Errorf("%q: %d columns, unknown %q", list, len(found), unknown)
		case want != "" && (found != nil || unknown+": "+near != want):
			t.Errorf("%q: unknown %q, near %q, want %q", list, unknown, near, want)
		}
	}
}

func TestChosenGolden(t *testing.T) {
	columns, _, _ := FindColumns(strings.Split("state,local,remote,recvq,process,rtt_us,ownership,age,note", ","), tcp.English)
	for _, width := range []int{60, 100, 180} {
		checkList(t, "chosen-"+strconv.Itoa(width), printList(&Chosen{
			Terminal: Terminal{Width: width, Header: true}, Columns: columns,
		}, rows(server), "netlink"))
	}
	columns, _, _ = FindColumns([]string{"process", "note", "state"}, tcp.English)
	checkList(t, "chosen-top-80", printList(&Chosen{
		Terminal: Terminal{Width: 80, Header: true, Sort: SortRecvQueue, Top: 3}, Columns: columns,
	}, rows(everySocket), "netlink"))
}

// No value is lost on a terminal, whatever finds room.
func TestChosenLosesNothing(t *testing.T) {
	g := newGenerator(t)
	every := everyColumn(t)
	for range 60 {
		var columns []Column
		for range 1 + g.IntN(8) {
			columns = append(columns, every[g.IntN(len(every))])
		}
		table := &Chosen{Terminal: Terminal{Width: 40 + g.IntN(160), Header: true}, Columns: columns}
		rows := g.Rows(g.IntN(10))
		text := strings.Join(strings.Fields(printList(table, rows, "netlink")), "")
		for _, r := range rows {
			for i := range columns {
				c := &columns[i]
				cell := c.appendValue(nil, r)
				if c.table < columnCount {
					cell = table.appendCell(nil, c.table, r)
				}
				cell = []byte(strings.Join(strings.Fields(string(cell)), ""))
				if c.Name != noteName && !strings.Contains(text, string(cell)) {
					t.Fatalf("at %d columns %s %q is lost:\n%s", table.Width, c.Name, cell, text)
				}
			}
		}
	}
}
