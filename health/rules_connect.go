package health

import "tcpstat/tcp"

var synSentStuck = Rule{
	ID: "syn-sent-stuck", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"connects without an answer", "응답 없는 연결 시도"},
		Why: tcp.Text{
			"SYNs are not answered, not even refused: the peer is down, or something on the way drops them.",
			"SYN에 응답이 없고 거부조차 없습니다. 상대가 꺼졌거나 도중에 무언가가 버립니다.",
		},
		Side: PeerOrPath,
		Ends: tcp.Text{
			"Each attempt fails with ETIMEDOUT after about two minutes by the kernel's defaults, or at the program's own timeout.",
			"커널 기본값으로는 2분쯤 뒤 ETIMEDOUT으로 실패하며, 프로그램의 타임아웃이 있으면 그때 끝납니다.",
		},
		Advice: tcp.Text{
			"Check that the peer is up, and the route and the firewalls to it. Give the program a connect timeout, so that it does not hang for two minutes.",
			"상대가 살아 있는지, 경로와 그 사이의 방화벽을 확인합니다. 프로그램이 2분 동안 멈추지 않도록 연결 타임아웃을 둡니다.",
		},
		Command: "tcpstat -op state SYN_SENT",
	},
	Meaning: tcp.Text{
		"SYNs were sent three times and more to a peer that does not answer: it is down, unreachable, or a firewall drops them. A refusal would have come back at once.",
		"응답하지 않는 상대에게 SYN을 세 번 이상 재전송했습니다. 상대가 꺼졌거나, 도달할 수 없거나, 방화벽이 버립니다. 거부였다면 바로 돌아왔을 것입니다.",
	},
	Limits: []Limit{
		{"stuck", sockets, AtLeast(1), AtLeast(10), tcp.Text{
			"three repeats are 3 s and more; ten at once are no single host that reboots",
			"재전송 세 번이면 3초 이상; 동시에 열 개면 호스트 하나의 재부팅이 아님",
		}},
	},
	Causes:    []Cause{{"connect-fail", samePeerPort}},
	Reference: "tcpstat explain SYN_SENT",
	judge: func(j *judge) {
		for peer, to := range j.facts.Census.connects {
			if to.stuck > 0 {
				j.find(&finding{subject: Subject{Kind: Peer, Remote: peer}, values: []float64{float64(to.stuck)}, inodes: to.inodes})
			}
		}
	},
}

var portBudget = Rule{
	ID: "port-budget", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"local ports run out", "로컬 포트가 거의 바닥남"},
		Why: tcp.Text{
			"Connections to one address and port take up its local ports; closed ones hold theirs for another 60 s.",
			"한 주소와 포트로 가는 연결이 로컬 포트를 차지하고, 닫힌 연결도 60초 동안 더 쥐고 있습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"When connections end: a port in TIME_WAIT is free again after 60 s.",
			"연결이 끝나면 풀립니다. TIME_WAIT의 포트는 60초 뒤 다시 쓸 수 있습니다.",
		},
		Advice: tcp.Text{
			"Reuse connections (keep-alive, a pool): that is the cure. A wider ip_local_port_range, more source addresses or tcp_tw_reuse buy time.",
			"근본 해결책은 연결 재사용입니다(keep-alive, 커넥션 풀). 더 넓은 ip_local_port_range, 더 많은 출발지 주소, tcp_tw_reuse는 시간을 벌어 줄 뿐입니다.",
		},
		Command: "tcpstat -a --by peer",
	},
	Cases: []*Diagnosis{&portsOpen, &portsWaiting, &portsForgotten, &portsReserved, &portsTied, &portsBound},
	Meaning: tcp.Text{
		"Each connection to one address and port takes a local port of its own from ip_local_port_range, TIME_WAIT included. At the end of them connect() fails with EADDRNOTAVAIL. Ports in ip_local_reserved_ports are not given out, nor those that a socket is bound to. After bind() to port 0 a connection has its port alone, whatever the destination.",
		"한 주소와 포트로 가는 연결마다 ip_local_port_range의 로컬 포트를 하나씩 쓰며 TIME_WAIT도 포함됩니다. 다 쓰면 connect()가 EADDRNOTAVAIL로 실패합니다(임시 포트 고갈, ephemeral port exhaustion). ip_local_reserved_ports에 있거나 소켓이 바인드한 포트는 주지 않습니다. 포트 0으로 bind()한 연결은 목적지와 관계없이 포트를 혼자 씁니다.",
	},
	Limits: []Limit{
		{"ports_percent", percent, AtLeast(70), AtLeast(90), tcp.Text{
			"the search for a free port slows down well before the end",
			"빈 포트를 찾는 속도는 다 쓰기 훨씬 전부터 느려짐",
		}},
	},
	Reference: "ip_local_port_range in ip-sysctl; tcpstat explain TIME_WAIT",
	judge:     (*judge).portBudget,
}

var portsOpen = Diagnosis{
	Cause: "open",
	Why: tcp.Text{
		"{ports} connections from {source} to {peer} have a local port each, and there are {range}.",
		"{source}에서 {peer} 쪽으로 가는 연결 {ports}개가 로컬 포트를 하나씩 쓰는데, 포트는 모두 {range}개입니다.",
	},
	Ends: tcp.Text{
		"When the program closes connections; most of them are open.",
		"프로그램이 연결을 닫으면 끝납니다. 대부분은 열려 있습니다.",
	},
}

var portsWaiting = Diagnosis{
	Cause: "time_wait",
	Why: tcp.Text{
		"The program opens and closes connections so fast that {time_wait} of {range} local ports are in TIME_WAIT, for 60 s each.",
		"프로그램이 연결을 빠르게 열고 닫아, 로컬 포트 {range}개 가운데 {time_wait}개가 60초씩 TIME_WAIT에 있습니다.",
	},
	Ends: tcp.Text{
		"In {free_ms}, if no new connection takes the place of the old ones.",
		"새 연결이 자리를 이어받지 않으면 {free_ms} 뒤에 끝납니다.",
	},
}

var portsForgotten = Diagnosis{
	Cause: "time_wait_only",
	Why: tcp.Text{
		"{time_wait} of {range} local ports are in TIME_WAIT after connections to {peer} that were closed. Whose they were cannot be known: the kernel keeps no process in TIME_WAIT.",
		"{peer} 쪽으로 가던 연결이 닫힌 뒤 로컬 포트 {range}개 가운데 {time_wait}개가 TIME_WAIT에 있습니다. 어느 프로세스의 것이었는지는 알 수 없습니다. 커널은 TIME_WAIT에 프로세스를 남기지 않습니다.",
	},
	Ends: portsWaiting.Ends,
	Advice: tcp.Text{
		"Find the program while it connects: tcpstat --watch SYN_SENT,ESTABLISHED -p dst {peer}. Let it reuse connections (keep-alive, a pool): that is the cure. A wider ip_local_port_range, more source addresses or tcp_tw_reuse buy time.",
		"연결하는 순간의 프로그램을 찾습니다: tcpstat --watch SYN_SENT,ESTABLISHED -p dst {peer}. 근본 해결책은 연결 재사용입니다(keep-alive, 커넥션 풀). 더 넓은 ip_local_port_range, 더 많은 출발지 주소, tcp_tw_reuse는 시간을 벌어 줄 뿐입니다.",
	},
}

var portsReserved = Diagnosis{
	Cause: "reserved",
	Why: tcp.Text{
		"ip_local_reserved_ports keeps {reserved} ports of ip_local_port_range for services; {range} are left, and {ports} connections to {peer} take them.",
		"ip_local_reserved_ports가 ip_local_port_range 가운데 {reserved}개를 서비스용으로 남겨 두어 {range}개만 남고, {peer} 쪽으로 가는 연결 {ports}개가 이를 씁니다.",
	},
	Side: System,
	Advice: tcp.Text{
		"Reserve only the ports that services listen on, or widen ip_local_port_range. Reusing connections (keep-alive, a pool) helps in any case.",
		"서비스가 쓰는 포트만 예약하거나 ip_local_port_range를 넓힙니다. 연결 재사용(keep-alive, 커넥션 풀)은 어느 경우에나 도움이 됩니다.",
	},
	Command: "sysctl net.ipv4.ip_local_reserved_ports net.ipv4.ip_local_port_range",
}

var portsTied = Diagnosis{
	Cause: "bind",
	Why: tcp.Text{
		"{ports} of {range} local ports of {source} carry one connection each, whatever its destination; plain connects to several destinations share ports. The program calls bind() with port 0 before connect(), which takes a port from all destinations.",
		"{source}의 로컬 포트 {range}개 가운데 {ports}개를 목적지와 관계없이 연결 하나씩이 차지하고 있습니다. 보통의 connect()라면 목적지가 다를 때 포트를 함께 씁니다. 프로그램이 connect() 전에 포트 0으로 bind()를 호출해 모든 목적지에 대해 포트를 하나씩 써 버립니다.",
	},
	Ends: tcp.Text{
		"When connections of this address end, whatever their destination.",
		"목적지와 관계없이 이 주소의 연결이 끝나면 풀립니다.",
	},
	Advice: tcp.Text{
		"Let the program set IP_BIND_ADDRESS_NO_PORT before bind(): the port is then chosen by connect(), for one destination only. Without it a wider ip_local_port_range or more source addresses buy time.",
		"프로그램이 bind() 전에 IP_BIND_ADDRESS_NO_PORT를 설정하게 합니다. 그러면 connect()가 그 목적지에 대해서만 포트를 고릅니다. 그러지 못하면 더 넓은 ip_local_port_range나 더 많은 출발지 주소로 시간을 벌 수 있습니다.",
	},
	Command: "tcpstat -anp src {source}",
}

var portsBound = Diagnosis{
	Cause: "bound",
	Why: tcp.Text{
		"{bound} of {range} local ports are held by sockets that are bound and neither connected nor listening; connect() passes over them.",
		"로컬 포트 {range}개 가운데 {bound}개를, 바인드만 하고 연결하지도 기다리지도 않는 소켓이 쥐고 있습니다. connect()는 그 포트를 건너뜁니다.",
	},
	Ends: tcp.Text{
		"Never by itself: when the program closes those sockets.",
		"저절로는 끝나지 않습니다. 프로그램이 그 소켓을 닫아야 합니다.",
	},
	Advice: tcp.Text{
		"See why the program binds sockets and goes no further: connect() fails behind bind(), or they are not closed.",
		"프로그램이 소켓을 바인드하고 더 나아가지 않는 이유를 확인합니다. bind() 뒤의 connect()가 실패했거나 소켓을 닫지 않은 것입니다.",
	},
	Command: "tcpstat -anp state BOUND",
}

// portsUsedUp is the title once none is left.
var portsUsedUp = tcp.Text{"local ports used up", "로컬 포트 고갈"}

// share is a part of a whole in percent, not known of nothing.
func share(part, whole float64) float64 {
	if whole <= 0 {
		return unknown
	}
	return 100 * part / whole
}
