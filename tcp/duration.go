package tcp

import (
	"strconv"
	"time"
)

// AppendDuration appends d as people read it, two units at most, cut and not
// rounded: 250ms, 3.2s, 34s, 1m20s, 14m, 2h05m, 3d4h. Cells and JSON have it so
// in every language; sentences take [Lang.AppendDuration].
func AppendDuration(dst []byte, d time.Duration) []byte { return English.AppendDuration(dst, d) }

// timeUnits are the units of time as a language writes them behind a number.
type timeUnits struct {
	milli, second, minute, hour, day string

	apart   string // before the unit of a figure in a text
	between string // before the smaller of two units
	exact   bool   // the smaller unit is there even if it is 0, and lines up: 2h05m
}

var unitsOf = [langCount]timeUnits{
	English: {"ms", "s", "m", "h", "d", " ", "", true},
	Korean:  {"ms", "초", "분", "시간", "일", "", " ", false},
}

// AppendDuration appends d like the function of that name, with the units of the
// language: 250ms, 3.2초, 34초, 1분 20초, 14분, 2시간 5분, 3일 4시간.
func (l Lang) AppendDuration(dst []byte, d time.Duration) []byte {
	const day = 24 * time.Hour
	d = max(0, d)
	u := &unitsOf[l]
	switch {
	case d < time.Second:
		return append(strconv.AppendInt(dst, d.Milliseconds(), 10), u.milli...)
	case d < 10*time.Second:
		dst = strconv.AppendInt(dst, int64(d/time.Second), 10)
		dst = append(dst, '.')
		dst = strconv.AppendInt(dst, int64(d%time.Second/(time.Second/10)), 10)
		return append(dst, u.second...)
	case d < time.Minute:
		return append(strconv.AppendInt(dst, int64(d/time.Second), 10), u.second...)
	case d < 10*time.Minute:
		dst = append(strconv.AppendInt(dst, int64(d/time.Minute), 10), u.minute...)
		return u.appendRest(dst, int64(d%time.Minute/time.Second), 2, u.second)
	case d < time.Hour:
		return append(strconv.AppendInt(dst, int64(d/time.Minute), 10), u.minute...)
	case d < day:
		dst = append(strconv.AppendInt(dst, int64(d/time.Hour), 10), u.hour...)
		return u.appendRest(dst, int64(d%time.Hour/time.Minute), 2, u.minute)
	}
	dst = append(strconv.AppendInt(dst, int64(d/day), 10), u.day...)
	return u.appendRest(dst, int64(d%day/time.Hour), 1, u.hour)
}

// appendRest appends the smaller of two units, which has so many digits where
// the language wants it exact.
func (u *timeUnits) appendRest(dst []byte, n int64, digits int, unit string) []byte {
	if n == 0 && !u.exact {
		return dst
	}
	dst = append(dst, u.between...)
	if u.exact && digits == 2 && n < 10 {
		dst = append(dst, '0')
	}
	return append(strconv.AppendInt(dst, n, 10), unit...)
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
