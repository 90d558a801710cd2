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
	{Retries1, "ipv4/tcp_retries1", 0, 3, 3, "", "retransmissions", Text{"after so many the route is checked again"}},
	{Retries2, "ipv4/tcp_retries2", 0, 15, 15, "", "retransmissions", Text{"how long unacknowledged data is sent again before the connection ends"}},
	{OrphanRetries, "ipv4/tcp_orphan_retries", 0, 0, 0, "", "retransmissions", Text{"the same for sockets that no program owns any more; 0 means 8"}},
	{RTOMax, "ipv4/tcp_rto_max_ms", 0, 120000, 120000, "6.15", "ms", Text{"longest wait between two retransmissions"}},
	{SynRetries, "ipv4/tcp_syn_retries", 0, 6, 6, "", "retransmissions", Text{"how often a SYN is sent again with doubling waits"}},
	{SynLinearTimeouts, "ipv4/tcp_syn_linear_timeouts", 0, 4, 0, "6.5", "retransmissions", Text{"SYNs sent again at even intervals before the waits double"}},
	{SynAckRetries, "ipv4/tcp_synack_retries", 0, 5, 5, "", "retransmissions", Text{"how often a SYN+ACK is sent again"}},
	{FinTimeout, "ipv4/tcp_fin_timeout", 0, 60, 60, "", "s", Text{"how long an orphaned FIN_WAIT2 waits for the peer's FIN"}},
	{KeepaliveTime, "ipv4/tcp_keepalive_time", 0, 7200, 7200, "", "s", Text{"idle time before the first keepalive probe"}},
	{KeepaliveInterval, "ipv4/tcp_keepalive_intvl", 0, 75, 75, "", "s", Text{"time between keepalive probes"}},
	{KeepaliveProbes, "ipv4/tcp_keepalive_probes", 0, 9, 9, "", "probes", Text{"unanswered keepalive probes before the connection ends"}},
	{MaxTWBuckets, "ipv4/tcp_max_tw_buckets", 0, 0, 0, "", "sockets", Text{"most TIME_WAIT sockets kept at once"}},
	{TWReuse, "ipv4/tcp_tw_reuse", 0, 2, 0, "", "", Text{"reuse of TIME_WAIT sockets for outgoing connections: 0 never, 1 always, 2 on loopback"}},
	{RFC1337, "ipv4/tcp_rfc1337", 0, 0, 0, "", "", Text{"1: a RST does not end TIME_WAIT"}},
	{MaxSynBacklog, "ipv4/tcp_max_syn_backlog", 0, 0, 0, "", "sockets", Text{"most half-open connections of one listener"}},
	{MaxOrphans, "ipv4/tcp_max_orphans", 0, 0, 0, "", "sockets", Text{"most sockets without owner; not in child namespaces"}},
	{AbortOnOverflow, "ipv4/tcp_abort_on_overflow", 0, 0, 0, "", "", Text{"1: a full accept queue answers with RST instead of silence"}},
	{Somaxconn, "core/somaxconn", 0, 4096, 4096, "", "connections", Text{"ceiling of a listener's backlog"}},
	{PortRangeLow, "ipv4/ip_local_port_range", 0, 32768, 32768, "", "port", Text{"first port for outgoing connections"}},
	{PortRangeHigh, "ipv4/ip_local_port_range", 1, 60999, 60999, "", "port", Text{"last port for outgoing connections"}},
	{MemPressure, "ipv4/tcp_mem", 1, 0, 0, "", "pages", Text{"memory of all TCP buffers from which the kernel economizes; not in child namespaces"}},
	{MemMax, "ipv4/tcp_mem", 2, 0, 0, "", "pages", Text{"the most that all TCP buffers may take; not in child namespaces"}},
	{ConntrackCount, "netfilter/nf_conntrack_count", 0, 0, 0, "", "connections", Text{"connections that the firewall tracks now; only where it does"}},
	{ConntrackMax, "netfilter/nf_conntrack_max", 0, 0, 0, "", "connections", Text{"the most that the firewall tracks"}},
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
