// Package tcp says what TCP is: its states and their spellings, the moves
// between them, the timers, and what one socket's values prove about its past
// and its future. It holds values only. It reads nothing, prints nothing and
// imports nothing but the standard library, so that every sentence that tcpstat
// says about a socket can be tested without a kernel.
//
// The story of one socket:
//
//   - [Socket] is what a kernel told about it. A reader ([tcpstat/diag] or
//     [tcpstat/procnet]) fills it; what the reader could not know is absent,
//     never zero ([Opt], [Info.Get]).
//   - [State] is where its connection stands, in any spelling. [Transitions] is
//     RFC 9293 figure 5. What a state means, [tcpstat/explain] says.
//   - [Machine] is what else must be known of the machine: its [Sysctls] and its
//     listeners.
//   - [Annotate] puts the two together into a [View]: who opened and who closes,
//     who owns it, how long it has been so, when the kernel gives up. [NoteOf]
//     makes of it a [Note] for people.
//
// Texts for people are data, keyed by [Lang].
package tcp
