package health

import "tcpstat/tcp"

// Reason says why a rule is not judged. The words are part of the JSON contract.
type Reason string

// The reasons.
const (
	NoWindow       Reason = "no_window"
	FirstLook      Reason = "first_look"
	OtherBoot      Reason = "other_boot"
	OtherNamespace Reason = "other_namespace"
	CountersFell   Reason = "counters_fell"
	ClockWentBack  Reason = "clock_went_back"
	CountedForAll  Reason = "counted_for_all"
	NotRecorded    Reason = "not_recorded"
	NotInProc      Reason = "not_in_proc"
	HostWide       Reason = "host_wide"
	NotCounted     Reason = "not_counted"
	NoSettings     Reason = "no_settings"
	NotThere       Reason = "not_there"
	NoLimit        Reason = "no_limit"
	Undecided      Reason = "undecided"
	NoPermission   Reason = "no_permission"

	TooLittleTraffic Reason = "too_little_traffic"
)

// Reasons lists them all.
var Reasons = []Reason{
	NoWindow, FirstLook, OtherBoot, OtherNamespace, CountersFell, ClockWentBack,
	CountedForAll, NotRecorded, NotInProc, HostWide, NotCounted, NoSettings, NotThere, NoLimit, Undecided,
	TooLittleTraffic, NoPermission,
}

var reasonTexts = [...]struct {
	reason Reason
	text   tcp.Text
}{
	{NoWindow, tcp.Text{
		"it takes two looks: --window DUR, or --state-file FILE",
		"두 번 살펴봐야 함: --window DUR 또는 --state-file FILE",
	}},
	{FirstLook, tcp.Text{"there was no earlier look; the next one will tell", "앞서 살펴본 적 없음, 다음번에 판정"}},
	{OtherBoot, tcp.Text{
		"the earlier look was before the machine started; the window begins again",
		"앞서 살펴본 것은 시스템이 시작되기 전의 것이라 구간을 새로 시작",
	}},
	{OtherNamespace, tcp.Text{
		"the earlier look was at another network namespace; the window begins again",
		"앞서 살펴본 것은 다른 네트워크 네임스페이스의 것이라 구간을 새로 시작",
	}},
	{CountersFell, tcp.Text{
		"counters fell, since the network namespace was made anew; the window begins again",
		"네트워크 네임스페이스가 새로 만들어져 카운터가 줄었으므로 구간을 새로 시작",
	}},
	{ClockWentBack, tcp.Text{
		"the earlier look lies in the future, since the clock was set back; the window begins again",
		"시계가 뒤로 맞춰져 앞서 살펴본 때가 미래이므로 구간을 새로 시작",
	}},
	{CountedForAll, tcp.Text{
		"the kernel counts it for all sockets together; it does not go with a filter",
		"커널이 모든 소켓을 합쳐 세므로 필터와 함께 쓸 수 없음",
	}},
	{NotInProc, tcp.Text{
		"/proc does not tell enough; it takes sock_diag",
		"/proc만으로는 알 수 없음, sock_diag가 필요",
	}},
	{NotRecorded, tcp.Text{"the record lacks it", "기록에 없음"}},
	{HostWide, tcp.Text{
		"it is counted for the whole host, in the first network namespace only",
		"호스트 전체를 세는 값이라 첫 네트워크 네임스페이스에만 있음",
	}},
	{NotCounted, tcp.Text{"this kernel does not count it, or it could not be read", "이 커널이 세지 않거나 읽지 못함"}},
	{NoSettings, tcp.Text{"the kernel's settings could not be read", "커널 설정을 읽지 못함"}},
	{NotThere, tcp.Text{"connections are not tracked here", "여기서는 연결을 추적하지 않음"}},
	{Undecided, tcp.Text{
		"the filter asks what is not known of some sockets",
		"필터가 일부 소켓에 대해 알 수 없는 것을 물음",
	}},
	{TooLittleTraffic, tcp.Text{
		"too little was sent to judge by; a longer window may tell",
		"보낸 것이 너무 적어 판정할 수 없음, 구간을 늘리면 가능할 수 있음",
	}},
	{NoPermission, tcp.Text{
		"some processes may not be looked into",
		"일부 프로세스를 들여다볼 수 없음",
	}},
	{NoLimit, tcp.Text{"its limit is 0, so that there is nothing to compare with", "한도가 0이라 비교할 기준이 없음"}},
}

// Text says it for people.
func (r Reason) Text() tcp.Text {
	for i := range reasonTexts {
		if reasonTexts[i].reason == r {
			return reasonTexts[i].text
		}
	}
	return tcp.Text{}
}
