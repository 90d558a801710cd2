package render

import (
	"strconv"

	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// infoWord is one word of the tcp_info line, in ss's spelling and order so that
// what people know keeps its name. Zero, the value of hide, and an absent one are
// left out.
type infoWord struct {
	label string
	field tcp.InfoField
	form  infoForm
	hide  uint64
}

type infoForm uint8

const (
	asCount  infoForm = iota
	asMillis          // microseconds, shown as milliseconds with a fraction
	asRate            // bytes per second, shown as bits per second
)

var infoWords = [...]infoWord{
	{label: " rto:", field: tcp.InfoRTO, form: asMillis},
	{label: " backoff:", field: tcp.InfoBackoff},
	{label: " rtt:", field: tcp.InfoRTT, form: asMillis},
	{label: " rttvar:", field: tcp.InfoRTTVar, form: asMillis},
	{label: " ato:", field: tcp.InfoATO, form: asMillis},
	{label: " mss:", field: tcp.InfoSendMSS},
	{label: " pmtu:", field: tcp.InfoPMTU},
	{label: " rcvmss:", field: tcp.InfoReceiveMSS},
	{label: " advmss:", field: tcp.InfoAdvMSS},
	{label: " cwnd:", field: tcp.InfoSendCwnd},
	{label: " ssthresh:", field: tcp.InfoSendSSThresh},
	{label: " bytes_sent:", field: tcp.InfoBytesSent},
	{label: " bytes_retrans:", field: tcp.InfoBytesRetrans},
	{label: " bytes_acked:", field: tcp.InfoBytesAcked},
	{label: " bytes_received:", field: tcp.InfoBytesReceived},
	{label: " segs_out:", field: tcp.InfoSegsOut},
	{label: " segs_in:", field: tcp.InfoSegsIn},
	{label: " data_segs_out:", field: tcp.InfoDataSegsOut},
	{label: " data_segs_in:", field: tcp.InfoDataSegsIn},
	{label: " lastsnd:", field: tcp.InfoLastDataSent},
	{label: " lastrcv:", field: tcp.InfoLastDataRecv},
	{label: " lastack:", field: tcp.InfoLastAckRecv},
	{label: " pacing_rate:", field: tcp.InfoPacingRate, form: asRate},
	{label: " delivery_rate:", field: tcp.InfoDeliveryRate, form: asRate},
	{label: " delivered:", field: tcp.InfoDelivered},
	{label: " delivered_ce:", field: tcp.InfoDeliveredCE},
	{label: " app_limited:", field: tcp.InfoAppLimited},
	{label: " busy:", field: tcp.InfoBusyTime, form: asMillis},
	{label: " rwnd_limited:", field: tcp.InfoReceiveWindowLimited, form: asMillis},
	{label: " sndbuf_limited:", field: tcp.InfoSendBufferLimited, form: asMillis},
	{label: " unacked:", field: tcp.InfoUnacked},
	{label: " retrans:", field: tcp.InfoRetrans},
	{label: " total_retrans:", field: tcp.InfoTotalRetrans},
	{label: " lost:", field: tcp.InfoLost},
	{label: " sacked:", field: tcp.InfoSacked},
	{label: " dsack_dups:", field: tcp.InfoDSACKDups},
	{label: " reordering:", field: tcp.InfoReordering, hide: 3},
	{label: " reord_seen:", field: tcp.InfoReorderingSeen},
	{label: " rcv_rtt:", field: tcp.InfoReceiveRTT, form: asMillis},
	{label: " rcv_space:", field: tcp.InfoReceiveSpace},
	{label: " rcv_ssthresh:", field: tcp.InfoReceiveSSThresh},
	{label: " notsent:", field: tcp.InfoNotSent},
	{label: " minrtt:", field: tcp.InfoMinRTT, form: asMillis},
	{label: " rcv_ooopack:", field: tcp.InfoReceiveOutOfOrder},
	{label: " snd_wnd:", field: tcp.InfoSendWindow},
	{label: " rcv_wnd:", field: tcp.InfoReceiveWindow},
	{label: " rehash:", field: tcp.InfoRehash},
	{label: " total_rto:", field: tcp.InfoTotalRTO},
	{label: " rto_time:", field: tcp.InfoTotalRTOTime},
}

// infoOptions are the words for what was negotiated.
var infoOptions = [...]struct {
	bit  uint64
	word string
}{
	{tcp.OptionTimestamps, " ts"},
	{tcp.OptionUsecTS, " usec_ts"},
	{tcp.OptionSACK, " sack"},
	{tcp.OptionECN, " ecn"},
	{tcp.OptionECNSeen, " ecnseen"},
	{tcp.OptionFastOpen, " fastopen"},
}

// appendInfo appends what was negotiated, the congestion control and the
// numbers of tcp_info. Times are milliseconds, rates bits per second.
func appendInfo(dst []byte, s *tcp.Socket) []byte {
	options, _ := s.Info.Get(tcp.InfoOptions)
	for _, o := range infoOptions {
		if options&o.bit != 0 {
			dst = append(dst, o.word...)
		}
	}
	if s.Congestion != "" {
		dst = typeset.AppendEscaped(append(dst, ' '), s.Congestion)
	}
	if options&tcp.OptionWScale != 0 {
		send, _ := s.Info.Get(tcp.InfoSendWindowScale)
		receive, _ := s.Info.Get(tcp.InfoReceiveWindowScale)
		dst = strconv.AppendUint(append(dst, " wscale:"...), send, 10)
		dst = strconv.AppendUint(append(dst, ','), receive, 10)
	}
	for i := range infoWords {
		w := &infoWords[i]
		v, known := s.InfoValue(w.field)
		if !known || v == 0 || v == w.hide {
			continue
		}
		dst = append(dst, w.label...)
		switch w.form {
		case asCount:
			dst = strconv.AppendUint(dst, v, 10)
		case asMillis:
			dst = appendMillis(dst, v)
		case asRate:
			dst = append(strconv.AppendUint(dst, v*8, 10), "bps"...)
		}
	}
	return dst
}

// appendMillis appends microseconds as milliseconds, without trailing zeros.
func appendMillis(dst []byte, micros uint64) []byte {
	dst = strconv.AppendUint(dst, micros/1000, 10)
	fraction := micros % 1000
	if fraction == 0 {
		return dst
	}
	dst = append(dst, '.', byte('0'+fraction/100), byte('0'+fraction/10%10), byte('0'+fraction%10))
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// appendMemory appends a socket's memory in ss's spelling.
func appendMemory(dst []byte, m *tcp.Memory) []byte {
	for _, w := range [...]struct {
		label string
		value uint32
	}{
		{" skmem:(r", m.ReceiveAllocated},
		{",rb", m.ReceiveBuffer},
		{",t", m.SendAllocated},
		{",tb", m.SendBuffer},
		{",f", m.ForwardAllocated},
		{",w", m.SendQueued},
		{",o", m.Options},
		{",bl", m.Backlog},
	} {
		dst = strconv.AppendUint(append(dst, w.label...), uint64(w.value), 10)
	}
	if drops, ok := m.Drops.Get(); ok {
		dst = strconv.AppendUint(append(dst, ",d"...), uint64(drops), 10)
	}
	return append(dst, ')')
}
