package diag

import (
	"context"
	"errors"
	"os"
	"time"
	"unsafe"

	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

const (
	// bufferSize holds any datagram of a dump: the kernel fills at most 32 KiB.
	bufferSize = 64 << 10

	// patience is how long the kernel may take for one datagram. It walks its
	// table while we wait, so this is far beyond the largest table.
	patience = 10 * time.Second

	// wakeup bounds how long a cancelled context goes unnoticed while the kernel
	// does not answer.
	wakeup = 50 * time.Millisecond
)

// conn is one netlink socket. It carries one request after the other.
type conn struct {
	socket *nl.NetlinkSocket
	buffer []byte
}

// dial opens a socket in the network namespace of the calling thread.
func dial() (*conn, error) {
	socket, err := nl.GetNetlinkSocketAt(netns.None(), netns.None(), unix.NETLINK_INET_DIAG)
	if err != nil {
		return nil, &Error{"socket", err}
	}
	return &conn{socket: socket}, nil
}

// dial opens a socket in the namespace that the query asks.
func (q Query) dial() (c *conn, err error) {
	if q.Inside == nil {
		return dial()
	}
	err = q.Inside(func() (err error) {
		c, err = dial()
		return err
	})
	return c, err
}

func (c *conn) close() { c.socket.Close() }

func (c *conn) send(request *nl.NetlinkRequest) error {
	for {
		err := c.socket.Send(request)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, unix.EINTR):
			return &Error{"send", err}
		}
	}
}

// receive returns the next datagram from the kernel, valid until the next call.
func (c *conn) receive(ctx context.Context) ([]byte, error) {
	if c.buffer == nil {
		c.buffer = make([]byte, bufferSize)
	}
	return c.receiveInto(ctx, c.buffer, recvfrom)
}

// receiveInto returns the next datagram from the kernel, in buffer.
func (c *conn) receiveInto(ctx context.Context, buffer []byte, recv receiver) ([]byte, error) {
	deadline := time.Now().Add(patience)
	for {
		if err := ctx.Err(); err != nil {
			return nil, &Error{"receive", err}
		}
		n, kernel, err := recv(c.socket.GetFd(), buffer)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			if err := c.wait(ctx, deadline); err != nil {
				return nil, &Error{"receive", err}
			}
			continue
		case err != nil:
			return nil, &Error{"receive", err}
		case !kernel:
			continue
		case n > len(buffer):
			return nil, &Error{"receive", ErrTruncated}
		}
		return buffer[:n], nil
	}
}

// fromKernel reports whether the kernel sent a datagram: any process with
// CAP_NET_ADMIN may send to a netlink socket.
func fromKernel(from unix.Sockaddr) bool {
	sender, ok := from.(*unix.SockaddrNetlink)
	return ok && sender.Pid == 0
}

// A receiver takes one datagram. It gives the length, however long the buffer is, and
// whether the kernel sent it.
type receiver func(fd int, buffer []byte) (n int, kernel bool, err error)

func recvfrom(fd int, buffer []byte) (n int, kernel bool, err error) {
	n, from, err := unix.Recvfrom(fd, buffer, unix.MSG_TRUNC)
	return n, fromKernel(from), err
}

// recvfromBriefly is recvfrom for a datagram that the kernel fills in a fraction of a
// millisecond. The scheduler does not hear of it: else it would give the processor away
// meanwhile, which costs a tenth of a whole dump.
func recvfromBriefly(fd int, buffer []byte) (n int, kernel bool, err error) {
	var from unix.RawSockaddrNetlink
	size := uint32(unsafe.Sizeof(from))
	got, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(buffer))), uintptr(len(buffer)), unix.MSG_TRUNC|unix.MSG_DONTWAIT,
		uintptr(unsafe.Pointer(&from)), uintptr(unsafe.Pointer(&size)))
	if errno != 0 {
		return 0, false, errno
	}
	return int(got), size == uint32(unsafe.Sizeof(from)) && from.Pid == 0, nil
}

// wait blocks until a datagram is there.
func (c *conn) wait(ctx context.Context, deadline time.Time) error {
	fds := []unix.PollFd{{Fd: int32(c.socket.GetFd()), Events: unix.POLLIN}}
	for time.Now().Before(deadline) {
		n, err := unix.Poll(fds, int(wakeup.Milliseconds()))
		switch {
		case err != nil && !errors.Is(err, unix.EINTR):
			return err
		case n > 0:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
	return os.ErrDeadlineExceeded
}
