package tcp

import "strings"

// Exchange is a conversation of two TCPs, segment by segment.
type Exchange struct {
	Name       string   // the word of explain
	Aliases    []string // other words for it
	Short      Text     // a few words
	Summary    Text     // one sentence
	Scenes     []Scene
	Notes      []Text
	See        []string // words of explain
	References []string
}

// Scene is one way in which an exchange goes.
type Scene struct {
	Title                 Text
	LeftName, RightName   Text
	LeftStart, RightStart State
	Steps                 []Step
}

// Step is a segment, or something that happens at one end without a segment.
type Step struct {
	At      End  // who sends, or where it happens; Neither: at both, or time passes
	Event   Text // empty for a segment; may hold placeholders
	Flags   Flags
	Seq     string // sequence number, relative to the letters of the scene
	Ack     string // acknowledgement number, empty without the ACK flag
	Bytes   int    // data in it
	Options string // header options worth showing, empty for none
	Fate    Fate

	Left, Right State // both ends once that has happened
}

// End is a side of an exchange.
type End uint8

// The ends, as they are drawn.
const (
	Neither End = iota
	Left
	Right
)

// Fate is what becomes of a segment. Two segments that cross are three steps:
// one sets out, the other is delivered, the first arrives.
type Fate uint8

// The fates.
const (
	Delivered Fate = iota
	Lost
	SetsOut // on its way while the next step happens
	Arrives // what set out before comes in; the same segment
)

// Flags are the control bits of a segment.
type Flags uint8

// The flags that exchanges use.
const (
	SYN Flags = 1 << iota
	FIN
	RST
	ACK
)

// String gives the flags as they are spoken: SYN+ACK. None is "none".
func (f Flags) String() string {
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

// IsSegment reports whether the step is a segment.
func (s Step) IsSegment() bool { return s.Flags != 0 }

// happens makes a step without a segment.
func happens(at End, what string, left, right State) Step {
	return Step{At: at, Event: Text{what}, Left: left, Right: right}
}

// sends makes a segment without data that is delivered.
func sends(from End, flags Flags, seq, ack string, left, right State) Step {
	return Step{At: from, Flags: flags, Seq: seq, Ack: ack, Left: left, Right: right}
}

// with gives the segment some data.
func (s Step) with(bytes int) Step { s.Bytes = bytes; return s }

// but gives the segment another fate.
func (s Step) but(fate Fate) Step { s.Fate = fate; return s }

// carrying gives the segment header options.
func (s Step) carrying(options string) Step { s.Options = options; return s }

var (
	client        = Text{"client"}
	server        = Text{"server"}
	activeCloser  = Text{"active closer"}
	passiveCloser = Text{"passive closer"}
	sender        = Text{"sender"}
	receiver      = Text{"receiver"}
	sideA         = Text{"one side"}
	sideB         = Text{"other side"}
)

// Exchanges are the conversations that are explained. In their numbers x and y
// are the initial sequence numbers of the left and the right end, m and n the
// next ones of a connection that has been open for a while.
var Exchanges = []Exchange{
	{
		Name:    "handshake",
		Aliases: []string{"open", "connect", "syn", "synack", "3-way handshake", "three-way handshake", "3way", "threeway"},
		Short:   Text{"SYN, SYN+ACK, ACK: a connection opens"},
		Summary: Text{"Three segments open a connection: SYN, SYN+ACK, ACK."},
		Scenes: []Scene{
			{
				Title:    Text{"The rule"},
				LeftName: client, RightName: server,
				LeftStart: Close, RightStart: Listen,
				Steps: []Step{
					happens(Left, "connect()", Close, Listen),
					sends(Left, SYN, "x", "", SynSent, SynRecv),
					sends(Right, SYN|ACK, "y", "x+1", Established, SynRecv),
					happens(Left, "connect() returns", Established, SynRecv),
					sends(Left, ACK, "x+1", "y+1", Established, Established),
					happens(Right, "accept() returns", Established, Established),
				},
			},
			{
				Title:    Text{"The last ACK gets lost: the first data does its work"},
				LeftName: client, RightName: server,
				LeftStart: Close, RightStart: Listen,
				Steps: []Step{
					sends(Left, SYN, "x", "", SynSent, SynRecv),
					sends(Right, SYN|ACK, "y", "x+1", Established, SynRecv),
					sends(Left, ACK, "x+1", "y+1", Established, SynRecv).but(Lost),
					sends(Left, ACK, "x+1", "y+1", Established, Established).with(100),
					sends(Right, ACK, "y+1", "x+101", Established, Established),
				},
			},
		},
		Notes: []Text{
			{"SYN takes up one sequence number, hence x+1 and y+1. Each side picks its first number so that nobody can guess it (ISN)."},
			{"The server's kernel does all of it by itself once listen() was called. accept() only takes a finished connection out of the accept queue; it sends nothing."},
			{"On Linux SYN_RECV is a small socket of its own; the listener stays in LISTEN. A connection in the accept queue is ESTABLISHED and has no owner."},
			{"No answer: SYN goes out again, {syn_sent_retries} times in {syn_sent_end}; SYN+ACK {tcp_synack_retries} times in {syn_recv_end}."},
		},
		See:        []string{"state:SYN_SENT", "state:SYN_RECV", "exchange:options", "exchange:simultaneous-open"},
		References: []string{rfcOpen + ", figure 6", "RFC 9293 section 3.4.1 (initial sequence numbers)"},
	},
	{
		Name:    "close",
		Aliases: []string{"fin", "termination", "teardown", "4-way handshake", "four-way handshake", "4-way close", "four-way close", "4way", "fourway", "active close", "passive close"},
		Short:   Text{"FIN and ACK, both ways: a connection ends"},
		Summary: Text{"Each side ends its direction with a FIN, and each FIN is acknowledged: four segments, often three."},
		Scenes: []Scene{
			{
				Title:    Text{"Four segments"},
				LeftName: activeCloser, RightName: passiveCloser,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					happens(Left, "close()", Established, Established),
					sends(Left, FIN|ACK, "m", "n", FinWait1, CloseWait),
					sends(Right, ACK, "n", "m+1", FinWait2, CloseWait),
					happens(Right, "read() returns 0, close()", FinWait2, CloseWait),
					sends(Right, FIN|ACK, "n", "m+1", TimeWait, LastAck),
					sends(Left, ACK, "m+1", "n+1", TimeWait, Close),
					happens(Left, "60 s later", Close, Close),
				},
			},
			{
				Title:    Text{"Three segments: the second FIN carries the ACK, as Linux often does it"},
				LeftName: activeCloser, RightName: passiveCloser,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					sends(Left, FIN|ACK, "m", "n", FinWait1, CloseWait),
					happens(Right, "close() before the ACK is sent", FinWait1, CloseWait),
					sends(Right, FIN|ACK, "n", "m+1", TimeWait, LastAck),
					sends(Left, ACK, "m+1", "n+1", TimeWait, Close),
				},
			},
			{
				Title:    Text{"The last ACK gets lost: this is what TIME_WAIT is for"},
				LeftName: activeCloser, RightName: passiveCloser,
				LeftStart: TimeWait, RightStart: LastAck,
				Steps: []Step{
					sends(Left, ACK, "m+1", "n+1", TimeWait, LastAck).but(Lost),
					happens(Right, "no ACK within the RTO", TimeWait, LastAck),
					sends(Right, FIN|ACK, "n", "m+1", TimeWait, LastAck),
					sends(Left, ACK, "m+1", "n+1", TimeWait, Close),
				},
			},
			{
				Title:    Text{"The passive closer never closes"},
				LeftName: activeCloser, RightName: passiveCloser,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					happens(Left, "close()", Established, Established),
					sends(Left, FIN|ACK, "m", "n", FinWait1, CloseWait),
					sends(Right, ACK, "n", "m+1", FinWait2, CloseWait),
					happens(Left, "{tcp_fin_timeout} later: dropped", Close, CloseWait),
					happens(Right, "stays until the program closes", Close, CloseWait),
				},
			},
		},
		Notes: []Text{
			{"Either side may close first, client or server. Who does keeps the TIME_WAIT."},
			{"FIN takes up one sequence number, hence m+1 and n+1. It also says that all data before it was sent."},
			{"CLOSE_WAIT is the only state here that waits for a program: a leak shows there, and as FIN_WAIT2 on the other side."},
			{"TIME_WAIT needs the peer's FIN. A FIN_WAIT2 that never gets it is dropped and does not become TIME_WAIT."},
		},
		See:        []string{"state:FIN_WAIT1", "state:FIN_WAIT2", "state:TIME_WAIT", "state:CLOSE_WAIT", "state:LAST_ACK", "exchange:half-close", "exchange:simultaneous-close"},
		References: []string{rfcClose + ", figure 12", "shutdown(2)", "close(2)"},
	},
	{
		Name:    "half-close",
		Aliases: []string{"shutdown", "half-closed"},
		Short:   Text{"one direction ends, the other goes on"},
		Summary: Text{"One side has sent all it has and says so with shutdown(SHUT_WR); the other direction goes on without a limit."},
		Scenes: []Scene{
			{
				Title:    Text{"A request, half-closed; then its answer"},
				LeftName: client, RightName: server,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					happens(Left, "shutdown(SHUT_WR)", Established, Established),
					sends(Left, FIN|ACK, "m", "n", FinWait1, CloseWait),
					sends(Right, ACK, "n", "m+1", FinWait2, CloseWait),
					happens(Right, "read() returns 0; it still writes", FinWait2, CloseWait),
					sends(Right, ACK, "n", "m+1", FinWait2, CloseWait).with(1000),
					sends(Left, ACK, "m+1", "n+1000", FinWait2, CloseWait),
					happens(Right, "close()", FinWait2, CloseWait),
					sends(Right, FIN|ACK, "n+1000", "m+1", TimeWait, LastAck),
					sends(Left, ACK, "m+1", "n+1001", TimeWait, Close),
				},
			},
		},
		Notes: []Text{
			{"On the wire it looks like a close; the difference is that the client still owns its socket and reads."},
			{"An owned FIN_WAIT2 has no timer: tcp_fin_timeout does not apply. If the server vanishes, the client waits forever, unless it asked for keepalive."},
			{"Data that arrives after close(), where nobody can read it, is answered with RST instead."},
		},
		See:        []string{"state:FIN_WAIT2", "state:CLOSE_WAIT", "exchange:close", "exchange:reset"},
		References: []string{"RFC 9293 section 3.6.1 (half-closed connections)", "shutdown(2)"},
	},
	{
		Name:    "simultaneous-open",
		Aliases: []string{"simultaneous connect"},
		Short:   Text{"two SYNs cross"},
		Summary: Text{"Both sides connect to each other at the same moment; the SYNs cross, and one connection comes of it."},
		Scenes: []Scene{
			{
				Title:    Text{"Two SYNs cross"},
				LeftName: sideA, RightName: sideB,
				LeftStart: Close, RightStart: Close,
				Steps: []Step{
					happens(Left, "connect() from a bound port", Close, Close),
					sends(Left, SYN, "x", "", SynSent, Close).but(SetsOut),
					happens(Right, "connect() from a bound port", SynSent, Close),
					sends(Right, SYN, "y", "", SynRecv, SynSent),
					sends(Left, SYN, "x", "", SynRecv, SynRecv).but(Arrives),
					sends(Left, SYN|ACK, "x", "y+1", SynRecv, SynRecv).but(SetsOut),
					sends(Right, SYN|ACK, "y", "x+1", Established, SynRecv),
					sends(Left, SYN|ACK, "x", "y+1", Established, Established).but(Arrives),
				},
			},
		},
		Notes: []Text{
			{"Both ends have to know the other's port beforehand. It is rare outside of peer-to-peer programs that punch through NAT."},
			{"There is no listener and no accept(): both are active openers. Here SYN_RECV is a full socket that a program owns."},
			{"A RST in this SYN_RECV ends the connection; there is no LISTEN to go back to."},
		},
		See:        []string{"state:SYN_SENT", "state:SYN_RECV", "exchange:handshake"},
		References: []string{rfcOpen + ", figure 7"},
	},
	{
		Name:    "simultaneous-close",
		Aliases: nil,
		Short:   Text{"two FINs cross"},
		Summary: Text{"Both sides close at the same moment; the FINs cross, and both end in TIME_WAIT."},
		Scenes: []Scene{
			{
				Title:    Text{"Two FINs cross"},
				LeftName: sideA, RightName: sideB,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					happens(Left, "close()", Established, Established),
					sends(Left, FIN|ACK, "m", "n", FinWait1, Established).but(SetsOut),
					happens(Right, "close()", FinWait1, Established),
					sends(Right, FIN|ACK, "n", "m", Closing, FinWait1),
					sends(Left, FIN|ACK, "m", "n", Closing, Closing).but(Arrives),
					sends(Left, ACK, "m+1", "n+1", Closing, Closing).but(SetsOut),
					sends(Right, ACK, "n+1", "m+1", TimeWait, Closing),
					sends(Left, ACK, "m+1", "n+1", TimeWait, TimeWait).but(Arrives),
					happens(Neither, "60 s later", Close, Close),
				},
			},
		},
		Notes: []Text{
			{"As many segments as in any close, in another order. Both sides closed actively, so both keep a TIME_WAIT."},
			{"CLOSING is seen only when the ACK gets lost or is slow."},
		},
		See:        []string{"state:CLOSING", "exchange:close"},
		References: []string{rfcClose + ", figure 13"},
	},
	{
		Name:    "reset",
		Aliases: []string{"rst", "abort", "econnreset", "econnrefused"},
		Short:   Text{"a connection is refused or cut off"},
		Summary: Text{"RST ends a connection at once, or refuses one: nothing is acknowledged, nothing is kept, no TIME_WAIT follows."},
		Scenes: []Scene{
			{
				Title:    Text{"Refused: nobody listens on the port"},
				LeftName: client, RightName: server,
				LeftStart: Close, RightStart: Close,
				Steps: []Step{
					sends(Left, SYN, "x", "", SynSent, Close),
					sends(Right, RST|ACK, "0", "x+1", Close, Close),
					happens(Left, "connect(): ECONNREFUSED", Close, Close),
				},
			},
			{
				Title:    Text{"The other end is gone: it restarted, or gave up unheard"},
				LeftName: client, RightName: server,
				LeftStart: Established, RightStart: Close,
				Steps: []Step{
					sends(Left, ACK, "m", "n", Established, Close).with(100),
					sends(Right, RST, "n", "", Close, Close),
					happens(Left, "read(): ECONNRESET", Close, Close),
				},
			},
			{
				Title:    Text{"close() with data unread"},
				LeftName: client, RightName: server,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					sends(Left, ACK, "m", "n", Established, Established).with(100),
					sends(Right, ACK, "n", "m+100", Established, Established),
					happens(Right, "close() without read()", Established, Established),
					sends(Right, RST|ACK, "n", "m+100", Close, Close),
				},
			},
			{
				Title:    Text{"close() with SO_LINGER 0: on purpose"},
				LeftName: client, RightName: server,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					happens(Left, "SO_LINGER 0, close()", Established, Established),
					sends(Left, RST|ACK, "m", "n", Close, Close),
					happens(Right, "read(): ECONNRESET", Close, Close),
				},
			},
			{
				Title:    Text{"Data for a side that has closed completely"},
				LeftName: client, RightName: server,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					happens(Left, "close(), not shutdown()", Established, Established),
					sends(Left, FIN|ACK, "m", "n", FinWait1, CloseWait),
					sends(Right, ACK, "n", "m+1", FinWait2, CloseWait),
					sends(Right, ACK, "n", "m+1", FinWait2, CloseWait).with(100),
					sends(Left, RST, "m+1", "", Close, Close),
					happens(Right, "next write(): EPIPE", Close, Close),
				},
			},
			{
				Title:    Text{"Not accepted: the listener closes while a connection waits in its queue"},
				LeftName: client, RightName: server,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					happens(Right, "the listener closes", Established, Established),
					sends(Right, RST|ACK, "n", "m", Close, Close),
					happens(Left, "read(): ECONNRESET", Close, Close),
				},
			},
		},
		Notes: []Text{
			{"A RST is believed only if its number fits: the next expected one in a connection, the ACK of the SYN in SYN_SENT. Others that fall into the window get a challenge ACK."},
			{"What is on the way when it is sent is lost: a server that answers and closes with part of the request unread can cut off its own answer."},
			{"Firewalls and load balancers send RSTs too, in the name of either end, when they drop an idle connection."},
			{"A client can also reset a connection that waits in the accept queue. On Linux accept() still returns it; the first read() fails with ECONNRESET."},
			{"RFC 9293 lets who sends a RST go through TIME-WAIT (note 3 of figure 5). Linux keeps nothing."},
		},
		See:        []string{"state:CLOSE", "exchange:handshake", "exchange:close"},
		References: []string{rfcReset, "RFC 5961 (challenge ACK)", "socket(7): SO_LINGER", ipSysctl + ": tcp_abort_on_overflow"},
	},
	{
		Name:    "retransmission",
		Aliases: []string{"retrans", "rto", "loss", "fast retransmit", "dup ack"},
		Short:   Text{"what is not acknowledged is sent again"},
		Summary: Text{"What is not acknowledged in time is sent again, with the same sequence number."},
		Scenes: []Scene{
			{
				Title:    Text{"A segment gets lost, and nothing follows it: the timer"},
				LeftName: sender, RightName: receiver,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					sends(Left, ACK, "m", "n", Established, Established).with(100).but(Lost),
					happens(Left, "no ACK within the RTO", Established, Established),
					sends(Left, ACK, "m", "n", Established, Established).with(100),
					sends(Right, ACK, "n", "m+100", Established, Established),
				},
			},
			{
				Title:    Text{"A segment gets lost, and others follow it: fast retransmit"},
				LeftName: sender, RightName: receiver,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					sends(Left, ACK, "m", "n", Established, Established).with(100).but(Lost),
					sends(Left, ACK, "m+100", "n", Established, Established).with(100),
					sends(Right, ACK, "n", "m", Established, Established).carrying("SACK m+100..m+200"),
					sends(Left, ACK, "m+200", "n", Established, Established).with(100),
					sends(Right, ACK, "n", "m", Established, Established).carrying("SACK m+100..m+300"),
					sends(Left, ACK, "m+300", "n", Established, Established).with(100),
					sends(Right, ACK, "n", "m", Established, Established).carrying("SACK m+100..m+400"),
					happens(Left, "three ACKs of the same: a hole", Established, Established),
					sends(Left, ACK, "m", "n", Established, Established).with(100),
					sends(Right, ACK, "n", "m+400", Established, Established),
				},
			},
			{
				Title:    Text{"Only the ACK gets lost: sent again for nothing"},
				LeftName: sender, RightName: receiver,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					sends(Left, ACK, "m", "n", Established, Established).with(100),
					sends(Right, ACK, "n", "m+100", Established, Established).but(Lost),
					happens(Left, "no ACK within the RTO", Established, Established),
					sends(Left, ACK, "m", "n", Established, Established).with(100),
					sends(Right, ACK, "n", "m+100", Established, Established).carrying("DSACK m..m+100"),
				},
			},
			{
				Title:    Text{"Nobody answers: the wait doubles, and the kernel gives up"},
				LeftName: sender, RightName: receiver,
				LeftStart: Established, RightStart: Established,
				Steps: []Step{
					sends(Left, ACK, "m", "n", Established, Established).with(100).but(Lost),
					happens(Left, "after the RTO, say 200 ms", Established, Established),
					sends(Left, ACK, "m", "n", Established, Established).with(100).but(Lost),
					happens(Left, "after 400 ms", Established, Established),
					sends(Left, ACK, "m", "n", Established, Established).with(100).but(Lost),
					happens(Left, "after 800 ms, and so on up to {tcp_rto_max_ms}", Established, Established),
					sends(Left, ACK, "m", "n", Established, Established).with(100).but(Lost),
					happens(Left, "{data_end} after the first repeat: ETIMEDOUT", Close, Established),
				},
			},
		},
		Notes: []Text{
			{"The RTO comes from the measured round-trip time and is at least 200 ms on Linux; SYN and SYN+ACK begin with 1 s. Each further wait doubles."},
			{"Before the timer Linux sends a loss probe (TLP), after about two round trips, and it takes segments that were overtaken for long enough as lost (RACK). Both find losses sooner than the scenes show."},
			{"Causes: loss at a switch or router that is overloaded; damage on the way (CRC at the link, checksum at IP or TCP); a lost fragment; a receiver or router that is overloaded or has no buffer; an ACK that is lost, late or took a slow path."},
			{"More than 1 % of segments sent again deserves a look at the traffic itself. Compare the counters over an interval (nstat TcpRetransSegs TcpOutSegs), not since boot."},
			{"In a capture a retransmission is a segment with a sequence number that was sent before."},
		},
		See:        []string{"timer:retransmit", "timer:window_probe", "exchange:options"},
		References: []string{"RFC 6298 (retransmission timer)", "RFC 5681 (congestion control, fast retransmit)", "RFC 2018 (SACK), RFC 2883 (DSACK)", "RFC 8985 (RACK-TLP)", ipSysctl + ": tcp_retries2, tcp_rto_max_ms"},
	},
	{
		Name:    "options",
		Aliases: []string{"header options", "mss", "sack", "wscale", "window scale", "timestamps", "tcp-ao", "paws"},
		Short:   Text{"what both sides agree on at the start"},
		Summary: Text{"What both sides agree on in the handshake: segment size, SACK, window scale, timestamps."},
		Scenes: []Scene{
			{
				Title:    Text{"The options of a handshake over Ethernet, IPv4"},
				LeftName: client, RightName: server,
				LeftStart: Close, RightStart: Listen,
				Steps: []Step{
					sends(Left, SYN, "x", "", SynSent, SynRecv).carrying("MSS 1460, SACK ok, TS 70/0, scale 7"),
					sends(Right, SYN|ACK, "y", "x+1", Established, SynRecv).carrying("MSS 1460, SACK ok, TS 90/70, scale 7"),
					sends(Left, ACK, "x+1", "y+1", Established, Established).carrying("TS 71/90"),
				},
			},
		},
		Notes: []Text{
			{"MSS: the most data that this side takes in one segment. Each side names its own, in its SYN only: 1460 on Ethernet with IPv4, 1440 with IPv6. Without the option 536 counts (IPv4) or 1220 (IPv6)."},
			{"SACK: the receiver may say which later blocks it already has, so that only the holes are sent again. Both have to offer it."},
			{"Window scale: the 16-bit window counts in units of 2^scale bytes. Each side names its own; if one does not, neither scales, and 64 KiB are the most that can be on the way. The window in a SYN itself is never scaled."},
			{"Timestamps (own/echoed): measure the round-trip time of every ACK, and tell old duplicates of wrapped sequence numbers (PAWS). 12 bytes in each segment, so 1448 of 1460 are left for data."},
			{"TCP-AO, and before it MD5: sign every segment with a key, mostly for BGP. Linux has TCP-AO since 6.7."},
			{"An option that the SYN did not offer cannot be had later. A box on the way that strips options makes a connection slow rather than impossible."},
		},
		See:        []string{"exchange:handshake", "exchange:retransmission"},
		References: []string{"RFC 9293 sections 3.2 and 3.7.1 (options, MSS)", "RFC 2018 (SACK)", "RFC 7323 (window scale, timestamps, PAWS)", "RFC 5925 (TCP-AO)"},
	},
}
