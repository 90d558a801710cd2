package filter

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tcpstat/tcp"
)

// judge is what a filter should say of a socket, worked out beside the parser:
// -1 no, 0 not known, 1 yes.
type judge func(*Subject) int

// gen writes random filters, each with its judge.
type gen struct{ *rand.Rand }

func (g gen) pick(words ...string) string { return words[g.IntN(len(words))] }

func yesNo(b bool) int {
	if b {
		return 1
	}
	return -1
}

// expr writes an expression that may stand in parentheses: or over and over
// units.
func (g gen) expr(depth int) (string, judge) {
	text, all := g.conjunction(depth)
	for g.IntN(3) == 0 {
		more, other := g.conjunction(depth)
		text += " " + g.pick("or", "|", "||", "OR") + " " + more
		before := all
		all = func(s *Subject) int { return max(before(s), other(s)) }
	}
	return text, all
}

func (g gen) conjunction(depth int) (string, judge) {
	text, all := g.unit(depth)
	for g.IntN(3) == 0 {
		more, other := g.unit(depth)
		text += g.pick(" and ", " ", " & ", "&&") + more
		before := all
		all = func(s *Subject) int { return min(before(s), other(s)) }
	}
	return text, all
}

func (g gen) unit(depth int) (string, judge) {
	switch n := g.IntN(6); {
	case n == 0:
		text, inner := g.unit(depth)
		return g.pick("not ", "! ", "!") + text, func(s *Subject) int { return -inner(s) }
	case n == 1 && depth > 0:
		text, inner := g.expr(depth - 1)
		return g.pick("( ", "(") + text + g.pick(" )", ")"), inner
	}
	return g.predicate()
}

// comparison writes an operator, and what it says of a < b, a = b, a > b.
func (g gen) comparison() (string, func(a, b int64) bool) {
	switch g.IntN(6) {
	case 0:
		return g.pick(" = ", "=", " eq ", "=="), func(a, b int64) bool { return a == b }
	case 1:
		return g.pick(" != ", "!=", " ne ", " neq "), func(a, b int64) bool { return a != b }
	}
	op, holds := g.order()
	return op, holds
}

func (g gen) order() (string, func(a, b int64) bool) {
	switch g.IntN(4) {
	case 0:
		return g.pick(" < ", "<", " lt "), func(a, b int64) bool { return a < b }
	case 1:
		return g.pick(" <= ", "<=", " le ", " leq "), func(a, b int64) bool { return a <= b }
	case 2:
		return g.pick(" > ", ">", " gt "), func(a, b int64) bool { return a > b }
	}
	return g.pick(" >= ", ">=", " ge ", " geq "), func(a, b int64) bool { return a >= b }
}

func (g gen) predicate() (string, judge) {
	switch g.IntN(8) {
	case 0, 1:
		return g.host()
	case 2, 3:
		local, number := g.IntN(2) == 0, g.IntN(5)
		op, holds := g.comparison()
		return fmt.Sprintf("%s%s%s%d", map[bool]string{true: "sport", false: "dport"}[local], op, g.pick("", ":"), number),
			func(s *Subject) int {
				_, port := endOf(s, local)
				return yesNo(holds(int64(port), int64(number)))
			}
	case 4:
		limit := time.Duration(1+g.IntN(5)) * time.Second
		op, holds := g.order()
		return fmt.Sprintf("age%s%v", op, limit), func(s *Subject) int { return ageJudge(s.View.Age, limit, holds) }
	case 5:
		number := g.IntN(4)
		op, holds := g.comparison()
		return fmt.Sprintf("recvq%s%d", op, number), func(s *Subject) int {
			return yesNo(holds(int64(s.Socket.RecvQueue), int64(number)))
		}
	case 6:
		pid := g.IntN(4)
		return fmt.Sprintf("process %d", pid), func(s *Subject) int {
			for _, p := range s.Owners {
				if p.PID == int32(pid) {
					return 1
				}
			}
			return map[bool]int{true: -1, false: 0}[s.OwnersKnown]
		}
	}
	uid := g.IntN(3)
	return fmt.Sprintf("user%s%d", g.pick(" ", " = ", "="), uid), func(s *Subject) int {
		v, known := s.Socket.UID.Get()
		if !known {
			return 0
		}
		return yesNo(int(v) == uid)
	}
}

// ageJudge tries every age that the bounds allow, in half seconds.
func ageJudge(a tcp.Age, limit time.Duration, holds func(a, b int64) bool) int {
	yes, no := false, false
	for d := a.Min.Or(0); d <= a.Max.Or(20*time.Second); d += time.Second / 2 {
		yes, no = yes || holds(int64(d), int64(limit)), no || !holds(int64(d), int64(limit))
	}
	if yes && no {
		return 0
	}
	return yesNo(yes)
}

// host compares addresses bit by bit, in the form of 16 bytes.
func (g gen) host() (string, judge) {
	local := g.IntN(2) == 0
	op, equal := g.pick(" ", " = ", "==", " eq "), true
	if g.IntN(4) == 0 {
		op, equal = g.pick("!=", " != ", " ne "), false
	}
	addr := netip.MustParseAddr(g.pick(pool...))
	bits := g.IntN(addr.BitLen() + 1)
	text := fmt.Sprintf("%v/%d", addr, bits)
	if addr.Is6() {
		text = g.pick("["+text+"]", fmt.Sprintf("[%v]/%d", addr, bits))
	}
	port := g.IntN(8)
	if port < 5 {
		text += fmt.Sprintf(":%d", port)
	}
	same := bits + 128 - addr.BitLen()
	return map[bool]string{true: "src", false: "dst"}[local] + op + text, func(s *Subject) int {
		end, number := endOf(s, local)
		a, b := addr.As16(), end.As16()
		match := !addr.Is6() || s.Socket.Family == tcp.IPv6
		if addr.Is4() && !end.Is4() && !end.Is4In6() {
			match = false
		}
		for i := range same {
			mask := byte(0x80) >> (i % 8)
			match = match && a[i/8]&mask == b[i/8]&mask
		}
		return yesNo((match && (port >= 5 || int(number) == port)) == equal)
	}
}

var pool = []string{"0.0.0.0", "127.0.0.1", "10.0.0.7", "10.0.0.9", "192.168.1.1", "::", "::1", "2001:db8::1", "fe80::1", "::ffff:127.0.0.1", "::ffff:10.0.0.9"}

func endOf(s *Subject, local bool) (netip.Addr, uint16) {
	switch {
	case local:
		return s.Socket.Local.Addr(), s.Socket.Local.Port()
	case s.Socket.State != tcp.Listen:
		return s.Socket.Remote.Addr(), s.Socket.Remote.Port()
	case s.Socket.Family == tcp.IPv4:
		return netip.MustParseAddr("0.0.0.0"), 0
	}
	return netip.MustParseAddr("::"), 0
}

// subject makes a random socket.
func (g gen) subject() *Subject {
	family, addrs := tcp.IPv4, pool[:5]
	if g.IntN(2) == 0 {
		family, addrs = tcp.IPv6, pool[5:]
	}
	end := func() netip.AddrPort {
		return netip.AddrPortFrom(netip.MustParseAddr(g.pick(addrs...)), uint16(g.IntN(5)))
	}
	s := &tcp.Socket{Family: family, State: tcp.States[g.IntN(len(tcp.States))], Local: end(), RecvQueue: uint32(g.IntN(4))}
	s.Backlog.Used = s.RecvQueue
	if s.State != tcp.Listen {
		s.Remote = end()
	}
	if g.IntN(3) > 0 {
		s.UID = tcp.Some(uint32(g.IntN(3)))
	}
	subject := &Subject{Socket: s, View: &tcp.View{}, OwnersKnown: g.IntN(2) == 0}
	if g.IntN(2) == 0 {
		subject.Owners = []tcp.Process{{PID: int32(g.IntN(4))}}
	}
	low := time.Duration(g.IntN(6)) * time.Second
	if g.IntN(3) > 0 {
		subject.View.Age.Min = tcp.Some(low)
	}
	if g.IntN(3) > 0 {
		subject.View.Age.Max = tcp.Some(low + time.Duration(g.IntN(3))*time.Second)
	}
	return subject
}

// filter puts states before an expression, or behind it in parentheses.
func (g gen) filter() (string, judge) {
	text, condition := g.expr(3)
	allowed := map[tcp.State]bool{}
	clause := ""
	switch g.IntN(3) {
	case 0:
		return text, condition
	case 1:
		var names []string
		for range 1 + g.IntN(3) {
			s := tcp.States[g.IntN(len(tcp.States))]
			allowed[s] = true
			names = append(names, strings.ToLower(s.String()))
		}
		clause = g.pick("state "+strings.Join(names, ","), "state "+strings.Join(names, " state "))
	case 2:
		out := tcp.States[g.IntN(len(tcp.States))]
		for _, s := range tcp.States {
			allowed[s] = s != out
		}
		clause = "exclude " + out.String()
	}
	text = g.pick(clause+" "+text, "("+text+")"+clause, "( "+text+" ) and "+clause)
	return text, func(s *Subject) int {
		if !allowed[s.Socket.State] {
			return -1
		}
		return condition(s)
	}
}

// 100,000 random filters and sockets are judged as filters of their words must
// be, and the filter that was printed judges alike.
func TestRandom(t *testing.T) {
	g := gen{rand.New(rand.NewPCG(1, 2))}
	seen := map[Truth]int{}
	for range 5000 {
		text, want := g.filter()
		e := parse(t, text)
		for range 20 {
			s := g.subject()
			got := e.Match(s)
			seen[got]++
			if int(got)-1 != want(s) {
				t.Fatalf("%s\n  %s\n  %v, want %d, for %+v %+v", text, e, got, want(s), s.Socket, s)
			}
		}
	}
	for _, truth := range []Truth{False, Unknown, True} {
		if seen[truth] < 1000 {
			t.Errorf("%v only %d times", truth, seen[truth])
		}
	}
}
