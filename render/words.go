package render

import (
	"tcpstat/explain"
	"tcpstat/tcp"
)

// The sentences around a table, by language. Heads of columns, states and the
// words in a cell are the same in every language. Placeholders: {alarms},
// {notices} lists of {state} with {n}, {source}, {shown}, {columns}, {width}, {owners}, {user}, {time}.
var (
	wordsOneSocket    = tcp.Text{"1 TCP socket", "TCP 소켓 1개"}
	wordsSockets      = tcp.Text{"{n} TCP sockets", "TCP 소켓 {n}개"}
	wordsNamespaces   = tcp.Text{" in {n} network namespaces", "(네트워크 네임스페이스 {n}개)"}
	wordsOneNamespace = tcp.Text{" in 1 network namespace", "(네트워크 네임스페이스 1개)"}
	wordsMore         = tcp.Text{"and {n} more", "외 {n}개"}
	wordsShared       = tcp.Text{
		"A socket that several processes hold counts for each of them.",
		"여러 프로세스가 가진 소켓은 프로세스마다 각각 셈.",
	}
	wordsShown       = tcp.Text{", {shown} shown", " 중 {shown}개 표시"}
	wordsSource      = tcp.Text{" (from {source})", "({source}에서 읽음)"}
	wordsCount       = tcp.Text{"{n} {state}", "{state} {n}개"}
	wordsReservation = tcp.Text{
		"Forecasts go by the kernel's settings; a program can set its own for a socket (TCP_USER_TIMEOUT and its like), which the kernel does not report.",
		"예측은 커널 설정 기준. 프로그램이 소켓에 따로 정한 값(TCP_USER_TIMEOUT 등)은 커널이 알려 주지 않음.",
	}
	wordsNoRoom = tcp.Text{
		"No room for {columns} in {width} columns; --json has it.",
		"화면 {width}칸에 자리가 없는 열: {columns}; --json에는 있음.",
	}
	wordsNotKnown = tcp.Text{"Not known of any socket here: {columns}.", "여기의 모든 소켓에서 알 수 없는 열: {columns}."}
	wordsUser     = tcp.Text{"user {user}", "사용자 {user}"}
	wordsStarted  = tcp.Text{"started {time}", "{time} 시작"}
	wordsOwnedBy  = tcp.Text{"owned by {owners}", "소유: {owners}"}

	wordsBoth = tcp.Text{
		"Needs attention: {alarms}; worth a look: {notices}. What to do:",
		"조치 필요: {alarms}; 확인 권장: {notices}. 대처법:",
	}
	wordsAlarms    = tcp.Text{"Needs attention: {alarms}. What to do:", "조치 필요: {alarms}. 대처법:"}
	wordsNotices   = tcp.Text{"Worth a look: {notices}. What it means:", "확인 권장: {notices}. 의미:"}
	wordsNoSockets = tcp.Text{
		"There are no TCP sockets here. What tcpstat can explain:",
		"TCP 소켓 없음. tcpstat이 설명할 수 있는 것:",
	}
	wordsNoMatch = tcp.Text{
		"No socket matches the filter. How many there are in which state:",
		"필터에 맞는 소켓 없음. 상태별 소켓 수 보기:",
	}
	wordsNoneShown = tcp.Text{
		"No sockets to show. All there are, listeners too:",
		"보여 줄 소켓 없음. 리스너까지 모두 보기:",
	}
	wordsCalmProc = tcp.Text{
		"No socket in this list is seen to need attention, but /proc does not tell everything. What is missing:",
		"이 목록에는 조치할 것이 보이지 않지만 /proc이 모든 것을 알려 주지는 않음. 빠진 것 보기:",
	}
	wordsCalmFilter = tcp.Text{
		"No socket that the filter chose needs attention. What most of them mean:",
		"필터가 고른 소켓에는 조치할 것 없음. 가장 많은 상태의 의미:",
	}
	wordsCalmList = tcp.Text{
		"No socket in this list needs attention. All sockets:",
		"이 목록에는 조치할 것 없음. 모든 소켓 보기:",
	}
	wordsCalm = tcp.Text{
		"No socket in this list needs attention. Limits and counters of the machine:",
		"이 목록에는 조치할 소켓 없음. 시스템의 한도와 카운터 판정:",
	}
	wordsOverviewOf = tcp.Text{"TCP sockets of {host} at {time}", "{host}의 TCP 소켓, {time}"}
	wordsNoTime     = tcp.Text{"a time that is not known", "알 수 없는 시각"}
	wordsOverview   = tcp.Text{"TCP sockets at {time}", "TCP 소켓, {time}"}
)

// The sentences of the overview. Placeholders: {netns} inode of the namespace,
// {source}, {n} a number of findings or rules.
var (
	wordsPlace = tcp.Text{
		"Network namespace {netns}, read by {source}",
		"네트워크 네임스페이스 {netns}, {source}에서 읽음",
	}
	wordsOneFinding    = tcp.Text{"1 finding. What to do:", "문제 1건. 대처법:"}
	wordsFindings      = tcp.Text{"{n} findings. What to do about the worst:", "문제 {n}건. 가장 심한 것의 대처법:"}
	wordsNoFinding     = tcp.Text{"Nothing found by {n} rules. What they look for:", "규칙 {n}개 판정, 이상 없음. 판정 기준:"}
	wordsNoFindingYet  = tcp.Text{"Nothing found in one look by {n} rules. What only two looks show:", "한 번 살펴본 결과 규칙 {n}개 이상 없음. 두 번 살펴보아야 알 수 있는 것:"}
	wordsNoFindingGaps = tcp.Text{"Nothing found by {n} rules in what could be seen. What is missing:", "볼 수 있었던 것에서 규칙 {n}개 판정, 이상 없음. 빠진 것 보기:"}
	wordsNoFindingProc = tcp.Text{
		"Nothing found by {n} rules, but /proc does not tell enough for others. Which:",
		"규칙 {n}개 판정, 이상 없음. /proc만으로 판정할 수 없는 규칙 보기:",
	}
	wordsUnjudged = tcp.Text{"UNKNOWN: some rules could not be judged. What they look for:", "UNKNOWN: 판정하지 못한 규칙이 있음. 판정 기준:"}
	wordsHistory  = tcp.Text{
		"Since this network namespace began: {remarks}. Only two looks tell whether that goes on.",
		"이 네트워크 네임스페이스가 시작된 뒤: {remarks}. 계속되는지는 두 번 살펴보아야 알 수 있음.",
	}
)

// moves say on which side the next move is.
var moves = [...]tcp.Text{
	explain.Nobody:         {"nobody", "없음"},
	explain.ProgramHere:    {"here", "이쪽"},
	explain.ProgramThere:   {"peer", "상대"},
	explain.KernelThere:    {"peer", "상대"},
	explain.ProgramsEither: {"either", "양쪽"},
	explain.Clock:          {"clock", "시간"},
}

// The sentences of a check. Placeholders: {n}, {not} numbers of rules, {n} of
// subjects; {rules} their ids.
var (
	wordsOneWell    = tcp.Text{"1 rule judged, nothing found", "규칙 1개 판정, 이상 없음"}
	wordsWell       = tcp.Text{"{n} rules judged, nothing found", "규칙 {n}개 판정, 이상 없음"}
	wordsWellButFor = tcp.Text{
		"{n} rules judged, nothing found; {not} cannot be judged here",
		"규칙 {n}개 판정, 이상 없음; 여기서 판정할 수 없는 규칙 {not}개",
	}
	wordsOthers        = tcp.Text{", and {n} more", ", 외 {n}개"}
	wordsMoreProcesses = tcp.Text{" and {n} more", " 외 프로세스 {n}개"}

	labelWhy     = tcp.Text{"why", "원인"}
	labelSide    = tcp.Text{"side", "위치"}
	labelEnds    = tcp.Text{"ends", "종료"}
	labelDo      = tcp.Text{"do", "조치"}
	labelNumbers = tcp.Text{"numbers", "수치"}
	labelMore    = tcp.Text{"more", "확인"}

	wordsNotJudged = tcp.Text{"not judged: {rules} ({reason})", "판정하지 않음: {rules} ({reason})"}
)
