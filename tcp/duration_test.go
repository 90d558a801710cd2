package tcp

import (
	"math"
	"testing"
	"time"
)

func TestAppendDuration(t *testing.T) {
	const day = 24 * time.Hour
	for _, test := range []struct {
		d    time.Duration
		want string
	}{
		{math.MinInt64, "0ms"},
		{-time.Second, "0ms"},
		{0, "0ms"},
		{999 * time.Microsecond, "0ms"},
		{250 * time.Millisecond, "250ms"},
		{time.Second - 1, "999ms"},
		{time.Second, "1.0s"},
		{3299 * time.Millisecond, "3.2s"},
		{10*time.Second - 1, "9.9s"},
		{10 * time.Second, "10s"},
		{34900 * time.Millisecond, "34s"},
		{time.Minute - 1, "59s"},
		{time.Minute, "1m00s"},
		{80 * time.Second, "1m20s"},
		{10*time.Minute - 1, "9m59s"},
		{10 * time.Minute, "10m"},
		{time.Hour - 1, "59m"},
		{time.Hour, "1h00m"},
		{2*time.Hour + 5*time.Minute, "2h05m"},
		{day - 1, "23h59m"},
		{day, "1d0h"},
		{3*day + 4*time.Hour, "3d4h"},
		{math.MaxInt64, "106751d23h"},
	} {
		if got := string(AppendDuration([]byte("in "), test.d)); got != "in "+test.want {
			t.Errorf("%d ns is %q, not %q", test.d, got, "in "+test.want)
		}
	}
}

func TestAppendDurationKorean(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-time.Second:                    "0ms",
		250 * time.Millisecond:          "250ms",
		3299 * time.Millisecond:         "3.2초",
		34 * time.Second:                "34초",
		time.Minute:                     "1분",
		65 * time.Second:                "1분 5초",
		80 * time.Second:                "1분 20초",
		14*time.Minute + 59*time.Second: "14분",
		time.Hour:                       "1시간",
		2*time.Hour + 5*time.Minute:     "2시간 5분",
		day:                             "1일",
		3*day + 4*time.Hour:             "3일 4시간",
		math.MaxInt64:                   "106751일 23시간",
	} {
		if got := string(Korean.AppendDuration([]byte("약 "), d)); got != "약 "+want {
			t.Errorf("%d ns is %q, not %q", d, got, "약 "+want)
		}
	}
}

func TestAgeAppend(t *testing.T) {
	known := func(d time.Duration) Opt[time.Duration] { return Some(d) }
	var unknown Opt[time.Duration]
	for _, test := range []struct {
		age  Age
		want string
	}{
		{Age{}, "age "},
		{Age{unknown, known(time.Second)}, "age "},
		{Age{known(31 * time.Second), unknown}, "age >= 31s"},
		{Age{known(242 * time.Second), known(243 * time.Second)}, "age 4m02s..4m03s"},
		{Age{known(842 * time.Second), known(843 * time.Second)}, "age 14m"},
		{Age{known(0), known(0)}, "age 0ms"},
	} {
		if got := string(test.age.Append([]byte("age "))); got != test.want {
			t.Errorf("%+v is %q, not %q", test.age, got, test.want)
		}
	}
}
