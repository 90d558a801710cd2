// Package inspect looks at the TCP of a machine, whatever is known of it: over sock_diag
// or from /proc, of this network namespace, another or all of them, of another machine's
// /proc, or of a record.
//
// The story of one look:
//
//   - [Open] finds the [Machine] that [Options] name. Nothing of its sockets is read
//     yet. Where sock_diag cannot be had, the first answer says so, and /proc is read in
//     its place; one look never mixes the two.
//   - [Machine.Look] takes a [Query]: which sockets, by states, families and a filter
//     that [tcpstat/filter.Parse] has read with [Machine.FilterNames], and what of each.
//     What is not asked for costs nothing.
//   - [Look.Rows] yields one [tcpstat/listing.Row] after the other while the kernel
//     answers; a row is valid until the next. It can be called again and again.
//   - [Look.Head] tells where and when, from the first row on; [Look.Tail] how many
//     there were, and what could not be told of them. Nothing is left out in silence.
//   - [Look.Facts] adds the counters, settings and owners that rules need, for
//     [tcpstat/health.Check].
//
// Beside that, [Machine.Watch] follows sockets from sample to sample with a
// [tcpstat/watch.Watch], [Machine.Record] keeps a whole look in a file that
// Options.Replay shows again, and [Machine.Counts] reads the kernel's counters.
//
// Every user may look. Owners of other users' sockets are seen with CAP_SYS_PTRACE,
// and another network namespace is entered with CAP_SYS_ADMIN; what is hidden is said to
// be hidden, in [tcpstat/listing.Tail.Missing] and through Options.Warn.
//
// To look into another namespace a thread of its own enters it, opens what is to be
// read, and ends; the calling goroutine waits for that. What the caller does with a row
// it does at home, where it always was.
//
// Errors are an [*Error] or those of packages diag, procnet and netns, none of which
// hides fs.ErrNotExist or fs.ErrPermission; [Advice] says in one line what to try. What
// a single socket lacks is no error.
//
// The package prints nothing, writes nothing but the file of a record, and does not
// judge. What it advises is in the words of the command line; a program decides by
// errors.Is.
package inspect
