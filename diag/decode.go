package diag

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// sizeofInetDiagMsg is the size of struct inet_diag_msg
// (include/uapi/linux/inet_diag.h):
//
//	0 family  1 state  2 timer  3 retrans
//	4 sport  6 dport  8 src[16]  24 dst[16]  40 if  44 cookie
//	52 expires  56 rqueue  60 wqueue  64 uid  68 inode
const sizeofInetDiagMsg = 72

// decoder turns messages into sockets. It keeps what lasts longer than one
// socket: the memory for it, and the names already met.
type decoder struct {
	socket      tcp.Socket
	congestions map[string]string
	unasked     uint32 // attributes to pass over, as bits
}

// decode fills the decoder's socket from the payload of one message. The
// pointer is valid until the next call.
func (d *decoder) decode(payload []byte) (*tcp.Socket, error) {
	if len(payload) < sizeofInetDiagMsg {
		return nil, &MessageError{Length: len(payload)}
	}
	s := &d.socket
	*s = tcp.Socket{Family: tcp.IPv4}
	if payload[0] == unix.AF_INET6 {
		s.Family = tcp.IPv6
	}
	d.attributes(payload[sizeofInetDiagMsg:])
	decodeState(s, payload)
	decodeIdentity(s, payload)
	decodeQueues(s, payload)
	decodeTimer(s, payload)
	return s, nil
}

// decodeState also tells BOUND from CLOSE: the kernel reports its
// TCP_BOUND_INACTIVE as TCP_CLOSE, with a local port and no remote one.
func decodeState(s *tcp.Socket, m []byte) {
	s.State = tcp.State(m[1])
	if s.State == tcp.Close && port(m[4:]) != 0 && port(m[6:]) == 0 {
		s.State = tcp.Bound
	}
	_, full := s.Shutdown.Get() // sent for every full socket, never for a mini-socket
	s.Mini = s.State == tcp.TimeWait || m[2] == timerTimeWait || s.State == tcp.SynRecv && !full
}

// timerTimeWait is the timer code of a TIME_WAIT or FIN_WAIT2 mini-socket.
const timerTimeWait = 3

func decodeIdentity(s *tcp.Socket, m []byte) {
	s.Local = endpoint(s.Family, m[8:24], m[4:])
	if s.State != tcp.Listen && s.State != tcp.Bound {
		s.Remote = endpoint(s.Family, m[24:40], m[6:])
	}
	s.Interface = tcp.Some(binary.NativeEndian.Uint32(m[40:]))
	// The cookie is two words, the low one first, whatever the byte order.
	s.Cookie = tcp.Some(uint64(binary.NativeEndian.Uint32(m[48:]))<<32 | uint64(binary.NativeEndian.Uint32(m[44:])))
	if s.Mini {
		return // user and inode are placeholders
	}
	s.UID = tcp.Some(binary.NativeEndian.Uint32(m[64:]))
	s.Inode = tcp.Some(uint64(binary.NativeEndian.Uint32(m[68:])))
}

// decodeQueues gives the two queue fields their two meanings.
func decodeQueues(s *tcp.Socket, m []byte) {
	receive, send := binary.NativeEndian.Uint32(m[56:]), binary.NativeEndian.Uint32(m[60:])
	if s.State != tcp.Listen {
		s.RecvQueue, s.SendQueue = receive, send
		return
	}
	s.Backlog.Used, s.Backlog.Limit = receive, tcp.Some(send)
	if memory, ok := s.Memory.Get(); ok {
		s.Backlog.Drops = memory.Drops
	}
}

// decodeTimer splits idiag_retrans, which counts what its timer counts:
// retransmissions (icsk_retransmits, or a mini-socket's num_retrans) or
// unanswered probes (icsk_probes_out).
func decodeTimer(s *tcp.Socket, m []byte) {
	code := m[2]
	s.Timer = tcp.Timer{
		Kind:    tcp.KindOf(code, s.State, s.Inode.Or(0) != 0),
		Code:    code,
		Expires: expires(m[52:]),
	}
	switch s.Timer.Kind {
	case tcp.RetransmitTimer:
		s.Timer.Retransmits = m[3]
	case tcp.KeepaliveTimer, tcp.WindowProbe:
		s.Timer.Probes = m[3]
	}
}

// expires reads idiag_expires, in ms. Of an overdue timer it is 0, or on older
// kernels a negative number.
func expires(b []byte) time.Duration {
	return time.Duration(max(0, int32(binary.NativeEndian.Uint32(b)))) * time.Millisecond
}

func endpoint(f tcp.Family, addr, portBytes []byte) netip.AddrPort {
	if f == tcp.IPv6 {
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(addr)), port(portBytes))
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(addr)), port(portBytes))
}

func port(b []byte) uint16 { return binary.BigEndian.Uint16(b) }

// attributes walks the netlink attributes behind the message. An attribute that
// is unknown or too short for its field is passed over; one whose length is
// absurd ends the walk. What was read stays.
func (d *decoder) attributes(b []byte) {
	for len(b) >= unix.SizeofRtAttr {
		length := int(binary.NativeEndian.Uint16(b))
		if length < unix.SizeofRtAttr || length > len(b) {
			return
		}
		if kind := binary.NativeEndian.Uint16(b[2:]); d.unasked>>kind&1 == 0 {
			d.attribute(kind, b[unix.SizeofRtAttr:length])
		}
		b = b[min(align4(length), len(b)):]
	}
}

func (d *decoder) attribute(kind uint16, value []byte) {
	s := &d.socket
	switch kind {
	case attrInfo:
		s.Info.SetBytes(value)
		if rto, _ := s.Info.Duration(tcp.InfoRTO); rto > 0 { // a listener has none
			s.RTO = tcp.Some(rto)
		}
	case attrCong:
		s.Congestion = d.congestion(value)
	case attrSkMemInfo:
		s.Memory = skMemInfo(value)
	case attrShutdown:
		if len(value) >= 1 {
			s.Shutdown = tcp.Some(value[0])
		}
	case attrV6Only:
		if len(value) >= 1 {
			s.V6Only = tcp.Some(value[0] != 0)
		}
	case attrULPInfo:
		s.Subflow = s.Subflow || isMPTCP(value)
	case attrCgroupID:
		if len(value) >= 8 {
			s.CgroupID = tcp.Some(binary.NativeEndian.Uint64(value))
		}
	}
}

// isMPTCP reports whether the upper layer protocol (INET_ULP_INFO_NAME) is Multipath TCP.
func isMPTCP(info []byte) bool {
	const name = 1
	for len(info) >= unix.SizeofRtAttr {
		length := int(binary.NativeEndian.Uint16(info))
		if length < unix.SizeofRtAttr || length > len(info) {
			return false
		}
		if kind := binary.NativeEndian.Uint16(info[2:]); kind == name {
			return string(bytes.TrimRight(info[unix.SizeofRtAttr:length], "\x00")) == "mptcp"
		}
		info = info[min(align4(length), len(info)):]
	}
	return false
}

// congestion keeps one string per algorithm, so that no socket allocates one.
func (d *decoder) congestion(value []byte) string {
	if end := bytes.IndexByte(value, 0); end >= 0 {
		value = value[:end]
	}
	if name, ok := d.congestions[string(value)]; ok {
		return name
	}
	if d.congestions == nil {
		d.congestions = make(map[string]string)
	}
	name := string(value)
	d.congestions[name] = name
	return name
}

// skMemInfo decodes INET_DIAG_SKMEMINFO: words in the order of enum SK_MEMINFO_*,
// of which older kernels send fewer.
func skMemInfo(value []byte) tcp.Opt[tcp.Memory] {
	const oldest = 8 // words before SK_MEMINFO_DROPS
	if len(value) < 4*oldest {
		return tcp.Opt[tcp.Memory]{}
	}
	word := func(i int) uint32 { return binary.NativeEndian.Uint32(value[4*i:]) }
	m := tcp.Memory{
		ReceiveAllocated: word(0),
		ReceiveBuffer:    word(1),
		SendAllocated:    word(2),
		SendBuffer:       word(3),
		ForwardAllocated: word(4),
		SendQueued:       word(5),
		Options:          word(6),
		Backlog:          word(7),
	}
	if len(value) >= 4*(oldest+1) {
		m.Drops = tcp.Some(word(oldest))
	}
	return tcp.Some(m)
}
