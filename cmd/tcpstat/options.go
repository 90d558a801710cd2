package main

import (
	"time"

	"tcpstat/filter"
	"tcpstat/render"
	"tcpstat/rollup"
	"tcpstat/tcp"
)

// listOptions is what a list was asked for, after all flags were weighed.
type listOptions struct {
	filter       *filter.Expr // the zero Expr where none was given
	states       tcp.Set
	ipv4, ipv6   bool
	info, memory bool
	processes    bool
	cgroups      bool               // rows tell their cgroup, as far as the kernel does
	conclude     bool               // rows carry conclusions
	annotate     bool               // and notes, and all that these take
	quiet        bool               // one socket is enough
	columns      []render.Column    // nil: the usual ones
	rollup       *rollup.Options    // nil: no roll-up
	needs        render.ColumnNeeds // of the columns
	overview     bool               // counts instead of rows
	judged       bool               // the sockets are judged together, by rules
	sorted       bool
	sort         render.SortField
	top          int
	lang         tcp.Lang
	samples      int // 0: without end
	interval     time.Duration
}

// filtered reports whether a filter chooses among the sockets.
func (o *listOptions) filtered() bool {
	_, named := o.filter.States()
	return named || o.filter.Condition() != nil
}

// shows reports whether a family belongs to the list.
func (o *listOptions) shows(f tcp.Family) bool {
	return f == tcp.IPv4 && o.ipv4 || f == tcp.IPv6 && o.ipv6
}

// owners reports whether owners are shown. Where the user chose what is shown, -p
// is habit.
func (o *listOptions) owners() bool {
	chosen := o.quiet || o.rollup != nil || o.columns != nil
	return o.needs.Owners || o.processes && !chosen
}

// want asks for some states of the listed families without any attribute. What
// the filter rules out may be left out.
func (o *listOptions) want(states tcp.Set) want {
	return want{ipv4: o.ipv4, ipv6: o.ipv6, states: states, condition: o.filter.Condition()}
}

// attributes asks for what the rows show. An annotation needs tcp_info.
func (o *listOptions) attributes(states tcp.Set) want {
	w := o.want(states)
	w.info = o.info || o.annotate || o.needs.Info || o.filter.Needs().Info
	w.congestion, w.memory = o.info || o.needs.Congestion, o.memory
	return w
}
