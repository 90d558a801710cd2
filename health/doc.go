// Package health judges the TCP of a machine by rules and says what to do.
//
// The story of one check:
//
//   - [Census] takes the sockets of one look, one after the other, and keeps no
//     more than what the rules ask: numbers by process, listener and peer.
//   - [Facts] puts beside it what else is known: the kernel's counters and what
//     they were a while ago, settings, the memory of the machine. What is not
//     known is absent.
//   - [Check] applies each [Rule]: it measures ([Metric]), compares with the
//     thresholds ([Range]) and gives one [Result] with its worst subject and the
//     evidence. A rule of which the facts do not tell enough is not judged, with
//     the reason; "cannot tell" is never OK.
//   - A finding that follows from another stays quiet ([Result.ExplainedBy]), so
//     that the root cause speaks first and alone.
//
// Rules are data ([Rules], by name [Find] and [Ask]): their texts, thresholds with the source of each
// number, and what explains them away. Values go in and values come out; nothing
// is read and nothing printed here.
package health
