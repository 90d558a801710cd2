package procnet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math"

	"tcpstat/tcp"
)

// reservedPorts is the file that lists them.
const reservedPorts = "sys/net/ipv4/ip_local_reserved_ports"

// ReservedPorts reads which ports the kernel does not give to outgoing connections
// (ip_local_reserved_ports), such as 8000-9000,9100. None are where the file is empty
// or missing. Errors are those of [Proc.Sysctls].
func (p Proc) ReservedPorts() (tcp.PortSpans, error) {
	if p.live() && !p.entered() {
		return nil, ErrOtherNamespace
	}
	f, err := p.open(reservedPorts)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l := newLines(context.Background(), p.path(reservedPorts), f)
	line, err := l.next()
	if err == io.EOF {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	spans, ok := parseSpans(line)
	if !ok {
		return nil, l.error(line, 0, "want ports such as 8000-9000,9100")
	}
	return spans, nil
}

// parseSpans reads ports and ranges of ports between commas.
func parseSpans(line []byte) (spans tcp.PortSpans, ok bool) {
	if len(bytes.TrimSpace(line)) == 0 {
		return nil, true
	}
	for word := range bytes.SplitSeq(line, []byte{','}) {
		first, last, isRange := bytes.Cut(word, []byte{'-'})
		if !isRange {
			last = first
		}
		low, okLow := parseDecimal(first, math.MaxUint16)
		high, okHigh := parseDecimal(last, math.MaxUint16)
		if !okLow || !okHigh || low > high {
			return nil, false
		}
		spans = append(spans, tcp.PortSpan{First: uint16(low), Last: uint16(high)})
	}
	return spans.Join(), true
}
