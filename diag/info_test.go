package diag_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"tcpstat/diag"
	"tcpstat/internal/nettest"
	"tcpstat/tcp"
)

// notInTable are the members of struct tcp_info that tcp.InfoFields leaves out.
var notInTable = map[string]string{
	"tcpi_state":                "inet_diag_msg has it",
	"tcpi_fastopen_client_fail": "tells why a client's Fast Open did not come about",
}

// TestKernelLayout compares tcp.InfoFields with the kernel's own description of
// struct tcp_info, and fails when a newer kernel has a field that is not there.
func TestKernelLayout(t *testing.T) {
	fields := map[string]tcp.InfoField{}
	for f, doc := range tcp.InfoFields {
		fields[doc.Kernel] = tcp.InfoField(f)
	}
	members := readBTF(t, "tcp_info")
	last := members[len(members)-1]
	length := (last.offset + last.size) / 8
	for _, m := range members {
		f, ok := fields[m.name]
		delete(fields, m.name)
		if !ok {
			if notInTable[m.name] == "" {
				t.Errorf("%s is missing in tcp.InfoFields", m.name)
			}
			continue
		}
		// All its bits and no others are set.
		raw := make([]byte, length)
		for bit := m.offset; bit < m.offset+m.size; bit++ {
			raw[bit/8] |= nthBit(bit)
		}
		var info tcp.Info
		info.SetBytes(raw)
		if v, ok := info.Get(f); !ok || v != 1<<m.size-1 {
			t.Errorf("%s at bit %d, %d wide: %#x, %v", m.name, m.offset, m.size, v, ok)
		}
		for other := range tcp.InfoFields {
			if v, _ := info.Get(tcp.InfoField(other)); v != 0 && tcp.InfoField(other) != f {
				t.Errorf("%s reads bits of %s", tcp.InfoFields[other].Kernel, m.name)
			}
		}
	}
	for name, f := range fields {
		var info tcp.Info
		info.SetBytes(make([]byte, length))
		if _, ok := info.Get(f); ok {
			t.Errorf("this kernel has no %s, and yet it is present", name)
		}
	}
}

var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// nthBit gives a bit of a byte, counted as the compiler lays out bit fields.
func nthBit(n int) byte {
	if bigEndian {
		return 0x80 >> (n % 8)
	}
	return 1 << (n % 8)
}

// infoEnds holds the size of the first struct tcp_info that has each field.
// Those of one entry were added together or fill the gap before the next.
var infoEnds = []struct {
	size   int
	fields string
}{
	{2, "ca_state"},
	{3, "retransmits"},
	{4, "probes"},
	{5, "backoff"},
	{6, "options"},
	{7, "snd_wscale rcv_wscale"},
	{12, "rto"},
	{16, "ato"},
	{20, "snd_mss"},
	{24, "rcv_mss"},
	{28, "unacked"},
	{32, "sacked"},
	{36, "lost"},
	{40, "retrans"},
	{44, "fackets"},
	{48, "last_data_sent"},
	{52, "last_ack_sent"},
	{56, "last_data_recv"},
	{60, "last_ack_recv"},
	{64, "pmtu"},
	{68, "rcv_ssthresh"},
	{72, "rtt"},
	{76, "rttvar"},
	{80, "snd_ssthresh"},
	{84, "snd_cwnd"},
	{88, "advmss"},
	{92, "reordering"},
	{96, "rcv_rtt"},
	{100, "rcv_space"},
	{104, "total_retrans"},
	{112, "pacing_rate"},
	{120, "max_pacing_rate"},
	{128, "bytes_acked"},
	{136, "bytes_received"},
	{140, "segs_out"},
	{144, "segs_in"},
	{148, "notsent_bytes"},
	{152, "min_rtt"},
	{156, "data_segs_in"},
	{160, "data_segs_out"},
	{168, "delivery_rate delivery_rate_app_limited"},
	{176, "busy_time"},
	{184, "rwnd_limited"},
	{192, "sndbuf_limited"},
	{196, "delivered"},
	{200, "delivered_ce"},
	{208, "bytes_sent"},
	{216, "bytes_retrans"},
	{220, "dsack_dups"},
	{224, "reord_seen"},
	{228, "rcv_ooopack"},
	{232, "snd_wnd"},
	{236, "rcv_wnd"},
	{240, "rehash"},
	{242, "total_rto"},
	{244, "total_rto_recoveries"},
	{248, "total_rto_time"},
	{252, "received_ce"},
	{256, "delivered_e1_bytes"},
	{260, "delivered_e0_bytes"},
	{264, "delivered_ce_bytes"},
	{268, "received_e1_bytes"},
	{272, "received_e0_bytes"},
	{276, "received_ce_bytes"},
	{278, "accecn_fail_mode"},
	{280, "accecn_opt_seen"},
}

// TestInfoByLength takes every length that a kernel could send: a field is
// present if and only if all of it was sent, and what was there before is gone.
func TestInfoByLength(t *testing.T) {
	ends := map[string]int{}
	for _, e := range infoEnds {
		for field := range strings.FieldsSeq(e.fields) {
			ends["tcpi_"+field] = e.size
		}
	}
	if len(ends) != len(tcp.InfoFields) {
		t.Errorf("%d fields listed here, %d in tcp.InfoFields", len(ends), len(tcp.InfoFields))
	}
	for length := range 401 {
		var info, fresh tcp.Info
		info.SetBytes(bytes.Repeat([]byte{0xff}, 400))
		info.SetBytes(make([]byte, length))
		fresh.SetBytes(make([]byte, length))
		if info.Size != length || info != fresh {
			t.Errorf("%d bytes: size %d, equal to a fresh one %v", length, info.Size, info == fresh)
		}
		for f, doc := range tcp.InfoFields {
			v, ok := info.Get(tcp.InfoField(f))
			if want := length >= ends[doc.Kernel]; ok != want || v != 0 {
				t.Errorf("%d bytes: %s present %v, want %v, value %d", length, doc.Kernel, ok, want, v)
			}
		}
	}
}

// TestBitFields holds the order of bit fields on this machine.
func TestBitFields(t *testing.T) {
	raw := make([]byte, 280)
	raw[6], raw[7] = 0x7a, 0x01
	want := map[tcp.InfoField]uint64{tcp.InfoSendWindowScale: 10, tcp.InfoReceiveWindowScale: 7, tcp.InfoAppLimited: 1}
	if bigEndian {
		want = map[tcp.InfoField]uint64{tcp.InfoSendWindowScale: 7, tcp.InfoReceiveWindowScale: 10, tcp.InfoAppLimited: 0}
	}
	var info tcp.Info
	info.SetBytes(raw)
	for f, v := range want {
		if got, ok := info.Get(f); !ok || got != v {
			t.Errorf("%s is %d, want %d", tcp.InfoFields[f].Kernel, got, v)
		}
	}
}

// lopsided makes a connection whose ends scale their windows differently, and
// on which data went both ways.
func lopsided(t *testing.T) (client, server *nettest.Sock) {
	t.Helper()
	client, server = nettest.Pair(t, nettest.WithInt(unix.SOL_SOCKET, unix.SO_RCVBUF, 4096))
	for _, end := range []*nettest.Sock{client, server} {
		end.Send(1000)
		nettest.Poll(t, func() error {
			if n := end.Info().Unacked; n != 0 {
				return fmt.Errorf("%d segments not acknowledged", n)
			}
			return nil
		})
	}
	return client, server
}

func find(t *testing.T, q diag.Query, local, remote netip.AddrPort) (found tcp.Socket) {
	t.Helper()
	for s, err := range diag.Dump(context.Background(), q) {
		if err != nil {
			t.Fatal(err)
		}
		if s.Local == local && s.Remote == remote {
			found = *s
		}
	}
	if found.Family == 0 {
		t.Fatalf("no socket %v to %v", local, remote)
	}
	return found
}

var withInfo = diag.Query{IPv4: true, IPv6: true, States: tcp.AllStates, Info: true}

// TestWindowScales compares with ss what its peers have got wrong.
func TestWindowScales(t *testing.T) {
	client, server := lopsided(t)
	nettest.Program(t, "ss", "iproute2")
	for _, end := range []*nettest.Sock{client, server} {
		s := find(t, withInfo, end.Local, end.Remote)
		get := func(f tcp.InfoField) uint64 {
			v, ok := s.Info.Get(f)
			if !ok {
				t.Errorf("no %s", tcp.InfoFields[f].Kernel)
			}
			return v
		}
		send, receive := get(tcp.InfoSendWindowScale), get(tcp.InfoReceiveWindowScale)
		if send == receive {
			t.Errorf("both scales are %d: this test proves nothing", send)
		}
		text, err := exec.Command("ss", "-HOtni", "src", end.Local.String(), "dst", end.Remote.String()).Output()
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Fields(string(text))
		has := func(word string) bool { return strings.Contains(" "+strings.Join(words, " ")+" ", " "+word+" ") }
		if want := fmt.Sprintf("wscale:%d,%d", send, receive); !has(want) {
			t.Errorf("ss does not say %s: %s", want, words)
		}
		if limited := get(tcp.InfoAppLimited); has("app_limited") != (limited == 1) || limited == 0 {
			t.Errorf("app_limited is %d: %s", limited, words)
		}
	}
}

// TestAgainstNetlink compares all of tcp_info with the decoder of the library
// from which this package has its socket. Its window scales are swapped, its
// app_limited and fastopen_client_fail are other bits, and it ends with
// tcpi_snd_wnd.
func TestAgainstNetlink(t *testing.T) {
	client, server := lopsided(t)
	theirs, err := netlink.SocketDiagTCPInfo(unix.AF_INET)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, r := range theirs {
		id := r.InetDiagMsg.ID
		for _, end := range []*nettest.Sock{client, server} {
			if id.SourcePort == end.Local.Port() && id.DestinationPort == end.Remote.Port() {
				ours := find(t, withInfo, end.Local, end.Remote)
				compared += compareInfo(t, &ours.Info, r.TCPInfo)
			}
		}
	}
	if compared != 2*47 {
		t.Errorf("%d fields compared", compared)
	}
}

func compareInfo(t *testing.T, ours *tcp.Info, theirs *netlink.TCPInfo) (compared int) {
	t.Helper()
	fields := reflect.ValueOf(theirs).Elem()
	for f, doc := range tcp.InfoFields {
		name := strings.TrimPrefix(doc.Kernel, "tcpi_")
		their := fields.FieldByNameFunc(func(s string) bool { return strings.EqualFold(s, name) })
		switch {
		case !their.IsValid(), doc.Unit == tcp.Milliseconds: // which pass
			continue
		case strings.HasSuffix(name, "wscale"), strings.HasSuffix(name, "app_limited"):
			continue
		}
		compared++
		if v, ok := ours.Get(tcp.InfoField(f)); !ok || v != their.Uint() {
			t.Errorf("%s is %d, %v; netlink says %d", doc.Kernel, v, ok, their.Uint())
		}
	}
	return compared
}
