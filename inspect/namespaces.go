package inspect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"tcpstat/filter"
	"tcpstat/listing"
	"tcpstat/netns"
)

// everywhere is what a look at all namespaces looks at: one after the other. It is nil
// where a look is at one.
type everywhere struct {
	found  []netns.Namespace
	hidden int  // processes whose namespace may not be looked at
	said   bool // that some are not shown

	// filter reads the filter anew in a namespace; nil where it is the same in all,
	// as it is unless it asks for a device, whose number is another in each.
	filter func() (*filter.Expr, error)
}

func newEverywhere(expr *filter.Expr) *everywhere {
	if !expr.Needs().Devices {
		return &everywhere{}
	}
	return &everywhere{filter: func() (*filter.Expr, error) {
		names := (&Machine{}).FilterNames(context.Background())
		names.Device = deviceOrNone
		return filter.Parse(expr.Text(), names)
	}}
}

// survey finds the namespaces for the next pass.
func (all *everywhere) survey() (err error) {
	if all != nil {
		all.found, all.hidden, err = netns.All()
	}
	return err
}

// namespaces are those that were found, for people and scripts.
func (all *everywhere) namespaces() (list []listing.Namespace) {
	if all == nil {
		return nil
	}
	for _, place := range all.found {
		list = append(list, shown(place))
	}
	return list
}

func shown(place netns.Namespace) listing.Namespace {
	return listing.Namespace{Inode: place.Inode, Name: place.Name, Path: place.Path}
}

// each runs f for the namespace of the look, or for all of them in turn. What goes
// wrong with one of several is told to miss, and the others are visited all the same
// unless it says otherwise.
func (l *Look) each(f func(netns.Namespace) error, miss func(netns.Namespace, error) error) error {
	if l.everywhere == nil {
		if err := l.inside(func() error { return nil }); err != nil {
			return err // it cannot be entered
		}
		return f(netns.Namespace{})
	}
	for _, place := range l.everywhere.found {
		err := l.arrive(place)
		if err == nil {
			err = f(place)
		}
		if err != nil && miss != nil {
			if err := miss(place, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// arrive turns to a namespace, and forgets what is another thing there.
func (l *Look) arrive(place netns.Namespace) error {
	l.devices, l.inside = devices{}, place.Do
	return place.Do(func() (err error) {
		if l.everywhere.filter != nil {
			l.chooser.expr, err = l.everywhere.filter()
		}
		return err
	})
}

// places are the namespaces of a pass over all of them.
type places struct {
	seen    []listing.Namespace // the last is the one that is read
	read    int                 // how many of them to the end
	failed  map[string]int      // how many could not be read, by the reason, for others than privilege
	refused bool                // some may not be entered
}

// here is the namespace of the sockets that come, nil where there is but one.
func (ps *places) here() *listing.Namespace {
	if len(ps.seen) == 0 {
		return nil
	}
	return &ps.seen[len(ps.seen)-1]
}

// readIn takes the sockets of a namespace.
func (l *Look) readIn(ctx context.Context, place netns.Namespace, yield func(*listing.Row, error) bool) error {
	if l.everywhere != nil {
		l.pass.places.seen = append(l.pass.places.seen, shown(place))
	}
	err := l.read(ctx, yield)
	if err == nil {
		l.pass.places.read++
	}
	return err
}

// miss says what went wrong with the first namespace that could not be read for that
// reason, and counts them. What fails in our own, which comes first, would fail in
// all.
func (l *Look) miss(place netns.Namespace, err error) error {
	var failed *netns.Error
	p := &l.pass
	switch {
	case p.stopped, p.places.read == 0, errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &failed) && errors.Is(err, fs.ErrPermission):
		p.places.refused = true
		return nil
	case errors.As(err, &failed):
		p.gaps.unknown("namespaces", listing.DumpInterrupted)
	default:
		p.gaps.unknown("sockets", reasonOf(err))
		err = fmt.Errorf("network namespace %q: %w", place.Name, err)
	}
	reason := RootCause(err).Error()
	if p.places.failed == nil {
		p.places.failed = make(map[string]int)
	}
	if p.places.failed[reason]++; p.places.failed[reason] == 1 {
		l.machine.options.Warn("%v", err)
	}
	return nil
}

// hidden says that there are namespaces that are not shown.
func (l *Look) hidden() {
	p, o := &l.pass, &l.machine.options
	for _, reason := range slices.Sorted(maps.Keys(p.places.failed)) {
		if times := p.places.failed[reason]; times > 1 {
			o.Warn("%d network namespaces: %s", times, reason)
		}
	}
	all := l.everywhere
	if all == nil || all.hidden == 0 && !p.places.refused {
		return
	}
	p.gaps.unknown("namespaces", listing.NoPermission)
	switch {
	case all.said:
	case o.Root:
		o.Hint("some processes hide their network namespace even from root; namespaces may be missing")
	default:
		o.Hint("network namespaces of other users are hidden; as root all are shown")
	}
	all.said = true
}

// NamespaceNames lists the names that `ip netns` has given to network namespaces of
// this machine.
func NamespaceNames() []string { return netns.Names() }
