// Package nettest gives tests a network namespace of their own, and in it every
// TCP state, timer and kind of ownership that Linux knows.
//
//   - [Run], called from TestMain, executes the test binary again in a fresh
//     network namespace: the whole process, so that /proc/net and sock_diag
//     speak of the same sockets. Nothing that a test does there can touch the
//     machine. [Need] guards a test that cannot do without it.
//   - [Build] makes the [Scene]: a table of sockets ([Stand]), each made by one
//     short function, with what is true about it. A reader of the kernel is
//     right when it says the same.
//   - [Listen], [Connect], [Pair], [Deafen], [Hear] and [Sysctl] are the pieces
//     that the scene is made of, for tests that need a socket of their own, such
//     as one in its third retransmission.
//
// Everything happens on loopback and by the kernel's own rules. What makes it
// deterministic is the deaf socket ([Deafen]): it loses every segment that is
// sent to it, so that its peer stays where it is.
package nettest
