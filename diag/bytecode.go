package diag

import (
	"cmp"
	"encoding/binary"
	"math"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"tcpstat/filter"
	"tcpstat/tcp"
)

// Bytecode is the kernel's language for choosing sockets in a dump
// (INET_DIAG_REQ_BYTECODE, run by inet_diag_bc_run() in net/ipv4/inet_diag.c).
// Each op is a test: struct inet_diag_bc_op with a code, the distance to the op
// that follows where the test holds (yes, 8 bits) and where it does not (no, 16
// bits), and operands behind it. Jumps go forward; a socket passes when it lands
// exactly on the end of the program, and 4 bytes behind it when it does not.
//
//	Host                    S_COND or D_COND with address, prefix and port
//	Port = !=               S_COND or D_COND with the port alone
//	Port < <= > >=          S_GE or D_GE, negated, or of the next number
//	Device                  DEV_COND, since Linux 4.8
//	Family IPv6 of either   S_COND with the family alone; IPv4 is its negation
//	And, Or, Not            the distances, and JMP
//	everything else         nothing
//
// What the kernel cannot judge (processes, users, timers, ages, queues, tcp_info)
// is left out in the direction that loses nothing: the program passes every
// socket on which [filter.Expr.Match] would say True or Unknown, and of the
// others those that it cannot tell. The caller judges what has passed.
//
// Where the kernel compares as Match does: IPv4 with the end of a v4-mapped
// address too, of any prefix length; a v4-mapped socket is of family IPv6; ports,
// addresses and the bound device (sk_bound_dev_if) of mini-sockets are those that
// they are reported with.
//
// Where it does not:
//   - The remote address of LISTEN and BOUND is 0 to Match. The kernel keeps that
//     of an earlier connect() which failed, with port 0: sockets of remote port 0
//     pass wherever that decides.
//   - S_LE and D_LE are not used: old kernels look at the wrong port under S_LE.
//     S_EQ and D_EQ are not used: old kernels do not know them.
const (
	reqBytecode = 1 // INET_DIAG_REQ_BYTECODE, an attribute of the request

	opJump       = 1  // INET_DIAG_BC_JMP
	opLocalGE    = 2  // INET_DIAG_BC_S_GE
	opRemoteGE   = 4  // INET_DIAG_BC_D_GE
	opLocalCond  = 7  // INET_DIAG_BC_S_COND
	opRemoteCond = 8  // INET_DIAG_BC_D_COND
	opDeviceCond = 9  // INET_DIAG_BC_DEV_COND
	sizeofOp     = 4  // struct inet_diag_bc_op
	anyPort      = -1 // of struct inet_diag_hostcond
)

// maxProgram is the length of a program in bytes from which on the condition is
// judged here alone. The kernel's check of a program takes time by the square of
// its length.
const maxProgram = 16 << 10

// compile gives the program that passes every socket on which n may be True or
// Unknown: nil where that is every socket, or the program would be too long.
func compile(n filter.Node) []byte {
	t := mayBe(n, true)
	if t.always() {
		return nil
	}
	var p program
	p.add(t, rejected)
	if p.length > maxProgram {
		return nil
	}
	slices.Reverse(p.ops)
	return slices.Concat(p.ops...)
}

// test is a condition in the kernel's terms: one op, or several tests of which
// all or any must hold. The zero test always holds.
type test struct {
	op      []byte // an op, its distances not yet set; nil: parts
	negated bool   // of an op
	parts   []test
	any     bool // of parts
}

func (t test) always() bool { return t.op == nil && len(t.parts) == 0 && !t.any }

// never holds for no socket.
var never = test{any: true}

func allOf(parts ...test) test {
	parts = slices.DeleteFunc(parts, test.always)
	if len(parts) == 1 {
		return parts[0]
	}
	return test{parts: parts}
}

func anyOf(parts ...test) test {
	switch {
	case slices.ContainsFunc(parts, test.always):
		return test{}
	case len(parts) == 1:
		return parts[0]
	}
	return test{any: true, parts: parts}
}

// mayBe gives a test that holds wherever the judgement of n may be want, or
// Unknown.
func mayBe(n filter.Node, want bool) test {
	switch c := n.(type) {
	case filter.Not:
		return mayBe(c.Node, !want)
	case filter.And:
		return joined(want, mayBeEach(c, want)...)
	case filter.Or:
		return joined(!want, mayBeEach(c, want)...)
	case filter.Host:
		return restricted(c.Family, want, hostTest(c, want))
	case filter.Port:
		return restricted(c.Family, want, portTest(c, want))
	case filter.Device:
		return test{op: binary.NativeEndian.AppendUint32([]byte{opDeviceCond, 0, 0, 0}, c.Index), negated: !want}
	}
	return test{}
}

func mayBeEach(nodes []filter.Node, want bool) (tests []test) {
	for _, n := range nodes {
		tests = append(tests, mayBe(n, want))
	}
	return tests
}

// joined holds where all its parts do, or any.
func joined(all bool, parts ...test) test {
	if all {
		return allOf(parts...)
	}
	return anyOf(parts...)
}

// restricted adds the family to a test of what else a condition says.
func restricted(family tcp.Family, want bool, t test) test {
	if family == 0 {
		return t
	}
	return joined(want, familyTest(family, want), t)
}

func familyTest(family tcp.Family, want bool) test {
	op := hostOp(opLocalCond, unix.AF_INET6, netip.Prefix{}, anyPort)
	return test{op: op, negated: (family == tcp.IPv6) != want}
}

// hostTest looks at address and port of one end.
func hostTest(c filter.Host, want bool) test {
	port, family := int32(anyPort), uint8(unix.AF_UNSPEC)
	number, named := c.Port.Get()
	if named {
		port = int32(number)
	}
	switch {
	case c.Prefix.IsValid():
		family = addressFamily(familyOf(c.Prefix.Addr()))
	case !named && want:
		return test{}
	case !named:
		return never
	}
	t := test{op: hostOp(condOf(c.Side), family, c.Prefix, port), negated: !want}
	if c.Side == filter.Local || !c.Prefix.IsValid() || named && number != 0 {
		return t
	}
	return orAlone(t, c.Prefix, want)
}

// orAlone widens a test of a remote address by the sockets that have no remote
// end: their address is 0 to Match, and anything to the kernel.
func orAlone(t test, prefix netip.Prefix, want bool) test {
	alone := equalPort(filter.Remote, 0)
	family := familyOf(prefix.Addr())
	switch holdsZero := prefix.Masked().Addr().IsUnspecified(); {
	case holdsZero:
		alone = allOf(familyTest(family, want), alone)
	case want:
		return t
	}
	return anyOf(t, alone)
}

func familyOf(addr netip.Addr) tcp.Family {
	if addr.Is4() {
		return tcp.IPv4
	}
	return tcp.IPv6
}

// portTest looks at the port of one end.
func portTest(c filter.Port, want bool) test {
	least := func(n uint16, want bool) test {
		code := [...]byte{filter.Local: opLocalGE, filter.Remote: opRemoteGE}[c.Side]
		operand := binary.NativeEndian.AppendUint16([]byte{0, 0}, n) // no of an op that is none
		return test{op: append([]byte{code, 0, 0, 0}, operand...), negated: !want}
	}
	switch c.Op {
	case filter.Equal, filter.NotEqual:
		t := equalPort(c.Side, c.Number)
		t.negated = want != (c.Op == filter.Equal)
		return t
	case filter.Less:
		return least(c.Number, !want)
	case filter.GreaterEqual:
		return least(c.Number, want)
	}
	if c.Op == filter.LessEqual {
		want = !want
	}
	switch {
	case c.Number < math.MaxUint16:
		return least(c.Number+1, want)
	case want:
		return never
	}
	return test{}
}

func equalPort(side filter.Side, number uint16) test {
	return test{op: hostOp(condOf(side), unix.AF_UNSPEC, netip.Prefix{}, int32(number))}
}

func condOf(side filter.Side) byte {
	return [...]byte{filter.Local: opLocalCond, filter.Remote: opRemoteCond}[side]
}

// hostOp is an op with a struct inet_diag_hostcond behind it:
//
//	0 family  1 prefix_len  4 port  8 addr
func hostOp(code, family uint8, prefix netip.Prefix, port int32) []byte {
	op := []byte{code, 0, 0, 0, family, uint8(max(prefix.Bits(), 0)), 0, 0}
	op = binary.NativeEndian.AppendUint32(op, uint32(port))
	if prefix.IsValid() {
		return append(op, prefix.Addr().AsSlice()...)
	}
	if family == unix.AF_INET6 {
		op = append(op, make([]byte, 16)...) // must be there, and is not looked at
	}
	return op
}

// mayBeAlone reports whether the judgement of n may be want, or Unknown, on some
// socket that has no remote end.
func mayBeAlone(n filter.Node, want bool) bool {
	alone := func(part filter.Node) bool { return mayBeAlone(part, want) }
	not := func(part filter.Node) bool { return !alone(part) }
	switch c := n.(type) {
	case filter.Not:
		return mayBeAlone(c.Node, !want)
	case filter.And:
		return want && !slices.ContainsFunc(c, not) || !want && slices.ContainsFunc(c, alone)
	case filter.Or:
		return want && slices.ContainsFunc(c, alone) || !want && !slices.ContainsFunc(c, not)
	case filter.Host:
		if c.Side == filter.Remote {
			anywhere := !c.Prefix.IsValid()
			holds := c.Port.Or(0) == 0 && (anywhere || c.Prefix.Masked().Addr().IsUnspecified())
			return want == holds || !want && !(anywhere && c.Family == 0)
		}
	case filter.Port:
		if c.Side == filter.Remote {
			return want == c.Op.Holds(cmp.Compare(0, c.Number)) || !want && c.Family != 0
		}
	}
	return true
}

// program is a program that grows from its end to its beginning, so that the
// targets of an op are there before it. Places are distances from the end.
type program struct {
	ops    [][]byte // the last one first
	length int
}

// rejected is the place behind the end where a socket does not pass.
const rejected = -sizeofOp

// add goes on to what was added before where t holds, and to no where it does
// not.
func (p *program) add(t test, no int) {
	next := p.length
	switch {
	case t.op != nil && t.negated:
		p.jump(no)
		p.op(t.op, next)
	case t.op != nil:
		p.op(t.op, no)
	case t.any && len(t.parts) == 0:
		p.jump(no)
	case t.any:
		for i, part := range slices.Backward(t.parts) {
			if i < len(t.parts)-1 {
				no = p.length
				p.jump(next)
			}
			p.add(part, no)
		}
	default:
		for _, part := range slices.Backward(t.parts) {
			p.add(part, no)
		}
	}
}

func (p *program) jump(to int) { p.op([]byte{opJump, sizeofOp, 0, 0}, to) }

// op puts an op before all others. Where it holds, the next one follows.
func (p *program) op(op []byte, no int) {
	p.length += len(op)
	op[1] = uint8(len(op))
	binary.NativeEndian.PutUint16(op[2:], uint16(p.length-no))
	p.ops = append(p.ops, op)
}
