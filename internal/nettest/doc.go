// Package nettest gives tests a network namespace of their own, and the pieces
// to put TCP sockets of every kind into it.
//
//   - [Run], called from TestMain, executes the test binary again in a fresh
//     network namespace: the whole process, so that /proc/net and sock_diag
//     speak of the same sockets. Nothing that a test does there can touch the
//     machine. [Need] guards a test that cannot do without it.
//   - [Listen], [Connect], [Pair], [Deafen], [Hear] and [Sysctl] make the
//     sockets that a test needs, such as one in its third retransmission.
//
// Everything happens on loopback and by the kernel's own rules. What makes it
// deterministic is the deaf socket ([Deafen]): it loses every segment that is
// sent to it, so that its peer stays where it is.
package nettest
