package tcp

// clauseID names one part of a note.
type clauseID uint8

const (
	noClause clauseID = iota
	queueFull
	queueFullDrops
	queueUsed
	queueUsedNoLimit
	synSentWaits
	synSentAgain
	synRecvWaits
	synAckAgain
	synAckSent
	behindFullQueue
	notAccepted
	dataAgain
	againNoForecast
	keepaliveUnanswered
	keepaliveNoForecast
	windowClosed
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
	unknownState
	clauseCount
)

// clauseTexts are the sentences. Placeholders: {n} {of} {drops} counts, {port}, {next}
// until the next try, {then} the same with its words where there is one, {ends}
// until the kernel ends it, {since} time in state.
var clauseTexts = [clauseCount]Text{
	queueFull:           {"accept queue full: {n} wait, limit {of}; new connections are dropped until the program accepts"},
	queueFullDrops:      {"accept queue full: {n} wait, limit {of}; new connections are dropped until the program accepts, {drops} so far"},
	queueUsed:           {"{n} of {of} wait for accept()"},
	queueUsedNoLimit:    {"{n} wait for accept(); the limit is not known"},
	synSentWaits:        {"waits for the peer's SYN+ACK"},
	synSentAgain:        {"no answer: SYN sent again, {n} of {of}, {then}gives up in about {ends}"},
	synRecvWaits:        {"waits for the client's ACK"},
	synAckAgain:         {"no answer: SYN+ACK sent again, {n} of {of}, {then}gives up in about {ends}"},
	synAckSent:          {"waits for the client's ACK; SYN+ACK sent again, {n} so far"},
	behindFullQueue:     {"the accept queue of :{port} is full"},
	notAccepted:         {"not accepted yet: in the accept queue of :{port}"},
	dataAgain:           {"retransmission {n} of about {of}, {then}gives up in about {ends}"},
	againNoForecast:     {"retransmission {n}, next in {next}"},
	keepaliveUnanswered: {"idle peer does not answer: keepalive probe {n} of {of}, {then}gives up in about {ends}"},
	keepaliveNoForecast: {"idle peer does not answer: keepalive probe {n}, next in {next}"},
	windowClosed:        {"the peer is not reading: its window is closed, {n} bytes wait; can go on for ever while it answers probes"},
	windowClosedOrphan:  {"the peer is not reading: its window is closed, {n} bytes wait; no program owns it, so that in the end even answered probes are given up"},
	probeUnanswered:     {"the peer's window is closed and it no longer answers: probe {n} of about {of}, {then}gives up in about {ends}"},
	notReading:          {"the program is not reading: {n} bytes wait, the last came {since} ago"},
	finWaits:            {"our FIN waits for the peer's ACK"},
	finAgain:            {"our FIN is not acknowledged: retransmission {n} of about {of}, {then}gives up in about {ends}"},
	closingWaits:        {"both ends closed at once; our FIN waits for the peer's ACK"},
	halfClosed:          {"our side closed {since} ago, the peer may go on sending; no time limit while a program holds it"},
	finWait2Ends:        {"the peer has not closed; the kernel drops it in {ends}"},
	finWait2EndsWithin:  {"the peer has not closed; the kernel drops it within {ends}"},
	timeWaitEnds:        {"kept for late segments, gone in {ends}"},
	peerClosed:          {"peer closed {since} ago"},
	closedUnaccepted:    {"never accepted: in the accept queue of :{port}"},
	eofRead:             {"the program read the end and has not closed"},
	finUnread:           {"the program has not read the end"},
	dataUnread:          {"{n} bytes and the FIN unread"},
	alertUnread:         {"{n} bytes (a TLS close_notify?) and the FIN unread"},
	boundIdle:           {"has a port, neither listens nor connects"},
	unknownState:        {"state number {n} is new to tcpstat"},
}

func (c *clause) text(lang Lang) string { return clauseTexts[c.id].In(lang) }

var (
	ageAtLeast = Text{"at least "}
	aMoment    = Text{"a moment"}
	nextTry    = Text{"next in "}
	ageUnknown = Text{"some time"}
)
