package health

import (
	"math/bits"
	"net/netip"

	"tcpstat/tcp"
)

// portSet is a set of ports.
type portSet [1 << 16 / 64]uint64

// add reports whether a port is new to the set.
func (p *portSet) add(port uint16) bool {
	word, bit := &p[port/64], uint64(1)<<(port%64)
	added := *word&bit == 0
	*word |= bit
	return added
}

func (p *portSet) count() (n int) {
	for _, word := range p {
		n += bits.OnesCount64(word)
	}
	return n
}

// alone gives the ports that one of the list has and no other.
func alone(list []uint16) portSet {
	var seen, again portSet
	for _, port := range list {
		if !seen.add(port) {
			again.add(port)
		}
	}
	for i := range seen {
		seen[i] &^= again[i]
	}
	return seen
}

// heldPorts are the local ports that connect() passes over since a socket without
// connection is bound to them, at whatever address (__inet_hash_connect() in
// net/ipv4/inet_hashtables.c).
type heldPorts struct {
	n, bound int // all, and those of BOUND sockets
	holders  sample
}

func (c *Census) heldPorts(local *tcp.LocalPorts) (held heldPorts) {
	var set portSet
	for i := range c.limits.bound {
		b := &c.limits.bound[i]
		if local.Has(b.local.Port()) && set.add(b.local.Port()) {
			held.bound++
			held.holders.add(b.inode)
		}
	}
	for i := range c.queues {
		if port := c.queues[i].Local.Port(); local.Has(port) {
			set.add(port)
		}
	}
	held.n = set.count()
	return held
}

// crowded gives sockets of the routes and addresses that may have come near the end of
// the local ports, and of those who hold ports beside them.
func (c *Census) crowded(local *tcp.LocalPorts) (lists []sample) {
	held := c.heldPorts(local)
	size := local.Count()
	near := func(ports int) bool { return 100*ports >= int(portBudget.Limits[0].Warning.Start)*size }
	for _, use := range c.limits.routes {
		if near(use.ports - use.reusable + held.n) {
			lists = append(lists, use.holders)
		}
	}
	for _, source := range c.limits.sources {
		if near(source.tied(size)) {
			lists = append(lists, source.holders)
		}
	}
	if near(c.limits.fullest() + held.n) {
		lists = append(lists, held.holders)
	}
	return lists
}

// portBudget measures what part of the local ports is taken.
func (j *judge) portBudget() {
	local, known := j.facts.localPorts()
	if !known {
		j.cannot(NoSettings)
		return
	}
	c := j.facts.Census
	held := c.heldPorts(&local)
	if 2*held.n > local.Count() {
		j.portsBound(held, c.limits.fullest(), local.Count())
		return
	}
	for r, use := range c.limits.routes {
		j.portsOfRoute(r, use, held, &local)
	}
	for _, source := range c.limits.sources {
		j.portsOfSource(source, local.Count())
	}
}

// portsBound measures the ports that are held without a connection, and beside them
// those of the fullest route.
func (j *judge) portsBound(held heldPorts, fullest, size int) {
	j.findPorts(&finding{diagnosis: &portsBound, inodes: j.majority(held.holders), evidence: []Evidence{
		{"bound", float64(held.bound)}, {"ports", float64(fullest)}, {"range", float64(size)},
	}}, held.n+fullest, size)
}

// portsOfRoute measures the ports that the connections of one route cannot have.
func (j *judge) portsOfRoute(r route, use *routeUse, held heldPorts, local *tcp.LocalPorts) {
	size := local.Count()
	subject := Subject{Kind: Route, Local: netip.AddrPortFrom(r.local, 0), Remote: r.remote}
	taken := use.ports - use.reusable + held.n
	evidence := []Evidence{{"ports", float64(use.ports)}, {"range", float64(size)}}
	if 2*taken <= size { // there may be as many as connections
		j.found(subject, []float64{share(float64(taken), float64(size))}, evidence...)
		return
	}
	j.findPorts(&finding{
		subject: subject, diagnosis: use.diagnosis(local), inodes: j.majority(use.holders),
		evidence: append(evidence, Evidence{"bound", float64(held.bound)}, Evidence{"reserved", float64(local.Reserved())},
			Evidence{"time_wait", float64(use.waiting)}, Evidence{"free_ms", float64(use.free.Milliseconds())}),
		names: []Name{{"source", r.local.String()}, {"peer", r.remote.String()}},
	}, taken, size)
}

// diagnosis tells what a route takes up its ports with.
func (use *routeUse) diagnosis(local *tcp.LocalPorts) *Diagnosis {
	switch {
	case local.Reserved() > local.Count():
		return &portsReserved
	case 2*use.waiting <= use.ports:
		return &portsOpen
	case len(use.holders) > 0:
		return &portsWaiting
	}
	return &portsForgotten
}

// tied is how many ports carry a single connection, if those are more than plain connects
// explain, else 0. connect() takes every second port of the range first and shares ports
// between destinations, so that this many are those of the fullest route, or half of all
// (__inet_hash_connect()). A tenth is left for chance.
func (s *portSource) tied(size int) int {
	if 2*len(s.ports) <= size {
		return 0
	}
	single := alone(s.ports)
	if n := single.count(); n > max(s.busiest, size/2)+size/10 {
		return n
	}
	return 0
}

// portsOfSource measures the ports of one address that are tied to one connection each.
func (j *judge) portsOfSource(source *portSource, size int) {
	n := source.tied(size)
	if n == 0 {
		return
	}
	j.findPorts(&finding{
		subject:   Subject{Kind: Source, Local: netip.AddrPortFrom(source.addr, 0)},
		diagnosis: &portsTied,
		inodes:    j.majority(source.holders),
		evidence:  []Evidence{{"ports", float64(n)}, {"range", float64(size)}},
		names:     []Name{{"source", source.addr.String()}},
	}, n, size)
}

func (j *judge) findPorts(f *finding, taken, size int) {
	f.values = []float64{share(float64(taken), float64(size))}
	if taken >= size {
		f.title = portsUsedUp
	}
	j.find(f)
}

// majority gives those of some sockets that one process holds, if it holds half of them
// and more; else all of them.
func (j *judge) majority(some sample) sample {
	of := map[int32]sample{}
	for _, inode := range some {
		for _, owner := range j.facts.Owners[inode] {
			of[owner.PID] = append(of[owner.PID], inode)
			if 2*len(of[owner.PID]) >= len(some) {
				return of[owner.PID]
			}
		}
	}
	return some
}
