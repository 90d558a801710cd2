package procnet

import "tcpstat/tcp"

// Netstat reads /proc/net/netstat (netstat_seq_show in net/ipv4/proc.c, and
// mptcp_seq_show in net/mptcp/mib.c): what Linux counts beyond the MIBs.
func (p Proc) Netstat() (tcp.Counters, error) {
	return p.counterFile("netstat", parsePairs)
}
