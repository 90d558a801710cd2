package tcp

import "time"

// Age bounds how long a socket has been in its state. The kernel does not keep
// that; the bounds are what its counters prove. An absent bound is not known.
type Age struct {
	Min, Max Opt[time.Duration]
}

// jiffy is the coarsest clock that a kernel counts these times with (HZ=100).
// Every bound gives way by it.
const jiffy = 10 * time.Millisecond

// timeWaitLength is TCP_TIMEWAIT_LEN, fixed in the kernel's source.
const timeWaitLength = 60 * time.Second

// AgeOf bounds the time that s has been in its state.
func AgeOf(s *Socket) Age {
	switch s.State {
	case CloseWait:
		// The peer's FIN acknowledged something, and any data came before it.
		return Age{atLeast(s.lastAck()), atMost(s.lastDataIn())}
	case FinWait2:
		if !s.Mini && s.Inode.Or(0) != 0 {
			// Entered by an ACK of our FIN, which came after all our data. (The
			// peer's data may still come in and bounds nothing.)
			return Age{atLeast(s.lastAck()), atMost(s.lastDataOut())}
		}
	case Closing:
		return Age{Min: atLeast(s.lastAck())}
	case TimeWait:
		// A repeated FIN restarts the clock.
		return Age{Min: atLeast(timeWaitLength-s.Timer.Expires, s.Timer.Kind == TimeWaitTimer)}
	case SynSent:
		return Age{Min: atLeast(waitsOver(s))}
	case FinWait1, LastAck:
		// With only the FIN outstanding, all these waits were for the FIN.
		if s.SendQueue == 1 {
			return Age{Min: atLeast(waitsOver(s))}
		}
	}
	return Age{}
}

func atLeast(d time.Duration, known bool) Opt[time.Duration] {
	if !known {
		return Opt[time.Duration]{}
	}
	return Some(max(0, d-jiffy))
}

func atMost(d time.Duration, known bool) Opt[time.Duration] {
	if !known {
		return Opt[time.Duration]{}
	}
	return Some(d + jiffy)
}

// lastAck is the time since the last acknowledgement.
func (s *Socket) lastAck() (time.Duration, bool) {
	return s.Info.Duration(InfoLastAckRecv)
}

// lastDataIn is the time since data last came in. If none ever did, the kernel
// counts from some other event, up to the machine's start: that is no age.
func (s *Socket) lastDataIn() (time.Duration, bool) {
	if n, ok := s.Info.Get(InfoDataSegsIn); !ok || n == 0 {
		return 0, false
	}
	return s.Info.Duration(InfoLastDataRecv)
}

// lastDataOut is the time since data was last sent, see lastDataIn.
func (s *Socket) lastDataOut() (time.Duration, bool) {
	if n, ok := s.Info.Get(InfoDataSegsOut); !ok || n == 0 {
		return 0, false
	}
	return s.Info.Duration(InfoLastDataSent)
}
