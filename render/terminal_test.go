package render

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"tcpstat/document"
	"tcpstat/internal/rowtest"
	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

func TestTerminalGolden(t *testing.T) {
	for _, width := range []int{40, 80, 120, 200} {
		at := "-" + strconv.Itoa(width)
		checkList(t, "server"+at, printList(&Terminal{Width: width, Header: true}, rows(server), "netlink"))
		checkList(t, "server-p"+at, printList(&Terminal{Width: width, Header: true, Processes: true}, rows(server), "netlink"))
		checkList(t, "modern-p"+at, printList(&Terminal{Width: width, Header: true, Processes: true}, rows(modern), "netlink"))
		checkList(t, "every"+at, printList(&Terminal{Width: width, Header: true}, rows(everySocket), "netlink"))
		checkList(t, "every-epo"+at, printList(&Terminal{
			Width: width, Header: true, Extended: true, Processes: true, Timers: true,
		}, rows(everySocket), "netlink"))
	}
	checkList(t, "every-im-explain-80", printList(&Terminal{
		Width: 80, Header: true, Info: true, Memory: true, Explain: true,
	}, rows(everySocket), "proc"))
	checkList(t, "server-p-color-120", printList(&Terminal{
		Width: 120, Header: true, Processes: true, Palette: typeset.NewPalette(),
	}, rows(server), "netlink"))
	checkList(t, "server-top-80", printList(&Terminal{Width: 80, Root: true, Sort: SortRecvQueue, Top: 3}, rows(server), "netlink"))
	for _, width := range []int{80, 120} {
		at := "-ko-" + strconv.Itoa(width)
		checkList(t, "server-p"+at, printList(&Terminal{Width: width, Header: true, Processes: true, Lang: tcp.Korean}, rows(server), "netlink"))
		checkList(t, "every"+at, printList(&Terminal{Width: width, Header: true, Explain: true, Lang: tcp.Korean}, rows(everySocket), "proc"))
		checkList(t, "overview"+at, printList(&Overview{Width: width, Lang: tcp.Korean}, rows(everySocket), "netlink"))
	}
	checkList(t, "empty-80", printList(&Terminal{Width: 80, Header: true}, nil, "netlink"))
}

// addresses are the two ends as the table should show them, without a peer
// only one.
func addresses(r *listing.Row) []string {
	ends := []string{string(appendEnd(nil, r.Socket, r.Socket.Local, r.Local))}
	if r.Socket.Remote.IsValid() {
		ends = append(ends, string(appendEnd(nil, r.Socket, r.Socket.Remote, r.Remote)))
	}
	return ends
}

// randomTable makes a table with any flags.
func randomTable(g rowtest.Generator) *Terminal {
	return &Terminal{
		Width: 40 + g.IntN(200), Header: true,
		Extended: g.Maybe(), Processes: g.Maybe(), Timers: g.Maybe(),
		Info: g.Maybe(), Memory: g.Maybe(), Explain: g.Maybe(),
		Sort: SortField(g.IntN(len(sortNames))),
		Lang: languages[g.IntN(len(languages))],
	}
}

// Whatever the sockets: lines keep to the terminal unless an address alone does
// not fit, have no blanks at their end and no control characters; no address
// and no owner is cut or lost; colour changes nothing but the codes.
func TestTerminalLines(t *testing.T) {
	g := newGenerator(t)
	for range 100 {
		table, rows := randomTable(g), g.Rows(g.IntN(40))
		text := printList(table, rows, "netlink")
		whole := map[string]bool{}
		for _, r := range rows {
			for _, end := range addresses(r) {
				whole[end] = true
				if !strings.Contains(text, end) {
					t.Errorf("at %d columns %s is cut or lost:\n%s", table.Width, end, text)
				}
			}
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if strings.TrimRight(line, " ") != line || strings.ContainsFunc(line, unicode.IsControl) {
				t.Errorf("blanks at the end or control characters: %q", line)
			}
			alone := strings.TrimPrefix(strings.TrimLeft(line, " "), "-> ")
			if typeset.Width(line) > table.Width && !whole[alone] {
				t.Errorf("%d columns are more than %d: %q", typeset.Width(line), table.Width, line)
			}
		}
		if table.Processes {
			checkOwners(t, rows, text)
		}
		table.Palette = typeset.NewPalette()
		if painted := printList(table, rows, "netlink"); colour.ReplaceAllString(painted, "") != text || painted == text && len(rows) > 0 {
			t.Errorf("colour changes the text, or is none:\n%s", painted)
		}
	}
}

func checkOwners(t *testing.T, rows []*listing.Row, text string) {
	t.Helper()
	joined := regexp.MustCompile(`\s+`).ReplaceAllString(text, "") // names may go on in the next line
	for _, r := range rows {
		for _, h := range r.Holders {
			if name := strings.ReplaceAll(typeset.Escape(h.Process.Name), " ", ""); !strings.Contains(joined, name) {
				t.Errorf("owner %q is not named:\n%s", name, text)
			}
			if !regexp.MustCompile(`[/,]` + strconv.Itoa(int(h.PID))).MatchString(joined) {
				t.Errorf("PID %d is not named:\n%s", h.PID, text)
			}
		}
	}
}

// grid is a line as a terminal shows it: one element per column, 0 in the
// second half of a wide character.
func grid(line string) (columns []rune) {
	for _, r := range line {
		switch typeset.Width(string(r)) {
		case 1:
			columns = append(columns, r)
		case 2:
			columns = append(columns, r, 0)
		}
	}
	return columns
}

// koreanCount is a line of the verdict that begins with a state.
var koreanCount = regexp.MustCompile(`^\S+ [0-9]+개`)

// Cells begin where the title of their column begins, and numbers end where it
// ends, in the first line of every row.
func TestTerminalColumns(t *testing.T) {
	g := newGenerator(t)
	for range 100 {
		table, rows := randomTable(g), g.Rows(1+g.IntN(40))
		text := printList(table, rows, "netlink")
		lines := strings.Split(text, "\n")
		head := regexp.MustCompile(`\S+( \S+)*`).FindAllStringIndex(lines[0], -1)
		var locals []string
		for _, r := range rows {
			locals = append(locals, addresses(r)[0])
		}
		for _, line := range lines[1:] {
			state, _, _ := strings.Cut(line, " ")
			if s, ok := tcp.ParseState(state); !ok || s.String() != state || koreanCount.MatchString(line) {
				continue // not the first line of a row
			}
			columns, past := grid(line), 0
			for _, title := range head {
				start, end := title[0], title[1]
				name := lines[0][start:end]
				switch {
				case len(columns) <= start || start < past+gap && past > 0:
					// the row goes on below
				case name == "Recv-Q" || name == "Send-Q" || name == "Inode":
					if columns[end-1] == ' ' || len(columns) > end && columns[end] != ' ' {
						t.Errorf("%s does not end at column %d:\n%s\n%s", name, end, lines[0], line)
					}
				case start > 0 && (columns[start] == ' ' || string(columns[start-gap:start]) != "  "):
					t.Errorf("%s does not begin at column %d:\n%s\n%s", name, start, lines[0], line)
				}
				if strings.HasPrefix(name, "Local") && len(columns) > start {
					past = start + longestPrefix(strings.TrimPrefix(line, typeset.Truncate(line, start, "")), locals)
				}
			}
		}
	}
}

// longestPrefix is the width of the longest word that text begins with.
func longestPrefix(text string, words []string) (width int) {
	for _, word := range words {
		if strings.HasPrefix(text, word) {
			width = max(width, typeset.Width(word))
		}
	}
	return width
}

// Notes stand in a column from the width on in which they have 36 columns, whichever
// rows have one.
func TestTerminalNoteColumn(t *testing.T) {
	list := rows([]specimen{
		socket(tcp.Established, "10.20.30.40:443", "203.0.113.121:61023", timer(1, 1600*time.Millisecond, 3264*time.Millisecond, 4, 0), queues(0, 2896)),
		socket(tcp.Established, "10.20.30.40:444", "203.0.113.121:61023"),
	})
	for width := typeset.MinWidth; width <= 200; width++ {
		head, _, _ := strings.Cut(printList(&Terminal{Width: width, Header: true}, list, "netlink"), "\n")
		if at := strings.Index(head, "Note"); at >= 0 {
			if width-at != 36 {
				t.Errorf("at %d columns notes have %d: %s", width, width-at, head)
			}
			return
		}
	}
	t.Error("there is no column for notes")
}

// A state has the colour of its note, but for ESTABLISHED, which is as it should be.
func TestStateStyle(t *testing.T) {
	for _, test := range []struct {
		state tcp.State
		level tcp.Level
		want  typeset.Style
	}{
		{tcp.CloseWait, tcp.Alarm, typeset.Alarm},
		{tcp.CloseWait, tcp.Notice, typeset.Notice},
		{tcp.Listen, tcp.Calm, typeset.Plain},
		{tcp.TimeWait, tcp.Calm, typeset.Faint},
		{tcp.Established, tcp.Alarm, typeset.Plain},
	} {
		if got := StateStyle(test.state, test.level); got != test.want {
			t.Errorf("%v with level %d: %v, not %v", test.state, test.level, got, test.want)
		}
	}
}

// An owner with a name that is too wide for its cell is named below the row.
func TestTerminalWideOwner(t *testing.T) {
	name := strings.Repeat("wide-", 8)
	list := rows([]specimen{socket(tcp.Listen, "0.0.0.0:22", "", owned(name, 7))})
	lines := strings.Split(printList(&Terminal{Width: 200, Processes: true}, list, "netlink"), "\n")
	if !strings.Contains(lines[0], belowWord) || strings.Contains(lines[0], name) || !strings.Contains(lines[1], name+"/7") {
		t.Errorf("%q", lines)
	}
}

// A few long addresses do not cost the others their columns.
func TestTerminalFewBreak(t *testing.T) {
	specimens := append([]specimen{}, server...)
	text := printList(&Terminal{Width: 80, Header: true}, rows(specimens), "netlink")
	if !strings.Contains(text, "ESTABLISHED       0    2896  10.20.30.40:443    203.0.113.121:61023\n") {
		t.Errorf("one IPv6 row breaks the others:\n%s", text)
	}
	// The address columns of nearly all rows take 41, of most 36.
	text = printList(&Terminal{Width: 51, Header: true}, rows(server[2:6]), "netlink")
	if !strings.HasPrefix(text, "State        Local Address      Remote Address\n") {
		t.Errorf("rows are stacked for the sake of one:\n%s", text)
	}
	for range 20 {
		specimens = append(specimens, socket(tcp.Established, longV6, longV6Peer))
	}
	text = printList(&Terminal{Width: 80, Header: true}, rows(specimens), "netlink")
	if !strings.HasPrefix(text, "State        Recv-Q  Send-Q  Local -> Remote Address\n") {
		t.Errorf("most rows are IPv6, and rows are not stacked:\n%s", text)
	}
}

// What no socket tells has no column, and is said once.
func TestTerminalNotKnown(t *testing.T) {
	specimens := []specimen{socket(tcp.Established, "10.0.0.7:22", "10.0.0.9:50022", fromProc)}
	text := printList(&Terminal{Width: 200, Header: true, Extended: true}, rows(specimens), "proc")
	if strings.Contains(strings.SplitN(text, "\n", 2)[0], "Cookie") || !strings.Contains(text, "\nNot known of any socket here: Unit, Age, Interface, Cookie.\n") {
		t.Errorf("what is not known has a column, or is not said:\n%s", text)
	}
}

// The unit's cell is short, whatever whoever made the cgroup called it.
func TestAppendUnit(t *testing.T) {
	const long = "a-name-that-is-longer-than-the-column-may-be"
	for _, tt := range []struct {
		cgroup tcp.Cgroup
		want   string
	}{
		{tcp.Cgroup{}, "unknown"},
		{tcp.Cgroup{Path: "/"}, "/"},
		{tcp.Cgroup{Path: "/a/b"}, "/a/b"},
		{tcp.Cgroup{Path: "/a/b.service", Unit: "b.service"}, "b.service"},
		{tcp.Cgroup{Path: "/a/b.service", Unit: "b.service", Container: "lxc/a"}, "lxc/a"},
		{tcp.Cgroup{Path: "/user.slice/" + long}, "...longer-than-the-column-may-be"},
		{tcp.Cgroup{Path: "/x", Unit: long + ".scope"}, "a-name-that-is-longer-than-th..."},
		{tcp.Cgroup{Path: "/x", Container: "lxc/" + long}, "lxc/a-name-that-is-longer-tha..."},
		{tcp.Cgroup{Path: "/\x1b[31m\n"}, `/\x1b[31m\n`},
	} {
		r := &listing.Row{Socket: &tcp.Socket{}, Cgroup: tt.cgroup}
		if got := string(appendUnit(nil, r)); got != tt.want || len(got) > unitRoom {
			t.Errorf("%+v: %q, want %q", tt.cgroup, got, tt.want)
		}
	}
	if got := string(appendUnit(nil, &listing.Row{Socket: &tcp.Socket{Mini: true}})); got != "(no unit)" {
		t.Errorf("of a mini-socket: %q", got)
	}
}

func TestTerminalVerdict(t *testing.T) {
	closeWait := socket(tcp.CloseWait, "10.0.0.7:60739", "54.65.136.43:9443", since(14*time.Minute, 14*time.Minute))
	full := socket(tcp.Listen, "10.0.0.7:80", "")
	full.Socket.Backlog = tcp.Backlog{Used: 9, Limit: tcp.Some[uint32](8)}
	for _, test := range []struct {
		specimens []specimen
		all       bool
		filtered  bool
		source    string
		last      string
	}{
		{nil, false, false, "netlink", "No sockets to show. All there are, listeners too: tcpstat -a"},
		{nil, true, false, "netlink", "There are no TCP sockets here. What tcpstat can explain: tcpstat explain"},
		{server[:1], false, false, "netlink", "No socket in this list needs attention. All sockets: tcpstat -a"},
		{nil, true, true, "netlink", "No socket matches the filter. How many there are in which state: tcpstat"},
		{server[:4], true, true, "netlink", "No socket that the filter chose needs attention. What most of them mean: tcpstat explain LISTEN"},
		{server[:1], true, false, "netlink", "No socket in this list needs attention. Limits and counters of the machine: tcpstat"},
		{server[:1], true, false, "proc", "No socket in this list is seen to need attention, but /proc does not tell everything. What is missing: tcpstat -a --json"},
		{[]specimen{closeWait}, false, false, "netlink", "Needs attention: 1 CLOSE_WAIT. What to do: tcpstat explain CLOSE_WAIT"},
		{[]specimen{closeWait, full, closeWait}, false, false, "netlink", "Needs attention: 1 LISTEN, 2 CLOSE_WAIT. What to do: tcpstat explain LISTEN"},
		{[]specimen{closeWait, server[4]}, false, false, "netlink", "Needs attention: 1 CLOSE_WAIT; worth a look: 1 ESTABLISHED. What to do: tcpstat explain CLOSE_WAIT"},
		{server[4:5], false, false, "netlink", "Worth a look: 1 ESTABLISHED. What it means: tcpstat explain ESTABLISHED"},
	} {
		text := printList(&Terminal{Width: 200, Header: true, All: test.all, Filtered: test.filtered}, rows(test.specimens), test.source)
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if got := lines[len(lines)-1]; got != test.last {
			t.Errorf("the last line is %q, want %q", got, test.last)
		}
	}
}

// Whatever bytes come from outside: text without control characters, one line
// per row, and JSON that can be read.
func FuzzRow(f *testing.F) {
	for _, name := range rowtest.HostileNames {
		f.Add(name, name, uint8(tcp.Established))
	}
	f.Add("a", "a", uint8(tcp.Listen))
	f.Fuzz(func(t *testing.T, name, other string, state uint8) {
		sp := socket(tcp.State(state), "10.0.0.7:1", "10.0.0.8:2", owned(name, 1, 2), owned(other, 3), device(1, other), since(0, 0))
		sp.Socket.Congestion = name
		r := sp.Row(&tcp.Machine{})
		r.Local, r.Remote = listing.Endpoint{Host: name}, listing.Endpoint{Service: other}
		decode[document.Sockets](t, printList(&JSON{Info: true}, []*listing.Row{r}, "netlink"))
		for _, p := range []listPrinter{
			&Netstat{Extended: true, Processes: true, Timers: true, Info: true},
			&Terminal{Width: 80, Extended: true, Processes: true, Timers: true, Info: true},
			&Terminal{Width: 200, Processes: true, Info: true},
		} {
			text := printList(p, []*listing.Row{r}, "netlink")
			if !utf8.ValidString(text) {
				t.Errorf("not UTF-8: %q", text)
			}
			if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
				t.Errorf("control characters: %q", text)
			}
		}
		if row := (&Netstat{Processes: true}).AppendRow(nil, r); strings.Count(string(row), "\n") != 1 || strings.Contains(string(row), "\t") {
			t.Errorf("not one row: %q", row)
		}
	})
}

// Rows that are not shown take no room.
func TestTerminalTop(t *testing.T) {
	specimens := []specimen{socket(tcp.Established, "10.0.0.7:22", "10.0.0.9:50022", queues(5, 0))}
	for range 20 {
		specimens = append(specimens, socket(tcp.Established, longV6, longV6Peer))
	}
	text := printList(&Terminal{Width: 80, Header: true, Sort: SortRecvQueue, Top: 1}, rows(specimens), "netlink")
	want := "State        Recv-Q  Send-Q  Local Address  Remote Address\n" +
		"ESTABLISHED       5       0  10.0.0.7:22    10.0.0.9:50022\n" +
		"21 TCP sockets, 1 shown: 21 ESTABLISHED\n"
	if !strings.HasPrefix(text, want) {
		t.Errorf("got\n%swant\n%s", text, want)
	}
}
