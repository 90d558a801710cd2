package document

import (
	"net/netip"
	"time"
)

// Sockets is a list of sockets (kind "sockets").
type Sockets struct {
	Look
	Sockets []Socket `json:"sockets"`
	Summary Totals   `json:"summary"`
}

// Totals count the sockets of a list, before --top cut it.
type Totals struct {
	Total  int    `json:"total"`
	States Counts `json:"states"`
}

// Socket is one socket.
type Socket struct {
	Family string `json:"family"` // ipv4 or ipv6; a v4-mapped address is of family ipv6
	State  State  `json:"state"`  // empty only in an Event of what no dump has shown

	Local  *Endpoint `json:"local"`  // nil in CLOSE
	Remote *Endpoint `json:"remote"` // nil in LISTEN, BOUND and CLOSE

	Interface *string `json:"interface"` // device that it is bound to (SO_BINDTODEVICE), nil for none
	NetNS     *uint64 `json:"netns"`     // inode of the network namespace that it is in
	V6Only    *bool   `json:"v6only"`    // IPV6_V6ONLY, of IPv6 listeners

	RecvQueue   *uint32      `json:"recv_queue_bytes"` // received and not read; a FIN counts as one; nil in LISTEN
	SendQueue   *uint32      `json:"send_queue_bytes"` // written and not acknowledged; SYN and FIN count as one; nil in LISTEN
	AcceptQueue *AcceptQueue `json:"accept_queue"`     // nil but in LISTEN
	Timer       Timer        `json:"timer"`

	Opener    string    `json:"opener"`    // active, passive, unknown or none: who sent the first SYN
	Closer    *string   `json:"closer"`    // local, remote, both or none: who sent the first FIN
	Ownership string    `json:"ownership"` // process, unaccepted, orphan, kernel or unknown
	UID       *uint32   `json:"uid"`       // nil of half-open and TIME_WAIT sockets, which have no user
	Inode     *uint64   `json:"inode"`     // as in /proc/PID/fd; 0: no descriptor refers to it; nil as UID
	Cookie    *string   `json:"cookie"`    // the kernel's name of it for its whole life, hexadecimal
	Processes []Process `json:"processes"` // nil: not asked for with -p, or hidden from this user; empty: nobody has it
	Cgroup    *string   `json:"cgroup"`    // path in version 2; nil as UID
	Container *string   `json:"container"` // docker/3f4e5d6c7b8a, lxc/NAME and the like, nil for none

	Age          Age     `json:"age"`
	Completeness *uint8  `json:"completeness"` // parts of a conversation that it proves: SYN 1, SYN-ACK 2, ACK 4, DATA 8, FIN 16
	Verdict      *string `json:"verdict"`      // of CLOSE_WAIT: eof_read, fin_unread, data_unread or not_accepted
	Note         *string `json:"note"`         // what it waits for, in words for people

	Congestion *string  `json:"congestion"` // control algorithm, with -i
	TCPInfo    *TCPInfo `json:"tcp_info"`   // with -i, and where it is the final one
	Memory     *Memory  `json:"memory"`     // with -m
}

// Endpoint is an address with its port.
type Endpoint struct {
	Addr netip.Addr `json:"addr"`
	Port uint16     `json:"port"`
}

// AddrPort gives both as one value; the zero AddrPort for nil.
func (e *Endpoint) AddrPort() netip.AddrPort {
	if e == nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(e.Addr, e.Port)
}

// AcceptQueue holds the connections that wait for accept().
type AcceptQueue struct {
	Used  uint32  `json:"used"`
	Limit *uint32 `json:"limit"` // the listener's backlog; the queue is full above it
	Drops *uint32 `json:"drops"` // what the listener has dropped so far
}

// Timer is what a socket waits for, and what the model of the kernel predicts.
type Timer struct {
	// Kind is none, retransmit, keepalive, time_wait, window_probe, fin_wait2,
	// delayed_ack or unknown.
	Kind string `json:"kind"`

	Expires     *Milliseconds `json:"expires_ms"`  // until it fires; nil without a timer
	Retransmits uint8         `json:"retransmits"` // since the last acknowledgement
	Probes      uint8         `json:"probes"`      // keepalive or window probes without an answer

	// Limit is how many tries are predicted, GivesUp when the connection is given up.
	// A program can set limits of its own, which the kernel does not report.
	Limit   *uint32       `json:"limit"`
	GivesUp *Milliseconds `json:"gives_up_ms"`
}

// Process is a process with its descriptor of a socket.
type Process struct {
	PID  int32  `json:"pid"`
	Name string `json:"name"`
	FD   int32  `json:"fd"`

	Exe     *string    `json:"exe"`     // path of the executable
	Cmdline *string    `json:"cmdline"` // its words quoted as for a shell; "" for a kernel thread
	User    *string    `json:"user"`    // name of the effective user, or the number
	Started *time.Time `json:"started"`
}

// Memory is the memory of a socket (SK_MEMINFO), in bytes but for Drops.
type Memory struct {
	ReceiveAllocated uint32 `json:"rmem_alloc_bytes"` // by what was received
	ReceiveBuffer    uint32 `json:"rcvbuf_bytes"`
	SendAllocated    uint32 `json:"wmem_alloc_bytes"` // by what is on its way to the device
	SendBuffer       uint32 `json:"sndbuf_bytes"`
	ForwardAllocated uint32 `json:"fwd_alloc_bytes"`   // set aside for what comes next
	SendQueued       uint32 `json:"wmem_queued_bytes"` // by what was written
	Options          uint32 `json:"optmem_bytes"`      // by options and filters
	Backlog          uint32 `json:"backlog_bytes"`     // arrived while a program held the socket

	Drops *uint32 `json:"drops"` // segments dropped
}
