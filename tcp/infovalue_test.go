package tcp

import (
	"encoding/binary"
	"testing"
)

func TestInfoValue(t *testing.T) {
	const all = 1<<64 - 1
	for _, test := range []struct {
		name  string
		state State
		field InfoField
		at    int    // offset of the number in struct tcp_info
		raw   uint64 // as the kernel sends it
		more  map[int]uint32
		known bool
	}{
		{"a slow start threshold", Established, InfoSendSSThresh, 76, 10, nil, true},
		{"none yet", Established, InfoSendSSThresh, 76, 0x7fffffff, nil, false},
		{"no round trip yet", SynSent, InfoMinRTT, 148, 0xffffffff, nil, false},
		{"no pacing limit", Established, InfoMaxPacingRate, 112, all, nil, false},
		{"a pacing rate", Established, InfoPacingRate, 104, 1000, nil, true},
		{"segments in flight", Established, InfoUnacked, 24, 3, nil, true},
		{"an accept queue", Listen, InfoUnacked, 24, 3, nil, false},
		{"a backlog", Listen, InfoSacked, 28, 128, nil, false},
		{"a listener's round trip", Listen, InfoRTT, 68, 0, nil, false},
		{"a listener's window", Listen, InfoSendCwnd, 80, 10, nil, true},
		{"never kept", Established, InfoLastAckSent, 48, 0, nil, false},
		{"no data sent", Established, InfoLastDataSent, 44, 9000, nil, false},
		{"data sent", Established, InfoLastDataSent, 44, 9000, map[int]uint32{156: 1}, true},
		{"no data received", Established, InfoLastDataRecv, 52, 9000, nil, false},
		{"data received", Established, InfoLastDataRecv, 52, 9000, map[int]uint32{152: 1}, true},
		{"no answer yet", SynSent, InfoLastAckRecv, 56, 9000, nil, false},
		{"an answer", CloseWait, InfoLastAckRecv, 56, 9000, nil, true},
		{"anything else", Established, InfoRTT, 68, 0, nil, true},
	} {
		raw := make([]byte, infoSize)
		if binary.NativeEndian.PutUint32(raw[test.at:], uint32(test.raw)); test.raw > 0xffffffff {
			binary.NativeEndian.PutUint64(raw[test.at:], test.raw)
		}
		for at, v := range test.more {
			binary.NativeEndian.PutUint32(raw[at:], v)
		}
		s := &Socket{State: test.state}
		s.Info.SetBytes(raw)
		v, known := s.InfoValue(test.field)
		if known != test.known || known && v != test.raw {
			t.Errorf("%s: InfoValue = %d, %t, want %d, %t", test.name, v, known, test.raw, test.known)
		}
	}
	if _, known := new(Socket).InfoValue(InfoRTT); known {
		t.Error("a socket without tcp_info has a round-trip time")
	}
}

// A kernel before 4.6 does not count data segments: its times are taken as they
// are.
func TestInfoValueOfOldKernel(t *testing.T) {
	s := &Socket{State: Established}
	s.Info.SetBytes(make([]byte, 104))
	if _, known := s.InfoValue(InfoLastDataSent); !known {
		t.Error("last_data_sent is absent")
	}
}
