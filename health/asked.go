package health

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"tcpstat/tcp"
)

// askedPort is who has a local port that the rule listener asks for, beside listeners.
type askedPort struct {
	connections, waiting int           // the latter in TIME_WAIT
	free                 time.Duration // until the last of those has gone
	holders              sample
}

// AskFor tells which rules will be asked for: of the port of a listener more is counted.
// It is to be called before the first row.
func (c *Census) AskFor(rules []Asked) {
	c.limits.asked = map[uint16]*askedPort{}
	for _, a := range rules {
		if a.Rule == &listenerMissing {
			c.limits.asked[a.Port] = &askedPort{}
		}
	}
}

func (a *askedPort) add(s *tcp.Socket) {
	if s.State == tcp.TimeWait {
		a.waiting++
		a.free = max(a.free, s.Timer.Expires)
		return
	}
	a.connections++
	a.holders.add(s.Inode.Or(0))
}

// missing are the ports that are asked for and have no listener, in order.
func (c *Census) missing() (ports []uint16) {
	for port := range c.limits.asked {
		if len(c.listenersOn(port)) == 0 {
			ports = append(ports, port)
		}
	}
	slices.Sort(ports)
	return ports
}

// listenersOn gives where a port is listened on.
func (c *Census) listenersOn(port uint16) (at []netip.AddrPort) {
	for q := range c.listeners {
		if q.Local.Port() == port {
			at = append(at, q.Local)
		}
	}
	return at
}

// boundTo are the BOUND sockets of a port.
func (l *limits) boundTo(port uint16) (held struct {
	at      []netip.AddrPort
	holders sample
},
) {
	for i := range l.bound {
		if b := &l.bound[i]; b.local.Port() == port {
			held.at = append(held.at, b.local)
			held.holders.add(b.inode)
		}
	}
	return held
}

// judgeListener counts the listeners of a port, and says who has it if there is none.
func (j *judge) judgeListener() {
	c := j.facts.Census
	at := c.listenersOn(j.port)
	f := &finding{subject: Subject{Kind: Port, Port: j.port}, values: []float64{float64(len(at))}}
	switch {
	case len(at) == 0:
		j.whoHasPort(f)
	case !slices.ContainsFunc(at, func(a netip.AddrPort) bool { return !a.Addr().Unmap().IsLoopback() }):
		f.diagnosis = &listensInside
	}
	if len(at) > 0 {
		f.names = []Name{{"listens_on", endsText(at)}}
	}
	j.find(f)
}

// whoHasPort says what a bind() to a port without listener would meet.
func (j *judge) whoHasPort(f *finding) {
	l := &j.facts.Census.limits
	asked, bound := l.asked[j.port], l.boundTo(j.port)
	switch {
	case len(bound.at) > 0:
		f.diagnosis, f.inodes = &portBound, bound.holders
		f.evidence = []Evidence{{"bound", float64(len(bound.at))}}
		f.names = []Name{{"bound_to", endsText(bound.at)}}
	case asked == nil:
	case asked.connections > 0:
		f.diagnosis, f.inodes = &portInUse, asked.holders
		f.evidence = []Evidence{{"connections", float64(asked.connections)}, {"time_wait", float64(asked.waiting)}}
	case asked.waiting > 0:
		f.diagnosis = &portWaiting
		f.evidence = []Evidence{{"time_wait", float64(asked.waiting)}, {"free_ms", float64(asked.free.Milliseconds())}}
	}
}

// endsText lists endpoints, each once and not too many.
func endsText(ends []netip.AddrPort) string {
	var words []string
	for _, end := range ends {
		if text := endText(end); !slices.Contains(words, text) {
			words = append(words, text)
		}
		if len(words) == 4 {
			words[3] = "…"
			break
		}
	}
	return strings.Join(words, ", ")
}
