package tcp

// Machine is what must be known besides the socket itself to judge it: the
// settings and the listeners of its network namespace.
type Machine struct {
	Sysctls   Sysctls
	Listeners Listeners
}

// ephemeral reports whether the kernel gives this port to outgoing connections.
func (m *Machine) ephemeral(port uint16) bool {
	return m.Sysctls.known(PortRangeLow, PortRangeHigh) &&
		m.Sysctls.Value(PortRangeLow) <= int64(port) && int64(port) <= m.Sysctls.Value(PortRangeHigh)
}
