package render

import (
	"strings"
	"testing"
	"time"

	"tcpstat/tcp"
)

// leaking is a process of which everything is known, and all of it is foreign.
var leaking = tcp.Process{
	PID: 4711, Name: "python3", Exe: "/usr/bin/py\x1bthon3", User: "o|ps\n",
	Cmdline: tcp.Some("python3 '\x1b[2J{user}' '\xff'"), Started: time.Date(2026, 11, 20, 10, 0, 1, 0, time.UTC),
}

func TestCommandOf(t *testing.T) {
	bare, long, kernel := tcp.Process{Exe: "/bin/a"}, leaking, tcp.Process{Cmdline: tcp.Some(""), User: "root"}
	long.Cmdline = tcp.Some(strings.Repeat("x", 4096))
	for want, p := range map[string]*tcp.Process{
		`python3 '\x1b[2J{user}' '\xff', user o|ps\n, started 2026-11-20 10:00:01Z`: &leaking,
		"/bin/a":    &bare,
		"user root": &kernel,
		strings.Repeat("x", 157) + `..., user o|ps\n, started 2026-11-20 10:00:01Z`: &long,
		"": {PID: 1},
	} {
		if got := commandOf(p, tcp.English); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if got, want := commandOf(&leaking, tcp.Korean), `python3 '\x1b[2J{user}' '\xff', 사용자 o|ps\n, 2026-11-20 10:00:01Z 시작`; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

// A process of many is named before its command, each once and no more than three.
func TestCommandsOf(t *testing.T) {
	var holders []tcp.Holder
	for pid := range int32(6) {
		p := &tcp.Process{PID: pid, Name: "a\tb", User: "u"}
		holders = append(holders, tcp.Holder{Owner: tcp.Owner{PID: pid}, Process: p}, tcp.Holder{Owner: tcp.Owner{PID: pid, FD: 9}, Process: p})
	}
	for n, want := range map[int]string{
		0:  "",
		2:  "user u",
		4:  `a\tb/0: user u|a\tb/1: user u`,
		6:  `a\tb/0: user u|a\tb/1: user u|a\tb/2: user u`,
		12: `a\tb/0: user u|a\tb/1: user u|a\tb/2: user u|and 3 more`,
	} {
		if got := strings.Join(commandsOf(holders[:n], tcp.English), "|"); got != want {
			t.Errorf("%d: %q, not %q", n, got, want)
		}
	}
}

// Details stand below a finding, where no bar may stand, and in the document.
func TestFindingWithDetails(t *testing.T) {
	c := sick()
	c.Report.Results[1].Processes[0] = leaking
	const command = `  python3 '\x1b[2J{user}' '\xff', user o/ps\n, started 2026-11-20 10:00:01Z` + "\n"
	if text := string(c.AppendPlugin(nil)); strings.Count(text, command) != 1 {
		t.Errorf("the plugin lacks %q:\n%s", command, text)
	}
	const document = `"process":{"pid":4711,"name":"python3","exe":"/usr/bin/py\u001bthon3","cmdline":"python3 '\u001b[2J{user}' '` + "\ufffd" +
		`'","user":"o|ps\u000a","started":"2026-11-20T10:00:01Z"},"process_count":1,"others":0`
	if text := string(c.AppendJSON(nil)); !strings.Contains(text, document) {
		t.Errorf("the document lacks %s:\n%s", document, text)
	}
}

// What a plugin answers does not hold the options of a command.
func TestPluginWithoutOptions(t *testing.T) {
	c := sick()
	secret := leaking
	secret.Cmdline = tcp.Some("python3 app.py 'x y' --token s3cret -v")
	c.Report.Results[1].Processes[0] = secret
	text := string(c.AppendPlugin(nil))
	if strings.Contains(text, "s3cret") || !strings.Contains(text, "  python3 app.py 'x y' ..., user ") {
		t.Errorf("the answer is\n%s", text)
	}
}

func TestDetailColumns(t *testing.T) {
	columns, unknown, _ := FindColumns([]string{"exe", "cmdline", "euser", "started"}, tcp.English)
	if unknown != "" {
		t.Fatal(unknown)
	}
	tabbed := &Tabbed{Columns: columns}
	with := func(processes ...tcp.Process) specimen {
		sp := socket(tcp.Listen, "0.0.0.0:22", "")
		for i := range processes {
			sp.Holders = append(sp.Holders, tcp.Holder{Owner: tcp.Owner{PID: processes[i].PID}, Process: &processes[i]})
		}
		return sp
	}
	known := `/usr/bin/py\x1bthon3` + "\t" + `python3 '\x1b[2J{user}' '\xff'` + "\t" + `o|ps\n` + "\t2026-11-20T10:00:01Z"
	twin := leaking
	twin.PID, twin.Cmdline = 4712, tcp.Some("")
	for want, sp := range map[string]specimen{
		"none\tnone\tnone\tnone\n":             with(),
		"unknown\tunknown\tunknown\tunknown\n": with(tcp.Process{PID: 1}),
		known + "\n":                           with(leaking),
		strings.Replace(known, `\xff'`, `\xff', none, unknown`, 1) + "\n": with(leaking, twin, tcp.Process{PID: 1, Exe: leaking.Exe, User: leaking.User, Started: leaking.Started}),
	} {
		if got := string(tabbed.AppendRow(nil, sp.Row(&tcp.Machine{}))); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
