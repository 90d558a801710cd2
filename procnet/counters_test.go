package procnet

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"tcpstat/tcp"
)

// counterProc is a /proc with these files beside tcp.
func counterProc(files map[string]string) Proc {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys["net/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return New(fsys, "net")
}

func TestCounters(t *testing.T) {
	for _, test := range []struct {
		name string
		text string
		want tcp.Counters
		err  string
	}{
		{"empty", "", nil, ""},
		{
			"in the order of the file, unknown ones too",
			"Tcp: MaxConn InSegs Unheard\nTcp: -1 7 18\nNew: B A\nNew: 1 2\n",
			tcp.Counters{{Group: "Tcp", Name: "MaxConn", Value: -1}, {Group: "Tcp", Name: "InSegs", Value: 7}, {Group: "Tcp", Name: "Unheard", Value: 18}, {Group: "New", Name: "B", Value: 1}, {Group: "New", Name: "A", Value: 2}},
			"",
		},
		{
			"no number",
			"Tcp: A B C\nTcp: 1 0x2 3\n",
			tcp.Counters{{Group: "Tcp", Name: "A", Value: 1}, {Group: "Tcp", Name: "C", Value: 3}},
			`net/snmp: line 2, column 8: B: want a number that 64 bits hold: "Tcp: 1 0x2 3"`,
		},
		{
			"too large a number",
			"Tcp: A B\nTcp: 9223372036854775808 9223372036854775807\n",
			tcp.Counters{{Group: "Tcp", Name: "B", Value: 9223372036854775807}},
			`net/snmp: line 2, column 6: A: want a number that 64 bits hold: "Tcp: 9223372036854775808 9223372036854775807"`,
		},
		{
			"a name that is no text",
			"Tcp: A \x1b[2J C\nTcp: 1 2 3\n",
			tcp.Counters{{Group: "Tcp", Name: "A", Value: 1}, {Group: "Tcp", Name: "C", Value: 3}},
			`net/snmp: line 2, column 8: name: want printable characters: "Tcp: A \x1b[2J C"`,
		},
		{
			"a name and its number are bad",
			"Tcp: \x01 B\nTcp: - 2\n",
			tcp.Counters{{Group: "Tcp", Name: "B", Value: 2}},
			`net/snmp: line 2, column 6: name: want printable characters: "Tcp: \x01 B"`,
		},
		{
			"fewer numbers than names",
			"Tcp: A B\nTcp: 1\nUdp: A\nUdp: 3\n",
			tcp.Counters{{Group: "Udp", Name: "A", Value: 3}},
			`net/snmp: line 2, column 7: want 2 numbers, got 1: "Tcp: 1"`,
		},
		{
			"names without numbers",
			"Tcp: A B\nUdp: A\nUdp: 3\n",
			tcp.Counters{{Group: "Udp", Name: "A", Value: 3}},
			`net/snmp: line 1, column 1: no line of numbers follows: "Tcp: A B"`,
		},
		{
			"numbers cut off",
			"Udp: A\nUdp: 3\nTcp: A B\nTcp: 1 2",
			tcp.Counters{{Group: "Udp", Name: "A", Value: 3}},
			`net/snmp: line 4, column 9: cut off: no newline at its end: "Tcp: 1 2"`,
		},
		{
			"no section",
			"nothing here\nTcp: A\nTcp: 1\n",
			tcp.Counters{{Group: "Tcp", Name: "A", Value: 1}},
			`net/snmp: line 1, column 1: section: want a name and ':': "nothing here"`,
		},
		{
			"a bad section",
			"\x1b[2J: A\n\x1b[2J: 1\nTcp: A\nTcp: 1\n",
			tcp.Counters{{Group: "Tcp", Name: "A", Value: 1}},
			`net/snmp: line 2, column 1: section: want printable characters: "\x1b[2J: 1"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := counterProc(map[string]string{"snmp": test.text}).SNMP()
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if message := errorText(err); message != test.err {
				t.Errorf("got\n%s, want\n%s", message, test.err)
			}
		})
	}
}

func TestLevels(t *testing.T) {
	for _, test := range []struct {
		name string
		text string
		want tcp.Counters
		err  string
	}{
		{
			"some",
			"sockets: used 17\nTCP: inuse 1 mem 95\nNew:\n",
			tcp.Counters{{Group: "sockets", Name: "used", Value: 17}, {Group: "TCP", Name: "inuse", Value: 1}, {Group: "TCP", Name: "mem", Value: 95}},
			"",
		},
		{
			"a name without a number",
			"TCP: inuse 1 mem\nUDP: inuse 2\n",
			tcp.Counters{{Group: "TCP", Name: "inuse", Value: 1}, {Group: "UDP", Name: "inuse", Value: 2}},
			`net/sockstat: line 1, column 17: mem: missing: "TCP: inuse 1 mem"`,
		},
		{
			"no number",
			"TCP: inuse one orphan 2\n",
			tcp.Counters{{Group: "TCP", Name: "orphan", Value: 2}},
			`net/sockstat: line 1, column 12: inuse: want a number that 64 bits hold: "TCP: inuse one orphan 2"`,
		},
		{"no section", "TCP inuse 1\n", nil, `net/sockstat: line 1, column 1: section: want ':' behind it: "TCP inuse 1"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := counterProc(map[string]string{"sockstat": test.text}).Levels()
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if message := errorText(err); message != test.err {
				t.Errorf("got\n%s, want\n%s", message, test.err)
			}
		})
	}
}

func TestSocketCount(t *testing.T) {
	for text, want := range map[string]int{
		"sockets: used 17\nTCP: inuse 1 orphan 0 tw 5 alloc 2 mem 95\n": 22,
		"sockets: used 17\nTCP: inuse 1\n":                              17,
		"sockets: used 17":                                              0, // cut off
		"sockets: used x\n":                                             0,
		"":                                                              0,
	} {
		if got := counterProc(map[string]string{"sockstat": text}).SocketCount(); got != want {
			t.Errorf("%q tells of %d sockets, want %d", text, got, want)
		}
	}
	if got := counterProc(nil).SocketCount(); got != 0 {
		t.Errorf("without the file there are %d sockets", got)
	}
	levels, err := Self().Sockstat()
	if got, used := Self().SocketCount(), levels.Get("sockets", "used").Or(0); err != nil || got < int(used)/2 {
		t.Errorf("%d sockets of %d, %v", got, used, err)
	}
}

func TestSNMP6(t *testing.T) {
	got, err := counterProc(map[string]string{"snmp6": "Ip6InReceives                   \t488\nUdpLite6InErrors\t-1\nLater\t3\nBad\n6\t1\n"}).SNMP6()
	want := tcp.Counters{{Group: "Ip6", Name: "InReceives", Value: 488}, {Group: "UdpLite6", Name: "InErrors", Value: -1}, {Name: "Later", Value: 3}, {Name: "6", Value: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if message := `net/snmp6: line 4, column 4: Bad: missing: "Bad"`; errorText(err) != message {
		t.Errorf("got\n%v, want\n%s", err, message)
	}
}

// A file that is missing is absent from the rest, and by itself an error.
func TestCountersMissing(t *testing.T) {
	p := counterProc(map[string]string{"snmp6": "Ip6InReceives 1\n", "sockstat6": "TCP6: inuse 2\n"})
	counters, err := p.Counters()
	if want := (tcp.Counters{{Group: "Ip6", Name: "InReceives", Value: 1}}); err != nil || !cmp.Equal(want, counters) {
		t.Errorf("counters %v, error %v", counters, err)
	}
	levels, err := p.Levels()
	if want := (tcp.Counters{{Group: "TCP6", Name: "inuse", Value: 2}}); err != nil || !cmp.Equal(want, levels) {
		t.Errorf("levels %v, error %v", levels, err)
	}
	if _, err := p.SNMP(); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
}

// An error of one file leaves those of the others, and is the first of all.
func TestCountersErrors(t *testing.T) {
	counters, err := counterProc(map[string]string{"snmp": "?\n", "netstat": "TcpExt: TW\nTcpExt: 4\n!\n"}).Counters()
	if want := (tcp.Counters{{Group: "TcpExt", Name: "TW", Value: 4}}); !cmp.Equal(want, counters) {
		t.Errorf("counters: %v", counters)
	}
	if want := `net/snmp: line 1, column 1: section: want a name and ':': "?"`; errorText(err) != want {
		t.Errorf("error: %v", err)
	}
	dir := fstest.MapFS{"net/snmp": {Mode: fs.ModeDir}, "net/netstat": {Data: []byte("TcpExt: TW\nTcpExt: 4\n")}}
	counters, err = New(dir, "net").Counters()
	if len(counters) != 1 || err == nil {
		t.Errorf("beside a directory: %v, %v", counters, err)
	}
}

// However long a file is, it takes a bounded amount of memory.
func TestCountersBounded(t *testing.T) {
	text := strings.Repeat("Tcp: A\nTcp: 1\n", maxCounters+10)
	counters, err := counterProc(map[string]string{"snmp": text}).SNMP()
	if len(counters) != maxCounters+1 || !strings.Contains(errorText(err), "more than 10000 counters") {
		t.Errorf("%d counters, error %v", len(counters), err)
	}
}

// What is read without an error can be written back and reads the same.
func FuzzCounters(f *testing.F) {
	for _, seed := range []string{"Tcp: MaxConn InSegs\nTcp: -1 7\n", "Tcp: A\nUdp: B\nUdp: 1\n", "A:B\nA:1\n", "Tcp: A\nTcp:\n", ":\n: \n", "TCP: inuse 1 orphan 0\n", "Ip6InReceives \t1\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text := string(data)
		p := counterProc(map[string]string{"snmp": text, "sockstat": text, "snmp6": text})
		for name, file := range map[string]struct {
			read  func(Proc) (tcp.Counters, error)
			write func(tcp.Counter) string
		}{
			"snmp": {Proc.SNMP, func(c tcp.Counter) string {
				return fmt.Sprintf("%s: %s\n%s: %d\n", c.Group, c.Name, c.Group, c.Value)
			}},
			"sockstat": {Proc.Sockstat, func(c tcp.Counter) string { return fmt.Sprintf("%s: %s %d\n", c.Group, c.Name, c.Value) }},
			"snmp6":    {Proc.SNMP6, func(c tcp.Counter) string { return fmt.Sprintf("%s%s %d\n", c.Group, c.Name, c.Value) }},
		} {
			got, err := file.read(p)
			if err == nil && len(got) == 0 && name == "snmp6" && text != "" {
				t.Errorf("%s: neither a counter nor an error in %q", name, text)
			}
			var again strings.Builder
			for _, c := range got {
				again.WriteString(file.write(c))
			}
			reread, err := file.read(counterProc(map[string]string{name: again.String()}))
			if err != nil || !cmp.Equal(got, reread) {
				t.Errorf("%s: %v, written back %v, error %v", name, got, reread, err)
			}
		}
	})
}
