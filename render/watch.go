package render

import (
	"slices"
	"strings"

	"tcpstat/listing"
	"tcpstat/tcp"
	"tcpstat/watch"
)

// WatchEvent is an event of a watch with the row of its socket.
type WatchEvent struct {
	watch.Event
	Row *listing.Row
}

// WatchSummary is what a watch came to.
type WatchSummary struct {
	watch.Summary
	listing.Head
	Source  string // netlink or proc
	Reached tcp.Opt[bool]
	Missing []listing.Missing

	// Those that hold most of what came, the ones that grow most first.
	Processes        []ProcessGrowth
	Listeners, Peers []watch.Group
}

// ProcessGrowth is how the sockets of a process grow, and its descriptors.
type ProcessGrowth struct {
	watch.Group
	Files tcp.Opt[watch.Files]
}

// Unaccounted reports whether most files of a process, and not just those that every
// program has, are something else than the sockets watched.
func (p *ProcessGrowth) Unaccounted() bool {
	const usual = 64
	files, known := p.Files.Get()
	return known && files.Open > 2*uint64(p.Count)+usual
}

// StatesWatched names the states of a watch in one word.
func StatesWatched(states tcp.Set) string {
	if states == tcp.AllStates {
		return "all"
	}
	var names []string
	for _, s := range states.States() {
		names = append(names, s.String())
	}
	return strings.Join(names, ",")
}

// transitionOf gives the move of the diagram that an event is, if it is one.
func transitionOf(e *watch.Event) (tcp.Transition, bool) {
	if e.Kind != watch.Changed || len(e.Through) > 0 {
		return tcp.Transition{}, false
	}
	moves := e.From.Next()
	i := slices.IndexFunc(moves, func(t tcp.Transition) bool { return t.To == e.To })
	if i < 0 {
		return tcp.Transition{}, false
	}
	return moves[i], true
}

// appendTransition appends what happened and what TCP then does, nothing where that
// is not known.
func appendTransition(dst []byte, e *watch.Event, lang tcp.Lang) []byte {
	move, found := transitionOf(e)
	if !found {
		return dst
	}
	dst = append(dst, move.Event.In(lang)...)
	if action := move.Action.In(lang); action != "" {
		dst = append(append(dst, ", "...), action...)
	}
	return dst
}
