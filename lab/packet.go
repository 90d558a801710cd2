package main

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// A packet is one of IPv4 without options.
type packet []byte

const (
	ipHeader  = 20
	tcpHeader = 20
)

// synPacket makes a SYN without options.
func synPacket(from, to netip.AddrPort) packet {
	p := make(packet, ipHeader+tcpHeader)
	p[0] = 4<<4 | ipHeader/4
	binary.BigEndian.PutUint16(p[2:], uint16(len(p)))
	p[8] = 64 // time to live
	p[9] = unix.IPPROTO_TCP
	copy(p[12:], from.Addr().AsSlice())
	copy(p[16:], to.Addr().AsSlice())
	segment := p[ipHeader:]
	binary.BigEndian.PutUint16(segment[0:], from.Port())
	binary.BigEndian.PutUint16(segment[2:], to.Port())
	segment[12] = tcpHeader / 4 << 4
	segment[13] = 1 << 1                               // SYN
	binary.BigEndian.PutUint16(segment[14:], 64<<10-1) // window
	return p
}

// sign sets the checksum of the segment in the packet. The kernel sets that of IP.
func (p packet) sign() {
	segment := p[ipHeader:]
	binary.BigEndian.PutUint16(segment[16:], 0)
	sum := uint32(unix.IPPROTO_TCP) + uint32(len(segment)) + words(p[12:ipHeader]) + words(segment)
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(segment[16:], ^uint16(sum))
}

// words is the sum of the 16-bit words in b.
func words(b []byte) (sum uint32) {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

// sendFrom sends the packet from a raw socket. The checksum of its segment may have
// been left to a network card.
func (p packet) sendFrom(raw int) error {
	p.sign()
	return unix.Sendto(raw, p, 0, &unix.SockaddrInet4{Addr: [4]byte(p[16:ipHeader])})
}

// rawSocket sends packets as they are.
func rawSocket() (fd int, err error) {
	return unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
}
