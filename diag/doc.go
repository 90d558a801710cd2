// Package diag asks the Linux kernel for its TCP sockets over
// NETLINK_SOCK_DIAG and decodes the answer.
//
// [Dump] walks the sockets of a network namespace as a stream: one request
// ([Query] says which states and which attributes, so that the kernel sends no
// more than is needed, and carries a filter as bytecode), datagrams of up to
// 32 KiB in return, each message decoded in place into one
// [tcpstat/tcp.Socket] that is handed on and then reused. [Get] asks for one
// socket. [Replay] walks a dump that was recorded. A [Feed] tells of sockets that
// end, between one dump and the next.
//
// Every user may ask; nothing of it needs a privilege. A dump is a walk and not
// a snapshot: it visits the listeners and then the hash table of connections
// while connections come and go, so that the two ends of a loopback connection
// may be seen at different times.
//
// What the kernel says in bytes is decoded by pure functions, tested on
// recorded datagrams; the thin rest is in conn.go. The socket and the request
// are those of github.com/vishvananda/netlink/nl. Its decoders are not used:
// they cannot tell an absent field from a zero, and collect what should stream.
// To look into another network namespace, ask from inside (package netns).
//
// All errors of this package are an [*Error] or a [*MessageError].
package diag
