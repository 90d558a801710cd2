package nettest

import "tcpstat/tcp"

// Values of Stand.Opener and Stand.Closer.
const (
	active  = "active"
	passive = "passive"
	unknown = "unknown"
	none    = "none"
	local   = "local"
	remote  = "remote"
	both    = "both"
)

func makeListen(b *builder) {
	b.listener = Listen(b.t, V4, 64)
	b.stand("", b.listener, listening(64))
}

// listening is what is true about a listener with an empty accept queue.
func listening(backlog uint32) Stand {
	return Stand{
		State: tcp.Listen, Opener: none, Closer: none,
		Backlog: tcp.Backlog{Limit: tcp.Some(backlog)},
	}
}

// established is what is true about an idle connection.
func established(opener string) Stand {
	return Stand{State: tcp.Established, Opener: opener, Closer: none}
}

func makeBound(b *builder) {
	s := Open(b.t, V4)
	s.Bind(V4)
	b.stand("", s, Stand{State: tcp.Bound, Opener: none, Closer: none})
}

// The listener loses the SYN.
func makeSynSent(b *builder) {
	listener := Listen(b.t, V4, 1, IsDeaf)
	client := Connect(b.t, listener.Local)
	b.stand("", client, synSent)
	b.stand("listener", listener, listening(1))
}

var synSent = Stand{State: tcp.SynSent, SendQueue: 1, Timer: retransmit, Opener: active, Closer: none}

// The client loses the SYN+ACK.
func makeSynRecv(b *builder) {
	client := Connect(b.t, b.listener.Local, IsDeaf)
	b.stand("", client.peer(), Stand{
		State: tcp.SynRecv, Mini: true, Timer: retransmit,
		Ownership: tcp.OwnedByKernel, Opener: passive, Closer: none,
	})
	b.stand("client", client, synSent)
}

func makeEstablished(b *builder) {
	client, server := b.listener.Pair()
	b.stand("", client, established(active))
	b.stand("server", server, established(passive))
}

// The server loses the FIN.
func makeFinWait1(b *builder) {
	client, server := b.listener.Pair()
	Deafen(b.t, server.FD)
	client.Close()
	b.stand("", client, Stand{
		State: tcp.FinWait1, SendQueue: 1, Timer: retransmit,
		Ownership: tcp.Orphan, Opener: active, Closer: local,
	})
	b.stand("server", server, established(passive))
}

// A half-close: the program keeps the socket to read from it.
func makeFinWait2(b *builder) {
	client, server := b.listener.Pair()
	client.Shutdown()
	b.stand("", client, Stand{State: tcp.FinWait2, Opener: active, Closer: local})
	b.stand("server", server, finUnread)
}

// The server loses the client's FIN and sends its own.
func makeClosing(b *builder) {
	client, server := b.listener.Pair()
	Deafen(b.t, server.FD)
	client.Close()
	server.Shutdown()
	b.stand("", client, Stand{
		State: tcp.Closing, RecvQueue: 1, SendQueue: 1, Timer: retransmit,
		Ownership: tcp.Orphan, Opener: active, Closer: both,
	})
	b.stand("server", server, Stand{
		State: tcp.FinWait1, SendQueue: 1, Timer: retransmit, Opener: passive, Closer: local,
	})
}

func makeTimeWait(b *builder) {
	client, server := b.listener.Pair()
	client.Close()
	server.Wait(tcp.CloseWait)
	server.Close()
	b.stand("", client, Stand{
		State: tcp.TimeWait, Mini: true, Timer: timeWait,
		Ownership: tcp.OwnedByKernel, Opener: active, Closer: local,
	})
}

// The client closes first and loses the server's FIN.
func makeLastAck(b *builder) {
	client, server := b.listener.Pair()
	client.Shutdown()
	server.ReadEOF()
	client.Wait(tcp.FinWait2)
	Deafen(b.t, client.FD)
	server.Close()
	b.stand("", server, Stand{
		State: tcp.LastAck, SendQueue: 1, Timer: retransmit,
		Ownership: tcp.Orphan, Opener: passive, Closer: remote,
	})
	b.stand("client", client, Stand{State: tcp.FinWait2, Opener: active, Closer: local})
}
