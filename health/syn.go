package health

import (
	"net/netip"

	"tcpstat/tcp"
)

// Values of tcp_syncookies.
const (
	cookiesOff    = 0
	cookiesAlways = 2
)

// synQueue counts the SYNs that a full queue did not take.
func (j *judge) synQueue() {
	cookies, ok := j.delta("TcpExt", "TCPReqQFullDoCookies")
	drops, okDrops := j.delta("TcpExt", "TCPReqQFullDrop")
	if !ok || !okDrops {
		return
	}
	f := &finding{evidence: []Evidence{{"cookies", cookies}}}
	sent, okSent := j.difference("TcpExt", "SyncookiesSent")
	back, okBack := j.difference("TcpExt", "SyncookiesRecv")
	if okSent && okBack {
		f.evidence = append(f.evidence, Evidence{"cookies_sent", sent}, Evidence{"cookies_back", back})
	}
	setting, known := j.facts.Settings[tcp.SynCookies]
	switch {
	case !known:
	case setting == cookiesOff:
		drops += j.droppedUnasked()
		f.evidence = append(f.evidence, Evidence{"dropped", drops})
		f.diagnosis = &synsDropped
	case !okSent || !okBack:
	case setting == cookiesAlways: // the kernel counts them as if the queue were full
		cookies = max(0, sent-back)
		f.diagnosis = &synsIgnored
	case 2*back < sent:
		f.diagnosis = &synFlood
	default:
		f.diagnosis = &synBurst
	}
	f.values = []float64{j.perSecond(cookies), drops}
	j.atFlooded(f)
	j.find(f)
}

// droppedUnasked is how many SYNs were dropped since the last quarter of
// tcp_max_syn_backlog is kept for known clients, which the kernel does while
// tcp_syncookies is 0 (tcp_conn_request() in net/ipv4/tcp_input.c). ListenDrops counts
// them, among others: it is asked only beside a queue that has come so far.
func (j *judge) droppedUnasked() float64 {
	all, ok := j.difference("TcpExt", "ListenDrops")
	if q := j.fullestSynQueue(); !ok || q == nil || float64(q.HalfOpen) < j.strangers() {
		return 0
	}
	overflows, _ := j.difference("TcpExt", "ListenOverflows")
	full, _ := j.difference("TcpExt", "TCPReqQFullDrop")
	return max(0, all-overflows-full)
}

// strangers is how many half-open connections of clients that it does not know the
// kernel keeps at one listener while tcp_syncookies is 0.
func (j *judge) strangers() float64 {
	most, known := j.facts.Settings[tcp.MaxSynBacklog]
	if !known || most <= 0 {
		return unknown
	}
	return float64(most - most/4)
}

// synLimit is how many half-open connections a listener may have, if that is known.
func (j *judge) synLimit(q *listenQueue) (limit float64, known bool) {
	backlog, known := q.Backlog.Limit.Get()
	limit = float64(backlog)
	if setting, ok := j.facts.Settings[tcp.SynCookies]; ok && setting == cookiesOff && j.strangers() < limit {
		limit = j.strangers()
	}
	return limit, known
}

// fullestSynQueue is the listener with the most half-open connections, nil if none has
// any.
func (j *judge) fullestSynQueue() (fullest *listenQueue) {
	queues := j.facts.Census.queues
	for i := range queues {
		if q := &queues[i]; q.HalfOpen > 0 && (fullest == nil || q.HalfOpen > fullest.HalfOpen) {
			fullest = q
		}
	}
	return fullest
}

// atFlooded makes the listener the subject whose SYN queue is full, or nearly so.
func (j *judge) atFlooded(f *finding) {
	q := j.fullestSynQueue()
	if q == nil {
		return
	}
	limit, known := j.synLimit(q)
	if !known || 4*float64(q.HalfOpen) < 3*limit {
		return
	}
	f.subject, f.inodes = listener(q), []uint64{q.Inode}
	f.evidence = append(f.evidence, q.halfOpen(limit)...)
	if _, busiest, most := q.sources(); f.diagnosis == &synFlood && 2*most > q.HalfOpen {
		f.diagnosis, f.names = &synFloodOfOne, []Name{{"source", busiest.String()}}
	}
}

// halfOpen is what is known of the half-open connections of a listener.
func (q *listenQueue) halfOpen(limit float64) []Evidence {
	sources, _, most := q.sources()
	return []Evidence{
		{"half_open", float64(q.HalfOpen)},
		{"sent_again", float64(q.Repeated)},
		{"limit", limit},
		{"sources", float64(sources)},
		{"of_source", float64(most)},
	}
}

// sources counts the addresses that have half-open connections, and names the one that
// has most.
func (q *listenQueue) sources() (n int, busiest netip.Addr, most int) {
	of := map[netip.Addr]int{}
	for _, source := range q.Sources {
		of[source]++
		if of[source] > most || of[source] == most && source.Less(busiest) {
			busiest, most = source, of[source]
		}
	}
	return len(of), busiest, most
}

// synRecvPile measures the half-open connections of each listener, where most do not
// answer.
func (j *judge) synRecvPile() {
	if !j.needDetails() {
		return
	}
	for i := range j.facts.Census.queues {
		q := &j.facts.Census.queues[i]
		if limit, known := j.synLimit(q); known && q.HalfOpen > 0 && 2*q.Repeated >= q.HalfOpen {
			j.find(j.pileOf(q, limit))
		}
	}
}

func (j *judge) pileOf(q *listenQueue, limit float64) *finding {
	_, busiest, most := q.sources()
	f := &finding{
		subject: listener(q), inodes: []uint64{q.Inode}, diagnosis: &pileOfMany,
		values:   []float64{share(float64(q.HalfOpen), limit)},
		evidence: q.halfOpen(limit),
	}
	setting, known := j.facts.Settings[tcp.SynCookies]
	switch {
	case !known:
		f.diagnosis = nil
	case setting == cookiesOff:
		f.diagnosis = &pileWithoutCookies
	case 2*most > q.HalfOpen:
		f.diagnosis = &pileOfOne
		f.names = []Name{{"source", busiest.String()}}
	}
	if float64(q.HalfOpen) >= limit {
		f.title = synQueue.Title
	}
	return f
}
