package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tcpstat/filter"
	"tcpstat/internal/spelling"
	"tcpstat/listing"
	"tcpstat/netns"
)

// allNamespaces is the word of --netns for every namespace.
const allNamespaces = "all"

// everywhere is what --netns all looks at: every namespace, one after the other.
// It is nil where a list is about one.
type everywhere struct {
	found  []netns.Namespace
	hidden int  // processes whose namespace may not be looked at
	said   bool // that some are not shown

	// filter reads the filter anew in a namespace; nil where it is the same in all,
	// as it is unless it asks for a device, whose number is another in each.
	filter func() (*filter.Expr, error)
}

func newEverywhere(ctx context.Context, words []string, devices bool) *everywhere {
	if !devices {
		return &everywhere{}
	}
	return &everywhere{filter: func() (*filter.Expr, error) {
		names := filterNames(ctx, &source{})
		names.Device = deviceOrNone
		return filter.Parse(strings.Join(words, " "), names)
	}}
}

// survey finds the namespaces for the next list.
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

// each runs f in the namespace of the list; with --netns all in one after the
// other, on a thread that is in it. What goes wrong with one of several is told to
// miss, and the others are visited all the same unless it says otherwise.
func (l *lister) each(f func(netns.Namespace) error, miss func(netns.Namespace, error) error) error {
	if l.everywhere == nil {
		return f(netns.Namespace{})
	}
	for _, place := range l.everywhere.found {
		err := place.Do(func() error {
			if err := l.arrive(); err != nil {
				return err
			}
			return f(place)
		})
		if err != nil && miss != nil {
			if err := miss(place, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// arrive forgets what is another thing in the namespace that was entered.
func (l *lister) arrive() (err error) {
	l.devices = devices{}
	if l.everywhere.filter != nil {
		l.chooser.expr, err = l.everywhere.filter()
		l.options.filter = l.chooser.expr
	}
	return err
}

// places are the namespaces of a page over all of them.
type places struct {
	seen    []listing.Namespace // the last is where the thread is
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

// readIn adds the sockets of a namespace that was entered.
func (p *page) readIn(ctx context.Context, place netns.Namespace) error {
	if p.everywhere != nil {
		p.places.seen = append(p.places.seen, shown(place))
	}
	err := p.read(ctx, p)
	if err == nil {
		p.places.read++
	}
	return err
}

// miss says what went wrong with the first namespace that could not be read for
// that reason, and counts them. What fails in our own, which comes first, would
// fail in all.
func (p *page) miss(place netns.Namespace, err error) error {
	var failed *netns.Error
	switch {
	case p.out.err != nil, p.places.read == 0, errors.Is(err, context.Canceled), errors.Is(err, errEnough):
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
	reason := rootCause(err).Error()
	if p.places.failed == nil {
		p.places.failed = make(map[string]int)
	}
	if p.places.failed[reason]++; p.places.failed[reason] == 1 {
		p.env.warn("%v", err)
	}
	return nil
}

// hidden says that there are namespaces that are not shown.
func (p *page) hidden() {
	for _, reason := range slices.Sorted(maps.Keys(p.places.failed)) {
		if times := p.places.failed[reason]; times > 1 {
			p.env.warn("%d network namespaces: %s", times, reason)
		}
	}
	all := p.everywhere
	if all == nil || all.hidden == 0 && !p.places.refused {
		return
	}
	p.gaps.unknown("namespaces", listing.NoPermission)
	switch {
	case all.said:
	case p.env.root:
		p.env.hint("some processes hide their network namespace even from root; namespaces may be missing")
	default:
		p.env.hint("network namespaces of other users are hidden; as root all are shown")
	}
	all.said = true
}

// completeNamespaces offers the names that `ip netns` has given, and all.
func completeNamespaces(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return append(netns.Names(), allNamespaces), cobra.ShellCompDirectiveNoFileComp
}

// namespaceAdvice says what to try where a namespace cannot be looked into.
func namespaceAdvice(e *netns.Error) string {
	switch {
	case errors.Is(e, fs.ErrPermission):
		return "run as root: to look into another namespace takes CAP_SYS_ADMIN"
	case errors.Is(e, netns.ErrAmbiguous):
		return fmt.Sprintf("say which: --netns /run/netns/%s or --netns /proc/%[1]s/ns/net", e.Word)
	case errors.Is(e, netns.ErrNoName):
		return knownNamespaces(e.Word)
	}
	return "--netns takes a name of ip netns, the number of a process, a path such as /proc/PID/ns/net, or all"
}

// knownNamespaces tells the names that would have done.
func knownNamespaces(word string) string {
	names := netns.Names()
	if len(names) == 0 {
		return "no namespace has a name here; give the number of a process in it, or see --netns all"
	}
	known := "known: " + strings.Join(names, " ")
	if near := spelling.Nearest(word, names); near != "" {
		return "did you mean " + near + "? " + known
	}
	return known
}
