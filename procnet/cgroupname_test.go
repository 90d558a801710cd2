package procnet

import (
	"strings"
	"testing"
)

func TestParseCgroup(t *testing.T) {
	const id = "3f4e5d6c7b8a90123456789abcdef0123456789abcdef0123456789abcdef012"
	const other = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
	for _, tt := range []struct{ path, unit, container string }{
		// systemd
		{"/", "", ""},
		{"", "", ""},
		{"/init.scope", "init.scope", ""},
		{"/system.slice/nginx.service", "nginx.service", ""},
		{"/system.slice/system-postgresql.slice/postgresql@16-main.service", "postgresql@16-main.service", ""},
		{"/system.slice/snap.lxd.daemon.service", "snap.lxd.daemon.service", ""},
		{`/system.slice/system-getty.slice/my\x2dapp.service`, "my-app.service", ""},
		{"/system.slice/_cpu.service", "cpu.service", ""},
		{"/system.slice/vault.service/worker/1", "vault.service", ""},
		{"/user.slice/user-1000.slice/session-2.scope", "session-2.scope", ""},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service", "sync.service", ""},
		{`/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox\x2desr-4711.scope`, "app-gnome-firefox-esr-4711.scope", ""},
		{"/system.slice", "", ""},

		// Docker
		{"/system.slice/docker-" + id + ".scope", "docker-" + id + ".scope", "docker/3f4e5d6c7b8a"},
		{"/docker/" + id, "", "docker/3f4e5d6c7b8a"},
		{"/system.slice/docker-" + id + ".scope/system.slice/cron.service", "cron.service", "docker/3f4e5d6c7b8a"},
		{"/docker/" + id + "/docker/" + other, "", "docker/0a1b2c3d4e5f"},
		{"/docker/" + id + "/init.scope", "init.scope", "docker/3f4e5d6c7b8a"},
		{"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + id + ".scope", "docker-" + id + ".scope", "docker/3f4e5d6c7b8a"},
		{"/system.slice:docker:" + id, "", "docker/3f4e5d6c7b8a"},
		{"/actions_job/" + id, "", "oci/3f4e5d6c7b8a"},
		{"/ecs/0123456789abcdef0123456789abcdef/" + id, "", "oci/3f4e5d6c7b8a"},
		{"/system.slice/docker.service", "docker.service", ""},
		{"/docker/buildkit/x2zmw0o2xv7y6y1d2g3f4h5j6", "", ""},

		// Podman
		{"/machine.slice/libpod-" + id + ".scope/container", "libpod-" + id + ".scope", "podman/3f4e5d6c7b8a"},
		{"/machine.slice/libpod-" + id + ".scope", "libpod-" + id + ".scope", "podman/3f4e5d6c7b8a"},
		{"/libpod_parent/libpod-" + id, "", "podman/3f4e5d6c7b8a"},
		{"/machine.slice/machine-libpod_pod_" + other + ".slice/libpod-" + id + ".scope/container", "libpod-" + id + ".scope", "podman/3f4e5d6c7b8a"},
		{"/system.slice/web.service/libpod-payload-" + id, "web.service", "podman/3f4e5d6c7b8a"},
		{"/machine.slice/libpod-conmon-" + id + ".scope", "libpod-conmon-" + id + ".scope", ""},
		{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id + ".scope/container", "libpod-" + id + ".scope", "podman/3f4e5d6c7b8a"},

		// Kubernetes, both drivers
		{"/kubepods/burstable/pod0ddb7a9d-9f1f-4c0b-8f25-c9e0c4f31a5e/" + id, "", "kubernetes/3f4e5d6c7b8a9"},
		{"/kubepods/besteffort/pod0ddb7a9d-9f1f-4c0b-8f25-c9e0c4f31a5e/crio-" + id, "", "cri-o/3f4e5d6c7b8a9"},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0ddb7a9d_9f1f_4c0b_8f25_c9e0c4f31a5e.slice/cri-containerd-" + id + ".scope", "cri-containerd-" + id + ".scope", "containerd/3f4e5d6c7b8a9"},
		{"/kubepods.slice/kubepods-pod0ddb7a9d_9f1f_4c0b_8f25_c9e0c4f31a5e.slice/crio-" + id + ".scope/container", "crio-" + id + ".scope", "cri-o/3f4e5d6c7b8a9"},
		{"/kubepods.slice/kubepods-pod0ddb7a9d_9f1f_4c0b_8f25_c9e0c4f31a5e.slice/crio-conmon-" + id + ".scope", "crio-conmon-" + id + ".scope", ""},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0ddb.slice/docker-" + id + ".scope", "docker-" + id + ".scope", "docker/3f4e5d6c7b8a"},
		{"/system.slice/containerd.service/kubepods-burstable-pod0ddb.slice:cri-containerd:" + id, "containerd.service", "containerd/3f4e5d6c7b8a9"},
		{"/docker/" + other + "/kubelet/kubepods/burstable/pod0ddb/" + id, "", "kubernetes/3f4e5d6c7b8a9"},
		{"/system.slice/docker-" + other + ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod0ddb.slice/cri-containerd-" + id + ".scope", "cri-containerd-" + id + ".scope", "containerd/3f4e5d6c7b8a9"},
		{"/kubepods/burstable/pod0ddb7a9d-9f1f-4c0b-8f25-c9e0c4f31a5e", "", ""},

		// containerd alone
		{"/system.slice/nerdctl-" + id + ".scope", "nerdctl-" + id + ".scope", "nerdctl/3f4e5d6c7b8a"},
		{"/default/" + id, "", "oci/3f4e5d6c7b8a"},

		// LXC and its kin
		{"/lxc.payload.web", "", "lxc/web"},
		{"/lxc.payload.web/system.slice/nginx.service", "nginx.service", "lxc/web"},
		{"/lxc.payload/web/init.scope", "init.scope", "lxc/web"},
		{"/lxc/101/ns/system.slice/sshd.service", "sshd.service", "lxc/101"},
		{"/user.slice/user-1000.slice/session-2.scope/lxc/web", "session-2.scope", "lxc/web"},
		{"/lxc.monitor.web", "", ""},
		{"/lxc.monitor/web", "", ""},
		{`/machine.slice/machine-lxc\x2d1234\x2dmy\x2dbox.scope`, "machine-lxc-1234-my-box.scope", "lxc/my-box"},

		// systemd-nspawn
		{`/machine.slice/systemd-nspawn@my\x2dbox.service/payload/system.slice/nginx.service`, "nginx.service", "nspawn/my-box"},
		{"/machine.slice/systemd-nspawn@box.service", "systemd-nspawn@box.service", "nspawn/box"},
		{"/machine.slice/systemd-nspawn@box.service/supervisor", "systemd-nspawn@box.service", ""},
		{"/machine.slice/machine-box.scope/payload/init.scope", "init.scope", "nspawn/box"},
		{"/machine.slice/machine-box.scope/supervisor", "machine-box.scope", ""},
		{`/machine.slice/machine-qemu\x2d1\x2dvm.scope/libvirt/emulator`, "machine-qemu-1-vm.scope", ""},

		// What nobody sane would make
		{"/docker/" + id[:63], "", ""},
		{"/docker/" + strings.ToUpper(id), "", ""},
		{"/docker-" + id + "0.scope", "docker-" + id + "0.scope", ""},
		{"/docker-.scope", "docker-.scope", ""},
		{"/.scope", ".scope", ""},
		{"/lxc/", "", ""},
		{"/lxc.payload.", "", ""},
		{"/lxc.payload.\x1b[2J\n", "", "lxc/\x1b[2J\n"},
		{`/a\x1b[2J.service`, "a\x1b[2J.service", ""},
		{`/a\x2.service`, `a\x2.service`, ""},
		{`/a\xzz\x2db.service`, `a\xzz-b.service`, ""},
		{`/\x`, "", ""},
		{"/systemd-nspawn@.service", "systemd-nspawn@.service", ""},
		{"/machine-.scope/payload", "machine-.scope", ""},
		{`/machine-lxc\x2d.scope`, "machine-lxc-.scope", ""},
		{"//nginx.service//", "nginx.service", ""},
		{"nginx.service", "nginx.service", ""},
		{"/../../docker/" + id, "", "docker/3f4e5d6c7b8a"},
		{"/::" + id, "", ""},
	} {
		unit, container := ParseCgroup(tt.path)
		if unit != tt.unit || container != tt.container {
			t.Errorf("ParseCgroup(%q) = %q, %q; want %q, %q", tt.path, unit, container, tt.unit, tt.container)
		}
	}
}

func FuzzParseCgroup(f *testing.F) {
	f.Add("/system.slice/docker-" + strings.Repeat("0f", 32) + ".scope")
	f.Add(`/machine.slice/systemd-nspawn@my\x2dbox.service/payload`)
	f.Add(`/a\x`)
	f.Fuzz(func(t *testing.T, path string) {
		unit, container := ParseCgroup(path)
		if runtime, name, ok := strings.Cut(container, "/"); container != "" && (!ok || runtime == "" || name == "") {
			t.Errorf("container %q of %q", container, path)
		}
		if len(unit) > len(path) {
			t.Errorf("unit %q of %q", unit, path)
		}
	})
}
