package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"tcpstat/document"
	"tcpstat/health"
	"tcpstat/inspect"
	"tcpstat/tcp"
)

// checkState is the state file of a check: the counters of its last run, and the accept
// queues by the inodes of their listeners.
type checkState struct {
	Schema   string                      `json:"schema"`
	Kind     string                      `json:"kind"`
	Time     time.Time                   `json:"time"`
	BootID   string                      `json:"boot_id"` // empty: not known
	NetNS    uint64                      `json:"netns"`   // 0: not known
	Counters map[string]map[string]int64 `json:"counters"`

	Listeners map[uint64]queueState `json:"listeners,omitzero"` // nil: not known
}

// queueState is an accept queue in a state file.
type queueState struct {
	Used  uint32 `json:"used"`
	Drops uint32 `json:"drops"`
}

const (
	stateKind    = "check_state"
	maxStateFile = 1 << 20
	maxQueues    = 10_000 // accept queues in it; more would not fit
	leastWindow  = time.Second
)

// stateError is a state file that is none, or cannot be used.
func stateError(file, reason string) *usageError {
	return usagef("remove it, or name another with --state-file", "state file %s: %s", file, reason)
}

// remembered is the moment that a state file keeps, if it is one of the same namespace
// since the machine started.
func remembered(file string, m *inspect.Machine) (health.Moment, error) {
	state, err := readState(file)
	if errors.Is(err, fs.ErrNotExist) {
		return health.Moment{Missing: health.FirstLook}, nil
	}
	if err != nil {
		return health.Moment{}, err
	}
	since := m.Now().Sub(state.Time)
	switch {
	case state.BootID != m.BootID():
		return health.Moment{Missing: health.OtherBoot}, nil
	case state.NetNS != m.NetNS().Or(0):
		return health.Moment{Missing: health.OtherNamespace}, nil
	case since < 0:
		return health.Moment{Missing: health.ClockWentBack}, nil
	case since < leastWindow:
		return health.Moment{}, usagef("run it less often: rates over so short a time say nothing",
			"state file %s is %d ms old; it takes 1 s", file, since.Milliseconds())
	}
	earlier := health.Moment{Time: state.Time, Missing: health.NotCounted}
	for group, counters := range state.Counters {
		for name, value := range counters {
			earlier.Counters = append(earlier.Counters, tcp.Counter{Group: group, Name: name, Value: value})
		}
	}
	earlier.Sockets.Listeners = state.queues()
	return earlier, nil
}

// queues are the accept queues that a state file keeps, nil if it keeps none.
func (s *checkState) queues() map[uint64]tcp.Backlog {
	if s.Listeners == nil {
		return nil
	}
	queues := map[uint64]tcp.Backlog{}
	for inode, q := range s.Listeners {
		queues[inode] = tcp.Backlog{Used: q.Used, Drops: tcp.Some(q.Drops)}
	}
	return queues
}

// readState reads a state file. What is not one is refused, so that it is not
// overwritten either.
func readState(name string) (state checkState, err error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return state, err
	case err != nil:
		return state, stateError(name, inspect.RootCause(err).Error())
	case !info.Mode().IsRegular():
		return state, stateError(name, "not a regular file")
	case info.Size() > maxStateFile:
		return state, stateError(name, "too large for one")
	}
	file, err := os.Open(name)
	if err != nil {
		return state, stateError(name, inspect.RootCause(err).Error())
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxStateFile))
	if err != nil {
		return state, stateError(name, inspect.RootCause(err).Error())
	}
	switch err := json.Unmarshal(text, &state); {
	case err != nil:
		return state, stateError(name, "damaged, or written by something else")
	case state.Kind != stateKind:
		return state, stateError(name, "written by something else")
	case state.Schema != document.Schema:
		return state, stateError(name, fmt.Sprintf("of another version, %q", state.Schema))
	case state.Counters == nil || state.Time.IsZero():
		return state, stateError(name, "damaged")
	}
	return state, nil
}

// stateOf is what the facts of a machine are remembered as.
func stateOf(m *inspect.Machine, facts *health.Facts) checkState {
	state := checkState{
		Schema: document.Schema, Kind: stateKind, Time: facts.Time.UTC(),
		BootID: m.BootID(), NetNS: m.NetNS().Or(0), Counters: map[string]map[string]int64{},
	}
	for _, c := range facts.Counters {
		if c.Group != "Tcp" && c.Group != "TcpExt" {
			continue // no rule asks for others
		}
		if state.Counters[c.Group] == nil {
			state.Counters[c.Group] = map[string]int64{}
		}
		state.Counters[c.Group][c.Name] = c.Value
	}
	if !facts.Filtered {
		state.Listeners = queueStates(facts.Census.Queues())
	}
	return state
}

// queueStates are the accept queues as a state file keeps them: nil where they are too
// many, or the source does not tell what a listener has dropped.
func queueStates(queues map[uint64]tcp.Backlog) map[uint64]queueState {
	if len(queues) > maxQueues {
		return nil
	}
	states := map[uint64]queueState{}
	for inode, q := range queues {
		drops, known := q.Drops.Get()
		if !known {
			return nil
		}
		states[inode] = queueState{q.Used, drops}
	}
	return states
}

// remember writes the state file, at once or not at all.
func remember(stateFile string, m *inspect.Machine, facts *health.Facts) (err error) {
	text, err := json.Marshal(stateOf(m, facts))
	if err != nil {
		return err
	}
	name := inspect.Followed(stateFile)
	file, err := os.CreateTemp(filepath.Dir(name), ".tcpstat-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	_, err = file.Write(append(text, '\n'))
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}
