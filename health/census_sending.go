package health

import (
	"net/netip"
	"time"

	"tcpstat/tcp"
)

// service is what was accepted at one local port.
type service struct {
	accepted int
	sample   []uint64 // inodes of some, which tell who accepts
}

// samples is how many sockets of a service tell who accepts.
const samples = 16

// serve counts a connection that a program has accepted.
func (c *Census) serve(s *tcp.Socket, v *tcp.View) {
	if v.Opener != tcp.OpenedPassive || s.Inode.Or(0) == 0 {
		return
	}
	at := c.services[s.Local.Port()]
	if at == nil {
		at = new(service)
		c.services[s.Local.Port()] = at
	}
	at.accepted++
	if len(at.sample) < samples {
		at.sample = append(at.sample, s.Inode.Or(0))
	}
}

// sampleAt gives some of the sockets that were accepted at a port.
func (c *Census) sampleAt(port uint16) []uint64 {
	if at := c.services[port]; at != nil {
		return at.sample
	}
	return nil
}

// waiting gives the worst of the sockets that wait for an answer.
func (c *Census) waiting() []uint64 {
	inodes := []uint64{c.shut.inode}
	for _, peers := range [...]map[netip.Addr]*silentPeer{c.stuck, c.probed} {
		for _, peer := range peers {
			if !c.tolerated(peer) {
				inodes = append(inodes, peer.worst.inode)
			}
		}
	}
	return inodes
}

// silentPeer is a peer that leaves something unanswered: data that was sent, or
// keepalive probes.
type silentPeer struct {
	opened   int // connections that a program here has opened
	accepted int // and others
	worst    worstSocket
	silence  time.Duration // since the peer was heard on the worst
	since    time.Duration // that the worst has waited for an answer
	mss      uint64
	large    bool // it waits with segments of full size, and has hardly had one acknowledged
	early    bool // a probe came sooner than the settings allow
	ends     time.Duration
}

// silent counts a socket that waits for an answer at its peer. It gives the peer if the
// socket is its worst.
func (c *Census) silent(peers map[netip.Addr]*silentPeer, tries float64, s *tcp.Socket, v *tcp.View) *silentPeer {
	addr := s.Remote.Addr().Unmap()
	peer := peers[addr]
	if peer == nil {
		peer = new(silentPeer)
		peers[addr] = peer
	}
	if v.Opener == tcp.OpenedActive {
		peer.opened++
	} else {
		peer.accepted++
	}
	c.stuckInodes[s.Inode.Or(0)]++
	if tries <= peer.worst.value {
		return nil
	}
	peer.worst = worstSocket{}
	peer.worst.offer(tries, s)
	return peer
}

// tolerated reports whether the peer is one of those clients that vanish every day: a
// part of those of a service, and not a server that a program here depends on.
func (c *Census) tolerated(peer *silentPeer) bool {
	at := c.services[peer.worst.local.Port()]
	return peer.opened == 0 && peer.accepted < fewSockets && at != nil && fewSockets*peer.accepted < at.accepted
}

// stuckData looks at a connection whose data is not acknowledged.
func (c *Census) stuckData(s *tcp.Socket, v *tcp.View) {
	if s.Timer.Retransmits < stuckRetries {
		return
	}
	peer := c.silent(c.stuck, float64(s.Timer.Retransmits), s, v)
	if peer == nil {
		return
	}
	heard, _ := s.Info.Duration(tcp.InfoLastAckRecv)
	mss, _ := s.Info.Get(tcp.InfoSendMSS)
	delivered, _ := s.Info.Get(tcp.InfoDelivered)
	acked, _ := s.Info.Get(tcp.InfoBytesAcked)
	rto := s.RTO.Or(0)
	peer.silence, peer.mss = heard, mss
	peer.since = rto - rto>>s.Timer.Retransmits // the waits that are over
	peer.large = mss > 0 && uint64(s.SendQueue) >= mss && 2*acked < max(1, delivered)*mss
}

// stuckRetries is from how many retransmissions on data counts as stuck.
const stuckRetries = 3

// carried reports whether another connection of the same socket goes on: a subflow of
// Multipath TCP has the inode of its connection.
func (c *Census) carried(inode uint64) bool {
	if inode == 0 {
		return false
	}
	n := 0
	for _, other := range c.inodes {
		if other == inode {
			n++
		}
	}
	return n > c.stuckInodes[inode]
}

// alive reports whether a peer was heard after it had left something unanswered for so
// long, on that connection or on another.
func (c *Census) alive(peer *silentPeer) bool {
	if peer.since > 0 && peer.silence < peer.since {
		return true
	}
	sent := c.sent[peer.worst.remote.Addr().Unmap()]
	if sent == nil {
		return false
	}
	heard, known := sent.heard.Get()
	return known && heard < min(peer.since, peer.silence)
}

// unansweredProbes looks at a connection whose keepalive probes are not answered.
func (c *Census) unansweredProbes(s *tcp.Socket, v *tcp.View) {
	if s.Timer.Probes < keepaliveProbes {
		return
	}
	peer := c.silent(c.probed, float64(s.Timer.Probes), s, v)
	if peer == nil {
		return
	}
	peer.silence, _ = s.Info.Duration(tcp.InfoLastAckRecv)
	if f, known := v.Forecast.Get(); known {
		peer.ends = f.GivesUp
	}
	if most, own := v.OwnKeepalive.Get(); own {
		peer.ends, peer.early = most, true
	}
}

// keepaliveProbes is from how many unanswered probes on a peer counts as gone.
const keepaliveProbes = 3
