package health

import "tcpstat/tcp"

// Reason says why a rule is not judged. The words are part of the JSON contract.
type Reason string

// The reasons.
const (
	NoWindow    Reason = "no_window"
	NotInProc   Reason = "not_in_proc"
	HostWide    Reason = "host_wide"
	NotCounted  Reason = "not_counted"
	NoSettings  Reason = "no_settings"
	NotThere    Reason = "not_there"
	NotRecorded Reason = "not_recorded"
)

var reasonTexts = map[Reason]tcp.Text{
	NoWindow:    {"it takes two looks: --window DUR, or --state-file FILE"},
	NotInProc:   {"/proc does not tell enough; it takes sock_diag"},
	HostWide:    {"it is counted for the whole host, in the first network namespace only"},
	NotCounted:  {"this kernel has no such counter"},
	NoSettings:  {"the kernel's settings could not be read"},
	NotThere:    {"there is no such table here"},
	NotRecorded: {"the record lacks it"},
}

// Text says it for people.
func (r Reason) Text() tcp.Text { return reasonTexts[r] }
