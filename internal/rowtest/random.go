package rowtest

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// Generator makes sockets that no kernel would: every field takes any value.
type Generator struct{ *rand.Rand }

// NewGenerator is seeded anew for every run; a failing test prints the seed.
func NewGenerator(t *testing.T) Generator {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return Generator{rand.New(rand.NewPCG(seed, 0))}
}

// Maybe is true half of the time.
func (g Generator) Maybe() bool { return g.IntN(2) == 0 }

func (g Generator) addr(family tcp.Family) netip.Addr {
	var b [16]byte
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	switch {
	case family == tcp.IPv4 && g.IntN(8) == 0:
		return netip.IPv4Unspecified()
	case family == tcp.IPv4:
		return netip.AddrFrom4([4]byte(b[:]))
	case g.IntN(4) == 0:
		return netip.IPv6Unspecified()
	case g.IntN(4) == 0:
		return netip.AddrFrom16(netip.AddrFrom4([4]byte(b[:])).As16())
	case g.Maybe():
		clear(b[2:13])
	}
	return netip.AddrFrom16(b)
}

func (g Generator) port() uint16 {
	if g.IntN(8) == 0 {
		return 0
	}
	return uint16(g.Uint32())
}

// Number has any number of digits.
func (g Generator) Number() uint64 { return g.Uint64() >> g.IntN(64) }

func (g Generator) number32() uint32 { return g.Uint32() >> g.IntN(32) }

// HostileNames are names that a program may have.
var HostileNames = []string{
	"", "nginx", "/usr/sbin/sshd", "postgres: writer process", "a very long name that goes on and on and on and on",
	"\x1b[2J", "line\nfeed", `quote" back\slash`, "작업자", "👩‍💻", "e\u0301\u0301\u0301", "\u202eexe.gpj", "\xff\xfe\xc3", "tab\there", "\x00", "\x7f", "\u009b31m",
	strings.Repeat("long", 60), strings.Repeat("긴", 40),
}

// Name is one of them.
func (g Generator) Name() string { return HostileNames[g.IntN(len(HostileNames))] }

func (g Generator) specimen() Specimen {
	s := tcp.Socket{Family: tcp.IPv4, State: tcp.State(g.IntN(40)), Mini: g.IntN(8) == 0}
	if g.Maybe() {
		s.Family = tcp.IPv6
	}
	s.Local = netip.AddrPortFrom(g.addr(s.Family), g.port())
	if s.State != tcp.Listen && s.State != tcp.Bound {
		s.Remote = netip.AddrPortFrom(g.addr(s.Family), g.port())
	}
	s.RecvQueue, s.SendQueue = g.number32(), g.number32()
	s.Backlog = tcp.Backlog{Used: g.number32(), Limit: Some(g, g.number32()), Drops: Some(g, g.number32())}
	s.Timer = tcp.Timer{
		Code: uint8(g.IntN(8)), Expires: time.Duration(g.Number() >> 8),
		Retransmits: uint8(g.Number()), Probes: uint8(g.Number()),
	}
	s.Interface, s.V6Only = Some(g, g.number32()), Some(g, g.Maybe())
	s.UID, s.Inode, s.Cookie = Some(g, g.number32()), Some(g, g.Number()), Some(g, g.Number())
	s.RTO = Some(g, time.Duration(g.Number()>>1))
	if g.Maybe() {
		raw := make([]byte, g.IntN(320))
		for i := range raw {
			raw[i] = byte(g.Number())
		}
		s.Info.SetBytes(raw)
		s.Congestion = g.Name()
	}
	s.Memory = Some(g, tcp.Memory{ReceiveBuffer: g.number32(), Backlog: g.number32(), Drops: Some(g, g.number32())})
	s.Timer.Kind = tcp.KindOf(s.Timer.Code, s.State, s.Inode.Or(0) != 0)
	sp := Specimen{Socket: s, Hidden: g.Maybe(), Device: g.Name(), Cgroup: tcp.Cgroup{Path: g.Name(), Unit: g.Name(), Container: g.Name()}}
	for range g.IntN(4) * g.IntN(8) {
		sp.Holders = append(sp.Holders, g.holder())
	}
	return sp
}

func (g Generator) holder() tcp.Holder {
	p := &tcp.Process{PID: int32(g.number32() >> 1), Name: g.Name(), Command: g.Name()}
	if g.Maybe() {
		p.Exe, p.Cmdline, p.User = g.Name(), Some(g, g.Name()), g.Name()
	}
	if g.Maybe() {
		p.Started = time.Unix(int64(g.number32()), 0).UTC()
	}
	return tcp.Holder{Owner: tcp.Owner{PID: p.PID, FD: int32(g.IntN(1000))}, Process: p}
}

// Some makes a value that is there or not.
func Some[T any](g Generator, v T) tcp.Opt[T] {
	if g.Maybe() {
		return tcp.Opt[T]{}
	}
	return tcp.Some(v)
}

// Rows makes n rows.
func (g Generator) Rows(n int) []*listing.Row {
	specimens := make([]Specimen, n)
	for i := range specimens {
		specimens[i] = g.specimen()
	}
	rows := Rows(specimens)
	for _, r := range rows {
		if g.IntN(8) == 0 {
			r.Local = listing.Endpoint{Host: g.Name(), Service: g.Name()}
		}
	}
	return rows
}
