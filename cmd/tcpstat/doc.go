// Command tcpstat lists the TCP sockets of a Linux machine and says why they
// are as they are. This package is wiring: flags, the choice of source, the
// terminal, the clock and the exit code. What TCP means stands in
// [tcpstat/tcp], what the kernel says is read by [tcpstat/diag] and
// [tcpstat/procnet], what is wrong is found by [tcpstat/health], and what people
// and scripts see is written by [tcpstat/render].
//
// The way of one list: [listFlags] are weighed into [listOptions]; a [source]
// is chosen; a [lister] reads what must be known first and then streams the
// sockets; a [page] turns each into a row and hands it to a [printer].
//
// A check and the overview are lists whose printer is an [examiner]: it counts the
// rows, and judges when it is asked for the tail. A [watcher] takes one list after
// the other and tells what changed. [statistics] (-s) has counters instead of
// sockets.
package main

//go:generate go test -run=^TestDocs$ -update .
