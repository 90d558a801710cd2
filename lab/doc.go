// Lab is the laboratory: it stages faults of TCP on this machine, asks tcpstat about
// each as an engineer on call would, and gives points for the answers.
//
//	go run ./lab [-v] [-target PERCENT] [-docs FILE] [NAME...]
//	go run ./lab -healthy DURATION
//
// A [Fault] is one file, fault_NAME.go: it says what is staged, stages it, and says
// what the answers must tell. fault_close_wait_never_reads.go is the one to read
// first.
//
// It is staged among hosts ([Host]) that are joined by a bridge. Each is a set of
// namespaces: a network with an address (10.9.0.1, 10.9.0.2 and so on), processes
// that see only each other, a /proc and a name. On them run real servers where one
// exists and small programs of the lab where a fault asks for one (programs.go).
// Nothing of it touches the machine outside, and all of it dies with the first
// process of its host, which dies with the lab.
//
// When the fault stands, four answers are taken on one host in the same moment, on a
// terminal: the overview, check, the list and the statistics. Five questions are put
// to them, 0 to 2 points for each:
//
//	cause    what is wrong, and why?
//	culprit  which process, port or peer?
//	side     is it this machine, the peer, or the way between?
//	ends     when is it over, or when does it become worse?
//	do       what is to be done?
//
// No answer may blame an innocent or say that all is well: [Fault.Never].
//
// Beside the faults there is a healthy load (healthy.go), under which questions are
// asked on all hosts again and again. What is found then is either among those that an
// engineer would call true, as the gap while nginx is restarted, or a false alarm.
package main
