package filtertest

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"tcpstat/filter"
	"tcpstat/tcp"
)

// Judge is what a filter must say of a socket.
type Judge func(*filter.Subject) filter.Truth

// Gen makes random filters and sockets out of its pools.
type Gen struct {
	*rand.Rand

	Addrs   []netip.Addr // in filters
	Ports   []uint16     // in filters
	Devices []uint32     // indexes in filters

	// ByKernel leaves out what sock_diag's bytecode cannot judge.
	ByKernel bool
}

// New gives a generator with pools that fit its own sockets.
func New(seed uint64) *Gen {
	return &Gen{
		Rand:  rand.New(rand.NewPCG(seed, 2)),
		Addrs: append(ipv4[:len(ipv4):len(ipv4)], ipv6...),
		Ports: []uint16{0, 1, 2, 3, 4, 65535}, Devices: []uint32{0, 1, 2},
	}
}

var (
	ipv4 = addresses("0.0.0.0", "127.0.0.1", "10.0.0.7", "10.0.0.9", "192.168.1.1")
	ipv6 = addresses("::", "::1", "2001:db8::1", "fe80::1", "::ffff:0.0.0.0", "::ffff:127.0.0.1", "::ffff:10.0.0.9")
)

func addresses(texts ...string) (addrs []netip.Addr) {
	for _, text := range texts {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	return addrs
}

func pick[T any](g *Gen, from []T) T { return from[g.IntN(len(from))] }

// word chooses one spelling.
func (g *Gen) word(spellings ...string) string { return pick(g, spellings) }

func truth(b bool) filter.Truth {
	if b {
		return filter.True
	}
	return filter.False
}

// Filter writes a filter: an expression, and in two of three with states before
// it, or behind it in parentheses.
func (g *Gen) Filter() (text string, judge Judge) {
	text, condition := g.Condition()
	allowed := map[tcp.State]bool{}
	clause := ""
	switch g.IntN(3) {
	case 0:
		return text, condition
	case 1:
		var names []string
		for range 1 + g.IntN(3) {
			s := pick(g, tcp.States[:])
			allowed[s] = true
			names = append(names, strings.ToLower(s.String()))
		}
		clause = g.word("state "+strings.Join(names, ","), "state "+strings.Join(names, " state "))
	case 2:
		out := pick(g, tcp.States[:])
		for _, s := range tcp.States {
			allowed[s] = s != out
		}
		clause = "exclude " + out.String()
	}
	text = g.word(clause+" "+text, "("+text+")"+clause, "( "+text+" ) and "+clause)
	return text, func(s *filter.Subject) filter.Truth {
		if !allowed[s.Socket.State] {
			return filter.False
		}
		return condition(s)
	}
}

// Condition writes a filter without states.
func (g *Gen) Condition() (text string, judge Judge) { return g.expr(3) }

// expr writes an expression that may stand in parentheses: or over and over
// units.
func (g *Gen) expr(depth int) (string, Judge) {
	text, all := g.conjunction(depth)
	for g.IntN(3) == 0 {
		more, other := g.conjunction(depth)
		text += " " + g.word("or", "|", "||", "OR") + " " + more
		before := all
		all = func(s *filter.Subject) filter.Truth { return max(before(s), other(s)) }
	}
	return text, all
}

func (g *Gen) conjunction(depth int) (string, Judge) {
	text, all := g.unit(depth)
	for g.IntN(3) == 0 {
		more, other := g.unit(depth)
		text += g.word(" and ", " ", " & ", "&&") + more
		before := all
		all = func(s *filter.Subject) filter.Truth { return min(before(s), other(s)) }
	}
	return text, all
}

func (g *Gen) unit(depth int) (string, Judge) {
	switch n := g.IntN(6); {
	case n == 0:
		text, inner := g.unit(depth)
		return g.word("not ", "! ", "!") + text, func(s *filter.Subject) filter.Truth { return filter.True - inner(s) }
	case n == 1 && depth > 0:
		text, inner := g.expr(depth - 1)
		return g.word("( ", "(") + text + g.word(" )", ")"), inner
	}
	return g.predicate()
}

func (g *Gen) predicate() (string, Judge) {
	kinds := 9
	if g.ByKernel {
		kinds = 5
	}
	switch g.IntN(kinds) {
	case 0, 1:
		return g.host()
	case 2, 3:
		return g.port()
	case 4:
		return g.device()
	case 5:
		limit := time.Duration(1+g.IntN(5)) * time.Second
		op, holds := g.order()
		return fmt.Sprintf("age%s%v", op, limit), func(s *filter.Subject) filter.Truth { return ageJudge(s.View.Age, limit, holds) }
	case 6:
		number := g.IntN(4)
		op, holds := g.comparison()
		return fmt.Sprintf("recvq%s%d", op, number), func(s *filter.Subject) filter.Truth {
			return truth(holds(int64(s.Socket.RecvQueue), int64(number)))
		}
	case 7:
		return g.process()
	}
	uid := uint32(g.IntN(3))
	return fmt.Sprintf("user%s%d", g.word(" ", " = ", "="), uid), func(s *filter.Subject) filter.Truth {
		v, known := s.Socket.UID.Get()
		if !known {
			return filter.Unknown
		}
		return truth(v == uid)
	}
}

// comparison writes an operator, and what it says of a and b.
func (g *Gen) comparison() (string, func(a, b int64) bool) {
	switch g.IntN(6) {
	case 0:
		return g.word(" = ", "=", " eq ", "=="), func(a, b int64) bool { return a == b }
	case 1:
		return g.word(" != ", "!=", " ne ", " neq "), func(a, b int64) bool { return a != b }
	}
	return g.order()
}

func (g *Gen) order() (string, func(a, b int64) bool) {
	switch g.IntN(4) {
	case 0:
		return g.word(" < ", "<", " lt "), func(a, b int64) bool { return a < b }
	case 1:
		return g.word(" <= ", "<=", " le ", " leq "), func(a, b int64) bool { return a <= b }
	case 2:
		return g.word(" > ", ">", " gt "), func(a, b int64) bool { return a > b }
	}
	return g.word(" >= ", ">=", " ge ", " geq "), func(a, b int64) bool { return a >= b }
}

// ageJudge tries every age that the bounds allow, in half seconds.
func ageJudge(a tcp.Age, limit time.Duration, holds func(a, b int64) bool) filter.Truth {
	yes, no := false, false
	for d := a.Min.Or(0); d <= a.Max.Or(20*time.Second); d += time.Second / 2 {
		yes, no = yes || holds(int64(d), int64(limit)), no || !holds(int64(d), int64(limit))
	}
	if yes && no {
		return filter.Unknown
	}
	return truth(yes)
}

func (g *Gen) process() (string, Judge) {
	pid := int32(g.IntN(4))
	return fmt.Sprintf("process %d", pid), func(s *filter.Subject) filter.Truth {
		for _, p := range s.Holders {
			if p.Process.PID == pid {
				return filter.True
			}
		}
		if !s.HoldersKnown {
			return filter.Unknown
		}
		return filter.False
	}
}

func (g *Gen) device() (string, Judge) {
	index := pick(g, g.Devices)
	op, want := g.word(" ", " = ", "=="), true
	if g.IntN(3) == 0 {
		op, want = g.word("!=", " ne "), false
	}
	return fmt.Sprintf("dev%s%d", op, index), func(s *filter.Subject) filter.Truth {
		bound, known := s.Socket.Interface.Get()
		if !known {
			return filter.Unknown
		}
		return truth((bound == index) == want)
	}
}

// family writes a family or none, and says which sockets are of it.
func (g *Gen) family(allowed ...tcp.Family) (prefix string, is func(*filter.Subject) bool) {
	if g.IntN(4) > 0 {
		return "", func(*filter.Subject) bool { return true }
	}
	family := pick(g, allowed)
	return map[tcp.Family]string{tcp.IPv4: "inet:", tcp.IPv6: "inet6:"}[family],
		func(s *filter.Subject) bool { return s.Socket.Family == family }
}

func (g *Gen) port() (string, Judge) {
	local, number := g.IntN(2) == 0, pick(g, g.Ports)
	family, ofFamily := g.family(tcp.IPv4, tcp.IPv6)
	op, holds := g.comparison()
	return fmt.Sprintf("%s%s%s%s%d", map[bool]string{true: "sport", false: "dport"}[local], op, family, g.word("", ":"), number),
		func(s *filter.Subject) filter.Truth {
			_, port := endOf(s, local)
			return truth(ofFamily(s) && holds(int64(port), int64(number)))
		}
}

// host compares addresses bit by bit, in the form of 16 bytes.
func (g *Gen) host() (string, Judge) {
	local, port := g.IntN(2) == 0, -1
	op, equal := g.word(" ", " = ", "==", " eq "), true
	if g.IntN(4) == 0 {
		op, equal = g.word("!=", " != ", " ne "), false
	}
	addr := pick(g, g.Addrs)
	bits := addr.BitLen()
	if g.IntN(2) == 0 {
		bits = g.IntN(bits + 1)
	}
	text := fmt.Sprintf("%v/%d", addr, bits)
	own := tcp.IPv4
	if addr.Is6() {
		text, own = g.word("["+text+"]", fmt.Sprintf("[%v]/%d", addr, bits)), tcp.IPv6
	}
	families := []tcp.Family{own}
	anyAddress := g.IntN(6) == 0
	if anyAddress {
		text, families = "*", []tcp.Family{tcp.IPv4, tcp.IPv6}
	}
	family, ofFamily := g.family(families...)
	if g.IntN(2) == 0 {
		port = int(pick(g, g.Ports))
		text += fmt.Sprintf(":%d", port)
	}
	return map[bool]string{true: "src", false: "dst"}[local] + op + family + text, func(s *filter.Subject) filter.Truth {
		end, number := endOf(s, local)
		match := ofFamily(s) && (anyAddress || agree(addr, end, bits)) && (port < 0 || int(number) == port)
		return truth(match == equal)
	}
}

// agree compares the first bits of an address in a filter with an end.
func agree(addr, end netip.Addr, bits int) bool {
	if addr.Is4() && !end.Is4() && !end.Is4In6() || addr.Is6() && end.Is4() {
		return false
	}
	a, b := addr.As16(), end.As16()
	for i := range bits + 128 - addr.BitLen() {
		mask := byte(0x80) >> (i % 8)
		if a[i/8]&mask != b[i/8]&mask {
			return false
		}
	}
	return true
}

// endOf gives an end of a socket. One that is not there has address and port 0.
func endOf(s *filter.Subject, local bool) (netip.Addr, uint16) {
	switch {
	case local:
		return s.Socket.Local.Addr(), s.Socket.Local.Port()
	case s.Socket.State != tcp.Listen && s.Socket.State != tcp.Bound:
		return s.Socket.Remote.Addr(), s.Socket.Remote.Port()
	case s.Socket.Family == tcp.IPv4:
		return ipv4[0], 0
	}
	return ipv6[0], 0
}
