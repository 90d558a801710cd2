package main

import (
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Host adds a host to the scene and plugs it to the bridge: the first one is
// 10.9.0.1.
func (s *Scene) Host(name string) *Host {
	if len(s.hosts) == 0 {
		bridge := s.boot("bridge")
		s.Must(bridge.links.LinkAdd(&netlink.Bridge{LinkAttrs: named("bridge")}))
		s.Must(raise(bridge.links, "bridge"))
	}
	others := s.hosts[1:]
	h := s.boot(name)
	h.Addr = fmt.Sprintf("10.9.0.%d", len(others)+1)
	h.plug(s.hosts[0].links)
	for _, other := range others {
		h.knows(other)
		other.knows(h)
	}
	return h
}

// named is what a new link is made of. A segment is a packet: what is lost is never
// a bundle of segments.
func named(name string) netlink.LinkAttrs {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	attrs.GSOMaxSegs = 1
	return attrs
}

// plug joins the host to the bridge by a pair of links.
func (h *Host) plug(bridge *netlink.Handle) {
	must := h.scene.Must
	h.port = &netlink.Veth{
		LinkAttrs: named("to-" + h.Name), PeerName: "eth0",
		PeerNamespace: netlink.NsPid(h.init.Process.Pid), PeerHardwareAddr: h.hardware(),
	}
	must(bridge.LinkAdd(h.port))
	master, err := bridge.LinkByName("bridge")
	must(err)
	must(bridge.LinkSetMaster(h.port, master))
	must(bridge.LinkSetUp(h.port))

	must(raise(h.links, "lo"))
	eth0, err := h.links.LinkByName("eth0")
	must(err)
	must(h.links.LinkSetGSOMaxSegs(eth0, 1))
	addr, err := netlink.ParseAddr(h.Addr + "/24")
	must(err)
	must(h.links.AddrAdd(eth0, addr))
	must(h.links.LinkSetUp(eth0))
	h.scene.Until("a link that carries", h.linked)
}

func (h *Host) hardware() net.HardwareAddr {
	return append(net.HardwareAddr{2, 0}, net.ParseIP(h.Addr).To4()...)
}

// knows tells h for good how to reach another host. One that vanished then is as
// silent as behind a router.
func (h *Host) knows(other *Host) {
	eth0, err := h.links.LinkByName("eth0")
	h.scene.Must(err)
	h.scene.Must(h.links.NeighSet(&netlink.Neigh{
		LinkIndex: eth0.Attrs().Index, Family: unix.AF_INET, State: netlink.NUD_PERMANENT,
		IP: net.ParseIP(other.Addr), HardwareAddr: other.hardware(),
	}))
}

func raise(links *netlink.Handle, name string) error {
	link, err := links.LinkByName(name)
	if err != nil {
		return err
	}
	return links.LinkSetUp(link)
}
