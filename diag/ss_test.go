package diag

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpstat/tcp"
)

// TestAgainstSS compares what is decoded from the recordings with what ss says
// about the same bytes.
func TestAgainstSS(t *testing.T) {
	for _, path := range recordings {
		sockets, err := decodeFile(t, path+".bin")
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path + ".ss")
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if len(lines) != len(sockets) {
			t.Fatalf("%s: ss has %d sockets, decoded are %d", path, len(lines), len(sockets))
		}
		for i := range sockets {
			if diff := cmp.Diff(ssFields(lines[i]), asInSS(&sockets[i])); diff != "" {
				t.Errorf("%s (-ss +decoded):\n%s", lines[i], diff)
			}
		}
	}
}

// ssFields cuts a line of ss into its fields by name. Words without a value are
// their own name.
func ssFields(line string) map[string]string {
	words := strings.Fields(line)
	fields := map[string]string{
		"state": words[0], "recv": words[1], "send": words[2], "local": words[3], "peer": words[4],
	}
	for i := 5; i < len(words); i++ {
		name, value, _ := strings.Cut(words[i], ":")
		if name == "tcp-ulp-mptcp" { // of CAP_NET_ADMIN, and the last
			break
		}
		switch name {
		case "send", "cgroup": // computed; looked up in a file system
			i += 1 - strings.Count(words[i], ":")
			continue
		case "pacing_rate", "delivery_rate":
			i++
			value = words[i]
		case "timer", "skmem":
		default:
			value, _, _ = strings.Cut(value, "(") // a share in percent
		}
		fields[name] = value
	}
	return fields
}

// asInSS gives the fields that ss prints for a socket.
func asInSS(s *tcp.Socket) map[string]string {
	fields := map[string]string{
		"state": s.State.SS(), "recv": fmt.Sprint(s.RecvQueue), "send": fmt.Sprint(s.SendQueue),
		"local": ssAddress(s), "peer": ssPeer(s),
		"ino": opt(s.Inode), "sk": fmt.Sprintf("%x", s.Cookie.Or(0)),
	}
	if s.Mini {
		fields["ino"] = "0"
	}
	if s.State == tcp.Listen {
		fields["recv"], fields["send"] = fmt.Sprint(s.Backlog.Used), opt(s.Backlog.Limit)
	}
	if uid := s.UID.Or(0); uid != 0 {
		fields["uid"] = fmt.Sprint(uid)
	}
	if only, ok := s.V6Only.Get(); ok {
		fields["v6only"] = map[bool]string{true: "1", false: "0"}[only]
	}
	if shut, ok := s.Shutdown.Get(); ok {
		fields[[]string{"<->", "-->", "<--", "---"}[shut]] = ""
	}
	if s.Memory != (tcp.Opt[tcp.Memory]{}) {
		fields["skmem"] = "(" + memory(s.Memory) + ")"
	}
	if s.Timer.Code != 0 {
		fields["timer"] = ssTimer(s.Timer)
	}
	if s.Congestion != "" {
		fields[s.Congestion] = ""
	}
	addInfo(fields, s)
	return fields
}

func ssAddress(s *tcp.Socket) string {
	ip := s.Local.Addr().String()
	if s.Family == tcp.IPv6 {
		ip = "[" + ip + "]"
	}
	if s.Family == tcp.IPv6 && s.Local.Addr().IsUnspecified() && !s.V6Only.Or(false) {
		ip = "*"
	}
	if s.Interface.Or(0) == 1 {
		ip += "%lo"
	}
	return fmt.Sprintf("%s:%d", ip, s.Local.Port())
}

func ssPeer(s *tcp.Socket) string {
	switch {
	case s.HasRemote():
		return s.Remote.String()
	case s.Family == tcp.IPv4:
		return "0.0.0.0:*"
	case s.V6Only.Or(false):
		return "[::]:*"
	}
	return "*:*"
}

func ssTimer(timer tcp.Timer) string {
	name := []string{"off", "on", "keepalive", "timewait", "persist"}[timer.Code]
	left := timer.Expires
	minutes, seconds, ms := left/time.Minute, left%time.Minute/time.Second, left%time.Second/time.Millisecond
	var text string
	if minutes > 0 {
		text = fmt.Sprintf("%dmin", minutes)
		ms = 0
		if minutes > 9 {
			seconds = 0
		}
	}
	if seconds > 0 && seconds <= 9 && ms > 0 {
		text += fmt.Sprintf("%d.%03dms", seconds, ms)
	} else {
		if seconds > 0 {
			text += fmt.Sprintf("%dsec", seconds)
		}
		if ms > 0 && seconds == 0 {
			text += fmt.Sprintf("%03dms", ms)
		}
	}
	return fmt.Sprintf("(%s,%s,%d)", name, text, timer.Retransmits+timer.Probes)
}

// addInfo adds what ss prints of tcp_info: nothing that is 0.
func addInfo(fields map[string]string, s *tcp.Socket) {
	get := func(f tcp.InfoField) uint64 {
		v, _ := s.Info.Get(f)
		return v
	}
	for name, field := range map[string]tcp.InfoField{
		"backoff": tcp.InfoBackoff, "mss": tcp.InfoSendMSS, "pmtu": tcp.InfoPMTU,
		"rcvmss": tcp.InfoReceiveMSS, "advmss": tcp.InfoAdvMSS, "cwnd": tcp.InfoSendCwnd,
		"bytes_sent": tcp.InfoBytesSent, "bytes_retrans": tcp.InfoBytesRetrans,
		"bytes_acked": tcp.InfoBytesAcked, "bytes_received": tcp.InfoBytesReceived,
		"segs_out": tcp.InfoSegsOut, "segs_in": tcp.InfoSegsIn,
		"data_segs_out": tcp.InfoDataSegsOut, "data_segs_in": tcp.InfoDataSegsIn,
		"lastsnd": tcp.InfoLastDataSent, "lastrcv": tcp.InfoLastDataRecv, "lastack": tcp.InfoLastAckRecv,
		"delivered": tcp.InfoDelivered, "delivered_ce": tcp.InfoDeliveredCE,
		"unacked": tcp.InfoUnacked, "lost": tcp.InfoLost, "fackets": tcp.InfoFackets,
		"dsack_dups": tcp.InfoDSACKDups, "reord_seen": tcp.InfoReorderingSeen,
		"rcv_space": tcp.InfoReceiveSpace, "rcv_ssthresh": tcp.InfoReceiveSSThresh,
		"notsent": tcp.InfoNotSent, "rcv_ooopack": tcp.InfoReceiveOutOfOrder, "snd_wnd": tcp.InfoSendWindow,
		"app_limited": tcp.InfoAppLimited,
	} {
		if v := get(field); v != 0 {
			fields[name] = fmt.Sprint(v)
		}
	}
	if _, ok := fields["app_limited"]; ok {
		fields["app_limited"] = ""
	}
	for name, field := range map[string]tcp.InfoField{
		"rto": tcp.InfoRTO, "ato": tcp.InfoATO, "rcv_rtt": tcp.InfoReceiveRTT, "minrtt": tcp.InfoMinRTT,
	} {
		if v := get(field); v != 0 && v != 1<<32-1 && (name != "rto" || v != 3_000_000) {
			fields[name] = milliseconds(v)
		}
	}
	for name, field := range map[string]tcp.InfoField{
		"busy": tcp.InfoBusyTime, "rwnd_limited": tcp.InfoReceiveWindowLimited, "sndbuf_limited": tcp.InfoSendBufferLimited,
	} {
		if v := get(field); v != 0 {
			fields[name] = fmt.Sprintf("%dms", v/1000)
		}
	}
	for name, bit := range map[string]uint64{
		"ts": tcp.OptionTimestamps, "sack": tcp.OptionSACK, "ecn": tcp.OptionECN,
		"ecnseen": tcp.OptionECNSeen, "fastopen": tcp.OptionFastOpen,
	} {
		if get(tcp.InfoOptions)&bit != 0 {
			fields[name] = ""
		}
	}
	if get(tcp.InfoOptions)&tcp.OptionWScale != 0 {
		fields["wscale"] = fmt.Sprintf("%d,%d", get(tcp.InfoSendWindowScale), get(tcp.InfoReceiveWindowScale))
	}
	if v := get(tcp.InfoRTT); v != 0 {
		fields["rtt"] = milliseconds(v) + "/" + milliseconds(get(tcp.InfoRTTVar))
	}
	if v := get(tcp.InfoSendSSThresh); v != 0 && v < 0xffff {
		fields["ssthresh"] = fmt.Sprint(v)
	}
	if v := get(tcp.InfoPacingRate); v != 0 && v != 1<<64-1 {
		fields["pacing_rate"] = fmt.Sprintf("%dbps", v*8)
		if limit := get(tcp.InfoMaxPacingRate); limit != 0 && limit != 1<<64-1 {
			fields["pacing_rate"] += fmt.Sprintf("/%dbps", limit*8)
		}
	}
	if v := get(tcp.InfoDeliveryRate); v != 0 {
		fields["delivery_rate"] = fmt.Sprintf("%dbps", v*8)
	}
	if now, all := get(tcp.InfoRetrans), get(tcp.InfoTotalRetrans); all != 0 {
		fields["retrans"] = fmt.Sprintf("%d/%d", now, all)
	}
	if v := get(tcp.InfoSacked); v != 0 && s.State != tcp.Listen {
		fields["sacked"] = fmt.Sprint(v)
	}
	if v := get(tcp.InfoReordering); v != 0 && v != 3 {
		fields["reordering"] = fmt.Sprint(v)
	}
}

// milliseconds prints microseconds as C's %g prints their thousandth.
func milliseconds(us uint64) string {
	return strconv.FormatFloat(float64(us)/1000, 'g', 6, 64)
}
