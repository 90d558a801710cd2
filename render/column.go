package render

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// column is one column of the annotated table.
type column uint8

const (
	namespaceColumn column = iota
	stateColumn
	recvColumn
	sendColumn
	localColumn
	remoteColumn
	timerColumn
	ownerColumn
	userColumn
	unitColumn
	inodeColumn
	ageColumn
	interfaceColumn
	cookieColumn
	columnCount
)

var columnTitles = [columnCount]string{
	namespaceTitle, "State", "Recv-Q", "Send-Q", "Local Address", "Remote Address", "Timer",
	"Owner", "User", "Unit", "Inode", "Age", "Interface", "Cookie",
}

// rightAligned columns hold numbers.
func rightAligned(c column) bool {
	return c == recvColumn || c == sendColumn || c == inodeColumn
}

// asked reports whether a column was asked for.
func (t *Terminal) asked(c column) bool {
	switch c {
	case namespaceColumn:
		return t.namespaces
	case timerColumn:
		return t.Timers
	case ownerColumn:
		return t.Processes
	case userColumn, unitColumn, inodeColumn, ageColumn, interfaceColumn, cookieColumn:
		return t.Extended
	}
	return true
}

// Words in place of a value.
const (
	unknownWord = "unknown"   // the source did not tell it
	noDevice    = "any"       // the socket is bound to no interface
	noEnd       = "*:*"       // the socket has no peer
	belowWord   = "(below)"   // it stands below the row
	noUnit      = "(no unit)" // a mini-socket is in no cgroup
	rootCgroup  = "/"         // the cgroup of whom nobody put into another
)

func (t *Terminal) appendCell(dst []byte, c column, r *listing.Row) []byte {
	s := r.Socket
	switch c {
	case namespaceColumn:
		return appendNamespaceValue(dst, r)
	case stateColumn:
		return append(dst, s.State.String()...)
	case recvColumn:
		if s.State == tcp.Listen {
			return strconv.AppendUint(dst, uint64(s.Backlog.Used), 10)
		}
		return strconv.AppendUint(dst, uint64(s.RecvQueue), 10)
	case sendColumn:
		return appendSendQueue(dst, s)
	case localColumn:
		return appendEnd(dst, s, s.Local, r.Local)
	case remoteColumn:
		return appendEnd(dst, s, s.Remote, r.Remote)
	case timerColumn:
		return appendTimerWords(dst, &s.Timer)
	case ownerColumn:
		return t.appendOwner(dst, r)
	case userColumn:
		return appendUser(dst, r)
	case unitColumn:
		return appendUnit(dst, r)
	case inodeColumn:
		if inode := s.Inode.Or(0); inode != 0 {
			return strconv.AppendUint(dst, inode, 10)
		}
		return append(dst, "(none)"...)
	case ageColumn:
		if _, known := r.View.Age.Min.Get(); known {
			return r.View.Age.Append(dst)
		}
	case interfaceColumn:
		if r.Interface != "" {
			return typeset.AppendEscaped(dst, r.Interface)
		}
		if _, known := s.Interface.Get(); known {
			return append(dst, noDevice...)
		}
	case cookieColumn:
		if cookie, known := s.Cookie.Get(); known {
			return typeset.AppendHexUint(dst, cookie)
		}
	}
	return append(dst, unknownWord...)
}

// Cells are some columns of the annotated table, for a table that is drawn elsewhere.
type Cells struct{ Local, Remote, Recv, Send, Owner string }

// CellsOf words a row. Root says that what this user may not see, nobody may.
func CellsOf(r *listing.Row, root bool) Cells {
	t := Terminal{Root: root}
	cell := func(c column) string { return string(t.appendCell(nil, c, r)) }
	return Cells{cell(localColumn), cell(remoteColumn), cell(recvColumn), cell(sendColumn), cell(ownerColumn)}
}

// appendSendQueue gives a listener the limit of its accept queue, written so
// that it reads on from Recv-Q: 3 /128 wait.
func appendSendQueue(dst []byte, s *tcp.Socket) []byte {
	if s.State != tcp.Listen {
		return strconv.AppendUint(dst, uint64(s.SendQueue), 10)
	}
	if limit, ok := s.Backlog.Limit.Get(); ok {
		return strconv.AppendUint(append(dst, '/'), uint64(limit), 10)
	}
	return append(dst, unknownWord...)
}

// appendEnd appends one end of a socket: IPv6 in brackets, a wildcard as a
// star for a dual-stack socket, nothing in particular as *:*.
func appendEnd(dst []byte, s *tcp.Socket, end netip.AddrPort, names listing.Endpoint) []byte {
	if !end.IsValid() {
		return append(dst, noEnd...)
	}
	addr := end.Addr()
	switch {
	case names.Host != "":
		dst = typeset.AppendEscaped(dst, names.Host)
	case addr.IsUnspecified() && addr.Is6() && s.State == tcp.Listen && !s.V6Only.Or(true):
		dst = append(dst, '*')
	case addr.Is4() || addr.Is4In6():
		dst = typeset.AppendAddr(dst, addr.Unmap())
	default:
		dst = append(addr.AppendTo(append(dst, '[')), ']')
	}
	return appendService(append(dst, ':'), end.Port(), names)
}

// appendTimerWords says which timer runs, how often it has fired without an
// answer, and when it fires next.
func appendTimerWords(dst []byte, t *tcp.Timer) []byte {
	dst = append(dst, t.Kind.String()...)
	if count := max(t.Retransmits, t.Probes); count > 0 {
		dst = strconv.AppendUint(append(dst, " #"...), uint64(count), 10)
	}
	switch {
	case t.Kind == tcp.NoTimer:
		return dst
	case t.Expires <= 0:
		return append(dst, " due"...)
	}
	return tcp.AppendDuration(append(dst, " in "...), t.Expires)
}

func appendUser(dst []byte, r *listing.Row) []byte {
	if r.User != "" {
		return typeset.AppendEscaped(dst, r.User)
	}
	if uid, ok := r.Socket.UID.Get(); ok {
		return strconv.AppendUint(dst, uint64(uid), 10)
	}
	return append(dst, "(kernel)"...)
}

// unitRoom is the widest that a unit's cell gets.
const unitRoom = 32

// appendUnit names the container or else the unit of a socket, or the path of its
// cgroup. What is longer than the column may be is cut, a path at its beginning.
func appendUnit(dst []byte, r *listing.Row) []byte {
	const cut = "..."
	c := &r.Cgroup
	switch {
	case r.Socket.Mini:
		return append(dst, noUnit...)
	case c.Path == "":
		return append(dst, unknownWord...)
	case c.Container != "" || c.Unit != "":
		return append(dst, typeset.Truncate(typeset.Escape(cmp.Or(c.Container, c.Unit)), unitRoom, cut)...)
	}
	path := typeset.Escape(c.Path)
	if more := typeset.Width(path) - unitRoom; more > 0 {
		path = typeset.TruncateLeft(path, more+len(cut), cut)
	}
	return append(dst, path...)
}

// ownerRoom is the widest that an owner's cell gets. Owners that need more are
// named below the row.
const ownerRoom = 32

// appendOwner names all owners, or says in words why there is none to name.
func (t *Terminal) appendOwner(dst []byte, r *listing.Row) []byte {
	if len(r.Holders) > 0 {
		return appendHolders(dst, r.Holders, ",")
	}
	switch r.View.Ownership {
	case tcp.Unaccepted:
		dst = typeset.AppendPort(append(dst, "(in accept queue of :"...), r.Socket.Local.Port())
		return append(dst, ')')
	case tcp.Orphan:
		return append(dst, "(orphan)"...)
	case tcp.OwnedByKernel:
		if r.Socket.State == tcp.SynRecv {
			return append(dst, "(kernel: half-open)"...)
		}
		return append(append(append(dst, "(kernel: "...), r.Socket.State.String()...), ')')
	case tcp.OwnerUnknown:
		return append(dst, "(no process found)"...)
	}
	if t.Root {
		return append(dst, "(hidden)"...)
	}
	return append(dst, "(needs root)"...)
}

// appendHolders appends name/PID,PID, name/PID: processes of one name together,
// PIDs with comma between them.
func appendHolders(dst []byte, holders []tcp.Holder, comma string) []byte {
	for i, h := range holders {
		if slices.ContainsFunc(holders[:i], func(b tcp.Holder) bool { return b.Process.Name == h.Process.Name }) {
			continue
		}
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = typeset.AppendEscaped(dst, h.Process.Name)
		separator, last := "/", int32(-1)
		for _, same := range holders[i:] {
			if same.Process.Name == h.Process.Name && same.PID != last {
				dst = strconv.AppendInt(append(dst, separator...), int64(same.PID), 10)
				separator, last = comma, same.PID
			}
		}
	}
	return dst
}

// appendFirstHolder appends one owner and how many more there are, or no name
// at all where that is too long.
func appendFirstHolder(dst []byte, holders []tcp.Holder) []byte {
	start, first := len(dst), holders[0]
	processes := make(map[int32]bool)
	for _, h := range holders {
		processes[h.PID] = true
	}
	dst = append(typeset.AppendEscaped(dst, first.Process.Name), '/')
	dst = strconv.AppendInt(dst, int64(first.PID), 10)
	if len(processes) > 1 {
		dst = strconv.AppendInt(append(dst, " +"...), int64(len(processes)-1), 10)
	}
	if typeset.WidthOf(dst[start:]) <= ownerRoom {
		return dst
	}
	return append(dst[:start], belowWord...)
}
