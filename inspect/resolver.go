package inspect

import (
	"context"
	"net"
	"net/netip"
	"os/user"
	"strconv"
	"strings"
	"sync"
	"time"

	"tcpstat/listing"
	"tcpstat/tcp"
)

// resolver finds names for addresses, ports and users. It never delays a list by more
// than resolveDeadline: what has no name by then stays a number.
type resolver struct {
	services map[uint16]string
	hosts    map[netip.Addr]host
	users    map[uint32]string
}

// host is what is known of one address. Done: it was asked for, and is not again,
// be it that there is no name or no answer in time.
type host struct {
	name string
	done bool
}

const (
	resolveDeadline = 2 * time.Second
	resolveWorkers  = 32
)

func newResolver(services map[uint16]string) *resolver {
	return &resolver{services: services, hosts: make(map[netip.Addr]host), users: make(map[uint32]string)}
}

// add notes the addresses of a socket for the next resolve.
func (r *resolver) add(s *tcp.Socket) {
	if r == nil {
		return
	}
	for _, end := range []netip.AddrPort{s.Local, s.Remote} {
		addr := end.Addr().Unmap()
		if !addr.IsValid() || addr.IsUnspecified() {
			continue
		}
		if _, seen := r.hosts[addr]; !seen {
			r.hosts[addr] = host{}
		}
	}
}

// resolve looks up the addresses that were not asked for yet, many at a time. One
// that has cost its time in vain is not asked for in the next list.
func (r *resolver) resolve(ctx context.Context) {
	if r == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, resolveDeadline)
	defer cancel()
	addrs := make(chan netip.Addr)
	found := make(chan resolved)
	var workers sync.WaitGroup
	for range resolveWorkers {
		workers.Go(func() {
			for addr := range addrs {
				found <- resolved{addr, ""} // until there is a better answer
				found <- resolved{addr, lookUp(ctx, addr)}
			}
		})
	}
	pending := make([]netip.Addr, 0, len(r.hosts))
	for addr, h := range r.hosts {
		if !h.done {
			pending = append(pending, addr)
		}
	}
	go func() {
		defer close(found)
		defer workers.Wait()
		defer close(addrs)
		for _, addr := range pending {
			select {
			case addrs <- addr:
			case <-ctx.Done():
				return
			}
		}
	}()
	r.collect(ctx, found)
}

type resolved struct {
	addr netip.Addr
	name string
}

// collect takes names until all are there or time is up. Late ones are thrown
// away, so that no worker hangs.
func (r *resolver) collect(ctx context.Context, found <-chan resolved) {
	for {
		select {
		case f, more := <-found:
			if !more {
				return
			}
			r.hosts[f.addr] = host{f.name, true}
		case <-ctx.Done():
			go func() {
				for range found {
				}
			}()
			return
		}
	}
}

// lookUp gives the first name of an address, without the root's dot, or
// nothing.
func lookUp(ctx context.Context, addr netip.Addr) string {
	names, err := net.DefaultResolver.LookupAddr(ctx, addr.String())
	if err != nil || len(names) == 0 {
		return ""
	}
	return strings.TrimSuffix(names[0], ".")
}

// user gives the name of the user who owns a socket.
func (r *resolver) user(s *tcp.Socket) string {
	uid, known := s.UID.Get()
	if !known {
		return ""
	}
	name, seen := r.users[uid]
	if !seen {
		if u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10)); err == nil {
			name = u.Username
		}
		r.users[uid] = name
	}
	return name
}

// endpoint gives the names of one end.
func (r *resolver) endpoint(end netip.AddrPort) listing.Endpoint {
	return listing.Endpoint{Host: r.hosts[end.Addr().Unmap()].name, Service: r.services[end.Port()]}
}
