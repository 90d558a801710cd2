package filter

import (
	"net/netip"
	"slices"
	"strings"

	"tcpstat/tcp"
)

// Names looks up the names in a filter. A function that is nil knows none.
type Names struct {
	Host    func(name string) ([]netip.Addr, error)
	Service func(name string) (port uint16, ok bool)
	User    func(name string) (uid uint32, ok bool)
	Device  func(name string) (index uint32, ok bool)
}

func look[T any](names func(string) (T, bool), name string) (found T, ok bool) {
	if names == nil {
		return found, false
	}
	return names(name)
}

const (
	hostExpected = "an address such as 10.0.0.7, 10/8, [2001:db8::]/32, *:443 or :ssh, or the name of a host"
	portExpected = "a port from 0 to 65535 in decimal, or the name of a service"
)

// familyWord is a prefix that restricts a condition to one family.
type familyWord struct {
	prefix string
	family tcp.Family
}

var families = []familyWord{{"inet:", tcp.IPv4}, {"inet6:", tcp.IPv6}, {"", 0}}

// otherFamilies are those that ss knows too.
var otherFamilies = []string{"unix", "link", "netlink", "vsock", "tipc", "xdp"}

// cutFamily takes the family off an operand.
func cutFamily(text string) (family tcp.Family, rest string) {
	for _, f := range families {
		if len(text) >= len(f.prefix) && strings.EqualFold(text[:len(f.prefix)], f.prefix) {
			return f.family, text[len(f.prefix):]
		}
	}
	return 0, text
}

func port(side Side) func(*parser, Op, token) (Node, error) {
	return func(p *parser, op Op, operand token) (Node, error) {
		family, rest := cutFamily(operand.text)
		number, ok := p.port(strings.TrimPrefix(rest, ":"))
		if !ok {
			return nil, p.fault(operand, "is no port", portExpected)
		}
		return Port{side, family, op, number}, nil
	}
}

func (p *parser) port(text string) (uint16, bool) {
	if n, ok := parseNumber(text, 16); ok {
		return uint16(n), true
	}
	if text == "" || strings.Trim(text, "0123456789") == "" {
		return 0, false
	}
	return look(p.names.Service, text)
}

func host(side Side) func(*parser, Op, token) (Node, error) {
	return func(p *parser, op Op, operand token) (Node, error) {
		family, rest := cutFamily(operand.text)
		if other, _, found := strings.Cut(rest, ":"); found && slices.Contains(otherFamilies, other) {
			return nil, p.fault(operand, "is of another family", "inet: or inet6:; tcpstat reads TCP")
		}
		addr, length, portText, ok := splitHost(rest)
		if !ok {
			return nil, p.fault(operand, "is no address", hostExpected)
		}
		one := Host{Side: side, Family: family}
		if portText != "" && portText != "*" {
			number, ok := p.port(portText)
			if !ok {
				e := p.fault(operand, "has no port behind its colon", portExpected)
				return nil, e
			}
			one.Port = tcp.Some(number)
		}
		prefixes, err := p.prefixes(operand, addr, length, family)
		if err != nil {
			return nil, err
		}
		return one.each(prefixes, op), nil
	}
}

// each makes the condition for all addresses of a name. A family that the
// filter names stands outside of !=.
func (h Host) each(prefixes []netip.Prefix, op Op) Node {
	var all Or
	for _, prefix := range prefixes {
		h.Prefix = prefix
		all = append(all, h)
	}
	var n Node = all
	if len(all) == 1 {
		n = all[0]
	}
	return unless(op, n)
}

// splitHost takes ADDR[/LEN][:PORT] apart, with or without brackets. An absent
// part is empty; the port behind a bare colon is "*".
func splitHost(text string) (addr, length, port string, ok bool) {
	rest := ""
	if inside, bracketed := strings.CutPrefix(text, "["); bracketed {
		if addr, rest, ok = strings.Cut(inside, "]"); !ok {
			return "", "", "", false
		}
		addr, length, _ = strings.Cut(addr, "/")
	} else {
		slash := strings.IndexByte(text, '/')
		switch {
		case slash >= 0:
			addr, rest = text[:slash], text[slash:]
		case strings.Count(text, ":") > 1: // a bare IPv6 address has no port
			addr = text
		default:
			colon := strings.IndexByte(text+":", ':')
			addr, rest = text[:colon], text[colon:]
		}
	}
	rest, port, hasPort := strings.Cut(rest, ":")
	if behind, slash := strings.CutPrefix(rest, "/"); slash && length == "" {
		length, rest = behind, ""
		if length == "" {
			return "", "", "", false
		}
	}
	if hasPort && port == "" {
		return "", "", "", false
	}
	return addr, length, port, rest == "" && (addr != "" || hasPort && length == "")
}

// anyAddress is the prefix of "*": not valid, so that it holds every address.
var anyAddress = []netip.Prefix{{}}

// prefixes reads an address with the length of its prefix, or looks up a name.
func (p *parser) prefixes(operand token, addr, length string, family tcp.Family) ([]netip.Prefix, error) {
	if addr == "" || addr == "*" {
		if length != "" {
			return nil, p.fault(operand, "is no address", hostExpected)
		}
		return anyAddress, nil
	}
	if numeric := strings.Trim(addr, "0123456789.") == ""; numeric || strings.Contains(addr, ":") {
		prefix, ok := parsePrefix(addr, length)
		switch {
		case !ok && strings.Contains(addr, "%"):
			return nil, p.fault(operand, "has a zone", "the address alone, and dev NAME beside it")
		case !ok:
			return nil, p.fault(operand, "is no address", hostExpected)
		case family != 0 && family != familyOf(prefix.Addr()):
			return nil, p.fault(operand, "is an address of the other family", "inet: with IPv4, inet6: with IPv6")
		}
		return []netip.Prefix{prefix}, nil
	}
	return p.lookUp(operand, addr, length, family)
}

func familyOf(addr netip.Addr) tcp.Family {
	if addr.Is4() {
		return tcp.IPv4
	}
	return tcp.IPv6
}

// parsePrefix reads an address and the length of its prefix. Of IPv4 the last
// numbers may be left out where a length is given.
func parsePrefix(addr, length string) (netip.Prefix, bool) {
	if dots := strings.Count(addr, "."); length != "" && !strings.Contains(addr, ":") && dots < 3 {
		addr += strings.Repeat(".0", 3-dots)
	}
	a, err := netip.ParseAddr(addr)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	bits, ok := uint64(a.BitLen()), true
	if length != "" {
		bits, ok = parseNumber(length, 8)
	}
	if !ok || bits > uint64(a.BitLen()) {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, int(bits)).Masked(), true
}

// lookUp gives the addresses of a host, those of the family if one is named.
func (p *parser) lookUp(operand token, name, length string, family tcp.Family) ([]netip.Prefix, error) {
	if length != "" || strings.ContainsFunc(name, func(r rune) bool { return !inHostName(r) }) {
		return nil, p.fault(operand, "is no address", hostExpected)
	}
	if p.names.Host == nil {
		return nil, p.fault(operand, "is a name, and names of hosts are not looked up here", "an address")
	}
	addrs, err := p.names.Host(name)
	if err != nil {
		return nil, p.fault(operand, "does not resolve: "+err.Error(), hostExpected)
	}
	var prefixes []netip.Prefix
	for _, addr := range addrs {
		addr = addr.Unmap()
		if family == 0 || family == familyOf(addr) {
			prefixes = append(prefixes, netip.PrefixFrom(addr, addr.BitLen()))
		}
	}
	if len(prefixes) == 0 {
		return nil, p.fault(operand, "has no address of that kind", hostExpected)
	}
	return prefixes, nil
}

// inHostName reports whether a name of a host may contain r.
func inHostName(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return true
	}
	return r == '-' || r == '_' || r == '.' || r > 0x7f
}
