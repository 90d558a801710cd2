package nettest

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"tcpstat/tcp"
)

// row is what one line of /proc/net/tcp or tcp6 says, as far as a Stand claims
// it. It is read here without package procnet, which is tested against it.
type row struct {
	local, remote netip.AddrPort
	state         tcp.State
	tx, rx        uint32
	timer         uint8
	uid           uint32
	inode         uint64
	mini          bool
}

func (r row) String() string {
	return fmt.Sprintf("%v to %v %v mini %v, rx %d tx %d, timer %d, uid %d inode %d",
		r.local, r.remote, r.state, r.mini, r.rx, r.tx, r.timer, r.uid, r.inode)
}

// rows reads all sockets of a family in this namespace. Not in it: BOUND.
func rows(family tcp.Family) ([]row, error) {
	path := "/proc/self/net/tcp"
	if family == tcp.IPv6 {
		path = "/proc/self/net/tcp6"
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	var all []row
	for _, line := range lines[1:] {
		r, err := parseRow(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %q", path, err, line)
		}
		all = append(all, r)
	}
	return all, nil
}

// allRows reads the sockets of both families.
func allRows() ([]row, error) {
	v4, err := rows(tcp.IPv4)
	if err != nil {
		return nil, err
	}
	v6, err := rows(tcp.IPv6)
	if os.IsNotExist(err) {
		return v4, nil // a kernel without IPv6
	}
	return append(v4, v6...), err
}

func parseRow(line string) (r row, err error) {
	var local, remote string
	var localPort, remotePort uint16
	var when, retransmits, timeout uint64
	_, err = fmt.Sscanf(strings.ReplaceAll(line, ":", " "), "%d %s %x %s %x %x %x %x %x %x %x %d %d %d",
		new(int), &local, &localPort, &remote, &remotePort, &r.state, &r.tx, &r.rx,
		&r.timer, &when, &retransmits, &r.uid, &timeout, &r.inode)
	if err != nil {
		return r, err
	}
	// The line of a mini-socket ends after the pointer.
	r.mini = len(strings.Fields(line)) == 12
	localIP, err := parseIP(local)
	if err != nil {
		return r, err
	}
	remoteIP, err := parseIP(remote)
	r.local = netip.AddrPortFrom(localIP, localPort)
	if r.state != tcp.Listen {
		r.remote = netip.AddrPortFrom(remoteIP, remotePort)
	}
	return r, err
}

// parseIP reads an address printed as words in host byte order.
func parseIP(digits string) (netip.Addr, error) {
	b, err := hex.DecodeString(digits)
	if err != nil {
		return netip.Addr{}, err
	}
	for i := 0; i+4 <= len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	ip, ok := netip.AddrFromSlice(b)
	if !ok {
		return ip, fmt.Errorf("address of %d bytes", len(b))
	}
	return ip, nil
}
