// Package filter is the language in which sockets are chosen: that of ss, with
// its traps taken out.
//
//	state close-wait,last-ack ( dport = :https or dst 10/8 ) process java
//
// The story of one filter:
//
//   - [Parse] reads the text by hand, word by word, and looks up the names in it
//     through functions that are handed in ([Names]): this package asks nothing
//     of the machine. A mistake is an [*Error] that points at the word and says
//     what was expected. What comes from outside is bounded in length and depth.
//   - [Expr] is the result: the states that were named ([Expr.States], which the
//     kernel can apply as a mask) and a condition ([Expr.Condition], a tree of
//     [And], [Or], [Not] and predicates). [Expr.String] writes it back.
//   - [Expr.Needs] tells what must be read about a socket beyond itself.
//   - [Expr.Match] judges a [Subject]: a socket with its conclusions and owners.
//
// "not" binds tightest, then "and", then "or". Conditions side by side are
// joined by and. Words that name states stand outside of parentheses and apply
// to the whole filter, wherever they stand.
//
// A judgement is a [Truth] of three values. A value that is not known (an age
// without bounds, tcp_info from /proc, owners that are hidden) makes a
// comparison Unknown, and so its negation: such a socket is not chosen by
// "rtt > 5ms", nor by "not rtt > 5ms". The caller can count what was Unknown and
// say so. The remote endpoint of a listener is, as in the kernel and in ss, address
// and port 0.
package filter
