package tcp

// Counter is one number that the kernel keeps, as a file of /proc/net prints it.
type Counter struct {
	Group string // section of the file: Tcp, TcpExt
	Name  string // the kernel's spelling: ListenOverflows
	Value int64  // since the network namespace exists, unless it is a level
}

// CounterGroups are the sections that are about TCP, in netstat's order.
var CounterGroups = []string{"Tcp", "TcpExt", "MPTcpExt"}

// Counters are counters of one moment in the order of the kernel's files. One
// that is not among them is unknown, not 0.
type Counters []Counter

// Get gives a counter, if it is known.
func (cs Counters) Get(group, name string) Opt[int64] {
	for _, c := range cs {
		if c.Name == name && c.Group == group {
			return Some(c.Value)
		}
	}
	return Opt[int64]{}
}

// Since gives by how much the counters rose since earlier. A level has no rise
// and keeps its value. A counter that was unknown at one of the moments is
// unknown.
//
// back are the counters that fell, which none of [CounterNames] does in one
// namespace unless it is a level: the namespace is another one, or was made anew.
// Then the difference means nothing.
func (cs Counters) Since(earlier Counters) (rise, back Counters) {
	for i, c := range cs {
		before, ok := earlier.near(i, c).Get()
		if !ok {
			continue
		}
		if c.Level() {
			rise = append(rise, c)
			continue
		}
		if c.Value < before && c.known() {
			back = append(back, c)
		}
		rise = append(rise, Counter{c.Group, c.Name, c.Value - before})
	}
	return rise, back
}

// near is Get for a counter that another moment has at index i, where it mostly
// is here too.
func (cs Counters) near(i int, c Counter) Opt[int64] {
	if i < len(cs) && cs[i].Name == c.Name && cs[i].Group == c.Group {
		return Some(cs[i].Value)
	}
	return cs.Get(c.Group, c.Name)
}
