package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/document"
	"tcpstat/explain"
	"tcpstat/internal/documenttest"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// readStatistics reads documents, one a line.
func readStatistics(t *testing.T, text string) (documents []*document.Statistics) {
	t.Helper()
	for _, line := range lines(text) {
		d, err := documenttest.Decode[document.Statistics]([]byte(line))
		if err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if d.Schema != "tcpstat/v1" || d.Kind != "statistics" {
			t.Fatalf("no statistics: %s", line)
		}
		documents = append(documents, d)
	}
	return documents
}

// printed runs a program that is no part of tcpstat.
func printed(t *testing.T, program string, args ...string) string {
	t.Helper()
	nettest.Program(t, program, "iproute2 net-tools")
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// steady runs f until nothing was counted meanwhile, and gives what nstat says.
func steady(t *testing.T, f func()) (nstat string) {
	t.Helper()
	nettest.Poll(t, func() error {
		before := printed(t, "nstat", "-asz")
		f()
		if nstat = printed(t, "nstat", "-asz"); nstat != before {
			return errors.New("the counters never stand still")
		}
		return nil
	})
	return nstat
}

// known is traffic that raises many counters: a connection with data, one that is
// reset, one that is refused, and a SYN that an accept queue has no room for.
func known(t *testing.T) {
	t.Helper()
	client, server := nettest.Pair(t)
	client.Send(1000)
	server.Send(1000)
	reset, _ := nettest.Pair(t, nettest.WithAbortiveClose)
	reset.Close()
	refused := nettest.Connect(t, client.Local)
	nettest.Poll(t, func() error {
		if state := tcp.State(refused.Info().State); state != tcp.Close {
			return fmt.Errorf("refused, and yet %v", state)
		}
		return nil
	})
	full := nettest.Listen(t, nettest.V4, 0)
	nettest.Connect(t, full.Local).Wait(tcp.Established)
	nettest.Connect(t, full.Local)
}

// In a namespace with known traffic every counter is that of nstat, and netstat's
// ten sentences are printed as netstat prints them.
func TestStatisticsAgainstPeers(t *testing.T) {
	needNetstat(t)
	known(t)
	var document, zeros, plain, netstat string
	nstat := steady(t, func() {
		document = answerOf(t, "tcpstat", "-s", "--json").stdout
		zeros = answerOf(t, "tcpstat", "-s", "-z").stdout
		plain = answerOf(t, "tcpstat", "-s").stdout
		netstat = printed(t, "netstat", "-st")
	})
	want := nstatCounters(nstat)
	for _, name := range []string{"TcpRtoAlgorithm", "TcpRtoMin", "TcpRtoMax", "TcpMaxConn", "TcpCurrEstab"} {
		if _, there := want[name]; there {
			t.Errorf("nstat tells %s after all", name)
		}
	}
	counters := readStatistics(t, document)[0].Counters
	var sentences []string
	for group, named := range map[string]map[string]int64{"Tcp": counters.TCP, "TcpExt": counters.TCPExt, "MPTcpExt": counters.MPTCPExt} {
		for name, value := range named {
			counter := tcp.Counter{Group: group, Name: name, Value: value}
			sentences = append(sentences, group+":    "+explain.Sentence(counter, tcp.English))
			if counter.Level() && group == "Tcp" {
				continue // nstat leaves these out
			}
			if told, there := want[group+name]; !there || told != value {
				t.Errorf("%s%s is %d, nstat says %d (%t)", group, name, value, told, there)
			}
			delete(want, group+name)
		}
	}
	if len(want) > 0 {
		t.Errorf("nstat has more: %v", slices.Collect(maps.Keys(want)))
	}
	if counters.TCPExt["ListenOverflows"] == 0 || counters.TCP["AttemptFails"] == 0 {
		t.Errorf("the traffic was not what it should be: %v", counters)
	}
	got := sections(zeros)
	slices.Sort(sentences)
	slices.Sort(got)
	if !slices.Equal(got, sentences) {
		t.Errorf("-z prints\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(sentences, "\n"))
	}
	ten := func(text string) []string {
		return slices.DeleteFunc(sections(text), func(line string) bool { return !strings.HasPrefix(line, "Tcp:") })
	}
	if got, want := ten(plain), ten(netstat); !slices.Equal(got, want) || len(got) != 10 {
		t.Errorf("-s prints\n%s\nnetstat\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, line := range sections(plain) {
		if !slices.Contains(got, line) {
			t.Errorf("-z does not print %q", line)
		}
		if strings.HasPrefix(line, "TcpExt:    0 ") && !strings.Contains(line, "packet headers predicted") {
			t.Errorf("a counter that is 0: %q", line)
		}
	}
}

func nstatCounters(text string) map[string]int64 {
	counters := map[string]int64{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) != 3 || !strings.HasPrefix(line, "Tcp") && !strings.HasPrefix(line, "MPTcpExt") {
			continue
		}
		counters[fields[0]], _ = strconv.ParseInt(fields[1], 10, 64)
	}
	return counters
}

// sections are the lines of the sections, each behind the name of its own.
func sections(text string) (found []string) {
	section := ""
	for _, line := range lines(text) {
		switch {
		case strings.HasSuffix(line, ":") && !strings.Contains(line, " "):
			section = line
		case section != "" && strings.HasPrefix(line, "    "):
			found = append(found, section+line)
		}
	}
	return found
}

// kernelCounters reads snmp and netstat as anybody would.
func kernelCounters(t *testing.T) map[string]int64 {
	t.Helper()
	counters := map[string]int64{}
	for _, name := range []string{"snmp", "netstat"} {
		text, err := os.ReadFile("/proc/net/" + name)
		if err != nil {
			t.Fatal(err)
		}
		all := lines(string(text))
		for i := 0; i+1 < len(all); i += 2 {
			names, values := strings.Fields(all[i]), strings.Fields(all[i+1])
			for j := 1; j < len(names); j++ {
				counters[strings.TrimSuffix(names[0], ":")+"."+names[j]], _ = strconv.ParseInt(values[j], 10, 64)
			}
		}
	}
	return counters
}

// window runs -s over an interval: begin is called just before it, and all of
// happen within.
func window(t *testing.T, begin, happen func(), args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	looks := 0
	e := &env{
		stdout: &stdout, stderr: &stderr, width: 100, getenv: func(string) string { return "" },
		now: func() time.Time {
			switch looks++; looks { // a third asks for the time of the sockets
			case 1:
				begin()
			case 2:
				happen()
			}
			return time.Now()
		},
	}
	code := run(t.Context(), append([]string{"-s", "-d", "1ms", "--json"}, args...), e)
	return outcome{stdout.String(), stderr.String(), code}
}

// talk opens and closes connections until so many segments were sent.
func talk(t *testing.T, segments int64) {
	t.Helper()
	listener := nettest.Listen(t, nettest.V4, 1)
	for begin := kernelCounters(t)["Tcp.OutSegs"]; kernelCounters(t)["Tcp.OutSegs"] < begin+segments; {
		client, server := listener.Pair(nettest.WithAbortiveClose)
		for range 20 {
			client.Send(1)
			server.Send(1)
		}
		client.Close()
		server.Close()
	}
}

// loseData makes peers deaf until so many segments were sent again, and heals them.
func loseData(t *testing.T, segments int64) {
	t.Helper()
	listener := nettest.Listen(t, nettest.V4, 1)
	var clients, servers []*nettest.Sock
	for range 40 {
		client, server := listener.Pair()
		nettest.Deafen(t, server.FD)
		clients, servers = append(clients, client), append(servers, server)
	}
	for _, client := range clients {
		client.Send(100)
	}
	begin := kernelCounters(t)["Tcp.RetransSegs"]
	nettest.Poll(t, func() error {
		if n := kernelCounters(t)["Tcp.RetransSegs"] - begin; n < segments {
			return fmt.Errorf("%d segments sent again", n)
		}
		return nil
	})
	for _, server := range servers {
		nettest.Hear(t, server.FD)
	}
	for _, client := range clients {
		nettest.Poll(t, func() error {
			if n := client.Info().Unacked; n > 0 {
				return fmt.Errorf("%d segments not acknowledged", n)
			}
			return nil
		})
	}
}

// loseSyns connects to a listener that does not hear, until so many SYNs were sent
// again.
func loseSyns(t *testing.T, n int64) {
	t.Helper()
	listener := nettest.Listen(t, nettest.V4, 1)
	nettest.Deafen(t, listener.FD)
	connectUntil(t, listener, "TcpExt.TCPSynRetrans", n)
}

// overflow connects to a listener whose accept queue is full, until so many SYNs
// were turned away.
func overflow(t *testing.T, n int64) {
	t.Helper()
	listener := nettest.Listen(t, nettest.V4, 0)
	nettest.Connect(t, listener.Local).Wait(tcp.Established)
	connectUntil(t, listener, "TcpExt.TCPSynRetrans", n)
}

// connectUntil begins connections until a counter has risen by n, and gives them
// up.
func connectUntil(t *testing.T, listener *nettest.Sock, counter string, n int64) {
	t.Helper()
	begin := kernelCounters(t)[counter]
	var clients []*nettest.Sock
	for range n {
		clients = append(clients, nettest.Connect(t, listener.Local))
	}
	nettest.Poll(t, func() error {
		if rise := kernelCounters(t)[counter] - begin; rise < n {
			return fmt.Errorf("%s rose by %d", counter, rise)
		}
		return nil
	})
	for _, client := range clients {
		client.Close()
	}
}

// Over a window with real loss the ratios are those that anybody would compute from
// the kernel's files, and the verdict names what happened.
func TestStatisticsUnderLoss(t *testing.T) {
	nettest.Need(t)
	for _, test := range []struct {
		name, verdict, says string
		happen              func(t *testing.T)
		args                []string
	}{
		{"nothing", "too_little", "0 segments sent, it takes 1000", func(*testing.T) {}, nil},
		{"little", "too_little", "it takes 1000", func(t *testing.T) { loseData(t, 40) }, nil},
		{"well", "ok", "0.00 % of the segments were sent again", func(t *testing.T) { talk(t, 1100) }, nil},
		{"data", "", "segments to 127.0.0.1 are lost: it has all", func(t *testing.T) { talk(t, 1100); loseData(t, 40) }, nil},
		{"data by proc", "", "only sock_diag tells", func(t *testing.T) { talk(t, 1100); loseData(t, 40) }, []string{"--source", "proc"}},
		{"SYNs", "", "were SYNs: connection attempts that nobody answers", func(t *testing.T) { talk(t, 1100); loseSyns(t, 30) }, nil},
		{"accept queue", "", "or more; an accept queue overflowed", func(t *testing.T) { talk(t, 1100); overflow(t, 30) }, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			rise := map[string]int64{}
			nettest.Poll(t, func() error {
				var before, within map[string]int64
				o := window(t, func() { before = kernelCounters(t) }, func() {
					test.happen(t)
					within = kernelCounters(t)
				}, test.args...)
				if !maps.Equal(within, kernelCounters(t)) {
					return errors.New("the counters never stand still")
				}
				for name, value := range within {
					rise[name] = value - before[name]
				}
				if o.code != exitDone || o.stderr != "" {
					t.Fatalf("exit code %d, %s", o.code, o.stderr)
				}
				checkWindow(t, readStatistics(t, o.stdout)[0], rise, test.verdict, test.says)
				return nil
			})
		})
	}
}

// checkWindow compares a document with what the counters rose by.
func checkWindow(t *testing.T, d *document.Statistics, rise map[string]int64, verdict, says string) {
	t.Helper()
	again, sent, syns := rise["Tcp.RetransSegs"], rise["Tcp.OutSegs"], rise["TcpExt.TCPSynRetrans"]
	if d.Counters.TCP["OutSegs"] != sent || d.Counters.TCPExt["TCPTimeouts"] != rise["TcpExt.TCPTimeouts"] {
		t.Errorf("counters rose by %v, and tcpstat says %v", rise, d.Counters)
	}
	for _, ratio := range []struct {
		name         string
		got          *float64
		above, below int64
	}{
		{"wire", d.Ratios.Wire, again, sent},
		{"data", d.Ratios.Data, again - syns, rise["TcpExt.TCPOrigDataSent"]},
		{"syn", d.Ratios.Syn, syns, rise["Tcp.ActiveOpens"] + rise["Tcp.PassiveOpens"]},
	} {
		switch {
		case ratio.below == 0 && ratio.got != nil:
			t.Errorf("%s is %v with nothing below the line", ratio.name, *ratio.got)
		case ratio.below > 0 && tell(ratio.got) != float64(ratio.above)/float64(ratio.below):
			t.Errorf("%s is %v, not %d/%d", ratio.name, tell(ratio.got), ratio.above, ratio.below)
		}
	}
	if verdict == "" {
		verdict = "ok"
		if 100*again >= sent {
			verdict = "warning"
		}
		if 20*again >= sent {
			verdict = "critical"
		}
		if verdict == "ok" {
			t.Errorf("only %d of %d segments were lost", again, sent)
		}
	}
	if d.VerdictText == nil || tell(d.Verdict) != verdict || !strings.Contains(*d.VerdictText, says) {
		t.Errorf("verdict %v: %v; want %s: %s (%d of %d sent again)", tell(d.Verdict), tell(d.VerdictText), verdict, says, again, sent)
	}
	if d.Window == nil || *d.Window < 0 {
		t.Errorf("window %v", tell(d.Window))
	}
	if parts := rise["TcpExt.TCPFastRetrans"] + rise["TcpExt.TCPSlowStartRetrans"] + syns; parts > again {
		t.Errorf("the parts are %d, the whole %d", parts, again)
	}
}

// In a namespace where nothing happened there is nothing to divide by.
func TestStatisticsOfAnEmptyNamespace(t *testing.T) {
	nettest.Need(t)
	d := readStatistics(t, answerOf(t, "isolated", "tcpstat", "-s", "--json").stdout)[0]
	if tell(d.Verdict) != "too_little" || d.Window != nil || d.Ratios != (document.Ratios{}) {
		t.Errorf("%+v", d)
	}
	if d.Counters.TCP["OutSegs"] != 0 || d.Counters.TCP["MaxConn"] != -1 {
		t.Errorf("counters %v", d.Counters.TCP)
	}
}

// A namespace that is looked into is the one that is counted.
func TestStatisticsOfAnotherNamespace(t *testing.T) {
	nettest.Need(t)
	place := startHolder(t, "holder")
	d := readStatistics(t, answerOf(t, "tcpstat", "-s", "--json", "--netns", place.path).stdout)[0]
	if tell(d.NetNS) != place.netns || d.Counters.TCP["ActiveOpens"] != 0 {
		t.Errorf("namespace %v, not %d: %v", tell(d.NetNS), place.netns, d.Counters.TCP)
	}
}

// Counters that went backwards are those of a new namespace: the window begins
// again. If they do so again they are not worth waiting for.
func TestStatisticsBackwards(t *testing.T) {
	for _, test := range []struct {
		name    string
		sent    []int64 // at each look
		code    int
		windows []int64
	}{
		{"once", []int64{5000, 100, 130, 160}, exitDone, []int64{30, 30}},
		{"apart", []int64{100, 150, 20, 25, 10, 16}, exitDone, []int64{50, 5, 6}},
		{"again", []int64{5000, 100, 50, 60}, exitFailed, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "net"), 0o755); err != nil {
				t.Fatal(err)
			}
			looks := 0
			var stdout, stderr bytes.Buffer
			e := &env{
				stdout: &stdout, stderr: &stderr, width: 100, getenv: func(string) string { return "" },
				now: func() time.Time {
					text := fmt.Sprintf("Tcp: OutSegs RetransSegs\nTcp: %d 0\n", test.sent[looks])
					if err := os.WriteFile(filepath.Join(dir, "net/snmp"), []byte(text), 0o644); err != nil {
						t.Error(err)
					}
					looks++
					return time.Now()
				},
			}
			code := run(t.Context(), []string{"-s", "-d", "1ms", "--count", strconv.Itoa(max(2, len(test.windows))), "--json", "--proc", dir}, e)
			var windows []int64
			if stdout.Len() > 0 {
				for _, d := range readStatistics(t, stdout.String()) {
					windows = append(windows, d.Counters.TCP["OutSegs"])
				}
			}
			if code != test.code || !slices.Equal(windows, test.windows) {
				t.Errorf("exit code %d, windows %v; want %d, %v\n%s", code, windows, test.code, test.windows, stderr.String())
			}
			if !strings.Contains(stderr.String(), "counters went backwards (OutSegs)") {
				t.Errorf("it does not say so: %s", stderr.String())
			}
		})
	}
}

// An interrupt ends windows without end quietly.
func TestStatisticsInterrupted(t *testing.T) {
	nettest.Need(t)
	cmd := exec.Command("/proc/self/exe", "-sc", "-d", "1ms")
	cmd.Args[0] = "tcpstat"
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(stdout)
	if _, err := reader.ReadString('\n'); err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Signal(unix.SIGINT); err != nil {
		t.Error(err)
	}
	if _, err := io.Copy(io.Discard, reader); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("%v, %s", err, stderr.String())
	}
}
