package tcp

import (
	"encoding/binary"
	"math"
	"testing"
	"time"
)

const ms = time.Millisecond

// infoOf makes a tcp_info of a recent kernel with some fields set.
func infoOf(fields map[InfoField]uint64) (info Info) {
	raw := make([]byte, infoSize)
	for f, v := range fields {
		switch at := raw[InfoFields[f].offset:]; InfoFields[f].size {
		case 1:
			at[0] = uint8(v)
		case 2:
			binary.NativeEndian.PutUint16(at, uint16(v))
		case 4:
			binary.NativeEndian.PutUint32(at, uint32(v))
		default:
			panic("not needed yet")
		}
	}
	info.SetBytes(raw)
	return info
}

func owned(state State, kind TimerKind) Socket {
	return Socket{State: state, Timer: Timer{Kind: kind}, Inode: Some[uint64](7)}
}

func orphaned(state State, kind TimerKind) Socket {
	return Socket{State: state, Timer: Timer{Kind: kind}, Inode: Some[uint64](0)}
}

// Measured on Linux 6.18. The kernel's timers are late by up to an eighth.
func TestForecastOfMeasuredRetransmissions(t *testing.T) {
	for _, test := range []struct {
		name    string
		socket  Socket
		sysctls Sysctls
		first   time.Duration // RTO
		tries   uint32
		gone    time.Duration // after the segment was first sent
	}{
		{"tcp_retries2 3", owned(Established, RetransmitTimer), withDefaults(Sysctls{Retries2: 3}), 204 * ms, 4, 6800 * ms},
		{"tcp_retries2 5", owned(Established, RetransmitTimer), withDefaults(Sysctls{Retries2: 5}), 204 * ms, 5, 13500 * ms},
		{"tcp_retries2 6", owned(CloseWait, RetransmitTimer), withDefaults(Sysctls{Retries2: 6}), 204 * ms, 6, 26800 * ms},
		{"tcp_retries2 8", owned(Established, RetransmitTimer), withDefaults(Sysctls{Retries2: 8}), 204 * ms, 8, 108200 * ms},
		{"a ceiling of 2 s", owned(Established, RetransmitTimer), withDefaults(Sysctls{Retries2: 6, RTOMax: 2000}), 220 * ms, 6, 9645 * ms},
		{"close to the limit", owned(Established, RetransmitTimer), withDefaults(Sysctls{Retries2: 6, RTOMax: 2000}), 204 * ms, 7, 11100 * ms},
		{"an orphan, tcp_orphan_retries 3", orphaned(FinWait1, RetransmitTimer), withDefaults(Sysctls{Retries2: 6, OrphanRetries: 3}), 204 * ms, 4, 6800 * ms},
		{"an orphan by default", orphaned(LastAck, RetransmitTimer), withDefaults(Sysctls{}), 204 * ms, 8, 108200 * ms},
		{"an orphan at the ceiling", orphaned(Closing, RetransmitTimer), withDefaults(Sysctls{OrphanRetries: 0, RTOMax: 2000}), 220 * ms, 4, 5523 * ms},
		{"an owned FIN", owned(FinWait1, RetransmitTimer), withDefaults(Sysctls{Retries2: 5, OrphanRetries: 3}), 204 * ms, 5, 13500 * ms},
		{"a larger RTO", owned(Established, RetransmitTimer), withDefaults(Sysctls{Retries2: 3}), 256 * ms, 3, 4200 * ms},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := test.socket
			waits := []time.Duration{test.first}
			total := test.first
			for range test.tries {
				waits = append(waits, min(2*waits[len(waits)-1], test.sysctls.longestWait()))
				total += waits[len(waits)-1]
			}
			late := func(d time.Duration) time.Duration {
				return time.Duration(float64(d) * float64(test.gone) / float64(total))
			}
			firstTry := late(test.first)
			sent := time.Duration(0)
			for n := uint32(1); n <= test.tries; n++ {
				sent += late(waits[n-1])
				wait := waits[n]
				for _, expires := range []time.Duration{wait, wait / 2, 0} {
					now := sent + wait - expires
					s.Timer.Retransmits, s.Timer.Expires, s.RTO = uint8(n), expires, Some(wait)
					if wait < test.sysctls.longestWait() { // else the first RTO is a guess
						s.Info = Info{}
						f, ok := ForecastOf(&s, test.sysctls).Get()
						closeTo(t, f, ok, test.tries, test.gone-now, wait)
					}
					s.Info = infoOf(map[InfoField]uint64{
						InfoTotalRTORecoveries: 1, InfoTotalRTOTime: uint64((now - firstTry) / ms),
						InfoRTT: 20, InfoRTTVar: 10,
					})
					f, ok := ForecastOf(&s, test.sysctls).Get()
					closeTo(t, f, ok, test.tries, test.gone-now, wait)
				}
			}
		})
	}
}

// With an RTO of rtoMin the waits add up to one rtoMin less than the limit. The
// lateness of the kernel's timers makes up for that.
func TestForecastMissesLimitByAHair(t *testing.T) {
	const wait = rtoMin << 8
	s := owned(Established, RetransmitTimer)
	s.Timer.Retransmits, s.Timer.Expires, s.RTO = 8, wait, Some[time.Duration](wait)
	f, ok := ForecastOf(&s, withDefaults(Sysctls{Retries2: 8})).Get()
	if !ok || f.Limit != 8 || f.GivesUp != wait {
		t.Errorf("%+v, %v", f, ok)
	}
}

// closeTo fails a forecast that is not within a tenth of the truth and an
// eighth of what the last wait can be.
func closeTo(t *testing.T, f Forecast, known bool, tries uint32, left, wait time.Duration) {
	t.Helper()
	if off := (f.GivesUp - left).Abs(); !known || f.Limit != tries || off > left/10+max(wait, left)/8 {
		t.Errorf("forecast %d tries and %v (%v), not %d and %v", f.Limit, f.GivesUp, known, tries, left)
	}
}

func TestForecastOfMeasuredSYNs(t *testing.T) {
	for _, test := range []struct {
		retries, linear int64
		tries           uint32
		gone            time.Duration
	}{
		{6, 4, 10, 135100 * ms},
		{3, 4, 7, 19400 * ms},
		{4, 0, 4, 31400 * ms},
		{2, 4, 5, 7150 * ms}, // by time
		{1, 4, 2, 3080 * ms}, // the same
	} {
		sysctls := withDefaults(Sysctls{SynRetries: test.retries, SynLinearTimeouts: test.linear})
		s := owned(SynSent, RetransmitTimer)
		wait, sent := time.Second, time.Duration(0)
		for n := uint32(0); n <= test.tries; n++ {
			s.Timer.Retransmits, s.Timer.Expires, s.RTO = uint8(n), wait/2, Some(wait)
			f, ok := ForecastOf(&s, sysctls).Get()
			closeTo(t, f, ok, test.tries, test.gone-sent-wait/2, wait)
			sent += wait
			if int64(n) >= test.linear {
				wait *= 2
			}
		}
	}
}

func TestForecastOfSYN(t *testing.T) {
	s := owned(SynSent, RetransmitTimer)
	s.Timer.Expires = time.Second
	f, _ := ForecastOf(&s, withDefaults(nil)).Get() // a kernel without linear timeouts
	if f != (Forecast{6, 127 * time.Second}) {
		t.Errorf("SYN_SENT: %+v", f)
	}
	f, _ = ForecastOf(&s, withDefaults(Sysctls{RTOMax: 2000, SynRetries: 2})).Get()
	if f != (Forecast{2, 5 * time.Second}) {
		t.Errorf("SYN_SENT with a low ceiling: %+v", f)
	}
	// A BPF program can have chosen the first wait. The kernel's limit does not ask.
	s.Timer.Expires, s.RTO = 3*time.Second, Some(3*time.Second)
	f, _ = ForecastOf(&s, withDefaults(Sysctls{SynRetries: 1})).Get()
	if f != (Forecast{1, 9 * time.Second}) {
		t.Errorf("SYN_SENT with a first wait of 3 s: %+v", f)
	}
	// A full socket in SYN_RECV met another SYN. It has no linear timeouts.
	s = owned(SynRecv, RetransmitTimer)
	s.Timer = Timer{Kind: RetransmitTimer, Retransmits: 1, Expires: time.Second}
	f, _ = ForecastOf(&s, withDefaults(Sysctls{SynRetries: 3, SynLinearTimeouts: 4, SynAckRetries: 1})).Get()
	if f != (Forecast{3, 13 * time.Second}) {
		t.Errorf("SYN_RECV: %+v", f)
	}
	s.RTO = Some(3 * time.Second)
	s.Info = infoOf(map[InfoField]uint64{InfoOptions: OptionFastOpen})
	f, _ = ForecastOf(&s, Sysctls{SynRetries: 3, SynLinearTimeouts: 4, SynAckRetries: 1}).Get()
	if f != (Forecast{2, 5 * time.Second}) {
		t.Errorf("SYN_RECV by Fast Open: %+v", f)
	}
}

// Measured with an RTO of 224 ms.
func TestForecastOfMeasuredProbes(t *testing.T) {
	const rto = 224 * ms
	for _, test := range []struct {
		name    string
		socket  Socket
		sysctls Sysctls
		tries   uint32
		left    []time.Duration // after each probe
	}{
		{
			"tcp_retries2 5", owned(Established, WindowProbe), withDefaults(Sysctls{Retries2: 5, OrphanRetries: 2}), 5,
			[]time.Duration{14478 * ms, 14017 * ms, 13082 * ms, 11260 * ms, 7424 * ms},
		},
		{
			"an orphan, tcp_orphan_retries 3", orphaned(FinWait1, WindowProbe), withDefaults(Sysctls{Retries2: 5, OrphanRetries: 3}), 3,
			[]time.Duration{3195 * ms, 2746 * ms, 1822 * ms},
		},
		{
			"a ceiling of 2 s", owned(Established, WindowProbe), withDefaults(Sysctls{Retries2: 6, RTOMax: 2000}), 6,
			[]time.Duration{9284 * ms, 8811 * ms, 7878 * ms, 6056 * ms, 4035 * ms, 2026 * ms},
		},
		{
			"an orphan at the ceiling", orphaned(FinWait1, WindowProbe), withDefaults(Sysctls{Retries2: 6, OrphanRetries: 0, RTOMax: 2000}), 4,
			[]time.Duration{5224 * ms, 4764 * ms, 3832 * ms, 2010 * ms},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for i, left := range test.left {
				if i == 0 {
					continue // one probe may only be answered late
				}
				s := test.socket
				wait := min(rto<<(i+1), test.sysctls.longestWait())
				s.Timer.Probes, s.Timer.Expires, s.RTO = uint8(i+1), wait, Some(rto)
				s.Info = infoOf(map[InfoField]uint64{InfoBackoff: uint64(i + 1)})
				f, ok := ForecastOf(&s, test.sysctls).Get()
				closeTo(t, f, ok, test.tries, left, wait)
			}
		})
	}
}

func TestForecastOfProbes(t *testing.T) {
	// Twelve probes were answered before the peer fell silent. The wait stopped
	// growing with tcp_retries2.
	s := owned(Established, WindowProbe)
	s.Timer = Timer{Kind: WindowProbe, Probes: 2, Expires: 3 * time.Second}
	s.RTO = Some(200 * ms)
	s.Info = infoOf(map[InfoField]uint64{InfoBackoff: 4})
	f, _ := ForecastOf(&s, withDefaults(Sysctls{Retries2: 4})).Get()
	if f != (Forecast{4, 3*time.Second + 2*3200*ms}) {
		t.Errorf("owned: %+v", f)
	}
	// Nobody's socket ends at the ceiling whatever was answered.
	s.Inode = Some[uint64](0)
	s.State = LastAck
	s.Info = infoOf(map[InfoField]uint64{InfoBackoff: 9})
	f, _ = ForecastOf(&s, withDefaults(Sysctls{OrphanRetries: 7})).Get()
	if f != (Forecast{3, 123 * time.Second}) {
		t.Errorf("orphan: %+v", f)
	}
}

func TestForecastOfKeepalive(t *testing.T) {
	s := owned(Established, KeepaliveTimer)
	s.Timer = Timer{Kind: KeepaliveTimer, Probes: 2, Expires: 60 * time.Second}
	f, _ := ForecastOf(&s, withDefaults(nil)).Get()
	if f != (Forecast{9, 60*time.Second + 7*75*time.Second}) {
		t.Errorf("by default: %+v", f)
	}
	f, _ = ForecastOf(&s, withDefaults(Sysctls{KeepaliveProbes: 1})).Get() // lowered meanwhile
	if f != (Forecast{1, 60 * time.Second}) {
		t.Errorf("overdue: %+v", f)
	}
}

func TestForecastIsAbsent(t *testing.T) {
	counting := Timer{Kind: RetransmitTimer, Retransmits: 3, Expires: time.Second}
	probing := Timer{Kind: WindowProbe, Probes: 3, Expires: time.Second}
	for name, s := range map[string]Socket{
		"no timer":              {State: Established},
		"only armed":            {State: Established, Timer: Timer{Kind: RetransmitTimer, Expires: time.Second}, RTO: Some(time.Second)},
		"RTO unknown":           {State: Established, Timer: counting},
		"mini-socket":           {State: SynRecv, Mini: true, Timer: counting, RTO: Some(time.Second)},
		"answered probes":       {State: Established, Timer: Timer{Kind: WindowProbe}, RTO: Some(time.Second), Info: infoOf(nil)},
		"probes, no tcp_info":   {State: Established, Timer: probing, RTO: Some(time.Second)},
		"probes, RTO unknown":   {State: Established, Timer: probing, Info: infoOf(nil)},
		"one probe":             {State: Established, Timer: Timer{Kind: WindowProbe, Probes: 1, Expires: time.Second}, RTO: Some(time.Second), Info: infoOf(nil)},
		"keepalive, only armed": {State: Established, Timer: Timer{Kind: KeepaliveTimer, Expires: time.Hour}},
		"TIME_WAIT":             {State: TimeWait, Mini: true, Timer: Timer{Kind: TimeWaitTimer, Expires: time.Minute}},
		"FIN_WAIT2":             {State: FinWait2, Timer: Timer{Kind: FinWait2Timer, Expires: time.Minute}},
		"unknown timer":         {State: Established, Timer: Timer{Kind: UnknownTimer, Retransmits: 3, Probes: 3}},
	} {
		if f, ok := ForecastOf(&s, withDefaults(nil)).Get(); ok {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// A second run of time-outs has no clock of its own: the waits are added up.
func TestForecastOfSecondRun(t *testing.T) {
	s := owned(Established, RetransmitTimer)
	s.Timer = Timer{Kind: RetransmitTimer, Retransmits: 3, Expires: 1600 * ms}
	s.RTO = Some(1600 * ms)
	s.Info = infoOf(map[InfoField]uint64{InfoTotalRTORecoveries: 2, InfoTotalRTOTime: 3600_000})
	f, _ := ForecastOf(&s, withDefaults(Sysctls{Retries2: 3})).Get()
	// 400 + 800 + 1600 ms are over at the next time-out, the limit is 3000.
	if f != (Forecast{4, 1600*ms + 3200*ms}) {
		t.Errorf("%+v", f)
	}
}

// At the ceiling the earlier waits are told neither by the RTO nor, without a
// clock, by anything else: they are made up from the round-trip time.
func TestForecastAtCeilingWithoutClock(t *testing.T) {
	s := owned(Established, RetransmitTimer)
	s.Timer = Timer{Kind: RetransmitTimer, Retransmits: 5, Expires: 2 * time.Second}
	s.RTO = Some(2 * time.Second)
	s.Info = infoOf(map[InfoField]uint64{InfoTotalRTORecoveries: 2, InfoRTT: 100_000, InfoRTTVar: 75_000})
	f, _ := ForecastOf(&s, withDefaults(Sysctls{Retries2: 6, RTOMax: 2000})).Get()
	// 800 + 1600 + 2000 + 2000 + 2000 ms of 9000 are over at the next time-out.
	if f != (Forecast{6, 4 * time.Second}) {
		t.Errorf("%+v", f)
	}
}

// The first timeout is the round-trip time and four times its deviation, which
// counts as 200 ms at least.
func TestFirstRTO(t *testing.T) {
	for _, test := range []struct{ rtt, deviation, want time.Duration }{
		{0, 0, 200 * ms},
		{50 * ms, 49 * ms, 250 * ms},
		{50 * ms, 50 * ms, 250 * ms},
		{50 * ms, 60 * ms, 290 * ms},
	} {
		s := Socket{Info: infoOf(map[InfoField]uint64{
			InfoRTT: uint64(test.rtt.Microseconds()), InfoRTTVar: uint64(test.deviation.Microseconds()),
		})}
		if got := s.firstRTO(); got != test.want {
			t.Errorf("%v and %v: %v, not %v", test.rtt, test.deviation, got, test.want)
		}
	}
}

func TestModelTimeout(t *testing.T) {
	for _, test := range []struct {
		n             int64
		ceiling, want time.Duration
	}{
		{0, 120 * time.Second, 200 * ms},
		{3, 120 * time.Second, 3 * time.Second},
		{5, 120 * time.Second, 12600 * ms},
		{6, 120 * time.Second, 25400 * ms},
		{8, 120 * time.Second, 102200 * ms},
		{9, 120 * time.Second, 204600 * ms},
		{10, 120 * time.Second, 324600 * ms},
		{15, 120 * time.Second, 924600 * ms}, // ip-sysctl.rst
		{6, 2 * time.Second, 9 * time.Second},
		{3, 1600 * ms, 3 * time.Second},
		{4, 1600 * ms, 4600 * ms},
	} {
		if got := modelTimeout(test.n, rtoMin, test.ceiling); got != test.want {
			t.Errorf("%d retries up to %v take %v, not %v", test.n, test.ceiling, got, test.want)
		}
	}
}

// A record may hold anything.
func TestForecastOfAbsurdValues(t *testing.T) {
	values := []int64{math.MinInt64, -1, 0, 1, 15, 255, 1 << 31, math.MaxInt64}
	times := []time.Duration{math.MinInt64, -1, 0, 1, time.Hour, math.MaxInt64}
	infos := []Info{{}, infoOf(nil), infoOf(map[InfoField]uint64{
		InfoBackoff: math.MaxUint8, InfoRTT: math.MaxUint32, InfoRTTVar: math.MaxUint32,
		InfoTotalRTORecoveries: 1, InfoTotalRTOTime: math.MaxUint32,
	})}
	for _, value := range values {
		m := &Machine{Sysctls: Sysctls{}}
		for _, doc := range SysctlDocs {
			m.Sysctls[doc.Name] = value
		}
		for _, rto := range times {
			for _, expires := range times {
				for _, info := range infos {
					for _, count := range []uint8{0, 1, math.MaxUint8} {
						absurd(t, m, Socket{
							Timer: Timer{Expires: expires, Retransmits: count, Probes: count},
							RTO:   Some(rto), Info: info, Inode: Some[uint64](0),
						})
					}
				}
			}
		}
	}
}

// absurd draws all conclusions from a socket in all states, with all timers.
func absurd(t *testing.T, m *Machine, s Socket) {
	t.Helper()
	for _, s.Timer.Kind = range TimerKinds {
		for _, s.State = range States {
			v := Annotate(&s, m)
			NoteOf(&s, &v, m)
			f, known := v.Forecast.Get()
			early := s.Timer.Expires <= time.Hour && f.GivesUp < s.Timer.Expires
			if known && (f.GivesUp < 0 || early || f.Limit > 3*maxTries) {
				t.Fatalf("%v %+v, RTO %v, with %v gives %+v", s.State, s.Timer, s.RTO, m.Sysctls, f)
			}
			if v.Age.Min.Or(0) < 0 || v.Age.Max.Or(0) < 0 {
				t.Fatalf("%v %+v, RTO %v, is %+v old", s.State, s.Timer, s.RTO, v.Age)
			}
		}
	}
}
