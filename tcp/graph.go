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
	{Close, Listen, passiveOpen, Text{}, Text{"bind() and listen()"}},
	{Close, SynSent, activeOpen, sendSyn, Text{"connect()"}},
	{Listen, SynRecv, synIn, sendSynAck, listenerStays},
	{Listen, SynSent, Text{"the program sends"}, sendSyn, Text{"in the RFC only; Linux refuses to send on a listener"}},
	{Listen, Close, closeCall, Text{}, Text{}},
	{SynSent, SynRecv, synIn, sendSynAck, simultaneousOpen},
	{SynSent, Established, Text{"SYN+ACK arrives"}, sendAck, Text{}},
	{SynSent, Close, closeCall, Text{}, Text{}},
	{SynRecv, Established, Text{"the ACK of the SYN arrives"}, Text{}, Text{"data that carries it does as well"}},
	{SynRecv, FinWait1, closeCall, sendFin, Text{"on Linux only after a simultaneous open or Fast Open: no program owns it before"}},
	{SynRecv, Listen, rstIn, Text{}, Text{"after a passive open (note 1); on Linux the listener never left LISTEN, and the half-open connection is forgotten"}},
	{Established, FinWait1, closeCall, sendFin, Text{"active close; shutdown(SHUT_WR) does the same"}},
	{Established, CloseWait, finIn, sendAck, Text{"passive close"}},
	{FinWait1, FinWait2, ackOfFin, Text{}, Text{}},
	{FinWait1, Closing, finIn, sendAck, simultaneousClose},
	{FinWait1, TimeWait, Text{"FIN arrives with the ACK of ours"}, sendAck, Text{"note 2: the close in three segments"}},
	{FinWait2, TimeWait, finIn, sendAck, Text{}},
	{Closing, TimeWait, ackOfFin, Text{}, Text{}},
	{CloseWait, LastAck, closeCall, sendFin, Text{}},
	{LastAck, Close, ackOfFin, Text{}, Text{}},
	{TimeWait, Close, Text{"2MSL have passed"}, Text{}, Text{"on Linux 60 s"}},
}

// Resets are the moves that note 3 of the figure leaves out of the drawing: a
// RST that arrives ends everything but a listener. The one back to LISTEN is
// among the Transitions.
var Resets = []Transition{
	{SynSent, Close, rstIn, Text{}, Text{"connect() fails with ECONNREFUSED"}},
	{SynRecv, Close, rstIn, Text{}, Text{"after a simultaneous open"}},
	{Established, Close, rstIn, Text{}, Text{"the program sees ECONNRESET"}},
	{FinWait1, Close, rstIn, Text{}, Text{}},
	{FinWait2, Close, rstIn, Text{}, Text{}},
	{Closing, Close, rstIn, Text{}, Text{}},
	{TimeWait, Close, rstIn, Text{}, Text{"on Linux only while tcp_rfc1337 is 0"}},
	{CloseWait, Close, rstIn, Text{}, Text{"the program's descriptor stays until it closes it"}},
	{LastAck, Close, rstIn, Text{}, Text{}},
}

var (
	passiveOpen = Text{"passive open"}
	activeOpen  = Text{"active open"}
	closeCall   = Text{"the program closes"}
	synIn       = Text{"SYN arrives"}
	finIn       = Text{"FIN arrives"}
	rstIn       = Text{"RST arrives"}
	ackOfFin    = Text{"the ACK of our FIN arrives"}

	sendSyn    = Text{"send SYN"}
	sendSynAck = Text{"send SYN+ACK"}
	sendAck    = Text{"send ACK"}
	sendFin    = Text{"send FIN"}

	listenerStays     = Text{"on Linux the listener stays in LISTEN; the half-open connection is a socket of its own"}
	simultaneousOpen  = Text{"simultaneous open"}
	simultaneousClose = Text{"simultaneous close"}
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
