package procnet

import "tcpstat/tcp"

// Sockstat6 reads /proc/net/sockstat6 (sockstat6_seq_show in net/ipv6/proc.c).
func (p Proc) Sockstat6() (tcp.Counters, error) {
	return p.counterFile("sockstat6", parseSections)
}
