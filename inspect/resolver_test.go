package inspect

import (
	"context"
	"net"
	"net/netip"
	"testing"

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
