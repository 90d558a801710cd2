package diag

import (
	"context"
)

// The kernel fills a datagram while it is asked for one (netlink_recvmsg() in
// net/netlink/af_netlink.c), which takes about as long as to decode and print the one
// before: on two processors both go on at once. Datagrams are handed over by the
// batch, since to wake the other side for each costs what is gained.

const (
	// aheadAfter is how many datagrams come one by one: a short dump is over by then.
	aheadAfter = 32

	// batchSize is the room for a batch, of 7 full datagrams or more.
	batchSize = 256 << 10

	// batches is how many there are: one is filled while the other is used.
	batches = 2
)

// batch is some datagrams in one buffer.
type batch struct {
	buffer []byte
	starts []int // of each datagram, and where the last one ends
	given  int   // datagrams
}

// fill receives until the batch is full or the answer to request seq has ended.
func (b *batch) fill(ctx context.Context, c *conn, seq uint32) (done bool, err error) {
	end := 0
	b.starts, b.given = append(b.starts[:0], end), 0
	for !done && len(b.buffer)-end >= bufferSize {
		datagram, err := c.receiveInto(ctx, b.buffer[end:], recvfromBriefly)
		if err != nil {
			return true, err
		}
		end += len(datagram)
		b.starts = append(b.starts, end)
		done = endsDump(datagram, seq)
	}
	return done, nil
}

// take gives the first datagram that was not given yet, nil where all were.
func (b *batch) take() []byte {
	if b == nil || b.given == len(b.starts)-1 {
		return nil
	}
	b.given++
	return b.buffer[b.starts[b.given-1]:b.starts[b.given]]
}

// ahead receives the answer to one request while what came before is used.
type ahead struct {
	full, empty chan *batch
	batch       *batch // in use
	err         error  // what ended the answer early, once full is closed
	cancel      context.CancelFunc
}

// receiveAhead begins to receive the answer to request seq. Until stop has returned,
// nobody else may receive.
func (c *conn) receiveAhead(ctx context.Context, seq uint32) *ahead {
	ctx, cancel := context.WithCancel(ctx)
	a := &ahead{full: make(chan *batch, batches), empty: make(chan *batch, batches), cancel: cancel}
	for range batches {
		a.empty <- &batch{buffer: make([]byte, batchSize)}
	}
	go a.run(ctx, c, seq)
	return a
}

// run fills batches until the answer ends, or nobody wants more.
func (a *ahead) run(ctx context.Context, c *conn, seq uint32) {
	defer close(a.full)
	for b := range a.empty {
		done, err := b.fill(ctx, c, seq)
		a.err = err
		a.full <- b
		if done {
			return
		}
	}
}

// next returns the next datagram, valid until the next call. After the one that ends
// the answer there is none.
func (a *ahead) next(ctx context.Context) ([]byte, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, &Error{"receive", err}
		}
		if datagram := a.batch.take(); datagram != nil {
			return datagram, nil
		}
		if a.batch != nil {
			a.empty <- a.batch
		}
		var ok bool
		if a.batch, ok = <-a.full; !ok {
			return nil, a.err
		}
	}
}

// stop waits until nothing is received any more.
func (a *ahead) stop() {
	a.cancel()
	close(a.empty)
	for range a.full {
	}
}

// endsDump reports whether nothing comes after a datagram that answers request seq.
func endsDump(datagram []byte, seq uint32) bool {
	for len(datagram) > 0 {
		m, rest, ok := nextMessage(datagram)
		if !ok || m.seq == seq && m.endsDump() {
			return true
		}
		datagram = rest
	}
	return false
}
