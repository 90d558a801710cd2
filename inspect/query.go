package inspect

import (
	"tcpstat/filter"
	"tcpstat/tcp"
)

// Query says which sockets are wanted, and what of them. Each thing costs time for
// every socket; what a filter needs is asked for by itself. Nothing of a Query is
// changed once a look was made of it.
type Query struct {
	// States are those that a socket may be in. None: those that the filter names, or
	// else all; BOUND is not among them for rules, which do not ask of it.
	States tcp.Set

	IPv4, IPv6 bool         // families; neither: both. A v4-mapped socket is of family IPv6
	Filter     *filter.Expr // nil: every socket

	Info       bool // tcp_info
	Memory     bool // socket memory, and the drops of a listener
	Congestion bool // the name of the congestion control algorithm
	Owners     bool // the processes that hold the socket: a walk through /proc/PID/fd
	Details    bool // of the owners of rows: executable, command line, user, start time
	Cgroups    bool // the cgroup, where sock_diag tells it
	AnyCgroup  bool // and where only the owner does, as in /proc
	Names      bool // of hosts, services and users, within 2 s

	// Ended asks for sockets that stand in no table: never connected, refused, reset, or
	// shut down on both sides, while a program holds them. They are found among the
	// descriptors of processes, where Owners are asked for, and come last, in state CLOSE
	// and without addresses. A filter must leave their state open or name it, and what
	// it asks beside may be of owners.
	Ended bool

	// View asks for what the socket alone tells of itself. Annotate asks for what
	// takes the settings and all listeners of its namespace beside it; listeners come
	// first then. Notes asks for notes as well.
	View, Annotate, Notes bool

	// For tells what the rows are for; rules need Judgement, and roll-ups Groups, with
	// Notes where alarms are to be counted.
	For Purpose

	// NoPlace leaves the names of the machine and of the namespace out of the Head,
	// which saves the reading of two files.
	NoPlace bool

	// One says that one row is enough, so that it matters whether there may be sockets
	// that cannot be seen.
	One bool
}

// Purpose is what the rows are for. It decides what counts as missing.
type Purpose uint8

// The purposes.
const (
	List      Purpose = iota // each row is shown
	Groups                   // they are added up
	Judgement                // rules judge them, and say what they miss
)

// Filtered reports whether a filter chooses among the sockets.
func (q *Query) Filtered() bool {
	_, named := q.Filter.States()
	return named || q.Filter.Condition() != nil
}

// shows reports whether a family is wanted.
func (q *Query) shows(f tcp.Family) bool {
	return f == tcp.IPv4 && q.IPv4 || f == tcp.IPv6 && q.IPv6
}

// complete fills in what is left open, and what the filter needs.
func (q Query) complete() Query {
	if !q.IPv4 && !q.IPv6 {
		q.IPv4, q.IPv6 = true, true
	}
	if q.Filter == nil {
		q.Filter = new(filter.Expr)
	}
	if q.States == 0 {
		q.States = q.defaultStates()
	}
	q.AnyCgroup = q.AnyCgroup || q.Filter.Needs().Cgroup
	q.Cgroups = q.Cgroups || q.AnyCgroup
	q.Owners = q.Owners || q.Filter.Needs().Owners
	_, named := q.Filter.States()
	q.Ended = q.Ended && q.Owners && q.For == List && q.States.Has(tcp.Close) && (named || q.Filter.Condition() == nil)
	q.Annotate = q.Annotate || q.Notes || q.For == Judgement
	q.View = q.View || q.Annotate || q.For == Groups || q.Filter.Needs().View
	return q
}

// defaultStates are those of a query that leaves them open.
func (q *Query) defaultStates() tcp.Set {
	set, named := q.Filter.States()
	if q.For == Judgement && !named {
		return set.Without(tcp.Bound)
	}
	return set
}

// want asks for some states of the families without any attribute. What the filter
// rules out may be left out.
func (l *Look) want(states tcp.Set) want {
	q := &l.query
	return want{ipv4: q.IPv4, ipv6: q.IPv6, states: states, condition: l.chooser.expr.Condition(), inside: l.inside}
}

// attributes asks for what the rows show. An annotation needs tcp_info.
func (l *Look) attributes(states tcp.Set) want {
	w, q := l.want(states), &l.query
	w.info = q.Info || q.Annotate || q.For == Groups || q.Filter.Needs().Info
	w.congestion, w.memory = q.Congestion, q.Memory
	return w
}
