package tcp

import "time"

// Forecast is what the kernel will do if the peer stays silent, by the kernel's
// own time model and this machine's settings. A program can override them for
// its socket (TCP_USER_TIMEOUT, TCP_SYNCNT, TCP_KEEPCNT, TCP_RTO_MAX_MS), which
// the kernel does not report: every forecast carries that reservation.
type Forecast struct {
	Limit   uint32        // tries in all
	GivesUp time.Duration // from now until the connection is given up
}

// ForecastOf applies the model to a timer that is counting tries: a SYN, a
// retransmission, a probe that was not answered. It is absent for a timer that
// is only armed, for window probes that are answered (they go on for ever), and
// for a half-open mini-socket, whose count holds answers to repeated SYNs, and
// where the settings that it takes are not known.
func ForecastOf(s *Socket, sysctls Sysctls) Opt[Forecast] {
	switch t := &s.Timer; {
	case s.Mini:
	case t.Kind == RetransmitTimer && (s.State == SynSent || s.State == SynRecv):
		if sysctls.known(SynRetries, SynLinearTimeouts) {
			return s.forecastSYN(sysctls)
		}
	case t.Kind == RetransmitTimer && t.Retransmits > 0:
		if sysctls.known(Retries2, OrphanRetries, RTOMax) {
			return s.forecastRetransmission(sysctls)
		}
	case t.Kind == WindowProbe && t.Probes > 1: // one may only be answered late, see windowProbe
		if sysctls.known(Retries2, OrphanRetries, RTOMax) {
			return s.forecastProbe(sysctls)
		}
	case t.Kind == KeepaliveTimer && t.Probes > 0:
		if sysctls.known(KeepaliveProbes, KeepaliveInterval) {
			return s.forecastKeepalive(sysctls)
		}
	}
	return Opt[Forecast]{}
}

const (
	// rtoMin is TCP_RTO_MIN, the base of the kernel's limit whatever the RTO of
	// the socket.
	rtoMin = 200 * time.Millisecond

	// synWait is TCP_TIMEOUT_INIT, the first wait of a SYN.
	synWait = time.Second

	// lateness is the part of the waits to come by which timers will fire late, at
	// the least (measured: up to an eighth, as the kernel's timer wheel is
	// coarse). It decides where the limit is missed by a hair: with an RTO of
	// rtoMin the waits add up to one rtoMin less.
	lateness = 128

	// orphanTries is what tcp_orphan_retries 0 stands for (tcp_orphan_retries()
	// in net/ipv4/tcp_timer.c) while the wait is below its ceiling.
	orphanTries = 8

	// maxTries and longestInterval bound a simulation whatever the settings: a
	// record may say anything.
	maxTries        = 1 << 10
	longestInterval = 24 * time.Hour
)

// forecastRetransmission counts time (retransmits_timed_out() in
// net/ipv4/tcp_timer.c): the connection ends at the first time-out at which the
// time since the first retransmission reaches the limit. That is the first since
// nothing was missing (retrans_stamp), which is not reported: where a part of
// what was lost has come through since, the end comes sooner.
func (s *Socket) forecastRetransmission(sysctls Sysctls) Opt[Forecast] {
	wait, ok := s.RTO.Get()
	if !ok {
		return Opt[Forecast]{}
	}
	ceiling := sysctls.longestWait()
	elapsed := s.sinceFirstRetransmission(wait, ceiling)
	wait = min(max(0, wait), ceiling)
	end := s.Timer.Expires
	tries := uint32(s.Timer.Retransmits)
	for elapsed+end+end/lateness < modelTimeout(s.tries(sysctls, wait < ceiling), rtoMin, ceiling) && tries < maxTries {
		tries++
		wait = min(2*wait, ceiling)
		end += wait
	}
	return Some(Forecast{tries, max(0, end)})
}

// tries is how many retransmissions the limit is made of: tcp_retries2 while a
// program owns the socket, tcp_orphan_retries after. growing: the wait has not
// reached its ceiling.
func (s *Socket) tries(sysctls Sysctls, growing bool) int64 {
	if ownershipOf(s) != Orphan {
		return sysctls.tries(Retries2)
	}
	n := sysctls.tries(OrphanRetries)
	if n == 0 && growing {
		return orphanTries
	}
	return n
}

// tries is a setting that counts tries.
func (s Sysctls) tries(name Sysctl) int64 {
	return min(max(s.Value(name), 0), maxTries)
}

// longestWait is tcp_rto_max_ms within the bounds that the kernel itself keeps.
func (s Sysctls) longestWait() time.Duration {
	return min(max(s.Duration(RTOMax), time.Second), 120*time.Second)
}

// modelTimeout is the time that n retransmissions take when the first wait is
// base and doubles up to ceiling (tcp_model_timeout() in net/ipv4/tcp_timer.c).
func modelTimeout(n int64, base, ceiling time.Duration) time.Duration {
	doublings := int64(0)
	for base<<(doublings+1) <= ceiling {
		doublings++
	}
	if n <= doublings {
		return (2<<n - 1) * base
	}
	return (2<<doublings-1)*base + time.Duration(n-doublings)*ceiling
}

// sinceFirstRetransmission is the kernel's own clock where it has one for this
// run of time-outs alone (since Linux 6.7), else the sum of the waits.
func (s *Socket) sinceFirstRetransmission(wait, ceiling time.Duration) time.Duration {
	runs, _ := s.Info.Get(InfoTotalRTORecoveries)
	if clock, ok := s.Info.Duration(InfoTotalRTOTime); ok && runs == 1 {
		return clock
	}
	return max(0, s.earlierWaits(wait, ceiling)+wait-s.Timer.Expires)
}

// earlierWaits is the sum of the waits between the retransmissions so far,
// without the one that is running.
func (s *Socket) earlierWaits(wait, ceiling time.Duration) (sum time.Duration) {
	if wait < ceiling {
		for n := s.Timer.Retransmits; n > 1; n-- {
			wait /= 2
			sum += wait
		}
		return sum
	}
	first := s.firstRTO()
	for n := s.Timer.Retransmits; n > 1; n-- {
		first = min(2*first, ceiling)
		sum += first
	}
	return sum
}

// firstRTO estimates the timeout before any doubling, as __tcp_set_rto() makes
// it: the round-trip time and four times its deviation, which counts as rtoMin
// at least.
func (s *Socket) firstRTO() time.Duration {
	rtt, _ := s.Info.Duration(InfoRTT)
	deviation, _ := s.Info.Duration(InfoRTTVar)
	return rtt + max(4*deviation, rtoMin)
}

// forecastSYN counts tries and time (tcp_write_timeout() in
// net/ipv4/tcp_timer.c): the connection ends at the time-out at which the tries
// are used up, or at which as much time has passed since the SYN as
// tcp_syn_retries doubling waits take. The first waits of a SYN are even
// (tcp_syn_linear_timeouts), those of a SYN+ACK are not. A connection that Fast
// Open let in early has one try more than others (tcp_fastopen_synack_timer()),
// and an RTO that does not tell its waits.
func (s *Socket) forecastSYN(sysctls Sysctls) Opt[Forecast] {
	retries, linear := sysctls.tries(SynRetries), int64(0)
	options, _ := s.Info.Get(InfoOptions)
	switch {
	case s.State == SynSent:
		linear = sysctls.tries(SynLinearTimeouts)
	case options&OptionFastOpen != 0:
		retries = sysctls.tries(SynAckRetries) + 1
	}
	ceiling := sysctls.longestWait()
	after := func(try int64, wait time.Duration) time.Duration {
		if try <= linear {
			return wait
		}
		return min(2*wait, ceiling)
	}
	tries := int64(0)
	wait := synWait
	sinceSYN := wait // at the next time-out
	for tries < int64(s.Timer.Retransmits) {
		tries++
		wait = after(tries, wait)
		sinceSYN += wait
	}
	if s.State == SynSent {
		wait = min(max(0, s.RTO.Or(wait)), ceiling)
	}
	end := s.Timer.Expires
	limit := modelTimeout(retries, synWait, ceiling)
	for tries < retries+linear && (tries == 0 || sinceSYN < limit) {
		tries++
		wait = after(tries, wait)
		sinceSYN += wait
		end += wait
	}
	return Some(Forecast{uint32(tries), max(0, end)})
}

// forecastProbe counts probes without an answer (tcp_probe_timer() in
// net/ipv4/tcp_timer.c). How often the wait has doubled is not told by the
// count, as answered probes double it too, so that this takes tcp_info. Without
// an owner it also ends when the wait, grown to its ceiling, has doubled as
// often as there may be probes.
func (s *Socket) forecastProbe(sysctls Sysctls) Opt[Forecast] {
	doublings, known := s.Info.Get(InfoBackoff)
	rto, ok := s.RTO.Get()
	if !known || !ok {
		return Opt[Forecast]{}
	}
	ceiling := sysctls.longestWait()
	first := min(max(rto, rtoMin), ceiling)
	backoff, probes := int64(doublings), int64(s.Timer.Probes)
	end := s.Timer.Expires
	for {
		wait := min(first<<min(backoff, 20), ceiling)
		limit := s.tries(sysctls, wait < ceiling)
		if probes >= limit || ownershipOf(s) == Orphan && wait == ceiling && backoff >= limit {
			return Some(Forecast{uint32(probes), max(0, end)})
		}
		probes++
		if backoff < sysctls.tries(Retries2) {
			backoff++
		}
		end += min(first<<min(backoff, 20), ceiling)
	}
}

// forecastKeepalive counts probes at even intervals (tcp_keepalive_timer()).
func (s *Socket) forecastKeepalive(sysctls Sysctls) Opt[Forecast] {
	if _, own := OwnKeepalive(s, sysctls); own {
		return Opt[Forecast]{}
	}
	limit := sysctls.tries(KeepaliveProbes)
	left := max(0, limit-int64(s.Timer.Probes))
	interval := min(max(0, sysctls.Duration(KeepaliveInterval)), longestInterval)
	end := s.Timer.Expires + time.Duration(left)*interval
	return Some(Forecast{uint32(limit), max(0, end)})
}

// OwnKeepalive reports whether unanswered keepalive probes came sooner than the
// settings allow, which proves that the program has set times of its own for its socket
// (TCP_KEEPIDLE, TCP_KEEPINTVL). Most bounds then when the kernel gives up, if it takes as
// many probes as the settings say: the program may have set fewer, too.
func OwnKeepalive(s *Socket, sysctls Sysctls) (most time.Duration, own bool) {
	ack, known := s.InfoValue(InfoLastAckRecv)
	if data, ok := s.InfoValue(InfoLastDataRecv); ok {
		ack = min(ack, data)
	}
	heard := time.Duration(ack) * time.Millisecond
	probes := time.Duration(s.Timer.Probes)
	if !known || s.Timer.Kind != KeepaliveTimer || probes == 0 || !sysctls.known(KeepaliveTime, KeepaliveInterval, KeepaliveProbes) {
		return 0, false
	}
	soonest := sysctls.Duration(KeepaliveTime) + (probes-1)*sysctls.Duration(KeepaliveInterval)
	if heard >= soonest {
		return 0, false
	}
	interval := (heard + s.Timer.Expires) / probes // the time before the first probe is in it too
	left := max(0, sysctls.tries(KeepaliveProbes)-int64(probes))
	return s.Timer.Expires + time.Duration(left)*interval, true
}

// waitsOver is the sum of the waits that have ended since the segment was first
// sent, a lower bound where the ceiling cut them short. Known once something was
// sent again. A loss probe or a reordering timer may be running instead of the
// retransmission timer, so the running wait does not count.
func waitsOver(s *Socket) (time.Duration, bool) {
	wait, ok := s.RTO.Get()
	n := uint64(s.Timer.Retransmits)
	if !ok || s.Timer.Kind != RetransmitTimer || n == 0 {
		return 0, false
	}
	doublings := n // without tcp_info: as if none of the waits had been even
	if backoff, known := s.Info.Get(InfoBackoff); known {
		doublings = min(backoff, n)
	}
	first := wait >> min(doublings, 40)
	even := time.Duration(n-doublings) * first
	return even + wait - first, true
}
