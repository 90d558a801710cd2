package procnet

import (
	"encoding/hex"
	"strings"
)

// ParseCgroup tells what the path of a cgroup says about those in it: the systemd
// unit, unescaped, and the container. Either is empty where the path names none.
//
// The unit is the innermost service or scope, which may be one of a user's own
// manager or of a systemd inside a container. The container is the innermost as
// well, written as its runtime and what that runtime calls it:
//
//	docker/3f4e5d6c7b8a        and podman, nerdctl: the 12 digits that docker ps shows
//	containerd/3f4e5d6c7b8a9   and cri-o: the 13 digits that crictl ps shows
//	kubernetes/3f4e5d6c7b8a9   the same, where a pod's path does not tell the runtime
//	oci/3f4e5d6c7b8a           a container's number with nothing that tells whose
//	lxc/NAME, nspawn/NAME      LXC, Incus, LXD, Proxmox; systemd-nspawn
//
// The process that looks after a container from outside is in none. Both results
// are foreign text: whoever may make a cgroup chooses its name.
func ParseCgroup(path string) (unit, container string) {
	parent, pod := "", false
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if isUnit(segment) {
			unit = unescapeUnit(segment)
		}
		next := ""
		if i+1 < len(segments) {
			next = segments[i+1]
		}
		pod = pod || strings.Contains(segment, "kubepods")
		if name := containerName(segment, parent, next, pod); name != "" {
			container = name
		}
		parent = segment
	}
	return unit, container
}

func isUnit(segment string) bool {
	return strings.HasSuffix(segment, ".service") || strings.HasSuffix(segment, ".scope")
}

// unescapeUnit undoes what systemd does to the name of a unit: \x2d for a sign that
// may not stand there, and _ before a name that the kernel uses for files of its
// own. What is no such escape stays.
func unescapeUnit(name string) string {
	name = strings.TrimPrefix(name, "_")
	var plain strings.Builder
	for {
		before, after, found := strings.Cut(name, `\x`)
		plain.WriteString(before)
		if !found {
			return plain.String()
		}
		if len(after) >= 2 {
			if b, err := hex.DecodeString(after[:2]); err == nil {
				plain.Write(b)
				name = after[2:]
				continue
			}
		}
		plain.WriteString(`\x`)
		name = after
	}
}

// runtimes are what stands before the number of a container, and how many digits
// of it the runtime's own list shows.
var runtimes = []struct {
	prefix, name string
	digits       int
}{
	{"docker-", "docker", 12},
	{"libpod-payload-", "podman", 12},
	{"libpod-", "podman", 12},
	{"nerdctl-", "nerdctl", 12},
	{"cri-containerd-", "containerd", 13},
	{"crio-", "cri-o", 13},
}

// containerName names the container that one directory stands for, if any, by the
// one above it and the one below it. Pod says that it is part of a pod.
func containerName(segment, parent, next string, pod bool) string {
	if name := namedContainer(segment, parent, next); name != "" {
		return name
	}
	segment = strings.TrimSuffix(segment, ".scope")
	// system.slice:docker:ID is a systemd path that was given to a runtime that
	// makes directories itself.
	if fields := strings.Split(segment, ":"); len(fields) == 3 {
		segment = fields[1] + "-" + fields[2]
	}
	for _, r := range runtimes {
		if id, ok := strings.CutPrefix(segment, r.prefix); ok && isID(id) {
			return r.name + "/" + id[:r.digits]
		}
	}
	switch {
	case !isID(segment):
		return ""
	case parent == "docker":
		return "docker/" + segment[:12]
	case pod:
		return "kubernetes/" + segment[:13]
	}
	return "oci/" + segment[:12]
}

// isID reports whether text is a container's number, as all OCI engines draw it:
// 256 bits in lower-case hexadecimal.
func isID(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}

// namedContainer names a container that has a name instead of a number.
func namedContainer(segment, parent, next string) string {
	if name, ok := strings.CutPrefix(segment, "lxc.payload."); ok && name != "" {
		return "lxc/" + name
	}
	if (parent == "lxc" || parent == "lxc.payload") && segment != "" {
		return "lxc/" + segment
	}
	if name, ok := cutUnit(segment, "systemd-nspawn@", ".service"); ok && next != "supervisor" {
		return "nspawn/" + name
	}
	name, ok := cutUnit(segment, "machine-", ".scope")
	switch libvirt, found := strings.CutPrefix(name, "lxc-"); {
	case ok && found:
		if _, name, _ = strings.Cut(libvirt, "-"); name != "" { // behind the PID
			return "lxc/" + name
		}
	case ok && next == "payload": // not the scope of a virtual machine
		return "nspawn/" + name
	}
	return ""
}

// cutUnit gives what stands between the head and the tail of a unit's name.
func cutUnit(segment, head, tail string) (name string, ok bool) {
	name, ok = strings.CutPrefix(segment, head)
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(name, tail)
	return unescapeUnit(name), ok && name != ""
}
