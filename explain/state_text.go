package explain

import "tcpstat/tcp"

var moverTexts = [...]tcp.Text{
	Nobody:         {"nobody", "없음"},
	ProgramHere:    {"the program here", "이쪽 프로그램"},
	ProgramThere:   {"the peer's program", "상대 프로그램"},
	KernelThere:    {"the peer's kernel", "상대 커널"},
	ProgramsEither: {"either program", "어느 쪽 프로그램이든"},
	Clock:          {"the clock", "시간 경과"},
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
	overrides = tcp.Text{
		"A program can set limits of its own (TCP_USER_TIMEOUT, TCP_SYNCNT, TCP_KEEPCNT, TCP_RTO_MAX_MS). The kernel does not report them, so these times are wrong for a socket that has one.",
		"프로그램이 소켓마다 한도를 따로 정할 수 있습니다(TCP_USER_TIMEOUT, TCP_SYNCNT, TCP_KEEPCNT, TCP_RTO_MAX_MS). 커널은 이를 알려 주지 않으므로, 그런 소켓에는 위 시간이 맞지 않습니다.",
	}

	resetEnds = tcp.Text{"a RST arrives", "RST 도착"}
	resetGone = tcp.Text{"it is gone at once, without TIME_WAIT", "TIME_WAIT 없이 즉시 사라짐"}
	finNoAck  = tcp.Text{
		"no ACK, and no program owns the socket any more",
		"ACK 없음, 소유한 프로그램도 이미 없음",
	}
	finNoAckThen = tcp.Text{
		"it is dropped about {orphan_end} after the first retransmission, after about {orphan_retries} of them",
		"첫 재전송 약 {orphan_end} 뒤, 약 {orphan_retries}회 재전송하고 폐기",
	}
	finNoAckOwned = tcp.Text{
		"no ACK, and a program still owns the socket, as after shutdown()",
		"ACK 없음, shutdown() 뒤처럼 프로그램이 아직 소유",
	}
	finOwnedThen = tcp.Text{
		"it is given up about {data_end} after the first retransmission; the program sees ETIMEDOUT",
		"첫 재전송 약 {data_end} 뒤 포기; 프로그램에는 ETIMEDOUT",
	}
)

var (
	orphanSysctls = []tcp.Sysctl{tcp.OrphanRetries, tcp.RTOMax}
	dataSysctls   = []tcp.Sysctl{tcp.Retries2, tcp.RTOMax}
)

// stateDocs is the documented table, in the order of [tcp.States].
var stateDocs = []StateDoc{
	{
		State: tcp.Listen,
		Short: tcp.Text{"waits for connections", "연결 요청 대기"},
		Meaning: tcp.Text{
			"A program waits for connections (passive open); the kernel completes them by itself and queues them for accept().",
			"프로그램이 연결 요청을 기다립니다(수동적 열기, passive open). 커널이 스스로 연결을 완성해 accept 큐(accept queue)에 넣습니다.",
		},
		Mover: ProgramThere,
		Move: tcp.Text{
			"A client has to connect. Then the program here has to call accept().",
			"클라이언트가 연결해야 합니다. 그다음 이쪽 프로그램이 accept()를 호출해야 합니다.",
		},
		ManyNormal: tcp.Text{
			"A few per service. With SO_REUSEPORT every worker has its own listener on the same port.",
			"서비스마다 몇 개입니다. SO_REUSEPORT를 쓰면 워커마다 같은 포트에 리스너를 따로 둡니다.",
		},
		Causes: []tcp.Text{
			{
				"Recv-Q, the connections that wait for accept(), stays above 0: the program accepts too slowly.",
				"accept()를 기다리는 연결 수인 Recv-Q가 계속 0보다 큼: 프로그램의 accept가 너무 느립니다.",
			},
			{
				"Recv-Q is above Send-Q, the limit: the accept queue is full, and the kernel drops new SYNs and last ACKs without an answer.",
				"Recv-Q가 한도인 Send-Q보다 큼: accept 큐가 가득 차, 커널이 새 SYN과 마지막 ACK를 응답 없이 버립니다.",
			},
			{
				"The limit is small: it is the smaller of the backlog given to listen() and somaxconn (set to {somaxconn}).",
				"한도가 작음: listen()에 준 백로그(backlog)와 somaxconn(설정값 {somaxconn}) 중 작은 값이 한도입니다.",
			},
		},
		Advice: []Advice{
			{tcp.Text{
				"Compare Recv-Q (waiting) with Send-Q (limit) of each listener.",
				"리스너마다 Recv-Q(대기 수)와 Send-Q(한도)를 비교합니다.",
			}, "tcpstat -lnp"},
			{tcp.Text{
				"See whether connections were lost at full accept queues since boot.",
				"부팅 이후 accept 큐가 가득 차서 잃은 연결이 있는지 확인합니다.",
			}, "nstat -az TcpExtListenOverflows TcpExtListenDrops"},
			{tcp.Text{
				"If the queue is full, see what keeps the program from accepting.",
				"큐가 가득 찼으면 프로그램이 accept하지 못하는 이유를 확인합니다.",
			}, "strace -f -e trace=accept,accept4,epoll_wait -p PID"},
			{tcp.Text{
				"If only the limit is too small, raise the backlog in the program's configuration, and somaxconn if that caps it; it counts from the next listen(), so restart the program.",
				"한도가 작을 뿐이라면 프로그램 설정에서 백로그를 늘리고, somaxconn에 걸리면 그 값도 늘립니다. 다음 listen()부터 적용되므로 프로그램을 재시작합니다.",
			}, "sysctl net.core.somaxconn"},
		},
		Ends: []Ending{
			{tcp.Text{"the program closes it or ends", "프로그램이 닫거나 종료됨"}, tcp.Text{
				"it is gone at once; connections that wait in its accept queue are reset",
				"즉시 사라짐; accept 큐에서 기다리던 연결은 RST로 끊김",
			}, nil},
			{tcp.Text{"the program calls shutdown() for reading", "프로그램이 읽기 방향을 shutdown()"}, tcp.Text{"the same; only the descriptor stays", "위와 같음; 디스크립터만 남음"}, nil},
			{tcp.Text{"none of these", "모두 해당 없음"}, tcp.Text{"it waits forever: a listener has no timer", "무기한 대기: 리스너에는 타이머가 없음"}, nil},
		},
		See:        []string{"state:SYN_RECV", "exchange:handshake"},
		References: []string{rfcStates, "RFC 9293 section 3.10.7.2 (segments that arrive in LISTEN)", "listen(2)", "accept(2)", ipSysctl + ": somaxconn, tcp_max_syn_backlog, tcp_abort_on_overflow"},
	},
	{
		State: tcp.Bound,
		Short: tcp.Text{"has a port, neither listens nor connects", "포트만 차지, listen도 connect도 하지 않음"},
		Meaning: tcp.Text{
			"A program has taken this address and port with bind(), and neither listens nor connects.",
			"프로그램이 bind()로 이 주소와 포트를 차지했지만 listen도 connect도 하지 않았습니다.",
		},
		Mover: ProgramHere,
		Move: tcp.Text{
			"It has to call listen() or connect(), or close the socket.",
			"listen()이나 connect()를 호출하거나 소켓을 닫아야 합니다.",
		},
		ManyNormal: tcp.Text{
			"Hardly ever: one lasts as long as a service needs to start, or a client to go on from bind() to connect().",
			"거의 없습니다. 서비스가 기동하거나, 클라이언트가 bind()에서 connect()로 넘어가는 동안만 보입니다.",
		},
		Causes: []tcp.Text{
			{
				"A service is starting, or is stuck between bind() and listen().",
				"서비스가 기동 중이거나 bind()와 listen() 사이에서 멈췄습니다.",
			},
			{"A program reserves a port and holds it.", "프로그램이 포트를 예약해 쥐고 있습니다."},
			{
				"A connect() from a bound port failed, and the program kept the socket.",
				"bind한 포트에서 connect()가 실패했는데 프로그램이 소켓을 닫지 않았습니다.",
			},
		},
		Advice: []Advice{
			{tcp.Text{
				"If a service fails with EADDRINUSE and nobody listens on its port, look here who holds it. Linux lists these sockets since 6.8; netstat and /proc never do.",
				"서비스가 EADDRINUSE로 실패하는데 그 포트에 리스너가 없으면, 누가 쥐고 있는지 여기에서 확인합니다. Linux는 6.8부터 이런 소켓을 보여 주며, netstat과 /proc에는 나오지 않습니다.",
			}, "tcpstat -anp state BOUND"},
			{tcp.Text{
				"See what the program does instead of going on.",
				"프로그램이 다음으로 넘어가지 않고 무엇을 하는지 확인합니다.",
			}, "strace -f -p PID"},
		},
		Ends: []Ending{
			{tcp.Text{"the program calls listen()", "프로그램이 listen() 호출"}, tcp.Text{"LISTEN", "LISTEN"}, nil},
			{tcp.Text{"the program calls connect()", "프로그램이 connect() 호출"}, tcp.Text{"SYN_SENT", "SYN_SENT"}, nil},
			{tcp.Text{"the program closes it or ends", "프로그램이 닫거나 종료됨"}, tcp.Text{"it is gone at once", "즉시 사라짐"}, nil},
			{tcp.Text{"none of these", "모두 해당 없음"}, tcp.Text{"it stays forever: it has no timer", "무기한 유지: 타이머가 없음"}, nil},
		},
		See:        []string{"state:CLOSE", "state:LISTEN"},
		References: []string{"bind(2)", "ip(7)", "Linux include/net/tcp_states.h (TCP_BOUND_INACTIVE)"},
	},
	{
		State: tcp.SynSent,
		Short: tcp.Text{"asked for a connection, no answer yet", "연결을 요청했고 아직 응답 없음"},
		Meaning: tcp.Text{
			"This side asked for a connection (active open): its SYN is out, and no answer has come.",
			"이쪽이 연결을 요청했습니다(능동적 열기, active open). SYN을 보냈지만 아직 응답이 없습니다.",
		},
		Mover: KernelThere,
		Move: tcp.Text{
			"It has to answer with SYN+ACK, or refuse with RST.",
			"SYN+ACK로 응답하거나 RST로 거부해야 합니다.",
		},
		ManyNormal: tcp.Text{
			"Each lasts one round trip, so a few on a busy client or proxy. One that sends its SYN again is not normal.",
			"왕복 시간만큼만 머물므로 바쁜 클라이언트나 프록시에 몇 개쯤은 정상입니다. SYN을 재전송하는 것은 정상이 아닙니다.",
		},
		Causes: []tcp.Text{
			{"A firewall drops the SYN without an answer.", "방화벽이 SYN을 응답 없이 버립니다."},
			{"The host is down, or the address is wrong.", "호스트가 꺼져 있거나 주소가 틀렸습니다."},
			{
				"The peer's accept queue is full, so that its kernel drops SYNs.",
				"상대의 accept 큐가 가득 차 상대 커널이 SYN을 버립니다.",
			},
			{
				"The answer gets lost on its way back: routing, reverse path filter, a full conntrack table.",
				"응답이 돌아오는 길에 유실됩니다: 라우팅, 역경로 필터(reverse path filter), 가득 찬 conntrack 테이블.",
			},
		},
		Advice: []Advice{
			{tcp.Text{
				"See which peers do not answer, and how often the SYN was sent.",
				"어느 상대가 응답하지 않는지, SYN을 몇 번 보냈는지 확인합니다.",
			}, "tcpstat -anp --explain state SYN_SENT"},
			{tcp.Text{
				"See whether the SYN leaves, and what comes back.",
				"SYN이 나가는지, 무엇이 돌아오는지 확인합니다.",
			}, "tcpdump -ni any host ADDR and port PORT"},
			{tcp.Text{
				"Check the route and the source address that the kernel takes.",
				"커널이 고르는 경로와 출발지 주소를 확인합니다.",
			}, "ip route get ADDR"},
			{tcp.Text{
				"On the peer, see whether somebody listens, and whether the accept queue is full.",
				"상대 쪽에서 리스너가 있는지, accept 큐가 가득 찼는지 확인합니다.",
			}, "ss -tln 'sport = :PORT'"},
			{tcp.Text{
				"Give the program a connect timeout of its own: the kernel tries for {syn_sent_end}.",
				"프로그램에 자체 연결 타임아웃을 둡니다. 커널은 {syn_sent_end} 동안 시도합니다.",
			}, ""},
		},
		Ends: []Ending{
			{tcp.Text{"SYN+ACK arrives", "SYN+ACK 도착"}, tcp.Text{"ESTABLISHED; connect() returns", "ESTABLISHED; connect() 반환"}, nil},
			{resetEnds, tcp.Text{
				"it is gone at once; connect() fails with ECONNREFUSED",
				"즉시 사라짐; connect()가 ECONNREFUSED로 실패",
			}, nil},
			{tcp.Text{
				"ICMP says unreachable, or a host on the same network does not answer ARP",
				"ICMP 도달 불가(unreachable), 또는 같은 네트워크의 호스트가 ARP에 응답하지 않음",
			}, tcp.Text{
				"it is gone at once, for ARP after about 3 s; connect() fails with EHOSTUNREACH or what ICMP said",
				"즉시 사라짐, ARP는 약 3초 뒤; connect()가 EHOSTUNREACH 또는 ICMP가 알린 오류로 실패",
			}, nil},
			{tcp.Text{"nothing arrives", "아무것도 오지 않음"}, tcp.Text{
				"it is given up after about {syn_sent_end}, {syn_sent_retries} retransmissions; connect() fails with ETIMEDOUT",
				"약 {syn_sent_end}, {syn_sent_retries}회 재전송 뒤 포기; connect()가 ETIMEDOUT으로 실패",
			}, []tcp.Sysctl{tcp.SynRetries, tcp.SynLinearTimeouts, tcp.RTOMax}},
			{tcp.Text{"the program closes it or ends", "프로그램이 닫거나 종료됨"}, tcp.Text{"it is gone at once", "즉시 사라짐"}, nil},
		},
		Reserve:    overrides,
		See:        []string{"timer:retransmit", "exchange:handshake", "exchange:reset"},
		References: []string{rfcOpen, rfcFail, "connect(2)", ipSysctl + ": tcp_syn_retries, tcp_syn_linear_timeouts", tcpMan + ": TCP_SYNCNT, TCP_USER_TIMEOUT"},
	},
	{
		State: tcp.SynRecv,
		Short: tcp.Text{"answered a SYN, waits for the last ACK", "SYN에 응답했고 마지막 ACK 대기"},
		Meaning: tcp.Text{
			"A SYN came and the kernel answered SYN+ACK; the last step of the handshake is missing (half-open).",
			"SYN을 받고 커널이 SYN+ACK로 응답했습니다. 핸드셰이크의 마지막 단계가 남았습니다(반개방, half-open).",
		},
		Mover: KernelThere,
		Move: tcp.Text{
			"The client has to acknowledge the SYN+ACK; its first data does that as well.",
			"클라이언트가 SYN+ACK에 ACK를 보내야 합니다. 첫 데이터로도 됩니다.",
		},
		ManyNormal: tcp.Text{
			"Each lasts one round trip, so a few on a busy server. Many that send SYN+ACK again are not normal.",
			"왕복 시간만큼만 머물므로 바쁜 서버에 몇 개쯤은 정상입니다. SYN+ACK를 재전송하는 것이 많으면 정상이 아닙니다.",
		},
		Causes: []tcp.Text{
			{
				"A SYN flood: many SYNs whose senders never answer.",
				"SYN 플러드(SYN flood): 응답하지 않을 송신자들이 SYN을 대량으로 보냅니다.",
			},
			{"The SYN+ACK or the client's ACK gets lost.", "SYN+ACK나 클라이언트의 ACK가 유실됩니다."},
			{
				"The accept queue is full: the kernel ignores the last ACK, while the client takes itself for connected.",
				"accept 큐가 가득 참: 커널은 마지막 ACK를 무시하고, 클라이언트는 연결된 줄 압니다.",
			},
			{
				"The listener uses TCP_DEFER_ACCEPT: the kernel waits for the client's first data on purpose.",
				"리스너가 TCP_DEFER_ACCEPT를 사용함: 커널이 일부러 클라이언트의 첫 데이터를 기다립니다.",
			},
		},
		Advice: []Advice{
			{tcp.Text{
				"See whether they belong to one listener or to one client, and how often SYN+ACK was sent again.",
				"한 리스너나 한 클라이언트에 몰려 있는지, SYN+ACK를 몇 번 재전송했는지 확인합니다.",
			}, "tcpstat -an --explain state SYN_RECV"},
			{tcp.Text{
				"See whether that listener's accept queue is full: that comes first.",
				"그 리스너의 accept 큐가 가득 찼는지부터 확인합니다.",
			}, "tcpstat -lnp"},
			{tcp.Text{
				"See whether the kernel had to answer with SYN cookies, or to drop.",
				"커널이 SYN 쿠키로 응답하거나 버려야 했는지 확인합니다.",
			}, "nstat -az TcpExtTCPReqQFullDoCookies TcpExtTCPReqQFullDrop"},
			{tcp.Text{
				"Leave SYN cookies on (1): they keep a service reachable in a flood. tcp_max_syn_backlog counts only while they are off.",
				"SYN 쿠키는 켜 둡니다(1). 플러드 중에도 서비스에 접속할 수 있게 합니다. tcp_max_syn_backlog는 쿠키가 꺼져 있을 때만 쓰입니다.",
			}, "sysctl net.ipv4.tcp_syncookies"},
		},
		Ends: []Ending{
			{tcp.Text{"the ACK arrives", "ACK 도착"}, tcp.Text{"ESTABLISHED, in the accept queue", "ESTABLISHED, accept 큐에 들어감"}, nil},
			{tcp.Text{"the ACK arrives and the accept queue is full", "ACK가 왔지만 accept 큐가 가득 참"}, tcp.Text{
				"the ACK is ignored; with tcp_abort_on_overflow 1 (set to {tcp_abort_on_overflow}) the client gets a RST",
				"ACK 무시; tcp_abort_on_overflow가 1이면(설정값 {tcp_abort_on_overflow}) 클라이언트에 RST",
			}, []tcp.Sysctl{tcp.AbortOnOverflow}},
			{resetEnds, tcp.Text{
				"the half-open connection is forgotten; the listener stays",
				"반개방 연결만 사라짐; 리스너는 그대로",
			}, nil},
			{tcp.Text{"no ACK arrives", "ACK가 오지 않음"}, tcp.Text{
				"it is dropped after about {syn_recv_end}, {tcp_synack_retries} SYN+ACKs sent again; sooner while half-open connections fill more than half of the backlog",
				"약 {syn_recv_end}, SYN+ACK를 {tcp_synack_retries}회 재전송한 뒤 폐기; 반개방 연결이 백로그의 절반을 넘는 동안은 더 빨리",
			}, []tcp.Sysctl{tcp.SynAckRetries, tcp.RTOMax}},
			{tcp.Text{"the listener closes", "리스너가 닫힘"}, tcp.Text{"it is dropped", "폐기됨"}, nil},
		},
		Reserve:    overrides,
		See:        []string{"state:LISTEN", "exchange:handshake", "exchange:simultaneous-open"},
		References: []string{rfcOpen, "RFC 4987 (SYN flooding)", ipSysctl + ": tcp_synack_retries, tcp_max_syn_backlog, tcp_syncookies", tcpMan + ": TCP_DEFER_ACCEPT"},
	},
	{
		State: tcp.Established,
		Short: tcp.Text{"open, data can flow both ways", "연결 성립, 양방향 데이터 전송 가능"},
		Meaning: tcp.Text{
			"The connection is open: data can flow both ways.",
			"연결이 성립했습니다. 양방향으로 데이터를 주고받을 수 있습니다.",
		},
		Mover: ProgramsEither,
		Move: tcp.Text{
			"Either side may send or close, and neither has to.",
			"어느 쪽이든 보내거나 닫을 수 있고, 꼭 그래야 하는 것은 아닙니다.",
		},
		ManyNormal: tcp.Text{
			"As many as there are users. Pools and keep-alive hold idle ones open on purpose.",
			"사용자 수만큼은 정상입니다. 커넥션 풀과 keep-alive는 유휴 연결을 일부러 열어 둡니다.",
		},
		Causes: []tcp.Text{
			{
				"Recv-Q stays above 0: the program here does not read.",
				"Recv-Q가 계속 0보다 큼: 이쪽 프로그램이 읽지 않습니다.",
			},
			{
				"Send-Q stays above 0, timer on: the peer does not acknowledge; segments get lost, or it is gone.",
				"Send-Q가 계속 0보다 크고 타이머가 on: 상대의 ACK가 없습니다. 세그먼트가 유실되거나 상대가 사라졌습니다.",
			},
			{
				"Send-Q stays above 0, timer persist (netstat: probe): the peer acknowledges but does not read, its window is closed.",
				"Send-Q가 계속 0보다 크고 타이머가 persist(netstat에서는 probe): 상대가 ACK는 보내지만 읽지 않아 윈도우가 닫혔습니다(제로 윈도우, zero window).",
			},
			{
				"No program owns it: it waits in an accept queue.",
				"소유한 프로그램이 없음: accept 큐(accept queue)에서 기다립니다.",
			},
			{
				"Idle for hours and no keepalive timer: should the peer vanish, nobody here would notice.",
				"몇 시간째 유휴이고 keepalive 타이머가 없음: 상대가 사라져도 이쪽에서는 아무도 모릅니다.",
			},
		},
		Advice: []Advice{
			{tcp.Text{
				"Look for data that nobody reads or acknowledges: Recv-Q, Send-Q, timer.",
				"아무도 읽지 않거나 ACK가 없는 데이터를 찾습니다: Recv-Q, Send-Q, 타이머.",
			}, "tcpstat -anop"},
			{tcp.Text{
				"See round-trip time, retransmissions and windows of a connection.",
				"연결의 왕복 시간(RTT), 재전송, 윈도우를 확인합니다.",
			}, "ss -tni dst ADDR"},
			{tcp.Text{
				"If peers vanish without a word, have the program set SO_KEEPALIVE with a shorter TCP_KEEPIDLE, or TCP_USER_TIMEOUT.",
				"상대가 말없이 사라지는 일이 있으면 프로그램에서 SO_KEEPALIVE와 더 짧은 TCP_KEEPIDLE, 또는 TCP_USER_TIMEOUT을 설정합니다.",
			}, ""},
		},
		Ends: []Ending{
			{tcp.Text{"the program closes it or ends", "프로그램이 닫거나 종료됨"}, tcp.Text{
				"FIN_WAIT1; with data unread, or SO_LINGER 0, a RST and it is gone at once",
				"FIN_WAIT1; 읽지 않은 데이터가 있거나 SO_LINGER 0이면 RST를 보내고 즉시 사라짐",
			}, nil},
			{tcp.Text{"the peer's FIN arrives", "상대의 FIN 도착"}, tcp.Text{"CLOSE_WAIT", "CLOSE_WAIT"}, nil},
			{resetEnds, tcp.Text{
				"it is gone at once, without TIME_WAIT; the program sees ECONNRESET",
				"TIME_WAIT 없이 즉시 사라짐; 프로그램에는 ECONNRESET",
			}, nil},
			{tcp.Text{"data stays unacknowledged", "데이터에 대한 ACK가 계속 없음"}, tcp.Text{
				"it is given up about {data_end} after the first retransmission; the program sees ETIMEDOUT",
				"첫 재전송 약 {data_end} 뒤 포기; 프로그램에는 ETIMEDOUT",
			}, dataSysctls},
			{tcp.Text{
				"idle, with SO_KEEPALIVE, and the peer is gone",
				"유휴, SO_KEEPALIVE 사용, 상대가 사라짐",
			}, tcp.Text{
				"{keepalive_end}: {tcp_keepalive_time} idle, then {tcp_keepalive_probes} probes {tcp_keepalive_intvl} apart; ETIMEDOUT",
				"{keepalive_end}: 유휴 {tcp_keepalive_time}, 이어서 {tcp_keepalive_intvl} 간격으로 프로브 {tcp_keepalive_probes}회; ETIMEDOUT",
			}, []tcp.Sysctl{tcp.KeepaliveTime, tcp.KeepaliveProbes, tcp.KeepaliveInterval}},
			{tcp.Text{"idle, without SO_KEEPALIVE", "유휴, SO_KEEPALIVE 없음"}, tcp.Text{"never", "끝나지 않음"}, nil},
		},
		Reserve:    overrides,
		See:        []string{"timer:retransmit", "timer:keepalive", "timer:window_probe", "exchange:retransmission", "exchange:close"},
		References: []string{rfcStates, "RFC 9293 section 3.8 (data communication)", ipSysctl + ": tcp_retries2, tcp_keepalive_time", tcpMan},
	},
	{
		State: tcp.FinWait1,
		Short: tcp.Text{"closed here first, FIN not acknowledged yet", "이쪽이 먼저 닫음, FIN에 대한 ACK 없음"},
		Meaning: tcp.Text{
			"This side closed first (active close): its FIN is on the way or still waits behind unsent data, and is not acknowledged.",
			"이쪽이 먼저 닫았습니다(능동적 닫기, active close). FIN이 전송 중이거나 아직 보내지 못한 데이터 뒤에 있으며, ACK를 받지 못했습니다.",
		},
		Mover: KernelThere,
		Move: tcp.Text{
			"It has to acknowledge the FIN and the data before it.",
			"FIN과 그 앞의 데이터에 ACK를 보내야 합니다.",
		},
		ManyNormal: tcp.Text{
			"Each lasts one round trip, so a few on a busy server. Many that retransmit are peers that vanished.",
			"왕복 시간만큼만 머물므로 바쁜 서버에 몇 개쯤은 정상입니다. 재전송하는 것이 많으면 상대가 사라진 것입니다.",
		},
		Causes: []tcp.Text{
			{
				"The peer or the path to it is gone: a phone out of reach, a cable, a firewall that forgot the connection.",
				"상대나 상대까지의 경로가 사라졌습니다: 통신권을 벗어난 휴대폰, 케이블, 연결을 잊은 방화벽.",
			},
			{"Segments get lost, and the FIN with them.", "세그먼트가 유실되면서 FIN도 함께 유실됩니다."},
			{
				"The peer does not read: its window is closed, and the last data and the FIN cannot leave (timer persist).",
				"상대가 읽지 않음: 윈도우가 닫혀 마지막 데이터와 FIN이 나가지 못합니다(persist 타이머).",
			},
		},
		Advice: []Advice{
			{tcp.Text{
				"See the peers and the timer. Send-Q above 1: data is left, not the FIN alone.",
				"상대와 타이머를 확인합니다. Send-Q가 1보다 크면 FIN 말고 데이터도 남은 것입니다.",
			}, "tcpstat -an --explain state FIN_WAIT1"},
			{tcp.Text{
				"See how many sockets of this host no program owns any more (orphan).",
				"이 호스트에 소유한 프로그램이 없는 고아 소켓(orphan)이 몇 개인지 확인합니다.",
			}, "cat /proc/net/sockstat"},
			{tcp.Text{
				"One peer: look at the path to it. Many: look for loss on this side.",
				"상대가 하나면 그 경로를, 여럿이면 이쪽의 패킷 손실을 살펴봅니다.",
			}, "tcpdump -ni any host ADDR"},
			{tcp.Text{
				"If clients stop reading, give the program a timeout for writing before it closes.",
				"읽기를 멈추는 클라이언트가 있으면 프로그램에서 닫기 전 쓰기에 타임아웃을 둡니다.",
			}, ""},
		},
		Ends: []Ending{
			{tcp.Text{"the ACK of our FIN arrives", "이쪽 FIN에 대한 ACK 도착"}, tcp.Text{
				"FIN_WAIT2; with the peer's FIN in the same segment, TIME_WAIT",
				"FIN_WAIT2; 같은 세그먼트에 상대의 FIN도 있으면 TIME_WAIT",
			}, nil},
			{tcp.Text{"the peer's FIN arrives first", "상대의 FIN이 먼저 도착"}, tcp.Text{"CLOSING", "CLOSING"}, nil},
			{finNoAck, finNoAckThen, orphanSysctls},
			{finNoAckOwned, finOwnedThen, dataSysctls},
			{tcp.Text{"too many sockets without owner on this host", "이 호스트에 소유자 없는 소켓이 너무 많음"}, tcp.Text{
				"the kernel drops it at close(), with a RST and a line in its log",
				"close() 때 커널이 RST를 보내고 로그를 남기며 폐기",
			}, []tcp.Sysctl{tcp.MaxOrphans}},
			{resetEnds, resetGone, nil},
		},
		Reserve:    overrides,
		See:        []string{"timer:retransmit", "exchange:close", "state:LAST_ACK"},
		References: []string{rfcClose, ipSysctl + ": tcp_orphan_retries, tcp_max_orphans, tcp_retries2", tcpMan},
	},
	{
		State: tcp.FinWait2,
		Short: tcp.Text{
			"closed here first, waits for the peer to close",
			"이쪽이 먼저 닫음, 상대의 닫기 대기",
		},
		Meaning: tcp.Text{
			"This side closed first and its FIN is acknowledged; the peer's program has not closed its side.",
			"이쪽이 먼저 닫았고(능동적 닫기, active close) FIN에 대한 ACK도 받았습니다. 상대 프로그램이 아직 자기 쪽을 닫지 않았습니다.",
		},
		Mover: ProgramThere,
		Move: tcp.Text{
			"It has to call close(). The peer shows CLOSE_WAIT as long as it does not.",
			"close()를 호출해야 합니다. 호출하지 않는 동안 상대 쪽에는 CLOSE_WAIT로 보입니다.",
		},
		ManyNormal: tcp.Text{
			"Where this side closes first and peers are slow to follow: each stays at most {tcp_fin_timeout} once no program owns it. Owned ones are rare; many of them are not normal.",
			"이쪽이 먼저 닫고 상대가 늦게 따라올 때입니다. 소유한 프로그램이 없으면 각각 최대 {tcp_fin_timeout} 동안 머뭅니다. 프로그램이 소유한 것은 드물며, 많으면 정상이 아닙니다.",
		},
		Causes: []tcp.Text{
			{
				"The peer's program does not close: the fault is there, as CLOSE_WAIT.",
				"상대 프로그램이 닫지 않음: 문제는 상대 쪽에 있고 CLOSE_WAIT로 보입니다.",
			},
			{
				"The peer vanished after its ACK, or its FIN is kept away by a firewall.",
				"상대가 ACK를 보낸 뒤 사라졌거나, 상대의 FIN을 방화벽이 막고 있습니다.",
			},
			{
				"A half-close on purpose: the program here called shutdown(SHUT_WR) and still reads.",
				"의도한 반종료(half-close): 이쪽 프로그램이 shutdown(SHUT_WR)을 호출하고 계속 읽습니다.",
			},
		},
		Advice: []Advice{
			{tcp.Text{
				"See whether a program here owns them. If none does, they go by themselves.",
				"이쪽 프로그램이 소유하는지 확인합니다. 아니라면 저절로 사라집니다.",
			}, "tcpstat -anp --explain state FIN_WAIT2"},
			{tcp.Text{
				"Owned: the program waits for the peer's end without a limit. Give that read a timeout, or set SO_KEEPALIVE.",
				"소유한다면: 프로그램이 상대의 끝을 무기한 기다립니다. 그 읽기에 타임아웃을 두거나 SO_KEEPALIVE를 설정합니다.",
			}, "strace -f -p PID"},
			{tcp.Text{
				"On the peer, find the program that holds the other end in CLOSE_WAIT.",
				"상대 쪽에서 CLOSE_WAIT를 쥐고 있는 프로그램을 찾습니다.",
			}, "ss -tnp state close-wait"},
		},
		Ends: []Ending{
			{tcp.Text{"the peer's FIN arrives", "상대의 FIN 도착"}, tcp.Text{"TIME_WAIT", "TIME_WAIT"}, nil},
			{tcp.Text{
				"no FIN, and no program owns the socket any more",
				"FIN 없음, 소유한 프로그램도 이미 없음",
			}, tcp.Text{
				"it is dropped after {tcp_fin_timeout}, without TIME_WAIT; a program can have set another time with TCP_LINGER2, at most 120 s",
				"{tcp_fin_timeout} 뒤 TIME_WAIT 없이 폐기; 프로그램이 TCP_LINGER2로 다른 시간(최대 120초)을 정했을 수 있음",
			}, []tcp.Sysctl{tcp.FinTimeout}},
			{tcp.Text{
				"no FIN, and a program still owns the socket, as after shutdown()",
				"FIN 없음, shutdown() 뒤처럼 프로그램이 아직 소유",
			}, tcp.Text{
				"never; only a keepalive that the program asked for finds out that the peer is gone",
				"끝나지 않음; 프로그램이 켠 keepalive만이 상대가 사라진 것을 알아냄",
			}, nil},
			{tcp.Text{"data arrives after close()", "close() 뒤에 데이터 도착"}, tcp.Text{"a RST, and it is gone", "RST를 보내고 사라짐"}, nil},
			{resetEnds, resetGone, nil},
		},
		See:        []string{"timer:fin_wait2", "exchange:close", "exchange:half-close", "state:CLOSE_WAIT"},
		References: []string{rfcClose, "RFC 9293 section 3.6.1 (half-closed connections)", ipSysctl + ": tcp_fin_timeout", tcpMan + ": TCP_LINGER2"},
	},
	{
		State: tcp.Closing,
		Short: tcp.Text{
			"both closed at once, our FIN not acknowledged",
			"양쪽이 동시에 닫음, 이쪽 FIN에 대한 ACK 없음",
		},
		Meaning: tcp.Text{
			"Both sides closed at the same time: the peer's FIN is here, the ACK of ours is not.",
			"양쪽이 동시에 닫았습니다(동시 닫기, simultaneous close). 상대의 FIN은 왔지만 이쪽 FIN에 대한 ACK는 아직 오지 않았습니다.",
		},
		Mover: KernelThere,
		Move:  tcp.Text{"It has to acknowledge our FIN.", "이쪽 FIN에 ACK를 보내야 합니다."},
		ManyNormal: tcp.Text{
			"Never: the state is rare and lasts less than a round trip. One that stays has lost its ACK.",
			"없습니다. 드문 상태이며 왕복 시간보다 짧게 머뭅니다. 계속 남아 있으면 ACK가 유실된 것입니다.",
		},
		Causes: []tcp.Text{
			{
				"Both programs closed in the same moment, for instance at the same timeout.",
				"두 프로그램이 같은 순간에 닫았습니다. 예를 들어 타임아웃이 같을 때입니다.",
			},
			{
				"The ACK of our FIN got lost, or the FIN itself.",
				"이쪽 FIN에 대한 ACK나 FIN 자체가 유실됐습니다.",
			},
			{"The peer vanished just after its own FIN.", "상대가 자기 FIN을 보낸 직후 사라졌습니다."},
		},
		Advice: []Advice{
			{tcp.Text{
				"Nothing about a few. If many stay, see whether they share a peer, and look for loss on the way to it.",
				"몇 개라면 조치할 것이 없습니다. 많이 남아 있으면 같은 상대인지 확인하고, 그 경로의 손실을 살펴봅니다.",
			}, "tcpstat -an --explain state CLOSING"},
		},
		Ends: []Ending{
			{tcp.Text{"the ACK of our FIN arrives", "이쪽 FIN에 대한 ACK 도착"}, tcp.Text{"TIME_WAIT", "TIME_WAIT"}, nil},
			{finNoAck, finNoAckThen, orphanSysctls},
			{finNoAckOwned, finOwnedThen, dataSysctls},
			{resetEnds, resetGone, nil},
		},
		Reserve:    overrides,
		See:        []string{"exchange:simultaneous-close", "timer:retransmit"},
		References: []string{rfcClose + ", figure 13", ipSysctl + ": tcp_orphan_retries, tcp_retries2"},
	},
	{
		State: tcp.TimeWait,
		Short: tcp.Text{"over; kept 60 s against stray segments", "연결 종료, 떠도는 세그먼트에 대비해 60초 유지"},
		Meaning: tcp.Text{
			"The connection is over and this side closed first; the kernel keeps its addresses for a while against stray segments and a lost last ACK.",
			"연결이 끝났고 이쪽이 먼저 닫았습니다(능동적 닫기, active close). 커널은 떠도는 세그먼트와 마지막 ACK의 유실에 대비해 주소를 잠시 유지합니다.",
		},
		Mover: Clock,
		Move: tcp.Text{
			"Nobody has to do anything. No program and no descriptor hangs on it.",
			"아무도 조치할 필요가 없습니다. 딸린 프로그램도 디스크립터도 없습니다.",
		},
		ManyNormal: tcp.Text{
			"Always, on the side that closes first: a busy server, proxy or client has thousands. They cost a little memory each, and a listener goes on accepting.",
			"먼저 닫는 쪽에서는 언제나 정상입니다. 바쁜 서버, 프록시, 클라이언트에는 수천 개가 있습니다. 하나당 메모리를 조금 쓸 뿐이고, 리스너의 accept에는 지장이 없습니다.",
		},
		Causes: []tcp.Text{
			{
				"Many short connections that this side closes: a client without keep-alive or pool, a proxy, a server that closes after each answer, health checks.",
				"이쪽이 닫는 짧은 연결이 많습니다: keep-alive나 풀이 없는 클라이언트, 프록시, 응답마다 닫는 서버, 헬스 체크.",
			},
		},
		Advice: []Advice{
			{tcp.Text{
				"Leave them alone as long as connect() does not fail with EADDRNOTAVAIL. Then the {local_ports} local ports towards one address and port are used up: see which.",
				"connect()가 EADDRNOTAVAIL로 실패하지 않는 한 그대로 둡니다. 실패한다면 한 주소와 포트로 가는 로컬 포트 {local_ports}개를 다 쓴 것입니다(임시 포트 고갈, ephemeral port exhaustion). 어디로 가는 것인지 확인합니다.",
			}, "ss -tn state time-wait dst ADDR"},
			{tcp.Text{
				"Use connections again: keep-alive, a pool. Or let the other side close first; then TIME_WAIT is over there.",
				"연결을 재사용합니다: keep-alive, 커넥션 풀. 또는 상대가 먼저 닫게 하면 TIME_WAIT가 상대 쪽에 생깁니다.",
			}, ""},
			{tcp.Text{
				"Let outgoing connections use such a port again: tcp_tw_reuse 1 does so after one second, where both ends send timestamps (2 on loopback only).",
				"나가는 연결이 그런 포트를 다시 쓰게 합니다. 양쪽이 타임스탬프를 보내면 tcp_tw_reuse 1에서는 1초 뒤부터 가능합니다(2는 loopback에서만).",
			}, "sysctl net.ipv4.tcp_tw_reuse"},
			{tcp.Text{
				"Have more ports: a wider range, more source or destination addresses.",
				"포트를 늘립니다: 더 넓은 범위, 더 많은 출발지 또는 목적지 주소.",
			}, "sysctl net.ipv4.ip_local_port_range"},
			{tcp.Text{
				"A service that cannot start again because of them (EADDRINUSE) has to set SO_REUSEADDR.",
				"이 때문에 서비스가 다시 시작되지 않으면(EADDRINUSE) 프로그램이 SO_REUSEADDR을 설정해야 합니다.",
			}, ""},
		},
		Ends: []Ending{
			{tcp.Text{"the time is over", "시간이 다 됨"}, tcp.Text{
				"it is gone after 60 s, fixed in the kernel's source (TCP_TIMEWAIT_LEN); no sysctl changes that, and tcp_fin_timeout is about FIN_WAIT2",
				"60초 뒤 사라짐, 커널 소스에 고정된 값(TCP_TIMEWAIT_LEN); 바꾸는 sysctl은 없으며, tcp_fin_timeout은 FIN_WAIT2에 관한 것",
			}, nil},
			{tcp.Text{
				"the peer sends its FIN again, because our last ACK got lost",
				"이쪽의 마지막 ACK가 유실되어 상대가 FIN을 재전송",
			}, tcp.Text{
				"it is acknowledged again, and the 60 s start anew",
				"다시 ACK를 보내고 60초를 새로 셈",
			}, nil},
			{tcp.Text{
				"a newer SYN arrives from the same address and port",
				"같은 주소와 포트에서 더 새로운 SYN 도착",
			}, tcp.Text{"it makes room for the new connection", "새 연결에 자리를 내줌"}, nil},
			{tcp.Text{
				"connect() here needs its port, and tcp_tw_reuse allows that (set to {tcp_tw_reuse}; 0 never, 1 always, 2 on loopback)",
				"이쪽의 connect()에 그 포트가 필요하고 tcp_tw_reuse가 허용(설정값 {tcp_tw_reuse}; 0 안 함, 1 항상, 2 loopback에서만)",
			}, tcp.Text{"it makes room for the new connection", "새 연결에 자리를 내줌"}, []tcp.Sysctl{tcp.TWReuse}},
			{resetEnds, tcp.Text{
				"it is gone at once, unless tcp_rfc1337 is 1 (set to {tcp_rfc1337})",
				"tcp_rfc1337이 1이 아니면 즉시 사라짐(설정값 {tcp_rfc1337})",
			}, []tcp.Sysctl{tcp.RFC1337}},
			{tcp.Text{
				"there are as many as tcp_max_tw_buckets already",
				"이미 tcp_max_tw_buckets만큼 있음",
			}, tcp.Text{
				"no TIME_WAIT is kept for a new one: the protection is lost, and the kernel counts TCPTimeWaitOverflow",
				"새 TIME_WAIT를 남기지 않음: 보호가 사라지고 커널이 TCPTimeWaitOverflow를 셈",
			}, []tcp.Sysctl{tcp.MaxTWBuckets}},
		},
		See:        []string{"timer:time_wait", "exchange:close", "state:FIN_WAIT2"},
		References: []string{rfcClose, "RFC 9293 section 3.4.2 (MSL; the RFC waits 2 x 2 minutes)", "RFC 1337 (TIME-WAIT assassination)", "RFC 6191 (TIME-WAIT and timestamps)", ipSysctl + ": tcp_tw_reuse, tcp_max_tw_buckets, tcp_rfc1337"},
	},
	{
		State: tcp.CloseWait,
		Short: tcp.Text{"the peer closed; the program here has not", "상대는 닫았고 이쪽 프로그램은 닫지 않음"},
		Meaning: tcp.Text{
			"The peer closed (passive close) and its FIN is acknowledged; the program here has not closed its side.",
			"상대가 닫았고(수동적 닫기, passive close) 그 FIN에는 ACK를 보냈습니다. 이쪽 프로그램은 아직 자기 쪽을 닫지 않았습니다.",
		},
		Mover: ProgramHere,
		Move: tcp.Text{
			"It has to call close(). Short of an error nothing else moves this socket on.",
			"close()를 호출해야 합니다. 오류가 나지 않는 한 다른 것으로는 이 소켓의 상태가 바뀌지 않습니다.",
		},
		ManyNormal: tcp.Text{
			"Never for long. Each holds a descriptor; many old ones are a leak in the program. One that still sends its answer to a half-closed client is busy, not leaking.",
			"오래 머무는 것은 정상이 아닙니다. 하나마다 디스크립터를 쥐고 있으며, 오래된 것이 많으면 프로그램의 파일 디스크립터 누수(file-descriptor leak)입니다. 반종료(half-close)한 클라이언트에 아직 응답을 보내는 중이라면 누수가 아닙니다.",
		},
		Causes: []tcp.Text{
			{
				"Recv-Q 0: the program read the end of the stream and forgot to close, often on an error path.",
				"Recv-Q 0: 프로그램이 스트림의 끝(EOF)을 읽고도 닫기를 잊었습니다. 오류 처리 경로에서 흔합니다.",
			},
			{
				"Recv-Q 1: only the FIN is unread; nobody looks at this connection, as in an idle pool.",
				"Recv-Q 1: FIN만 읽지 않았습니다. 유휴 커넥션 풀처럼 아무도 이 연결을 살피지 않습니다.",
			},
			{
				"Recv-Q above 1: data and the FIN are unread; the program is stuck or does not read.",
				"Recv-Q 1 초과: 데이터와 FIN을 읽지 않았습니다. 프로그램이 멈췄거나 읽지 않습니다.",
			},
			{
				"No owner: the connection was never accepted; the listener is too slow.",
				"소유자 없음: accept된 적이 없는 연결입니다. 리스너가 너무 느립니다.",
			},
		},
		Advice: []Advice{
			{tcp.Text{"Find the program, and its Recv-Q.", "프로그램과 그 Recv-Q를 찾습니다."}, "tcpstat -anp --explain state CLOSE_WAIT"},
			{tcp.Text{"See which of its descriptors they are.", "그 프로그램의 어느 디스크립터인지 확인합니다."}, "lsof -nP -a -p PID -iTCP -sTCP:CLOSE_WAIT"},
			{tcp.Text{
				"See whether the program still reads from them, or closes any.",
				"프로그램이 아직 거기에서 읽는지, 닫는 것이 있는지 확인합니다.",
			}, "strace -f -e trace=read,recvfrom,shutdown,close -p PID"},
			{tcp.Text{
				"Count its descriptors against its limit, to know how much time is left.",
				"디스크립터 수를 한도와 비교해 남은 시간을 가늠합니다.",
			}, "ls /proc/PID/fd | wc -l; grep 'open files' /proc/PID/limits"},
			{tcp.Text{
				"Mend the program: close in every path, also after errors and timeouts. A restart frees the descriptors for now. No sysctl helps.",
				"프로그램을 고칩니다. 오류와 타임아웃 뒤를 포함한 모든 경로에서 닫아야 합니다. 재시작하면 디스크립터가 당장은 풀립니다. 도움이 되는 sysctl은 없습니다.",
			}, ""},
		},
		Ends: []Ending{
			{tcp.Text{"the program closes it or ends", "프로그램이 닫거나 종료됨"}, tcp.Text{
				"LAST_ACK; with data unread, a RST and it is gone at once",
				"LAST_ACK; 읽지 않은 데이터가 있으면 RST를 보내고 즉시 사라짐",
			}, nil},
			{resetEnds, tcp.Text{
				"it leaves every list at once, but the program's descriptor stays open: the leak goes on unseen",
				"모든 목록에서 즉시 사라지지만 프로그램의 디스크립터는 열린 채로 남음: 누수가 보이지 않게 계속됨",
			}, nil},
			{tcp.Text{
				"data that the program still sent stays unacknowledged",
				"프로그램이 마저 보낸 데이터에 대한 ACK가 계속 없음",
			}, tcp.Text{
				"it is given up about {data_end} after the first retransmission; the descriptor stays open",
				"첫 재전송 약 {data_end} 뒤 포기; 디스크립터는 열린 채로 남음",
			}, dataSysctls},
			{tcp.Text{"with SO_KEEPALIVE, and the peer is gone", "SO_KEEPALIVE 사용, 상대가 사라짐"}, tcp.Text{
				"{keepalive_end} after the last segment; the descriptor stays open",
				"마지막 세그먼트 {keepalive_end} 뒤; 디스크립터는 열린 채로 남음",
			}, []tcp.Sysctl{tcp.KeepaliveTime, tcp.KeepaliveProbes, tcp.KeepaliveInterval}},
			{tcp.Text{"none of these", "모두 해당 없음"}, tcp.Text{"never: CLOSE_WAIT has no timer of its own", "끝나지 않음: CLOSE_WAIT에는 자체 타이머가 없음"}, nil},
		},
		Reserve:    overrides,
		See:        []string{"exchange:close", "exchange:half-close", "state:FIN_WAIT2", "state:LAST_ACK"},
		References: []string{rfcClose, "close(2)", ipSysctl + ": tcp_retries2, tcp_keepalive_time"},
	},
	{
		State: tcp.LastAck,
		Short: tcp.Text{"closed by both, our FIN not acknowledged", "양쪽 모두 닫음, 이쪽 FIN에 대한 ACK 없음"},
		Meaning: tcp.Text{
			"The peer closed first, then this side; our FIN is out, and its ACK is all that is missing.",
			"상대가 먼저, 이어서 이쪽이 닫았습니다. 이쪽 FIN을 보냈고 그에 대한 ACK만 남았습니다.",
		},
		Mover: KernelThere,
		Move:  tcp.Text{"It has to acknowledge our FIN.", "이쪽 FIN에 ACK를 보내야 합니다."},
		ManyNormal: tcp.Text{
			"Each lasts one round trip, so a few on a busy server. Many that retransmit are peers that no longer answer.",
			"왕복 시간만큼만 머물므로 바쁜 서버에 몇 개쯤은 정상입니다. 재전송하는 것이 많으면 상대가 더는 응답하지 않는 것입니다.",
		},
		Causes: []tcp.Text{
			{
				"The peer has forgotten the connection: it waited in FIN_WAIT2, gave up and is gone, and its RST does not arrive either.",
				"상대가 연결을 잊었습니다. FIN_WAIT2에서 기다리다 포기하고 사라졌으며, 상대의 RST도 도착하지 않습니다.",
			},
			{
				"The FIN or the ACK of it gets lost; then the FIN is sent again.",
				"FIN이나 그에 대한 ACK가 유실됩니다. 그러면 FIN을 재전송합니다.",
			},
			{
				"A firewall or NAT dropped its entry after the peer's FIN.",
				"상대의 FIN이 지나간 뒤 방화벽이나 NAT가 항목을 지웠습니다.",
			},
		},
		Advice: []Advice{
			{tcp.Text{"See the peers and the retransmissions.", "상대와 재전송을 확인합니다."}, "tcpstat -an --explain state LAST_ACK"},
			{tcp.Text{
				"If the program closed long after the peer (CLOSE_WAIT before), mend that first.",
				"프로그램이 상대보다 훨씬 늦게 닫았다면(그 전에는 CLOSE_WAIT) 그것부터 고칩니다.",
			}, ""},
			{tcp.Text{
				"See whether the FIN leaves and an answer comes.",
				"FIN이 나가는지, 응답이 오는지 확인합니다.",
			}, "tcpdump -ni any host ADDR and port PORT"},
		},
		Ends: []Ending{
			{tcp.Text{"the ACK of our FIN arrives", "이쪽 FIN에 대한 ACK 도착"}, tcp.Text{
				"it is gone at once; TIME_WAIT is on the other side",
				"즉시 사라짐; TIME_WAIT는 상대 쪽에 있음",
			}, nil},
			{finNoAck, finNoAckThen, orphanSysctls},
			{finNoAckOwned, finOwnedThen, dataSysctls},
			{resetEnds, resetGone, nil},
		},
		Reserve:    overrides,
		See:        []string{"timer:retransmit", "exchange:close", "state:CLOSE_WAIT"},
		References: []string{rfcClose, ipSysctl + ": tcp_orphan_retries, tcp_retries2", tcpMan},
	},
	{
		State: tcp.Close,
		Short: tcp.Text{"no connection", "연결 없음"},
		Meaning: tcp.Text{
			"There is no connection: the start and the end of the state diagram.",
			"연결이 없습니다. 상태 전이(state transition)의 시작이자 끝입니다.",
		},
		Mover: Nobody,
		Move:  tcp.Text{"There is nothing to wait for.", "기다릴 것이 없습니다."},
		ManyNormal: tcp.Text{
			"Never: a program closes what has ended. The kernel lists no closed socket unless it is bound to a port (BOUND); tcpstat -ap finds them among the descriptors of processes.",
			"없습니다. 프로그램은 끝난 소켓을 닫습니다. 커널은 닫힌 소켓을 보여 주지 않으며, 포트에 bind된 것만 예외입니다(BOUND). tcpstat -ap가 프로세스의 디스크립터에서 찾아냅니다.",
		},
		Causes: []tcp.Text{
			{"socket() was called, and nothing after it.", "socket()을 호출한 뒤 아무것도 하지 않았습니다."},
			{
				"The connection ended by RST or timeout, and the program has not closed its descriptor: a leak in no TCP list.",
				"연결이 RST나 타임아웃으로 끝났는데 프로그램이 디스크립터를 닫지 않았습니다. 어느 TCP 목록에도 나오지 않는 누수(leak)입니다.",
			},
		},
		Advice: []Advice{
			{tcp.Text{
				"See which programs hold them; they stand in no list of ss or netstat.",
				"어느 프로그램이 쥐고 있는지 확인합니다. ss와 netstat의 목록에는 나오지 않습니다.",
			}, "tcpstat -anp state CLOSE"},
			{tcp.Text{
				"lsof marks TCP sockets without a connection by their protocol alone.",
				"lsof는 연결 없는 TCP 소켓을 프로토콜로만 표시합니다.",
			}, "lsof -nP -p PID | grep 'protocol: TCP'"},
		},
		Ends: []Ending{
			{tcp.Text{"the program calls listen()", "프로그램이 listen() 호출"}, tcp.Text{"LISTEN", "LISTEN"}, nil},
			{tcp.Text{"the program calls connect()", "프로그램이 connect() 호출"}, tcp.Text{"SYN_SENT", "SYN_SENT"}, nil},
			{tcp.Text{"the program calls bind()", "프로그램이 bind() 호출"}, tcp.Text{"BOUND", "BOUND"}, nil},
			{tcp.Text{"the program closes it or ends", "프로그램이 닫거나 종료됨"}, tcp.Text{"the descriptor is free", "디스크립터가 풀림"}, nil},
		},
		See:        []string{"state:BOUND", "exchange:handshake", "exchange:reset"},
		References: []string{rfcStates, "socket(2)"},
	},
	{
		State: tcp.Unknown,
		Short: tcp.Text{"a state that this tcpstat does not know", "이 tcpstat이 모르는 상태"},
		Meaning: tcp.Text{
			"The kernel named a state by a number that this tcpstat does not know.",
			"커널이 이 tcpstat이 모르는 번호의 상태를 알렸습니다.",
		},
		Mover:      Nobody,
		Move:       tcp.Text{"What the socket waits for cannot be told.", "소켓이 무엇을 기다리는지 알 수 없습니다."},
		ManyNormal: tcp.Text{"Never: a new state comes once in many years.", "없습니다. 새 상태는 여러 해에 한 번 생깁니다."},
		Causes: []tcp.Text{
			{
				"A kernel newer than this tcpstat has a new state.",
				"이 tcpstat보다 새로운 커널에 새 상태가 생겼습니다.",
			},
			{
				"The line that was read is damaged, as in a cut-off record.",
				"잘린 기록에서처럼, 읽은 줄이 손상됐습니다.",
			},
		},
		Advice: []Advice{
			{tcp.Text{
				"See what the kernel itself says: the state is the fourth word (st), in hex.",
				"커널이 알리는 값을 직접 확인합니다. 상태는 네 번째 항목(st)이며 16진수입니다.",
			}, "cat /proc/net/tcp /proc/net/tcp6"},
			{tcp.Text{
				"Compare the age of the kernel with the version of tcpstat.",
				"커널이 얼마나 새것인지 tcpstat의 버전과 비교합니다.",
			}, "uname -r; tcpstat --version"},
		},
		Ends: []Ending{
			{tcp.Text{"whatever happens", "무슨 일이 일어나든"}, tcp.Text{"cannot be told", "알 수 없음"}, nil},
		},
		References: []string{"Linux include/net/tcp_states.h"},
	},
}
