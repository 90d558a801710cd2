// Package health judges the TCP of a machine by rules and says what to do.
//
// The story of one check:
//
//   - [Census] takes the sockets of one look, one after the other, and keeps no
//     more than what the rules ask: numbers by listener, peer and route, and the
//     inodes of sockets that a program holds too long.
//   - [Facts] puts beside it what else is known: the kernel's counters and what
//     they were a while ago, settings, who owns those inodes. What is not known is
//     absent.
//   - [Check] applies each [Rule]: it measures ([Metric]), compares with the
//     thresholds ([Range]) and gives one [Result] with its worst subject and the
//     evidence. A rule that the facts cannot decide has no Result but a [NotJudged]
//     with the reason. If it was named, or the filter could not tell, the [Report]
//     is UNKNOWN at least; otherwise it may be OK without that rule.
//   - A finding that follows from another stays quiet ([Result.ExplainedBy]), so
//     that the root cause speaks first and alone.
//
// Rules are data ([Rules], by name [Find] and [Ask]): their texts, thresholds with the
// source of each number, and what explains them away. Values go in and values come
// out; nothing is read and nothing printed here.
package health
