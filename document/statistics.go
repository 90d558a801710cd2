package document

// Statistics are the kernel's counters of one network namespace (kind "statistics").
type Statistics struct {
	Head
	Origin

	// Window is the time in which the counters rose; nil: they count since boot, or
	// since the namespace was made.
	Window *Milliseconds `json:"window_ms"`

	Counters Counters `json:"counters"`
	Ratios   Ratios   `json:"ratios"`

	// Verdict is ok, warning, critical or too_little, of Ratios.Wire by the thresholds of
	// the rule retrans; nil where the counters are missing. VerdictText says the same and
	// where the loss points, in words for people.
	Verdict     *string `json:"verdict"`
	VerdictText *string `json:"verdict_text"`

	Missing []Missing `json:"missing"`
}

// Counters are the counters by the kernel's names, zeros included; in a window by how
// much each rose, but gauges such as CurrEstab as they stand. A section that the kernel
// or this /proc lacks is nil.
type Counters struct {
	TCP      map[string]int64 `json:"Tcp"`      // of net/snmp
	TCPExt   map[string]int64 `json:"TcpExt"`   // of net/netstat
	MPTCPExt map[string]int64 `json:"MPTcpExt"` // of net/netstat
}

// Ratios are fractions, nil with nothing below the line or where a counter is missing.
type Ratios struct {
	Wire *float64 `json:"wire"` // RetransSegs/OutSegs
	Data *float64 `json:"data"` // (RetransSegs - TCPSynRetrans)/TCPOrigDataSent
	Syn  *float64 `json:"syn"`  // TCPSynRetrans/(ActiveOpens + PassiveOpens); it can exceed 1
}
