package health

import (
	"net/netip"
	"strconv"

	"tcpstat/tcp"
)

// timeWaits is how many sockets are in TIME_WAIT, and how many there may be.
func (f *Facts) timeWaits() (n, most int) {
	return f.Census.states[tcp.TimeWait], int(f.Settings[tcp.MaxTWBuckets])
}

// closersFirst tells by whom most of the sockets in TIME_WAIT were opened, and gives
// some of the sockets of those programs. Who is in TIME_WAIT has closed first.
func (c *Census) closersFirst() (opener tcp.Opener, holders sample) {
	l := &c.limits
	half := c.states[tcp.TimeWait] / 2
	switch {
	case l.waiting[tcp.OpenedPassive] > half:
		port, _ := l.busiestAccepted()
		for q := range c.listeners {
			if q.Local.Port() == port {
				holders.add(q.Inode)
			}
		}
		return tcp.OpenedPassive, holders
	case l.waiting[tcp.OpenedActive] > half:
		peer, _ := l.busiestPeer()
		for r, use := range l.routes {
			if r.remote == peer {
				for _, inode := range use.holders {
					holders.add(inode)
				}
			}
		}
		return tcp.OpenedActive, holders
	}
	return tcp.OpenerUnknown, nil
}

// busiestAccepted is the port that most of the accepted sockets in TIME_WAIT have.
func (l *limits) busiestAccepted() (port uint16, n int) {
	for p, of := range l.accepted {
		if of > n || of == n && p < port {
			port, n = p, of
		}
	}
	return port, n
}

// busiestPeer is the peer that most of the opened sockets in TIME_WAIT lead to.
func (l *limits) busiestPeer() (peer netip.AddrPort, n int) {
	of := map[netip.AddrPort]int{}
	for r, use := range l.routes {
		of[r.remote] += use.waiting
		if now := of[r.remote]; now > n || now == n && r.remote.Compare(peer) < 0 {
			peer, n = r.remote, now
		}
	}
	return peer, n
}

// twOverflow measures how full the table of TIME_WAIT is, and tells who fills it.
func (j *judge) twOverflow() {
	n, most := j.facts.timeWaits()
	if _, known := j.facts.Settings[tcp.MaxTWBuckets]; !known {
		j.cannot(NoSettings)
		return
	}
	overflows := unknown
	if d, ok := j.difference("TcpExt", "TCPTimeWaitOverflow"); ok {
		overflows = d
	}
	f := &finding{
		values:   []float64{share(float64(n), float64(most)), overflows},
		evidence: []Evidence{{"time_wait", float64(n)}, {"limit", float64(most)}},
	}
	if n < most && !(overflows > 0) {
		f.title = twNearlyFull
	}
	if 2*n > most {
		j.closedFirst(f)
	}
	j.find(f)
}

// closedFirst says which side closes first, and where most of it happens.
func (j *judge) closedFirst(f *finding) {
	l := &j.facts.Census.limits
	opener, holders := j.facts.Census.closersFirst()
	switch opener {
	case tcp.OpenedPassive:
		port, n := l.busiestAccepted()
		f.diagnosis, f.names = &serverCloses, []Name{{"port", strconv.Itoa(int(port))}}
		f.evidence = append(f.evidence, Evidence{"accepted", float64(l.waiting[opener])}, Evidence{"at_port", float64(n)})
	case tcp.OpenedActive:
		peer, n := l.busiestPeer()
		f.diagnosis, f.names = &clientCloses, []Name{{"peer", peer.String()}}
		f.evidence = append(f.evidence, Evidence{"opened", float64(l.waiting[opener])}, Evidence{"to_peer", float64(n)})
	}
	f.inodes = j.majority(holders)
}
