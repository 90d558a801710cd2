package nettest

import "tcpstat/tcp"

// The four ways in which a program neglects a closed connection. The peer is
// closed: an orphan in FIN_WAIT2, of which the kernel keeps a mini-socket.
var (
	eofRead   = Stand{State: tcp.CloseWait, Opener: passive, Closer: remote, Verdict: "eof_read"}
	finUnread = Stand{State: tcp.CloseWait, RecvQueue: 1, Opener: passive, Closer: remote, Verdict: "fin_unread"}

	dataUnread = Stand{State: tcp.CloseWait, RecvQueue: 14, Opener: passive, Closer: remote, Verdict: "data_unread"}

	notAccepted = Stand{
		State: tcp.CloseWait, RecvQueue: 1, Ownership: tcp.Unaccepted,
		Opener: passive, Closer: remote, Verdict: "not_accepted",
	}

	finWait2Mini = Stand{
		State: tcp.FinWait2, Mini: true, Timer: finWait2,
		Ownership: tcp.Orphan, Opener: active, Closer: local,
	}
)

func makeEOFRead(b *builder) {
	client, server := b.listener.Pair()
	client.Abandon()
	server.ReadEOF()
	b.stand("", server, eofRead)
	b.stand("client", client, finWait2Mini)
}

func makeFinUnread(b *builder) {
	client, server := b.listener.Pair()
	client.Abandon()
	b.stand("", server, finUnread)
	b.stand("client", client, finWait2Mini)
}

func makeDataUnread(b *builder) {
	client, server := b.listener.Pair()
	client.Send(13)
	client.Abandon()
	b.stand("", server, dataUnread)
	b.stand("client", client, finWait2Mini)
}

func makeNotAccepted(b *builder) {
	listener := Listen(b.t, V4, 4)
	client := Connect(b.t, listener.Local)
	client.Wait(tcp.Established)
	client.Abandon()
	b.stand("", client.peer(), notAccepted)
	b.stand("client", client, finWait2Mini)
	b.stand("listener", listener, holding(1, 4))
}

// holding is what is true about a listener with connections that wait.
func holding(used, limit uint32) Stand {
	st := listening(limit)
	st.Backlog.Used = used
	return st
}
