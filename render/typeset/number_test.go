package typeset

import (
	"math/rand/v2"
	"net/netip"
	"strconv"
	"testing"
)

func TestAppendHexUint(t *testing.T) {
	numbers := []uint64{0, 1, 15, 16, 255, 256, 1<<64 - 1}
	for range 1000 {
		numbers = append(numbers, rand.Uint64()>>rand.IntN(64))
	}
	for _, v := range numbers {
		if got, want := string(AppendHexUint([]byte("x"), v)), "x"+strconv.FormatUint(v, 16); got != want {
			t.Errorf("appendHexUint(%#x) = %s", v, got)
		}
	}
}

func TestAppendAddr(t *testing.T) {
	for octet := range 256 {
		b := byte(octet)
		addr := netip.AddrFrom4([4]byte{b, 255 - b, b, b / 2})
		if got := string(AppendAddr(nil, addr)); got != addr.String() {
			t.Errorf("appendAddr(%v) = %s", addr, got)
		}
	}
	for _, text := range []string{"::", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "2001:db8:1:2:3:4:5:6"} {
		if got := string(AppendAddr(nil, netip.MustParseAddr(text))); got != text {
			t.Errorf("appendAddr(%s) = %s", text, got)
		}
	}
}

func TestAppendPort(t *testing.T) {
	for port := range 1 << 16 {
		if got := string(AppendPort(nil, uint16(port))); got != strconv.Itoa(port) {
			t.Fatalf("appendPort(%d) = %s", port, got)
		}
	}
}
