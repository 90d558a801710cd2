package inspect

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcpstat/filter"
	"tcpstat/internal/machine"
	"tcpstat/listing"
	"tcpstat/tcp"
)

// sock is a socket as a fixture tells it, over sock_diag or as a line of /proc.
type sock struct {
	state         tcp.State
	local, remote string // remote is empty for LISTEN and BOUND
	inode         uint64
	device        uint32
	cgroup        uint64
	drops         uint32 // told where they are not 0
	info          int    // bytes of tcp_info
	flags         uint16 // of the message
}

const (
	here, there = "127.0.0.1:8080", "192.0.2.1:49152"

	// wholeInfo is the size of a tcp_info with all that is known here.
	wholeInfo = 280

	// kernelBound is what the kernel calls BOUND: CLOSE.
	kernelBound = 7
)

func (s sock) ends() (local, remote netip.AddrPort) {
	local = netip.MustParseAddrPort(s.local)
	if s.remote == "" {
		return local, netip.AddrPortFrom(map[bool]netip.Addr{true: netip.IPv4Unspecified(), false: netip.IPv6Unspecified()}[local.Addr().Is4()], 0)
	}
	return local, netip.MustParseAddrPort(s.remote)
}

// number is the kernel's number of the state.
func (s sock) number() byte {
	if s.state == tcp.Bound {
		return kernelBound
	}
	return byte(s.state)
}

// message is the socket as a netlink message (struct inet_diag_msg). Its cookie is
// made of the local port.
func (s sock) message() []byte {
	local, remote := s.ends()
	payload := []byte{unix.AF_INET6, s.number(), 0, 0}
	if local.Addr().Is4() {
		payload[0] = unix.AF_INET
	}
	payload = binary.BigEndian.AppendUint16(payload, local.Port())
	payload = binary.BigEndian.AppendUint16(payload, remote.Port())
	for _, end := range []netip.Addr{local.Addr(), remote.Addr()} {
		payload = append(payload, append(end.AsSlice(), make([]byte, 16)...)[:16]...)
	}
	for _, word := range []uint32{s.device, uint32(local.Port()), 0, 0, 0, 0, 0, uint32(s.inode)} {
		payload = binary.NativeEndian.AppendUint32(payload, word)
	}
	if s.info > 0 {
		payload = attribute(payload, 2, make([]byte, s.info))
	}
	if s.drops > 0 {
		payload = attribute(payload, 7, binary.NativeEndian.AppendUint32(make([]byte, 32), s.drops))
	}
	if s.cgroup > 0 {
		payload = attribute(payload, 21, binary.NativeEndian.AppendUint64(nil, s.cgroup))
	}
	return netlink(20, s.flags, payload)
}

func attribute(to []byte, kind uint16, value []byte) []byte {
	to = binary.NativeEndian.AppendUint16(to, uint16(4+len(value)))
	return append(binary.NativeEndian.AppendUint16(to, kind), value...)
}

func netlink(kind, flags uint16, payload []byte) []byte {
	m := binary.NativeEndian.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(payload)))
	m = binary.NativeEndian.AppendUint16(m, kind)
	m = binary.NativeEndian.AppendUint16(m, flags)
	return append(append(m, make([]byte, 8)...), payload...)
}

// done is the message at the end of a dump.
func done() []byte { return netlink(unix.NLMSG_DONE, 0, make([]byte, 4)) }

// line is the socket as /proc/net/tcp has it.
func (s sock) line() string {
	local, remote := s.ends()
	rest := fmt.Sprintf("00:00000000 00000000     0        0 %d 1 0000000000000000 20 4 30 10 -1", s.inode)
	if s.state == tcp.TimeWait {
		rest = "03:00000BB8 00000000     0        0 0 3 0000000000000000"
	}
	return fmt.Sprintf("   0: %s:%04X %s:%04X %02X 00000000:00000000 %s\n",
		words(local.Addr()), local.Port(), words(remote.Addr()), remote.Port(), s.number(), rest)
}

// words are an address as the kernel prints it, in words of this machine.
func words(a netip.Addr) (text string) {
	for b := a.AsSlice(); len(b) > 0; b = b[4:] {
		text += fmt.Sprintf("%08X", binary.NativeEndian.Uint32(b))
	}
	return text
}

// procTCP is a file net/tcp of these lines.
func procTCP(sockets ...sock) string {
	text := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	for _, s := range sockets {
		text += s.line()
	}
	return text
}

// tree is a copy of a /proc, by name. What begins with "-> " is a symbolic link.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		put(t, filepath.Join(dir, name), text)
	}
	return dir
}

func put(t *testing.T, name, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if target, isLink := strings.CutPrefix(text, "-> "); err == nil && isLink {
		err = os.Symlink(target, name)
	} else if err == nil {
		err = os.WriteFile(name, []byte(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// then is when the records of the tests were made.
var then = time.Date(2026, 11, 20, 12, 56, 32, 0, time.UTC)

// record is a record that a user has made. What write keeps of the machine comes
// before the sockets; without sockets sock_diag was not asked.
func record(t *testing.T, uid int, write func(*machine.Writer), sockets ...sock) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "record")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := machine.NewWriter(file, machine.Meta{Time: then, Program: "by hand", UID: uid, BigEndian: bigEndian})
	write(w)
	for _, s := range sockets {
		w.Message(s.message())
	}
	if len(sockets) > 0 {
		w.Message(done())
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// cutRecord is a record without its last line.
func cutRecord(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	put(t, name, strings.TrimSuffix(string(text), "-- end --\n"))
	return name
}

// dump is a dump as ss makes it.
func dump(t *testing.T, sockets ...sock) string {
	t.Helper()
	var all []byte
	for _, s := range sockets {
		all = append(all, s.message()...)
	}
	name := filepath.Join(t.TempDir(), "dump")
	put(t, name, string(append(all, done()...)))
	return name
}

// said keeps what is warned of and hinted at, one in a line.
type said struct{ lines []string }

func (s *said) say(format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

// check compares what was said so far, and forgets it.
func (s *said) check(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.lines); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
	s.lines = nil
}

// open opens a machine.
func open(t *testing.T, o Options) (*Machine, *said) {
	t.Helper()
	s := new(said)
	o.Warn, o.Hint = s.say, s.say
	m, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return m, s
}

func parse(t *testing.T, text string) *filter.Expr {
	t.Helper()
	expr, err := filter.Parse(text, filter.Names{})
	if err != nil {
		t.Fatal(err)
	}
	return expr
}

// rows takes a pass and gives what show says of each row.
func rows(t *testing.T, l *Look, show func(*listing.Row) string) (list []string) {
	t.Helper()
	for r, err := range l.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, show(r))
	}
	return list
}

// byEnd shows a socket by its state and its local end.
func byEnd(r *listing.Row) string { return r.Socket.State.String() + " " + r.Socket.Local.String() }

// gapsOf are what is missing: a field, a reason and how many, or ? for not counted.
func gapsOf(missing []listing.Missing) (list []string) {
	for _, m := range missing {
		number := "?"
		if n, counted := m.Sockets.Get(); counted {
			number = fmt.Sprint(n)
		}
		list = append(list, fmt.Sprintf("%s %s %s", m.Field, m.Reason, number))
	}
	return list
}

// sorted is the list in an order of its own.
func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// same compares two lists.
func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
