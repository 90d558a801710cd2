package tcp

// Cgroup is the cgroup of a socket and what its path tells. All of it is foreign
// text. The zero Cgroup is one that is not known.
//
// It is that of the process that made the socket, at that time; a connection that
// was accepted has that of its listener. A listener that systemd opened for a
// service belongs to systemd (/init.scope).
type Cgroup struct {
	Path      string // from the root of the hierarchy, "/" for the root itself
	Unit      string // the systemd unit, empty for none
	Container string // runtime and number or name, such as docker/3f4e5d6c7b8a; empty for none
}
