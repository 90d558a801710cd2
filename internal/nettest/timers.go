package nettest

import (
	"fmt"

	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// The timers as the kernel numbers them. No timer is the zero Timer.
var (
	retransmit   = tcp.Timer{Kind: tcp.RetransmitTimer, Code: 1}
	keepalive    = tcp.Timer{Kind: tcp.KeepaliveTimer, Code: 2}
	timeWait     = tcp.Timer{Kind: tcp.TimeWaitTimer, Code: 3}
	windowProbe  = tcp.Timer{Kind: tcp.WindowProbe, Code: 4}
	finWait2     = tcp.Timer{Kind: tcp.FinWait2Timer, Code: 3}
	finWait2Full = tcp.Timer{Kind: tcp.FinWait2Timer, Code: 2}
)

// The server loses the data.
func makeRetransmit(b *builder) {
	client, server := b.listener.Pair()
	Deafen(b.t, server.FD)
	client.Send(100)
	b.stand("", client, Stand{
		State: tcp.Established, SendQueue: 100, Timer: retransmit, Opener: active, Closer: none,
	})
	b.stand("server", server, established(passive))
}

func makeKeepalive(b *builder) {
	client, server := b.listener.Pair(WithInt(unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1))
	b.stand("", client, Stand{State: tcp.Established, Timer: keepalive, Opener: active, Closer: none})
	b.stand("server", server, established(passive))
}

// Nobody reads from the server, whose window closes.
func makeWindowProbe(b *builder) {
	listener := Listen(b.t, V4, 1, WithInt(unix.SOL_SOCKET, unix.SO_RCVBUF, 4096))
	client, server := listener.Pair(WithInt(unix.SOL_SOCKET, unix.SO_SNDBUF, 16384))
	client.Fill()
	Poll(b.t, func() error {
		if info := client.Info(); info.Unacked > 0 || info.Notsent_bytes == 0 {
			return fmt.Errorf("%d segments in flight, %d bytes unsent", info.Unacked, info.Notsent_bytes)
		}
		return nil
	})
	st := Stand{State: tcp.Established, Timer: windowProbe, Opener: active, Closer: none}
	st.SendQueue = client.queued(unix.SIOCOUTQ)
	b.stand("", client, st)
	received := established(passive)
	received.RecvQueue = server.queued(unix.SIOCINQ)
	b.stand("server", server, received)
	b.stand("listener", listener, listening(1))
}

// With TCP_LINGER2 above 60 s the kernel keeps the whole socket and waits with
// the timer of keepalives.
func makeFinWait2Full(b *builder) {
	client, server := b.listener.Pair(WithInt(unix.IPPROTO_TCP, unix.TCP_LINGER2, 120))
	client.Close()
	b.stand("", client, Stand{
		State: tcp.FinWait2, Timer: finWait2Full,
		Ownership: tcp.Orphan, Opener: active, Closer: local,
	})
	b.stand("server", server, finUnread)
}
