package tcp

// TimerDoc documents a timer. Its texts may hold placeholders; read them
// through [Text.Expand].
type TimerDoc struct {
	Kind       TimerKind
	Short      Text     // a few words
	Waits      Text     // what it waits for, one sentence
	Fires      Text     // what happens when it fires
	GivesUp    Text     // when and how the kernel gives up
	Sysctls    []Sysctl // what decides its times
	SS         []string // its names in ss, none where ss shows nothing
	Netstat    []string // its names in netstat
	Reserve    Text     // what can make the times wrong without a trace, empty for nothing
	See        []string // words of explain
	References []string
}

// Doc documents the timer.
func (k TimerKind) Doc() *TimerDoc { return &TimerDocs[min(k, UnknownTimer)] }

// TimerDocs documents every timer, in the order of the constants.
var TimerDocs = []TimerDoc{
	{
		Kind:       NoTimer,
		Short:      Text{"nothing is armed, there is no limit"},
		Waits:      Text{"Nothing is armed: the socket waits for a program or for the peer, without a limit."},
		Fires:      Text{"Nothing can fire. An idle connection without SO_KEEPALIVE stays forever."},
		GivesUp:    Text{"Never."},
		Netstat:    []string{"off"},
		See:        []string{"timer:keepalive", "state:ESTABLISHED"},
		References: []string{rfcStates},
	},
	{
		Kind:       RetransmitTimer,
		Short:      Text{"what is not acknowledged will be sent again"},
		Waits:      Text{"Something is on the way and not acknowledged: data, a SYN, a SYN+ACK or a FIN."},
		Fires:      Text{"The oldest segment is sent again with the same sequence number, and the next wait (RTO) doubles, up to {tcp_rto_max_ms}. With 0 retransmissions so far it may also be a loss probe, or the check whether segments only changed their order; these are sent sooner and count as no retransmission."},
		GivesUp:    Text{"Data or FIN of a program: about {data_end} after the first retransmission (tcp_retries2). A FIN that no program owns: about {orphan_end} (tcp_orphan_retries, 0 means 8). SYN: after {syn_sent_retries} retransmissions, {syn_sent_end}. SYN+ACK: after {tcp_synack_retries}, {syn_recv_end}."},
		Sysctls:    []Sysctl{Retries2, OrphanRetries, RTOMax, SynRetries, SynLinearTimeouts, SynAckRetries},
		SS:         []string{"on"},
		Netstat:    []string{"on"},
		Reserve:    overrides,
		See:        []string{"exchange:retransmission", "timer:window_probe"},
		References: []string{"RFC 6298 (retransmission timer)", "RFC 8985 (RACK-TLP)", rfcFail, ipSysctl + ": tcp_retries2, tcp_orphan_retries, tcp_syn_retries, tcp_synack_retries, tcp_rto_max_ms"},
	},
	{
		Kind:       KeepaliveTimer,
		Short:      Text{"an idle peer will be probed"},
		Waits:      Text{"The connection is idle, and the program asked the kernel to watch the peer (SO_KEEPALIVE)."},
		Fires:      Text{"After {tcp_keepalive_time} idle a probe without data is sent, then one every {tcp_keepalive_intvl} as long as no answer comes. Any segment from the peer starts it all anew."},
		GivesUp:    Text{"After {tcp_keepalive_probes} probes without an answer, {keepalive_end} after the last segment; the program sees ETIMEDOUT. A RST from the peer ends it at once."},
		Sysctls:    []Sysctl{KeepaliveTime, KeepaliveInterval, KeepaliveProbes},
		SS:         []string{"keepalive"},
		Netstat:    []string{"keepalive"},
		Reserve:    Text{"A program can set times of its own (TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT). The kernel reports only the time until the next probe, so the rest may be wrong for such a socket."},
		See:        []string{"timer:fin_wait2", "state:ESTABLISHED"},
		References: []string{"RFC 9293 section 3.8.4 (keep-alives)", "RFC 1122 section 4.2.3.6", ipSysctl + ": tcp_keepalive_time, tcp_keepalive_intvl, tcp_keepalive_probes", "socket(7): SO_KEEPALIVE"},
	},
	{
		Kind:       TimeWaitTimer,
		Short:      Text{"the end of TIME_WAIT"},
		Waits:      Text{"The connection is over; its addresses are kept until no stray segment can be left."},
		Fires:      Text{"The kernel forgets the connection; the local port is free for the same peer again."},
		GivesUp:    Text{"60 s after the last FIN, fixed in the kernel's source; a repeated FIN starts them anew."},
		SS:         []string{"timewait"},
		Netstat:    []string{"timewait"},
		See:        []string{"state:TIME_WAIT", "timer:fin_wait2"},
		References: []string{rfcClose, "Linux include/net/tcp.h (TCP_TIMEWAIT_LEN)"},
	},
	{
		Kind:       WindowProbe,
		Short:      Text{"the peer does not read; its window will be probed"},
		Waits:      Text{"Data is ready, but the peer's window is closed: its program does not read (persist timer)."},
		Fires:      Text{"A probe asks for the size of the window; the next wait doubles, up to {tcp_rto_max_ms}. When the peer's program reads, its kernel tells the new window, and data flows on."},
		GivesUp:    Text{"Never as long as the peer answers the probes, however long its program does not read. Unanswered: after {tcp_retries2} probes (tcp_retries2); without an owner after {orphan_retries} (tcp_orphan_retries, 0 means 8), and even if answered once the wait has grown to {tcp_rto_max_ms}."},
		Sysctls:    []Sysctl{RTOMax, Retries2, OrphanRetries},
		SS:         []string{"persist"},
		Netstat:    []string{"probe"},
		Reserve:    overrides,
		See:        []string{"timer:retransmit", "state:ESTABLISHED"},
		References: []string{"RFC 9293 section 3.8.6.1 (zero-window probing)", "RFC 6429 (persist condition)", ipSysctl + ": tcp_retries2, tcp_orphan_retries"},
	},
	{
		Kind:       FinWait2Timer,
		Short:      Text{"a FIN_WAIT2 without owner waits for the peer's FIN"},
		Waits:      Text{"A FIN_WAIT2 that no program owns waits for the peer's FIN. The kernel reports this timer as timewait, or as keepalive while more than 60 s are left; it is neither."},
		Fires:      Text{"As keepalive: it goes on as timewait for as long as the whole wait is longer than 60 s. As timewait: the socket is dropped, without TIME_WAIT. Should the peer close later, it gets a RST."},
		GivesUp:    Text{"{tcp_fin_timeout} after our FIN was acknowledged (tcp_fin_timeout)."},
		Sysctls:    []Sysctl{FinTimeout},
		SS:         []string{"timewait", "keepalive"},
		Netstat:    []string{"timewait", "keepalive"},
		Reserve:    Text{"A program can set a time of its own with TCP_LINGER2, at most 120 s. The kernel reports only what is left of it."},
		See:        []string{"state:FIN_WAIT2", "timer:time_wait", "timer:keepalive"},
		References: []string{ipSysctl + ": tcp_fin_timeout", tcpMan + ": TCP_LINGER2"},
	},
	{
		Kind:       DelayedAckTimer,
		Short:      Text{"an ACK is held back for a moment"},
		Waits:      Text{"Data came, and the kernel holds its ACK back for a moment, to send it along with an answer."},
		Fires:      Text{"The ACK is sent alone. That is routine, at most 200 ms away, and no sign of trouble."},
		GivesUp:    Text{"It does not: one ACK, and it is over."},
		SS:         []string{"delack"},
		Netstat:    []string{"unkn-5"},
		See:        []string{"state:ESTABLISHED"},
		References: []string{"RFC 9293 section 3.8.6.3 (delayed acknowledgments)", "Linux include/uapi/linux/inet_diag.h; reported by kernels of 2026 and later"},
	},
	{
		Kind:       UnknownTimer,
		Short:      Text{"a timer that this tcpstat does not know"},
		Waits:      Text{"The kernel named a timer by a number that this tcpstat does not know."},
		Fires:      Text{"Cannot be told; a newer kernel may have a new timer."},
		GivesUp:    Text{"Cannot be told."},
		SS:         []string{"unknown"},
		Netstat:    []string{"unkn-N"},
		See:        []string{"state:UNKNOWN"},
		References: []string{"Linux net/ipv4/inet_diag.c"},
	},
}
