package explain

import "tcpstat/tcp"

// TimerDoc documents a timer. Its texts may hold placeholders; read them
// through [tcp.Text.Expand].
type TimerDoc struct {
	Kind       tcp.TimerKind
	Short      tcp.Text     // a few words
	Waits      tcp.Text     // what it waits for, one sentence
	Fires      tcp.Text     // what happens when it fires
	GivesUp    tcp.Text     // when and how the kernel gives up
	Sysctls    []tcp.Sysctl // what decides its times
	SS         []string     // its names in ss, none where ss shows nothing
	Netstat    []string     // its names in netstat
	Reserve    tcp.Text     // what can make the times wrong without a trace, empty for nothing
	See        []string     // words of explain
	References []string
}

// Timer documents a timer. One that nobody knows has the row of that name.
func Timer(k tcp.TimerKind) *TimerDoc { return &timerDocs[min(k, tcp.UnknownTimer)] }

// timerDocs documents every timer, in the order of the constants.
var timerDocs = []TimerDoc{
	{
		Kind:  tcp.NoTimer,
		Short: tcp.Text{"nothing is armed, there is no limit", "걸린 타이머 없음, 시간제한 없음"},
		Waits: tcp.Text{
			"Nothing is armed: the socket waits for a program or for the peer, without a limit.",
			"걸린 타이머가 없습니다. 소켓은 프로그램이나 상대를 시간제한 없이 기다립니다.",
		},
		Fires: tcp.Text{
			"Nothing can fire. An idle connection without SO_KEEPALIVE stays forever.",
			"만료될 것이 없습니다. SO_KEEPALIVE가 없는 유휴 연결은 영원히 남습니다.",
		},
		GivesUp:    tcp.Text{"Never.", "포기하지 않습니다."},
		Netstat:    []string{"off"},
		See:        []string{"timer:keepalive", "state:ESTABLISHED"},
		References: []string{rfcStates},
	},
	{
		Kind:  tcp.RetransmitTimer,
		Short: tcp.Text{"what is not acknowledged will be sent again", "ACK가 오지 않으면 재전송"},
		Waits: tcp.Text{
			"Something is on the way and not acknowledged: data, a SYN, a SYN+ACK or a FIN.",
			"보냈지만 ACK를 받지 못한 것이 있습니다: 데이터, SYN, SYN+ACK 또는 FIN.",
		},
		Fires: tcp.Text{
			"The oldest segment is sent again with the same sequence number, and the next wait (RTO) doubles, up to {tcp_rto_max_ms}. With 0 retransmissions so far it may also be a loss probe, or the check whether segments only changed their order; these are sent sooner and count as no retransmission.",
			"가장 오래된 세그먼트를 같은 시퀀스 번호로 재전송(retransmission)하고, 다음 대기 시간(RTO)은 최대 {tcp_rto_max_ms}까지 두 배가 됩니다. 아직 재전송이 0회라면 손실 탐지 프로브(TLP)이거나, 세그먼트의 순서만 바뀌었는지 보는 확인일 수도 있습니다. 이들은 더 일찍 나가며 재전송으로 세지 않습니다.",
		},
		GivesUp: tcp.Text{
			"Data or FIN of a program: about {data_end} after the first retransmission (tcp_retries2). A FIN that no program owns: about {orphan_end} (tcp_orphan_retries, 0 means 8). SYN: after {syn_sent_retries} retransmissions, {syn_sent_end}. SYN+ACK: after {tcp_synack_retries}, {syn_recv_end}.",
			"프로그램의 데이터나 FIN: 첫 재전송 약 {data_end} 뒤(tcp_retries2). 소유한 프로그램이 없는 FIN: 약 {orphan_end} 뒤(tcp_orphan_retries, 0은 8을 뜻함). SYN: {syn_sent_retries}회 재전송, {syn_sent_end} 뒤. SYN+ACK: {tcp_synack_retries}회, {syn_recv_end} 뒤.",
		},
		Sysctls:    []tcp.Sysctl{tcp.Retries2, tcp.OrphanRetries, tcp.RTOMax, tcp.SynRetries, tcp.SynLinearTimeouts, tcp.SynAckRetries},
		SS:         []string{"on"},
		Netstat:    []string{"on"},
		Reserve:    overrides,
		See:        []string{"exchange:retransmission", "timer:window_probe"},
		References: []string{"RFC 6298 (retransmission timer)", "RFC 8985 (RACK-TLP)", rfcFail, ipSysctl + ": tcp_retries2, tcp_orphan_retries, tcp_syn_retries, tcp_synack_retries, tcp_rto_max_ms"},
	},
	{
		Kind:  tcp.KeepaliveTimer,
		Short: tcp.Text{"an idle peer will be probed", "유휴 상대에게 프로브를 보낼 예정"},
		Waits: tcp.Text{
			"The connection is idle, and the program asked the kernel to watch the peer (SO_KEEPALIVE).",
			"연결이 유휴 상태이며, 프로그램이 커널에 상대의 감시를 요청했습니다(SO_KEEPALIVE).",
		},
		Fires: tcp.Text{
			"After {tcp_keepalive_time} idle a probe without data is sent, then one every {tcp_keepalive_intvl} as long as no answer comes. Any segment from the peer starts it all anew.",
			"유휴 시간이 {tcp_keepalive_time} 지나면 데이터 없는 프로브(probe)를 보내고, 응답이 없는 동안 {tcp_keepalive_intvl}마다 다시 보냅니다. 상대의 세그먼트가 하나라도 오면 처음부터 다시 시작합니다.",
		},
		GivesUp: tcp.Text{
			"After {tcp_keepalive_probes} probes without an answer, {keepalive_end} after the last segment; the program sees ETIMEDOUT. A RST from the peer ends it at once.",
			"응답 없는 프로브 {tcp_keepalive_probes}회, 마지막 세그먼트 {keepalive_end} 뒤에 포기하며 프로그램은 ETIMEDOUT을 받습니다. 상대의 RST가 오면 즉시 끝납니다.",
		},
		Sysctls: []tcp.Sysctl{tcp.KeepaliveTime, tcp.KeepaliveInterval, tcp.KeepaliveProbes},
		SS:      []string{"keepalive"},
		Netstat: []string{"keepalive"},
		Reserve: tcp.Text{
			"A program can set times of its own (TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT). The kernel reports only the time until the next probe, so the rest may be wrong for such a socket.",
			"프로그램이 시간을 따로 정할 수 있습니다(TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT). 커널은 다음 프로브까지 남은 시간만 알려 주므로, 그런 소켓에는 나머지가 맞지 않을 수 있습니다.",
		},
		See:        []string{"timer:fin_wait2", "state:ESTABLISHED"},
		References: []string{"RFC 9293 section 3.8.4 (keep-alives)", "RFC 1122 section 4.2.3.6", ipSysctl + ": tcp_keepalive_time, tcp_keepalive_intvl, tcp_keepalive_probes", "socket(7): SO_KEEPALIVE"},
	},
	{
		Kind:  tcp.TimeWaitTimer,
		Short: tcp.Text{"the end of TIME_WAIT", "TIME_WAIT의 끝"},
		Waits: tcp.Text{
			"The connection is over; its addresses are kept until no stray segment can be left.",
			"연결이 끝났고, 떠도는 세그먼트가 남아 있을 수 없을 때까지 주소를 유지합니다.",
		},
		Fires: tcp.Text{
			"The kernel forgets the connection; the local port is free for the same peer again.",
			"커널이 연결을 잊습니다. 로컬 포트를 같은 상대에게 다시 쓸 수 있습니다.",
		},
		GivesUp: tcp.Text{
			"60 s after the last FIN, fixed in the kernel's source; a repeated FIN starts them anew.",
			"마지막 FIN 뒤 60초이며 커널 소스에 고정된 값입니다. FIN이 다시 오면 새로 셉니다.",
		},
		SS:         []string{"timewait"},
		Netstat:    []string{"timewait"},
		See:        []string{"state:TIME_WAIT", "timer:fin_wait2"},
		References: []string{rfcClose, "Linux include/net/tcp.h (TCP_TIMEWAIT_LEN)"},
	},
	{
		Kind: tcp.WindowProbe,
		Short: tcp.Text{
			"the peer does not read; its window will be probed",
			"상대가 읽지 않음, 윈도우를 프로브할 예정",
		},
		Waits: tcp.Text{
			"Data is ready, but the peer's window is closed: its program does not read (persist timer).",
			"보낼 데이터가 있지만 상대의 윈도우가 닫혔습니다(제로 윈도우, zero window). 상대 프로그램이 읽지 않는 것입니다(persist 타이머).",
		},
		Fires: tcp.Text{
			"A probe asks for the size of the window; the next wait doubles, up to {tcp_rto_max_ms}. When the peer's program reads, its kernel tells the new window, and data flows on.",
			"프로브(probe)로 윈도우 크기를 묻고, 다음 대기 시간은 최대 {tcp_rto_max_ms}까지 두 배가 됩니다. 상대 프로그램이 읽으면 상대 커널이 새 윈도우를 알리고 데이터가 다시 흐릅니다.",
		},
		GivesUp: tcp.Text{
			"Never as long as the peer answers the probes, however long its program does not read. Unanswered: after {tcp_retries2} probes (tcp_retries2); without an owner after {orphan_retries} (tcp_orphan_retries, 0 means 8), and even if answered once the wait has grown to {tcp_rto_max_ms}.",
			"상대가 프로브에 응답하는 한, 상대 프로그램이 아무리 오래 읽지 않아도 포기하지 않습니다. 응답이 없으면 프로브 {tcp_retries2}회(tcp_retries2) 뒤에 포기합니다. 소유자가 없으면 {orphan_retries}회(tcp_orphan_retries, 0은 8을 뜻함) 뒤이며, 대기 시간이 {tcp_rto_max_ms}까지 늘어난 다음에는 응답이 있어도 포기합니다.",
		},
		Sysctls:    []tcp.Sysctl{tcp.RTOMax, tcp.Retries2, tcp.OrphanRetries},
		SS:         []string{"persist"},
		Netstat:    []string{"probe"},
		Reserve:    overrides,
		See:        []string{"timer:retransmit", "state:ESTABLISHED"},
		References: []string{"RFC 9293 section 3.8.6.1 (zero-window probing)", "RFC 6429 (persist condition)", ipSysctl + ": tcp_retries2, tcp_orphan_retries"},
	},
	{
		Kind: tcp.FinWait2Timer,
		Short: tcp.Text{
			"a FIN_WAIT2 without owner waits for the peer's FIN",
			"소유자 없는 FIN_WAIT2가 상대의 FIN을 대기",
		},
		Waits: tcp.Text{
			"A FIN_WAIT2 that no program owns waits for the peer's FIN. The kernel reports this timer as timewait, or as keepalive while more than 60 s are left; it is neither.",
			"소유한 프로그램이 없는 FIN_WAIT2가 상대의 FIN을 기다립니다. 커널은 이 타이머를 timewait로, 남은 시간이 60초를 넘는 동안은 keepalive로 알리지만 어느 쪽도 아닙니다.",
		},
		Fires: tcp.Text{
			"As keepalive: it goes on as timewait for as long as the whole wait is longer than 60 s. As timewait: the socket is dropped, without TIME_WAIT. Should the peer close later, it gets a RST.",
			"keepalive로 보일 때: 전체 대기 시간에서 60초를 뺀 만큼 timewait로 이어집니다. timewait로 보일 때: TIME_WAIT 없이 소켓을 폐기합니다. 상대가 나중에 닫으면 RST를 받습니다.",
		},
		GivesUp: tcp.Text{
			"{tcp_fin_timeout} after our FIN was acknowledged (tcp_fin_timeout).",
			"이쪽 FIN에 대한 ACK를 받고 {tcp_fin_timeout} 뒤에 포기합니다(tcp_fin_timeout).",
		},
		Sysctls: []tcp.Sysctl{tcp.FinTimeout},
		SS:      []string{"timewait", "keepalive"},
		Netstat: []string{"timewait", "keepalive"},
		Reserve: tcp.Text{
			"A program can set a time of its own with TCP_LINGER2, at most 120 s. The kernel reports only what is left of it.",
			"프로그램이 TCP_LINGER2로 시간(최대 120초)을 따로 정할 수 있습니다. 커널은 남은 시간만 알려 줍니다.",
		},
		See:        []string{"state:FIN_WAIT2", "timer:time_wait", "timer:keepalive"},
		References: []string{ipSysctl + ": tcp_fin_timeout", tcpMan + ": TCP_LINGER2"},
	},
	{
		Kind:  tcp.DelayedAckTimer,
		Short: tcp.Text{"an ACK is held back for a moment", "ACK를 잠시 미룸"},
		Waits: tcp.Text{
			"Data came, and the kernel holds its ACK back for a moment, to send it along with an answer.",
			"데이터가 왔고, 커널이 응답과 함께 보내려고 ACK를 잠시 미룹니다(지연 ACK, delayed ACK).",
		},
		Fires: tcp.Text{
			"The ACK is sent alone. That is routine, at most 200 ms away, and no sign of trouble.",
			"ACK만 따로 보냅니다. 길어야 200ms이며, 일상적인 일이지 문제의 징후가 아닙니다.",
		},
		GivesUp:    tcp.Text{"It does not: one ACK, and it is over.", "포기하지 않습니다. ACK 하나를 보내면 끝납니다."},
		SS:         []string{"delack"},
		Netstat:    []string{"unkn-5"},
		See:        []string{"state:ESTABLISHED"},
		References: []string{"RFC 9293 section 3.8.6.3 (delayed acknowledgments)", "Linux include/uapi/linux/inet_diag.h; reported by kernels of 2026 and later"},
	},
	{
		Kind:  tcp.UnknownTimer,
		Short: tcp.Text{"a timer that this tcpstat does not know", "이 tcpstat이 모르는 타이머"},
		Waits: tcp.Text{
			"The kernel named a timer by a number that this tcpstat does not know.",
			"커널이 이 tcpstat이 모르는 번호의 타이머를 알렸습니다.",
		},
		Fires: tcp.Text{
			"Cannot be told; a newer kernel may have a new timer.",
			"알 수 없습니다. 더 새로운 커널의 타이머일 수 있습니다.",
		},
		GivesUp:    tcp.Text{"Cannot be told.", "알 수 없습니다."},
		SS:         []string{"unknown"},
		Netstat:    []string{"unkn-N"},
		See:        []string{"state:UNKNOWN"},
		References: []string{"Linux net/ipv4/inet_diag.c"},
	},
}
