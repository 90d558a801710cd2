package health

// Status is a judgement, ordered as monitoring plugins number it.
type Status uint8

// The statuses. The number is the exit code of a plugin.
const (
	OK Status = iota
	Warning
	Critical
	Unknown
)

// String gives OK, WARNING, CRITICAL or UNKNOWN.
func (s Status) String() string {
	return [...]string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}[s]
}

// Worse gives the status that matters more: CRITICAL before WARNING before
// UNKNOWN before OK.
func (s Status) Worse(t Status) Status {
	if weight[t] > weight[s] {
		return t
	}
	return s
}

var weight = [...]int{OK: 0, Unknown: 1, Warning: 2, Critical: 3}
