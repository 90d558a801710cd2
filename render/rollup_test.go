package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"tcpstat/document"
	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/rollup"
	"tcpstat/tcp"
)

// rollupForm is a form of the roll-up.
type rollupForm interface {
	Append([]byte, listing.Head, *rollup.Result, listing.Tail) []byte
}

// rolledUp makes a list of a roll-up, to be printed as one.
type rolledUp struct {
	*rollup.Rollup
	form rollupForm
	head listing.Head
}

func rollUp(o rollup.Options, form rollupForm) *rolledUp {
	return &rolledUp{Rollup: rollup.New(o), form: form}
}

func (r *rolledUp) AppendHead(dst []byte, h listing.Head) []byte {
	r.head = h
	return dst
}

func (r *rolledUp) AppendRow(dst []byte, row *listing.Row) []byte {
	r.Add(row)
	return dst
}

func (r *rolledUp) AppendBetween(dst []byte) []byte { return dst }

func (r *rolledUp) AppendTail(dst []byte, t listing.Tail) []byte {
	return r.form.Append(dst, r.head, r.Result(), t)
}

func TestRollupGolden(t *testing.T) {
	all := rows(everySocket)
	for by := rollup.ByState; by <= rollup.ByPeer; by++ {
		o := rollup.Options{By: by}
		name := "rollup-" + by.String()
		checkList(t, name, printList(rollUp(o, &RollupText{Header: true}), all, "netlink"))
		checkList(t, name+".json", printList(rollUp(o, &RollupJSON{}), all, "netlink"))
		for _, width := range []int{60, 120} {
			form := &RollupTerminal{Width: width, Header: true, Root: width == 60}
			checkList(t, name+"-"+strconv.Itoa(width), printList(rollUp(o, form), all, "netlink"))
		}
	}
	checkList(t, "rollup-top", printList(rollUp(
		rollup.Options{By: rollup.ByPeer, Sort: rollup.SortRecvQueue, Top: 2}, &RollupText{},
	), all, "netlink"))
	checkList(t, "rollup-top-80", printList(rollUp(
		rollup.Options{By: rollup.ByProcess, Top: 2}, &RollupTerminal{Width: 80, Header: true, Palette: typeset.NewPalette()},
	), all, "netlink"))
}

func readRollup(t *testing.T, o rollup.Options, rows []*listing.Row) *document.Rollup {
	t.Helper()
	text := printList(rollUp(o, &RollupJSON{OneLine: true}), rows, "netlink")
	if strings.Count(text, "\n") != 1 {
		t.Errorf("more than one line: %q", text)
	}
	return decode[document.Rollup](t, text)
}

// Every socket is counted where it belongs, and none is lost.
func TestRollupCounts(t *testing.T) {
	g := newGenerator(t)
	for range 40 {
		rows := g.Rows(g.IntN(60))
		var received uint64
		for _, r := range rows {
			if r.Socket.State != tcp.Listen {
				received += uint64(r.Socket.RecvQueue)
			}
		}
		for by := rollup.ByState; by <= rollup.ByPeer; by++ {
			d := readRollup(t, rollup.Options{By: by, Sort: rollup.SortField(g.IntN(len(rollup.SortNames())))}, rows)
			total, sum := 0, uint64(0)
			for _, group := range d.Groups {
				states := 0
				for _, n := range group.States {
					states += n
				}
				if len(group.States) != len(tcp.States) || states != group.Total || group.Total == 0 {
					t.Errorf("by %v: total %d, states %v", by, group.Total, group.States)
				}
				total += group.Total
				sum += group.RecvQueue
			}
			if d.Summary.Total != len(rows) || d.Summary.Groups != len(d.Groups) {
				t.Errorf("by %v: summary %+v of %d sockets in %d groups", by, d.Summary, len(rows), len(d.Groups))
			}
			if by != rollup.ByProcess && (total != len(rows) || sum != received) {
				t.Errorf("by %v: %d sockets with %d bytes, not %d with %d", by, total, sum, len(rows), received)
			}
		}
	}
}

func TestRollupByProcess(t *testing.T) {
	rows := rows([]specimen{
		socket(tcp.Established, "10.0.0.7:1", "10.0.0.9:1", owned("a", 1, 1, 2), owned("b", 3), queues(5, 0)),
		socket(tcp.CloseWait, "10.0.0.7:2", "10.0.0.9:1", owned("b", 3), queues(0, 0)),
		socket(tcp.Established, "10.0.0.7:3", "10.0.0.9:1", unowned),
		socket(tcp.Established, "10.0.0.7:4", "10.0.0.9:1", hidden),
		socket(tcp.Established, "10.0.0.7:5", "10.0.0.9:1"),
	})
	d := readRollup(t, rollup.Options{By: rollup.ByProcess}, rows)
	var got []string
	for _, g := range d.Groups {
		name := "-"
		if g.Process != nil {
			name = g.Process.Name + strconv.Itoa(int(g.Process.PID))
		}
		got = append(got, name+" "+*g.Ownership+" "+strconv.Itoa(g.Total)+" "+strconv.FormatUint(g.RecvQueue, 10))
	}
	want := []string{"b3 process 2 5", "a1 process 1 5", "a2 process 1 5", "- process 1 0", "- unaccepted 1 0", "- unknown 1 0"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if v := d.Groups[0].Verdicts; v != (document.Verdicts{EOFRead: 1}) {
		t.Errorf("verdicts %+v", v)
	}
}

func TestRollupByListener(t *testing.T) {
	rows := rows([]specimen{
		socket(tcp.Listen, "0.0.0.0:80", "", backlog(1, 10)),
		socket(tcp.Listen, "0.0.0.0:80", "", backlog(2, 20)),
		socket(tcp.Listen, "10.0.0.7:80", "", backlog(9, 8)),
		socket(tcp.Established, "10.0.0.7:80", "10.0.0.9:1"),
		socket(tcp.Established, "10.0.0.8:80", "10.0.0.9:1"),
		socket(tcp.TimeWait, "10.0.0.8:80", "10.0.0.9:2", mini, timer(3, 0, 0, 0, 0)),
		socket(tcp.Established, "10.0.0.8:40000", "10.0.0.9:80"),
		socket(tcp.Bound, "10.0.0.8:40001", ""),
	})
	d := readRollup(t, rollup.Options{By: rollup.ByListener}, rows)
	var got []string
	for _, g := range d.Groups {
		line := *g.Opener + " " + strconv.Itoa(g.Total)
		if g.Listener != nil {
			line += fmt.Sprintf(" %v %d %d/%d", g.Listener.Addr, g.Listener.Sockets, g.AcceptQueue.Used, *g.AcceptQueue.Limit)
		}
		got = append(got, line)
	}
	want := []string{"passive 4 0.0.0.0 2 3/30", "passive 2 10.0.0.7 1 9/8", "active 1", "none 1"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Equal addresses in two namespaces are two listeners, each with its own queue.
func TestRollupOverNamespaces(t *testing.T) {
	places := []listing.Namespace{{Inode: 1, Name: "here"}, {Inode: 2, Name: "web 1"}}
	u := rollup.New(rollup.Options{By: rollup.ByListener})
	for i := range places {
		rows := rows([]specimen{
			socket(tcp.Listen, "0.0.0.0:80", "", backlog(uint32(i), 10)),
			socket(tcp.Established, "10.0.0.7:80", "10.0.0.9:1"),
		})
		for _, r := range rows {
			r.Namespace = &places[i]
			u.Add(r)
		}
	}
	var got []string
	for line := range strings.Lines(string((&RollupText{Header: true}).Append(nil, listing.Head{}, u.Result(), listing.Tail{}))) {
		f := strings.Fields(line)
		got = append(got, strings.Join([]string{f[0], f[1], f[5], f[6]}, " "))
	}
	want := []string{"Count Listener Queue Namespace", `2 0.0.0.0:80 0/10 here`, `2 0.0.0.0:80 1/10 web\x201`}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if text := string((&RollupJSON{}).Append(nil, listing.Head{}, u.Result(), listing.Tail{})); !strings.Contains(text, `"netns":1,"sockets":1`) || !strings.Contains(text, `"netns":2,"sockets":1`) {
		t.Errorf("no namespaces in %s", text)
	}
}

func TestRollupByPeer(t *testing.T) {
	sent := func(total, bytes, again uint32) func(*specimen) {
		return info(map[int]uint32{100: total, 200: bytes, 208: again})
	}
	rows := rows([]specimen{
		socket(tcp.Established, "10.0.0.7:1", "10.0.0.9:1", sent(3, 1000, 30)),
		socket(tcp.Established, "[::ffff:10.0.0.7]:1", "[::ffff:10.0.0.9]:2", sent(1, 1000, 10)),
		socket(tcp.Established, "[2001:db8::1]:1", "[2001:db8::2]:2"),
		socket(tcp.Listen, "0.0.0.0:80", ""),
	})
	text := printList(rollUp(rollup.Options{By: rollup.ByPeer, Sort: rollup.SortRetransmits}, &RollupText{}), rows, "netlink")
	var got []string
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		got = append(got, strings.Join([]string{f[0], f[1], f[5], f[6], f[8]}, " "))
	}
	want := []string{
		"2 10.0.0.9 4 2.00 ESTABLISHED:2", "1 2001:db8::2 unknown unknown ESTABLISHED:1", "1 (none) unknown unknown LISTEN:1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// In a pipe every line has as many words as there are columns, whatever the names,
// and the counts add up though groups were cut.
func TestRollupLines(t *testing.T) {
	g := newGenerator(t)
	for range 60 {
		rows := g.Rows(1 + g.IntN(40))
		o := rollup.Options{By: rollup.Subject(g.IntN(4)), Top: g.IntN(4)}
		text := printList(rollUp(o, &RollupText{Header: true}), rows, "netlink")
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		total, columns := 0, len(strings.Fields(lines[0]))
		for i, line := range lines {
			words := strings.Fields(line)
			if len(words) != columns || strings.ContainsFunc(line, unicode.IsControl) || strings.HasSuffix(line, " ") {
				t.Errorf("line %q under %q", line, lines[0])
			}
			if n, err := strconv.Atoi(words[0]); err == nil {
				total += n
			} else if i > 0 {
				t.Errorf("no count: %q", line)
			}
		}
		if o.By != rollup.ByProcess && total != len(rows) {
			t.Errorf("by %v, top %d: counts add up to %d of %d:\n%s", o.By, o.Top, total, len(rows), text)
		}
		table := rollUp(o, &RollupTerminal{Width: 40 + g.IntN(160), Header: true})
		for line := range strings.Lines(printList(table, rows, "netlink")) {
			line = strings.TrimSuffix(line, "\n")
			if strings.TrimRight(line, " ") != line || strings.ContainsFunc(line, unicode.IsControl) {
				t.Errorf("blanks at the end or control characters: %q", line)
			}
		}
	}
}
