package document

import (
	"net/netip"
	"time"
)

// Event is something that happened to a socket that is watched (kind "event").
type Event struct {
	Schema string    `json:"schema"`
	Kind   string    `json:"kind"`
	Time   time.Time `json:"time"` // when it was noticed; of a socket that the kernel reported as closed, when that was

	// Event is present (at the first sample), appeared, changed, left, or brief (it came
	// and went between two samples).
	Event string `json:"event"`

	From    State   `json:"from"`    // empty of present, appeared and brief
	To      State   `json:"to"`      // empty of left and brief
	Through []State `json:"through"` // of changed: states between the two that no sample saw

	Transition *string `json:"transition"` // of changed: what happened, in words for people
	Inferred   *string `json:"inferred"`   // of left: expired, acknowledged, aborted, reset or refused, as far as it can be inferred

	// Socket is as it was sampled; of left as it was last seen; of brief with the little
	// that the kernel reports of a closed one.
	Socket Socket `json:"socket"`
}

// Sample is what one sample of a watch came to (kind "sample").
type Sample struct {
	Schema string    `json:"schema"`
	Kind   string    `json:"kind"`
	Time   time.Time `json:"time"` // when it was complete
	Watched
}

// Watched counts sockets, in a Sample since the one before, in a Summary over the whole
// run.
type Watched struct {
	Count      int    `json:"count"`       // that are watched now
	Followed   int    `json:"followed"`    // with those that went on to other states
	Appeared   uint64 `json:"appeared"`    // came, or came into a watched state
	Changed    uint64 `json:"changed"`     // went from one state to another
	Left       uint64 `json:"left"`        // are gone
	Brief      uint64 `json:"brief"`       // came and went unseen
	LostEvents uint64 `json:"lost_events"` // closed sockets that the kernel failed to report
	Unfollowed uint64 `json:"unfollowed"`  // beyond what is kept in memory, of which no event is told

	// GrowthPerMinute is the change of Count: over the last minute, or since the
	// start. Nil in the first sample.
	GrowthPerMinute *float64 `json:"growth_per_minute"`

	Oldest Age `json:"oldest"` // of the socket that has been in its state for longest
}

// Summary is what a watch came to (kind "summary").
type Summary struct {
	Schema string    `json:"schema"`
	Kind   string    `json:"kind"`
	Time   time.Time `json:"time"`

	Host   *string `json:"host"`   // the machine's name
	NetNS  *uint64 `json:"netns"`  // inode of the network namespace
	Source string  `json:"source"` // netlink or proc
	States []State `json:"states"` // those that were watched

	Started    time.Time    `json:"started"`   // when the first sample was complete
	Window     Milliseconds `json:"window_ms"` // from the first sample to the last
	Samples    int          `json:"samples"`
	FirstCount int          `json:"first_count"` // Count of the first sample
	Watched

	UntilReached *bool `json:"until_reached"` // whether --until became true; nil without it

	// The five of each that gain most.
	Processes []ProcessGrowth  `json:"processes"` // of sockets that several hold, the first
	Listeners []ListenerGrowth `json:"listeners"`
	Peers     []PeerGrowth     `json:"peers"`

	Missing []Missing `json:"missing"`
}

// Growth is how the watched sockets of one subject grew.
type Growth struct {
	Count           int      `json:"count"`             // at the end
	Change          int      `json:"change"`            // since the first sample
	GrowthPerMinute *float64 `json:"growth_per_minute"` // the same in a minute
}

// ProcessGrowth is that of a process.
type ProcessGrowth struct {
	PID  int32   `json:"pid"`
	Name *string `json:"name"`
	Growth

	OpenFiles      *uint64       `json:"open_files"`       // descriptors that it has
	OpenFilesLimit *uint64       `json:"open_files_limit"` // its soft limit of them (RLIMIT_NOFILE)
	ClosedHeld     *uint64       `json:"closed_held"`      // of those, sockets that stand in no table; nil where the count explains them
	FullIn         *Milliseconds `json:"full_in_ms"`       // until it has no more, at this rate; nil where it does not grow
}

// ListenerGrowth is that of a listener.
type ListenerGrowth struct {
	Listener *Endpoint `json:"listener"`
	Growth
}

// PeerGrowth is that of a peer; a v4-mapped address is given as IPv4.
type PeerGrowth struct {
	Peer netip.Addr `json:"peer"`
	Growth
}
