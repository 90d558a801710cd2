package diag_test

import (
	"net/netip"
	"testing"

	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// What is concluded about every kind of socket is what is true about it.
func TestConclusionsAreTrue(t *testing.T) {
	scene := nettest.Build(t)
	machine := tcp.Machine{Sysctls: tcp.Sysctls{tcp.PortRangeLow: 32768, tcp.PortRangeHigh: 60999}}
	sockets := dump(t, "/proc/thread-self/ns/net")
	for i := range sockets {
		machine.Listeners.Add(&sockets[i])
	}
	for _, st := range scene.Stands {
		t.Run(st.Name, func(t *testing.T) {
			s := findStand(sockets, st)
			if s == nil {
				t.Fatal("not in the dump")
			}
			v := tcp.Annotate(s, &machine)
			ownership := st.Ownership
			if ownership == tcp.OwnerUnknown {
				ownership = tcp.OwnedByProcess // as long as nobody looks for the process
			}
			if v.Ownership != ownership {
				t.Errorf("ownership %v, not %v", v.Ownership, ownership)
			}
			if v.Opener.String() != st.Opener || v.Closer.String() != st.Closer || v.Verdict.String() != st.Verdict {
				t.Errorf("opener %v, closer %v, verdict %q, not %v, %v, %q",
					v.Opener, v.Closer, v.Verdict, st.Opener, st.Closer, st.Verdict)
			}
			if n := tcp.NoteOf(s, &v, &machine); n.Empty() != silent(s) {
				t.Errorf("note %q", n.String())
			}
		})
	}
}

func findStand(sockets []tcp.Socket, st *nettest.Stand) *tcp.Socket {
	for i := range sockets {
		if st.Is(&sockets[i]) {
			return &sockets[i]
		}
	}
	return nil
}

// silent reports whether there is nothing to say about s: a connection that
// nothing is wrong with, a listener that nobody waits for.
func silent(s *tcp.Socket) bool {
	switch s.State {
	case tcp.Listen:
		return s.Backlog.Used == 0
	case tcp.Established:
		return s.Inode.Or(0) != 0 && s.Timer.Retransmits == 0 && s.Timer.Probes == 0 && s.Timer.Kind != tcp.WindowProbe
	}
	return false
}

// An IPv6 socket bound to the IPv4 wildcard takes IPv4 connections.
func TestListenerOnMappedWildcard(t *testing.T) {
	namespace := nettest.Namespace(t)
	listener := nettest.Open(t, nettest.V6)
	listener.Bind(netip.MustParseAddr("::ffff:0.0.0.0"))
	listener.Listen(1)
	client := nettest.Connect(t, netip.AddrPortFrom(nettest.V4, listener.Local.Port()))
	client.Wait(tcp.Established)
	machine := tcp.Machine{Sysctls: tcp.Sysctls{tcp.PortRangeLow: 32768, tcp.PortRangeHigh: 60999}}
	for _, s := range dump(t, namespace) {
		machine.Listeners.Add(&s)
	}
	for _, s := range dump(t, namespace) {
		if s.State == tcp.Established && s.Local.Port() == listener.Local.Port() {
			if opener := tcp.OpenerOf(&s, &machine); opener != tcp.OpenedPassive {
				t.Errorf("opener of %v is %v", s.Local, opener)
			}
			return
		}
	}
	t.Error("no connection")
}
