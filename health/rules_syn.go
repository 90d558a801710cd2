package health

import (
	"tcpstat/tcp"
)

var synQueue = Rule{
	ID: "syn-queue", Kind: Delta,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"SYN queue full", "SYN 큐 가득 참"},
		Why: tcp.Text{
			"More half-open connections come than the SYN queue holds.",
			"SYN 큐의 크기보다 많은 반개방 연결이 옵니다.",
		},
		Side: EitherSide,
		Ends: tcp.Text{
			"When the SYNs stop; a half-open connection goes after about a minute.",
			"SYN이 멈추면 끝납니다. 반개방 연결은 1분쯤 뒤 사라집니다.",
		},
		Advice: tcp.Text{
			"tcpstat -an state SYN_RECV shows where they come from. Have net.ipv4.tcp_syncookies at 1; if the clients are genuine, raise the backlog that the program passes to listen().",
			"tcpstat -an state SYN_RECV로 어디에서 오는지 확인합니다. net.ipv4.tcp_syncookies는 1로 둡니다. 정상 클라이언트라면 프로그램이 listen()에 넘기는 백로그를 늘립니다.",
		},
		Command: "tcpstat -n state SYN_RECV",
	},
	Cases: []*Diagnosis{&synsDropped, &synFlood, &synFloodOfOne, &synBurst, &synsIgnored},
	Meaning: tcp.Text{
		"More half-open connections came than a listener's SYN queue holds: a flood of SYNs, or clients whose last ACK does not arrive. With SYN cookies the kernel goes on, without them it drops. A cookie costs options of TCP (window scale, SACK) unless the client sends timestamps. Where every SYN is answered with a cookie (tcp_syncookies 2), those that nobody followed up are counted.",
		"리스너의 SYN 큐(SYN queue)보다 많은 반개방(half-open) 연결이 왔습니다: SYN 플러드, 또는 마지막 ACK가 도착하지 않는 클라이언트. SYN 쿠키가 있으면 커널은 계속 받고, 없으면 버립니다. 클라이언트가 타임스탬프를 보내지 않으면 쿠키는 TCP 옵션(윈도우 스케일, SACK)을 희생합니다. 모든 SYN에 쿠키로 응답하면(tcp_syncookies 2) 뒤따르는 ACK가 없는 것을 셉니다.",
	},
	Limits: []Limit{
		{"cookies_per_s", perSec, Above(1), Above(5), tcp.Text{"a cookie now and then is a burst", "어쩌다 나오는 쿠키는 순간적인 폭주"}},
		{"drops", "segments", Range{}, Above(0), tcp.Text{"each is a client turned away", "하나하나가 돌려보낸 클라이언트"}},
	},
	ForAll:    true,
	Reference: "tcpstat explain TCPReqQFullDoCookies",
	judge:     (*judge).synQueue,
}

var synsDropped = Diagnosis{
	Cause: "cookies_off",
	Title: tcp.Text{"SYNs dropped, cookies are off", "SYN을 버림, SYN 쿠키 꺼짐"},
	Why: tcp.Text{
		"The SYN queue is full and net.ipv4.tcp_syncookies is 0: {dropped} SYNs were dropped, those of genuine clients among them.",
		"SYN 큐가 가득 찼고 net.ipv4.tcp_syncookies가 0입니다. SYN {dropped}개를 버렸으며, 정상 클라이언트의 것도 섞여 있습니다.",
	},
	Side: System,
	Advice: tcp.Text{
		"Turn SYN cookies on: sysctl -w net.ipv4.tcp_syncookies=1. Clients then get in while the queue is full. Without cookies the queue ends at the program's backlog and at three quarters of net.ipv4.tcp_max_syn_backlog.",
		"SYN 쿠키를 켭니다: sysctl -w net.ipv4.tcp_syncookies=1. 그러면 큐가 가득 찬 동안에도 클라이언트가 연결됩니다. 쿠키가 없으면 큐는 프로그램의 백로그와 net.ipv4.tcp_max_syn_backlog의 4분의 3에서 끝납니다.",
	},
}

var synFlood = Diagnosis{
	Cause: "flood",
	Title: tcp.Text{"SYN flood, answered with cookies", "SYN 플러드, 쿠키로 응답 중"},
	Why: tcp.Text{
		"The SYN queue is full. SYNs answered with a cookie: {cookies_sent}; clients that came back with it: {cookies_back}. The rest are forged addresses, or their ACKs do not arrive. Genuine clients still get in; those without timestamps lose window scale and SACK.",
		"SYN 큐가 가득 찼습니다. 쿠키로 응답한 SYN은 {cookies_sent}개, 쿠키를 들고 돌아온 클라이언트는 {cookies_back}개입니다. 나머지는 위조된 주소이거나 ACK가 도착하지 않습니다. 정상 클라이언트는 여전히 연결되며, 타임스탬프가 없으면 윈도우 스케일과 SACK을 잃습니다.",
	},
	Side: PeerOrPath,
	Advice: tcp.Text{
		"There is nothing to turn on: cookies do their work, and a longer backlog does not help. See where the SYNs come from (tcpstat -n state SYN_RECV) and have them filtered before they get here.",
		"더 켤 것은 없습니다. 쿠키가 제 역할을 하고 있으며 백로그를 늘려도 소용없습니다. SYN이 어디에서 오는지 확인하고(tcpstat -n state SYN_RECV) 여기 오기 전에 걸러지게 합니다.",
	},
}

var synFloodOfOne = Diagnosis{
	Cause: "flood_one_source",
	Title: synFlood.Title,
	Why: tcp.Text{
		"The SYN queue is full: {of_source} of {half_open} half-open connections are of {source}. SYNs answered with a cookie: {cookies_sent}; clients that came back with it: {cookies_back}. Genuine clients still get in; those without timestamps lose window scale and SACK.",
		"SYN 큐가 가득 찼습니다. 반개방 연결 {half_open}개 가운데 {of_source}개의 출발지는 {source}입니다. 쿠키로 응답한 SYN은 {cookies_sent}개, 쿠키를 들고 돌아온 클라이언트는 {cookies_back}개입니다. 정상 클라이언트는 여전히 연결되며, 타임스탬프가 없으면 윈도우 스케일과 SACK을 잃습니다.",
	},
	Side: PeerOrPath,
	Advice: tcp.Text{
		"There is nothing to turn on: cookies do their work. Check the route and the firewall back to {source}; if it means harm, have it blocked.",
		"더 켤 것은 없습니다. 쿠키가 제 역할을 하고 있습니다. {source} 쪽으로 돌아가는 경로와 방화벽을 확인하고, 악의가 있다면 차단합니다.",
	},
}

var synBurst = Diagnosis{
	Cause: "burst",
	Title: tcp.Text{"SYN queue too short for its clients", "클라이언트에 비해 짧은 SYN 큐"},
	Why: tcp.Text{
		"The SYN queue is full. SYNs answered with a cookie: {cookies_sent}; clients that came back with it: {cookies_back}. They are genuine and get in; those without timestamps lose window scale and SACK.",
		"SYN 큐가 가득 찼습니다. 쿠키로 응답한 SYN은 {cookies_sent}개, 쿠키를 들고 돌아온 클라이언트는 {cookies_back}개입니다. 정상 클라이언트이고 연결되지만, 타임스탬프가 없으면 윈도우 스케일과 SACK을 잃습니다.",
	},
	Side: Program,
	Advice: tcp.Text{
		"Raise the backlog that the program passes to listen(), and somaxconn if it is the smaller one: it bounds the SYN queue too. tcp_max_syn_backlog counts only while tcp_syncookies is 0.",
		"프로그램이 listen()에 넘기는 백로그를 늘리고, somaxconn이 더 작으면 그것도 늘립니다. SYN 큐의 상한이기도 합니다. tcp_max_syn_backlog는 tcp_syncookies가 0일 때만 쓰입니다.",
	},
}

var synsIgnored = Diagnosis{
	Cause: "cookies_always",
	Title: tcp.Text{"SYNs that nobody follows up", "뒤따르는 ACK가 없는 SYN"},
	Why: tcp.Text{
		"net.ipv4.tcp_syncookies is 2: every SYN is answered with a cookie, and no queue tells which listener and which addresses. Sent: {cookies_sent}; clients that came back: {cookies_back}. The rest are forged addresses, or their ACKs do not arrive.",
		"net.ipv4.tcp_syncookies가 2입니다. 모든 SYN에 쿠키로 응답하므로 어느 리스너, 어느 주소의 것인지 큐에 남지 않습니다. 보낸 쿠키는 {cookies_sent}개, 돌아온 클라이언트는 {cookies_back}개입니다. 나머지는 위조된 주소이거나 ACK가 도착하지 않습니다.",
	},
	Side: PeerOrPath,
	Ends: tcp.Text{
		"When the SYNs stop; they take no room here.",
		"SYN이 멈추면 끝납니다. 여기서 자리를 차지하지는 않습니다.",
	},
	Advice: tcp.Text{
		"Clients get in. A capture of SYNs tells where they come from (tcpdump 'tcp[13] = 2'). With net.ipv4.tcp_syncookies=1 cookies are kept for a full queue, and clients without timestamps keep their options until then.",
		"클라이언트는 연결됩니다. SYN을 캡처하면 어디에서 오는지 알 수 있습니다(tcpdump 'tcp[13] = 2'). net.ipv4.tcp_syncookies=1이면 큐가 가득 찼을 때만 쿠키를 쓰므로, 그때까지는 타임스탬프 없는 클라이언트도 옵션을 유지합니다.",
	},
	Command: "tcpstat -s -d 10s",
}

var synRecvPile = Rule{
	ID: "syn-recv-pile", Kind: Gauge,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"half-open connections pile up", "쌓이는 반개방 연결"},
		Why: tcp.Text{
			"SYN+ACKs are not answered: forged addresses, or a broken way back.",
			"SYN+ACK에 응답이 없습니다. 위조된 주소이거나 돌아가는 경로가 끊겼습니다.",
		},
		Side: PeerOrPath,
		Ends: tcp.Text{
			"Each goes after tcp_synack_retries, about a minute by default.",
			"하나하나는 tcp_synack_retries(기본값으로 1분쯤) 뒤 사라집니다.",
		},
		Advice: tcp.Text{
			"tcpstat -an state SYN_RECV shows the clients. Check the route and the firewall back to them; if they are many and unknown, have net.ipv4.tcp_syncookies at 1.",
			"tcpstat -an state SYN_RECV로 클라이언트를 확인합니다. 거기로 돌아가는 경로와 방화벽을 확인하고, 모르는 클라이언트가 많으면 net.ipv4.tcp_syncookies를 1로 둡니다.",
		},
		Command: "tcpstat -n state SYN_RECV",
	},
	Cases: []*Diagnosis{&pileWithoutCookies, &pileOfOne, &pileOfMany},
	Meaning: tcp.Text{
		"Many connections of a listener stay half-open, and for at least half of them the SYN+ACK had to be sent again: the clients' ACKs do not come. Forged addresses or a broken way back look like this.",
		"한 리스너에 반개방(half-open) 연결이 많이 남아 있고, 절반 이상은 SYN+ACK를 재전송해야 했습니다. 클라이언트의 ACK가 오지 않습니다. 위조된 주소나 끊긴 회신 경로에서 나타나는 모습입니다.",
	},
	Limits: []Limit{
		{"limit_percent", percent, AtLeast(50), AtLeast(100), tcp.Text{
			"the SYN queue is bounded by the listener's backlog, and while tcp_syncookies is 0 by three quarters of tcp_max_syn_backlog",
			"SYN 큐의 상한은 리스너의 백로그, tcp_syncookies가 0이면 tcp_max_syn_backlog의 4분의 3도 상한",
		}},
	},
	Causes:    []Cause{{"not-accepted", sameListener}, {"accept-queue", sameListener}, {"syn-queue", sameListener}},
	Reference: "tcpstat explain SYN_RECV",
	judge:     (*judge).synRecvPile,
}

var pileWithoutCookies = Diagnosis{
	Cause: "cookies_off",
	Why: tcp.Text{
		"{half_open} connections from {sources} addresses do not answer the SYN+ACK, and net.ipv4.tcp_syncookies is 0: from {limit} on, every other client is turned away.",
		"{sources}개 주소에서 온 연결 {half_open}개가 SYN+ACK에 응답하지 않고, net.ipv4.tcp_syncookies가 0입니다. {limit}개부터는 다른 모든 클라이언트를 돌려보냅니다.",
	},
	Advice: tcp.Text{
		"Turn SYN cookies on: sysctl -w net.ipv4.tcp_syncookies=1. Then look where the half-open ones come from, and check the route and the firewall back to them.",
		"SYN 쿠키를 켭니다: sysctl -w net.ipv4.tcp_syncookies=1. 그다음 반개방 연결이 어디에서 오는지 보고, 거기로 돌아가는 경로와 방화벽을 확인합니다.",
	},
}

var pileOfOne = Diagnosis{
	Cause: "one_source",
	Why: tcp.Text{
		"{of_source} of {half_open} half-open connections are of {source}, which does not answer the SYN+ACK: the way back to it is broken, or it sends nothing but SYNs.",
		"반개방 연결 {half_open}개 가운데 {of_source}개의 출발지는 {source}입니다. 여기서 SYN+ACK에 응답하지 않습니다. 돌아가는 경로가 끊겼거나 SYN만 보내는 것입니다.",
	},
	Advice: tcp.Text{
		"Check the route and the firewall back to {source}; if it means harm, have it blocked. When the queue is full SYN cookies (they are on) let other clients in.",
		"{source} 쪽으로 돌아가는 경로와 방화벽을 확인합니다. 악의가 있다면 차단합니다. 큐가 가득 차도 켜져 있는 SYN 쿠키 덕분에 다른 클라이언트는 연결됩니다.",
	},
}

var pileOfMany = Diagnosis{
	Cause: "many_sources",
	Why: tcp.Text{
		"{half_open} connections from {sources} addresses do not answer the SYN+ACK: the addresses are forged, or the way back to the clients is broken.",
		"{sources}개 주소에서 온 연결 {half_open}개가 SYN+ACK에 응답하지 않습니다. 위조된 주소이거나 클라이언트로 돌아가는 경로가 끊겼습니다.",
	},
	Advice: tcp.Text{
		"If the addresses are your clients', check the route and the firewall back to them. If they are strangers', it is a flood: SYN cookies are on, so that clients get in when the queue is full.",
		"아는 클라이언트의 주소라면 거기로 돌아가는 경로와 방화벽을 확인합니다. 모르는 주소라면 플러드입니다. SYN 쿠키가 켜져 있어 큐가 가득 차도 클라이언트는 연결됩니다.",
	},
}

var listenerMissing = Rule{
	ID: "listener", Kind: Gauge, AskedOnly: true,
	Diagnosis: Diagnosis{
		Title: tcp.Text{"nobody listens", "리스너 없음"},
		Why: tcp.Text{
			"No socket listens on this port.",
			"이 포트에서 기다리는 소켓이 없습니다.",
		},
		Side: Program,
		Ends: tcp.Text{
			"When the service listens.",
			"서비스가 listen하면 끝납니다.",
		},
		Advice: tcp.Text{
			"Start the service, or look at the address and port that it was told to listen on.",
			"서비스를 시작하거나, 어느 주소와 포트에서 기다리도록 설정했는지 확인합니다.",
		},
		Command: "tcpstat -lnp",
	},
	Meaning: tcp.Text{
		"No socket listens on the port that was asked for: clients are refused.",
		"요청한 포트에서 기다리는 소켓이 없습니다. 클라이언트의 연결이 거부됩니다.",
	},
	Limits: []Limit{
		{"listeners", sockets, Range{}, Exactly(0), tcp.Text{"a service without a listener is down", "리스너 없는 서비스는 멈춘 것"}},
	},
	Reference: "tcpstat explain LISTEN",
	Cases:     []*Diagnosis{&portBound, &portInUse, &portWaiting, &listensInside},
	judge:     (*judge).judgeListener,
}

var portBound = Diagnosis{
	Cause: "bound",
	Title: tcp.Text{"port held by a socket that does not listen", "listen하지 않는 소켓이 쥔 포트"},
	Why: tcp.Text{
		"A socket is bound to {bound_to} and does not listen: clients are refused, and another bind() fails with EADDRINUSE.",
		"{bound_to}에 바인드한 소켓이 listen하지 않습니다. 클라이언트는 거부되고, 다른 bind()는 EADDRINUSE로 실패합니다.",
	},
	Ends: tcp.Text{
		"When its program calls listen(), or closes the socket.",
		"그 프로그램이 listen()을 호출하거나 소켓을 닫으면 끝납니다.",
	},
	Advice: tcp.Text{
		"If it is the service itself, see why it does not come to listen(). If not, stop that program, or give one of the two another port.",
		"서비스 자신의 소켓이면 왜 listen()까지 가지 못하는지 확인합니다. 아니면 그 프로그램을 멈추거나 둘 중 하나의 포트를 바꿉니다.",
	},
	Command: "tcpstat -anp state BOUND",
}

var portInUse = Diagnosis{
	Cause: "connections",
	Title: tcp.Text{"nobody listens, and connections have the port", "리스너 없이 연결이 쥔 포트"},
	Why: tcp.Text{
		"No socket listens on this port; connections that have it as their local port: {connections}. bind() fails with EADDRINUSE, unless they and the service set SO_REUSEADDR.",
		"이 포트에서 기다리는 소켓이 없습니다. 이를 로컬 포트로 쓰는 연결은 {connections}개입니다. 그 연결과 서비스가 모두 SO_REUSEADDR를 설정하지 않았다면 bind()가 EADDRINUSE로 실패합니다.",
	},
	Ends: tcp.Text{
		"When the service listens; the port is free when the connections end.",
		"서비스가 listen하면 끝납니다. 포트는 그 연결이 끝나면 풀립니다.",
	},
	Advice: tcp.Text{
		"Start the service. If its bind() fails: connections of an earlier run are closed by ending what is left of it, and SO_REUSEADDR avoids the wait; for outgoing connections that were given this port list it in ip_local_reserved_ports.",
		"서비스를 시작합니다. bind()가 실패하면, 이전에 실행되던 서비스의 연결은 남은 프로세스를 끝내면 닫히며 SO_REUSEADDR를 쓰면 기다리지 않아도 됩니다. 나가는 연결에 이 포트가 주어진 것이면 ip_local_reserved_ports에 넣습니다.",
	},
	Command: "tcpstat -anp",
}

var portWaiting = Diagnosis{
	Cause: "time_wait",
	Why: tcp.Text{
		"No socket listens on this port; connections that had it and are in TIME_WAIT: {time_wait}. bind() fails with EADDRINUSE, unless the service sets SO_REUSEADDR and did so before.",
		"이 포트에서 기다리는 소켓이 없습니다. 이를 쓰다가 TIME_WAIT에 있는 연결은 {time_wait}개입니다. 서비스가 그때도 지금도 SO_REUSEADDR를 설정하지 않았다면 bind()가 EADDRINUSE로 실패합니다.",
	},
	Ends: tcp.Text{
		"When the service listens. TIME_WAIT is in its way for {free_ms} at most.",
		"서비스가 listen하면 끝납니다. TIME_WAIT는 길어도 {free_ms} 뒤에는 사라집니다.",
	},
	Advice: tcp.Text{
		"Start the service. If its bind() fails with EADDRINUSE, let it set SO_REUSEADDR, or wait until TIME_WAIT is over.",
		"서비스를 시작합니다. bind()가 EADDRINUSE로 실패하면 SO_REUSEADDR를 설정하게 하거나 TIME_WAIT가 끝날 때까지 기다립니다.",
	},
	Command: "tcpstat -an state TIME_WAIT",
}

var listensInside = Diagnosis{
	Cause: "loopback_only",
	Title: tcp.Text{"listens for this machine only", "이 시스템 안에서만 listen"},
	Why: tcp.Text{
		"The service listens on {listens_on} alone: clients on other machines are refused.",
		"서비스가 {listens_on}에서만 기다립니다. 다른 시스템의 클라이언트는 거부됩니다.",
	},
	Ends: tcp.Text{
		"When the service listens on another address.",
		"서비스가 다른 주소에서 기다리면 끝납니다.",
	},
	Advice: tcp.Text{
		"If others shall reach it, let it listen on their address, or on all (0.0.0.0, ::).",
		"다른 시스템도 연결해야 한다면 그쪽 주소나 모든 주소(0.0.0.0, ::)에서 기다리게 합니다.",
	},
	Remark: true,
}
