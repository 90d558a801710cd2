package tcp

import "time"

// Sysctls are the settings of a network namespace that decide how long its
// sockets wait, under /proc/sys/net/ipv4. A setting that could not be read is
// absent; see [Sysctls.Value].
type Sysctls map[Sysctl]int64

// Sysctl names one setting.
type Sysctl string

// The settings that tcpstat knows.
const (
	Retries1          Sysctl = "tcp_retries1"
	Retries2          Sysctl = "tcp_retries2"
	OrphanRetries     Sysctl = "tcp_orphan_retries"
	RTOMax            Sysctl = "tcp_rto_max_ms"
	SynRetries        Sysctl = "tcp_syn_retries"
	SynLinearTimeouts Sysctl = "tcp_syn_linear_timeouts"
	SynAckRetries     Sysctl = "tcp_synack_retries"
	FinTimeout        Sysctl = "tcp_fin_timeout"
	KeepaliveTime     Sysctl = "tcp_keepalive_time"
	KeepaliveInterval Sysctl = "tcp_keepalive_intvl"
	KeepaliveProbes   Sysctl = "tcp_keepalive_probes"
	MaxTWBuckets      Sysctl = "tcp_max_tw_buckets"
	TWReuse           Sysctl = "tcp_tw_reuse"
	RFC1337           Sysctl = "tcp_rfc1337"
	MaxSynBacklog     Sysctl = "tcp_max_syn_backlog"
	SynCookies        Sysctl = "tcp_syncookies"
	MaxOrphans        Sysctl = "tcp_max_orphans"
	AbortOnOverflow   Sysctl = "tcp_abort_on_overflow"
	Somaxconn         Sysctl = "somaxconn"           // net/core
	PortRangeLow      Sysctl = "ip_local_port_range" // the first of its two numbers
	PortRangeHigh     Sysctl = "ip_local_port_range:high"
	MemPressure       Sysctl = "tcp_mem:pressure" // the second of its three numbers
	MemMax            Sysctl = "tcp_mem:max"
	ConntrackCount    Sysctl = "nf_conntrack_count" // net/netfilter
	ConntrackMax      Sysctl = "nf_conntrack_max"
)

// SysctlDoc documents a setting.
type SysctlDoc struct {
	Name    Sysctl
	Path    string // below /proc/sys/net
	Field   int    // which of the numbers in the file
	Default int64  // the kernel's own, where the machine's size does not decide
	Absent  int64  // what a kernel without the setting does
	Since   string // first kernel that has it, empty when all do
	Unit    string
	Meaning Text
}

// SysctlDocs documents every setting, in the order of the constants.
var SysctlDocs = []SysctlDoc{
	{Retries1, "ipv4/tcp_retries1", 0, 3, 3, "", "retransmissions", Text{"after so many the route is checked again", "이 횟수를 넘으면 경로를 다시 확인"}},
	{Retries2, "ipv4/tcp_retries2", 0, 15, 15, "", "retransmissions", Text{
		"how long unacknowledged data is sent again before the connection ends",
		"ACK가 없는 데이터를 얼마나 재전송한 뒤 연결을 끝낼지",
	}},
	{OrphanRetries, "ipv4/tcp_orphan_retries", 0, 0, 0, "", "retransmissions", Text{
		"the same for sockets that no program owns any more; 0 means 8",
		"소유한 프로그램이 없는 소켓에 대한 같은 값; 0은 8을 뜻함",
	}},
	{RTOMax, "ipv4/tcp_rto_max_ms", 0, 120000, 120000, "6.15", "ms", Text{"longest wait between two retransmissions", "재전송 사이의 최대 대기 시간"}},
	{SynRetries, "ipv4/tcp_syn_retries", 0, 6, 6, "", "retransmissions", Text{
		"how often a SYN is sent again with doubling waits",
		"대기 시간을 두 배씩 늘리며 SYN을 재전송하는 횟수",
	}},
	{SynLinearTimeouts, "ipv4/tcp_syn_linear_timeouts", 0, 4, 0, "6.5", "retransmissions", Text{
		"SYNs sent again at even intervals before the waits double",
		"대기 시간이 두 배씩 늘기 전, 일정 간격으로 SYN을 재전송하는 횟수",
	}},
	{SynAckRetries, "ipv4/tcp_synack_retries", 0, 5, 5, "", "retransmissions", Text{"how often a SYN+ACK is sent again", "SYN+ACK를 재전송하는 횟수"}},
	{FinTimeout, "ipv4/tcp_fin_timeout", 0, 60, 60, "", "s", Text{
		"how long an orphaned FIN_WAIT2 waits for the peer's FIN",
		"고아(orphan) FIN_WAIT2가 상대의 FIN을 기다리는 시간",
	}},
	{KeepaliveTime, "ipv4/tcp_keepalive_time", 0, 7200, 7200, "", "s", Text{"idle time before the first keepalive probe", "첫 keepalive 프로브까지의 유휴 시간"}},
	{KeepaliveInterval, "ipv4/tcp_keepalive_intvl", 0, 75, 75, "", "s", Text{"time between keepalive probes", "keepalive 프로브 간격"}},
	{KeepaliveProbes, "ipv4/tcp_keepalive_probes", 0, 9, 9, "", "probes", Text{
		"unanswered keepalive probes before the connection ends",
		"연결을 끝내기까지 응답 없는 keepalive 프로브 수",
	}},
	{MaxTWBuckets, "ipv4/tcp_max_tw_buckets", 0, 0, 0, "", "sockets", Text{"most TIME_WAIT sockets kept at once", "동시에 유지하는 TIME_WAIT 소켓의 최대 수"}},
	{TWReuse, "ipv4/tcp_tw_reuse", 0, 2, 0, "", "", Text{
		"reuse of TIME_WAIT sockets for outgoing connections: 0 never, 1 always, 2 on loopback",
		"나가는 연결에 TIME_WAIT 소켓 재사용: 0 안 함, 1 항상, 2 loopback에서만",
	}},
	{RFC1337, "ipv4/tcp_rfc1337", 0, 0, 0, "", "", Text{"1: a RST does not end TIME_WAIT", "1: RST가 TIME_WAIT를 끝내지 않음"}},
	{MaxSynBacklog, "ipv4/tcp_max_syn_backlog", 0, 0, 0, "", "sockets", Text{"half-open connections from which on strangers are turned away, while tcp_syncookies is 0", "tcp_syncookies가 0일 때 모르는 상대를 거절하기 시작하는 반개방(half-open) 연결 수"}},
	{SynCookies, "ipv4/tcp_syncookies", 0, 1, 0, "", "", Text{
		"answers to SYNs that need no queue: 0 never, 1 when the SYN queue is full, 2 always",
		"SYN 큐가 필요 없는 SYN 응답(SYN 쿠키): 0 안 함, 1 큐가 가득 차면, 2 항상",
	}},
	{MaxOrphans, "ipv4/tcp_max_orphans", 0, 0, 0, "", "sockets", Text{
		"most sockets without owner; not in child namespaces",
		"소유자 없는 소켓의 최대 수; 하위 네임스페이스에는 없음",
	}},
	{AbortOnOverflow, "ipv4/tcp_abort_on_overflow", 0, 0, 0, "", "", Text{
		"1: a full accept queue answers with RST instead of silence",
		"1: accept 큐가 가득 차면 무응답 대신 RST로 응답",
	}},
	{Somaxconn, "core/somaxconn", 0, 4096, 4096, "", "connections", Text{"ceiling of a listener's backlog", "리스너 백로그(backlog)의 상한"}},
	{PortRangeLow, "ipv4/ip_local_port_range", 0, 32768, 32768, "", "port", Text{"first port for outgoing connections", "나가는 연결에 쓰는 첫 포트"}},
	{PortRangeHigh, "ipv4/ip_local_port_range", 1, 60999, 60999, "", "port", Text{"last port for outgoing connections", "나가는 연결에 쓰는 마지막 포트"}},
	{MemPressure, "ipv4/tcp_mem", 1, 0, 0, "", "pages", Text{
		"memory of all TCP buffers from which the kernel economizes; not in child namespaces",
		"커널이 절약을 시작하는 전체 TCP 버퍼 메모리; 하위 네임스페이스에는 없음",
	}},
	{MemMax, "ipv4/tcp_mem", 2, 0, 0, "", "pages", Text{
		"the most that all TCP buffers may take; not in child namespaces",
		"전체 TCP 버퍼가 쓸 수 있는 최대 메모리; 하위 네임스페이스에는 없음",
	}},
	{ConntrackCount, "netfilter/nf_conntrack_count", 0, 0, 0, "", "connections", Text{
		"connections that the firewall tracks now; only where it does",
		"방화벽이 지금 추적하는 연결 수; 추적할 때만 있음",
	}},
	{ConntrackMax, "netfilter/nf_conntrack_max", 0, 0, 0, "", "connections", Text{"the most that the firewall tracks", "방화벽이 추적하는 최대 연결 수"}},
}

// Value gives a setting: this machine's, or else what a kernel without it does.
func (s Sysctls) Value(name Sysctl) int64 {
	if v, ok := s[name]; ok {
		return v
	}
	return sysctlDoc(name).Absent
}

// known reports whether all of these settings were read, or are known to be
// missing from an older kernel.
func (s Sysctls) known(names ...Sysctl) bool {
	for _, name := range names {
		if !s.Setting(name).Known {
			return false
		}
	}
	return true
}

// Duration gives a setting that is a time.
func (s Sysctls) Duration(name Sysctl) time.Duration {
	unit := time.Second
	if sysctlDoc(name).Unit == "ms" {
		unit = time.Millisecond
	}
	return time.Duration(s.Value(name)) * unit
}

func sysctlDoc(name Sysctl) SysctlDoc {
	for _, d := range SysctlDocs {
		if d.Name == name {
			return d
		}
	}
	return SysctlDoc{}
}
