package inspect

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"tcpstat/health"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// fileSurvey finds out what the open files of processes are, as far as rules ask. Before
// the sockets of a pass come, all processes are counted, which takes one call for each,
// and sockets of those that matter are noted; the pass tells in which state these
// are. Where too many are left over, they are looked for more carefully.
//
// Sockets that stand in no table can matter only where the kernel counts more that exist
// than stand in its tables (/proc/net/sockstat): elsewhere nothing is looked for.
type fileSurvey struct {
	machine *Machine
	found   health.OpenFiles

	own      uint64         // network namespace
	unlisted int64          // sockets of the host that stand in no table, at most
	others   []procnet.Proc // the other namespaces, once they were asked for
	explored bool

	chosen []*chosenProcess
	states map[uint64]tcp.State // of the sockets noted, 0 while none was seen
}

// chosenProcess is a process whose files matter.
type chosenProcess struct {
	health.ProcessFiles
	near  bool // its limit
	oneIn uint64
	noted []procnet.SocketFD // of its descriptors one in so many; none where oneIn is 0
}

const (
	// fewFiles are as many as a process may have open without being near the limit of
	// any server.
	fewFiles = 16

	// allFiles are looked at one by one, and allFilesNear where the process is near its
	// limit; of more some 250 tell whether as many as matter may stand in no table.
	allFiles, allFilesNear, someFiles = 1024, 4096, 256
)

// surveyFiles counts the open files of processes and notes the sockets of those that
// matter. An error is that of ctx.
func (m *Machine) surveyFiles(ctx context.Context) (s *fileSurvey, err error) {
	s = &fileSurvey{machine: m, states: map[uint64]tcp.State{}}
	if m.recorded != nil {
		s.found.Missing = health.NotRecorded
		return s, nil
	}
	counts, hidden, err := m.proc.FileCounts(ctx, fewFiles)
	if err != nil {
		s.found.Missing = health.NotCounted
		if errors.Is(err, fs.ErrNotExist) {
			s.found.Missing = health.NotRecorded // a copy
		}
		return s, ctx.Err()
	}
	err = m.inside(func() error {
		var known bool
		if s.own, known = m.proc.NetNS(); !known {
			s.found.Missing = health.NoPermission
			return nil
		}
		levels, _ := m.proc.Levels() // without them there is no bound
		s.unlisted = unlisted(levels)
		s.found.Counted, s.found.Hidden = true, hidden
		s.found.Unsearched = hidden && s.unlisted >= health.ManyClosed
		return s.choose(ctx, counts)
	})
	return s, errors.Join(ctx.Err(), err)
}

// unlisted bounds the TCP sockets that stand in no table: the kernel counts those that
// exist on the whole host, and in each namespace those in its tables.
func unlisted(levels tcp.Counters) int64 {
	exist, counted := levels.Get("TCP", "alloc").Get()
	if !counted {
		return 1 << 30 // as many as there may be
	}
	return exist - inTables(levels)
}

func inTables(levels tcp.Counters) int64 {
	return levels.Get("TCP", "inuse").Or(0) + levels.Get("TCP6", "inuse").Or(0)
}

// choose finds the processes that matter.
func (s *fileSurvey) choose(ctx context.Context, counts []procnet.FileCount) error {
	limitOf := s.machine.proc.FileLimits()
	for _, c := range counts {
		limit, limited := limitOf(c.PID)
		many := c.Open >= health.ManyClosed && s.unlisted >= health.ManyClosed
		if !limited || c.Open < portion(limit, health.FilesPercent) && !many {
			continue
		}
		p := &chosenProcess{near: c.Open >= portion(limit, health.NearPercent)}
		p.PID, p.Open, p.Limit = c.PID, c.Open, limit
		may, err := s.mayHold(ctx, p)
		if err != nil {
			return err
		}
		switch place, visible := s.machine.proc.NetNSOf(c.PID); {
		case !visible:
			s.found.Hidden = s.found.Hidden || p.near
			s.found.Unsearched = s.found.Unsearched || may
		case place == s.own:
			s.chosen = append(s.chosen, p)
			s.note(p, may)
		}
	}
	return nil
}

// portion is so many percent of a limit.
func portion(limit, percent uint64) uint64 { return limit/100*percent + limit%100*percent/100 }

// mayHold reports whether a process may hold as many sockets that stand in no table as
// matter. What other namespaces have in theirs is counted once it decides.
func (s *fileSurvey) mayHold(ctx context.Context, p *chosenProcess) (bool, error) {
	fewest := int64(p.FewestClosed())
	if s.unlisted < fewest {
		return false, nil
	}
	err := s.explore(ctx)
	return s.unlisted >= fewest, err
}

// explore finds the other network namespaces, once, and takes what they have in their
// tables from what stands in none.
func (s *fileSurvey) explore(ctx context.Context) (err error) {
	if s.explored {
		return nil
	}
	s.explored = true
	s.others, err = s.machine.proc.Elsewhere(ctx, s.own)
	for _, other := range s.others {
		levels, _ := other.Levels() // without them the bound is higher
		s.unlisted -= inTables(levels)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		s.machine.options.Warn("open files may be judged wrongly: %v", err)
	}
	return nil
}

// note keeps sockets of a process whose state matters, so that the pass can tell it.
func (s *fileSurvey) note(p *chosenProcess, mayHold bool) {
	switch {
	case p.near && p.Open <= allFilesNear, mayHold && p.Open <= allFiles:
		p.oneIn = 1
	case mayHold:
		p.oneIn = p.Open / someFiles
	default:
		return
	}
	for d, err := range s.machine.proc.SocketFDs(p.PID, p.oneIn) {
		if err != nil {
			break // it has ended
		}
		p.noted = append(p.noted, d)
		s.states[d.Inode] = 0
	}
}

// see notes the state of a socket.
func (s *fileSurvey) see(socket *tcp.Socket) {
	if s != nil && len(s.states) > 0 {
		mark(s.states, socket)
	}
}

// mark notes the state of a socket that is asked for.
func mark(states map[uint64]tcp.State, socket *tcp.Socket) {
	inode := socket.Inode.Or(0)
	if _, asked := states[inode]; asked {
		states[inode] = socket.State
	}
}

// conclude tells what the files are, after the pass. A socket that the pass has
// not seen may be BOUND, have come or gone meanwhile, or stand in another namespace.
func (s *fileSurvey) conclude(ctx context.Context, names *procnet.Processes) (health.OpenFiles, error) {
	var doubtful []*chosenProcess
	s.found.Processes = nil
	for _, p := range s.chosen {
		process, _ := names.Get(p.PID)
		p.Process = *process
		s.found.Processes = append(s.found.Processes, &p.ProcessFiles)
		left := s.settle(p, s.states)
		switch {
		case s.machine.used != Netlink || p.oneIn == 0:
			p.TCP = s.hasTCP(p)
		case p.near && p.oneIn == 1 && len(left) > 0, 2*uint64(len(left))*p.oneIn >= p.FewestClosed():
			doubtful = append(doubtful, p)
		default:
			p.Searched = p.oneIn == 1 && len(left) == 0
			p.TCP = p.InTables() > 0 || s.hasTCP(p)
		}
	}
	if len(doubtful) == 0 {
		return s.found, nil
	}
	return s.found, s.search(ctx, doubtful)
}

// settle counts the sockets noted of a process by their states, and gives those TCP
// sockets without one that it has still.
func (s *fileSurvey) settle(p *chosenProcess, states map[uint64]tcp.State) (left []procnet.SocketFD) {
	p.States = map[tcp.State]int{}
	for _, d := range p.noted {
		if state := states[d.Inode]; state != 0 {
			p.States[state]++
		} else if protocol, ok := s.machine.proc.SocketProtocol(p.PID, d); ok && isTCP(protocol) {
			left = append(left, d)
		}
	}
	return left
}

// isTCP reports whether sockets of a protocol stand in the tables of TCP while they are
// connected. Those of MPTCP do by their subflows, which share their inode; so does what a
// listener of MPTCP accepts from clients of plain TCP.
func isTCP(protocol string) bool {
	switch protocol {
	case "TCP", "TCPv6", "MPTCP", "MPTCPv6":
		return true
	}
	return false
}

// hasTCP reports whether a process has a TCP socket.
func (s *fileSurvey) hasTCP(p *chosenProcess) bool {
	looked := 0
	for d, err := range s.machine.proc.SocketFDs(p.PID, 1) {
		if err != nil || looked == allFiles {
			break
		}
		looked++
		protocol, _ := s.machine.proc.SocketProtocol(p.PID, d)
		if isTCP(protocol) {
			return true
		}
	}
	return false
}

// search looks through all descriptors of processes that may hold sockets that stand in
// no table.
func (s *fileSurvey) search(ctx context.Context, processes []*chosenProcess) error {
	for _, p := range processes {
		p.noted, p.oneIn = nil, 1
		for d, err := range s.machine.proc.SocketFDs(p.PID, 1) {
			if err != nil {
				break // it has ended
			}
			p.noted = append(p.noted, d)
		}
	}
	if err := s.sift(ctx, processes); err != nil {
		return err
	}
	for _, p := range processes {
		p.Searched, p.Closed = true, len(p.noted)
		p.TCP = p.InTables()+p.Closed > 0
	}
	return nil
}

// sift leaves of the sockets noted those that stand in no table. They are taken from a dump
// that begins later, of all states, and from the tables of other namespaces; the rest
// must be there still.
func (s *fileSurvey) sift(ctx context.Context, processes []*chosenProcess) error {
	s.states = map[uint64]tcp.State{}
	for _, p := range processes {
		for _, d := range p.noted {
			s.states[d.Inode] = 0
		}
	}
	all := want{ipv4: true, ipv6: true, states: tcp.AllStates, inside: s.machine.inside}
	for socket, err := range s.machine.sockets(ctx, all) {
		if err != nil && !skipped(err) {
			return err
		}
		if err == nil {
			mark(s.states, socket)
		}
	}
	elsewhere, err := s.elsewhere(ctx, processes)
	if err != nil {
		return err
	}
	for _, p := range processes {
		p.noted = slices.DeleteFunc(s.settle(p, s.states), func(d procnet.SocketFD) bool { return elsewhere[d.Inode] != 0 })
	}
	return nil
}

// elsewhere gives the states of the sockets that no table of ours has, where those of
// other namespaces have them.
func (s *fileSurvey) elsewhere(ctx context.Context, processes []*chosenProcess) (map[uint64]tcp.State, error) {
	states := map[uint64]tcp.State{}
	for _, p := range processes {
		for _, d := range p.noted {
			if s.states[d.Inode] == 0 {
				states[d.Inode] = 0
			}
		}
	}
	if err := s.explore(ctx); err != nil {
		return nil, err
	}
	for _, other := range s.others {
		for socket, err := range other.Sockets(ctx, procnet.Query{IPv4: true, IPv6: true, States: tcp.AllStates}) {
			if err == nil {
				mark(states, socket)
			}
		}
	}
	return states, ctx.Err()
}

// closedHeld counts the descriptors of processes that refer to TCP sockets that stand in
// no table. A process of which that cannot be known is left out.
func (m *Machine) closedHeld(ctx context.Context, pids []int32) (map[int32]uint64, error) {
	own, known := m.NetNS().Get()
	if !known || m.recorded != nil || m.used != Netlink {
		return nil, nil
	}
	s := &fileSurvey{machine: m, own: own}
	var visible []*chosenProcess
	for _, pid := range pids {
		if place, ok := m.proc.NetNSOf(pid); ok && place == own {
			p := &chosenProcess{}
			p.PID = pid
			visible = append(visible, p)
		}
	}
	if len(visible) == 0 {
		return nil, nil
	}
	held := map[int32]uint64{}
	err := s.search(ctx, visible)
	for _, p := range visible {
		held[p.PID] = uint64(p.Closed)
	}
	return held, err
}

// fileCounts are how many files processes have open.
func (m *Machine) fileCounts(ctx context.Context) map[int32]uint64 {
	counts, _, _ := m.proc.FileCounts(ctx, 1) // what is not known does not grow
	open := map[int32]uint64{}
	for _, c := range counts {
		open[c.PID] = c.Open
	}
	return open
}
