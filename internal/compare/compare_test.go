package main

import (
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		in   []time.Duration
		want time.Duration
	}{
		{[]time.Duration{7}, 7},
		{[]time.Duration{9, 1}, 5},
		{[]time.Duration{100, 2, 3}, 3},
		{[]time.Duration{100, 2, 4, 3}, 3},
	} {
		if got := median(tt.in); got != tt.want {
			t.Errorf("median of %v is %v, want %v", tt.in, got, tt.want)
		}
	}
}

func TestLine(t *testing.T) {
	ms := time.Millisecond
	for _, tt := range []struct {
		row  row
		res  result
		want string
	}{
		{
			row{args: "-an", peer: "ss -tan", ratio: 0.7, peakMB: 18},
			result{70 * ms, 100 * ms, 65 * ms, 18 << 20},
			"tcpstat -an\t70.0 ms\tss -tan\t100.0 ms\t0.70\t0.70\t18.0 MB\t18 MB\t65.0 ms\t-\t",
		},
		{
			row{args: "-ani", peer: "ss -tani", ratio: 0.45, peakMB: 18},
			result{70 * ms, 100 * ms, 65 * ms, 19 << 20},
			"tcpstat -ani\t70.0 ms\tss -tani\t100.0 ms\t0.70\t0.45 over target\t19.0 MB\t18 MB over target\t65.0 ms\t-\t",
		},
		{
			row{args: "-l", peer: "ss -tln", ratio: 1.5, cpu: 10 * ms},
			result{3 * ms, 2 * ms, 10 * ms, 9 << 20},
			"tcpstat -l\t3.0 ms\tss -tln\t2.0 ms\t1.50\t1.50\t9.0 MB\t-\t10.0 ms\t10.0 ms\t",
		},
		{
			row{args: "-l", peer: "ss -tln", ratio: 1.5, cpu: 10 * ms},
			result{3 * ms, 2 * ms, 11 * ms, 9 << 20},
			"tcpstat -l\t3.0 ms\tss -tln\t2.0 ms\t1.50\t1.50\t9.0 MB\t-\t11.0 ms\t10.0 ms over target\t",
		},
	} {
		if got := tt.row.line(tt.res); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

func TestCompareRefuses(t *testing.T) {
	for command, want := range map[string]string{
		"true":  "true: 0 bytes are no list of 1000 sockets",
		"false": "false: exit status 1",
	} {
		if err := warmUp([]string{command}, crowd); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", command, err, want)
		}
	}
	if _, err := sample([]string{"false"}, 2); err == nil || err.Error() != "false: exit status 1" {
		t.Errorf("sample of false: %v", err)
	}
}
