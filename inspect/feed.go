package inspect

import (
	"context"
	"sync"

	"tcpstat/diag"
	"tcpstat/tcp"
)

// feed hands on what the kernel tells of sockets that end, on a goroutine of its own.
type feed struct {
	*diag.Feed
	leave func() // ends the goroutine; nil: it has ended
	fault any    // what it panicked with
}

// listen joins the kernel's feed until its context ends or it is closed. A socket is
// valid until take returns. An error is diag's.
func (m *Machine) listen(ctx context.Context, take func(*tcp.Socket, error)) (*feed, error) {
	f := new(feed)
	err := m.inside(func() (err error) {
		f.Feed, err = diag.Subscribe()
		return err
	})
	if err != nil {
		return nil, err
	}
	listening, stop := context.WithCancel(ctx)
	var listener sync.WaitGroup
	listener.Go(func() {
		defer func() { f.fault = recover() }()
		for s, err := range f.Ends(listening) {
			take(s, err)
		}
	})
	f.leave = func() {
		stop()
		listener.Wait()
	}
	return f, nil
}

// close leaves the feed. A fault of the goroutine that listens comes out here, where
// whoever has a terminal can give it back first.
func (f *feed) close() {
	if f == nil || f.leave == nil {
		return
	}
	f.leave()
	f.Close()
	if f.leave = nil; f.fault != nil {
		panic(f.fault)
	}
}
