package explain

import (
	"strings"

	"tcpstat/tcp"
)

// exchange is a conversation of two TCPs, segment by segment.
type exchange struct {
	Name       string   // the word of explain
	Aliases    []string // other words for it
	Short      tcp.Text // a few words
	Summary    tcp.Text // one sentence
	Scenes     []scene
	Notes      []tcp.Text
	See        []string // words of explain
	References []string
}

// scene is one way in which an exchange goes.
type scene struct {
	Title                 tcp.Text
	LeftName, RightName   tcp.Text
	LeftStart, RightStart tcp.State
	Steps                 []step
}

// step is a segment, or something that happens at one end without a segment.
type step struct {
	At      end      // who sends, or where it happens; neither: at both, or time passes
	Event   tcp.Text // empty for a segment; may hold placeholders
	Flags   flags
	Seq     string // sequence number, relative to the letters of the scene
	Ack     string // acknowledgement number, empty without the ACK flag
	Bytes   int    // data in it
	Options string // header options worth showing, empty for none
	Fate    fate

	Left, Right tcp.State // both ends once that has happened
}

// end is a side of an exchange.
type end uint8

// The ends, as they are drawn.
const (
	neither end = iota
	atLeft
	atRight
)

// fate is what becomes of a segment. Two segments that cross are three steps:
// one sets out, the other is delivered, the first arrives.
type fate uint8

// The fates.
const (
	delivered fate = iota
	lost
	setsOut // on its way while the next step happens
	arrives // what set out before comes in; the same segment
)

// flags are the control bits of a segment.
type flags uint8

// The flags that exchanges use.
const (
	syn flags = 1 << iota
	fin
	rst
	ack
)

// String gives the flags as they are spoken: SYN+ACK. None is "none".
func (f flags) String() string {
	var names []string
	for i, name := range []string{"SYN", "FIN", "RST", "ACK"} {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, "+")
}

// isSegment reports whether the step is a segment.
func (s step) isSegment() bool { return s.Flags != 0 }

// happens makes a step without a segment.
func happens(at end, what tcp.Text, left, right tcp.State) step {
	return step{At: at, Event: what, Left: left, Right: right}
}

// calls makes a step that reads the same in every language: a system call.
func calls(at end, what string, left, right tcp.State) step {
	return happens(at, tcp.Text{what, what}, left, right)
}

// sends makes a segment without data that is delivered.
func sends(from end, f flags, seq, ack string, left, right tcp.State) step {
	return step{At: from, Flags: f, Seq: seq, Ack: ack, Left: left, Right: right}
}

// with gives the segment some data.
func (s step) with(bytes int) step { s.Bytes = bytes; return s }

// but gives the segment another fate.
func (s step) but(f fate) step { s.Fate = f; return s }

// carrying gives the segment header options.
func (s step) carrying(options string) step { s.Options = options; return s }

var (
	client        = tcp.Text{"client", "클라이언트"}
	server        = tcp.Text{"server", "서버"}
	activeCloser  = tcp.Text{"active closer", "능동적으로 닫는 쪽"}
	passiveCloser = tcp.Text{"passive closer", "수동적으로 닫는 쪽"}
	sender        = tcp.Text{"sender", "송신 측"}
	receiver      = tcp.Text{"receiver", "수신 측"}
	sideA         = tcp.Text{"one side", "한쪽"}
	sideB         = tcp.Text{"other side", "다른 쪽"}
)

// exchanges are the conversations that are explained. In their numbers x and y
// are the initial sequence numbers of the left and the right end, m and n the
// next ones of a connection that has been open for a while. They are
// made when they are asked for: nobody else is to wait for them.
func exchanges() []exchange {
	return []exchange{
		{
			Name:    "handshake",
			Aliases: []string{"open", "connect", "syn", "synack", "3-way handshake", "three-way handshake", "3way", "threeway"},
			Short:   tcp.Text{"SYN, SYN+ACK, ACK: a connection opens", "SYN, SYN+ACK, ACK: 연결이 열리는 과정"},
			Summary: tcp.Text{
				"Three segments open a connection: SYN, SYN+ACK, ACK.",
				"SYN, SYN+ACK, ACK 세그먼트 세 개로 연결이 성립합니다(3방향 핸드셰이크, three-way handshake).",
			},
			Scenes: []scene{
				{
					Title:    tcp.Text{"The rule", "기본 순서"},
					LeftName: client, RightName: server,
					LeftStart: tcp.Close, RightStart: tcp.Listen,
					Steps: []step{
						calls(atLeft, "connect()", tcp.Close, tcp.Listen),
						sends(atLeft, syn, "x", "", tcp.SynSent, tcp.SynRecv),
						sends(atRight, syn|ack, "y", "x+1", tcp.Established, tcp.SynRecv),
						happens(atLeft, tcp.Text{"connect() returns", "connect() 반환"}, tcp.Established, tcp.SynRecv),
						sends(atLeft, ack, "x+1", "y+1", tcp.Established, tcp.Established),
						happens(atRight, tcp.Text{"accept() returns", "accept() 반환"}, tcp.Established, tcp.Established),
					},
				},
				{
					Title: tcp.Text{
						"The last ACK gets lost: the first data does its work",
						"마지막 ACK 유실: 첫 데이터가 그 역할을 대신함",
					},
					LeftName: client, RightName: server,
					LeftStart: tcp.Close, RightStart: tcp.Listen,
					Steps: []step{
						sends(atLeft, syn, "x", "", tcp.SynSent, tcp.SynRecv),
						sends(atRight, syn|ack, "y", "x+1", tcp.Established, tcp.SynRecv),
						sends(atLeft, ack, "x+1", "y+1", tcp.Established, tcp.SynRecv).but(lost),
						sends(atLeft, ack, "x+1", "y+1", tcp.Established, tcp.Established).with(100),
						sends(atRight, ack, "y+1", "x+101", tcp.Established, tcp.Established),
					},
				},
			},
			Notes: []tcp.Text{
				{
					"SYN takes up one sequence number, hence x+1 and y+1. Each side picks its first number so that nobody can guess it (ISN).",
					"SYN은 시퀀스 번호 하나를 차지하므로 x+1, y+1이 됩니다. 초기 시퀀스 번호(ISN)는 양쪽이 각자, 추측할 수 없게 정합니다.",
				},
				{
					"The server's kernel does all of it by itself once listen() was called. accept() only takes a finished connection out of the accept queue; it sends nothing.",
					"listen()을 호출한 뒤에는 서버 커널이 이 과정을 모두 스스로 처리합니다. accept()는 완성된 연결을 accept 큐(accept queue)에서 꺼낼 뿐, 아무것도 보내지 않습니다.",
				},
				{
					"On Linux SYN_RECV is a small socket of its own; the listener stays in LISTEN. A connection in the accept queue is ESTABLISHED and has no owner.",
					"Linux에서 SYN_RECV는 별도의 작은 소켓이며, 리스너는 LISTEN에 그대로 있습니다. accept 큐에 있는 연결은 ESTABLISHED이고 소유자가 없습니다.",
				},
				{
					"No answer: SYN goes out again, {syn_sent_retries} times in {syn_sent_end}; SYN+ACK {tcp_synack_retries} times in {syn_recv_end}.",
					"응답이 없으면 SYN은 {syn_sent_end} 동안 {syn_sent_retries}회, SYN+ACK는 {syn_recv_end} 동안 {tcp_synack_retries}회 재전송합니다.",
				},
			},
			See:        []string{"state:SYN_SENT", "state:SYN_RECV", "exchange:options", "exchange:simultaneous-open"},
			References: []string{rfcOpen + ", figure 6", "RFC 9293 section 3.4.1 (initial sequence numbers)"},
		},
		{
			Name:    "close",
			Aliases: []string{"fin", "termination", "teardown", "4-way handshake", "four-way handshake", "4-way close", "four-way close", "4way", "fourway", "active close", "passive close"},
			Short:   tcp.Text{"FIN and ACK, both ways: a connection ends", "양방향의 FIN과 ACK: 연결이 끝나는 과정"},
			Summary: tcp.Text{
				"Each side ends its direction with a FIN, and each FIN is acknowledged: four segments, often three.",
				"양쪽이 각자 FIN으로 자기 방향을 끝내고, FIN마다 ACK를 받습니다(4방향 핸드셰이크, four-way close). 세그먼트는 네 개, 흔히 세 개입니다.",
			},
			Scenes: []scene{
				{
					Title:    tcp.Text{"Four segments", "세그먼트 네 개"},
					LeftName: activeCloser, RightName: passiveCloser,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						calls(atLeft, "close()", tcp.Established, tcp.Established),
						sends(atLeft, fin|ack, "m", "n", tcp.FinWait1, tcp.CloseWait),
						sends(atRight, ack, "n", "m+1", tcp.FinWait2, tcp.CloseWait),
						happens(atRight, tcp.Text{"read() returns 0, close()", "read()가 0 반환, close()"}, tcp.FinWait2, tcp.CloseWait),
						sends(atRight, fin|ack, "n", "m+1", tcp.TimeWait, tcp.LastAck),
						sends(atLeft, ack, "m+1", "n+1", tcp.TimeWait, tcp.Close),
						happens(atLeft, tcp.Text{"60 s later", "60초 뒤"}, tcp.Close, tcp.Close),
					},
				},
				{
					Title: tcp.Text{
						"Three segments: the second FIN carries the ACK, as Linux often does it",
						"세그먼트 세 개: 두 번째 FIN이 ACK를 겸함, Linux에서 흔함",
					},
					LeftName: activeCloser, RightName: passiveCloser,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						sends(atLeft, fin|ack, "m", "n", tcp.FinWait1, tcp.CloseWait),
						happens(atRight, tcp.Text{"close() before the ACK is sent", "ACK를 보내기 전에 close()"}, tcp.FinWait1, tcp.CloseWait),
						sends(atRight, fin|ack, "n", "m+1", tcp.TimeWait, tcp.LastAck),
						sends(atLeft, ack, "m+1", "n+1", tcp.TimeWait, tcp.Close),
					},
				},
				{
					Title: tcp.Text{
						"The last ACK gets lost: this is what TIME_WAIT is for",
						"마지막 ACK 유실: TIME_WAIT가 있는 이유",
					},
					LeftName: activeCloser, RightName: passiveCloser,
					LeftStart: tcp.TimeWait, RightStart: tcp.LastAck,
					Steps: []step{
						sends(atLeft, ack, "m+1", "n+1", tcp.TimeWait, tcp.LastAck).but(lost),
						happens(atRight, tcp.Text{"no ACK within the RTO", "RTO 안에 ACK 없음"}, tcp.TimeWait, tcp.LastAck),
						sends(atRight, fin|ack, "n", "m+1", tcp.TimeWait, tcp.LastAck),
						sends(atLeft, ack, "m+1", "n+1", tcp.TimeWait, tcp.Close),
					},
				},
				{
					Title:    tcp.Text{"The passive closer never closes", "수동적으로 닫는 쪽이 끝내 닫지 않음"},
					LeftName: activeCloser, RightName: passiveCloser,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						calls(atLeft, "close()", tcp.Established, tcp.Established),
						sends(atLeft, fin|ack, "m", "n", tcp.FinWait1, tcp.CloseWait),
						sends(atRight, ack, "n", "m+1", tcp.FinWait2, tcp.CloseWait),
						happens(atLeft, tcp.Text{"{tcp_fin_timeout} later: dropped", "{tcp_fin_timeout} 뒤: 폐기"}, tcp.Close, tcp.CloseWait),
						happens(atRight, tcp.Text{"stays until the program closes", "프로그램이 닫을 때까지 유지"}, tcp.Close, tcp.CloseWait),
					},
				},
			},
			Notes: []tcp.Text{
				{
					"Either side may close first, client or server. Who does keeps the TIME_WAIT.",
					"클라이언트든 서버든 어느 쪽이나 먼저 닫을 수 있습니다. 먼저 닫은 쪽에 TIME_WAIT가 남습니다.",
				},
				{
					"FIN takes up one sequence number, hence m+1 and n+1. It also says that all data before it was sent.",
					"FIN은 시퀀스 번호 하나를 차지하므로 m+1, n+1이 됩니다. 그 앞의 데이터를 모두 보냈다는 뜻이기도 합니다.",
				},
				{
					"CLOSE_WAIT is the only state here that waits for a program: a leak shows there, and as FIN_WAIT2 on the other side.",
					"이 가운데 프로그램을 기다리는 상태는 CLOSE_WAIT뿐입니다. 누수(leak)는 여기에서, 그리고 반대쪽의 FIN_WAIT2로 드러납니다.",
				},
				{
					"TIME_WAIT needs the peer's FIN. A FIN_WAIT2 that never gets it is dropped and does not become TIME_WAIT.",
					"TIME_WAIT가 되려면 상대의 FIN이 있어야 합니다. FIN을 끝내 받지 못한 FIN_WAIT2는 폐기되며 TIME_WAIT가 되지 않습니다.",
				},
			},
			See:        []string{"state:FIN_WAIT1", "state:FIN_WAIT2", "state:TIME_WAIT", "state:CLOSE_WAIT", "state:LAST_ACK", "exchange:half-close", "exchange:simultaneous-close"},
			References: []string{rfcClose + ", figure 12", "shutdown(2)", "close(2)"},
		},
		{
			Name:    "half-close",
			Aliases: []string{"shutdown", "half-closed"},
			Short:   tcp.Text{"one direction ends, the other goes on", "한 방향만 끝나고 다른 방향은 계속됨"},
			Summary: tcp.Text{
				"One side has sent all it has and says so with shutdown(SHUT_WR); the other direction goes on without a limit.",
				"한쪽이 보낼 것을 다 보내고 shutdown(SHUT_WR)로 알립니다. 반대 방향은 시간제한 없이 계속됩니다(반종료, half-close).",
			},
			Scenes: []scene{
				{
					Title:    tcp.Text{"A request, half-closed; then its answer", "반종료한 요청과 그에 대한 응답"},
					LeftName: client, RightName: server,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						calls(atLeft, "shutdown(SHUT_WR)", tcp.Established, tcp.Established),
						sends(atLeft, fin|ack, "m", "n", tcp.FinWait1, tcp.CloseWait),
						sends(atRight, ack, "n", "m+1", tcp.FinWait2, tcp.CloseWait),
						happens(atRight, tcp.Text{"read() returns 0; it still writes", "read()가 0 반환; 쓰기는 계속"}, tcp.FinWait2, tcp.CloseWait),
						sends(atRight, ack, "n", "m+1", tcp.FinWait2, tcp.CloseWait).with(1000),
						sends(atLeft, ack, "m+1", "n+1000", tcp.FinWait2, tcp.CloseWait),
						calls(atRight, "close()", tcp.FinWait2, tcp.CloseWait),
						sends(atRight, fin|ack, "n+1000", "m+1", tcp.TimeWait, tcp.LastAck),
						sends(atLeft, ack, "m+1", "n+1001", tcp.TimeWait, tcp.Close),
					},
				},
			},
			Notes: []tcp.Text{
				{
					"On the wire it looks like a close; the difference is that the client still owns its socket and reads.",
					"패킷만 보면 일반적인 닫기와 같습니다. 다른 점은 클라이언트가 아직 소켓을 소유하고 읽는다는 것입니다.",
				},
				{
					"An owned FIN_WAIT2 has no timer: tcp_fin_timeout does not apply. If the server vanishes, the client waits forever, unless it asked for keepalive.",
					"프로그램이 소유한 FIN_WAIT2에는 타이머가 없고 tcp_fin_timeout도 적용되지 않습니다. 서버가 사라지면, keepalive를 켜 두지 않은 클라이언트는 영원히 기다립니다.",
				},
				{
					"Data that arrives after close(), where nobody can read it, is answered with RST instead.",
					"close() 뒤에 도착해 읽을 주체가 없는 데이터에는 RST로 응답합니다.",
				},
			},
			See:        []string{"state:FIN_WAIT2", "state:CLOSE_WAIT", "exchange:close", "exchange:reset"},
			References: []string{"RFC 9293 section 3.6.1 (half-closed connections)", "shutdown(2)"},
		},
		{
			Name:    "simultaneous-open",
			Aliases: []string{"simultaneous connect"},
			Short:   tcp.Text{"two SYNs cross", "두 SYN의 엇갈림"},
			Summary: tcp.Text{
				"Both sides connect to each other at the same moment; the SYNs cross, and one connection comes of it.",
				"양쪽이 같은 순간 서로 연결을 시도합니다. SYN이 엇갈리고, 연결 하나가 만들어집니다(동시 열기, simultaneous open).",
			},
			Scenes: []scene{
				{
					Title:    tcp.Text{"Two SYNs cross", "두 SYN이 엇갈림"},
					LeftName: sideA, RightName: sideB,
					LeftStart: tcp.Close, RightStart: tcp.Close,
					Steps: []step{
						happens(atLeft, tcp.Text{"connect() from a bound port", "bind한 포트에서 connect()"}, tcp.Close, tcp.Close),
						sends(atLeft, syn, "x", "", tcp.SynSent, tcp.Close).but(setsOut),
						happens(atRight, tcp.Text{"connect() from a bound port", "bind한 포트에서 connect()"}, tcp.SynSent, tcp.Close),
						sends(atRight, syn, "y", "", tcp.SynRecv, tcp.SynSent),
						sends(atLeft, syn, "x", "", tcp.SynRecv, tcp.SynRecv).but(arrives),
						sends(atLeft, syn|ack, "x", "y+1", tcp.SynRecv, tcp.SynRecv).but(setsOut),
						sends(atRight, syn|ack, "y", "x+1", tcp.Established, tcp.SynRecv),
						sends(atLeft, syn|ack, "x", "y+1", tcp.Established, tcp.Established).but(arrives),
					},
				},
			},
			Notes: []tcp.Text{
				{
					"Both ends have to know the other's port beforehand. It is rare outside of peer-to-peer programs that punch through NAT.",
					"양쪽 모두 상대의 포트를 미리 알아야 합니다. NAT를 뚫는 P2P 프로그램 말고는 드뭅니다.",
				},
				{
					"There is no listener and no accept(): both are active openers. Here SYN_RECV is a full socket that a program owns.",
					"리스너도 accept()도 없고, 양쪽 모두 능동적 열기(active open)입니다. 이때 SYN_RECV는 프로그램이 소유하는 온전한 소켓입니다.",
				},
				{
					"A RST in this SYN_RECV ends the connection; there is no LISTEN to go back to.",
					"이 SYN_RECV에서 RST를 받으면 연결이 끝납니다. 되돌아갈 LISTEN이 없습니다.",
				},
			},
			See:        []string{"state:SYN_SENT", "state:SYN_RECV", "exchange:handshake"},
			References: []string{rfcOpen + ", figure 7"},
		},
		{
			Name:    "simultaneous-close",
			Aliases: nil,
			Short:   tcp.Text{"two FINs cross", "두 FIN의 엇갈림"},
			Summary: tcp.Text{
				"Both sides close at the same moment; the FINs cross, and both end in TIME_WAIT.",
				"양쪽이 같은 순간 닫습니다. FIN이 엇갈리고, 양쪽 모두 TIME_WAIT로 끝납니다(동시 닫기, simultaneous close).",
			},
			Scenes: []scene{
				{
					Title:    tcp.Text{"Two FINs cross", "두 FIN이 엇갈림"},
					LeftName: sideA, RightName: sideB,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						calls(atLeft, "close()", tcp.Established, tcp.Established),
						sends(atLeft, fin|ack, "m", "n", tcp.FinWait1, tcp.Established).but(setsOut),
						calls(atRight, "close()", tcp.FinWait1, tcp.Established),
						sends(atRight, fin|ack, "n", "m", tcp.Closing, tcp.FinWait1),
						sends(atLeft, fin|ack, "m", "n", tcp.Closing, tcp.Closing).but(arrives),
						sends(atLeft, ack, "m+1", "n+1", tcp.Closing, tcp.Closing).but(setsOut),
						sends(atRight, ack, "n+1", "m+1", tcp.TimeWait, tcp.Closing),
						sends(atLeft, ack, "m+1", "n+1", tcp.TimeWait, tcp.TimeWait).but(arrives),
						happens(neither, tcp.Text{"60 s later", "60초 뒤"}, tcp.Close, tcp.Close),
					},
				},
			},
			Notes: []tcp.Text{
				{
					"As many segments as in any close, in another order. Both sides closed actively, so both keep a TIME_WAIT.",
					"세그먼트 수는 여느 닫기와 같고 순서만 다릅니다. 양쪽 모두 능동적 닫기(active close)이므로 양쪽에 TIME_WAIT가 남습니다.",
				},
				{
					"CLOSING is seen only when the ACK gets lost or is slow.",
					"CLOSING은 ACK가 유실되거나 늦을 때만 보입니다.",
				},
			},
			See:        []string{"state:CLOSING", "exchange:close"},
			References: []string{rfcClose + ", figure 13"},
		},
		{
			Name:    "reset",
			Aliases: []string{"rst", "abort", "econnreset", "econnrefused"},
			Short:   tcp.Text{"a connection is refused or cut off", "연결이 거부되거나 끊김"},
			Summary: tcp.Text{
				"RST ends a connection at once, or refuses one: nothing is acknowledged, nothing is kept, no TIME_WAIT follows.",
				"RST는 연결을 즉시 끊거나 거부합니다. ACK도 없고, 남는 것도 없으며, TIME_WAIT도 뒤따르지 않습니다.",
			},
			Scenes: []scene{
				{
					Title:    tcp.Text{"Refused: nobody listens on the port", "거부: 그 포트에 리스너가 없음"},
					LeftName: client, RightName: server,
					LeftStart: tcp.Close, RightStart: tcp.Close,
					Steps: []step{
						sends(atLeft, syn, "x", "", tcp.SynSent, tcp.Close),
						sends(atRight, rst|ack, "0", "x+1", tcp.Close, tcp.Close),
						calls(atLeft, "connect(): ECONNREFUSED", tcp.Close, tcp.Close),
					},
				},
				{
					Title: tcp.Text{
						"The other end is gone: it restarted, or gave up unheard",
						"상대에게 연결이 이미 없음: 재시작했거나, 알리지 못한 채 포기함",
					},
					LeftName: client, RightName: server,
					LeftStart: tcp.Established, RightStart: tcp.Close,
					Steps: []step{
						sends(atLeft, ack, "m", "n", tcp.Established, tcp.Close).with(100),
						sends(atRight, rst, "n", "", tcp.Close, tcp.Close),
						calls(atLeft, "read(): ECONNRESET", tcp.Close, tcp.Close),
					},
				},
				{
					Title:    tcp.Text{"close() with data unread", "읽지 않은 데이터를 둔 채 close()"},
					LeftName: client, RightName: server,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						sends(atLeft, ack, "m", "n", tcp.Established, tcp.Established).with(100),
						sends(atRight, ack, "n", "m+100", tcp.Established, tcp.Established),
						happens(atRight, tcp.Text{"close() without read()", "read() 없이 close()"}, tcp.Established, tcp.Established),
						sends(atRight, rst|ack, "n", "m+100", tcp.Close, tcp.Close),
					},
				},
				{
					Title:    tcp.Text{"close() with SO_LINGER 0: on purpose", "SO_LINGER 0으로 close(): 의도한 끊기"},
					LeftName: client, RightName: server,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						calls(atLeft, "SO_LINGER 0, close()", tcp.Established, tcp.Established),
						sends(atLeft, rst|ack, "m", "n", tcp.Close, tcp.Close),
						calls(atRight, "read(): ECONNRESET", tcp.Close, tcp.Close),
					},
				},
				{
					Title:    tcp.Text{"Data for a side that has closed completely", "완전히 닫은 쪽으로 온 데이터"},
					LeftName: client, RightName: server,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						happens(atLeft, tcp.Text{"close(), not shutdown()", "shutdown()이 아니라 close()"}, tcp.Established, tcp.Established),
						sends(atLeft, fin|ack, "m", "n", tcp.FinWait1, tcp.CloseWait),
						sends(atRight, ack, "n", "m+1", tcp.FinWait2, tcp.CloseWait),
						sends(atRight, ack, "n", "m+1", tcp.FinWait2, tcp.CloseWait).with(100),
						sends(atLeft, rst, "m+1", "", tcp.Close, tcp.Close),
						happens(atRight, tcp.Text{"next write(): EPIPE", "다음 write(): EPIPE"}, tcp.Close, tcp.Close),
					},
				},
				{
					Title: tcp.Text{
						"Not accepted: the listener closes while a connection waits in its queue",
						"accept되지 않음: 연결이 큐에서 기다리는 동안 리스너가 닫힘",
					},
					LeftName: client, RightName: server,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						happens(atRight, tcp.Text{"the listener closes", "리스너가 닫힘"}, tcp.Established, tcp.Established),
						sends(atRight, rst|ack, "n", "m", tcp.Close, tcp.Close),
						calls(atLeft, "read(): ECONNRESET", tcp.Close, tcp.Close),
					},
				},
			},
			Notes: []tcp.Text{
				{
					"A RST is believed only if its number fits: the next expected one in a connection, the ACK of the SYN in SYN_SENT. Others that fall into the window get a challenge ACK.",
					"RST는 번호가 맞을 때만 받아들입니다. 연결 중에는 다음에 올 시퀀스 번호, SYN_SENT에서는 SYN에 대한 ACK여야 합니다. 윈도우 안에 드는 다른 RST에는 challenge ACK로 응답합니다.",
				},
				{
					"What is on the way when it is sent is lost: a server that answers and closes with part of the request unread can cut off its own answer.",
					"RST를 보낼 때 전송 중이던 것은 사라집니다. 요청을 다 읽지 않은 채 응답하고 닫는 서버는 자기 응답을 스스로 잘라 버릴 수 있습니다.",
				},
				{
					"Firewalls and load balancers send RSTs too, in the name of either end, when they drop an idle connection.",
					"방화벽과 로드 밸런서도 유휴 연결을 정리하면서 어느 한쪽의 이름으로 RST를 보냅니다.",
				},
				{
					"A client can also reset a connection that waits in the accept queue. On Linux accept() still returns it; the first read() fails with ECONNRESET.",
					"accept 큐에서 기다리는 연결을 클라이언트가 RST로 끊을 수도 있습니다. Linux의 accept()는 그래도 그 연결을 돌려주고, 첫 read()가 ECONNRESET으로 실패합니다.",
				},
				{
					"RFC 9293 lets who sends a RST go through TIME-WAIT (note 3 of figure 5). Linux keeps nothing.",
					"RFC 9293에서는 RST를 보낸 쪽이 TIME-WAIT를 거칠 수 있습니다(그림 5의 주 3). Linux는 아무것도 남기지 않습니다.",
				},
			},
			See:        []string{"state:CLOSE", "exchange:handshake", "exchange:close"},
			References: []string{rfcReset, "RFC 5961 (challenge ACK)", "socket(7): SO_LINGER", ipSysctl + ": tcp_abort_on_overflow"},
		},
		{
			Name:    "retransmission",
			Aliases: []string{"retrans", "rto", "loss", "fast retransmit", "dup ack"},
			Short:   tcp.Text{"what is not acknowledged is sent again", "ACK가 오지 않은 것을 다시 보냄"},
			Summary: tcp.Text{
				"What is not acknowledged in time is sent again, with the same sequence number.",
				"제때 ACK를 받지 못한 것은 같은 시퀀스 번호로 다시 보냅니다(재전송, retransmission).",
			},
			Scenes: []scene{
				{
					Title: tcp.Text{
						"A segment gets lost, and nothing follows it: the timer",
						"세그먼트 유실, 뒤따르는 것이 없음: 타이머",
					},
					LeftName: sender, RightName: receiver,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						sends(atLeft, ack, "m", "n", tcp.Established, tcp.Established).with(100).but(lost),
						happens(atLeft, tcp.Text{"no ACK within the RTO", "RTO 안에 ACK 없음"}, tcp.Established, tcp.Established),
						sends(atLeft, ack, "m", "n", tcp.Established, tcp.Established).with(100),
						sends(atRight, ack, "n", "m+100", tcp.Established, tcp.Established),
					},
				},
				{
					Title: tcp.Text{
						"A segment gets lost, and others follow it: fast retransmit",
						"세그먼트 유실, 다른 것이 뒤따름: 빠른 재전송(fast retransmit)",
					},
					LeftName: sender, RightName: receiver,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						sends(atLeft, ack, "m", "n", tcp.Established, tcp.Established).with(100).but(lost),
						sends(atLeft, ack, "m+100", "n", tcp.Established, tcp.Established).with(100),
						sends(atRight, ack, "n", "m", tcp.Established, tcp.Established).carrying("SACK m+100..m+200"),
						sends(atLeft, ack, "m+200", "n", tcp.Established, tcp.Established).with(100),
						sends(atRight, ack, "n", "m", tcp.Established, tcp.Established).carrying("SACK m+100..m+300"),
						sends(atLeft, ack, "m+300", "n", tcp.Established, tcp.Established).with(100),
						sends(atRight, ack, "n", "m", tcp.Established, tcp.Established).carrying("SACK m+100..m+400"),
						happens(atLeft, tcp.Text{"three ACKs of the same: a hole", "같은 ACK 세 번: 빠진 부분이 있음"}, tcp.Established, tcp.Established),
						sends(atLeft, ack, "m", "n", tcp.Established, tcp.Established).with(100),
						sends(atRight, ack, "n", "m+400", tcp.Established, tcp.Established),
					},
				},
				{
					Title: tcp.Text{
						"Only the ACK gets lost: sent again for nothing",
						"ACK만 유실: 불필요한 재전송",
					},
					LeftName: sender, RightName: receiver,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						sends(atLeft, ack, "m", "n", tcp.Established, tcp.Established).with(100),
						sends(atRight, ack, "n", "m+100", tcp.Established, tcp.Established).but(lost),
						happens(atLeft, tcp.Text{"no ACK within the RTO", "RTO 안에 ACK 없음"}, tcp.Established, tcp.Established),
						sends(atLeft, ack, "m", "n", tcp.Established, tcp.Established).with(100),
						sends(atRight, ack, "n", "m+100", tcp.Established, tcp.Established).carrying("DSACK m..m+100"),
					},
				},
				{
					Title: tcp.Text{
						"Nobody answers: the wait doubles, and the kernel gives up",
						"응답 없음: 대기 시간이 두 배씩 늘고 커널이 포기",
					},
					LeftName: sender, RightName: receiver,
					LeftStart: tcp.Established, RightStart: tcp.Established,
					Steps: []step{
						sends(atLeft, ack, "m", "n", tcp.Established, tcp.Established).with(100).but(lost),
						happens(atLeft, tcp.Text{"after the RTO, say 200 ms", "RTO 경과, 예를 들어 200ms 뒤"}, tcp.Established, tcp.Established),
						sends(atLeft, ack, "m", "n", tcp.Established, tcp.Established).with(100).but(lost),
						happens(atLeft, tcp.Text{"after 400 ms", "400ms 뒤"}, tcp.Established, tcp.Established),
						sends(atLeft, ack, "m", "n", tcp.Established, tcp.Established).with(100).but(lost),
						happens(atLeft, tcp.Text{"after 800 ms, and so on up to {tcp_rto_max_ms}", "800ms 뒤, 이후 최대 {tcp_rto_max_ms}까지 두 배씩"}, tcp.Established, tcp.Established),
						sends(atLeft, ack, "m", "n", tcp.Established, tcp.Established).with(100).but(lost),
						happens(atLeft, tcp.Text{"{data_end} after the first repeat: ETIMEDOUT", "첫 재전송 {data_end} 뒤: ETIMEDOUT"}, tcp.Close, tcp.Established),
					},
				},
			},
			Notes: []tcp.Text{
				{
					"The RTO comes from the measured round-trip time and is at least 200 ms by default, which a setting or the route (rto_min) can change; SYN and SYN+ACK begin with 1 s. Each further wait doubles.",
					"RTO는 측정한 왕복 시간(RTT)으로 정하며 최솟값은 기본값으로 200ms이며 설정이나 경로(rto_min)로 바뀔 수 있습니다. SYN과 SYN+ACK는 1초로 시작합니다. 이후 대기 시간은 매번 두 배가 됩니다.",
				},
				{
					"Before the timer Linux sends a loss probe (TLP), after about two round trips, and it takes segments that were overtaken for long enough as lost (RACK). Both find losses sooner than the scenes show.",
					"Linux는 타이머보다 먼저, 왕복 시간의 두 배쯤 뒤에 손실 탐지 프로브(TLP)를 보내고, 뒤에 보낸 것이 먼저 도착한 지 충분히 지난 세그먼트는 유실로 봅니다(RACK). 둘 다 위 그림보다 일찍 손실을 찾아냅니다.",
				},
				{
					"Causes: loss at a switch or router that is overloaded; damage on the way (CRC at the link, checksum at IP or TCP); a lost fragment; a receiver or router that is overloaded or has no buffer; an ACK that is lost, late or took a slow path.",
					"원인: 과부하가 걸린 스위치나 라우터에서의 유실, 전송 중 손상(링크의 CRC, IP나 TCP의 체크섬), 조각(fragment) 유실, 과부하이거나 버퍼가 없는 수신 측 또는 라우터, 유실되거나 늦거나 느린 경로로 온 ACK.",
				},
				{
					"More than 1 % of segments sent again deserves a look at the traffic itself. Compare the counters over an interval (nstat TcpRetransSegs TcpOutSegs), not since boot.",
					"세그먼트의 1% 넘게 재전송되면 트래픽을 직접 살펴볼 필요가 있습니다. 카운터는 부팅 이후 누계가 아니라 일정 구간의 차이로 비교합니다(nstat TcpRetransSegs TcpOutSegs).",
				},
				{
					"In a capture a retransmission is a segment with a sequence number that was sent before.",
					"패킷 캡처에서 재전송은 이미 보낸 시퀀스 번호를 다시 쓰는 세그먼트로 나타납니다.",
				},
			},
			See:        []string{"timer:retransmit", "timer:window_probe", "exchange:options"},
			References: []string{"RFC 6298 (retransmission timer)", "RFC 5681 (congestion control, fast retransmit)", "RFC 2018 (SACK), RFC 2883 (DSACK)", "RFC 8985 (RACK-TLP)", ipSysctl + ": tcp_retries2, tcp_rto_max_ms"},
		},
		{
			Name:    "options",
			Aliases: []string{"header options", "mss", "sack", "wscale", "window scale", "timestamps", "tcp-ao", "paws"},
			Short:   tcp.Text{"what both sides agree on at the start", "시작할 때 양쪽이 합의하는 것"},
			Summary: tcp.Text{
				"What both sides agree on in the handshake: segment size, SACK, window scale, timestamps.",
				"양쪽은 핸드셰이크에서 세그먼트 크기, SACK, 윈도우 스케일(window scale), 타임스탬프(timestamps)를 합의합니다.",
			},
			Scenes: []scene{
				{
					Title: tcp.Text{
						"The options of a handshake over Ethernet, IPv4",
						"이더넷, IPv4 핸드셰이크의 옵션",
					},
					LeftName: client, RightName: server,
					LeftStart: tcp.Close, RightStart: tcp.Listen,
					Steps: []step{
						sends(atLeft, syn, "x", "", tcp.SynSent, tcp.SynRecv).carrying("MSS 1460, SACK ok, TS 70/0, scale 7"),
						sends(atRight, syn|ack, "y", "x+1", tcp.Established, tcp.SynRecv).carrying("MSS 1460, SACK ok, TS 90/70, scale 7"),
						sends(atLeft, ack, "x+1", "y+1", tcp.Established, tcp.Established).carrying("TS 71/90"),
					},
				},
			},
			Notes: []tcp.Text{
				{
					"MSS: the most data that this side takes in one segment. Each side names its own, in its SYN only: 1460 on Ethernet with IPv4, 1440 with IPv6. Without the option 536 counts (IPv4) or 1220 (IPv6).",
					"MSS: 이쪽이 세그먼트 하나로 받을 수 있는 최대 데이터 크기입니다. 양쪽이 각자 자기 SYN에서만 알립니다. 이더넷에서 IPv4는 1460, IPv6는 1440이며, 옵션이 없으면 536(IPv4) 또는 1220(IPv6)으로 봅니다.",
				},
				{
					"SACK: the receiver may say which later blocks it already has, so that only the holes are sent again. Both have to offer it.",
					"SACK: 수신 측이 그 뒤의 어느 블록을 이미 받았는지 알려, 빠진 부분만 재전송하게 합니다. 양쪽 모두 제시해야 쓸 수 있습니다.",
				},
				{
					"Window scale: the 16-bit window counts in units of 2^scale bytes. Each side names its own; if one does not, neither scales, and 64 KiB are the most that can be on the way. The window in a SYN itself is never scaled.",
					"윈도우 스케일: 16비트 윈도우를 2^scale바이트 단위로 셉니다. 양쪽이 각자 값을 알리며, 한쪽이라도 알리지 않으면 둘 다 쓰지 않고 전송 중 데이터는 최대 64KiB가 됩니다. SYN 자체의 윈도우에는 적용하지 않습니다.",
				},
				{
					"Timestamps (own/echoed): measure the round-trip time of every ACK, and tell old duplicates of wrapped sequence numbers (PAWS). 12 bytes in each segment, so 1448 of 1460 are left for data.",
					"타임스탬프(자기 값/되돌려 준 값): ACK마다 왕복 시간을 재고, 시퀀스 번호가 한 바퀴 돈 뒤의 오래된 중복을 가려냅니다(PAWS). 세그먼트마다 12바이트를 쓰므로 1460 중 1448이 데이터에 남습니다.",
				},
				{
					"TCP-AO, and before it MD5: sign every segment with a key, mostly for BGP. Linux has TCP-AO since 6.7.",
					"TCP-AO와 그 이전의 MD5: 모든 세그먼트를 키로 서명하며, 주로 BGP에 씁니다. Linux는 6.7부터 TCP-AO를 지원합니다.",
				},
				{
					"An option that the SYN did not offer cannot be had later. A box on the way that strips options makes a connection slow rather than impossible.",
					"SYN에서 제시하지 않은 옵션은 나중에 쓸 수 없습니다. 경로 중간의 장비가 옵션을 제거하면 연결이 끊기기보다 느려집니다.",
				},
			},
			See:        []string{"exchange:handshake", "exchange:retransmission"},
			References: []string{"RFC 9293 sections 3.2 and 3.7.1 (options, MSS)", "RFC 2018 (SACK)", "RFC 7323 (window scale, timestamps, PAWS)", "RFC 5925 (TCP-AO)"},
		},
	}
}
