package diag

import (
	"context"
	"errors"
	"os"
	"time"

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

// conn is one netlink socket with one request on it.
type conn struct {
	socket *nl.NetlinkSocket
	buffer []byte
}

// dial opens a socket in the namespace at path, or in the caller's when path is
// empty. The calling thread is back in its own namespace when dial returns.
func dial(path string) (*conn, error) {
	namespace := netns.None()
	if path != "" {
		var err error
		if namespace, err = netns.GetFromPath(path); err != nil {
			return nil, &Error{"namespace", &os.PathError{Op: "open", Path: path, Err: err}}
		}
		defer namespace.Close()
	}
	socket, err := nl.GetNetlinkSocketAt(namespace, netns.None(), unix.NETLINK_INET_DIAG)
	if err != nil {
		return nil, &Error{"socket", err}
	}
	return &conn{socket: socket}, nil
}

func (c *conn) close() { c.socket.Close() }

func (c *conn) send(request *nl.NetlinkRequest) error {
	if err := c.socket.Send(request); err != nil {
		return &Error{"send", err}
	}
	return nil
}

// receive returns the next datagram from the kernel, valid until the next call.
func (c *conn) receive(ctx context.Context) ([]byte, error) {
	if c.buffer == nil {
		c.buffer = make([]byte, bufferSize)
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, &Error{"receive", err}
		}
		n, from, err := unix.Recvfrom(c.socket.GetFd(), c.buffer, unix.MSG_TRUNC)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			if err := c.wait(ctx); err != nil {
				return nil, &Error{"receive", err}
			}
			continue
		case err != nil:
			return nil, &Error{"receive", err}
		case n > len(c.buffer):
			return nil, &Error{"receive", ErrTruncated}
		}
		if sender, ok := from.(*unix.SockaddrNetlink); !ok || sender.Pid != 0 {
			continue // any process may send to a netlink socket; only the kernel is asked
		}
		return c.buffer[:n], nil
	}
}

// wait blocks until a datagram is there.
func (c *conn) wait(ctx context.Context) error {
	deadline := time.Now().Add(patience)
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
