package main

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcpstat/document"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// ssScene makes ten sockets in a namespace of their own: listeners on
// 127.0.0.1:22 and on [::]:80 for both families, and the two ends of four
// connections.
//
//	127.0.0.1:5000          127.0.0.1:22
//	127.0.0.2:5001          127.0.0.1:22          half closed by the client
//	127.0.0.1:4000          [::ffff:127.0.0.1]:80
//	[::1]:6000              [::1]:80
func ssScene(t *testing.T) {
	t.Helper()
	nettest.Namespace(t)
	listen := func(at string) *nettest.Sock {
		addr := netip.MustParseAddrPort(at)
		s := nettest.Open(t, addr.Addr())
		s.BindPort(addr)
		s.Listen(8)
		return s
	}
	connect := func(to *nettest.Sock, from, at string) *nettest.Sock {
		addr := netip.MustParseAddrPort(from)
		s := nettest.Open(t, addr.Addr())
		s.BindPort(addr)
		s.Connect(netip.MustParseAddrPort(at))
		s.Wait(tcp.Established)
		to.Accept()
		return s
	}
	ssh, web := listen("127.0.0.1:22"), listen("[::]:80")
	connect(ssh, "127.0.0.1:5000", "127.0.0.1:22")
	half := connect(ssh, "127.0.0.2:5001", "127.0.0.1:22")
	connect(web, "127.0.0.1:4000", "127.0.0.1:80")
	connect(web, "[::1]:6000", "[::1]:80")
	half.Shutdown()
	half.Wait(tcp.FinWait2)
}

// ssExpressions are the filters of the manual page of ss, each kind of predicate,
// operator and host in it, and the sockets of ssScene that they choose.
var ssExpressions = []struct {
	expr string
	want func(s *document.Socket) bool
}{
	// its examples
	{"state established ( dport = :ssh or sport = :ssh )", func(s *document.Socket) bool {
		return s.State == "ESTABLISHED" && (s.Local.Port == 22 || s.Remote.AddrPort().Port() == 22)
	}},
	{"state fin-wait-1 ( sport = :http or sport = :https ) dst 193.233.7/24", func(s *document.Socket) bool { return false }},
	{"state fin-wait-2 ( dport = :ssh or sport = :https ) dst 127.0.0/24", func(s *document.Socket) bool { return s.State == "FIN_WAIT2" }},

	// its states
	{"state established", inState("ESTABLISHED")},
	{"state syn-sent", inState("SYN_SENT")},
	{"state syn-recv", inState("SYN_RECV")},
	{"state fin-wait-1", inState("FIN_WAIT1")},
	{"state fin-wait-2", inState("FIN_WAIT2")},
	{"state time-wait", inState("TIME_WAIT")},
	{"state closed", inState("CLOSE")},
	{"state close-wait", inState("CLOSE_WAIT")},
	{"state last-ack", inState("LAST_ACK")},
	{"state listening", inState("LISTEN")},
	{"state closing", inState("CLOSING")},
	{"state all", func(s *document.Socket) bool { return true }},
	{"state connected", func(s *document.Socket) bool { return s.State != "LISTEN" }},
	{"state synchronized", func(s *document.Socket) bool { return s.State != "LISTEN" }},
	{"state bucket", func(s *document.Socket) bool { return false }},
	{"state big", func(s *document.Socket) bool { return true }},
	{"state close-wait state fin-wait-2", inState("CLOSE_WAIT", "FIN_WAIT2")},
	{"exclude listening exclude established", inState("CLOSE_WAIT", "FIN_WAIT2")},
	{"state connected exclude established", inState("CLOSE_WAIT", "FIN_WAIT2")},

	// its operators and their aliases
	{"sport = :80", func(s *document.Socket) bool { return s.Local.Port == 80 }},
	{"sport == :80", func(s *document.Socket) bool { return s.Local.Port == 80 }},
	{"sport eq :80", func(s *document.Socket) bool { return s.Local.Port == 80 }},
	{"sport :80", func(s *document.Socket) bool { return s.Local.Port == 80 }},
	{"sport != :80", func(s *document.Socket) bool { return s.Local.Port != 80 }},
	{"sport ne :80", func(s *document.Socket) bool { return s.Local.Port != 80 }},
	{"sport neq :80", func(s *document.Socket) bool { return s.Local.Port != 80 }},
	{"sport > :80", func(s *document.Socket) bool { return s.Local.Port > 80 }},
	{"sport gt :80", func(s *document.Socket) bool { return s.Local.Port > 80 }},
	{"dport < :80", func(s *document.Socket) bool { return s.Remote.AddrPort().Port() < 80 }},
	{"dport lt :80", func(s *document.Socket) bool { return s.Remote.AddrPort().Port() < 80 }},
	{"sport >= :80", func(s *document.Socket) bool { return s.Local.Port >= 80 }},
	{"sport ge :80", func(s *document.Socket) bool { return s.Local.Port >= 80 }},
	{"sport geq :80", func(s *document.Socket) bool { return s.Local.Port >= 80 }},
	{"sport <= :80", func(s *document.Socket) bool { return s.Local.Port <= 80 }},
	{"sport le :80", func(s *document.Socket) bool { return s.Local.Port <= 80 }},
	{"sport leq :80", func(s *document.Socket) bool { return s.Local.Port <= 80 }},
	{"not sport = :80", func(s *document.Socket) bool { return s.Local.Port != 80 }},
	{"! sport = :80", func(s *document.Socket) bool { return s.Local.Port != 80 }},
	{"sport = :80 or sport = :22", func(s *document.Socket) bool { return s.Local.Port == 80 || s.Local.Port == 22 }},
	{"sport = :80 | sport = :22", func(s *document.Socket) bool { return s.Local.Port == 80 || s.Local.Port == 22 }},
	{"sport = :80 || sport = :22", func(s *document.Socket) bool { return s.Local.Port == 80 || s.Local.Port == 22 }},
	{"sport = :80 and dport = :4000", func(s *document.Socket) bool { return s.Local.Port == 80 && s.Remote.AddrPort().Port() == 4000 }},
	{"sport = :80 & dport = :4000", func(s *document.Socket) bool { return s.Local.Port == 80 && s.Remote.AddrPort().Port() == 4000 }},
	{"sport = :80 && dport = :4000", func(s *document.Socket) bool { return s.Local.Port == 80 && s.Remote.AddrPort().Port() == 4000 }},
	{"sport = :80 dport = :4000", func(s *document.Socket) bool { return s.Local.Port == 80 && s.Remote.AddrPort().Port() == 4000 }},

	// its hosts
	{"src 127.0.0.1", func(s *document.Socket) bool { return s.Local.Addr.Unmap().String() == "127.0.0.1" }},
	{"src = 127.0.0.2", func(s *document.Socket) bool { return s.Local.Addr.Unmap().String() == "127.0.0.2" }},
	{"dst 127.0.0.1:22", func(s *document.Socket) bool { return s.Remote.AddrPort().Port() == 22 }},
	{"src 127.0.0.1:*", func(s *document.Socket) bool { return s.Local.Addr.Unmap().String() == "127.0.0.1" }},
	{"src *:80", func(s *document.Socket) bool { return s.Local.Port == 80 }},
	{"src :http", func(s *document.Socket) bool { return s.Local.Port == 80 }},
	{"src 127.0.0.0/30", func(s *document.Socket) bool { return s.Local.Addr.Unmap().Is4() }},
	{"src 127/8", func(s *document.Socket) bool { return s.Local.Addr.Unmap().Is4() }},
	{"src [::1]", func(s *document.Socket) bool { return s.Local.Addr.Unmap() == netip.IPv6Loopback() }},
	{"src [::1]:80", func(s *document.Socket) bool {
		return s.Local.Addr.Unmap() == netip.IPv6Loopback() && s.Local.Port == 80
	}},
	{"dst [::1/128]", func(s *document.Socket) bool { return s.Remote != nil && s.Remote.Addr == netip.IPv6Loopback() }},
	{"src inet:127.0.0.1", func(s *document.Socket) bool { return s.Family == "ipv4" && s.Local.Addr == nettest.V4 }},
	{"dst inet6:[::1]", func(s *document.Socket) bool { return s.Remote != nil && s.Remote.Addr == netip.IPv6Loopback() }},
	{"sport = inet6:http", func(s *document.Socket) bool { return s.Family == "ipv6" && s.Local.Port == 80 }},

	// its devices
	{"dev = lo", func(s *document.Socket) bool { return false }},
	{"dev != lo", func(s *document.Socket) bool { return true }},
	{"dev 1", func(s *document.Socket) bool { return false }},
}

func inState(states ...document.State) func(*document.Socket) bool {
	return func(s *document.Socket) bool { return slices.Contains(states, s.State) }
}

// Every expression of the manual page of ss chooses the right sockets, and those
// that ss chooses.
func TestManualOfSS(t *testing.T) {
	ssScene(t)
	all := list(t, "tcpstat", "-an", "--json").Sockets
	if len(all) != 10 {
		t.Fatalf("%d sockets in the scene", len(all))
	}
	for _, test := range ssExpressions {
		if strings.Contains(test.expr, ":ssh") || strings.Contains(test.expr, "http") {
			if _, err := net.LookupPort("tcp", "http"); err != nil {
				continue // no /etc/services
			}
		}
		var want []string
		for i := range all {
			if test.want(&all[i]) {
				want = append(want, ends(&all[i]))
			}
		}
		var got []string
		for _, s := range list(t, "tcpstat", "-an", "--json", test.expr).Sockets {
			got = append(got, ends(&s))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s chooses %q, want %q", test.expr, got, want)
		}
		if rows, err := ss(t, test.expr); err != nil || len(rows) != len(want) {
			t.Errorf("ss %s: %v\n%s", test.expr, err, strings.Join(rows, "\n"))
		}
	}
}

func ends(s *document.Socket) string {
	local, remote := s.Local.AddrPort(), s.Remote.AddrPort()
	return local.String() + " " + remote.String()
}

// ssRelease is the ss whose answers docs/filter.md tells.
const ssRelease = "iproute2-6.1."

// ss asks ss about the sockets of this namespace. Where another release is
// installed, or none, the rest of the test is skipped.
func ss(t *testing.T, expr string) (rows []string, err error) {
	t.Helper()
	version, err := exec.Command("ss", "-V").Output()
	if err != nil || !bytes.Contains(version, []byte(ssRelease)) {
		t.Skipf("the rest takes ss of %s*, here is %q", ssRelease, version)
	}
	out, err := exec.Command("ss", append([]string{"-Htan"}, strings.Fields(expr)...)...).Output()
	if text := strings.TrimSpace(string(out)); text != "" {
		rows = strings.Split(text, "\n")
	}
	return rows, err
}

// refuses stands for an error in ssDifferences.
const refuses = -1

// ssDifferences are the places where a filter does on purpose something else than
// in ss: how many sockets of ssScene each lists, and why.
var ssDifferences = []struct {
	expr        string
	ss, tcpstat int
	why         string
}{
	{"sport = :22 or sport = :80 and dst [::1]", 1, 4, "`and` binds tighter than `or`, as the manual of ss says; ss itself goes from the left to the right"},
	{"state ESTAB", refuses, 6, "states may be spelled as ss prints them"},
	{"state LISTEN", refuses, 2, "and as netstat does"},
	{"state CLOSE_WAIT", refuses, 1, "with underscores"},
	{"state finwait2", refuses, 1, "or without anything between the words"},
	{"state close-wait,fin-wait-2", refuses, 2, "several joined by commas"},
	{"sport = :22 state established", refuses, 1, "states may stand behind conditions; they apply to the whole filter"},
	{"sport=:22", refuses, 3, "no blanks are needed around an operator"},
	{"(sport = :22)", refuses, 3, "nor inside of parentheses"},
	{"src != 127.0.0.1", refuses, 4, "`!=` works for hosts as it does for ports"},
	{"sport = :022", 0, 3, "ports are decimal; in ss a leading 0 makes them octal"},
	{"sport = :0x16", 3, refuses, "and are not hexadecimal"},
	{"sport = :70000", 0, refuses, "a port that does not exist is a mistake"},
	{"dst ::1", refuses, 2, "IPv6 needs no brackets without a port"},
	{"dst [::1]/128", refuses, 2, "the length of a prefix may stand behind the brackets, where it is elsewhere"},
	{"sport = :22 or dport = inet6:80", 1, 4, "a family restricts its own condition; in ss it restricts the whole command"},
	{"sport = :80 or src inet:127.0.0.2", 1, 4, "and so with an address"},
	{"not dst 0.0.0.0/0", 0, 3, "no IPv6 address is in a network of IPv4, whatever its length; ss compares their bytes"},
	{"autobound", 0, refuses, "the kernel's answer is wrong for accepted connections and for TIME_WAIT"},
	{"fwmark = 0", 10, refuses, "the kernel tells marks only to CAP_NET_ADMIN"},
}

// What differs from ss on purpose differs as docs/filter.md says.
func TestDifferencesFromSS(t *testing.T) {
	ssScene(t)
	for _, d := range ssDifferences {
		a := ask(t, "tcpstat", "-anH", d.expr)
		rows := strings.Count(a.stdout, "\n")
		if a.code == exitUsage {
			rows = refuses
		}
		if rows != d.tcpstat {
			t.Errorf("tcpstat %s: %d, not %d\n%s%s", d.expr, rows, d.tcpstat, a.stdout, a.stderr)
		}
	}
	for _, d := range ssDifferences {
		rows, err := ss(t, d.expr)
		got := len(rows)
		if err != nil {
			got = refuses
		}
		if got != d.ss {
			t.Errorf("ss %s: %d (%v), not %d\n%s", d.expr, got, err, d.ss, strings.Join(rows, "\n"))
		}
	}
}

// filterPage makes docs/filter.md.
func filterPage(b *bytes.Buffer) error {
	text, err := os.ReadFile("testdata/filter.md")
	if err != nil {
		return err
	}
	var table strings.Builder
	for _, d := range ssDifferences {
		expr := strings.ReplaceAll(d.expr, "|", `\|`)
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", expr, answerWord(d.ss), answerWord(d.tcpstat), d.why)
	}
	b.Write(bytes.Replace(text, []byte("{differences}\n"), []byte(table.String()), 1))
	return nil
}

func answerWord(rows int) string {
	if rows == refuses {
		return "a mistake"
	}
	return strconv.Itoa(rows)
}
