package tcp

import "time"

// Ending is what became of a connection, as far as the kernel's last message about it
// proves (see diag.Feed).
type Ending uint8

// The endings.
const (
	EndUnknown    Ending = iota // not told, or it fits several
	EndRefused                  // its SYN was answered by a RST
	EndUnanswered               // its SYN was repeated, and nothing ever came back
	EndCutShort                 // over before the SYN was repeated: nothing had come back yet
	EndClosed                   // closed in order: the peer has acknowledged our FIN
	EndReset                    // the peer reset it
	EndForgotten                // the same, in answer to data after a silence: the peer did not know it any more
	EndSilent                   // nothing was acknowledged any more: it timed out, or was reset in the end
	EndUnread                   // data lay unread: the program closed it so, or the peer reset it
)

// silence is how long a peer must have been silent for its RST to say that it has
// forgotten the connection, rather than that its program has just closed it.
const silence = time.Second

// EndingOf tells how s ended by its final tcp_info. The opener is asked for because only
// in a connection that was opened here the SYN counts as an acknowledged byte.
//
// What the message holds, measured on Linux 6.18 (TestEndings of diag); state and
// shutdown are not in it, and tcp_info itself says CLOSE:
//
//	                               segs_in  bytes_acked        send queue  other
//	refused, connect() blocked     -        -                  -           the peer is lost
//	refused, connect() did not     1        0                  1           snd_wnd, rtt 0
//	given up by the program        0        0                  1           total_retrans as SYNs repeated
//	given up by the kernel         0        0                  1           the same; the peer is lost if connect() blocked
//	closed in order                         SYN + data + FIN   0
//	reset by the peer                       SYN + data         unacked     receive queue 0 if all was read
//	closed with unread data                 SYN + data         unacked     receive queue > 0
//	no answer to data or probes             SYN + data         unacked     retransmits or probes > 0
//	aborted here (SO_LINGER 0)     -        -                  -           the peer is lost
//
// A connect() that blocks, or is called again, and an abort both disconnect the socket
// (tcp_disconnect() in net/ipv4/tcp.c), which clears the rest. It takes the fields of
// Linux 5.4.
func EndingOf(s *Socket, opener Opener) Ending {
	window, known := s.Info.Get(InfoSendWindow)
	if !known || !s.HasRemote() {
		return EndUnknown
	}
	get := func(f InfoField) uint64 { v, _ := s.Info.Get(f); return v }
	acked, received := get(InfoBytesAcked), get(InfoBytesReceived)
	if window == 0 && acked == 0 && received == 0 && get(InfoRTT) == 0 && s.SendQueue > 0 {
		return endOfAttempt(get(InfoSegsIn), get(InfoTotalRetrans))
	}
	switch closed, certain := finAcked(s, acked-(get(InfoBytesSent)-get(InfoBytesRetrans)), opener); {
	case !certain:
		return EndUnknown
	case closed:
		return EndClosed
	case s.RecvQueue > 0:
		return EndUnread
	case get(InfoRetransmits) > 0 || get(InfoProbes) > 0:
		return EndSilent
	}
	if since, _ := s.InfoValue(InfoLastAckRecv); s.SendQueue > 0 && time.Duration(since)*time.Millisecond >= silence {
		return EndForgotten
	}
	return EndReset
}

// endOfAttempt tells how a connection ended that was never established.
func endOfAttempt(received, again uint64) Ending {
	switch {
	case received > 0:
		return EndRefused
	case again > 0:
		return EndUnanswered
	}
	return EndCutShort
}

// finAcked reports whether our FIN was acknowledged. Surplus is what was acknowledged
// beside data.
func finAcked(s *Socket, surplus uint64, opener Opener) (acked, certain bool) {
	switch {
	case s.SendQueue > 0:
		return false, true
	case surplus == 1:
		return opener == OpenedPassive, opener == OpenedActive || opener == OpenedPassive
	}
	return surplus == 2, surplus == 0 || surplus == 2
}

// firstSYN is how long the kernel waits before it repeats a SYN (TCP_TIMEOUT_INIT).
const firstSYN = time.Second

// Patience is how long an attempt without an answer has lasted, absent where the kernel
// does not tell (before Linux 6.7), or the SYN was not repeated.
func Patience(s *Socket) Opt[time.Duration] {
	since, known := s.Info.Duration(InfoTotalRTOTime)
	if again, _ := s.Info.Get(InfoTotalRetrans); !known || again == 0 {
		return Opt[time.Duration]{}
	}
	return Some(firstSYN + since)
}
