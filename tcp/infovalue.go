package tcp

// InfoValue gives a field of the socket's tcp_info in the unit of its
// description, as [Info.Get] does, but only where it says something: it is
// absent where the kernel's number stands for "none yet", where it counts from
// an event that never happened (from the machine's start, then), and of a
// listener, for which the kernel fills in little more than its accept queue
// (tcp_get_info() in net/ipv4/tcp.c).
func (s *Socket) InfoValue(f InfoField) (uint64, bool) {
	v, known := s.Info.Get(f)
	if !known || s.State == Listen && !toldOfListener(f) {
		return 0, false
	}
	switch f {
	case InfoSendSSThresh:
		return v, v != noSSThresh
	case InfoMinRTT:
		return v, v != noMinRTT
	case InfoPacingRate, InfoMaxPacingRate:
		return v, v != unlimitedRate
	case InfoLastAckSent:
		return v, false // the kernel does not keep it
	case InfoLastDataSent:
		return v, s.happened(InfoDataSegsOut)
	case InfoLastDataRecv:
		return v, s.happened(InfoDataSegsIn)
	case InfoLastAckRecv:
		return v, s.hadPeer()
	}
	return v, true
}

// toldOfListener reports whether the kernel fills in a field for a listener, as
// what its connections begin with. The accept queue, in the fields of
// unacknowledged segments, is [Backlog].
func toldOfListener(f InfoField) bool {
	switch f {
	case InfoSendCwnd, InfoReordering, InfoPacingRate, InfoMaxPacingRate:
		return true
	}
	return false
}

// The kernel's numbers for what is not there.
const (
	noSSThresh    = 0x7fffffff // TCP_INFINITE_SSTHRESH
	noMinRTT      = 0xffffffff
	unlimitedRate = 1<<64 - 1
)

// happened reports whether segments were counted, or the kernel (before Linux
// 4.6) does not count them.
func (s *Socket) happened(counter InfoField) bool {
	n, counted := s.Info.Get(counter)
	return n > 0 || !counted
}

// hadPeer reports whether the state proves that the peer acknowledged something.
func (s *Socket) hadPeer() bool {
	switch s.State {
	case Listen, Bound, Close, SynSent, SynRecv:
		return false
	}
	return true
}
