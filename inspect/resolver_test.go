package inspect

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"testing"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// An address whose name did not come in time is not waited for again.
func TestResolveOnce(t *testing.T) {
	saved := net.DefaultResolver
	defer func() { net.DefaultResolver = saved }()
	silent := func(asked func()) *net.Resolver {
		return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			asked()
			<-ctx.Done()
			return nil, ctx.Err()
		}}
	}
	r := newResolver(nil)
	see := func(remote string) {
		r.add(&tcp.Socket{Remote: netip.MustParseAddrPort(remote)})
	}

	see("192.0.2.1:80")
	ctx, cancel := context.WithCancel(t.Context())
	net.DefaultResolver = silent(cancel)
	r.resolve(ctx)

	see("192.0.2.1:443")
	net.DefaultResolver = silent(func() { t.Error("asked again") })
	r.resolve(t.Context())

	see("192.0.2.2:80")
	ctx, cancel = context.WithCancel(t.Context())
	net.DefaultResolver = silent(cancel)
	r.resolve(ctx)
	if ctx.Err() == nil {
		t.Error("a new address is not asked for")
	}
	cancel()
}

// A name is asked for the address that is on the wire, of each end that has one, and
// is told without the root's dot. TIME_WAIT has names too.
func TestNames(t *testing.T) {
	saved := net.DefaultResolver
	defer func() { net.DefaultResolver = saved }()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go answerName(theirs)
		return ours, nil
	}}
	m, _ := open(t, Options{Proc: tree(t, map[string]string{
		"net/tcp":  procTCP(sock{state: tcp.TimeWait, local: "192.0.2.1:1", remote: "192.0.2.2:22"}),
		"net/tcp6": procTCP(sock{state: tcp.Established, local: "[::ffff:192.0.2.3]:1", remote: "[::ffff:192.0.2.2]:1"}, sock{state: tcp.Listen, local: "[::]:1"}),
	})})
	l := m.Look(Query{Names: true})
	same(t, "names", rows(t, l, func(r *listing.Row) string { return r.Local.Host + " " + r.Remote.Host + " " + r.User }),
		"web.test web.test ", "web.test web.test root", "  root")
	for _, addr := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"} {
		if h := l.resolver.hosts[netip.MustParseAddr(addr)]; h != (host{"web.test", true}) {
			t.Errorf("%s is %+v", addr, h)
		}
	}
	if len(l.resolver.hosts) != 3 {
		t.Errorf("asked for %v", l.resolver.hosts)
	}
}

// answerName answers one question for a name over TCP (RFC 1035, 4.2.2): web.test.
func answerName(c net.Conn) {
	defer c.Close()
	var length [2]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return
	}
	question := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(c, question); err != nil {
		return
	}
	const header = 12
	end := header + bytes.IndexByte(question[header:], 0) + 1 + 4 // behind type and class
	reply := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, question[header:end]...)
	reply = append(reply, 0xc0, header, 0, 12, 0, 1, 0, 0, 0, 60, 0, 10)
	reply = append(reply, "\x03web\x04test\x00"...)
	_, _ = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
}

// Users have names where they are known, once for each.
func TestUsers(t *testing.T) {
	r := newResolver(nil)
	for uid, want := range map[uint32]string{0: "root", 4_000_000_000: ""} {
		if got := r.user(&tcp.Socket{UID: tcp.Some(uid)}); got != want {
			t.Errorf("user %d is %q", uid, got)
		}
	}
	if got := r.user(&tcp.Socket{}); got != "" {
		t.Errorf("nobody is %q", got)
	}
}
