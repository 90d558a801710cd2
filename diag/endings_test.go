package diag

import (
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// ended is a socket that has ended, and what its last message must prove.
type ended struct {
	local  netip.AddrPort
	opener tcp.Opener
	want   tcp.Ending
}

// nobody is an address that nobody listens at.
func nobody(t *testing.T) netip.AddrPort {
	t.Helper()
	listener := nettest.Listen(t, nettest.V4, 1)
	listener.Close()
	return listener.Local
}

// inTheEnd are connections that end in the ways that a program or a peer can end them.
func inTheEnd(t *testing.T) map[string]ended {
	t.Helper()
	const active, passive = tcp.OpenedActive, tcp.OpenedPassive
	all := map[string]ended{}
	deaf := nettest.Listen(t, nettest.V4, 8, nettest.IsDeaf)
	abort := func(s *nettest.Sock) {
		nettest.WithAbortiveClose(s)
		s.Close()
	}
	// pair makes a connection of which both ends are closed in turn.
	pair := func(name string, first, second tcp.Ending, end func(client, server *nettest.Sock)) {
		client, server := nettest.Pair(t)
		end(client, server)
		for _, s := range []*nettest.Sock{client, server} {
			if s.FD >= 0 {
				s.Close()
			}
		}
		all[name+", client"] = ended{client.Local, active, first}
		all[name+", server"] = ended{server.Local, passive, second}
	}

	// What takes a second goes first, and together.
	patient := nettest.Connect(t, deaf.Local)
	silent, lost := nettest.Pair(t, nettest.WithInt(unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 400))
	nettest.Deafen(t, lost.FD)
	silent.Send(1)
	forgetful, rebooted := nettest.Pair(t)
	nettest.Deafen(t, forgetful.FD)
	abort(rebooted) // and its RST is not heard
	time.Sleep(1100 * time.Millisecond)
	nettest.Hear(t, forgetful.FD)
	forgetful.Send(1)
	forgetful.Wait(tcp.Close)
	silent.Wait(tcp.Close)
	for _, s := range []*nettest.Sock{patient, forgetful, silent} {
		s.Close()
	}
	all["given up after a second"] = ended{patient.Local, active, tcp.EndUnanswered}
	all["the peer has forgotten it"] = ended{forgetful.Local, active, tcp.EndForgotten}
	all["timed out"] = ended{silent.Local, active, tcp.EndSilent}

	hasty := nettest.Connect(t, deaf.Local)
	hasty.Close()
	all["given up at once"] = ended{hasty.Local, active, tcp.EndCutShort}
	refused := nettest.Connect(t, nobody(t))
	refused.Wait(tcp.Close)
	refused.Close()
	all["refused"] = ended{refused.Local, active, tcp.EndRefused}

	pair("the client closes first", tcp.EndClosed, tcp.EndClosed, func(client, server *nettest.Sock) {
		client.Send(1000)
		server.ReadSome()
		client.Close()
		server.Wait(tcp.CloseWait)
	})
	pair("the server closes first", tcp.EndClosed, tcp.EndClosed, func(client, server *nettest.Sock) {
		server.Send(1000)
		client.ReadSome()
		server.Close()
		client.Wait(tcp.CloseWait)
	})
	pair("the client has data unread", tcp.EndUnread, tcp.EndReset, func(client, server *nettest.Sock) {
		server.Send(1000)
		nettest.Poll(t, client.HasUnread)
		client.Close()
		server.Wait(tcp.Close)
	})
	pair("the server has data unread", tcp.EndReset, tcp.EndUnread, func(client, server *nettest.Sock) {
		client.Send(1000)
		nettest.Poll(t, server.HasUnread)
		server.Close()
		client.Wait(tcp.Close)
	})
	return all
}

// The last message about a socket proves how it ended.
func TestEndings(t *testing.T) {
	nettest.Namespace(t)
	f := subscribe(t)
	all := inTheEnd(t)
	ends := map[string]netip.AddrPort{}
	for name, e := range all {
		ends[name] = e.local
	}
	found := endsTold(t, f, ends)
	for name, e := range all {
		s, ok := found[name]
		if !ok {
			t.Errorf("%s: not told", name)
			continue
		}
		if got := tcp.EndingOf(&s, e.opener); got != e.want {
			t.Errorf("%s: %v, want %v (%+v)", name, got, e.want, s)
		}
		patience, known := tcp.Patience(&s).Get()
		if e.want == tcp.EndUnanswered && s.Info.Whole() && (!known || patience < time.Second || patience > 3*time.Second) {
			t.Errorf("%s: given up after %v, %v", name, patience, known)
		}
	}
}

// A connect() that blocks, and an abort, lose the peer.
func TestEndingsWithoutPeer(t *testing.T) {
	nettest.Namespace(t)
	f := subscribe(t)
	blocking := nettest.Open(t, nettest.V4)
	blocking.Bind(nettest.V4)
	to := nobody(t)
	if err := unix.SetNonblock(blocking.FD, false); err != nil {
		t.Fatal(err)
	}
	if err := unix.Connect(blocking.FD, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}); err != unix.ECONNREFUSED {
		t.Fatal(err)
	}
	blocking.Close()
	client, server := nettest.Pair(t)
	nettest.WithAbortiveClose(server)
	server.Close()
	client.Close()
	for name, s := range endsTold(t, f, map[string]netip.AddrPort{"listener": blocking.Local, "aborted": server.Local}) {
		if got := tcp.EndingOf(&s, tcp.OpenedActive); s.HasRemote() || got != tcp.EndUnknown {
			t.Errorf("%s: %v to %v", name, got, s.Remote)
		}
	}
}
