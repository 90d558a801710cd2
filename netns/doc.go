// Package netns finds the network namespaces of this machine, names them, and
// runs a function inside one.
//
// [Find] takes what a user writes: a name that `ip netns` has given, the number
// of a process, or a path. [All] finds every namespace that a process is in or
// that has a name. [Namespace.Do] runs a function on a thread that has entered
// the namespace and ends with the function, so that no other part of the program
// is ever led there. The function must read on that thread what depends on the
// namespace: a netlink socket belongs to the namespace of the thread that opens
// it, and so do /proc/thread-self/net and /proc/sys/net; goroutines that the
// function starts run elsewhere.
//
// Entering takes CAP_SYS_ADMIN, both in the user namespace of the caller and in
// that to which the network namespace belongs; the caller's own takes nothing.
//
// All errors of this package are an [*Error].
package netns
