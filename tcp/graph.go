package tcp

// Transition is one move of the state diagram.
type Transition struct {
	From, To State
	Event    Text // what happens to the connection
	Action   Text // what TCP then does or sends, empty for nothing
	Note     Text // a condition, or how Linux differs; empty mostly
}

// Transitions is RFC 9293, figure 5 with its notes 1 and 2. CLOSED is Close,
// SYN-RECEIVED is SynRecv. The deletion of the TCB, which the figure mentions,
// is left out.
var Transitions = []Transition{
	{Close, Listen, passiveOpen, Text{}, Text{"bind() and listen()", "bind()와 listen()"}},
	{Close, SynSent, activeOpen, sendSyn, Text{"connect()", "connect()"}},
	{Listen, SynRecv, synIn, sendSynAck, listenerStays},
	{Listen, SynSent, Text{"the program sends", "프로그램이 전송"}, sendSyn, Text{
		"in the RFC only; Linux refuses to send on a listener",
		"RFC에만 있음; Linux는 리스너에서 보내기를 거부",
	}},
	{Listen, Close, closeCall, Text{}, Text{}},
	{SynSent, SynRecv, synIn, sendSynAck, simultaneousOpen},
	{SynSent, Established, Text{"SYN+ACK arrives", "SYN+ACK 도착"}, sendAck, Text{}},
	{SynSent, Close, closeCall, Text{}, Text{}},
	{SynRecv, Established, Text{"the ACK of the SYN arrives", "SYN에 대한 ACK 도착"}, Text{}, Text{"data that carries it does as well", "ACK를 실은 데이터도 됨"}},
	{SynRecv, FinWait1, closeCall, sendFin, Text{
		"on Linux only after a simultaneous open or Fast Open: no program owns it before",
		"Linux에서는 동시 열기나 Fast Open 뒤에만 가능; 그 전에는 소유한 프로그램이 없음",
	}},
	{SynRecv, Listen, rstIn, Text{}, Text{
		"after a passive open (note 1); on Linux the listener never left LISTEN, and the half-open connection is forgotten",
		"수동적 열기 뒤, 주 1; Linux에서 리스너는 LISTEN을 떠난 적이 없고, 반개방 연결만 사라짐",
	}},
	{Established, FinWait1, closeCall, sendFin, Text{
		"active close; shutdown(SHUT_WR) does the same",
		"능동적 닫기, active close; shutdown(SHUT_WR)도 같음",
	}},
	{Established, CloseWait, finIn, sendAck, Text{"passive close", "수동적 닫기, passive close"}},
	{FinWait1, FinWait2, ackOfFin, Text{}, Text{}},
	{FinWait1, Closing, finIn, sendAck, simultaneousClose},
	{FinWait1, TimeWait, Text{"FIN arrives with the ACK of ours", "이쪽 FIN에 대한 ACK와 함께 FIN 도착"}, sendAck, Text{"note 2: the close in three segments", "주 2: 세그먼트 세 개로 닫기"}},
	{FinWait2, TimeWait, finIn, sendAck, Text{}},
	{Closing, TimeWait, ackOfFin, Text{}, Text{}},
	{CloseWait, LastAck, closeCall, sendFin, Text{}},
	{LastAck, Close, ackOfFin, Text{}, Text{}},
	{TimeWait, Close, Text{"2MSL have passed", "2MSL 경과"}, Text{}, Text{"on Linux 60 s", "Linux에서는 60초"}},
}

// Resets are the moves that note 3 of the figure leaves out of the drawing: a
// RST that arrives ends everything but a listener. The one back to LISTEN is
// among the Transitions.
var Resets = []Transition{
	{SynSent, Close, rstIn, Text{}, Text{"connect() fails with ECONNREFUSED", "connect()가 ECONNREFUSED로 실패"}},
	{SynRecv, Close, rstIn, Text{}, Text{"after a simultaneous open", "동시 열기 뒤"}},
	{Established, Close, rstIn, Text{}, Text{"the program sees ECONNRESET", "프로그램에는 ECONNRESET"}},
	{FinWait1, Close, rstIn, Text{}, Text{}},
	{FinWait2, Close, rstIn, Text{}, Text{}},
	{Closing, Close, rstIn, Text{}, Text{}},
	{TimeWait, Close, rstIn, Text{}, Text{"on Linux only while tcp_rfc1337 is 0", "Linux에서는 tcp_rfc1337이 0일 때만"}},
	{CloseWait, Close, rstIn, Text{}, Text{
		"the program's descriptor stays until it closes it",
		"디스크립터는 프로그램이 닫을 때까지 남음",
	}},
	{LastAck, Close, rstIn, Text{}, Text{}},
}

var (
	passiveOpen = Text{"passive open", "수동적 열기(passive open)"}
	activeOpen  = Text{"active open", "능동적 열기(active open)"}
	closeCall   = Text{"the program closes", "프로그램이 닫음"}
	synIn       = Text{"SYN arrives", "SYN 도착"}
	finIn       = Text{"FIN arrives", "FIN 도착"}
	rstIn       = Text{"RST arrives", "RST 도착"}
	ackOfFin    = Text{"the ACK of our FIN arrives", "이쪽 FIN에 대한 ACK 도착"}

	sendSyn    = Text{"send SYN", "SYN 전송"}
	sendSynAck = Text{"send SYN+ACK", "SYN+ACK 전송"}
	sendAck    = Text{"send ACK", "ACK 전송"}
	sendFin    = Text{"send FIN", "FIN 전송"}

	listenerStays = Text{
		"on Linux the listener stays in LISTEN; the half-open connection is a socket of its own",
		"Linux에서 리스너는 LISTEN에 그대로 있고, 반개방 연결은 별도의 소켓",
	}
	simultaneousOpen  = Text{"simultaneous open", "동시 열기, simultaneous open"}
	simultaneousClose = Text{"simultaneous close", "동시 닫기, simultaneous close"}
)

// Next lists the moves out of s: those of the figure, then the reset. BOUND and
// UNKNOWN have none; to the RFC a bound socket is CLOSED.
func (s State) Next() []Transition {
	return selectMoves(func(t Transition) bool { return t.From == s })
}

// Previous lists the moves into s, in the same order.
func (s State) Previous() []Transition {
	return selectMoves(func(t Transition) bool { return t.To == s })
}

func selectMoves(want func(Transition) bool) []Transition {
	var moves []Transition
	for _, table := range [][]Transition{Transitions, Resets} {
		for _, t := range table {
			if want(t) {
				moves = append(moves, t)
			}
		}
	}
	return moves
}
