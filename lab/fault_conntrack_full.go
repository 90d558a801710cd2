package main

import (
	"encoding/binary"
	"errors"
	"os"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

func init() {
	register(Fault{
		Name: "conntrack-full", Numbers: []int{28}, Quick: true, Needs: []string{"nginx-light"},
		Title: "The table of connection tracking is full",
		Story: `
The firewall of a web server tracks connections, and its table has no room left: it
drops the SYNs of all new clients before TCP sees them.`,
		Stage: func(s *Scene) {
			server, client := s.Host("server"), s.Host("client")
			server.Start(nginx(s, "", "listen 80;"))
			server.listens(80)
			server.NFT(`
				add table inet firewall
				add chain inet firewall input { type filter hook input priority 0; }
				add rule inet firewall input ct state invalid drop`)
			server.Do(fillConntrack)
			limit := strings.TrimSpace(server.Run("cat", "/proc/sys/net/netfilter/nf_conntrack_max"))
			client.Start(Command{Name: "browser", Program: "give-up", Args: []string{server.Addr + ":80", "10", "2s"}})
			s.Until("SYNs without an answer", client.Has(15, "state syn-sent dport = :80"))
			s.Set("limit", limit)
			s.Ask(server)
		},
		Cause: Expect{
			Full: `(connection tracking|conntrack)( table)?( is)? full`,
			Half: `connection tracking|conntrack`,
			In:   []Answer{Overview, Check},
		},
		Culprit: Expect{
			Full: `\b{limit} of( the)? {limit}\b|tracked {limit}, limit {limit}`,
			Half: `nf_conntrack_max`,
			In:   []Answer{Overview, Check},
		},
		Side:   Expect{Full: `\bside [^\n]*this machine: the (system|firewall|kernel)`, Half: `this machine`},
		Ends:   Expect{Full: `\bends [^\n]*(timeout|entr)`, Half: `\bends `},
		Advice: Expect{Full: `\bdo [^\n]*raise nf_conntrack_max`, Half: `nf_conntrack_max`},
		Never:  append([]string{`nearly full`, `\bside[^\n]*the peer`}, falseComfort...),
	})
}

// fillConntrack puts connections into the table of this network until there is no
// room left. They are assured: the kernel sacrifices none for a new one.
func fillConntrack() error {
	text, err := os.ReadFile("/proc/sys/net/netfilter/nf_conntrack_max")
	if err != nil {
		return err
	}
	most, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	const batch = 128
	for first := 0; first < most; first += batch {
		var message []byte
		for i := first; i < min(first+batch, most); i++ {
			message = append(message, trackedConnection(i).Serialize()...)
		}
		if err := unix.Sendto(fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return err
		}
	}
	return conntrackErrors(fd)
}

// conntrackErrors are what the kernel answers. That the table is full is no error.
func conntrackErrors(fd int) error {
	buffer := make([]byte, 1<<16)
	n, _, err := unix.Recvfrom(fd, buffer, unix.MSG_DONTWAIT)
	if errors.Is(err, unix.EAGAIN) {
		return nil
	}
	if err != nil || n < unix.SizeofNlMsghdr+4 {
		return err
	}
	code := unix.Errno(-int32(binary.NativeEndian.Uint32(buffer[unix.SizeofNlMsghdr:])))
	if code == 0 || code == unix.ENOMEM {
		return nil
	}
	return code
}

// trackedConnection asks the kernel to track the i-th connection that there never was.
func trackedConnection(i int) *nl.NetlinkRequest {
	const (
		established = 3   // TCP_CONNTRACK_ESTABLISHED
		assured     = 0xe // IPS_SEEN_REPLY, IPS_ASSURED and IPS_CONFIRMED
		seconds     = 3600
	)
	client := []byte{10, 77, byte(i >> 16), byte(i >> 8)}
	server := []byte{10, 9, 0, 1}
	port := uint16(40000 + i&0xff)
	request := nl.NewNetlinkRequest(unix.NFNL_SUBSYS_CTNETLINK<<8|nl.IPCTNL_MSG_CT_NEW, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	request.Flags &^= unix.NLM_F_ACK
	request.AddData(&nl.Nfgenmsg{NfgenFamily: unix.AF_INET})
	request.AddData(tracked(nl.CTA_TUPLE_ORIG, client, server, port, 80))
	request.AddData(tracked(nl.CTA_TUPLE_REPLY, server, client, 80, port))
	request.AddData(nl.NewRtAttr(nl.CTA_STATUS, nl.BEUint32Attr(assured)))
	request.AddData(nl.NewRtAttr(nl.CTA_TIMEOUT, nl.BEUint32Attr(seconds)))
	state := nl.NewRtAttr(nl.CTA_PROTOINFO|unix.NLA_F_NESTED, nil)
	state.AddRtAttr(nl.CTA_PROTOINFO_TCP|unix.NLA_F_NESTED, nil).AddRtAttr(nl.CTA_PROTOINFO_TCP_STATE, []byte{established})
	request.AddData(state)
	return request
}

// tracked is one direction of a connection.
func tracked(kind int, from, to []byte, fromPort, toPort uint16) *nl.RtAttr {
	tuple := nl.NewRtAttr(kind|unix.NLA_F_NESTED, nil)
	addresses := tuple.AddRtAttr(nl.CTA_TUPLE_IP|unix.NLA_F_NESTED, nil)
	addresses.AddRtAttr(nl.CTA_IP_V4_SRC, from)
	addresses.AddRtAttr(nl.CTA_IP_V4_DST, to)
	ports := tuple.AddRtAttr(nl.CTA_TUPLE_PROTO|unix.NLA_F_NESTED, nil)
	ports.AddRtAttr(nl.CTA_PROTO_NUM, []byte{unix.IPPROTO_TCP})
	ports.AddRtAttr(nl.CTA_PROTO_SRC_PORT, nl.BEUint16Attr(fromPort))
	ports.AddRtAttr(nl.CTA_PROTO_DST_PORT, nl.BEUint16Attr(toPort))
	return tuple
}
