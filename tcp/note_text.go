package tcp

// clauseID names one part of a note.
type clauseID uint8

const (
	noClause clauseID = iota
	queueFull
	queueUsed
	queueUsedNoLimit
	halfOpenHere
	droppedOther
	droppedPerhaps
	droppedShort
	synSentWaits
	synSentAgain
	synRecvWaits
	synAckAgain
	synAckSent
	behindFullQueue
	notAccepted
	dataAgain
	cannotSend
	againNoForecast
	subflow
	keepaliveUnanswered
	keepaliveNoForecast
	keepaliveOwn
	idleUnchecked
	windowClosed
	windowClosedNow
	windowClosedOrphan
	probeUnanswered
	notReading
	finWaits
	finAgain
	closingWaits
	halfClosed
	finWait2Ends
	finWait2EndsWithin
	timeWaitEnds
	peerClosed
	closedUnaccepted
	eofRead
	finUnread
	dataUnread
	alertUnread
	boundIdle
	endedHeld
	unknownState
	clauseCount
)

// clauseTexts are the sentences. Placeholders: {n} {of} {drops} counts, {port}, {next}
// until the next try, {then} the same with its words where there is one, {ends}
// until the kernel ends it, {about} the same as a forecast, {since} time in state.
var clauseTexts = [clauseCount]Text{
	queueFull: {
		"accept queue full: {n} wait, limit {of}; new connections are dropped until the program accepts",
		"accept 큐 가득 참: {n}개 대기, 한도 {of}개; 프로그램이 accept할 때까지 새 연결을 버림",
	},
	queueUsed: {"{n} of {of} wait for accept()", "accept() 대기 {n}/{of}"},
	queueUsedNoLimit: {
		"{n} wait for accept(); the limit is not known",
		"accept() 대기 {n}개; 한도는 알 수 없음",
	},
	halfOpenHere: {"{n} half-open", "반개방 {n}개"},
	droppedOther: {
		"{drops} dropped so far, none because the accept queue was full",
		"지금까지 {drops}건 버림, accept 큐가 가득 찬 탓은 아님",
	},
	droppedPerhaps: {
		"{drops} dropped so far: repeated SYNs, or its accept queue was full (all listeners here: {n} overflows)",
		"지금까지 {drops}건 버림: 반복된 SYN이거나 accept 큐가 가득 찼음(이곳의 모든 리스너: 넘침 {n}건)",
	},
	droppedShort: {
		"{drops} dropped so far: repeated SYNs, or its short accept queue ({of}) was full (all listeners here: {n} overflows)",
		"지금까지 {drops}건 버림: 반복된 SYN이거나 짧은 accept 큐(한도 {of})가 가득 찼음(이곳의 모든 리스너: 넘침 {n}건)",
	},
	synSentWaits: {"waits for the peer's SYN+ACK", "상대의 SYN+ACK 대기 중"},
	synSentAgain: {
		"no answer: SYN sent again, {n} of {of}, {then}gives up in {about}",
		"응답 없음: SYN 재전송 {n}/{of}회, {then}{about} 후 포기",
	},
	synRecvWaits: {"waits for the client's ACK", "클라이언트의 ACK 대기 중"},
	synAckAgain: {
		"no answer: SYN+ACK sent again, {n} of {of}, {then}gives up in {about}",
		"응답 없음: SYN+ACK 재전송 {n}/{of}회, {then}{about} 후 포기",
	},
	synAckSent: {
		"waits for the client's ACK; SYN+ACK sent again, {n} so far",
		"클라이언트의 ACK 대기 중; SYN+ACK 재전송 {n}회",
	},
	behindFullQueue: {"the accept queue of :{port} is full", ":{port}의 accept 큐가 가득 참"},
	notAccepted: {
		"not accepted yet: in the accept queue of :{port}",
		"아직 accept되지 않음: :{port}의 accept 큐에서 대기 중",
	},
	dataAgain: {
		"retransmission {n} of about {of}, {then}gives up in {about}",
		"재전송 {n}회째(약 {of}회 중), {then}{about} 후 포기",
	},
	cannotSend: {
		"{n} of {of} tries to send again failed on this machine: no carrier, no route, or the device takes nothing",
		"재전송 시도 {of}회 중 {n}회가 이 시스템에서 실패: 링크 끊김, 경로 없음 또는 장치가 받지 않음",
	},
	againNoForecast: {"retransmission {n}, next in {next}", "재전송 {n}회, 다음 시도 {next} 후"},
	subflow: {
		"a subflow of Multipath TCP: other subflows carry its data, if there are any",
		"Multipath TCP의 하위 흐름: 다른 하위 흐름이 있으면 데이터를 대신 나름",
	},
	keepaliveUnanswered: {
		"idle peer does not answer: keepalive probe {n} of {of}, {then}gives up in {about}",
		"유휴 상대 응답 없음: keepalive 프로브 {n}/{of}회, {then}{about} 후 포기",
	},
	keepaliveNoForecast: {
		"idle peer does not answer: keepalive probe {n}, next in {next}",
		"유휴 상대 응답 없음: keepalive 프로브 {n}회, 다음 시도 {next} 후",
	},
	keepaliveOwn: {
		"idle peer does not answer: keepalive probe {n}, next in {next}; the program has set its own times, gives up within {ends}",
		"유휴 상대 응답 없음: keepalive 프로브 {n}회, 다음 시도 {next} 후; 프로그램이 자체 시간을 정함, 늦어도 {ends} 후 포기",
	},
	idleUnchecked: {
		"nothing heard for {since}, and no keepalive: if the peer is gone nobody notices (set SO_KEEPALIVE)",
		"상대에게서 들은 것 없음, {since}; keepalive 없음: 상대가 사라져도 아무도 모름(SO_KEEPALIVE 설정)",
	},
	windowClosed: {
		"the peer is not reading: its window stays closed, {n} bytes wait; can go on for ever while it answers probes",
		"상대가 읽지 않음: 윈도우가 계속 닫혀 {n}바이트 대기; 상대가 프로브에 응답하는 한 끝없이 이어질 수 있음",
	},
	windowClosedNow: {
		"the peer's window is closed at this moment: {n} bytes wait",
		"지금 상대의 윈도우가 닫혀 있음: {n}바이트 대기",
	},
	windowClosedOrphan: {
		"the peer is not reading: its window stays closed, {n} bytes wait; no program owns it, so that in the end even answered probes are given up",
		"상대가 읽지 않음: 윈도우가 계속 닫혀 {n}바이트 대기; 소유한 프로그램이 없어 프로브에 응답이 있어도 결국 포기",
	},
	probeUnanswered: {
		"the peer's window is closed and it no longer answers: probe {n} of about {of}, {then}gives up in {about}",
		"상대의 윈도우가 닫혔고 더는 응답도 없음: 프로브 {n}회째(약 {of}회 중), {then}{about} 후 포기",
	},
	notReading: {
		"the program is not reading: {n} bytes wait, the last came {since} ago",
		"프로그램이 읽지 않음: {n}바이트 대기, 마지막 수신 뒤 {since}",
	},
	finWaits: {"our FIN waits for the peer's ACK", "이쪽 FIN에 대한 상대의 ACK 대기 중"},
	finAgain: {
		"our FIN is not acknowledged: retransmission {n} of about {of}, {then}gives up in {about}",
		"이쪽 FIN에 대한 ACK 없음: 재전송 {n}회째(약 {of}회 중), {then}{about} 후 포기",
	},
	closingWaits: {
		"both ends closed at once; our FIN waits for the peer's ACK",
		"양쪽이 동시에 닫음; 이쪽 FIN에 대한 상대의 ACK 대기 중",
	},
	halfClosed: {
		"our side closed {since} ago, the peer may go on sending; no time limit while a program holds it",
		"이쪽이 닫음, {since}; 상대는 계속 보낼 수 있음, 프로그램이 쥐고 있는 동안 시간제한 없음",
	},
	finWait2Ends: {
		"the peer has not closed; the kernel drops it in {ends}",
		"상대가 닫지 않음; {ends} 후 커널이 폐기",
	},
	finWait2EndsWithin: {
		"the peer has not closed; the kernel drops it within {ends}",
		"상대가 닫지 않음; 늦어도 {ends} 후 커널이 폐기",
	},
	timeWaitEnds: {"kept for late segments, gone in {ends}", "늦게 올 세그먼트에 대비해 유지, {ends} 후 사라짐"},
	peerClosed:   {"peer closed {since} ago", "상대가 닫음, {since}"},
	closedUnaccepted: {
		"never accepted: in the accept queue of :{port}",
		"accept된 적 없음: :{port}의 accept 큐에 있음",
	},
	eofRead:    {"the end was read, but not closed", "끝(EOF)은 읽었으나 닫지 않음"},
	finUnread:  {"the program has not read the end", "프로그램이 끝(EOF)을 읽지 않음"},
	dataUnread: {"{n} bytes and the FIN unread", "{n}바이트와 FIN을 읽지 않음"},
	alertUnread: {
		"{n} bytes (a TLS close_notify?) and the FIN unread",
		"{n}바이트(TLS close_notify로 추정)와 FIN을 읽지 않음",
	},
	boundIdle: {"has a port, neither listens nor connects", "포트만 차지, listen도 connect도 하지 않음"},
	endedHeld: {
		"closed, but its descriptor is open: counts against the limit of open files",
		"닫혔지만 디스크립터가 열려 있어 열린 파일 한도에 포함됨",
	},
	unknownState: {"state number {n} is new to tcpstat", "상태 번호 {n}: 이 tcpstat이 모르는 상태"},
}

func (c *clause) text(lang Lang) string { return clauseTexts[c.id].In(lang) }

// Parts of sentences, each around one {time}.
var (
	ageExact   = Text{"{time}", "{time} 경과"}
	ageAtLeast = Text{"at least {time}", "{time} 이상 경과"}
	ageUnknown = Text{"some time", "경과 시간 미상"}
	aMoment    = Text{"a moment", "잠시"}
	about      = Text{"about {time}", "약 {time}"}
	nextTry    = Text{"next in {time}, ", "다음 시도 {time} 후, "}
)

// around gives what stands before and behind the one placeholder of a text.
func (t Text) around(lang Lang) (before, after string) {
	before, _, after, _ = cutPlaceholder(t.In(lang))
	return before, after
}
