package render

import (
	"tcpstat/health"
	"tcpstat/tcp"
)

// The sentences of the statistics, by language. Sections and formulas are the
// same in every language.
var (
	wordsStatisticsOf   = tcp.Text{"TCP statistics of {host} at {time}", "{host}의 TCP 통계, {time}"}
	wordsStatistics     = tcp.Text{"TCP statistics at {time}", "TCP 통계, {time}"}
	wordsNamespace      = tcp.Text{"Network namespace {netns}, {window}", "네트워크 네임스페이스 {netns}, {window}"}
	wordsSomeNamespace  = tcp.Text{"Network namespace not known, {window}", "네트워크 네임스페이스 알 수 없음, {window}"}
	wordsSinceMade      = tcp.Text{"since boot or since it was made", "부팅 또는 생성 이후"}
	wordsOver           = tcp.Text{"over {window}", "{window} 동안"}
	wordsRetransmission = tcp.Text{"Retransmission", "재전송"}
	wordsMadeOf         = tcp.Text{"Those sent again are made of:", "다시 보낸 세그먼트의 구성:"}
	wordsExceeded       = tcp.Text{
		"More than the whole: the kernel counted on while its files were read.",
		"합이 전체보다 큼: 파일을 읽는 동안에도 커널이 계속 셈.",
	}
	wordsBeside     = tcp.Text{"Beside that, overlapping those above:", "위와 겹치는 수:"}
	wordsNoFraction = tcp.Text{"none", "없음"} // of a ratio with nothing below the line
	wordsUnknown    = tcp.Text{"unknown", "알 수 없음"}
)

// The rows of the block about retransmission, with the counters behind them.
var (
	wordsSent      = tcp.Text{"segments sent, without those sent again (OutSegs)", "보낸 세그먼트, 재전송 제외 (OutSegs)"}
	wordsReceived  = tcp.Text{"segments received (InSegs)", "받은 세그먼트 (InSegs)"}
	wordsAgain     = tcp.Text{"segments sent again (RetransSegs)", "다시 보낸 세그먼트 (RetransSegs)"}
	wordsFast      = tcp.Text{"fast, when ACKs told of the loss (TCPFastRetrans)", "빠른 재전송, ACK로 손실을 알게 됨 (TCPFastRetrans)"}
	wordsSlowStart = tcp.Text{"in slow start after a timeout (TCPSlowStartRetrans)", "타임아웃 뒤 슬로 스타트 (TCPSlowStartRetrans)"}
	wordsSyns      = tcp.Text{"SYN or SYN+ACK (TCPSynRetrans)", "SYN 또는 SYN+ACK (TCPSynRetrans)"}
	wordsRest      = tcp.Text{"by the timer itself or as a loss probe (the rest)", "타이머 또는 손실 프로브 (나머지)"}
	wordsTimeouts  = tcp.Text{"timeouts, those of SYNs too (TCPTimeouts)", "타임아웃, SYN 포함 (TCPTimeouts)"}
	wordsProbes    = tcp.Text{"loss probes; some send new data (TCPLossProbes)", "손실 프로브, 일부는 새 데이터 (TCPLossProbes)"}
	wordsNeedless  = tcp.Text{"needless: the peer had it already (TCPDSACKRecvSegs)", "불필요: 상대가 이미 받음 (TCPDSACKRecvSegs)"}

	// Kernels before 5.9 count how often peers reported that, not of how many.
	wordsNeedlessReports = tcp.Text{"times a peer reported needless ones (TCPDSACKRecv)", "불필요했다는 상대의 보고 횟수 (TCPDSACKRecv)"}
)

// The ratios, which are the same in every language.
const (
	formulaWire = "wire = RetransSegs/OutSegs"
	formulaData = "data = (RetransSegs - TCPSynRetrans)/TCPOrigDataSent"
	formulaSyn  = "syn = TCPSynRetrans/(ActiveOpens + PassiveOpens)"
)

// verdictWords are what is said of a verdict. Placeholders: {part} of the segments
// sent again and {limit}, the threshold, in per cent, {n} and {least} segments.
func verdictWords(v health.Verdict) tcp.Text {
	switch v {
	case health.TooLittle:
		return tcp.Text{
			"too little traffic to judge: {n} segments sent, it takes {least}",
			"판정하기에는 트래픽이 적음: 보낸 세그먼트 {n}개, {least}개 필요",
		}
	case health.VerdictOK:
		return tcp.Text{
			"{part} % of the segments were sent again, less than {limit} %",
			"세그먼트 재전송률 {part}%, {limit}% 미만",
		}
	case health.VerdictWarning, health.VerdictCritical:
		return tcp.Text{
			"{part} % of the segments were sent again, {limit} % or more",
			"세그먼트 재전송률 {part}%, {limit}% 이상",
		}
	}
	return tcp.Text{
		"the kernel does not tell how many segments were sent and sent again",
		"커널이 보낸 세그먼트와 다시 보낸 세그먼트 수를 알려 주지 않음",
	}
}

// Where the loss points. Placeholders: {n} overflows, {peer}, {part} of the bytes in per
// cent, {syns} and {needless} of {n} segments.
var (
	wordsAcceptQueue = tcp.Text{
		"an accept queue overflowed {n} times: a program here accepts too slowly, and its clients try again",
		"accept 큐가 {n}번 넘침: 프로그램의 accept()가 느려 클라이언트가 다시 시도함",
	}
	wordsSynsOnly = tcp.Text{
		"{syns} of {n} were SYNs: connection attempts that nobody answers, no loss of data",
		"{n}건 중 {syns}건이 SYN: 데이터 손실이 아니라 응답 없는 연결 시도",
	}
	wordsDelay = tcp.Text{
		"the peers had {needless} of {n} already (DSACK): delay, reordering or lost ACKs, no loss of data",
		"{n}건 중 {needless}건은 상대가 이미 가진 것(DSACK): 데이터 손실이 아니라 지연, 순서 뒤바뀜 또는 ACK 유실",
	}
	wordsOnePeer = tcp.Text{
		"segments to {peer} are lost: it has {part} % of the bytes that live connections have sent again",
		"{peer}(으)로 가는 세그먼트 유실: 살아 있는 연결이 다시 보낸 바이트 중 {part}%",
	}
	wordsOnlyPeer = tcp.Text{
		"segments to {peer} are lost: it has all that live connections have sent again, and there is no other peer to compare it with",
		"살아 있는 연결이 다시 보낸 것은 모두 {peer}에 대한 것이며 비교할 다른 상대가 없음",
	}
	wordsPath = tcp.Text{
		"segments to all peers are lost about equally: look at this machine's own link, and at what the paths share",
		"살아 있는 연결의 모든 상대가 비슷하게 겪음: 이 시스템의 링크나 경로들의 공통 구간 확인",
	}
	wordsPathGone = tcp.Text{
		"no live connection has sent anything again: the ones that did are gone",
		"살아 있는 연결은 다시 보낸 것이 없음: 재전송한 연결은 이미 끝남",
	}
	wordsPathUnseen = tcp.Text{
		"data is lost; whether to one peer alone only sock_diag tells",
		"데이터 손실; 한 상대에게만 그런지는 sock_diag로만 알 수 있음",
	}
	wordsOverflowToo = tcp.Text{"Accept queues overflowed {n} times (ListenOverflows).", "accept 큐 넘침 {n}회(ListenOverflows)."}
	wordsLossTopic   = tcp.Text{"What it means:", "의미:"}
)
