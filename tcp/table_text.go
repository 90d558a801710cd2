package tcp

var moverTexts = [...]Text{
	Nobody:         {"nobody"},
	ProgramHere:    {"the program here"},
	ProgramThere:   {"the peer's program"},
	KernelThere:    {"the peer's kernel"},
	ProgramsEither: {"either program"},
	Clock:          {"the clock"},
}

// References that several entries share.
const (
	rfcStates = "RFC 9293 section 3.3.2 (state machine, figure 5)"
	rfcOpen   = "RFC 9293 section 3.5 (opening a connection)"
	rfcReset  = "RFC 9293 sections 3.5.2 and 3.5.3 (reset)"
	rfcClose  = "RFC 9293 section 3.6 (closing a connection)"
	rfcFail   = "RFC 9293 section 3.8.3 (connection failures)"
	ipSysctl  = "Linux Documentation/networking/ip-sysctl.rst"
	tcpMan    = "tcp(7)"
)

// Texts that several entries share.
var (
	// overrides names what sock_diag and /proc do not report.
	overrides = Text{"A program can set limits of its own (TCP_USER_TIMEOUT, TCP_SYNCNT, TCP_KEEPCNT, TCP_RTO_MAX_MS). The kernel does not report them, so these times are wrong for a socket that has one."}

	resetEnds     = Text{"a RST arrives"}
	resetGone     = Text{"it is gone at once, without TIME_WAIT"}
	finNoAck      = Text{"no ACK, and no program owns the socket any more"}
	finNoAckThen  = Text{"it is dropped about {orphan_end} after the first retransmission, after about {orphan_retries} of them"}
	finNoAckOwned = Text{"no ACK, and a program still owns the socket, as after shutdown()"}
	finOwnedThen  = Text{"it is given up about {data_end} after the first retransmission; the program sees ETIMEDOUT"}
)

var (
	orphanSysctls = []Sysctl{OrphanRetries, RTOMax}
	dataSysctls   = []Sysctl{Retries2, RTOMax}
)

// StateDocs is the documented table, in the order of [States].
var StateDocs = []StateDoc{
	{
		State:      Listen,
		Short:      Text{"waits for connections"},
		Meaning:    Text{"A program waits for connections (passive open); the kernel completes them by itself and queues them for accept()."},
		Mover:      ProgramThere,
		Move:       Text{"A client has to connect. Then the program here has to call accept()."},
		ManyNormal: Text{"A few per service. With SO_REUSEPORT every worker has its own listener on the same port."},
		Causes: []Text{
			{"Recv-Q, the connections that wait for accept(), stays above 0: the program accepts too slowly."},
			{"Recv-Q is above Send-Q, the limit: the accept queue is full, and the kernel drops new SYNs and last ACKs without an answer."},
			{"The limit is small: it is the smaller of the backlog given to listen() and somaxconn (set to {somaxconn})."},
		},
		Advice: []Advice{
			{Text{"Compare Recv-Q (waiting) with Send-Q (limit) of each listener."}, "tcpstat -lnp"},
			{Text{"See whether connections were lost at full accept queues since boot."}, "nstat -az TcpExtListenOverflows TcpExtListenDrops"},
			{Text{"If the queue is full, see what keeps the program from accepting."}, "strace -f -e trace=accept,accept4,epoll_wait -p PID"},
			{Text{"If only the limit is too small, raise the backlog in the program's configuration, and somaxconn if that caps it; it counts from the next listen(), so restart the program."}, "sysctl net.core.somaxconn"},
		},
		Ends: []Ending{
			{Text{"the program closes it or ends"}, Text{"it is gone at once; connections that wait in its accept queue are reset"}, nil},
			{Text{"the program calls shutdown() for reading"}, Text{"the same; only the descriptor stays"}, nil},
			{Text{"none of these"}, Text{"it waits forever: a listener has no timer"}, nil},
		},
		See:        []string{"state:SYN_RECV", "exchange:handshake"},
		References: []string{rfcStates, "RFC 9293 section 3.10.7.2 (segments that arrive in LISTEN)", "listen(2)", "accept(2)", ipSysctl + ": somaxconn, tcp_max_syn_backlog, tcp_abort_on_overflow"},
	},
	{
		State:      Bound,
		Short:      Text{"has a port, neither listens nor connects"},
		Meaning:    Text{"A program has taken this address and port with bind(), and neither listens nor connects."},
		Mover:      ProgramHere,
		Move:       Text{"It has to call listen() or connect(), or close the socket."},
		ManyNormal: Text{"Hardly ever: one lasts as long as a service needs to start, or a client to go on from bind() to connect()."},
		Causes: []Text{
			{"A service is starting, or is stuck between bind() and listen()."},
			{"A program reserves a port and holds it."},
			{"A connect() from a bound port failed, and the program kept the socket."},
		},
		Advice: []Advice{
			{Text{"If a service fails with EADDRINUSE and nobody listens on its port, look here who holds it. Linux lists these sockets since 6.8; netstat and /proc never do."}, "tcpstat -anp state BOUND"},
			{Text{"See what the program does instead of going on."}, "strace -f -p PID"},
		},
		Ends: []Ending{
			{Text{"the program calls listen()"}, Text{"LISTEN"}, nil},
			{Text{"the program calls connect()"}, Text{"SYN_SENT"}, nil},
			{Text{"the program closes it or ends"}, Text{"it is gone at once"}, nil},
			{Text{"none of these"}, Text{"it stays forever: it has no timer"}, nil},
		},
		See:        []string{"state:CLOSE", "state:LISTEN"},
		References: []string{"bind(2)", "ip(7)", "Linux include/net/tcp_states.h (TCP_BOUND_INACTIVE)"},
	},
	{
		State:      SynSent,
		Short:      Text{"asked for a connection, no answer yet"},
		Meaning:    Text{"This side asked for a connection (active open): its SYN is out, and no answer has come."},
		Mover:      KernelThere,
		Move:       Text{"It has to answer with SYN+ACK, or refuse with RST."},
		ManyNormal: Text{"Each lasts one round trip, so a few on a busy client or proxy. One that sends its SYN again is not normal."},
		Causes: []Text{
			{"A firewall drops the SYN without an answer."},
			{"The host is down, or the address is wrong."},
			{"The peer's accept queue is full, so that its kernel drops SYNs."},
			{"The answer gets lost on its way back: routing, reverse path filter, a full conntrack table."},
		},
		Advice: []Advice{
			{Text{"See which peers do not answer, and how often the SYN was sent."}, "tcpstat -anp --explain state SYN_SENT"},
			{Text{"See whether the SYN leaves, and what comes back."}, "tcpdump -ni any host ADDR and port PORT"},
			{Text{"Check the route and the source address that the kernel takes."}, "ip route get ADDR"},
			{Text{"On the peer, see whether somebody listens, and whether the accept queue is full."}, "ss -tln 'sport = :PORT'"},
			{Text{"Give the program a connect timeout of its own: the kernel tries for {syn_sent_end}."}, ""},
		},
		Ends: []Ending{
			{Text{"SYN+ACK arrives"}, Text{"ESTABLISHED; connect() returns"}, nil},
			{resetEnds, Text{"it is gone at once; connect() fails with ECONNREFUSED"}, nil},
			{Text{"ICMP says unreachable, or a host on the same network does not answer ARP"}, Text{"it is gone at once, for ARP after about 3 s; connect() fails with EHOSTUNREACH or what ICMP said"}, nil},
			{Text{"nothing arrives"}, Text{"it is given up after about {syn_sent_end}, {syn_sent_retries} retransmissions; connect() fails with ETIMEDOUT"}, []Sysctl{SynRetries, SynLinearTimeouts, RTOMax}},
			{Text{"the program closes it or ends"}, Text{"it is gone at once"}, nil},
		},
		Reserve:    overrides,
		See:        []string{"timer:retransmit", "exchange:handshake", "exchange:reset"},
		References: []string{rfcOpen, rfcFail, "connect(2)", ipSysctl + ": tcp_syn_retries, tcp_syn_linear_timeouts", tcpMan + ": TCP_SYNCNT, TCP_USER_TIMEOUT"},
	},
	{
		State:      SynRecv,
		Short:      Text{"answered a SYN, waits for the last ACK"},
		Meaning:    Text{"A SYN came and the kernel answered SYN+ACK; the last step of the handshake is missing (half-open)."},
		Mover:      KernelThere,
		Move:       Text{"The client has to acknowledge the SYN+ACK; its first data does that as well."},
		ManyNormal: Text{"Each lasts one round trip, so a few on a busy server. Many that send SYN+ACK again are not normal."},
		Causes: []Text{
			{"A SYN flood: many SYNs whose senders never answer."},
			{"The SYN+ACK or the client's ACK gets lost."},
			{"The accept queue is full: the kernel ignores the last ACK, while the client takes itself for connected."},
			{"The listener uses TCP_DEFER_ACCEPT: the kernel waits for the client's first data on purpose."},
		},
		Advice: []Advice{
			{Text{"See whether they belong to one listener or to one client, and how often SYN+ACK was sent again."}, "tcpstat -an --explain state SYN_RECV"},
			{Text{"See whether that listener's accept queue is full: that comes first."}, "tcpstat -lnp"},
			{Text{"See whether the kernel had to answer with SYN cookies, or to drop."}, "nstat -az TcpExtTCPReqQFullDoCookies TcpExtTCPReqQFullDrop"},
			{Text{"Leave SYN cookies on (1): they keep a service reachable in a flood."}, "sysctl net.ipv4.tcp_syncookies"},
		},
		Ends: []Ending{
			{Text{"the ACK arrives"}, Text{"ESTABLISHED, in the accept queue"}, nil},
			{Text{"the ACK arrives and the accept queue is full"}, Text{"the ACK is ignored; with tcp_abort_on_overflow 1 (set to {tcp_abort_on_overflow}) the client gets a RST"}, []Sysctl{AbortOnOverflow}},
			{resetEnds, Text{"the half-open connection is forgotten; the listener stays"}, nil},
			{Text{"no ACK arrives"}, Text{"it is dropped after about {syn_recv_end}, {tcp_synack_retries} SYN+ACKs sent again; sooner while half-open connections fill more than half of the backlog"}, []Sysctl{SynAckRetries, RTOMax}},
			{Text{"the listener closes"}, Text{"it is dropped"}, nil},
		},
		Reserve:    overrides,
		See:        []string{"state:LISTEN", "exchange:handshake", "exchange:simultaneous-open"},
		References: []string{rfcOpen, "RFC 4987 (SYN flooding)", ipSysctl + ": tcp_synack_retries, tcp_max_syn_backlog, tcp_syncookies", tcpMan + ": TCP_DEFER_ACCEPT"},
	},
	{
		State:      Established,
		Short:      Text{"open, data can flow both ways"},
		Meaning:    Text{"The connection is open: data can flow both ways."},
		Mover:      ProgramsEither,
		Move:       Text{"Either side may send or close, and neither has to."},
		ManyNormal: Text{"As many as there are users. Pools and keep-alive hold idle ones open on purpose."},
		Causes: []Text{
			{"Recv-Q stays above 0: the program here does not read."},
			{"Send-Q stays above 0, timer on: the peer does not acknowledge; segments get lost, or it is gone."},
			{"Send-Q stays above 0, timer persist (netstat: probe): the peer acknowledges but does not read, its window is closed."},
			{"No program owns it: it waits in an accept queue."},
			{"Idle for hours and no keepalive timer: should the peer vanish, nobody here would notice."},
		},
		Advice: []Advice{
			{Text{"Look for data that nobody reads or acknowledges: Recv-Q, Send-Q, timer."}, "tcpstat -anop"},
			{Text{"See round-trip time, retransmissions and windows of a connection."}, "ss -tni dst ADDR"},
			{Text{"If peers vanish without a word, have the program set SO_KEEPALIVE with a shorter TCP_KEEPIDLE, or TCP_USER_TIMEOUT."}, ""},
		},
		Ends: []Ending{
			{Text{"the program closes it or ends"}, Text{"FIN_WAIT1; with data unread, or SO_LINGER 0, a RST and it is gone at once"}, nil},
			{Text{"the peer's FIN arrives"}, Text{"CLOSE_WAIT"}, nil},
			{resetEnds, Text{"it is gone at once, without TIME_WAIT; the program sees ECONNRESET"}, nil},
			{Text{"data stays unacknowledged"}, Text{"it is given up about {data_end} after the first retransmission; the program sees ETIMEDOUT"}, dataSysctls},
			{Text{"idle, with SO_KEEPALIVE, and the peer is gone"}, Text{"{keepalive_end}: {tcp_keepalive_time} idle, then {tcp_keepalive_probes} probes {tcp_keepalive_intvl} apart; ETIMEDOUT"}, []Sysctl{KeepaliveTime, KeepaliveProbes, KeepaliveInterval}},
			{Text{"idle, without SO_KEEPALIVE"}, Text{"never"}, nil},
		},
		Reserve:    overrides,
		See:        []string{"timer:retransmit", "timer:keepalive", "timer:window_probe", "exchange:retransmission", "exchange:close"},
		References: []string{rfcStates, "RFC 9293 section 3.8 (data communication)", ipSysctl + ": tcp_retries2, tcp_keepalive_time", tcpMan},
	},
	{
		State:      FinWait1,
		Short:      Text{"closed here first, FIN not acknowledged yet"},
		Meaning:    Text{"This side closed first (active close): its FIN is on the way or still waits behind unsent data, and is not acknowledged."},
		Mover:      KernelThere,
		Move:       Text{"It has to acknowledge the FIN and the data before it."},
		ManyNormal: Text{"Each lasts one round trip, so a few on a busy server. Many that retransmit are peers that vanished."},
		Causes: []Text{
			{"The peer or the path to it is gone: a phone out of reach, a cable, a firewall that forgot the connection."},
			{"Segments get lost, and the FIN with them."},
			{"The peer does not read: its window is closed, and the last data and the FIN cannot leave (timer persist)."},
		},
		Advice: []Advice{
			{Text{"See the peers and the timer. Send-Q above 1: data is left, not the FIN alone."}, "tcpstat -an --explain state FIN_WAIT1"},
			{Text{"See how many sockets of this host no program owns any more (orphan)."}, "cat /proc/net/sockstat"},
			{Text{"One peer: look at the path to it. Many: look for loss on this side."}, "tcpdump -ni any host ADDR"},
			{Text{"If clients stop reading, give the program a timeout for writing before it closes."}, ""},
		},
		Ends: []Ending{
			{Text{"the ACK of our FIN arrives"}, Text{"FIN_WAIT2; with the peer's FIN in the same segment, TIME_WAIT"}, nil},
			{Text{"the peer's FIN arrives first"}, Text{"CLOSING"}, nil},
			{finNoAck, finNoAckThen, orphanSysctls},
			{finNoAckOwned, finOwnedThen, dataSysctls},
			{Text{"too many sockets without owner on this host"}, Text{"the kernel drops it at close(), with a RST and a line in its log"}, []Sysctl{MaxOrphans}},
			{resetEnds, resetGone, nil},
		},
		Reserve:    overrides,
		See:        []string{"timer:retransmit", "exchange:close", "state:LAST_ACK"},
		References: []string{rfcClose, ipSysctl + ": tcp_orphan_retries, tcp_max_orphans, tcp_retries2", tcpMan},
	},
	{
		State:      FinWait2,
		Short:      Text{"closed here first, waits for the peer to close"},
		Meaning:    Text{"This side closed first and its FIN is acknowledged; the peer's program has not closed its side."},
		Mover:      ProgramThere,
		Move:       Text{"It has to call close(). The peer shows CLOSE_WAIT as long as it does not."},
		ManyNormal: Text{"Where this side closes first and peers are slow to follow: each stays at most {tcp_fin_timeout} once no program owns it. Owned ones are rare; many of them are not normal."},
		Causes: []Text{
			{"The peer's program does not close: the fault is there, as CLOSE_WAIT."},
			{"The peer vanished after its ACK, or its FIN is kept away by a firewall."},
			{"A half-close on purpose: the program here called shutdown(SHUT_WR) and still reads."},
		},
		Advice: []Advice{
			{Text{"See whether a program here owns them. If none does, they go by themselves."}, "tcpstat -anp --explain state FIN_WAIT2"},
			{Text{"Owned: the program waits for the peer's end without a limit. Give that read a timeout, or set SO_KEEPALIVE."}, "strace -f -p PID"},
			{Text{"On the peer, find the program that holds the other end in CLOSE_WAIT."}, "ss -tnp state close-wait"},
		},
		Ends: []Ending{
			{Text{"the peer's FIN arrives"}, Text{"TIME_WAIT"}, nil},
			{Text{"no FIN, and no program owns the socket any more"}, Text{"it is dropped after {tcp_fin_timeout}, without TIME_WAIT; a program can have set another time with TCP_LINGER2, at most 120 s"}, []Sysctl{FinTimeout}},
			{Text{"no FIN, and a program still owns the socket, as after shutdown()"}, Text{"never; only a keepalive that the program asked for finds out that the peer is gone"}, nil},
			{Text{"data arrives after close()"}, Text{"a RST, and it is gone"}, nil},
			{resetEnds, resetGone, nil},
		},
		See:        []string{"timer:fin_wait2", "exchange:close", "exchange:half-close", "state:CLOSE_WAIT"},
		References: []string{rfcClose, "RFC 9293 section 3.6.1 (half-closed connections)", ipSysctl + ": tcp_fin_timeout", tcpMan + ": TCP_LINGER2"},
	},
	{
		State:      Closing,
		Short:      Text{"both closed at once, our FIN not acknowledged"},
		Meaning:    Text{"Both sides closed at the same time: the peer's FIN is here, the ACK of ours is not."},
		Mover:      KernelThere,
		Move:       Text{"It has to acknowledge our FIN."},
		ManyNormal: Text{"Never: the state is rare and lasts less than a round trip. One that stays has lost its ACK."},
		Causes: []Text{
			{"Both programs closed in the same moment, for instance at the same timeout."},
			{"The ACK of our FIN got lost, or the FIN itself."},
			{"The peer vanished just after its own FIN."},
		},
		Advice: []Advice{
			{Text{"Nothing about a few. If many stay, see whether they share a peer, and look for loss on the way to it."}, "tcpstat -an --explain state CLOSING"},
		},
		Ends: []Ending{
			{Text{"the ACK of our FIN arrives"}, Text{"TIME_WAIT"}, nil},
			{finNoAck, finNoAckThen, orphanSysctls},
			{finNoAckOwned, finOwnedThen, dataSysctls},
			{resetEnds, resetGone, nil},
		},
		Reserve:    overrides,
		See:        []string{"exchange:simultaneous-close", "timer:retransmit"},
		References: []string{rfcClose + ", figure 13", ipSysctl + ": tcp_orphan_retries, tcp_retries2"},
	},
	{
		State:      TimeWait,
		Short:      Text{"over; kept 60 s against stray segments"},
		Meaning:    Text{"The connection is over and this side closed first; the kernel keeps its addresses for a while against stray segments and a lost last ACK."},
		Mover:      Clock,
		Move:       Text{"Nobody has to do anything. No program and no descriptor hangs on it."},
		ManyNormal: Text{"Always, on the side that closes first: a busy server, proxy or client has thousands. They cost a little memory each, and a listener goes on accepting."},
		Causes: []Text{
			{"Many short connections that this side closes: a client without keep-alive or pool, a proxy, a server that closes after each answer, health checks."},
		},
		Advice: []Advice{
			{Text{"Leave them alone as long as connect() does not fail with EADDRNOTAVAIL. Then the {local_ports} local ports towards one address and port are used up: see which."}, "ss -tn state time-wait dst ADDR"},
			{Text{"Use connections again: keep-alive, a pool. Or let the other side close first; then TIME_WAIT is over there."}, ""},
			{Text{"Let outgoing connections use such a port again: tcp_tw_reuse 1 does so after one second, where both ends send timestamps (2 on loopback only)."}, "sysctl net.ipv4.tcp_tw_reuse"},
			{Text{"Have more ports: a wider range, more source or destination addresses."}, "sysctl net.ipv4.ip_local_port_range"},
			{Text{"A service that cannot start again because of them (EADDRINUSE) has to set SO_REUSEADDR."}, ""},
		},
		Ends: []Ending{
			{Text{"the time is over"}, Text{"it is gone after 60 s, fixed in the kernel's source (TCP_TIMEWAIT_LEN); no sysctl changes that, and tcp_fin_timeout is about FIN_WAIT2"}, nil},
			{Text{"the peer sends its FIN again, because our last ACK got lost"}, Text{"it is acknowledged again, and the 60 s start anew"}, nil},
			{Text{"a newer SYN arrives from the same address and port"}, Text{"it makes room for the new connection"}, nil},
			{Text{"connect() here needs its port, and tcp_tw_reuse allows that (set to {tcp_tw_reuse}; 0 never, 1 always, 2 on loopback)"}, Text{"it makes room for the new connection"}, []Sysctl{TWReuse}},
			{resetEnds, Text{"it is gone at once, unless tcp_rfc1337 is 1 (set to {tcp_rfc1337})"}, []Sysctl{RFC1337}},
			{Text{"there are as many as tcp_max_tw_buckets already"}, Text{"no TIME_WAIT is kept for a new one: the protection is lost, and the kernel counts TCPTimeWaitOverflow"}, []Sysctl{MaxTWBuckets}},
		},
		See:        []string{"timer:time_wait", "exchange:close", "state:FIN_WAIT2"},
		References: []string{rfcClose, "RFC 9293 section 3.4.2 (MSL; the RFC waits 2 x 2 minutes)", "RFC 1337 (TIME-WAIT assassination)", "RFC 6191 (TIME-WAIT and timestamps)", ipSysctl + ": tcp_tw_reuse, tcp_max_tw_buckets, tcp_rfc1337"},
	},
	{
		State:      CloseWait,
		Short:      Text{"the peer closed; the program here has not"},
		Meaning:    Text{"The peer closed (passive close) and its FIN is acknowledged; the program here has not closed its side."},
		Mover:      ProgramHere,
		Move:       Text{"It has to call close(). Short of an error nothing else moves this socket on."},
		ManyNormal: Text{"Never for long. Each holds a descriptor; many old ones are a leak in the program. One that still sends its answer to a half-closed client is busy, not leaking."},
		Causes: []Text{
			{"Recv-Q 0: the program read the end of the stream and forgot to close, often on an error path."},
			{"Recv-Q 1: only the FIN is unread; nobody looks at this connection, as in an idle pool."},
			{"Recv-Q above 1: data and the FIN are unread; the program is stuck or does not read."},
			{"No owner: the connection was never accepted; the listener is too slow."},
		},
		Advice: []Advice{
			{Text{"Find the program, and its Recv-Q."}, "tcpstat -anp --explain state CLOSE_WAIT"},
			{Text{"See which of its descriptors they are."}, "lsof -nP -a -p PID -iTCP -sTCP:CLOSE_WAIT"},
			{Text{"See whether the program still reads from them, or closes any."}, "strace -f -e trace=read,recvfrom,shutdown,close -p PID"},
			{Text{"Count its descriptors against its limit, to know how much time is left."}, "ls /proc/PID/fd | wc -l; grep 'open files' /proc/PID/limits"},
			{Text{"Mend the program: close in every path, also after errors and timeouts. A restart frees the descriptors for now. No sysctl helps."}, ""},
		},
		Ends: []Ending{
			{Text{"the program closes it or ends"}, Text{"LAST_ACK; with data unread, a RST and it is gone at once"}, nil},
			{resetEnds, Text{"it leaves every list at once, but the program's descriptor stays open: the leak goes on unseen"}, nil},
			{Text{"data that the program still sent stays unacknowledged"}, Text{"it is given up about {data_end} after the first retransmission; the descriptor stays open"}, dataSysctls},
			{Text{"with SO_KEEPALIVE, and the peer is gone"}, Text{"{keepalive_end} after the last segment; the descriptor stays open"}, []Sysctl{KeepaliveTime, KeepaliveProbes, KeepaliveInterval}},
			{Text{"none of these"}, Text{"never: CLOSE_WAIT has no timer of its own"}, nil},
		},
		Reserve:    overrides,
		See:        []string{"exchange:close", "exchange:half-close", "state:FIN_WAIT2", "state:LAST_ACK"},
		References: []string{rfcClose, "close(2)", ipSysctl + ": tcp_retries2, tcp_keepalive_time"},
	},
	{
		State:      LastAck,
		Short:      Text{"closed by both, our FIN not acknowledged"},
		Meaning:    Text{"The peer closed first, then this side; our FIN is out, and its ACK is all that is missing."},
		Mover:      KernelThere,
		Move:       Text{"It has to acknowledge our FIN."},
		ManyNormal: Text{"Each lasts one round trip, so a few on a busy server. Many that retransmit are peers that no longer answer."},
		Causes: []Text{
			{"The peer has forgotten the connection: it waited in FIN_WAIT2, gave up and is gone, and its RST does not arrive either."},
			{"The FIN or the ACK of it gets lost; then the FIN is sent again."},
			{"A firewall or NAT dropped its entry after the peer's FIN."},
		},
		Advice: []Advice{
			{Text{"See the peers and the retransmissions."}, "tcpstat -an --explain state LAST_ACK"},
			{Text{"If the program closed long after the peer (CLOSE_WAIT before), mend that first."}, ""},
			{Text{"See whether the FIN leaves and an answer comes."}, "tcpdump -ni any host ADDR and port PORT"},
		},
		Ends: []Ending{
			{Text{"the ACK of our FIN arrives"}, Text{"it is gone at once; TIME_WAIT is on the other side"}, nil},
			{finNoAck, finNoAckThen, orphanSysctls},
			{finNoAckOwned, finOwnedThen, dataSysctls},
			{resetEnds, resetGone, nil},
		},
		Reserve:    overrides,
		See:        []string{"timer:retransmit", "exchange:close", "state:CLOSE_WAIT"},
		References: []string{rfcClose, ipSysctl + ": tcp_orphan_retries, tcp_retries2", tcpMan},
	},
	{
		State:      Close,
		Short:      Text{"no connection"},
		Meaning:    Text{"There is no connection: the start and the end of the state diagram."},
		Mover:      Nobody,
		Move:       Text{"There is nothing to wait for."},
		ManyNormal: Text{"They cannot be counted: the kernel lists no closed socket, unless it is bound to a port (BOUND)."},
		Causes: []Text{
			{"socket() was called, and nothing after it."},
			{"The connection ended by RST or timeout, and the program has not closed its descriptor: a leak in no TCP list."},
		},
		Advice: []Advice{
			{Text{"If a program has more socket descriptors than connections, compare what it holds with what is listed."}, "ls -l /proc/PID/fd | grep -c socket:"},
			{Text{"lsof marks TCP sockets without a connection by their protocol alone."}, "lsof -nP -p PID | grep 'protocol: TCP'"},
		},
		Ends: []Ending{
			{Text{"the program calls listen()"}, Text{"LISTEN"}, nil},
			{Text{"the program calls connect()"}, Text{"SYN_SENT"}, nil},
			{Text{"the program calls bind()"}, Text{"BOUND"}, nil},
			{Text{"the program closes it or ends"}, Text{"the descriptor is free"}, nil},
		},
		See:        []string{"state:BOUND", "exchange:handshake", "exchange:reset"},
		References: []string{rfcStates, "socket(2)"},
	},
	{
		State:      Unknown,
		Short:      Text{"a state that this tcpstat does not know"},
		Meaning:    Text{"The kernel named a state by a number that this tcpstat does not know."},
		Mover:      Nobody,
		Move:       Text{"What the socket waits for cannot be told."},
		ManyNormal: Text{"Never: a new state comes once in many years."},
		Causes: []Text{
			{"A kernel newer than this tcpstat has a new state."},
			{"The line that was read is damaged, as in a cut-off record."},
		},
		Advice: []Advice{
			{Text{"See what the kernel itself says: the state is the fourth word (st), in hex."}, "cat /proc/net/tcp /proc/net/tcp6"},
			{Text{"Compare the age of the kernel with the version of tcpstat."}, "uname -r; tcpstat --version"},
		},
		Ends: []Ending{
			{Text{"whatever happens"}, Text{"cannot be told"}, nil},
		},
		References: []string{"Linux include/net/tcp_states.h"},
	},
}
