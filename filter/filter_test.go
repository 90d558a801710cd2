package filter

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"tcpstat/tcp"
)

// testNames knows a few names of each kind.
var testNames = Names{
	Host: func(name string) ([]netip.Addr, error) {
		switch name {
		case "localhost":
			return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}, nil
		case "peer":
			return []netip.Addr{netip.MustParseAddr("10.0.0.9")}, nil
		}
		return nil, errors.New("no such host")
	},
	Service: func(name string) (uint16, bool) {
		port, ok := map[string]uint16{"ssh": 22, "http": 80, "https": 443, "a-b": 7}[name]
		return port, ok
	},
	User:   func(name string) (uint32, bool) { return 0, name == "root" },
	Device: func(name string) (uint32, bool) { return 2, name == "eth0" },
}

func parse(t *testing.T, text string) *Expr {
	t.Helper()
	e, err := Parse(text, testNames)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	again, err := Parse(e.String(), Names{})
	if err != nil || !same(e, again) {
		t.Fatalf("%.200s: printed as %.200s, which reads as %.200v, %.200v", text, e, again, err)
	}
	return e
}

// Each filter is printed in the language's plainest form.
// same reports whether two filters choose the same, however they were written.
func same(a, b *Expr) bool {
	x, y := *a, *b
	x.text, y.text = "", ""
	return reflect.DeepEqual(x, y)
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{" \t ", ""},
		// ss's manual, and the twelve filters of iproute2's own test
		{"state established ( dport = :ssh or sport = :ssh )", "state ESTABLISHED dport = :22 or sport = :22"},
		{"state fin-wait-1 ( sport = :http or sport = :https ) dst 193.233.7/24", "state FIN_WAIT1 ( sport = :80 or sport = :443 ) and dst 193.233.7.0/24"},
		{"dport = 22", "dport = :22"},
		{"dport 22", "dport = :22"},
		{"( dport = 22 )", "dport = :22"},
		{"src = 0.0.0.0", "src 0.0.0.0"},
		{"src 0.0.0.0", "src 0.0.0.0"},
		{"src 0.0.0.0 sport = 22", "src 0.0.0.0 and sport = :22"},
		{"src 0.0.0.0 and sport = 22", "src 0.0.0.0 and sport = :22"},
		{"src 10.0.0.1 and sport = 22 and dport = 50312", "src 10.0.0.1 and sport = :22 and dport = :50312"},
		{"src 10.0.0.1 and sport = 22 and ( dport = 50312 )", "src 10.0.0.1 and sport = :22 and dport = :50312"},
		{"src 10.0.0.1 and ( sport = 22 and dport = 50312 )", "src 10.0.0.1 and sport = :22 and dport = :50312"},
		{"( src 10.0.0.1 and sport = 22 ) and dport = 50312", "src 10.0.0.1 and sport = :22 and dport = :50312"},
		{"( src 0.0.0.0 or src 10.0.0.1 ) and dport = 50312", "( src 0.0.0.0 or src 10.0.0.1 ) and dport = :50312"},
		// blanks
		{"sport=443", "sport = :443"},
		{"(sport=22)", "sport = :22"},
		{"!sport=22", "not sport = :22"},
		{"sport>=1024&dport<1024|dev=eth0", "sport >= :1024 and dport < :1024 or dev 2"},
		{"sport=22\nor\tdport=22", "sport = :22 or dport = :22"},
		{"state=established", "state ESTABLISHED"},
		// spellings
		{"SPORT EQ 22 AND NOT dport NEQ 22", "sport = :22 and not dport != :22"},
		{"sport gt 1 && sport geq 2 & sport lt 3 and sport leq 4", "sport > :1 and sport >= :2 and sport < :3 and sport <= :4"},
		{"sport ge 1 || sport le 2 | sport == 3 or sport ne 4", "sport >= :1 or sport <= :2 or sport = :3 or sport != :4"},
		{"not not sport 22", "sport = :22"},
		{"not ( not sport 22 )", "sport = :22"},
		{"not src != 10.0.0.1", "src 10.0.0.1"},
		// precedence: and binds tighter than or, as the manual of ss says
		{"sport 1 or sport 2 and sport 3", "sport = :1 or sport = :2 and sport = :3"},
		{"sport 1 sport 2 or sport 3", "sport = :1 and sport = :2 or sport = :3"},
		{"sport 1 or ( sport 2 or sport 3 )", "sport = :1 or sport = :2 or sport = :3"},
		{"( sport 1 or sport 2 ) sport 3", "( sport = :1 or sport = :2 ) and sport = :3"},
		{"not sport 1 sport 2", "not sport = :1 and sport = :2"},
		{"not ( sport 1 sport 2 )", "not ( sport = :1 and sport = :2 )"},
		// states
		{"state CLOSE_WAIT,close-wait,closewait,estab,SYN-RCVD,FIN-WAIT-2,finwait2,LISTENING", "state LISTEN,SYN_RECV,ESTABLISHED,FIN_WAIT2,CLOSE_WAIT"},
		{"state listen state bound-inactive", "state LISTEN,BOUND"},
		{"state bucket", "state SYN_RECV,TIME_WAIT"},
		{"state all", "state all"},
		{"state connected exclude time-wait,synchronized", "state SYN_SENT"},
		{"exclude big", "state SYN_RECV,TIME_WAIT"},
		{"excl big state listen", "state LISTEN,SYN_RECV,TIME_WAIT"},
		{"exclude all state listen", "state LISTEN"},
		{"state synchronized exclude established,fin-wait-1,fin-wait-2,closing", "state SYN_RECV,TIME_WAIT,CLOSE_WAIT,LAST_ACK,UNKNOWN"},
		{"sport 22 state listen", "state LISTEN sport = :22"},
		{"sport 22 and state listen and dport 1", "state LISTEN sport = :22 and dport = :1"},
		{"( sport 22 or sport 23 ) and state listen", "state LISTEN sport = :22 or sport = :23"},
		{"src localhost state listen", "state LISTEN src 127.0.0.1 or src [::1]"},
		{"state listen sport 22 or sport 23", "state LISTEN sport = :22 or sport = :23"},
		// hosts
		{"src 127/8", "src 127.0.0.0/8"},
		{"src 10.1.2.3/8", "src 10.0.0.0/8"},
		{"src 10.1.2.3/32", "src 10.1.2.3"},
		{"src :22", "src *:22"},
		{"src *:22", "src *:22"},
		{"src *", "src *"},
		{"src *:*", "src *"},
		{"dst 10/8:443", "dst 10.0.0.0/8:443"},
		{"src 10.0.0.1:*", "src 10.0.0.1"},
		{"dst peer:https", "dst 10.0.0.9:443"},
		{"src 0/0", "src 0.0.0.0/0"},
		{"src ::1", "src [::1]"},
		{"src [::1]:22", "src [::1]:22"},
		{"src ::", "src [::]"},
		{"src ::1:22", "src [::1:22]"},
		{"src [::/0]", "src [::/0]"},
		{"src [::]/0", "src [::/0]"},
		{"src ::/0", "src [::/0]"},
		{"src fe80::/10:443", "src [fe80::/10]:443"},
		{"src [fe80::/10]:443 or src [fe80::]/10:443", "src [fe80::/10]:443 or src [fe80::/10]:443"},
		{"src ::ffff:127.0.0.1", "src [::ffff:127.0.0.1]"},
		{"src [10.0.0.1]:22", "src 10.0.0.1:22"},
		{"src inet:127.0.0.1", "src inet:127.0.0.1"},
		{"src inet6:::1", "src inet6:[::1]"},
		{"src inet:*", "src inet:*"},
		{"src inet6::22", "src inet6:*:22"},
		{"src != 10.0.0.1", "not src 10.0.0.1"},
		{"src!=localhost", "not ( src 127.0.0.1 or src [::1] )"},
		{"src inet:localhost", "src inet:127.0.0.1"},
		// ports
		{"sport = :ssh", "sport = :22"},
		{"sport = inet:22", "sport = inet::22"},
		{"sport inet6::a-b", "sport = inet6::7"},
		{"sport 0 or sport 65535", "sport = :0 or sport = :65535"},
		{"sport = 022", "sport = :22"},
		// beyond ss
		{"dev eth0 dev != 3", "dev 2 and not dev 3"},
		{"process java", "process java"},
		{"process 1", "process 1"},
		{`process "1"`, `process "1"`},
		{`process "my prog"`, `process "my prog"`},
		{`process '(sd-pam)'`, `process "(sd-pam)"`},
		{`process a"b"'"'`, `process "ab"'"'""`},
		{"user root", "user 0"},
		{"user != 1000", "not user 1000"},
		{"cgroup /system.slice/nginx.service", "cgroup /system.slice/nginx.service"},
		{"cgroup = /system.slice//", "cgroup /system.slice"},
		{"cgroup /", "cgroup /"},
		{"cgroup //", "cgroup /"},
		{"cgroup != nginx.service", "not cgroup nginx.service"},
		{"cgroup /sys/fs/cgroup/user.slice/", "cgroup /user.slice"},
		{"cgroup /sys/fs/cgroup", "cgroup /"},
		{"cgroup /sys/fs/cgroup/unified/a", "cgroup /a"},
		{"cgroup /sys/fs/cgroups/a", "cgroup /sys/fs/cgroups/a"},
		{"cgroup docker/3f4e5d6c", "cgroup docker/3f4e5d6c"},
		{`cgroup "/a (b)"`, `cgroup "/a (b)"`},
		{"cgroup 101", `cgroup "101"`},
		{"timer on", "timer retransmit"},
		{"timer time-wait", "timer time_wait"},
		{"timer != none", "not timer none"},
		{"ownership orphan", "ownership orphan"},
		{"age > 5m", "age > 5m0s"},
		{"age le 30", "age <= 30s"},
		{"age<1.5", "age < 1.5s"},
		{"rtt > 5ms", "rtt > 5ms"},
		{"rtt lt 300us", "rtt < 300µs"},
		{"retrans 3", "retrans = 3"},
		{"recvq>0", "recvq > 0"},
		{"sendq >= 4294967295", "sendq >= 4294967295"},
	} {
		if got := parse(t, tt.text).String(); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

const (
	wantsCondition = "state exclude not src dst sport dport dev process user cgroup timer ownership age rtt retrans recvq sendq"
	wantsHost      = "an address such as 10.0.0.7, 10/8, [2001:db8::]/32, *:443 or :ssh, or the name of a host"
	wantsPort      = "a port from 0 to 65535 in decimal, or the name of a service"
	wantsState     = "a state such as CLOSE_WAIT, several joined by commas, or one of the groups all, connected, synchronized, bucket, big"
)

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ text, what, try string }{
		{"sprt = 22", `column 1: "sprt" is no condition`, "did you mean sport? expected: " + wantsCondition},
		{"sport = 22 CLOSE_WAIT", `column 12: "CLOSE_WAIT" is no condition`, "did you mean state CLOSE_WAIT? expected: " + wantsCondition},
		{"sport = 22 and", `column 15: it ends here, but there should be more`, "expected: a condition: " + wantsCondition},
		{"or sport = 22", `column 1: "or" stands where a condition should begin`, "expected: " + wantsCondition},
		{"sport =", `column 8: it ends here, but there should be more`, "expected: " + wantsPort},
		{"sport = 65536", `column 9: "65536" is no port`, "expected: " + wantsPort},
		{"sport = :0x16", `column 9: ":0x16" is no port`, "expected: " + wantsPort},
		{"dport = -1", `column 9: "-1" is no port`, "expected: " + wantsPort},
		{"dport = nosuch", `column 9: "nosuch" is no port`, "expected: " + wantsPort},
		{"sport = ( 22 )", `column 9: "(" cannot follow sport`, "expected: " + wantsPort},
		{"src > 10.0.0.1", `column 5: ">" cannot follow src`, "expected: " + wantsHost},
		{"src 10.0.0.256", `column 5: "10.0.0.256" is no address`, "expected: " + wantsHost},
		{"src 127", `column 5: "127" is no address`, "expected: " + wantsHost},
		{"src 10.0.0.1/33", `column 5: "10.0.0.1/33" is no address`, "expected: " + wantsHost},
		{"src 10.0.0.1/", `column 5: "10.0.0.1/" is no address`, "expected: " + wantsHost},
		{"src [::1", `column 5: "[::1" is no address`, "expected: " + wantsHost},
		{"src 10.0.0.1:", `column 5: "10.0.0.1:" is no address`, "expected: " + wantsHost},
		{"src 10.0.0.1:70000", `column 5: "10.0.0.1:70000" has no port behind its colon`, "expected: " + wantsPort},
		{"src fe80::1%lo", `column 5: "fe80::1%lo" has a zone`, "expected: the address alone, and dev NAME beside it"},
		{"src inet6:10.0.0.1", `column 5: "inet6:10.0.0.1" is an address of the other family`, "expected: inet: with IPv4, inet6: with IPv6"},
		{"src unix:/tmp/x", `column 5: "unix:/tmp/x" is of another family`, "expected: inet: or inet6:; tcpstat reads TCP"},
		{"dst nosuch.example", `column 5: "nosuch.example" does not resolve: no such host`, "expected: " + wantsHost},
		{"dst inet6:peer", `column 5: "inet6:peer" has no address of that kind`, "expected: " + wantsHost},
		{"state close_wiat", `column 7: "close_wiat" is no state`, "did you mean CLOSE_WAIT? expected: " + wantsState},
		{"state estab,nonsense", `column 7: "nonsense" is no state`, "expected: " + wantsState},
		{"state", `column 6: it ends here, but there should be more`, "expected: " + wantsState},
		{"state != listen", `column 7: "!=" is no way to leave out a state`, "expected: exclude listen"},
		{"exclude all", `column 9: "all" leaves no state`, "expected: at least one state that is not excluded"},
		{"not state listen", `column 5: "state" applies to the whole filter`, "expected: it outside of parentheses, and exclude instead of not state"},
		{"( state listen )", `column 3: "state" applies to the whole filter`, "expected: it outside of parentheses, and exclude instead of not state"},
		{"sport 1 or state listen", `column 12: "state" applies to the whole filter, not to one side of an or`, "expected: it first, or parentheses around the or"},
		{"state listen or sport 1", `column 1: "state" applies to the whole filter, not to one side of an or`, "expected: it first, or parentheses around the or"},
		{"state listen and sport 1 or sport 2", `column 1: "state" applies to the whole filter, not to one side of an or`, "expected: it first, or parentheses around the or"},
		{"sport 1 or sport 2 state listen", `column 20: "state" applies to the whole filter, not to one side of an or`, "expected: it first, or parentheses around the or"},
		{"( sport 1", `column 10: it ends here, but there should be more`, "expected: )"},
		{"sport 1 )", `column 9: ")" has nothing to close`, "expected: ( before it, or nothing"},
		{"()", `column 2: ")" stands where a condition should begin`, "expected: " + wantsCondition},
		{"fwmark = 1", `column 1: "fwmark" is not supported`, "expected: another predicate; the kernel tells marks only to CAP_NET_ADMIN"},
		{"autobound", `column 1: "autobound" is not supported`, "expected: another predicate; the kernel's answer is wrong for accepted connections and TIME_WAIT"},
		{`cgroup ""`, `column 8: "\"\"" is no cgroup`, "expected: " + cgroupExpected},
		{"cgroup > /a", `column 8: ">" cannot follow cgroup`, "expected: " + cgroupExpected},
		{"dev nosuch", `column 5: "nosuch" is no network device here`, "expected: the name or the index of one, as ip link shows them"},
		{"user nobody", `column 6: "nobody" is no user here`, "expected: the name or the number of a user"},
		{"timer onn", `column 7: "onn" is no timer`, "expected: one of none retransmit keepalive time_wait window_probe fin_wait2 delayed_ack unknown"},
		{"ownership orphans", `column 11: "orphans" is no kind of ownership`, "did you mean orphan? expected: one of process unaccepted orphan kernel unknown"},
		{"age = 5m", `column 5: "=" cannot follow age`, "expected: < <= > or >= and a time such as 500ms, 5m or 30 (seconds)"},
		{"age 5m", `column 5: "5m" is no operator`, "expected: < <= > or >= and a time such as 500ms, 5m or 30 (seconds)"},
		{"age > NaN", `column 7: "NaN" is no time`, "expected: a time such as 500ms, 5m, 2h30m or 30 (seconds)"},
		{"rtt 5ms", `column 5: "5ms" is no operator`, "expected: an operator such as > and a time with its unit, such as 5ms"},
		{"rtt > 5", `column 7: "5" is no time with a unit`, "expected: a time such as 5ms or 300us"},
		{"recvq > 1M", `column 9: "1M" is no number`, "expected: a decimal number from 0 to 4294967295"},
		{`process "java`, `column 9: "\"java" has no closing quote`, "expected: the same quote at the end of the word"},
		{`process ""`, `column 9: "\"\"" is no process`, "expected: the name or the PID of a process"},
		{"ä ö", `column 1: "ä" is no condition`, "expected: " + wantsCondition},
		{"sport = ä \x1b[31m", `column 9: "ä" is no port`, "expected: " + wantsPort},
		{strings.Repeat("x", 50), `column 1: "` + strings.Repeat("x", 40) + `..." is no condition`, "expected: " + wantsCondition},
		{strings.Repeat("(", 10000) + "sport 22" + strings.Repeat(")", 10000), `column 101: "(" is nested too deeply`, "expected: 100 parentheses within each other at most"},
		{strings.Repeat("sport 22 ", 120000), `column 1: "` + strings.Repeat("sport 22 ", 5)[:40] + `..." and the rest of it is too long for a filter`, "expected: 64 KiB at most"},
	} {
		e, err := Parse(tt.text, testNames)
		var mistake *Error
		if e != nil || !errors.As(err, &mistake) {
			t.Errorf("%.80s: %v, %v", tt.text, e, err)
			continue
		}
		if want := "filter, " + tt.what + "\n" + tt.try; mistake.Error() != want {
			t.Errorf("%.80s\n got %s\nwant %s", tt.text, mistake, want)
		}
	}
}

// Only a word that could begin a condition is an unknown one.
func TestUnknownWord(t *testing.T) {
	for text, want := range map[string]bool{
		"sprt = 22": true, "sport = 22 and CLOSE_WAIT": true, "( nonsense )": true, `"sport" = 22`: true,
		"sport = 22 and": false, "or sport = 22": false, "( state listen )": false, "sport = nosuch": false, "fwmark = 1": false,
	} {
		_, err := Parse(text, testNames)
		var mistake *Error
		if !errors.As(err, &mistake) || mistake.Unknown != want {
			t.Errorf("%s: %+v", text, err)
		}
	}
}

// A long filter within the bounds is no trouble, nor are many negations.
func TestBounds(t *testing.T) {
	parse(t, strings.TrimSuffix(strings.Repeat("sport 22 or ", 4000), "or "))
	parse(t, strings.Repeat("!", 60000)+"sport 22")
	parse(t, strings.Repeat("(", maxDepth)+"sport 22"+strings.Repeat(")", maxDepth))
}

// Every word of the language is offered for completion, and no other.
func TestWords(t *testing.T) {
	if got := strings.Join(Words(), " "); got != wantsCondition {
		t.Errorf("got %s", got)
	}
}

func TestNeeds(t *testing.T) {
	for text, want := range map[string]Needs{
		"":                              {},
		"state listen sport 22":         {},
		"not process 1":                 {Owners: true},
		"sport 1 or process java":       {Owners: true},
		"rtt > 1ms":                     {Info: true, RTT: true},
		"( age > 5s or sport 2 ) dev 1": {Info: true, View: true, Devices: true},
		"ownership orphan":              {View: true},
		"not cgroup /a or sport 22":     {Cgroup: true},
		"ownership unknown":             {View: true, Owners: true},
	} {
		if got := parse(t, text).Needs(); got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

func TestStates(t *testing.T) {
	if set, named := parse(t, "sport 22").States(); set != tcp.AllStates || named {
		t.Error(set, named)
	}
	if set, named := parse(t, "sport 22 state listen").States(); set != tcp.SetOf(tcp.Listen) || !named {
		t.Error(set, named)
	}
}

// subject makes a socket of family and state between two ends.
func subject(family tcp.Family, state tcp.State, local, remote string) *Subject {
	s := &tcp.Socket{Family: family, State: state, Local: netip.MustParseAddrPort(local)}
	if remote != "" {
		s.Remote = netip.MustParseAddrPort(remote)
	}
	return &Subject{Socket: s, View: &tcp.View{}}
}

func TestMatchAddresses(t *testing.T) {
	v4 := subject(tcp.IPv4, tcp.Established, "127.0.0.1:22", "10.0.0.9:50312")
	mapped := subject(tcp.IPv6, tcp.Established, "[::ffff:127.0.0.1]:22", "[::ffff:10.0.0.9]:50312")
	v6 := subject(tcp.IPv6, tcp.Established, "[2001:db8::1]:22", "[2001:db8::2]:50312")
	listen4 := subject(tcp.IPv4, tcp.Listen, "0.0.0.0:22", "")
	listen6 := subject(tcp.IPv6, tcp.Listen, "[::]:22", "")
	for text, want := range map[string]string{ // which of the five, in order
		"":                               "11111",
		"src 127.0.0.1":                  "11000",
		"src inet:127.0.0.1":             "10000",
		"src ::ffff:127.0.0.1":           "01000",
		"src [::ffff:0:0]/96":            "01000",
		"src 127/8":                      "11000",
		"src 0/0":                        "11010",
		"src 0.0.0.0":                    "00010",
		"src [::]/0":                     "01101",
		"src ::":                         "00001",
		"src inet6:*":                    "01101",
		"src inet:*":                     "10010",
		"src != 127.0.0.1":               "00111",
		"not src 127.0.0.1":              "00111",
		"src 2001:db8::/32":              "00100",
		"dst 10/8:50312":                 "11000",
		"dst 10/8:50313":                 "00000",
		"dst peer":                       "11000",
		"src localhost":                  "11000",
		"dst :50312":                     "11100",
		"sport 22":                       "11111",
		"sport != inet:22":               "00000",
		"sport = inet6:22":               "01101",
		"dport = 0":                      "00011",
		"dport < 1024":                   "00011",
		"dst 0.0.0.0":                    "00010",
		"dst ::":                         "00001",
		"state established":              "11100",
		"exclude established":            "00011",
		"state listen dport = 0":         "00011",
		"sport 22 or sport 1 dst ::":     "11111",
		"( sport 22 or sport 1 ) dst ::": "00001",
	} {
		e, got := parse(t, text), ""
		for _, s := range []*Subject{v4, mapped, v6, listen4, listen6} {
			got += map[Truth]string{True: "1", False: "0", Unknown: "?"}[e.Match(s)]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestMatchRest(t *testing.T) {
	s := subject(tcp.IPv4, tcp.CloseWait, "10.0.0.7:60739", "10.0.0.9:443")
	s.Socket.Interface = tcp.Some[uint32](2)
	s.Socket.UID = tcp.Some[uint32](1001)
	s.Socket.RecvQueue, s.Socket.SendQueue = 32, 7
	s.Socket.Timer = tcp.Timer{Kind: tcp.KeepaliveTimer, Retransmits: 3}
	info := make([]byte, 280)
	info[68], info[69], info[70], info[71] = 100, 0, 0, 100 // either byte order: not 0
	s.Socket.Info.SetBytes(info)
	s.View.Age = tcp.Age{Min: tcp.Some(4 * time.Minute), Max: tcp.Some(5 * time.Minute)}
	s.View.Ownership = tcp.OwnedByProcess
	s.Holders = []tcp.Holder{
		{Process: &tcp.Process{PID: 1, Name: "systemd"}},
		{Process: &tcp.Process{PID: 4711, Name: "Main Thread", Command: "/usr/bin/java"}},
	}
	s.HoldersKnown = true

	bare := subject(tcp.IPv4, tcp.CloseWait, "10.0.0.7:60739", "10.0.0.9:443")
	bare.View = nil
	mini := subject(tcp.IPv4, tcp.TimeWait, "10.0.0.7:60739", "10.0.0.9:443")
	mini.Socket.Mini, mini.HoldersKnown = true, true
	listen := subject(tcp.IPv4, tcp.Listen, "10.0.0.7:443", "")
	listen.Socket.Backlog = tcp.Backlog{Used: 5, Limit: tcp.Some[uint32](128)}
	listen.Socket.RecvQueue = 99
	listenProc := subject(tcp.IPv4, tcp.Listen, "10.0.0.7:443", "")

	for text, want := range map[string]string{ // each of: whole, bare, mini
		"dev eth0": "1??", "dev 3": "0??", "dev != 3": "1??", "dev 0": "0??",
		"user 1001": "1?0", "not user 1001": "0?1", "user root": "0?0",
		"process java": "1?0", "process 4711": "1?0", `process "Main Thread"`: "1?0", "process 4712": "0?0", "not process java": "0?1", `process "1"`: "0?0",
		"timer keepalive": "100", "timer off": "011", "timer != none": "100",
		"ownership process": "1?1", "not ownership process": "0?0", "ownership orphan": "0?0",
		"age > 3m": "1??", "age > 4m": "???", "age >= 4m": "1??", "age > 5m": "0??", "age >= 5m": "???", "age > 6m": "0??",
		"age < 6m": "1??", "age <= 5m": "1??", "age < 5m": "???", "age <= 4m": "???", "age < 4m": "0??", "age < 3m": "0??",
		"not age > 3m": "0??", "not age > 5m": "1??", "not age < 5m": "???",
		"rtt > 1us": "1??", "not rtt > 1us": "0??", "rtt < 1us": "0??",
		"retrans 3": "100", "retrans < 3": "011", "recvq > 31": "100", "sendq = 7": "100", "recvq ne 32": "011",
		"sport 60739 or rtt > 1us": "111", "sport 1 or rtt > 1us": "1??", "sport 1 and rtt > 1us": "000", "not ( sport 60739 rtt > 1us )": "0??",
	} {
		e, got := parse(t, text), ""
		for _, s := range []*Subject{s, bare, mini} {
			got += map[Truth]string{True: "1", False: "0", Unknown: "?"}[e.Match(s)]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string][2]Truth{
		"recvq 5": {True, False}, "sendq 128": {True, Unknown}, "sendq < 128": {False, Unknown}, "recvq 0": {False, True},
	} {
		e := parse(t, text)
		if got := [2]Truth{e.Match(listen), e.Match(listenProc)}; got != want {
			t.Errorf("%s: listeners %v, want %v", text, got, want)
		}
	}
}

// A nil function knows no name, and nothing panics.
func TestNoNames(t *testing.T) {
	for _, text := range []string{"src host", "sport ssh", "dev eth0", "user root", "src :ssh"} {
		if e, err := Parse(text, Names{}); err == nil {
			t.Errorf("%s: %v", text, e)
		}
	}
}

// Whatever the text, there is a filter or a mistake that points into the text;
// a filter that is printed reads as the same filter.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"state established ( dport = :ssh or sport = :ssh )", "src [fe80::/10]:443 or not dst 127/8", "process 'a b' user root age>5m rtt<=3ms",
		"exclude big timer!=on ownership orphan recvq>0", "src ::ffff:1.2.3.4 dst localhost:https", "cgroup = docker/3f4e or cgroup '/a b/'", "((((", "sport=:", "\"\xff", "state a,b",
	} {
		f.Add(text)
	}
	socket := subject(tcp.IPv6, tcp.Established, "[::1]:22", "[::1]:443")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text, testNames)
		if err != nil {
			var mistake *Error
			if e != nil || !errors.As(err, &mistake) {
				t.Fatalf("%q: %v and %v", text, e, err)
			}
			if mistake.Column < 1 || mistake.Column > len([]rune(text))+1 || mistake.Expected == "" || mistake.Problem == "" {
				t.Fatalf("%q: %+v", text, mistake)
			}
			return
		}
		e.Match(socket)
		printed := e.String()
		if len(printed) > maxLength {
			return // the plainest form may be longer
		}
		again, err := Parse(printed, Names{})
		if err != nil || !same(e, again) || again.String() != printed {
			t.Fatalf("%q: %q: %v, %v", text, printed, again, err)
		}
	})
}
