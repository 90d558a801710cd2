package document

// TCPInfo is struct tcp_info, as far as it says something. A field is nil where the
// kernel is older than it, where the kernel's number stands for "none yet", and, for most,
// of a listener. Each is 0 or more; a unit that its key names is here in the comment.
type TCPInfo struct {
	CAState              *uint64 `json:"ca_state"`                    // congestion avoidance state: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss
	Retransmits          *uint64 `json:"retransmits"`                 // retransmissions by timeout since the last acknowledgement
	Probes               *uint64 `json:"probes"`                      // unanswered keepalive or window probes
	Backoff              *uint64 `json:"backoff"`                     // times the timeout was doubled
	Options              *uint64 `json:"options"`                     // bits of what was negotiated, see the Option constants of package tcp
	SendWindowScale      *uint64 `json:"snd_wscale"`                  // window scale that the peer asked for
	ReceiveWindowScale   *uint64 `json:"rcv_wscale"`                  // window scale that this end asked for
	AppLimited           *uint64 `json:"delivery_rate_app_limited"`   // 1: delivery_rate was limited by the application
	RTO                  *uint64 `json:"rto_us"`                      // µs: retransmission timeout, doublings included
	ATO                  *uint64 `json:"ato_us"`                      // µs: delayed acknowledgement timeout
	SendMSS              *uint64 `json:"snd_mss_bytes"`               // bytes: largest segment sent
	ReceiveMSS           *uint64 `json:"rcv_mss_bytes"`               // bytes: estimate of the largest segment received
	Unacked              *uint64 `json:"unacked"`                     // segments in flight
	Sacked               *uint64 `json:"sacked"`                      // segments acknowledged selectively
	Lost                 *uint64 `json:"lost"`                        // segments thought lost
	Retrans              *uint64 `json:"retrans"`                     // retransmitted segments in flight
	Fackets              *uint64 `json:"fackets"`                     // 0 since Linux 4.15
	LastDataSent         *uint64 `json:"last_data_sent_ms"`           // ms: since data was last sent
	LastAckSent          *uint64 `json:"last_ack_sent_ms"`            // ms: always nil: the kernel does not keep it
	LastDataRecv         *uint64 `json:"last_data_recv_ms"`           // ms: since data was last received
	LastAckRecv          *uint64 `json:"last_ack_recv_ms"`            // ms: since an acknowledgement was last received
	PMTU                 *uint64 `json:"pmtu_bytes"`                  // bytes: path MTU
	ReceiveSSThresh      *uint64 `json:"rcv_ssthresh_bytes"`          // bytes: ceiling of the advertised window's growth
	RTT                  *uint64 `json:"rtt_us"`                      // µs: smoothed round-trip time
	RTTVar               *uint64 `json:"rttvar_us"`                   // µs: mean deviation of the round-trip time
	SendSSThresh         *uint64 `json:"snd_ssthresh"`                // slow start threshold in segments; nil: none yet
	SendCwnd             *uint64 `json:"snd_cwnd"`                    // congestion window in segments
	AdvMSS               *uint64 `json:"advmss_bytes"`                // bytes: MSS that this end advertised
	Reordering           *uint64 `json:"reordering"`                  // reordering tolerated, in segments
	ReceiveRTT           *uint64 `json:"rcv_rtt_us"`                  // µs: round-trip time as the receiver measures it
	ReceiveSpace         *uint64 `json:"rcv_space_bytes"`             // bytes: receive buffer that auto-tuning aims for
	TotalRetrans         *uint64 `json:"total_retrans"`               // segments retransmitted in the socket's life
	PacingRate           *uint64 `json:"pacing_rate_bytes_per_s"`     // bytes/s: pacing rate; nil: unlimited
	MaxPacingRate        *uint64 `json:"max_pacing_rate_bytes_per_s"` // bytes/s: pacing limit (SO_MAX_PACING_RATE); nil: unlimited
	BytesAcked           *uint64 `json:"bytes_acked"`                 // bytes acknowledged by the peer; SYN and FIN count as one
	BytesReceived        *uint64 `json:"bytes_received"`              // bytes received in order; a FIN counts as one
	SegsOut              *uint64 `json:"segs_out"`                    // segments sent
	SegsIn               *uint64 `json:"segs_in"`                     // segments received
	NotSentBytes         *uint64 `json:"notsent_bytes"`               // bytes written and not yet sent
	MinRTT               *uint64 `json:"min_rtt_us"`                  // µs: smallest round-trip time; nil: none yet
	DataSegsIn           *uint64 `json:"data_segs_in"`                // segments received with data
	DataSegsOut          *uint64 `json:"data_segs_out"`               // segments sent with data
	DeliveryRate         *uint64 `json:"delivery_rate_bytes_per_s"`   // bytes/s: recent goodput
	BusyTime             *uint64 `json:"busy_time_us"`                // µs: time with data in flight
	ReceiveWindowLimited *uint64 `json:"rwnd_limited_us"`             // µs: of the busy time, limited by the peer's window
	SendBufferLimited    *uint64 `json:"sndbuf_limited_us"`           // µs: of the busy time, limited by the send buffer
	Delivered            *uint64 `json:"delivered"`                   // segments delivered
	DeliveredCE          *uint64 `json:"delivered_ce"`                // segments delivered with an ECN mark
	BytesSent            *uint64 `json:"bytes_sent"`                  // data bytes sent, retransmissions included
	BytesRetrans         *uint64 `json:"bytes_retrans"`               // data bytes retransmitted
	DSACKDups            *uint64 `json:"dsack_dups"`                  // retransmissions that the peer reported as needless
	ReorderingSeen       *uint64 `json:"reord_seen"`                  // reordering events seen
	ReceiveOutOfOrder    *uint64 `json:"rcv_ooopack"`                 // segments received out of order
	SendWindow           *uint64 `json:"snd_wnd_bytes"`               // bytes: window that the peer advertises
	ReceiveWindow        *uint64 `json:"rcv_wnd_bytes"`               // bytes: window that this end advertises
	Rehash               *uint64 `json:"rehash"`                      // times another path was tried (PLB or timeout)
	TotalRTO             *uint64 `json:"total_rto"`                   // retransmission timeouts in the socket's life
	TotalRTORecoveries   *uint64 `json:"total_rto_recoveries"`        // runs of timeouts, an unfinished one included
	TotalRTOTime         *uint64 `json:"total_rto_time_ms"`           // ms: time spent in runs of timeouts, an unfinished one included
	ReceivedCE           *uint64 `json:"received_ce"`                 // segments received with an ECN mark (AccECN)
	DeliveredE1Bytes     *uint64 `json:"delivered_e1_bytes"`          // bytes delivered as ECT(1)
	DeliveredE0Bytes     *uint64 `json:"delivered_e0_bytes"`          // bytes delivered as ECT(0)
	DeliveredCEBytes     *uint64 `json:"delivered_ce_bytes"`          // bytes delivered as CE
	ReceivedE1Bytes      *uint64 `json:"received_e1_bytes"`           // bytes received as ECT(1)
	ReceivedE0Bytes      *uint64 `json:"received_e0_bytes"`           // bytes received as ECT(0)
	ReceivedCEBytes      *uint64 `json:"received_ce_bytes"`           // bytes received as CE
	AccECNFailMode       *uint64 `json:"accecn_fail_mode"`            // why AccECN was given up, bits
	AccECNOptSeen        *uint64 `json:"accecn_opt_seen"`             // AccECN option seen
}
