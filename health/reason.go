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
	NoWindow: {
		"it takes two looks: --window DUR, or --state-file FILE",
		"두 번 살펴봐야 함: --window DUR 또는 --state-file FILE",
	},
	NotInProc: {
		"/proc does not tell enough; it takes sock_diag",
		"/proc만으로는 알 수 없음, sock_diag가 필요",
	},
	HostWide: {
		"it is counted for the whole host, in the first network namespace only",
		"호스트 전체를 세는 값이라 첫 네트워크 네임스페이스에만 있음",
	},
	NotCounted:  {"this kernel has no such counter", "이 커널에는 그런 카운터가 없음"},
	NoSettings:  {"the kernel's settings could not be read", "커널 설정을 읽지 못함"},
	NotThere:    {"there is no such table here", "여기에는 그런 테이블이 없음"},
	NotRecorded: {"the record lacks it", "기록에 없음"},
}

// Text says it for people.
func (r Reason) Text() tcp.Text { return reasonTexts[r] }
