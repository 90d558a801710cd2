package filter

import "strings"

// Cgroup holds for sockets of a cgroup or of any below it. A mini-socket has none.
//
// A name that begins with a slash is the path of the cgroup. One without any is
// that of a directory on the path (system.slice, nginx.service, or nginx for
// short), of the unit unescaped, or of a container; with the runtime before it a
// container's name has a slash (docker/3f4e5d6c7b8a). Any other name is a path
// without its first slash as well. The hexadecimal number of a container may be
// cut, and may be longer than the shown one.
type Cgroup struct{ Name string }

const cgroupExpected = "the path of a cgroup, such as /system.slice, or the name of a unit or of a container"

// cgroupMounts are where the hierarchy is mounted: ss takes paths that begin so.
var cgroupMounts = []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}

func cgroup(p *parser, op Op, operand token) (Node, error) {
	name := operand.text
	for _, mount := range cgroupMounts {
		if below, found := strings.CutPrefix(name, mount); found && (below == "" || below[0] == '/') {
			name = "/" + below
			break
		}
	}
	if name == "" {
		return nil, p.fault(operand, "is no cgroup", cgroupExpected)
	}
	rooted := name[0] == '/'
	if name = strings.Trim(name, "/"); rooted {
		name = "/" + name
	}
	return unless(op, Cgroup{name}), nil
}

func (n Cgroup) match(s *Subject) Truth {
	c := &s.Cgroup
	switch {
	case s.Socket.Mini:
		return False
	case c.Path == "":
		return Unknown
	case n.Name[0] == '/':
		return truth(isBelow(c.Path, n.Name))
	case strings.Contains(n.Name, "/"):
		return truth(isBelow(c.Path, "/"+n.Name) || isContainer(c.Container, n.Name))
	}
	_, container, _ := strings.Cut(c.Container, "/")
	return truth(n.Name == c.Unit || n.Name+".service" == c.Unit ||
		isOn(c.Path, n.Name) || isOn(c.Path, n.Name+".service") || isContainer(container, n.Name))
}

// isBelow reports whether a path is that of a cgroup or of one below it.
func isBelow(path, cgroup string) bool {
	rest, found := strings.CutPrefix(path, cgroup)
	return found && (rest == "" || rest[0] == '/' || cgroup == "/")
}

// isOn reports whether a path leads through a directory.
func isOn(path, directory string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == directory {
			return true
		}
	}
	return false
}

// leastDigits is how much of a container's number must be given.
const leastDigits = 4

// isContainer reports whether a container is the one meant. Names are compared
// whole; of numbers one may be the beginning of the other.
func isContainer(container, meant string) bool {
	if container == meant {
		return container != ""
	}
	shown, runtime := number(container)
	given, same := number(meant)
	return runtime == same && len(shown) >= 12 && len(given) >= leastDigits &&
		(strings.HasPrefix(shown, given) || strings.HasPrefix(given, shown))
}

// number gives the hexadecimal number of a container, and the runtime before it.
// It is empty where the container has a name.
func number(container string) (digits, runtime string) {
	at := strings.LastIndexByte(container, '/') + 1
	if strings.Trim(container[at:], "0123456789abcdef") != "" {
		return "", container[:at]
	}
	return container[at:], container[:at]
}

func (n Cgroup) appendTo(dst []byte) []byte {
	return append(append(dst, "cgroup "...), quote(n.Name)...)
}
