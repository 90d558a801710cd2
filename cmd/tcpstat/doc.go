// Command tcpstat lists the TCP sockets of a Linux machine and says why they are as
// they are. This package is wiring: flags, modes, the terminal, the clock and the exit
// code. What is looked at is read by [tcpstat/inspect] alone; what people and scripts
// see is written by [tcpstat/render], [tcpstat/explain] and [tcpstat/screen].
//
// A command line asks for one mode. Each has a file with its options, the parsing that
// fills them, and a run that takes them:
//
//	list.go        sockets, row by row
//	any.go         whether there is any (-q)
//	groups.go      sockets added up (--by)
//	overview.go    how many in which state, and what the rules find
//	statistics.go  the kernel's counters (-s)
//	watch.go       what changes (--watch); watchscreen.go on a terminal
//	check.go       the judgement, for monitoring
//	explain.go     a page of the encyclopaedia
//
// Those that list sockets share lookOptions: where to look, which, what of them. Which
// flags go together is a table in together.go.
package main

//go:generate go test -run=^TestDocs$ -update .
