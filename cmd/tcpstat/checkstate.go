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

	"tcpstat/health"
	"tcpstat/render"
	"tcpstat/tcp"
)

// checkState is the state file of a check: the counters of its last run.
type checkState struct {
	Schema   string                      `json:"schema"`
	Kind     string                      `json:"kind"`
	Time     time.Time                   `json:"time"`
	BootID   string                      `json:"boot_id"` // empty: not known
	NetNS    uint64                      `json:"netns"`   // 0: not known
	Counters map[string]map[string]int64 `json:"counters"`
}

const (
	stateKind    = "check_state"
	maxStateFile = 1 << 20
	leastWindow  = time.Second
)

// stateError is a state file that is none, or cannot be used.
func stateError(file, reason string) *usageError {
	return usagef("remove it, or name another with --state-file", "state file %s: %s", file, reason)
}

// remembered are the counters that the state file keeps, if they are those of the
// same namespace since the machine started.
func (f *checkFlags) remembered(e *env, src *source) (counts, error) {
	state, err := readState(f.stateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return counts{missing: health.FirstLook}, nil
	}
	if err != nil {
		return counts{}, err
	}
	here := stateOf(src, counts{})
	since := e.now().Sub(state.Time)
	switch {
	case state.BootID != here.BootID:
		return counts{missing: health.OtherBoot}, nil
	case state.NetNS != here.NetNS:
		return counts{missing: health.OtherNamespace}, nil
	case since < 0:
		return counts{missing: health.ClockWentBack}, nil
	case since < leastWindow:
		return counts{}, usagef("run it less often: rates over so short a time say nothing",
			"state file %s is %d ms old; it takes 1 s", f.stateFile, since.Milliseconds())
	}
	l := counts{time: state.Time, missing: health.NotCounted}
	for group, counters := range state.Counters {
		for name, value := range counters {
			l.counters = append(l.counters, tcp.Counter{Group: group, Name: name, Value: value})
		}
	}
	return l, nil
}

// readState reads a state file. What is not one is refused, so that it is not
// overwritten either.
func readState(name string) (state checkState, err error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return state, err
	case err != nil:
		return state, stateError(name, rootCause(err).Error())
	case !info.Mode().IsRegular():
		return state, stateError(name, "not a regular file")
	case info.Size() > maxStateFile:
		return state, stateError(name, "too large for one")
	}
	file, err := os.Open(name)
	if err != nil {
		return state, stateError(name, rootCause(err).Error())
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxStateFile))
	if err != nil {
		return state, stateError(name, rootCause(err).Error())
	}
	switch err := json.Unmarshal(text, &state); {
	case err != nil:
		return state, stateError(name, "damaged, or written by something else")
	case state.Kind != stateKind:
		return state, stateError(name, "written by something else")
	case state.Schema != render.Schema:
		return state, stateError(name, fmt.Sprintf("of another version, %q", state.Schema))
	case state.Counters == nil || state.Time.IsZero():
		return state, stateError(name, "damaged")
	}
	return state, nil
}

// stateOf is what the counters of a source are remembered as.
func stateOf(src *source, l counts) checkState {
	state := checkState{Schema: render.Schema, Kind: stateKind, Time: l.time.UTC(), Counters: map[string]map[string]int64{}}
	state.BootID, _ = src.proc.BootID()
	state.NetNS = src.namespace().Or(0)
	for _, c := range l.counters {
		if c.Group != "Tcp" && c.Group != "TcpExt" {
			continue // no rule asks for others
		}
		if state.Counters[c.Group] == nil {
			state.Counters[c.Group] = map[string]int64{}
		}
		state.Counters[c.Group][c.Name] = c.Value
	}
	return state
}

// remember writes the state file, at once or not at all.
func (f *checkFlags) remember(src *source, l counts) (err error) {
	text, err := json.Marshal(stateOf(src, l))
	if err != nil {
		return err
	}
	name := followed(f.stateFile)
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
