package tcp

import (
	"cmp"
	"slices"
)

// PortSpan is a range of ports, both ends in it.
type PortSpan struct{ First, Last uint16 }

// PortSpans are ranges of ports, such as those of ip_local_reserved_ports.
type PortSpans []PortSpan

// Join sorts the ranges and makes one of those that touch.
func (p PortSpans) Join() (joined PortSpans) {
	sorted := slices.SortedFunc(slices.Values(p), func(a, b PortSpan) int { return cmp.Compare(a.First, b.First) })
	for _, span := range sorted {
		if n := len(joined); n > 0 && int(span.First) <= int(joined[n-1].Last)+1 {
			joined[n-1].Last = max(joined[n-1].Last, span.Last)
		} else {
			joined = append(joined, span)
		}
	}
	return joined
}

// Has reports whether a port is in one of the ranges.
func (p PortSpans) Has(port uint16) bool {
	return slices.ContainsFunc(p, func(s PortSpan) bool { return s.First <= port && port <= s.Last })
}

// LocalPorts are the ports that the kernel gives to outgoing connections:
// ip_local_port_range without ip_local_reserved_ports. The zero LocalPorts are none.
type LocalPorts struct {
	span     PortSpan
	reserved PortSpans
	count    int
}

// NewLocalPorts gives the ports that the settings leave, if the range is known.
func NewLocalPorts(settings Sysctls, reserved PortSpans) (ports LocalPorts, known bool) {
	low, okLow := settings[PortRangeLow]
	high, okHigh := settings[PortRangeHigh]
	if !okLow || !okHigh || low < 0 || low > high || high > 65535 {
		return LocalPorts{}, false
	}
	ports = LocalPorts{span: PortSpan{uint16(low), uint16(high)}, reserved: reserved.Join(), count: int(high-low) + 1}
	for _, r := range ports.reserved {
		ports.count -= max(0, int(min(r.Last, ports.span.Last))-int(max(r.First, ports.span.First))+1)
	}
	return ports, true
}

// Count is how many there are.
func (p *LocalPorts) Count() int { return p.count }

// Reserved is how many of the range are not given out.
func (p *LocalPorts) Reserved() int {
	if p.span == (PortSpan{}) {
		return 0
	}
	return int(p.span.Last) - int(p.span.First) + 1 - p.count
}

// Has reports whether a port is one of them.
func (p *LocalPorts) Has(port uint16) bool {
	return p.count > 0 && p.span.First <= port && port <= p.span.Last && !p.reserved.Has(port)
}
