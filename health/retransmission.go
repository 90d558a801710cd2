package health

import (
	"net/netip"
	"time"

	"tcpstat/tcp"
)

// Retransmission is what the kernel's counters tell of segments that were sent
// again. What the kernel does not count is absent.
type Retransmission struct {
	Sent     tcp.Opt[int64] // segments but for those sent again (OutSegs)
	Received tcp.Opt[int64] // segments (InSegs)
	Again    tcp.Opt[int64] // segments sent again (RetransSegs)

	// The ratios, as fractions. With nothing below the line they are absent.
	Wire tcp.Opt[float64] // RetransSegs/OutSegs
	Data tcp.Opt[float64] // (RetransSegs - TCPSynRetrans)/TCPOrigDataSent
	Syn  tcp.Opt[float64] // TCPSynRetrans/(ActiveOpens + PassiveOpens); it can exceed 1

	// What stands below the line of Data and Syn.
	Originals tcp.Opt[int64] // segments with data, sent for the first time
	Opens     tcp.Opt[int64] // connections opened, both ways

	// What Again is made of. No segment is in two of these, and together they are
	// all, but for segments that were sent while the kernel's files were read.
	Fast      tcp.Opt[int64] // TCPFastRetrans
	SlowStart tcp.Opt[int64] // TCPSlowStartRetrans
	Syns      tcp.Opt[int64] // SYNs and SYN+ACKs (TCPSynRetrans)
	Rest      tcp.Opt[int64] // by the timer itself, or as a loss probe

	// What overlaps with the parts: a timeout may be that of a SYN or the one that
	// gives up, or be spared because the first one has not left the machine yet; a
	// loss probe may send new data.
	Timeouts tcp.Opt[int64] // TCPTimeouts
	Probes   tcp.Opt[int64] // TCPLossProbes
	Needless Needless

	Verdict  Verdict
	Limit    float64 // per cent of Sent: the threshold that was reached, or the first one
	Culprit  Culprit
	Overflow int64 // ListenOverflows
	Blamed   Blamed
}

// Needless is what was sent again though the peer had it already, as it reports.
type Needless struct {
	Value   tcp.Opt[int64] // segments (TCPDSACKRecvSegs)
	Reports bool           // reports instead (TCPDSACKRecv), in kernels before 5.9
}

// Verdict judges retransmissions. The words are part of the JSON contract.
type Verdict string

// The verdicts. Without counters there is none.
const (
	NoVerdict       Verdict = ""
	VerdictOK       Verdict = "ok"
	VerdictWarning  Verdict = "warning"
	VerdictCritical Verdict = "critical"
	TooLittle       Verdict = "too_little"
)

// Culprit is where the loss points.
type Culprit uint8

// The culprits.
const (
	NoCulprit Culprit = iota
	AcceptQueue
	SynsOnly
	Delay // most of it was needless: the peers had it
	OnePeer
	Path // none of the others
)

// Retransmitted weighs counters: those since the network namespace was made, or
// by how much they rose in a window. The thresholds are those of the rule retrans.
func Retransmitted(counters tcp.Counters) Retransmission {
	in := func(name string) tcp.Opt[int64] { return counters.Get("Tcp", name) }
	ext := func(name string) tcp.Opt[int64] { return counters.Get("TcpExt", name) }
	r := Retransmission{
		Sent: in("OutSegs"), Received: in("InSegs"), Again: in("RetransSegs"),
		Fast: ext("TCPFastRetrans"), SlowStart: ext("TCPSlowStartRetrans"), Syns: ext("TCPSynRetrans"),
		Timeouts: ext("TCPTimeouts"), Probes: ext("TCPLossProbes"),
		Needless:  Needless{Value: ext("TCPDSACKRecvSegs")},
		Originals: ext("TCPOrigDataSent"), Opens: sum(in("ActiveOpens"), in("PassiveOpens")),
		Overflow: ext("ListenOverflows").Or(0),
	}
	if _, known := r.Needless.Value.Get(); !known {
		r.Needless = Needless{ext("TCPDSACKRecv"), true}
	}
	r.Wire = fraction(r.Again, r.Sent)
	r.Data = fraction(rest(r.Again, r.Syns), r.Originals)
	r.Syn = fraction(r.Syns, r.Opens)
	r.Rest = rest(r.Again, r.Fast, r.SlowStart, r.Syns)
	r.judge()
	return r
}

// Exceeded reports whether the parts are more than the whole: the kernel counts
// on while its files are read, one after the other.
func (r *Retransmission) Exceeded() bool {
	_, known := r.Rest.Get()
	return known && r.Fast.Or(0)+r.SlowStart.Or(0)+r.Syns.Or(0) > r.Again.Or(0)
}

func (r *Retransmission) judge() {
	limit := retrans.Limits[0]
	r.Limit = limit.Warning.Start
	sent, okSent := r.Sent.Get()
	again, okAgain := r.Again.Get()
	switch {
	case !okSent || !okAgain:
		return
	case sent < LeastSegments:
		r.Verdict = TooLittle
		return
	}
	lossy := func(again int64) Status {
		metric := limit.measured(share(float64(again), float64(sent)))
		return metric.Status()
	}
	switch lossy(again) {
	case Warning:
		r.Verdict = VerdictWarning
	case Critical:
		r.Verdict, r.Limit = VerdictCritical, limit.Critical.Start
	default:
		r.Verdict = VerdictOK
		return
	}
	r.blameCounters(again)
}

// blameCounters looks where the counters alone point.
func (r *Retransmission) blameCounters(again int64) {
	switch {
	case 2*r.Overflow >= again:
		r.Culprit = AcceptQueue
	case 2*r.Syns.Or(0) >= again:
		r.Culprit = SynsOnly
	case 100*r.Needless.Value.Or(0) >= mostlyNeedless*(again-r.Syns.Or(0)):
		r.Culprit, r.Verdict, r.Limit = Delay, VerdictWarning, retrans.Limits[0].Warning.Start // nothing is lost
		if 100*r.Wire.Or(0) < needlessRetrans.Limits[0].Warning.Start {
			r.Verdict = VerdictOK
		}
	default:
		r.Culprit = Path
	}
}

// Blamed is the peer to which most was sent again on live connections.
type Blamed struct {
	Looked bool // the connections were looked at
	Peer   netip.Addr
	Part   float64 // of all bytes that live connections have sent again
	Others int     // peers beside it
}

// standsOut is how many times more of what is sent to a peer must be sent again than of
// what is sent to all others, for the loss to be on the way to it alone.
const standsOut = 3

// Blame looks whether one peer has the loss that is on no other account.
func (r *Retransmission) Blame(peers Peers) {
	if r.Culprit != Path {
		return
	}
	r.Blamed = peers.worst()
	if only := r.Blamed.Others == 0; r.Blamed.Part > 0 && (only || peers.standsOut(r.Blamed.Peer)) {
		r.Culprit = OnePeer
	}
}

// Peers sums up what live connections have sent to each peer since they began. Make it
// with Peers{}, and fill it by [Peers.Add].
type Peers map[netip.Addr]*transmitted

// transmitted sums up the live connections with a peer, in bytes.
type transmitted struct {
	sent, again uint64                 // what was sent again needlessly is not in again
	heard       tcp.Opt[time.Duration] // ago, on those that wait for nothing
	needless    uint64                 // segments that the peer had already (DSACK)
	late        uint64                 // of those, on connections whose round trips have grown
}

// Add counts one socket. Of one without tcp_info nothing is known.
func (p Peers) Add(s *tcp.Socket) {
	sent, known := s.Info.Get(tcp.InfoBytesSent)
	if !known || sent == 0 || !s.HasRemote() {
		return
	}
	again, _ := s.Info.Get(tcp.InfoBytesRetrans)
	needless, late := needlessOf(s)
	if all, _ := s.Info.Get(tcp.InfoTotalRetrans); all > 0 {
		again -= again / all * min(needless, all)
	}
	peer := s.Remote.Addr().Unmap()
	t := p[peer]
	if t == nil {
		t = new(transmitted)
		p[peer] = t
	}
	t.sent, t.again = t.sent+sent, t.again+again
	t.needless += needless
	if late {
		t.late += needless
	}
	if ago, told := s.Info.Duration(tcp.InfoLastAckRecv); told && s.Timer.Retransmits == 0 && s.Timer.Probes == 0 {
		t.heard = tcp.Some(min(ago, t.heard.Or(ago)))
	}
}

// needlessOf is how many segments the peer had already when they were sent again, and
// whether round trips have grown meanwhile: then they, or their acknowledgements, were
// late.
func needlessOf(s *tcp.Socket) (n uint64, late bool) {
	n, _ = s.Info.Get(tcp.InfoDSACKDups)
	rtt, known := s.Info.Get(tcp.InfoRTT)
	least, _ := s.Info.Get(tcp.InfoMinRTT)
	const grown = 10_000 // us, more than the clock of a kernel is coarse
	return n, known && rtt > 2*least+grown
}

// needless adds up what was sent again needlessly, and gives the peer that has most of
// it, if it has four fifths.
func (p Peers) needless() (sum transmitted, most netip.Addr) {
	var worst uint64
	for addr, t := range p {
		sum.needless, sum.late = sum.needless+t.needless, sum.late+t.late
		if t.needless > worst {
			worst, most = t.needless, addr
		}
	}
	if 5*worst < 4*sum.needless {
		most = netip.Addr{}
	}
	return sum, most
}

// standsOut reports whether what is sent to a peer is lost far more often than what is
// sent to the others together.
func (p Peers) standsOut(peer netip.Addr) bool {
	one, others := p[peer], p.others(peer)
	return one != nil && one.sent > 0 && others.sent > 0 && one.loss() > standsOut*others.loss()
}

// others sums up what was sent to all peers but one.
func (p Peers) others(peer netip.Addr) (sum transmitted) {
	for addr, t := range p {
		if addr != peer {
			sum.sent, sum.again = sum.sent+t.sent, sum.again+t.again
		}
	}
	return sum
}

// loss is the part of what was sent that had to be sent again.
func (t *transmitted) loss() float64 { return float64(t.again) / float64(t.sent) }

// worst finds the peer to which most was sent again; of equal ones the first, so
// that two looks say the same.
func (p Peers) worst() Blamed {
	blamed := Blamed{Looked: true}
	var all, most uint64
	for peer, t := range p {
		all += t.again
		if t.again > most || t.again == most && most > 0 && peer.Less(blamed.Peer) {
			most, blamed.Peer = t.again, peer
		}
	}
	if most > 0 {
		blamed.Part = float64(most) / float64(all)
		blamed.Others = len(p) - 1
	}
	return blamed
}

// fraction divides counters.
func fraction(part, whole tcp.Opt[int64]) tcp.Opt[float64] {
	p, ok := part.Get()
	w, okWhole := whole.Get()
	if !ok || !okWhole || w <= 0 {
		return tcp.Opt[float64]{}
	}
	return tcp.Some(float64(p) / float64(w))
}

// rest is what is left of a whole without its parts, at least 0.
func rest(whole tcp.Opt[int64], parts ...tcp.Opt[int64]) tcp.Opt[int64] {
	left, ok := whole.Get()
	for _, part := range parts {
		n, known := part.Get()
		left, ok = left-n, ok && known
	}
	if !ok {
		return tcp.Opt[int64]{}
	}
	return tcp.Some(max(0, left))
}

// sum adds counters. One that is not known makes the sum unknown.
func sum(a, b tcp.Opt[int64]) tcp.Opt[int64] {
	x, ok := a.Get()
	y, okY := b.Get()
	if !ok || !okY {
		return tcp.Opt[int64]{}
	}
	return tcp.Some(x + y)
}
