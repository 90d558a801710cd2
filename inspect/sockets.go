package inspect

import (
	"context"
	"iter"

	"tcpstat/diag"
	"tcpstat/filter"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// want says which sockets are read and what of them.
type want struct {
	ipv4, ipv6               bool
	states                   tcp.Set
	info, memory, congestion bool
	condition                filter.Node // what may be left out; the caller judges

	// inside runs a function in the namespace that is read; nil: the calling thread is
	// in it.
	inside func(func() error) error
}

// sockets streams what w asks for, on the calling goroutine: only what is opened is
// opened inside the namespace. Under the policy Auto it turns to /proc when the very
// first answer of the run says that sock_diag cannot be had; never later, so that one
// list has one source.
func (m *Machine) sockets(ctx context.Context, w want) iter.Seq2[*tcp.Socket, error] {
	return func(yield func(*tcp.Socket, error) bool) {
		if m.ProcOnly() {
			m.used = Proc
			m.fromProc(ctx, w)(yield)
			return
		}
		for s, err := range m.fromKernel(ctx, w) {
			if m.policy == Auto && !m.started && unavailable(err) {
				m.fallBack(err)
				m.fromProc(ctx, w)(yield)
				return
			}
			m.started, m.used = true, Netlink
			if !yield(s, err) {
				return
			}
		}
		m.started, m.used = true, Netlink
	}
}

func (m *Machine) fromKernel(ctx context.Context, w want) iter.Seq2[*tcp.Socket, error] {
	q := diag.Query{
		IPv4: w.ipv4, IPv6: w.ipv6, States: w.states,
		Info: w.info, Memory: w.memory, Congestion: w.congestion,
		Condition: w.condition, Inside: w.inside, Sockets: func() int { return m.socketCount(w.inside) },
	}
	if m.recorded != nil {
		return diag.Replay(ctx, m.recorded.messages, q)
	}
	return diag.Dump(ctx, q)
}

func (m *Machine) fromProc(ctx context.Context, w want) iter.Seq2[*tcp.Socket, error] {
	return m.proc.Sockets(ctx, procnet.Query{IPv4: w.ipv4, IPv6: w.ipv6, States: w.states, Inside: w.inside})
}

// socketCount estimates how many sockets there are.
func (m *Machine) socketCount(inside func(func() error) error) (n int) {
	if inside == nil {
		return m.proc.SocketCount()
	}
	_ = inside(func() error { // an estimate may fail
		n = m.proc.SocketCount()
		return nil
	})
	return n
}

func (m *Machine) fallBack(reason error) {
	m.used, m.started = Proc, true
	m.options.Warn("sock_diag is not available (%v); reading /proc/net/tcp, which knows less", RootCause(reason))
}
