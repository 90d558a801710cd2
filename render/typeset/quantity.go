package typeset

import (
	"math"
	"strconv"
	"strings"
	"time"

	"tcpstat/tcp"
)

// Amount is a value with its unit, such as 131 sockets, 1 socket, 4.5 % or 12/s.
func Amount(value float64, unit string) string {
	number := Rounded(value)
	switch unit {
	case "1/s":
		return number + "/s"
	case "ms":
		return Milliseconds(value)
	}
	if value == 1 {
		return number + " " + strings.TrimSuffix(unit, "s")
	}
	return number + " " + unit
}

// Number writes a value with at most three decimals.
func Number(v float64) string {
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
}

// Rounded writes a value for people: with two decimals below 1, one below 100, and none
// from there on.
func Rounded(v float64) string {
	unit := 1.0
	switch size := math.Abs(v); {
	case size < 1:
		unit = 100
	case size < 100:
		unit = 10
	}
	return strconv.FormatFloat(math.Round(v*unit)/unit, 'f', -1, 64)
}

// Milliseconds writes a time as [tcp.AppendDuration] does.
func Milliseconds(ms float64) string {
	return string(tcp.AppendDuration(nil, time.Duration(ms)*time.Millisecond))
}
