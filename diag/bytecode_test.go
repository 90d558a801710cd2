package diag

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcpstat/filter"
	"tcpstat/internal/filtertest"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// entry is what the kernel's bytecode sees of a socket (struct inet_diag_entry).
type entry struct {
	family       uint8
	source, dest []byte // 4 or 16 bytes
	sport, dport uint16
	device       uint32
}

func entryOf(s *tcp.Socket) entry {
	e := entry{
		family: unix.AF_INET, sport: s.Local.Port(), device: s.Interface.Or(0),
		source: s.Local.Addr().AsSlice(), dest: make([]byte, 4),
	}
	if s.Family == tcp.IPv6 {
		e.family, e.dest = unix.AF_INET6, make([]byte, 16)
	}
	if s.HasRemote() {
		e.dest, e.dport = s.Remote.Addr().AsSlice(), s.Remote.Port()
	}
	return e
}

// execute runs a program as inet_diag_bc_run() of Linux 6.18 does.
func execute(program []byte, e entry) bool {
	at := 0
	for at < len(program) {
		op := program[at:]
		step := int(op[1])
		if !holds(op, e) {
			step = int(binary.NativeEndian.Uint16(op[2:]))
		}
		at += step
	}
	return at == len(program)
}

func holds(op []byte, e entry) bool {
	second := func() uint16 { return binary.NativeEndian.Uint16(op[6:]) }
	switch op[0] {
	case 1: // JMP
		return false
	case 2: // S_GE
		return e.sport >= second()
	case 4: // D_GE
		return e.dport >= second()
	case 7: // S_COND
		return hostHolds(op[4:], e, e.source, e.sport)
	case 8: // D_COND
		return hostHolds(op[4:], e, e.dest, e.dport)
	case 9: // DEV_COND
		return binary.NativeEndian.Uint32(op[4:]) == e.device
	}
	panic(fmt.Sprintf("op %d", op[0]))
}

func hostHolds(cond []byte, e entry, addr []byte, port uint16) bool {
	family, bits := cond[0], int(cond[1])
	if want := int32(binary.NativeEndian.Uint32(cond[4:])); want != -1 && want != int32(port) {
		return false
	}
	if family != unix.AF_UNSPEC && family != e.family {
		mapped := e.family == unix.AF_INET6 && family == unix.AF_INET && bytes.HasPrefix(addr, []byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff"))
		return mapped && sameBits(addr[12:], cond[8:], bits)
	}
	return sameBits(addr, cond[8:], bits)
}

func sameBits(a, b []byte, bits int) bool {
	for i := range bits {
		if (a[i/8]^b[i/8])&(0x80>>(i%8)) != 0 {
			return false
		}
	}
	return true
}

// audit checks a program as inet_diag_bc_audit() does.
func audit(program []byte) error {
	if len(program) < 4 {
		return errors.New("shorter than an op")
	}
	starts := map[int]bool{}
	for at := 0; at < len(program); at += int(program[at+1]) {
		starts[at] = true
		if yes := int(program[at+1]); yes < 4 || yes%4 != 0 || at+yes > len(program) {
			return fmt.Errorf("op at %d: yes %d of %d", at, yes, len(program))
		}
	}
	starts[len(program)] = true
	for at := 0; at < len(program); at += int(program[at+1]) {
		op := program[at:]
		least, err := shortest(op)
		if err != nil {
			return fmt.Errorf("op at %d: %w", at, err)
		}
		yes, no := int(op[1]), int(binary.NativeEndian.Uint16(op[2:]))
		if yes < least || no < least || no%4 != 0 || no > len(op)+4 {
			return fmt.Errorf("op %d at %d of %d: yes %d, no %d, at least %d", op[0], at, len(program), yes, no, least)
		}
		if no < len(op) && !starts[at+no] {
			return fmt.Errorf("op %d at %d: no %d into the middle of an op", op[0], at, no)
		}
	}
	return nil
}

// shortest is the least length that an op may have with its operands.
func shortest(op []byte) (int, error) {
	length := 4
	switch op[0] {
	case 1:
	case 2, 4, 9:
		length = 8
	case 7, 8:
		if len(op) < 12 {
			return 0, errors.New("no room for struct inet_diag_hostcond")
		}
		addr, known := map[uint8]int{unix.AF_UNSPEC: 0, unix.AF_INET: 4, unix.AF_INET6: 16}[op[4]]
		if !known || int(op[5]) > 8*addr {
			return 0, fmt.Errorf("family %d with a prefix of %d", op[4], op[5])
		}
		length = 12 + addr
	default:
		return 0, fmt.Errorf("unknown code %d", op[0])
	}
	if length > len(op) {
		return 0, errors.New("ends within its operands")
	}
	return length, nil
}

// passes runs a program as the kernel would; no program passes all.
func passes(program []byte, s *tcp.Socket) bool {
	return program == nil || execute(program, entryOf(s))
}

func parseFilter(t testing.TB, text string) *filter.Expr {
	t.Helper()
	e, err := filter.Parse(text, filter.Names{})
	if err != nil {
		t.Fatalf("%.200s: %v", text, err)
	}
	return e
}

func compiled(t testing.TB, text string) (*filter.Expr, []byte) {
	t.Helper()
	e := parseFilter(t, text)
	program := compile(e.Condition())
	if program == nil {
		return e, nil
	}
	if err := audit(program); err != nil {
		t.Fatalf("%s: %v\n% x", text, err, program)
	}
	return e, program
}

// TestBytecode: of 100,000 random filters and sockets no program rejects what
// Match may want, and where the kernel can judge all of the filter, it passes
// nothing else.
func TestBytecode(t *testing.T) {
	for _, byKernel := range []bool{false, true} {
		g := filtertest.New(3)
		g.ByKernel = byKernel
		rejected, extra := 0, 0
		for range 5000 {
			text, _ := g.Condition()
			e, program := compiled(t, text)
			for range 20 {
				s := g.Subject()
				s.Socket.Interface = tcp.Some(s.Socket.Interface.Or(0)) // sock_diag always tells
				judged, passed := e.Match(s), passes(program, s.Socket)
				if !passed && judged != filter.False || byKernel && passed != (judged == filter.True) {
					t.Fatalf("%s: %v, passes the program: %v, %+v\n% x", text, judged, passed, s.Socket, program)
				}
				if !passed {
					rejected++
				}
				if passed && judged == filter.False {
					extra++
				}
			}
		}
		t.Logf("by kernel alone %v: %d rejected, %d passed and then ruled out", byKernel, rejected, extra)
		if rejected < 20000 {
			t.Errorf("by kernel alone %v: only %d sockets were rejected", byKernel, rejected)
		}
	}
}

// What the kernel cannot judge is left out and what is beside it is not.
func TestBytecodeOfParts(t *testing.T) {
	socket := func(sport uint16) *tcp.Socket {
		return &tcp.Socket{
			Family: tcp.IPv4, State: tcp.Established, Interface: tcp.Some(uint32(0)),
			Local: netip.AddrPortFrom(nettest.V4, sport), Remote: netip.AddrPortFrom(nettest.V4, 9),
		}
	}
	for _, test := range []struct {
		text     string
		one, two bool // a socket of that local port passes
		ops      int
	}{
		{"", true, true, 0},
		{"process java", true, true, 0},
		{"not process java", true, true, 0},
		{"sport = 1", true, false, 1},
		{"not sport = 1", false, true, 2},
		{"sport = 1 process java", true, false, 1},
		{"sport = 1 or process java", true, true, 0},
		{"not (sport = 1 process java)", true, true, 0},
		{"not (sport = 1 or process java)", false, true, 2},
		{"not (process java or not (sport = 1 age > 3))", true, false, 1},
		{"(sport = 1 or rtt > 1ms) dport = 9", true, true, 1},
		{"(sport = 1 or rtt > 1ms) dport = 8", false, false, 1},
		{"sport > 65535", false, false, 1},
		{"sport <= 65535", true, true, 0},
		{"not sport <= 65535", false, false, 1},
		{"sport > 65535 or sport = 2", false, true, 3},
		{"sport < 0 or not sport != 1", true, false, 4},
	} {
		_, program := compiled(t, test.text)
		ops := 0
		for at := 0; at < len(program); at += int(program[at+1]) {
			ops++
		}
		if one, two := passes(program, socket(1)), passes(program, socket(2)); one != test.one || two != test.two || ops != test.ops {
			t.Errorf("%s: %v, %v in %d ops\n% x", test.text, one, two, ops, program)
		}
	}
}

// A program is in bytes what the kernel's header says.
func TestBytecodeInBytes(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		t.Skip("written for a little-endian machine")
	}
	for text, want := range map[string]string{
		"sport = 9":           "070c1000 00000000 09000000",
		"dport > 9":           "04080c00 00000a00",
		"not sport < 9":       "02080c00 00000900",
		"sport < 9":           "02080c00 00000900 01040800",
		"dev 7":               "09080c00 07000000",
		"dev 7 or dev 8":      "09080c00 07000000 01040c00 09080c00 08000000",
		"dev 7 and dev 8":     "09081400 07000000 09080c00 08000000",
		"src 10/8":            "07101400 02080000 ffffffff 0a000000",
		"dst [2001:db8::]/32": "081c2000 0a200000 ffffffff 20010db8 00000000 00000000 00000000",
		"src inet6:*":         "071c2000 0a000000 ffffffff 00000000 00000000 00000000 00000000",
	} {
		_, program := compiled(t, text)
		if got := fmt.Sprintf("%x", program); got != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s:\n%s, want\n%s", text, got, want)
		}
	}
}

// hostile gives the deepest filter that the parser takes, and filters as long as
// it takes. All of them choose local port 2.
func hostile() map[string]string {
	const longest = 64 << 10
	fill := func(part, last string) string {
		return strings.Repeat(part, (longest-len(last))/len(part)) + last
	}
	return map[string]string{
		"deep":            strings.Repeat("(sport 2|", 100) + "sport 2" + strings.Repeat(")", 100),
		"deep not":        strings.Repeat("!(!sport 2|", 100) + "!sport 2" + strings.Repeat(")", 100),
		"long or":         fill("sport 1 dport 1 dev 9|", "sport 2"),
		"long and":        fill("!sport 1 ", "sport 2"),
		"long not":        fill("!!", "sport 2"),
		"long host":       fill("dst [2001:db8::1]:7|", "sport 2"),
		"above the limit": strings.Repeat("dport 60000|", 1500) + "sport 2",
		"below the limit": strings.Repeat("dport 60000|", 1000) + "sport 2",
	}
}

// Of a hostile filter the kernel gets a program within its limits, or none.
func TestBytecodeOfHostile(t *testing.T) {
	for name, text := range hostile() {
		e, program := compiled(t, text)
		t.Logf("%s: %d bytes of %d", name, len(program), len(text))
		if len(program) > maxProgram {
			t.Errorf("%s: %d bytes", name, len(program))
		}
		g := filtertest.New(4)
		for range 1000 {
			s := g.Subject()
			s.Socket.Interface = tcp.Some(uint32(0))
			if e.Match(s) != filter.False && !passes(program, s.Socket) {
				t.Errorf("%s: rejects %+v", name, s.Socket)
			}
		}
	}
}

// A port that all sockets have which meet the condition stands in the request
// itself, in the old one as in the new.
func TestPortsOfRequest(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "00000000",
		"sport = 258":                    "01020000",
		"dport = 258":                    "00000102",
		"dst 10/8:258 src *:3":           "00030102",
		"age > 3 sport = inet:7 dport 8": "00070008",
		"sport = 0 sport = 7":            "00070000",
		"not sport = 7":                  "00000000",
		"sport != 7":                     "00000000",
		"sport >= 7":                     "00000000",
		"sport = 7 or dport = 7":         "00000000",
		"(sport = 7 or dport = 7) not (dport = 9) dport = 8": "00000008",
	} {
		q := Query{Condition: parseFilter(t, text).Condition()}
		both, one := bothRequest(q).Data[0].Serialize(), dumpRequest(q, tcp.IPv4).Data[0].Serialize()
		if old, new := fmt.Sprintf("%x", both[4:8]), fmt.Sprintf("%x", one[8:12]); old != want || new != want {
			t.Errorf("%s: %s in the old request, %s in the new, want %s", text, old, new, want)
		}
	}
}

// Listeners and BOUND sockets are asked for wherever one may meet the condition.
func TestStatesOfCondition(t *testing.T) {
	for text, asked := range map[string]bool{
		"": true, "sport = 7": true, "not sport = 7": true, "process java": true,
		"dport = 7": false, "dport != 7": true, "dport < 7": true, "dport > 0": false, "not dport = 7": true,
		"dst 10/8": false, "dst 0/0": true, "dst [::]/0": true, "not dst 10/8": true, "dst *:7": false, "not dst *:7": true,
		"dst 0.0.0.0:0": true, "dport = 7 or sport = 7": true, "dport = 7 sport = 7": false, "not (dport = 7 or sport = 7)": true,
		"dport = inet6:0": true, "dport != inet6:0": false, "not dport = inet6:0": true, "not dport >= 0": false,
	} {
		q := Query{States: tcp.AllStates, Condition: parseFilter(t, text).Condition()}
		const lone = 1<<10 | 1<<13
		if got := q.stateMask()&lone == lone; got != asked {
			t.Errorf("%q: asked for %v, want %v", text, got, asked)
		}
	}
	g := filtertest.New(5)
	spared := 0
	for range 5000 {
		text, _ := g.Condition()
		e := parseFilter(t, text)
		asked := mayBeAlone(e.Condition(), true)
		if !asked {
			spared++
		}
		for range 20 {
			s := g.Subject()
			s.Socket.State, s.Socket.Remote = tcp.Bound, netip.AddrPort{}
			if judged := e.Match(s); judged != filter.False && !asked {
				t.Fatalf("%s: %v, and not asked for: %+v", text, judged, s.Socket)
			}
		}
	}
	if spared < 500 {
		t.Errorf("only %d of 5000 conditions spare the kernel its listeners", spared)
	}
}
