package inspect

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tcpstat/listing"
	"tcpstat/procnet"
	"tcpstat/tcp"
)

// findsEnded reports whether sockets that stand in no table are looked for beside the
// owners of those that do.
func (o *owners) findsEnded() bool { return o != nil && o.others }

// readEnded gives rows for the sockets that stand in no table, if they were asked for.
// Nothing more is read where the kernel counts none on the whole host.
func (l *Look) readEnded(ctx context.Context, yield func(*listing.Row, error) bool) error {
	m := l.machine
	if !l.owners.findsEnded() || m.used != Netlink {
		return nil
	}
	levels, _ := m.levels() // without them there is no bound
	own, known := m.NetNS().Get()
	if !known || unlisted(levels) <= 0 {
		return nil
	}
	survey := &fileSurvey{machine: m, own: own}
	processes := survey.among(l.owners.found.Others())
	if len(processes) == 0 {
		return nil
	}
	if err := survey.sift(ctx, processes); err != nil {
		return err
	}
	return l.offerEnded(processes, yield)
}

// levels reads how much the kernel uses now, in the namespace that is looked at.
func (m *Machine) levels() (levels tcp.Counters, err error) {
	err = m.inside(func() error {
		levels, err = m.proc.Levels()
		return err
	})
	return levels, err
}

// among gives the processes of the namespace that have TCP sockets among some.
func (s *fileSurvey) among(sockets []procnet.SocketOwner) (list []*chosenProcess) {
	slices.SortFunc(sockets, func(a, b procnet.SocketOwner) int {
		return cmp.Or(cmp.Compare(a.PID, b.PID), cmp.Compare(a.FD, b.FD))
	})
	var current *chosenProcess
	here := false
	for _, socket := range sockets {
		if current == nil || current.PID != socket.PID {
			current = &chosenProcess{}
			current.PID = socket.PID
			place, visible := s.machine.proc.NetNSOf(socket.PID)
			here = visible && place == s.own
		}
		d := procnet.SocketFD{FD: socket.FD, Inode: socket.Inode}
		protocol, there := s.machine.proc.SocketProtocol(socket.PID, d)
		if !here || !there || !isTCP(protocol) {
			continue
		}
		if len(current.noted) == 0 {
			list = append(list, current)
		}
		current.noted = append(current.noted, d)
	}
	return list
}

// offerEnded gives the rows of sockets that stand in no table, with all who hold them.
func (l *Look) offerEnded(processes []*chosenProcess, yield func(*listing.Row, error) bool) error {
	holders := map[uint64][]tcp.Holder{}
	var order []uint64
	for _, p := range processes {
		process, _ := l.owners.processes.Get(p.PID)
		for _, d := range p.noted {
			if holders[d.Inode] == nil {
				order = append(order, d.Inode)
			}
			holders[d.Inode] = append(holders[d.Inode], tcp.Holder{Owner: tcp.Owner{PID: p.PID, FD: d.FD}, Process: process})
		}
	}
	for _, inode := range order {
		first := holders[inode][0]
		s := l.machine.ended(first.PID, procnet.SocketFD{FD: first.FD, Inode: inode})
		if !l.query.shows(s.Family) {
			continue
		}
		l.start()
		l.fillAt(s, tcp.Age{}, holders[inode])
		if err := l.offer(s, yield); err != nil {
			return err
		}
	}
	return nil
}

// ended makes the socket of a descriptor, with what is known of one without a table.
func (m *Machine) ended(pid int32, d procnet.SocketFD) *tcp.Socket {
	s := &tcp.Socket{Family: tcp.IPv4, State: tcp.Close, Inode: tcp.Some(d.Inode)}
	if protocol, _ := m.proc.SocketProtocol(pid, d); strings.HasSuffix(protocol, "v6") {
		s.Family = tcp.IPv6
	}
	if uid, known := m.proc.SocketUser(pid, d); known {
		s.UID = tcp.Some(uid)
	}
	return s
}
