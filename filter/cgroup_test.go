package filter

import (
	"testing"

	"tcpstat/tcp"
)

func TestMatchCgroup(t *testing.T) {
	service := tcp.Cgroup{Path: "/system.slice/nginx.service", Unit: "nginx.service"}
	worker := tcp.Cgroup{Path: "/system.slice/nginx.service/worker", Unit: "nginx.service"}
	namesake := tcp.Cgroup{Path: "/system.slice/nginx.service2", Unit: ""}
	docker := tcp.Cgroup{Path: "/docker/3f4e", Container: "docker/3f4e5d6c7b8a"}
	lxc := tcp.Cgroup{Path: `/lxc.payload.web/system.slice/my\x2dapp.service`, Unit: "my-app.service", Container: "lxc/web"}
	other := tcp.Cgroup{Path: "/lxc.payload.web2", Container: "lxc/web2"}
	root := tcp.Cgroup{Path: "/"}

	for text, want := range map[string]string{ // each of these, then one not known and a mini-socket
		"cgroup /system.slice/nginx.service":        "1100000?0",
		"cgroup /system.slice":                      "1110000?0",
		"cgroup /system.slice/":                     "1110000?0",
		"cgroup /sys/fs/cgroup/system.slice":        "1110000?0",
		"cgroup system.slice/nginx.service":         "1100000?0",
		"cgroup /system.slice/nginx.service/worker": "0100000?0",
		"cgroup /system":                            "0000000?0",
		"cgroup /":                                  "1111111?0",
		"cgroup != /system.slice":                   "0001111?1",
		"not cgroup nginx":                          "0011111?1",
		"cgroup nginx.service":                      "1100000?0",
		"cgroup nginx":                              "1100000?0",
		"cgroup system.slice":                       "1110100?0",
		"cgroup my-app":                             "0000100?0",
		"cgroup my-app.service":                     "0000100?0",
		`cgroup my\x2dapp.service`:                  "0000100?0",
		"cgroup worker":                             "0100000?0",
		"cgroup docker/3f4e5d6c7b8a":                "0001000?0",
		"cgroup docker/3f4e5d":                      "0001000?0",
		"cgroup docker/3f4e5d6c7b8a9012":            "0001000?0",
		"cgroup docker/3f4e5d6c7b8b":                "0000000?0",
		"cgroup podman/3f4e5d6c7b8a":                "0000000?0",
		"cgroup 3f4e5d":                             "0001000?0",
		"cgroup 3f5":                                "0000000?0",
		"cgroup lxc/web":                            "0000100?0",
		"cgroup web":                                "0000100?0",
		"cgroup lxc/we":                             "0000000?0",
		"cgroup lxc/web2":                           "0000010?0",
		"cgroup docker":                             "0001000?0",
		"cgroup docker/":                            "0001000?0",
	} {
		e, got := parse(t, text), ""
		for _, c := range []tcp.Cgroup{service, worker, namesake, docker, lxc, other, root, {}} {
			s := subject(tcp.IPv4, tcp.Established, "10.0.0.7:1", "10.0.0.9:443")
			s.Cgroup = c
			got += map[Truth]string{True: "1", False: "0", Unknown: "?"}[e.Match(s)]
		}
		mini := subject(tcp.IPv4, tcp.TimeWait, "10.0.0.7:1", "10.0.0.9:443")
		mini.Socket.Mini = true
		got += map[Truth]string{True: "1", False: "0", Unknown: "?"}[e.Match(mini)]
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
