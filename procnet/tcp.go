package procnet

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"iter"
	"math"
	"net/netip"
	"path"
	"time"

	"tcpstat/tcp"
)

// Query says which sockets are wanted. The zero Query selects none.
type Query struct {
	IPv4, IPv6 bool    // v4-mapped sockets belong to IPv6
	States     tcp.Set // BOUND is in no list of /proc

	// Inside runs a function on a thread that is in the network namespace of the files,
	// where that is not the calling one ([ThreadSelf]); nil: it is. Only the opening of
	// a file runs inside.
	Inside func(func() error) error
}

// Sockets reads /proc/net/tcp, then /proc/net/tcp6. The socket is valid until
// the next step.
//
// A line that cannot be read yields a [*LineError] and the walk goes on. Lines
// of states that were not asked for are only read as far as the state. Any other
// error ends the walk: the context's, a read that failed, or that there is no
// file tcp (fs.ErrNotExist). A missing tcp6 is none: the kernel was started
// without IPv6.
//
// It needs no privilege. The kernel writes the list page by page, so that a
// socket that comes or goes meanwhile may be missed or shown twice. Addresses
// are in the byte order of the machine that wrote the file, which must be that
// of this one.
func (p Proc) Sockets(ctx context.Context, q Query) iter.Seq2[*tcp.Socket, error] {
	return func(yield func(*tcp.Socket, error) bool) {
		if q.IPv4 && !p.sockets(ctx, tcp.IPv4, "tcp", q, yield) {
			return
		}
		if q.IPv6 {
			p.sockets(ctx, tcp.IPv6, "tcp6", q, yield)
		}
	}
}

// sockets reads one file. It reports whether the walk goes on.
func (p Proc) sockets(
	ctx context.Context, family tcp.Family, file string, q Query,
	yield func(*tcp.Socket, error) bool,
) bool {
	name := path.Join(p.net, file)
	f, err := p.openInside(name, q.Inside)
	if family == tcp.IPv6 && errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err != nil {
		yield(nil, err)
		return false
	}
	defer f.Close()

	rows := rows{lines: newLines(ctx, p.path(name), f), row: row{family: family, states: q.States}}
	var lineError *LineError
	for {
		s, err := rows.next()
		if err == io.EOF {
			return true
		}
		if !yield(s, err) || err != nil && !errors.As(err, &lineError) {
			return false
		}
	}
}

// openInside opens a file on a thread that inside chooses.
func (p Proc) openInside(name string, inside func(func() error) error) (f fs.File, err error) {
	if inside == nil {
		return p.open(name)
	}
	err = inside(func() (err error) {
		f, err = p.open(name)
		return err
	})
	return f, err
}

// rows are the sockets of one file.
type rows struct {
	*lines
	row row
}

// next returns the next socket that is wanted, valid until the next call.
func (r *rows) next() (*tcp.Socket, error) {
	for {
		line, err := r.lines.next()
		switch {
		case err != nil:
			return nil, err
		case r.number == 1 && isHeader(line):
		case !r.row.parse(line):
			return nil, r.rowError(line)
		case r.row.wanted:
			return &r.row.socket, nil
		}
	}
}

// rowError is what is wrong with the line that was parsed last.
func (r *rows) rowError(line []byte) *LineError {
	err := r.error(line, r.row.at, r.row.reason)
	if r.row.wanted {
		err.State = r.row.socket.State
	}
	return err
}

func isHeader(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte("sl"))
}

// row is one line of /proc/net/tcp or tcp6 (get_tcp4_sock, get_timewait4_sock
// and get_openreq4 in net/ipv4/tcp_ipv4.c, their likes in net/ipv6/tcp_ipv6.c):
//
//	sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt
//	uid timeout inode refcnt pointer [rto ato quick cwnd ssthresh]
//
// A row of a mini-socket ends after the pointer.
type row struct {
	family tcp.Family
	states tcp.Set

	cursor
	socket tcp.Socket
	wanted bool // the socket is in states
}

// tick is the unit of times in /proc, 1/USER_HZ, 10 ms on every architecture
// that Go knows, whatever the HZ of the kernel.
const tick = 10 * time.Millisecond

// parse reads one line into r.socket. When it reports false, reason and at say
// why.
func (r *row) parse(line []byte) bool {
	r.cursor = cursor{line: line}
	r.socket = tcp.Socket{Family: r.family}
	s := &r.socket

	r.decimal("sl", ':', math.MaxUint64)
	s.Local = r.addrPort("local_address", "local port")
	remote := r.addrPort("rem_address", "remote port")
	s.State = tcp.State(r.hex("st", ' ', 2, 2))
	r.wanted = r.reason == "" && r.states.Has(s.State)
	if !r.wanted {
		return r.reason == ""
	}
	if s.State != tcp.Listen && s.State != tcp.Bound {
		s.Remote = remote
	}
	r.queues()
	r.timer()
	uid := uint32(r.decimal("uid", ' ', math.MaxUint32))
	s.Timer.Probes = uint8(r.decimal("timeout", ' ', math.MaxUint8))
	inode := r.decimal("inode", ' ', math.MaxUint64)
	r.decimal("refcnt", ' ', math.MaxInt32)
	r.printable("pointer")
	s.Mini = isMini(s.State) && !r.more()
	if !s.Mini {
		// The uid of a mini-socket is no owner's: 0 for TIME_WAIT, and the
		// listener's for SYN_RECV, which is what netstat prints.
		s.UID, s.Inode = tcp.Some(uid), tcp.Some(inode)
		r.rest()
	}
	s.Timer.Kind = tcp.KindOf(s.Timer.Code, s.State, inode != 0)
	return r.reason == ""
}

// isMini reports whether a socket in state s may be a mini-socket.
func isMini(s tcp.State) bool {
	return s == tcp.SynRecv || s == tcp.TimeWait || s == tcp.FinWait2
}

// queues reads tx_queue:rx_queue. The latter is the accept queue of a listener,
// whose limit the kernel does not show here.
func (r *row) queues() {
	tx := uint32(r.hex("tx_queue", ':', 8, 8))
	rx := uint32(r.hex("rx_queue", ' ', 8, 8))
	if r.socket.State == tcp.Listen {
		r.socket.Backlog.Used = rx
	} else {
		r.socket.SendQueue, r.socket.RecvQueue = tx, rx
	}
}

// timer reads tr:tm->when and retrnsmt. The kernel prints a long with at least 8
// digits.
func (r *row) timer() {
	t := &r.socket.Timer
	t.Code = uint8(r.hex("tr", ':', 2, 2))
	t.Expires = r.ticks("tm->when", r.hex("tm->when", ' ', 8, 16))
	retransmits := r.hex("retrnsmt", ' ', 8, 8)
	if retransmits > math.MaxUint8 {
		r.fail("retrnsmt", "want at most FF")
	}
	t.Retransmits = uint8(retransmits)
}

// rest reads what only full sockets have. A newer kernel may append more.
func (r *row) rest() {
	rto := r.ticks("rto", r.decimal("rto", ' ', math.MaxUint64))
	r.decimal("ato", ' ', math.MaxUint64)
	r.decimal("quick", ' ', math.MaxUint32)
	r.decimal("cwnd", ' ', math.MaxUint32)
	r.signed("ssthresh")
	if rto > 0 { // 0: less than a tick
		r.socket.RTO = tcp.Some(rto)
	}
}

func (r *row) ticks(what string, n uint64) time.Duration {
	if n > uint64(math.MaxInt64/tick) {
		r.fail(what, "too long a time")
		return 0
	}
	return time.Duration(n) * tick
}

// addrPort reads an address and a port. The address is one word of 32 bits, or
// four, printed as numbers of the machine; the port is in plain order.
func (r *row) addrPort(what, port string) netip.AddrPort {
	var addr netip.Addr
	if r.family == tcp.IPv6 {
		addr = r.addr6(what)
	} else {
		var b [4]byte
		binary.NativeEndian.PutUint32(b[:], uint32(r.hex(what, ':', 8, 8)))
		addr = netip.AddrFrom4(b)
	}
	return netip.AddrPortFrom(addr, uint16(r.hex(port, ' ', 4, 4)))
}

func (r *row) addr6(what string) netip.Addr {
	var b [16]byte
	word := r.word(what, ':')
	if len(word) != 32 {
		r.fail(what, "want 32 hexadecimal digits")
		return netip.Addr{}
	}
	for i := range 4 {
		v, ok := parseHex(word[8*i : 8*i+8])
		if !ok {
			r.fail(what, "want 32 hexadecimal digits")
		}
		binary.NativeEndian.PutUint32(b[4*i:], uint32(v))
	}
	return netip.AddrFrom16(b)
}
