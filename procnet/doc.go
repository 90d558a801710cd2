// Package procnet reads what /proc says about TCP and returns it as values of
// package tcp. It prints nothing and decides nothing.
//
// Each kernel file has its Go file and its function:
//
//	/proc/net/tcp, tcp6        tcp.go       [Proc.Sockets]
//	/proc/net/snmp             snmp.go      [Proc.SNMP]
//	/proc/net/netstat          netstat.go   [Proc.Netstat]
//	/proc/net/snmp6            snmp6.go     [Proc.SNMP6]
//	/proc/net/sockstat         sockstat.go  [Proc.Sockstat]
//	/proc/net/sockstat6        sockstat6.go [Proc.Sockstat6]
//	/proc/sys/net              sysctl.go    [Proc.Sysctls]
//	/proc/PID/fd               fd.go        [Proc.Owners]; listed.go in any file system
//	/proc/PID/comm, ...        process.go   [Proc.Processes]
//	/proc/PID/exe, stat, ...   detail.go    [Processes.Detailed]
//	/proc/stat                 detail.go    [Proc.BootTime]
//	/proc/PID/limits           limits.go    [Proc.OpenFiles]
//	/proc/PID/cgroup           cgroup.go    [Proc.CgroupOf]
//	/proc/PID/mountinfo        mountinfo.go where cgroup2 is mounted, for [Proc.Cgroups]
//	/proc/PID/ns/net           proc.go      [Proc.NetNS]
//	/proc/sys/kernel/hostname  hostname.go  [Proc.Hostname]
//	/proc/sys/kernel/random    bootid.go    [Proc.BootID]
//	any of them, as it is      keep.go      [Proc.ReadFile]
//
// [Proc.Counters] and [Proc.Levels] put the counters of these files together.
//
// All of them start from a [Proc]: this machine's ([Self], or [ThreadSelf]
// inside another network namespace), another one's ([At]), or any file system
// ([New]).
//
// Sock_diag knows the cgroup of a socket by a number. [Proc.Cgroups] walks the
// mounted hierarchy for its path, and [ParseCgroup] tells what a path says.
//
// The kernel's text tells less than sock_diag does. There is no limit of the
// accept queue, no socket that is merely bound, no cookie, interface, mark,
// cgroup, shutdown, IPV6_V6ONLY, socket memory, tcp_info or congestion control:
// these stay absent in the [tcp.Socket].
//
// All input is foreign. A line that cannot be read is a [*LineError] that quotes
// it, and reading goes on.
package procnet
