package tcp

import (
	"strconv"
	"time"
)

// AppendDuration appends d as people read it, two units at most, cut and not
// rounded: 250ms, 3.2s, 34s, 1m20s, 14m, 2h05m, 3d4h.
func AppendDuration(dst []byte, d time.Duration) []byte {
	d = max(0, d)
	switch {
	case d < time.Second:
		return append(strconv.AppendInt(dst, d.Milliseconds(), 10), "ms"...)
	case d < 10*time.Second:
		dst = strconv.AppendInt(dst, int64(d/time.Second), 10)
		dst = append(dst, '.')
		dst = strconv.AppendInt(dst, int64(d%time.Second/(time.Second/10)), 10)
		return append(dst, 's')
	case d < time.Minute:
		return append(strconv.AppendInt(dst, int64(d/time.Second), 10), 's')
	case d < 10*time.Minute:
		return appendUnits(dst, d, time.Minute, 'm', time.Second, 's')
	case d < time.Hour:
		return append(strconv.AppendInt(dst, int64(d/time.Minute), 10), 'm')
	case d < 24*time.Hour:
		return appendUnits(dst, d, time.Hour, 'h', time.Minute, 'm')
	}
	const day = 24 * time.Hour
	dst = append(strconv.AppendInt(dst, int64(d/day), 10), 'd')
	return append(strconv.AppendInt(dst, int64(d%day/time.Hour), 10), 'h')
}

func appendUnits(dst []byte, d, large time.Duration, largeName byte, small time.Duration, smallName byte) []byte {
	dst = append(strconv.AppendInt(dst, int64(d/large), 10), largeName)
	rest := int64(d % large / small)
	if rest < 10 {
		dst = append(dst, '0')
	}
	return append(strconv.AppendInt(dst, rest, 10), smallName)
}

// Append appends the bounds as people read them: "4m02s..4m03s", ">= 31s", or
// nothing when neither is known. Bounds that read alike are one: "14m".
func (a Age) Append(dst []byte) []byte {
	low, known := a.Min.Get()
	if !known {
		return dst
	}
	high, bounded := a.Max.Get()
	if !bounded {
		return AppendDuration(append(dst, ">= "...), low)
	}
	start := len(dst)
	dst = AppendDuration(dst, low)
	middle := len(dst)
	dst = AppendDuration(append(dst, ".."...), high)
	if string(dst[start:middle]) == string(dst[middle+2:]) {
		return dst[:middle]
	}
	return dst
}
