package document

import "net/netip"

// Rollup adds up sockets by what they have in common (kind "rollup").
type Rollup struct {
	Look
	By      string  `json:"by"`     // state, process, listener or peer
	Groups  []Group `json:"groups"` // largest first, or as --sort asked; as many as --top asked for
	Summary struct {
		Groups int `json:"groups"` // before --top cut them
		Totals
	} `json:"summary"`
}

// Group is what is known of the sockets of one subject: of a state, process, listener or
// peer. The keys of the other subjects are nil.
type Group struct {
	State     State         `json:"state"`
	Process   *GroupProcess `json:"process"`   // nil for sockets of which none is known
	Ownership *string       `json:"ownership"` // by process: as of a Socket; process without a Process: hidden from this user
	Listener  *Listener     `json:"listener"`  // that they came through or are; nil for the others
	Opener    *string       `json:"opener"`    // by listener: as of a Socket

	// AcceptQueue is that of all the sockets of the Listener together.
	AcceptQueue *AcceptQueue `json:"accept_queue"`

	Peer *netip.Addr `json:"peer"` // a v4-mapped one as IPv4; nil for sockets without a peer

	Total          int    `json:"total"`
	States         Counts `json:"states"`
	RecvQueue      uint64 `json:"recv_queue_bytes"` // the sum, listeners left out, here and below
	SendQueue      uint64 `json:"send_queue_bytes"`
	Retransmitting int    `json:"retransmitting"` // sockets that wait for an answer to a segment that was sent again

	// These are from tcp_info; nil where no socket has it.
	TotalRetrans *uint64 `json:"total_retrans"` // segments
	BytesSent    *uint64 `json:"bytes_sent"`    // retransmissions included
	BytesRetrans *uint64 `json:"bytes_retrans"`

	Oldest   Age      `json:"oldest"` // of the socket that has been in its state for longest
	Verdicts Verdicts `json:"verdicts"`
	Alarms   int      `json:"alarms"`  // sockets that need somebody
	Notices  int      `json:"notices"` // sockets that are worth a look
}

// GroupProcess is the process of a group.
type GroupProcess struct {
	PID  int32  `json:"pid"`
	Name string `json:"name"`
}

// Listener is the address at which the sockets of a group were accepted.
type Listener struct {
	Endpoint
	Interface *string `json:"interface"` // device that it is bound to, nil for none
	NetNS     *uint64 `json:"netns"`     // inode of its network namespace
	Sockets   int     `json:"sockets"`   // listeners that share the address (SO_REUSEPORT)
}

// Verdicts count sockets in CLOSE_WAIT.
type Verdicts struct {
	NotAccepted int `json:"not_accepted"`
	EOFRead     int `json:"eof_read"`
	FinUnread   int `json:"fin_unread"`
	DataUnread  int `json:"data_unread"`
}
