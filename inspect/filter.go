package inspect

import (
	"context"
	"errors"
	"math"
	"net"
	"net/netip"
	"os/user"
	"strconv"

	"tcpstat/filter"
	"tcpstat/listing"
	"tcpstat/netns"
	"tcpstat/tcp"
)

// FilterNames looks up the names in a filter for this machine: hosts within 2 s,
// services, users, and devices of the namespace that is read. It is for
// [tcpstat/filter.Parse].
func (m *Machine) FilterNames(ctx context.Context) filter.Names {
	names := filter.Names{
		Host:    func(name string) ([]netip.Addr, error) { return hostAddresses(ctx, name) },
		Service: servicePort,
		User:    userNumber,
	}
	switch {
	case m.recorded != nil:
		names.Device, names.User = m.recorded.deviceIndex, nil // the users are another machine's
	case m.all:
		names.Device = deviceAnywhere
	case !m.foreign:
		names.Device = m.deviceIndex
	}
	return names
}

// deviceIndex finds a device of the namespace that is read.
func (m *Machine) deviceIndex(name string) (index uint32, found bool) {
	_ = m.inside(func() error { // a namespace that is closed to us has none
		index, found = deviceIndex(name)
		return nil
	})
	return index, found
}

func hostAddresses(ctx context.Context, name string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, resolveDeadline)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	var failure *net.DNSError
	if errors.As(err, &failure) {
		return nil, errors.New(failure.Err) // without the server and the name again
	}
	return addrs, err
}

func userNumber(name string) (uint32, bool) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, false
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	return uint32(uid), err == nil
}

func deviceIndex(name string) (uint32, bool) {
	device, err := net.InterfaceByName(name)
	if err != nil {
		return 0, false
	}
	return uint32(device.Index), true
}

// deviceOrNone gives a number that no device has where there is none of that name.
func deviceOrNone(name string) (uint32, bool) {
	const none = math.MaxUint32
	index, found := deviceIndex(name)
	if !found {
		return none, true
	}
	return index, true
}

// deviceAnywhere reports whether some namespace has a device of that name.
func deviceAnywhere(name string) (index uint32, found bool) {
	places, _, _ := netns.All()
	for _, place := range places {
		_ = place.Do(func() error { // a namespace that is closed to us has none
			if !found {
				index, found = deviceIndex(name)
			}
			return nil
		})
	}
	return index, found
}

// chooser applies the filter to the sockets of a look, one after the other.
type chooser struct {
	expr    *filter.Expr
	subject filter.Subject // reused
}

// excludes reports whether a socket is ruled out whatever else will be known about it.
func (c *chooser) excludes(s *tcp.Socket) bool {
	return c.glance(s) == filter.False
}

// glance judges a socket of which nothing else is known yet.
func (c *chooser) glance(s *tcp.Socket) filter.Truth {
	c.subject = filter.Subject{Socket: s}
	return c.expr.Match(&c.subject)
}

// judge judges a row that is filled. Viewed says that it has its conclusions.
func (c *chooser) judge(r *listing.Row, viewed bool) filter.Truth {
	c.subject = filter.Subject{Socket: r.Socket, Holders: r.Holders, HoldersKnown: r.HoldersKnown, Cgroup: r.Cgroup}
	if viewed {
		c.subject.View = &r.View
	}
	return c.expr.Match(&c.subject)
}
