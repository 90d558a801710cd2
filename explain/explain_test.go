package explain

import (
	"bytes"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpstat/internal/golden"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// languages are those of the texts.
var languages = []tcp.Lang{tcp.English, tcp.Korean}

// machine has the kernel's defaults but for two settings.
func machine() tcp.Sysctls {
	m := tcp.Sysctls{}
	for _, doc := range tcp.SysctlDocs {
		m[doc.Name] = doc.Default
	}
	m[tcp.FinTimeout] = 30
	m[tcp.MaxTWBuckets] = 131072
	m[tcp.MaxOrphans] = 65536
	return m
}

func explain(t *testing.T, topic Topic, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Page(&b, topic, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestExplainGolden(t *testing.T) {
	here := Options{Sysctls: machine()}
	for _, test := range []struct {
		file, word string
		options    Options
	}{
		{"FIN_WAIT2", "state:FIN_WAIT2", here},
		{"TIME_WAIT", "state:TIME_WAIT", here},
		{"CLOSE_WAIT", "CLOSE_WAIT", here},
		{"SYN_SENT-elsewhere", "SYN_SENT", Options{}},
		{"window_probe", "persist", here},
		{"close", "exchange:close", here},
		{"simultaneous-open-ascii", "simultaneous-open", Options{ASCII: true}},
		{"retransmission-color", "retransmission", Options{Sysctls: machine(), Palette: typeset.NewPalette()}},
		{"reset-narrow", "reset", Options{Sysctls: machine(), Width: 60}},
		{"CLOSE_WAIT-ko", "CLOSE_WAIT", Options{Sysctls: machine(), Lang: tcp.Korean}},
		{"close-ko", "exchange:close", Options{Sysctls: machine(), Lang: tcp.Korean}},
		{"window_probe-ko", "persist", Options{Lang: tcp.Korean}},
		{"EstabResets", "connection resets received", here},
		{"counters", "counters", here},
		{"close-wait-leak", "close-wait-leak", here},
		{"retrans", "rule:retrans", here},
		{"rst-storm-ko", "rst-storm", Options{Lang: tcp.Korean}},
		{"listener", "rule:listener", here},
	} {
		found, _ := Find(test.word)
		if len(found) != 1 {
			t.Fatalf("%s finds %d topics", test.word, len(found))
		}
		checkGolden(t, test.file, explain(t, found[0], test.options))
	}
	for file, lang := range map[string]tcp.Lang{"index": tcp.English, "index-ko": tcp.Korean} {
		var index bytes.Buffer
		if err := Index(&index, Options{Lang: lang}); err != nil {
			t.Fatal(err)
		}
		checkGolden(t, file, index.String())
	}
}

func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	golden.Check(t, filepath.Join("testdata", name+".txt"), got)
}

// Every page keeps to its width in every language, to ASCII where asked, and
// says the same with and without colour.
func TestPagesFit(t *testing.T) {
	for _, topic := range Topics() {
		for _, lang := range languages {
			for _, sysctls := range []tcp.Sysctls{nil, machine()} {
				for _, width := range []int{80, 100, 200} {
					o := Options{Lang: lang, Sysctls: sysctls, Width: width, ASCII: lang == tcp.English}
					checkPage(t, topic, o)
				}
			}
		}
	}
}

func checkPage(t *testing.T, topic Topic, o Options) {
	t.Helper()
	plain := explain(t, topic, o)
	for line := range strings.Lines(plain) {
		line = strings.TrimSuffix(line, "\n")
		if typeset.Width(line) > o.Width {
			t.Errorf("%s at %d columns: too long: %q", topic.Word(), o.Width, line)
		}
		if strings.TrimRight(line, " ") != line || strings.ContainsAny(line, "{}\t\ufffd") {
			t.Errorf("%s at %d columns: stray blanks or placeholders: %q", topic.Word(), o.Width, line)
		}
		if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r > '~' }); o.ASCII && i >= 0 {
			t.Errorf("%s: not ASCII: %q", topic.Word(), line)
		}
	}
	o.Palette = typeset.NewPalette()
	painted := explain(t, topic, o)
	if colour.ReplaceAllString(painted, "") != plain || painted == plain {
		t.Errorf("%s: colour changes the text, or is none", topic.Word())
	}
}

// A ladder is a drawing: its sides stand in one column, at any width.
func TestLadderSides(t *testing.T) {
	for _, exchange := range exchanges() {
		for _, scene := range exchange.Scenes {
			for _, lang := range languages {
				for _, width := range []int{40, 60, 80, 200} {
					checkSides(t, scene, Options{Lang: lang}, width)
				}
			}
		}
	}
}

func checkSides(t *testing.T, scene scene, o Options, width int) {
	t.Helper()
	lines := strings.Split(string(appendScene(nil, scene, o, width)), "\n")
	left, right := strings.Index(lines[1], "│"), strings.LastIndex(lines[1], "│")
	between := typeset.Width(lines[1][:right])
	for _, line := range lines[1 : len(lines)-1] {
		last := strings.LastIndex(line, "│")
		if strings.Index(line, "│") != left || last < 0 || typeset.Width(line[:last]) != between {
			t.Errorf("%s at %d columns: %q is out of line", scene.Title.In(o.Lang), width, line)
		}
	}
}

func TestExplainSettings(t *testing.T) {
	found, _ := Find("state:FIN_WAIT2")
	timeWait, _ := Find("state:TIME_WAIT")
	for _, test := range []struct {
		topic   Topic
		sysctls tcp.Sysctls
		says    string
	}{
		{found[0], machine(), "tcp_fin_timeout  30 s (default 60 s)"},
		{found[0], tcp.Sysctls{tcp.FinTimeout: 60}, "tcp_fin_timeout  60 s (the default)"},
		{found[0], tcp.Sysctls{tcp.Retries2: 3}, "tcp_fin_timeout  not known here; default 60 s"},
		{found[0], machine(), "dropped after 30 s"},
		{timeWait[0], machine(), "tcp_max_tw_buckets   131072 (the default depends on the machine)"},
		{timeWait[0], nil, "tcp_max_tw_buckets   not known here; the default depends on the machine"},
		{timeWait[0], tcp.Sysctls{tcp.PortRangeLow: 1024, tcp.PortRangeHigh: 65000}, "ip_local_port_range  1024 65000 (default 32768 60999)"},
	} {
		if got := explain(t, test.topic, Options{Sysctls: test.sysctls, Width: 120}); !strings.Contains(got, test.says) {
			t.Errorf("%s with %v does not say %q:\n%s", test.topic.Word(), test.sysctls, test.says, got)
		}
	}
}

func TestSettingStandsOut(t *testing.T) {
	found, _ := Find("state:FIN_WAIT2")
	p := typeset.NewPalette()
	got := explain(t, found[0], Options{Sysctls: machine(), Palette: p})
	if want := p.String(typeset.Notice, "30 s (default 60 s)"); !strings.Contains(got, want) {
		t.Errorf("the page lacks %q:\n%q", want, got)
	}
	got = explain(t, found[0], Options{Sysctls: tcp.Sysctls{tcp.FinTimeout: 60}, Palette: p})
	if unwanted := p.String(typeset.Notice, "60 s (the default)"); strings.Contains(got, unwanted) {
		t.Errorf("a default stands out: %q", got)
	}
}

func words(topics []Topic) []string {
	var words []string
	for _, t := range topics {
		words = append(words, t.Kind.String()+":"+t.Name)
	}
	return words
}

func TestFind(t *testing.T) {
	for _, test := range []struct {
		word        string
		found, near []string
	}{
		{"CLOSE_WAIT", []string{"state:CLOSE_WAIT"}, nil},
		{"close-wait", []string{"state:CLOSE_WAIT"}, nil},
		{"syn-rcvd", []string{"state:SYN_RECV"}, nil},
		{"ESTAB", []string{"state:ESTABLISHED"}, nil},
		{"FIN-WAIT-2", []string{"state:FIN_WAIT2", "timer:fin_wait2"}, nil},
		{"timewait", []string{"state:TIME_WAIT", "timer:time_wait"}, nil},
		{"close", []string{"state:CLOSE", "exchange:close"}, nil},
		{"state:close", []string{"state:CLOSE"}, nil},
		{"State:CLOSED", []string{"state:CLOSE"}, nil},
		{"exchange:close", []string{"exchange:close"}, nil},
		{"timer:keepalive", []string{"timer:keepalive"}, nil},
		{"keepalive", []string{"timer:keepalive"}, nil},
		{"on", []string{"timer:retransmit"}, nil},
		{"off", []string{"timer:none"}, nil},
		{"persist", []string{"timer:window_probe"}, nil},
		{"probe", []string{"timer:window_probe"}, nil},
		{"zero-window", []string{"timer:window_probe", "rule:zero-window"}, nil},
		{"rule:zero-window", []string{"rule:zero-window"}, nil},
		{"sockets not closed", []string{"rule:close-wait-leak"}, nil},
		{"close-wait-leek", nil, []string{"rule:close-wait-leak"}},
		{"3-way handshake", []string{"exchange:handshake"}, nil},
		{"Three-Way-Handshake", []string{"exchange:handshake"}, nil},
		{"fin", []string{"exchange:close"}, nil},
		{"RST", []string{"exchange:reset"}, nil},
		{"mss", []string{"exchange:options"}, nil},
		{"unknown", []string{"state:UNKNOWN", "timer:unknown"}, nil},
		{"tcplostretransmit", []string{"counter:TCPLostRetransmit"}, nil},
		{"TcpExtListenOverflows", []string{"counter:ListenOverflows"}, nil},
		{"TcpExt.ListenOverflows", []string{"counter:ListenOverflows"}, nil},
		{"counter:listen-overflows", []string{"counter:ListenOverflows"}, nil},
		{"state:ListenOverflows", nil, []string{"counter:ListenOverflows"}},
		{"RcvPruned", []string{"counter:RcvPruned", "counter:RcvPruned"}, nil},
		{"MPTcpExt.RcvPruned", []string{"counter:RcvPruned"}, nil},
		{"17 segments retransmitted", []string{"counter:RetransSegs"}, nil},
		{"Quick ack mode was activated 3 times", []string{"counter:DelayedACKLost"}, nil},
		{"Segments Retransmitted", []string{"counter:RetransSegs"}, nil},
		{"Failed Connection Attempts", []string{"counter:AttemptFails"}, nil},
		{"Reset Connections", []string{"counter:EstabResets"}, nil},
		{"Active Opens", []string{"counter:ActiveOpens"}, nil},
		{"Passive Opens", []string{"counter:PassiveOpens"}, nil},
		{"Current Connections", []string{"counter:CurrEstab"}, nil},
		{"Segments Received", []string{"counter:InSegs"}, nil},
		{"Segments Sent", []string{"counter:OutSegs"}, nil},
		{"TcpExt", []string{"document:counters"}, nil},
		{"ListenDrop", nil, []string{"counter:ListenDrops"}},
		{"TCPLostRetransmits", nil, []string{"counter:TCPLostRetransmit"}},
		{"4711", nil, nil},
		{"clsoe_wait", nil, []string{"state:CLOSE_WAIT"}},
		{"handshaek", nil, []string{"exchange:handshake"}},
		{"timer:retransmitt", nil, []string{"timer:retransmit"}},
		{"teapot:close", nil, []string{"state:CLOSE", "exchange:close"}},
		{"", nil, nil},
		{"quite another thing", nil, nil},
		{strings.Repeat("close", 1000), nil, nil},
	} {
		found, near := Find(test.word)
		if diff := cmp.Diff(test.found, words(found)); diff != "" {
			t.Errorf("Find(%.40q) found (-want +got):\n%s", test.word, diff)
		}
		got := words(near)
		if len(test.near) == 0 && len(got) > 0 || len(got) < len(test.near) || !slices.Equal(got[:len(test.near)], test.near) {
			t.Errorf("Find(%.40q) is near %q, want %q first", test.word, got, test.near)
		}
	}
}

// A word of 80 kB is not compared with every word that is known: that takes ten
// seconds and a row of numbers for each of its letters.
func TestFindLongWord(t *testing.T) {
	word := strings.Repeat("close_wait", 8000)
	if n := testing.AllocsPerRun(1, func() { Find(word) }); n > 1000 {
		t.Errorf("%.0f allocations", n)
	}
}

// The words that pages refer to, and the word of each topic, find one page.
func TestWords(t *testing.T) {
	check := func(from, word string) {
		if found, _ := Find(word); len(found) != 1 {
			t.Errorf("%s: %q finds %q, want one page", from, word, words(found))
		}
	}
	for _, topic := range Topics() {
		check(topic.Kind.String()+":"+topic.Name, topic.Word())
		for _, lang := range languages {
			room := 55
			switch topic.Kind {
			case CounterTopic:
				room = 80 // netstat's
			}
			if short := topic.Short.In(lang); short == "" || typeset.Width(short) > room {
				t.Errorf("%s: the few words are none or too many: %q", topic.Word(), short)
			}
		}
	}
	for _, doc := range stateDocs {
		for _, word := range doc.See {
			check(doc.State.String(), word)
		}
	}
	for _, doc := range timerDocs {
		for _, word := range doc.See {
			check(doc.Kind.String(), word)
		}
	}
	for _, e := range exchanges() {
		for _, word := range e.See {
			check(e.Name, word)
		}
	}
	for doc := range Counters() {
		check("the counter", doc.Group+"."+doc.Name)
		for _, word := range doc.See {
			check(doc.Name, word)
		}
	}
}

// What a page says of a counter beside its texts.
func TestExplainCounter(t *testing.T) {
	for _, test := range []struct{ word, says string }{
		{"CurrEstab", "It counts connections. It does not add up: it is how things stand now."},
		{"RcvPruned", "Health rules that judge it: rcv-drop."},
		{"BeyondWindow", "Since Linux 6.17."},
		{"ListenDrops", "Yes, whenever it rises."},
		{"TCPWinProbe", "Only when it rises: a peer's program does not read."},
		{"TW", "Sign of trouble\n  No.\n"},
	} {
		found, _ := Find(test.word)
		if got := explain(t, found[0], Options{Width: 200}); !strings.Contains(got, test.says) {
			t.Errorf("%s does not say %q:\n%s", test.word, test.says, got)
		}
	}
}

func TestCountersMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := CountersMarkdown(&b, tcp.English); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for doc := range Counters() {
		if !strings.Contains(got, "\n| "+doc.Name+" | ") {
			t.Errorf("%s is missing", doc.Name)
		}
	}
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "|") && strings.Count(line, "|")-strings.Count(line, `\|`) != 5 || strings.ContainsAny(line, "{}") {
			t.Errorf("not a row of four cells: %q", line)
		}
	}
}

func TestStatesMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := StatesMarkdown(&b, tcp.English); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, s := range tcp.States {
		if !strings.Contains(got, "\n## "+s.String()+"\n") {
			t.Errorf("no page for %v", s)
		}
	}
	for _, want := range []string{
		"| SYN_RECV | SYN-RECV | SYN-RECEIVED |",
		"| net.ipv4.tcp_fin_timeout | default 60 s |",
		"  `tcpstat -anp --explain state CLOSE_WAIT`\n",
		"SYN_SENT    |-------------------- SYN seq=x -------------------->| SYN_RECV\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the document lacks %q", want)
		}
	}
	for _, bad := range []string{"not known here", " here\n", "(here", "\n\n\n", "{", "\x1b"} {
		if strings.Contains(got, bad) {
			t.Errorf("the document has %q", bad)
		}
	}
}
