package typeset

import "net/netip"

// AppendAddr appends an address as netip does; IPv4, which most are, in half
// the time.
func AppendAddr(dst []byte, addr netip.Addr) []byte {
	if !addr.Is4() {
		return addr.AppendTo(dst)
	}
	b := addr.As4()
	dst = append(appendOctet(dst, b[0]), '.')
	dst = append(appendOctet(dst, b[1]), '.')
	dst = append(appendOctet(dst, b[2]), '.')
	return appendOctet(dst, b[3])
}

func appendOctet(dst []byte, v byte) []byte {
	switch {
	case v >= 100:
		return append(dst, '0'+v/100, '0'+v/10%10, '0'+v%10)
	case v >= 10:
		return append(dst, '0'+v/10, '0'+v%10)
	}
	return append(dst, '0'+v)
}

// AppendPort appends a port as strconv does, in a third of the time.
func AppendPort(dst []byte, port uint16) []byte {
	last := byte('0' + port%10)
	switch {
	case port >= 10000:
		return append(dst, byte('0'+port/10000), byte('0'+port/1000%10), byte('0'+port/100%10), byte('0'+port/10%10), last)
	case port >= 1000:
		return append(dst, byte('0'+port/1000), byte('0'+port/100%10), byte('0'+port/10%10), last)
	case port >= 100:
		return append(dst, byte('0'+port/100), byte('0'+port/10%10), last)
	case port >= 10:
		return append(dst, byte('0'+port/10), last)
	}
	return append(dst, last)
}

// AppendHexUint appends v in hexadecimal.
func AppendHexUint(dst []byte, v uint64) []byte {
	digits := 1
	for rest := v >> 4; rest > 0; rest >>= 4 {
		digits++
	}
	return AppendHex(dst, v, digits)
}

func AppendHex(dst []byte, v uint64, digits int) []byte {
	const hex = "0123456789abcdef"
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, hex[v>>shift&0xf])
	}
	return dst
}
