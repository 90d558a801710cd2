package diag

import (
	"context"
	"errors"
	"iter"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"tcpstat/tcp"
)

// Groups of NETLINK_SOCK_DIAG (enum sknetlink_groups in
// include/uapi/linux/sock_diag.h).
const (
	groupTCPDestroy  = 1 // SKNLGRP_INET_TCP_DESTROY
	groupTCP6Destroy = 3 // SKNLGRP_INET6_TCP_DESTROY
)

// feedBuffer is the room for what is not read yet, for some 10,000 sockets. The
// kernel gives so much to CAP_NET_ADMIN only, to others what net.core.rmem_max
// allows, which is room for a few hundred.
const feedBuffer = 16 << 20

// Feed tells of sockets that end, as the kernel broadcasts it (sock_diag_destroy()
// in net/core/sock_diag.c, since Linux 4.2). It needs no privilege.
type Feed struct {
	file *os.File
	lost atomic.Uint32 // as the kernel counts, from the beginning
}

// Subscribe joins the feed of the calling thread's network namespace. An [*Error]
// says that the kernel does not have it or does not let us.
func Subscribe() (*Feed, error) {
	socket, err := nl.Subscribe(unix.NETLINK_INET_DIAG, groupTCPDestroy, groupTCP6Destroy)
	if err != nil {
		return nil, &Error{"subscribe", err}
	}
	defer socket.Close()
	if socket.SetReceiveBufferSize(feedBuffer, true) != nil {
		if err := socket.SetReceiveBufferSize(feedBuffer, false); err != nil {
			return nil, &Error{"subscribe", err}
		}
	}
	// A descriptor of our own lets the runtime wait for it.
	fd, err := unix.FcntlInt(uintptr(socket.GetFd()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, &Error{"subscribe", err}
	}
	return &Feed{file: os.NewFile(uintptr(fd), "sock_diag feed")}, nil
}

// Close leaves the feed.
func (f *Feed) Close() error { return f.file.Close() }

// Ends yields the sockets that end, until ctx does, which is no error. It waits
// for them in between. The socket is valid until the next step.
//
// A socket carries what the kernel tells of its end: family, both ends, device,
// cookie, queues and the final tcp_info. It is told neither its last state nor an
// owner: the state is 0, inode and user are absent. Told are connections, refused
// ones too, and bound and listening sockets. A connection that turns into a
// mini-socket (TIME_WAIT, the end of an orphaned FIN_WAIT2) is told then, and not
// again when that ends. The mini-socket has the same cookie if there was one: a
// socket gets it when it is first dumped, or told of here. One that never was more than a mini-socket is not told.
//
// A connection that its program has aborted (SO_LINGER 0) looks like a bound socket:
// the kernel has cleared the remote end and the counts by then (tcp_disconnect() in
// net/ipv4/tcp.c). Queues and tcp_info are told with a remote end only.
//
// What the kernel could not deliver is counted by [Feed.Lost]; the feed goes on. A
// *[MessageError] comes with a nil socket and the feed goes on after it. An
// *[Error] comes last.
func (f *Feed) Ends(ctx context.Context) iter.Seq2[*tcp.Socket, error] {
	return func(yield func(*tcp.Socket, error) bool) {
		stop := context.AfterFunc(ctx, func() { _ = f.file.SetReadDeadline(time.Unix(1, 0)) })
		defer stop()
		raw, err := f.file.SyscallConn()
		if err != nil {
			yield(nil, &Error{"receive", err})
			return
		}
		r := feedReader{raw: raw, buffer: make([]byte, bufferSize)}
		for ctx.Err() == nil {
			datagram, err := r.receive()
			switch {
			case errors.Is(err, unix.ENOBUFS): // counted by Lost
			case errors.Is(err, os.ErrDeadlineExceeded):
			case err != nil:
				yield(nil, &Error{"receive", err})
				return
			case !r.messages(datagram, yield):
				return
			}
		}
	}
}

// Lost counts the sockets whose end the kernel could not tell, because what it
// told before was not read in time (ENOBUFS). It may be called while Ends waits.
func (f *Feed) Lost() uint32 {
	raw, err := f.file.SyscallConn()
	if err != nil {
		return f.lost.Load()
	}
	// It fails once the feed is closed: the last count is then good.
	_ = raw.Control(func(fd uintptr) {
		if drops, ok := socketDrops(fd); ok {
			f.lost.Store(drops)
		}
	})
	return f.lost.Load()
}

// socketDrops reads what the kernel counts as dropped on a socket of ours
// (SO_MEMINFO, since Linux 4.12).
func socketDrops(fd uintptr) (drops uint32, ok bool) {
	const dropsAt = 8 // SK_MEMINFO_DROPS
	var words [dropsAt + 1]uint32
	size := uint32(unsafe.Sizeof(words))
	_, _, failed := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&words)), uintptr(unsafe.Pointer(&size)), 0)
	return words[dropsAt], failed == 0 && size == uint32(unsafe.Sizeof(words))
}

// feedReader reads and decodes one datagram after the other.
type feedReader struct {
	raw     syscall.RawConn
	buffer  []byte
	decoder decoder
}

// receive waits for the next datagram from the kernel, valid until the next call.
func (r *feedReader) receive() (datagram []byte, err error) {
	failed := r.raw.Read(func(fd uintptr) bool {
		n, from, e := unix.Recvfrom(int(fd), r.buffer, unix.MSG_TRUNC)
		for e == unix.EINTR {
			n, from, e = unix.Recvfrom(int(fd), r.buffer, unix.MSG_TRUNC)
		}
		switch {
		case e == unix.EAGAIN:
			return false
		case e != nil:
			err = e
		case fromKernel(from):
			datagram = r.buffer[:min(n, len(r.buffer))]
		}
		return true
	})
	if failed != nil {
		err = failed
	}
	return datagram, err
}

// messages yields the sockets of one datagram. A message that is cut off ends it.
func (r *feedReader) messages(datagram []byte, yield func(*tcp.Socket, error) bool) bool {
	for len(datagram) > 0 {
		m, rest, ok := nextMessage(datagram)
		if !ok {
			return yield(nil, &MessageError{Length: len(datagram)})
		}
		datagram = rest
		if m.kind != nl.SOCK_DIAG_BY_FAMILY {
			continue
		}
		s, err := r.decoder.decodeEnd(m.payload)
		if !yield(s, err) {
			return false
		}
	}
	return true
}

// decodeEnd is decode for a message of the feed, in which state, user, inode and
// timer are placeholders.
func (d *decoder) decodeEnd(payload []byte) (*tcp.Socket, error) {
	s, err := d.decode(payload)
	if err != nil {
		return nil, err
	}
	s.State, s.Mini, s.Timer = 0, false, tcp.Timer{}
	if !s.HasRemote() || s.Remote.Port() == 0 {
		s.Remote, s.Info, s.RTO, s.RecvQueue, s.SendQueue = netip.AddrPort{}, tcp.Info{}, tcp.Opt[time.Duration]{}, 0, 0
	}
	s.UID, s.Inode = tcp.Opt[uint32]{}, tcp.Opt[uint64]{}
	s.Shutdown, s.CgroupID = tcp.Opt[uint8]{}, tcp.Opt[uint64]{}
	return s, nil
}
