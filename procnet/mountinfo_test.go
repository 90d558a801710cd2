package procnet

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestMounts(t *testing.T) {
	const mountinfo = `23 1 253:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 master:3 - cgroup2 cgroup2 rw
42 31 0:38 /system.slice/my\040app\134 /mnt/a\040b rw - cgroup2 none rw
43 31 0:38 / /cgroup2 rw - ext4 cgroup2 cgroup2
44 31 0:38 / /cut rw -
45 31 0:38 / /cut
garbage

- - - - - - cgroup2
46 31 0:38 /../.. /odd\04x\9\ rw - cgroup2 none rw
47 31 0:38 / /cut`
	p := New(fstest.MapFS{"self/mountinfo": {Data: []byte(mountinfo)}}, "self/net")
	got, err := p.mounts(context.Background(), "cgroup2")
	want := []mount{
		{"/", "/sys/fs/cgroup/unified"},
		{`/system.slice/my app\`, "/mnt/a b"},
		{"/../..", `/odd\04x\9\`},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mount{})); diff != "" || err != nil {
		t.Errorf("error %v, mounts (-want +got):\n%s", err, diff)
	}
	if _, err := New(fstest.MapFS{}, "self/net").mounts(context.Background(), "cgroup2"); err == nil {
		t.Error("no mountinfo, no error")
	}
}
