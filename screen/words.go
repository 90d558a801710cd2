package screen

import "tcpstat/tcp"

// The sentences of the screen. Placeholders: {n} a number, {state} names of states,
// {time}, {age} durations, {low}, {high} numbers of sockets, {first}, {last} places in
// the list.
var (
	wordsTooSmall   = tcp.Text{"too small: {columns}x{rows} at least", "화면이 작음: {columns}x{rows} 이상 필요"}
	wordsCount      = tcp.Text{"{n} {state}", "{state} {n}개"}
	wordsPaused     = tcp.Text{"paused", "일시 정지"}
	wordsOldest     = tcp.Text{"oldest {age}", "가장 오래된 것 {age}"}
	wordsSince      = tcp.Text{"in {time}:", "{time} 동안:"}
	wordsAppeared   = tcp.Text{"{n} appeared", "나타남 {n}"}
	wordsChanged    = tcp.Text{"{n} changed", "바뀜 {n}"}
	wordsLeft       = tcp.Text{"{n} left", "사라짐 {n}"}
	wordsBrief      = tcp.Text{"{n} between two samples", "표본 사이에 {n}"}
	wordsLost       = tcp.Text{"{n} ends lost", "놓친 종료 {n}"}
	wordsUnfollowed = tcp.Text{"{n} not followed", "추적하지 않음 {n}"}
	wordsRange      = tcp.Text{"{low} to {high} over {time}", "{time} 동안 {low}~{high}"}
	wordsNoneNow    = tcp.Text{"No such socket now.", "지금은 해당 소켓 없음."}
	wordsNoneMatch  = tcp.Text{"No socket here matches the filter.", "여기에 필터와 맞는 소켓 없음."}
	wordsPart       = tcp.Text{"{first}-{last} of {n}", "{n}개 중 {first}-{last}"}
	wordsEsc        = tcp.Text{"Esc: all of them", "Esc: 모두 보기"}
	wordsKeys       = tcp.Text{
		"q quit, space pause, s sort: {sort}, / filter, arrows scroll",
		"q 끝내기, space 일시 정지, s 정렬: {sort}, / 필터, 화살표 이동",
	}
	wordsNoKeys = tcp.Text{"no keyboard here; Ctrl-C ends it", "키보드 없음; Ctrl-C로 끝냄"}
)
