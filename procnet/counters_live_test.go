package procnet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	gopsutil "github.com/shirou/gopsutil/v3/net"
	"golang.org/x/sys/unix"

	"tcpstat/explain"
	"tcpstat/tcp"
)

func init() {
	roles["count"] = count
	roles["gopsutil"] = gopsutilCounts
	roles["netstat"] = netstatOfMadeFiles
}

// counted is what the role count saw while nothing moved.
type counted struct {
	Counters       tcp.Counters
	NStat, Netstat string
}

// alone starts a role in a network and mount namespace of its own.
func alone(t *testing.T, role string) *exec.Cmd {
	t.Helper()
	cmd := newChild(role)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	return cmd
}

// need skips a test for which a program is missing.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		skip(t, "%v", err)
	}
}

// output runs a role of [alone].
func output(t *testing.T, cmd *exec.Cmd) []byte {
	t.Helper()
	out, err := cmd.Output()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) {
		skip(t, "no namespace: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// count makes traffic that is known, and reads its counters beside nstat's and
// netstat's until all three tell of one moment.
func count() error {
	if err := raiseLoopback(); err != nil {
		return err
	}
	if err := traffic(); err != nil {
		return err
	}
	for range 50 {
		before, err := run("nstat", "-asz")
		if err != nil {
			return err
		}
		var seen counted
		if seen.Counters, err = Self().Counters(); err != nil {
			return err
		}
		if seen.Netstat, err = run("netstat", "-st"); err != nil {
			return err
		}
		if seen.NStat, err = run("nstat", "-asz"); err != nil {
			return err
		}
		if seen.NStat == before {
			return json.NewEncoder(os.Stdout).Encode(seen)
		}
	}
	return errors.New("the counters never stand still")
}

func run(program string, args ...string) (string, error) {
	out, err := exec.Command(program, args...).Output()
	return string(out), err
}

func raiseLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}

// traffic is two connections, one ended by RST, and one that is refused.
func traffic() error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	for _, reset := range []bool{false, true} {
		client, err := net.Dial("tcp4", listener.Addr().String())
		if err != nil {
			return err
		}
		server, err := listener.Accept()
		if err != nil {
			return err
		}
		if reset {
			err = client.(*net.TCPConn).SetLinger(0)
		}
		if err = errors.Join(err, client.Close()); err != nil {
			return err
		}
		if _, err := server.Read(make([]byte, 1)); (err == io.EOF) == reset {
			return fmt.Errorf("reset %t: %w", reset, err)
		}
		server.Close()
	}
	listener.Close()
	if _, err := net.Dial("tcp4", listener.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("nobody listens, and yet: %w", err)
	}
	return nil
}

// In a namespace with known traffic the counters are those of nstat and of
// netstat -s, whose sentences are ours.
func TestCountersAgainstPeers(t *testing.T) {
	need(t, "nstat")
	need(t, "netstat")
	var seen counted
	if err := json.Unmarshal(output(t, alone(t, "count")), &seen); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{
		"ActiveOpens": 3, "PassiveOpens": 2, "AttemptFails": 1, "EstabResets": 2, "CurrEstab": 0, "OutRsts": 2, "RetransSegs": 0, "MaxConn": -1,
	} {
		if got, ok := seen.Counters.Get("Tcp", name).Get(); got != want || !ok {
			t.Errorf("%s is %d (known: %t), want %d", name, got, ok, want)
		}
	}
	if got := seen.Counters.Get("TcpExt", "TW"); got != tcp.Some[int64](1) {
		t.Errorf("TW is %v, want 1: it counts those that enter TIME_WAIT, not those that leave it", got)
	}
	compareNStat(t, seen)
	compareNetstat(t, seen.Counters, seen.Netstat)
}

// compareNStat holds every line of nstat against the counters.
func compareNStat(t *testing.T, seen counted) {
	t.Helper()
	ours := map[string]int64{}
	for _, c := range seen.Counters {
		ours[c.Group+c.Name] = c.Value
	}
	compared := 0
	for line := range strings.Lines(seen.NStat) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue // the title
		}
		compared++
		if got, ok := ours[fields[0]]; strconv.FormatInt(got, 10) != fields[1] || !ok {
			t.Errorf("nstat says %s, we %d (known: %t)", strings.TrimSpace(line), got, ok)
		}
	}
	if compared < 100 {
		t.Errorf("nstat named only %d counters", compared)
	}
}

// compareNetstat looks for the lines of netstat's sections Tcp and TcpExt among
// our sentences. A counter that netstat has no words for, or does not find them,
// stands there by its name.
func compareNetstat(t *testing.T, counters tcp.Counters, output string) (worded int) {
	t.Helper()
	sentences, names := map[string]bool{}, map[string]bool{}
	for _, c := range counters {
		if c.Group == "Tcp" || c.Group == "TcpExt" {
			sentences[c.Group+":    "+explain.Sentence(c, tcp.English)] = true
			names[fmt.Sprintf("%s:    %s: %d", c.Group, c.Name, c.Value)] = true
		}
	}
	section := ""
	for line := range strings.Lines(output) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasSuffix(line, ":") && !strings.HasPrefix(line, " ") {
			section = line
			continue
		}
		switch {
		case section != "Tcp:" && section != "TcpExt:":
		case sentences[section+line]:
			worded++
		case !names[section+line]:
			t.Errorf("netstat says %q under %s, and we do not", line, section)
		}
	}
	if worded < 11 {
		t.Errorf("only %d sentences of netstat are ours", worded)
	}
	return worded
}

// netstatOfMadeFiles runs netstat on counters of which none is 0 and no two are
// equal: the documented ones, from 1000 on.
func netstatOfMadeFiles() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount("made", "/proc", "tmpfs", 0, ""); err != nil {
		return err
	}
	if err := os.Mkdir("/proc/net", 0o755); err != nil {
		return err
	}
	files := map[string]*bytes.Buffer{"snmp": {}, "netstat": {}}
	for _, c := range madeCounters() {
		file := files["netstat"]
		if c.Group == "Tcp" {
			file = files["snmp"]
		}
		fmt.Fprintf(file, "%s: %s\n%s: %d\n", c.Group, c.Name, c.Group, c.Value)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join("/proc/net", name), text.Bytes(), 0o644); err != nil {
			return err
		}
	}
	out, err := run("netstat", "-st")
	fmt.Print(out)
	return err
}

func madeCounters() (made tcp.Counters) {
	for group, name := range tcp.CounterNames() {
		if group != "MPTcpExt" {
			made = append(made, tcp.Counter{Group: group, Name: name, Value: int64(1000 + len(made))})
		}
	}
	return made
}

// Every sentence that netstat has, and finds, is ours byte for byte.
func TestSentencesAreNetstats(t *testing.T) {
	need(t, "netstat")
	out := string(output(t, alone(t, "netstat")))
	if worded := compareNetstat(t, madeCounters(), out); worded < 50 {
		t.Errorf("netstat has words for only %d counters:\n%s", worded, out)
	}
}

// What netstat finds no words for, though its table has them, is worded here. It
// searches a table that is not in order.
func TestSentencesThatNetstatLoses(t *testing.T) {
	for name, want := range map[string]string{
		"TWKilled":            "5 TCP sockets finished time wait in slow timer",
		"TCPSackRecovery":     "5 times recovered from packet loss by selective acknowledgements",
		"TCPSackFailures":     "5 timeouts after SACK recovery",
		"TCPSackRecoveryFail": "5 SACK retransmits failed",
		"TCPRenoRecoveryFail": "5 classic Reno fast retransmits failed",
		"TCPSACKReneging":     "5 bad SACK blocks received",
		"TCPDSACKOldSent":     "5 DSACKs sent for old packets",
		"TCPDSACKOfoSent":     "5 DSACKs sent for out of order packets",
		"TCPDSACKRecv":        "5 DSACKs received",
		"TCPDSACKOfoRecv":     "5 DSACKs for out of order packets received",
		"TCPDSACKUndo":        "5 congestion windows recovered without slow start by DSACK",
		"TCPLostRetransmit":   "5 retransmits lost",
		"TCPTimeouts":         "5 other TCP timeouts",
		"PAWSPassive":         "5 passive connections rejected because of time stamp",
	} {
		if got := explain.Sentence(tcp.Counter{Group: "TcpExt", Name: name, Value: 5}, tcp.English); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Every counter of TCP that this kernel has is documented. A newer kernel may
// have more: that is a fault of ours in CI and a line elsewhere.
func TestCountersAreDocumented(t *testing.T) {
	counters, err := Self().Counters()
	if err != nil {
		t.Fatal(err)
	}
	tcpGroup := regexp.MustCompile(`^(Tcp|TcpExt|MPTcpExt)$`)
	documented := 0
	var missing []string
	for _, c := range counters {
		switch {
		case !tcpGroup.MatchString(c.Group):
		case explain.Counter(c.Group, c.Name) == nil:
			missing = append(missing, c.Group+"."+c.Name)
		default:
			documented++
		}
	}
	if documented < 100 {
		t.Errorf("only %d counters are documented", documented)
	}
	if missing != nil {
		var name unix.Utsname
		if err := unix.Uname(&name); err != nil {
			t.Fatal(err)
		}
		skip(t, "Linux %s has counters that tcp/counter_*.go do not document: %s", unix.ByteSliceToString(name.Release[:]), strings.Join(missing, " "))
	}
}

// gopsutil reads the same numbers of TCP.
func TestCountersAgainstGopsutil(t *testing.T) {
	var seen [2]map[string]int64
	if err := json.Unmarshal(output(t, alone(t, "gopsutil")), &seen); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(seen[0], seen[1]); diff != "" || seen[0]["ActiveOpens"] != 3 {
		t.Errorf("gopsutil (-) and we (+) differ, or there was no traffic:\n%s", diff)
	}
}

// gopsutilCounts makes traffic that is known, and gives its counters as gopsutil and as
// we read them, until nothing was counted meanwhile.
func gopsutilCounts() error {
	if err := raiseLoopback(); err != nil {
		return err
	}
	if err := traffic(); err != nil {
		return err
	}
	for range 50 {
		before, err := Self().SNMP()
		if err != nil {
			return err
		}
		stats, err := gopsutil.ProtoCounters([]string{"tcp"})
		if err != nil || len(stats) != 1 {
			return fmt.Errorf("gopsutil: %v, %w", stats, err)
		}
		after, err := Self().SNMP()
		if err != nil {
			return err
		}
		if !cmp.Equal(before, after) {
			continue
		}
		ours := map[string]int64{}
		for _, c := range before {
			if c.Group == "Tcp" {
				ours[c.Name] = c.Value
			}
		}
		return json.NewEncoder(os.Stdout).Encode([]map[string]int64{stats[0].Stats, ours})
	}
	return errors.New("the counters never stand still")
}
