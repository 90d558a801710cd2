package inspect

import (
	"maps"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// What is known of a cgroup: its number goes before its owners, but for the root.
func TestFillCgroup(t *testing.T) {
	c := newCgroups(&Machine{options: Options{Warn: t.Errorf}, proc: procnet.New(fstest.MapFS{
		"7/cgroup": {Data: []byte("0::/system.slice/java.service\n")},
		"8/cgroup": {Data: []byte("0::/\n")},
	}, "self/net")})
	c.paths = procnet.NewCgroups(maps.All(map[uint64]string{1: "/", 9: "/lxc.payload.web"}))
	numbered := func(id uint64) tcp.Socket { return tcp.Socket{CgroupID: tcp.Some(id)} }
	java := tcp.Cgroup{Path: "/system.slice/java.service", Unit: "java.service"}
	lxc := tcp.Cgroup{Path: "/lxc.payload.web", Container: "lxc/web"}
	root := tcp.Cgroup{Path: "/"}
	for range 2 { // lists
		if c.begin(); c.walked {
			t.Error("a cgroup that came since the last list would not be found")
		}
		var missing gaps
		for _, tt := range []struct {
			name   string
			socket tcp.Socket
			source string
			owners []int32
			want   tcp.Cgroup
		}{
			{"by its number", numbered(9), Netlink, nil, lxc},
			{"and not by its owner", numbered(9), Netlink, []int32{7}, lxc},
			{"in the root", numbered(1), Netlink, nil, root},
			{"in the root, by its owner", numbered(1), Netlink, []int32{7}, java},
			{"in the root with its owner", numbered(1), Netlink, []int32{8}, root},
			{"of a cgroup that was removed", numbered(10), Netlink, nil, tcp.Cgroup{}},
			{"of one that was removed, by its owner", numbered(10), Netlink, []int32{99, 7, 8}, java},
			{"of an old kernel", tcp.Socket{}, Netlink, nil, tcp.Cgroup{}},
			{"from /proc", tcp.Socket{}, Proc, nil, tcp.Cgroup{}},
			{"from /proc, its owner gone", tcp.Socket{}, Proc, []int32{99}, tcp.Cgroup{}},
			{"from /proc, by its owner", tcp.Socket{}, Proc, []int32{7}, java},
			{"a mini-socket", tcp.Socket{Mini: true}, Proc, []int32{7}, tcp.Cgroup{}},
		} {
			r := &listing.Row{Socket: &tt.socket}
			for _, pid := range tt.owners {
				r.Holders = append(r.Holders, tcp.Holder{Owner: tcp.Owner{PID: pid}, Process: &tcp.Process{PID: pid}})
			}
			c.fill(r)
			c.countGap(r, tt.source, &missing)
			if r.Cgroup != tt.want {
				t.Errorf("%s: %+v, want %+v", tt.name, r.Cgroup, tt.want)
			}
		}
		want := []listing.Missing{
			{Field: "cgroup", Reason: listing.NotInProc, Sockets: tcp.Some[uint](3)},
			{Field: "cgroup", Reason: listing.KernelTooOld, Sockets: tcp.Some[uint](1)},
		}
		if diff := cmp.Diff(want, missing.list(), cmp.AllowUnexported(tcp.Opt[uint]{})); diff != "" {
			t.Errorf("missing (-want +got):\n%s", diff)
		}
	}
}

// Where systemd keeps its units in version 1, to be in the root of version 2 says
// nothing: an owner tells the cgroup, or nobody does.
func TestFillCgroupV1(t *testing.T) {
	c := newCgroups(&Machine{options: Options{Warn: t.Errorf}, proc: procnet.New(fstest.MapFS{
		"7/cgroup": {Data: []byte("1:name=systemd:/system.slice/java.service\n0::/\n")},
		"8/cgroup": {Data: []byte("1:name=systemd:/\n0::/\n")},
	}, "self/net")})
	c.paths = procnet.NewCgroups(maps.All(map[uint64]string{1: "/", 9: "/lxc.payload.web"}))
	c.begin()
	for _, tt := range []struct {
		id     uint64
		owners []int32
		want   string
	}{
		{1, nil, ""},
		{1, []int32{99}, ""},
		{1, []int32{7}, "/system.slice/java.service"},
		{1, []int32{8}, "/"},
		{9, nil, "/lxc.payload.web"},
	} {
		r := &listing.Row{Socket: &tcp.Socket{CgroupID: tcp.Some(tt.id)}}
		for _, pid := range tt.owners {
			r.Holders = append(r.Holders, tcp.Holder{Owner: tcp.Owner{PID: pid}, Process: &tcp.Process{PID: pid}})
		}
		if c.fill(r); r.Cgroup.Path != tt.want {
			t.Errorf("%d of %v is in %q, not %q", tt.id, tt.owners, r.Cgroup.Path, tt.want)
		}
	}
}
