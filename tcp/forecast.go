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
	case t.Kind == WindowProbe && t.Probes > 0:
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

	// orphanTries is what tcp_orphan_retries 0 stands for (tcp_orphan_retries()
	// in net/ipv4/tcp_timer.c) while the wait is below its ceiling.
	orphanTries = 8

	// maxTries ends a simulation whatever the settings.
	maxTries = 1 << 10
)

// forecastRetransmission counts time (retransmits_timed_out() in
// net/ipv4/tcp_timer.c): the connection ends at the first time-out at which the
// time since the first retransmission reaches the limit.
func (s *Socket) forecastRetransmission(sysctls Sysctls) Opt[Forecast] {
	wait, ok := s.RTO.Get()
	if !ok {
		return Opt[Forecast]{}
	}
	ceiling := sysctls.longestWait()
	elapsed := s.sinceFirstRetransmission(wait, ceiling)
	end := elapsed + s.Timer.Expires
	tries := uint32(s.Timer.Retransmits)
	for end < retransmissionLimit(s.tries(sysctls, wait < ceiling), ceiling) && tries < maxTries {
		tries++
		wait = min(2*wait, ceiling)
		end += wait
	}
	return Some(Forecast{tries, end - elapsed})
}

// tries is how many retransmissions the limit is made of: tcp_retries2 while a
// program owns the socket, tcp_orphan_retries after. growing: the wait has not
// reached its ceiling.
func (s *Socket) tries(sysctls Sysctls, growing bool) int64 {
	if OwnershipOf(s) != Orphan {
		return sysctls.Value(Retries2)
	}
	n := sysctls.Value(OrphanRetries)
	if n == 0 && growing {
		return orphanTries
	}
	return n
}

// longestWait is tcp_rto_max_ms within the bounds that the kernel itself keeps,
// as a record may say anything.
func (s Sysctls) longestWait() time.Duration {
	return min(max(s.Duration(RTOMax), time.Second), 120*time.Second)
}

// retransmissionLimit is the time that n retransmissions take when the first
// wait is rtoMin and doubles up to ceiling (tcp_model_timeout() in
// net/ipv4/tcp_timer.c).
func retransmissionLimit(n int64, ceiling time.Duration) time.Duration {
	n = min(max(n, 0), maxTries)
	doublings := int64(0)
	for rtoMin<<(doublings+1) <= ceiling {
		doublings++
	}
	if n <= doublings {
		return (2<<n - 1) * rtoMin
	}
	return (2<<doublings-1)*rtoMin + time.Duration(n-doublings)*ceiling
}

// sinceFirstRetransmission is the kernel's own clock where it has one for this
// run of time-outs alone (since Linux 6.7), else the sum of the waits.
func (s *Socket) sinceFirstRetransmission(wait, ceiling time.Duration) time.Duration {
	runs, _ := s.Info.Get(InfoTotalRTORecoveries)
	if clock, ok := s.Info.Duration(InfoTotalRTOTime); ok && runs == 1 {
		return clock
	}
	sum := wait - s.Timer.Expires
	for _, earlier := range s.earlierWaits(wait, ceiling) {
		sum += earlier
	}
	return max(0, sum)
}

// earlierWaits lists the waits between the retransmissions so far, without the
// one that is running.
func (s *Socket) earlierWaits(wait, ceiling time.Duration) []time.Duration {
	n := int(s.Timer.Retransmits)
	waits := make([]time.Duration, 0, n)
	if wait < ceiling {
		for range n - 1 {
			wait /= 2
			waits = append(waits, wait)
		}
		return waits
	}
	first := s.firstRTO()
	for range n - 1 {
		first = min(2*first, ceiling)
		waits = append(waits, first)
	}
	return waits
}

// firstRTO estimates the timeout before any doubling, as __tcp_set_rto() makes
// it: the round-trip time and four times its deviation, which counts as rtoMin
// at least.
func (s *Socket) firstRTO() time.Duration {
	rtt, _ := s.Info.Duration(InfoRTT)
	deviation, _ := s.Info.Duration(InfoRTTVar)
	return rtt + max(4*deviation, rtoMin)
}

// forecastSYN counts tries. The first waits of a SYN are even
// (tcp_syn_linear_timeouts), those of a SYN+ACK are not.
func (s *Socket) forecastSYN(sysctls Sysctls) Opt[Forecast] {
	wait := s.RTO.Or(time.Second)
	linear := int64(0)
	if s.State == SynSent {
		linear = sysctls.Value(SynLinearTimeouts)
	}
	limit := min(max(sysctls.Value(SynRetries)+linear, 0), maxTries)
	ceiling := sysctls.longestWait()
	end := s.Timer.Expires
	for try := int64(s.Timer.Retransmits) + 1; try <= limit; try++ {
		if try > linear {
			wait = min(2*wait, ceiling)
		}
		end += wait
	}
	return Some(Forecast{uint32(limit), end})
}

// forecastProbe counts probes without an answer (tcp_probe_timer()). How often
// the wait has doubled is not told by the count, as answered probes double it
// too, so that this takes tcp_info.
func (s *Socket) forecastProbe(sysctls Sysctls) Opt[Forecast] {
	backoff, known := s.Info.Get(InfoBackoff)
	rto, ok := s.RTO.Get()
	if !known || !ok {
		return Opt[Forecast]{}
	}
	ceiling := sysctls.longestWait()
	retries := sysctls.Value(Retries2)
	wait := func() time.Duration { return min(max(rto, rtoMin)<<min(backoff, 20), ceiling) }
	limit := min(max(s.tries(sysctls, wait() < ceiling), 0), maxTries)
	end := s.Timer.Expires
	for probe := int64(s.Timer.Probes); probe < limit; probe++ {
		if int64(backoff) < retries {
			backoff++
		}
		end += wait()
	}
	return Some(Forecast{uint32(limit), end})
}

// forecastKeepalive counts probes at even intervals (tcp_keepalive_timer()).
func (s *Socket) forecastKeepalive(sysctls Sysctls) Opt[Forecast] {
	limit := min(max(sysctls.Value(KeepaliveProbes), 0), maxTries)
	left := max(0, limit-int64(s.Timer.Probes))
	end := s.Timer.Expires + time.Duration(left)*sysctls.Duration(KeepaliveInterval)
	return Some(Forecast{uint32(limit), end})
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
