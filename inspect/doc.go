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
//   - [Look.Facts] puts beside the sockets what else the rules ask, for
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
// To look into another namespace a thread of the process enters it, by a goroutine of
// its own that is locked to it, and the calling goroutine waits; what is called back
// meanwhile, such as the body of a loop over the rows, runs on that thread.
//
// Errors are an [*Error] or those of packages diag, procnet and netns, none of which
// hides fs.ErrNotExist or fs.ErrPermission; [Advice] says in one line what to try. What
// a single socket lacks is no error.
//
// The package prints nothing, changes nothing on the machine but the file of a record,
// does not judge, and keeps no history.
package inspect
