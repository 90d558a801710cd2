package tcp

// Machine is what must be known besides the socket itself to judge it: the
// settings and the listeners of its network namespace. Settings are not to be
// changed once it has judged a socket.
type Machine struct {
	Sysctls   Sysctls
	Listeners Listeners

	// Overflows is how often an accept queue of the namespace had no room
	// (ListenOverflows). A listener counts its drops for whatever reason; without
	// this they are not blamed on its queue.
	Overflows Opt[int64]

	// Reserved are the ports that are not given to outgoing connections
	// (ip_local_reserved_ports), where they were asked for.
	Reserved PortSpans

	// HalfOpen counts half-open connections by listener, where they were counted.
	HalfOpen map[ListenerKey]int

	ports portRange // from Sysctls
}

// portRange is ip_local_port_range, looked up once: it is asked for every
// socket.
type portRange struct {
	looked    bool
	low, high int64 // none when low is above high
}

// ephemeral reports whether the kernel gives this port to outgoing connections.
func (m *Machine) ephemeral(port uint16) bool {
	if !m.ports.looked {
		m.ports = portRange{looked: true, low: 1}
		if m.Sysctls.known(PortRangeLow, PortRangeHigh) {
			m.ports.low, m.ports.high = m.Sysctls.Value(PortRangeLow), m.Sysctls.Value(PortRangeHigh)
		}
	}
	return m.ports.low <= int64(port) && int64(port) <= m.ports.high
}
