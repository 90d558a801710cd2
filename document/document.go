package document

import (
	"encoding/json"
	"fmt"
	"time"
)

// Schema is the version of every document.
const Schema = "tcpstat/v1"

// Head is what documents begin with.
type Head struct {
	Schema string `json:"schema"` // always Schema
	Kind   string `json:"kind"`   // sockets, rollup, overview, check or statistics

	// Time is when the list was begun, or the record that it is from; of statistics when
	// the counters were read. Nil where a record does not tell.
	Time *time.Time `json:"time"`

	// Host is the machine's name, nil where another /proc does not tell it.
	Host *string `json:"host"`

	// NetNS is the inode of the network namespace, as /proc/PID/ns/net shows it; nil in
	// a list over all of them.
	NetNS *uint64 `json:"netns"`
}

// Origin is where the values are from.
type Origin struct {
	Source         string  `json:"source"`          // netlink, proc or replay
	RecordedSource *string `json:"recorded_source"` // what a replay was recorded from; else nil
}

// Look is what the documents about sockets share.
type Look struct {
	Head
	Origin

	// Namespaces are those that a list over all network namespaces looked into; else
	// nil.
	Namespaces []Namespace `json:"namespaces"`

	Missing []Missing `json:"missing"`
}

// Namespace is a network namespace.
type Namespace struct {
	NetNS uint64 `json:"netns"` // its inode
	Name  string `json:"name"`  // that of ip netns, else container, systemd unit or process/PID
	Path  string `json:"path"`  // by which it can be entered, as --netns takes it
}

// Missing is something that a document cannot say.
type Missing struct {
	// Field is a key of a socket or of the document, or one of sockets (whole sockets),
	// bound (those in BOUND), brief (those that came and went between two samples),
	// namespaces, settings, counters, record, and processes.exe and its like.
	Field string `json:"field"`

	// Reason is no_permission, not_in_proc, kernel_too_old, malformed_line,
	// dump_interrupted, timeout, not_recorded or events_lost.
	Reason string `json:"reason"`

	Sockets *uint `json:"sockets"` // that lack it; nil where that is not known
}

// Counts are numbers of sockets by state. All states are there, zeros included.
type Counts map[State]int

// State is the name of a state, such as CLOSE_WAIT. It is empty, and null in JSON, where
// there is none.
type State string

// MarshalJSON writes null for the empty state.
func (s State) MarshalJSON() ([]byte, error) {
	if s == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(s))
}

// Milliseconds is a duration.
type Milliseconds int64

// Duration converts it.
func (m Milliseconds) Duration() time.Duration { return time.Duration(m) * time.Millisecond }

// Age bounds for how long a socket has been in its state. A bound that is not known is
// nil.
type Age struct {
	Min *Milliseconds `json:"min_ms"`
	Max *Milliseconds `json:"max_ms"`
}

// Decode reads one document: a *Sockets, *Rollup, *Overview, *Check, *Statistics,
// *Event, *Sample or *Summary. Keys that this package does not know are passed over.
// The error is that of encoding/json, or says that there is no such kind.
func Decode(text []byte) (any, error) {
	var head struct {
		Schema, Kind string
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, err
	}
	document := ofKind(head.Kind)
	if document == nil || head.Schema != Schema {
		return nil, fmt.Errorf("no document of %s: schema %q, kind %q", Schema, head.Schema, head.Kind)
	}
	if err := json.Unmarshal(text, document); err != nil {
		return nil, err
	}
	return document, nil
}

// ofKind makes an empty document, nil for an unknown kind.
func ofKind(kind string) any {
	switch kind {
	case "sockets":
		return new(Sockets)
	case "rollup":
		return new(Rollup)
	case "overview":
		return new(Overview)
	case "check":
		return new(Check)
	case "statistics":
		return new(Statistics)
	case "event":
		return new(Event)
	case "sample":
		return new(Sample)
	case "summary":
		return new(Summary)
	}
	return nil
}
