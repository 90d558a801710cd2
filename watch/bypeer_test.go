package watch_test

import (
	"encoding/binary"
	"testing"

	"tcpstat/tcp"
	"tcpstat/watch"
)

// What the final tcp_info proves of the peer is inferred, and only where the connection
// was not being closed here.
func TestByPeer(t *testing.T) {
	const atBytesAcked, atSegsIn, atBytesSent, atSendWindow = 120, 140, 200, 228
	refused := map[int]byte{atSegsIn: 1}
	lost := map[int]byte{atSegsIn: 2, atBytesAcked: 1, atBytesSent: 8, atSendWindow: 1}
	for _, test := range []struct {
		name   string
		was    tcp.State
		info   map[int]byte
		queued uint32
		want   watch.Inference
	}{
		{"refused", tcp.SynSent, refused, 1, watch.Refused},
		{"given up", tcp.SynSent, nil, 1, watch.NotInferred},
		{"reset", tcp.Established, lost, 8, watch.Reset},
		{"reset after its FIN", tcp.CloseWait, lost, 8, watch.Reset},
		{"reset while we closed", tcp.FinWait1, lost, 8, watch.NotInferred},
		{"it may be a SYN or a FIN that was acknowledged", tcp.Established, map[int]byte{atBytesAcked: 1, atSendWindow: 1}, 0, watch.NotInferred},
	} {
		o := watch.Options{States: tcp.AllStates}
		s := newSampler(o)
		s.sample(0, o, numbered(1, test.was))
		end := numbered(1, 0)
		raw := make([]byte, 280)
		for place, value := range test.info {
			binary.NativeEndian.PutUint32(raw[place:], uint32(value))
		}
		end.Info.SetBytes(raw)
		end.SendQueue = test.queued
		s.Ended(s.at(1), end, true)
		s.sample(2, o)
		if e := s.told[len(s.told)-1]; e.Kind != watch.Left || e.Inferred != test.want {
			t.Errorf("%s: %v %v", test.name, e.Kind, e.Inferred)
		}
	}
}
