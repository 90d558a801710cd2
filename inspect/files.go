package inspect

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"tcpstat/health"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// fewFiles are as many as a process may have open without being near the limit of any
// server.
const fewFiles = 16

// openFiles adds what rules need to know of the open files of processes. Counting them
// takes one call for each process; what they are is asked of those that have much of
// their limit open, or that may hold sockets that stand in no table.
func (l *Look) openFiles(ctx context.Context, facts *health.Facts) error {
	m, files := l.machine, &facts.Files
	switch {
	case facts.Filtered:
		return nil // no rule asks
	case m.recorded != nil:
		files.Missing = health.NotRecorded
		return nil
	}
	counts, hidden, err := m.proc.FileCounts(ctx, fewFiles)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		files.Missing = health.NotRecorded // a copy
		return nil
	case err != nil:
		files.Missing = health.NotCounted
		return nil
	}
	own, known := m.namespace().Get()
	if !known {
		files.Missing = health.NoPermission
		return nil
	}
	s := &fileSearch{machine: m, files: files, own: own, unlisted: unlisted(facts.Counters)}
	files.Counted, files.Hidden, files.Unsearched = true, hidden, hidden && s.unlisted >= health.ManyClosed
	if facts.Owners == nil {
		l.judged = &owners{machine: m, processes: m.proc.Processes()}
	}
	if err := s.choose(ctx, counts, l.judged.processes); err != nil {
		return err
	}
	return s.run(ctx)
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

// fileSearch looks for what the open files of processes are.
type fileSearch struct {
	machine  *Machine
	files    *health.OpenFiles
	own      uint64 // network namespace
	unlisted int64  // sockets of the host that stand in no table, at most

	others   []procnet.Proc // the other namespaces, once they were asked for
	explored bool
	searched []*searched
}

// searched is a process whose descriptors are looked through.
type searched struct {
	*health.ProcessFiles
	unlisted []procnet.SocketFD // sockets that stand in no table, as far as it is known by now
}

// choose finds the processes that matter.
func (s *fileSearch) choose(ctx context.Context, counts []procnet.FileCount, names *procnet.Processes) error {
	proc := s.machine.proc
	limitOf := proc.FileLimits()
	for _, c := range counts {
		limit, limited := limitOf(c.PID)
		many := c.Open >= health.ManyClosed && s.unlisted >= health.ManyClosed
		if !limited || c.Open < portion(limit, health.FilesPercent) && !many {
			continue
		}
		p := &health.ProcessFiles{Process: tcp.Process{PID: c.PID}, Open: c.Open, Limit: limit}
		may, err := s.mayHold(ctx, p)
		if err != nil {
			return err
		}
		near := c.Open >= portion(limit, health.NearPercent)
		switch place, visible := proc.NetNSOf(c.PID); {
		case !visible:
			s.files.Hidden = s.files.Hidden || near
			s.files.Unsearched = s.files.Unsearched || may
			continue
		case place != s.own:
			continue
		}
		process, _ := names.Get(c.PID)
		p.Process = *process
		s.files.Processes = append(s.files.Processes, p)
		if s.machine.used == Netlink && (may || near && c.Open <= fewEnoughFiles) {
			s.searched = append(s.searched, &searched{ProcessFiles: p})
		} else {
			p.TCP = s.hasTCP(p)
		}
	}
	return nil
}

// fewEnoughFiles are looked through to say what they are; more only where some may be
// sockets that stand in no table.
const fewEnoughFiles = 4096

// portion is so many percent of a limit.
func portion(limit, percent uint64) uint64 { return limit/100*percent + limit%100*percent/100 }

// mayHold reports whether a process may hold as many sockets that stand in no table as
// matter. What other namespaces have in theirs is counted once it decides.
func (s *fileSearch) mayHold(ctx context.Context, p *health.ProcessFiles) (bool, error) {
	fewest := int64(p.FewestClosed())
	if s.unlisted < fewest {
		return false, nil
	}
	err := s.explore(ctx)
	return s.unlisted >= fewest, err
}

// explore finds the other network namespaces, once, and takes what they have in their
// tables from what stands in none.
func (s *fileSearch) explore(ctx context.Context) (err error) {
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
		s.machine.options.Warn("open files of processes may be judged wrongly: %v", err)
	}
	return nil
}

// hasTCP reports whether a process has a TCP socket, be it one of MPTCP.
func (s *fileSearch) hasTCP(p *health.ProcessFiles) bool {
	looked := 0
	for d, err := range s.machine.proc.SocketFDs(p.PID) {
		if err != nil || looked == fewEnoughFiles {
			break
		}
		looked++
		protocol, _ := s.machine.proc.SocketProtocol(p.PID, d)
		if isTCP(strings.TrimPrefix(protocol, "MP")) {
			return true
		}
	}
	return false
}

func isTCP(protocol string) bool { return protocol == "TCP" || protocol == "TCPv6" }

// run looks through the descriptors of the processes chosen. Sockets come and go: those
// listed here are taken from a dump that begins later, BOUND ones included, and
// the rest must be there still.
func (s *fileSearch) run(ctx context.Context) error {
	if len(s.searched) == 0 {
		return nil
	}
	states := map[uint64]tcp.State{}
	for _, p := range s.searched {
		for d, err := range s.machine.proc.SocketFDs(p.PID) {
			if err != nil {
				break // it has ended
			}
			p.unlisted = append(p.unlisted, d)
			states[d.Inode] = 0
		}
	}
	all := want{ipv4: true, ipv6: true, states: tcp.AllStates}
	for socket, err := range s.machine.sockets(ctx, all) {
		if err != nil && !skipped(err) {
			return err
		}
		if err == nil {
			mark(states, socket)
		}
	}
	leaking := false
	for _, p := range s.searched {
		s.settle(p, states)
		leaking = leaking || uint64(p.Closed) >= p.FewestClosed()
	}
	if leaking {
		return s.lookElsewhere(ctx)
	}
	return nil
}

// mark notes the state of a socket that is looked for.
func mark(states map[uint64]tcp.State, socket *tcp.Socket) {
	inode := socket.Inode.Or(0)
	if _, wanted := states[inode]; wanted {
		states[inode] = socket.State
	}
}

// settle counts the descriptors of a process by what is known of their sockets.
func (s *fileSearch) settle(p *searched, states map[uint64]tcp.State) {
	p.Searched, p.States = true, map[tcp.State]int{}
	rest := p.unlisted[:0]
	for _, d := range p.unlisted {
		if state := states[d.Inode]; state != 0 {
			p.States[state]++
		} else if protocol, ok := s.machine.proc.SocketProtocol(p.PID, d); ok && isTCP(protocol) {
			rest = append(rest, d) // of MPTCP only subflows stand in the tables
		}
	}
	p.unlisted, p.Closed = rest, len(rest)
	p.TCP = p.InTables() > 0 || p.Closed > 0
}

// lookElsewhere takes away the sockets that stand in the tables of other namespaces.
func (s *fileSearch) lookElsewhere(ctx context.Context) error {
	if err := s.explore(ctx); err != nil {
		return err
	}
	states := map[uint64]tcp.State{}
	for _, p := range s.searched {
		for _, d := range p.unlisted {
			states[d.Inode] = 0
		}
	}
	for _, other := range s.others {
		for socket, err := range other.Sockets(ctx, procnet.Query{IPv4: true, IPv6: true, States: tcp.AllStates}) {
			if err == nil {
				mark(states, socket)
			}
		}
	}
	for _, p := range s.searched {
		p.Closed = 0
		for _, d := range p.unlisted {
			if states[d.Inode] == 0 {
				p.Closed++
			}
		}
		p.TCP = p.InTables() > 0 || p.Closed > 0
	}
	return ctx.Err()
}

// fileCounts are how many files processes have open.
func (m *Machine) fileCounts(ctx context.Context) map[int32]uint64 {
	counts, _, _ := m.proc.FileCounts(ctx, fewFiles) // what is not known does not grow
	open := map[int32]uint64{}
	for _, c := range counts {
		open[c.PID] = c.Open
	}
	return open
}
