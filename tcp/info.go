package tcp

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"
)

// Info is the kernel's struct tcp_info (include/uapi/linux/tcp.h) as it came
// over sock_diag: the first Size bytes of it are known, what a newer kernel
// would append is not. The structure only ever grows at its end, so a field is
// there if it lies within Size ([Info.Get]). Values are in host byte order.
type Info struct {
	// Size is how many bytes the kernel sent, 104 to 280 and more; 0: none.
	Size int

	raw [infoSize]byte
}

// infoSize is the part of struct tcp_info that InfoFields describes.
const infoSize = 280

// SetBytes takes what the kernel sent. Bytes beyond the known structure are
// counted in Size and otherwise ignored.
func (i *Info) SetBytes(b []byte) {
	n := copy(i.raw[:], b)
	clear(i.raw[n:])
	i.Size = len(b)
}

// Whole reports whether the kernel sent every field that is known here. Kernels
// before 6.18 send less.
func (i *Info) Whole() bool { return i.Size >= infoSize }

// Get returns a field in the unit of its description, and whether the kernel
// sent it.
func (i *Info) Get(f InfoField) (uint64, bool) {
	d := &InfoFields[f]
	if i.Size < max(d.offset+max(1, d.size), d.least) {
		return 0, false
	}
	raw := i.raw[d.offset:]
	switch d.size {
	case 0:
		return uint64(raw[0] >> hostShift(d.shift, d.mask) & d.mask), true
	case 1:
		return uint64(raw[0]), true
	case 2:
		return uint64(binary.NativeEndian.Uint16(raw)), true
	case 4:
		return uint64(binary.NativeEndian.Uint32(raw)), true
	}
	return binary.NativeEndian.Uint64(raw), true
}

// bigEndian is the byte order of this machine. There the first bit field of a
// byte is in its highest bits, elsewhere in its lowest.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

func hostShift(shift, mask uint8) uint8 {
	if bigEndian {
		return 8 - shift - uint8(bits.Len8(mask))
	}
	return shift
}

// Duration returns a field whose unit is a time. One that no Duration can hold
// is the longest that there is.
func (i *Info) Duration(f InfoField) (time.Duration, bool) {
	v, ok := i.Get(f)
	unit := InfoFields[f].Unit.duration()
	return time.Duration(min(v, uint64(math.MaxInt64/unit))) * unit, ok
}

// InfoField names one field of struct tcp_info.
type InfoField int

// Unit is the unit of a field. It is part of the JSON key.
type Unit uint8

// The units. Count is also that of bytes and bits, which the key names.
const (
	Count Unit = iota
	Microseconds
	Milliseconds
	BytesPerSecond
)

func (u Unit) duration() time.Duration {
	if u == Milliseconds {
		return time.Millisecond
	}
	return time.Microsecond
}

// InfoFieldDoc describes one field.
type InfoFieldDoc struct {
	Key     string // in JSON: the kernel's name without tcpi_, with its unit
	Kernel  string // in struct tcp_info
	Since   string // first kernel that sends it
	Meaning string
	Unit    Unit

	offset, size int   // size 0: bits of one byte
	shift, mask  uint8 // which bits, on a little-endian machine
	least        int   // size of the first tcp_info with the field, where it lies in older padding
}

// Bits of [InfoOptions] (TCPI_OPT_*).
const (
	OptionTimestamps = 1
	OptionSACK       = 2
	OptionWScale     = 4
	OptionECN        = 8
	OptionECNSeen    = 16
	OptionFastOpen   = 32 // the SYN's data was acknowledged
	OptionUsecTS     = 64 // timestamps in microseconds, since Linux 6.7
)

// The fields of struct tcp_info, in its order.
const (
	InfoCAState InfoField = iota
	InfoRetransmits
	InfoProbes
	InfoBackoff
	InfoOptions
	InfoSendWindowScale
	InfoReceiveWindowScale
	InfoAppLimited
	InfoRTO
	InfoATO
	InfoSendMSS
	InfoReceiveMSS
	InfoUnacked
	InfoSacked
	InfoLost
	InfoRetrans
	InfoFackets
	InfoLastDataSent
	InfoLastAckSent
	InfoLastDataRecv
	InfoLastAckRecv
	InfoPMTU
	InfoReceiveSSThresh
	InfoRTT
	InfoRTTVar
	InfoSendSSThresh
	InfoSendCwnd
	InfoAdvMSS
	InfoReordering
	InfoReceiveRTT
	InfoReceiveSpace
	InfoTotalRetrans
	InfoPacingRate
	InfoMaxPacingRate
	InfoBytesAcked
	InfoBytesReceived
	InfoSegsOut
	InfoSegsIn
	InfoNotSent
	InfoMinRTT
	InfoDataSegsIn
	InfoDataSegsOut
	InfoDeliveryRate
	InfoBusyTime
	InfoReceiveWindowLimited
	InfoSendBufferLimited
	InfoDelivered
	InfoDeliveredCE
	InfoBytesSent
	InfoBytesRetrans
	InfoDSACKDups
	InfoReorderingSeen
	InfoReceiveOutOfOrder
	InfoSendWindow
	InfoReceiveWindow
	InfoRehash
	InfoTotalRTO
	InfoTotalRTORecoveries
	InfoTotalRTOTime
	InfoReceivedCE
	InfoDeliveredE1Bytes
	InfoDeliveredE0Bytes
	InfoDeliveredCEBytes
	InfoReceivedE1Bytes
	InfoReceivedE0Bytes
	InfoReceivedCEBytes
	InfoAccECNFailMode
	InfoAccECNOptSeen

	infoFieldCount
)

// InfoFields describes every field, indexed by InfoField.
var InfoFields = [infoFieldCount]InfoFieldDoc{
	InfoCAState:              {Key: "ca_state", Kernel: "tcpi_ca_state", Since: "2.4", Unit: Count, offset: 1, size: 1, Meaning: "congestion avoidance state: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss"},
	InfoRetransmits:          {Key: "retransmits", Kernel: "tcpi_retransmits", Since: "2.4", Unit: Count, offset: 2, size: 1, Meaning: "retransmissions by timeout since the last acknowledgement"},
	InfoProbes:               {Key: "probes", Kernel: "tcpi_probes", Since: "2.4", Unit: Count, offset: 3, size: 1, Meaning: "unanswered keepalive or window probes"},
	InfoBackoff:              {Key: "backoff", Kernel: "tcpi_backoff", Since: "2.4", Unit: Count, offset: 4, size: 1, Meaning: "times the timeout was doubled"},
	InfoOptions:              {Key: "options", Kernel: "tcpi_options", Since: "2.4", Unit: Count, offset: 5, size: 1, Meaning: "bits of what was negotiated, see the Option constants"},
	InfoSendWindowScale:      {Key: "snd_wscale", Kernel: "tcpi_snd_wscale", Since: "2.4", Unit: Count, offset: 6, size: 0, shift: 0, mask: 15, Meaning: "window scale that the peer asked for"},
	InfoReceiveWindowScale:   {Key: "rcv_wscale", Kernel: "tcpi_rcv_wscale", Since: "2.4", Unit: Count, offset: 6, size: 0, shift: 4, mask: 15, Meaning: "window scale that this end asked for"},
	InfoAppLimited:           {Key: "delivery_rate_app_limited", Kernel: "tcpi_delivery_rate_app_limited", Since: "4.9", Unit: Count, offset: 7, size: 0, shift: 0, mask: 1, least: 168, Meaning: "1: delivery_rate was limited by the application"},
	InfoRTO:                  {Key: "rto_us", Kernel: "tcpi_rto", Since: "2.4", Unit: Microseconds, offset: 8, size: 4, Meaning: "retransmission timeout, doublings included"},
	InfoATO:                  {Key: "ato_us", Kernel: "tcpi_ato", Since: "2.4", Unit: Microseconds, offset: 12, size: 4, Meaning: "delayed acknowledgement timeout"},
	InfoSendMSS:              {Key: "snd_mss_bytes", Kernel: "tcpi_snd_mss", Since: "2.4", Unit: Count, offset: 16, size: 4, Meaning: "largest segment sent"},
	InfoReceiveMSS:           {Key: "rcv_mss_bytes", Kernel: "tcpi_rcv_mss", Since: "2.4", Unit: Count, offset: 20, size: 4, Meaning: "estimate of the largest segment received"},
	InfoUnacked:              {Key: "unacked", Kernel: "tcpi_unacked", Since: "2.4", Unit: Count, offset: 24, size: 4, Meaning: "segments in flight; of a listener: the accept queue"},
	InfoSacked:               {Key: "sacked", Kernel: "tcpi_sacked", Since: "2.4", Unit: Count, offset: 28, size: 4, Meaning: "segments acknowledged selectively; of a listener: the accept queue's limit"},
	InfoLost:                 {Key: "lost", Kernel: "tcpi_lost", Since: "2.4", Unit: Count, offset: 32, size: 4, Meaning: "segments thought lost"},
	InfoRetrans:              {Key: "retrans", Kernel: "tcpi_retrans", Since: "2.4", Unit: Count, offset: 36, size: 4, Meaning: "retransmitted segments in flight"},
	InfoFackets:              {Key: "fackets", Kernel: "tcpi_fackets", Since: "2.4", Unit: Count, offset: 40, size: 4, Meaning: "0 since Linux 4.15"},
	InfoLastDataSent:         {Key: "last_data_sent_ms", Kernel: "tcpi_last_data_sent", Since: "2.4", Unit: Milliseconds, offset: 44, size: 4, Meaning: "since data was last sent"},
	InfoLastAckSent:          {Key: "last_ack_sent_ms", Kernel: "tcpi_last_ack_sent", Since: "2.4", Unit: Milliseconds, offset: 48, size: 4, Meaning: "always 0: the kernel does not keep it"},
	InfoLastDataRecv:         {Key: "last_data_recv_ms", Kernel: "tcpi_last_data_recv", Since: "2.4", Unit: Milliseconds, offset: 52, size: 4, Meaning: "since data was last received; the time since boot if never"},
	InfoLastAckRecv:          {Key: "last_ack_recv_ms", Kernel: "tcpi_last_ack_recv", Since: "2.4", Unit: Milliseconds, offset: 56, size: 4, Meaning: "since an acknowledgement was last received; the time since boot if never"},
	InfoPMTU:                 {Key: "pmtu_bytes", Kernel: "tcpi_pmtu", Since: "2.4", Unit: Count, offset: 60, size: 4, Meaning: "path MTU"},
	InfoReceiveSSThresh:      {Key: "rcv_ssthresh_bytes", Kernel: "tcpi_rcv_ssthresh", Since: "2.4", Unit: Count, offset: 64, size: 4, Meaning: "ceiling of the advertised window's growth"},
	InfoRTT:                  {Key: "rtt_us", Kernel: "tcpi_rtt", Since: "2.4", Unit: Microseconds, offset: 68, size: 4, Meaning: "smoothed round-trip time"},
	InfoRTTVar:               {Key: "rttvar_us", Kernel: "tcpi_rttvar", Since: "2.4", Unit: Microseconds, offset: 72, size: 4, Meaning: "mean deviation of the round-trip time"},
	InfoSendSSThresh:         {Key: "snd_ssthresh", Kernel: "tcpi_snd_ssthresh", Since: "2.4", Unit: Count, offset: 76, size: 4, Meaning: "slow start threshold in segments; 2147483647: none yet"},
	InfoSendCwnd:             {Key: "snd_cwnd", Kernel: "tcpi_snd_cwnd", Since: "2.4", Unit: Count, offset: 80, size: 4, Meaning: "congestion window in segments"},
	InfoAdvMSS:               {Key: "advmss_bytes", Kernel: "tcpi_advmss", Since: "2.4", Unit: Count, offset: 84, size: 4, Meaning: "MSS that this end advertised"},
	InfoReordering:           {Key: "reordering", Kernel: "tcpi_reordering", Since: "2.4", Unit: Count, offset: 88, size: 4, Meaning: "reordering tolerated, in segments"},
	InfoReceiveRTT:           {Key: "rcv_rtt_us", Kernel: "tcpi_rcv_rtt", Since: "2.6", Unit: Microseconds, offset: 92, size: 4, Meaning: "round-trip time as the receiver measures it"},
	InfoReceiveSpace:         {Key: "rcv_space_bytes", Kernel: "tcpi_rcv_space", Since: "2.6", Unit: Count, offset: 96, size: 4, Meaning: "receive buffer that auto-tuning aims for"},
	InfoTotalRetrans:         {Key: "total_retrans", Kernel: "tcpi_total_retrans", Since: "2.6", Unit: Count, offset: 100, size: 4, Meaning: "segments retransmitted in the socket's life"},
	InfoPacingRate:           {Key: "pacing_rate_bytes_per_s", Kernel: "tcpi_pacing_rate", Since: "3.15", Unit: BytesPerSecond, offset: 104, size: 8, Meaning: "pacing rate; 18446744073709551615: unlimited"},
	InfoMaxPacingRate:        {Key: "max_pacing_rate_bytes_per_s", Kernel: "tcpi_max_pacing_rate", Since: "3.15", Unit: BytesPerSecond, offset: 112, size: 8, Meaning: "pacing limit (SO_MAX_PACING_RATE)"},
	InfoBytesAcked:           {Key: "bytes_acked", Kernel: "tcpi_bytes_acked", Since: "4.1", Unit: Count, offset: 120, size: 8, Meaning: "bytes acknowledged by the peer; SYN and FIN count as one"},
	InfoBytesReceived:        {Key: "bytes_received", Kernel: "tcpi_bytes_received", Since: "4.1", Unit: Count, offset: 128, size: 8, Meaning: "bytes received in order; a FIN counts as one"},
	InfoSegsOut:              {Key: "segs_out", Kernel: "tcpi_segs_out", Since: "4.2", Unit: Count, offset: 136, size: 4, Meaning: "segments sent"},
	InfoSegsIn:               {Key: "segs_in", Kernel: "tcpi_segs_in", Since: "4.2", Unit: Count, offset: 140, size: 4, Meaning: "segments received"},
	InfoNotSent:              {Key: "notsent_bytes", Kernel: "tcpi_notsent_bytes", Since: "4.6", Unit: Count, offset: 144, size: 4, Meaning: "bytes written and not yet sent"},
	InfoMinRTT:               {Key: "min_rtt_us", Kernel: "tcpi_min_rtt", Since: "4.6", Unit: Microseconds, offset: 148, size: 4, Meaning: "smallest round-trip time; 4294967295: none yet"},
	InfoDataSegsIn:           {Key: "data_segs_in", Kernel: "tcpi_data_segs_in", Since: "4.6", Unit: Count, offset: 152, size: 4, Meaning: "segments received with data"},
	InfoDataSegsOut:          {Key: "data_segs_out", Kernel: "tcpi_data_segs_out", Since: "4.6", Unit: Count, offset: 156, size: 4, Meaning: "segments sent with data"},
	InfoDeliveryRate:         {Key: "delivery_rate_bytes_per_s", Kernel: "tcpi_delivery_rate", Since: "4.9", Unit: BytesPerSecond, offset: 160, size: 8, Meaning: "recent goodput"},
	InfoBusyTime:             {Key: "busy_time_us", Kernel: "tcpi_busy_time", Since: "4.10", Unit: Microseconds, offset: 168, size: 8, Meaning: "time with data in flight"},
	InfoReceiveWindowLimited: {Key: "rwnd_limited_us", Kernel: "tcpi_rwnd_limited", Since: "4.10", Unit: Microseconds, offset: 176, size: 8, Meaning: "of that, limited by the peer's window"},
	InfoSendBufferLimited:    {Key: "sndbuf_limited_us", Kernel: "tcpi_sndbuf_limited", Since: "4.10", Unit: Microseconds, offset: 184, size: 8, Meaning: "of that, limited by the send buffer"},
	InfoDelivered:            {Key: "delivered", Kernel: "tcpi_delivered", Since: "4.18", Unit: Count, offset: 192, size: 4, Meaning: "segments delivered"},
	InfoDeliveredCE:          {Key: "delivered_ce", Kernel: "tcpi_delivered_ce", Since: "4.18", Unit: Count, offset: 196, size: 4, Meaning: "segments delivered with an ECN mark"},
	InfoBytesSent:            {Key: "bytes_sent", Kernel: "tcpi_bytes_sent", Since: "4.19", Unit: Count, offset: 200, size: 8, Meaning: "data bytes sent, retransmissions included"},
	InfoBytesRetrans:         {Key: "bytes_retrans", Kernel: "tcpi_bytes_retrans", Since: "4.19", Unit: Count, offset: 208, size: 8, Meaning: "data bytes retransmitted"},
	InfoDSACKDups:            {Key: "dsack_dups", Kernel: "tcpi_dsack_dups", Since: "4.19", Unit: Count, offset: 216, size: 4, Meaning: "retransmissions that the peer reported as needless"},
	InfoReorderingSeen:       {Key: "reord_seen", Kernel: "tcpi_reord_seen", Since: "4.19", Unit: Count, offset: 220, size: 4, Meaning: "reordering events seen"},
	InfoReceiveOutOfOrder:    {Key: "rcv_ooopack", Kernel: "tcpi_rcv_ooopack", Since: "5.4", Unit: Count, offset: 224, size: 4, Meaning: "segments received out of order"},
	InfoSendWindow:           {Key: "snd_wnd_bytes", Kernel: "tcpi_snd_wnd", Since: "5.4", Unit: Count, offset: 228, size: 4, Meaning: "window that the peer advertises"},
	InfoReceiveWindow:        {Key: "rcv_wnd_bytes", Kernel: "tcpi_rcv_wnd", Since: "6.2", Unit: Count, offset: 232, size: 4, Meaning: "window that this end advertises"},
	InfoRehash:               {Key: "rehash", Kernel: "tcpi_rehash", Since: "6.2", Unit: Count, offset: 236, size: 4, Meaning: "times another path was tried (PLB or timeout)"},
	InfoTotalRTO:             {Key: "total_rto", Kernel: "tcpi_total_rto", Since: "6.7", Unit: Count, offset: 240, size: 2, Meaning: "retransmission timeouts in the socket's life"},
	InfoTotalRTORecoveries:   {Key: "total_rto_recoveries", Kernel: "tcpi_total_rto_recoveries", Since: "6.7", Unit: Count, offset: 242, size: 2, Meaning: "runs of timeouts, an unfinished one included"},
	InfoTotalRTOTime:         {Key: "total_rto_time_ms", Kernel: "tcpi_total_rto_time", Since: "6.7", Unit: Milliseconds, offset: 244, size: 4, Meaning: "time spent in such runs, an unfinished one included"},
	InfoReceivedCE:           {Key: "received_ce", Kernel: "tcpi_received_ce", Since: "6.18", Unit: Count, offset: 248, size: 4, Meaning: "segments received with an ECN mark (AccECN, here and below)"},
	InfoDeliveredE1Bytes:     {Key: "delivered_e1_bytes", Kernel: "tcpi_delivered_e1_bytes", Since: "6.18", Unit: Count, offset: 252, size: 4, Meaning: "bytes delivered as ECT(1)"},
	InfoDeliveredE0Bytes:     {Key: "delivered_e0_bytes", Kernel: "tcpi_delivered_e0_bytes", Since: "6.18", Unit: Count, offset: 256, size: 4, Meaning: "bytes delivered as ECT(0)"},
	InfoDeliveredCEBytes:     {Key: "delivered_ce_bytes", Kernel: "tcpi_delivered_ce_bytes", Since: "6.18", Unit: Count, offset: 260, size: 4, Meaning: "bytes delivered as CE"},
	InfoReceivedE1Bytes:      {Key: "received_e1_bytes", Kernel: "tcpi_received_e1_bytes", Since: "6.18", Unit: Count, offset: 264, size: 4, Meaning: "bytes received as ECT(1)"},
	InfoReceivedE0Bytes:      {Key: "received_e0_bytes", Kernel: "tcpi_received_e0_bytes", Since: "6.18", Unit: Count, offset: 268, size: 4, Meaning: "bytes received as ECT(0)"},
	InfoReceivedCEBytes:      {Key: "received_ce_bytes", Kernel: "tcpi_received_ce_bytes", Since: "6.18", Unit: Count, offset: 272, size: 4, Meaning: "bytes received as CE"},
	InfoAccECNFailMode:       {Key: "accecn_fail_mode", Kernel: "tcpi_accecn_fail_mode", Since: "6.18", Unit: Count, offset: 276, size: 2, Meaning: "why AccECN was given up, bits"},
	InfoAccECNOptSeen:        {Key: "accecn_opt_seen", Kernel: "tcpi_accecn_opt_seen", Since: "6.18", Unit: Count, offset: 278, size: 2, Meaning: "AccECN option seen"},
}
