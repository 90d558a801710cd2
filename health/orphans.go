package health

import (
	"net/netip"

	"tcpstat/tcp"
)

// orphans measures what the kernel keeps for programs that have closed, and how many of
// those it has given up.
func (j *judge) orphans() {
	most, known := j.facts.Settings[tcp.MaxOrphans]
	n, counted := j.total("TCP", "orphan")
	reset, watched := j.difference("TcpExt", "TCPAbortOnMemory")
	f := &finding{values: []float64{unknown, unknown}}
	if watched {
		f.values[1] = reset
	}
	switch {
	case known && counted:
		f.values[0] = share(n, float64(most))
		f.evidence = []Evidence{{"orphans", n}, {"limit", float64(most)}}
		if f.values[0] >= 50 {
			f.title = orphansFull
		}
	case reset > 0: // of this namespace, though the limit is the host's
	case !known:
		j.cannot(HostWide)
		return
	default:
		j.cannot(NotCounted)
		return
	}
	total, told := j.total("TcpExt", "TCPAbortOnMemory")
	if told {
		f.evidence = append(f.evidence, Evidence{"reset_since_boot", total})
	}
	here := j.orphansOf(f)
	switch {
	case reset > 0 && here:
		f.diagnosis, f.title = &orphansResetOfPeer, tcp.Text{}
	case reset > 0:
		f.diagnosis, f.title = &orphansReset, tcp.Text{}
	case here && told:
		f.diagnosis = &orphansOfPeer
	}
	j.find(f)
}

// orphansOf adds whose the orphans of this namespace are, if there are any; the kernel's
// number is that of the host.
func (j *judge) orphansOf(f *finding) bool {
	c := j.facts.Census
	var peer netip.Addr
	most, all := 0, 0
	for addr, n := range c.limits.orphans {
		all += n
		if n > most || n == most && addr.Less(peer) {
			peer, most = addr, n
		}
	}
	f.evidence = append(f.evidence, Evidence{"here", float64(all)})
	if most == 0 {
		return false
	}
	f.evidence = append(f.evidence, Evidence{"of_peer", float64(most)})
	f.names = []Name{{"peer", peer.String()}}
	return true
}
