package render

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tcpstat/explain"
	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// Netstat writes the table that `netstat -tanW` of net-tools writes, byte for
// byte, for the scripts that know its columns.
type Netstat struct {
	Extended, Processes, Timers bool // -e, -p, -o append columns in this order
	Info, Memory                bool // -i, -m append lines that begin with a tab
	Explain                     bool // the state's meaning and the note, on such lines
	Header                      bool
	All, Listening              bool // which sockets were asked for: for the title
	Palette                     *typeset.Palette

	Lang tcp.Lang

	namespaceWidth int // of the first column, in a list over all namespaces
}

// AppendHead appends the two header lines.
func (t *Netstat) AppendHead(dst []byte, h listing.Head) []byte {
	t.namespaceWidth = 0
	for _, n := range h.Namespaces {
		t.namespaceWidth = max(t.namespaceWidth, len(namespaceTitle), typeset.WidthOf(appendUnbroken(nil, n.Name)))
	}
	if !t.Header {
		return dst
	}
	title := "(w/o servers)"
	switch {
	case t.All:
		title = "(servers and established)"
	case t.Listening:
		title = "(only servers)"
	}
	dst = append(append(append(dst, "Active Internet connections "...), title...), '\n')
	if t.namespaceWidth > 0 {
		dst = append(append(dst, namespaceTitle...), typeset.Blanks(t.namespaceWidth-len(namespaceTitle)+1)...)
	}
	dst = append(dst, "Proto Recv-Q Send-Q Local Address           Foreign Address         State      "...)
	if t.Extended {
		dst = append(dst, " User       Inode     "...)
	}
	if t.Processes {
		dst = append(dst, " PID/Program name    "...)
	}
	if t.Timers {
		dst = append(dst, " Timer"...)
	}
	return append(dst, '\n')
}

// AppendBetween appends what stands between two rows: nothing.
func (t *Netstat) AppendBetween(dst []byte) []byte { return dst }

// AppendTail appends what stands below the table: nothing, as in netstat.
func (t *Netstat) AppendTail(dst []byte, _ listing.Tail) []byte { return dst }

// AppendRow appends the row of one socket.
func (t *Netstat) AppendRow(dst []byte, r *listing.Row) []byte {
	s := r.Socket
	if r.Namespace != nil {
		start := len(dst)
		dst = appendUnbroken(dst, r.Namespace.Name)
		dst = typeset.AppendBlanks(dst, t.namespaceWidth-typeset.WidthOf(dst[start:])+1)
	}
	if s.Family == tcp.IPv6 {
		dst = append(dst, "tcp6  "...)
	} else {
		dst = append(dst, "tcp   "...)
	}
	receive, send := s.RecvQueue, s.SendQueue
	if s.State == tcp.Listen {
		receive, send = s.Backlog.Used, s.Backlog.Limit.Or(0)
	}
	dst = append(typeset.PadLeft(dst, receive, 6), ' ')
	dst = append(typeset.PadLeft(dst, send, 6), ' ')
	start := len(dst)
	dst = append(typeset.PadRight(appendNetstatEnd(dst, s, s.Local, r.Local), start+23), ' ')
	start = len(dst)
	dst = append(typeset.PadRight(appendNetstatEnd(dst, s, s.Remote, r.Remote), start+23), ' ')
	dst = t.appendState(dst, r)
	if t.Extended {
		start = len(dst) + 1
		dst = appendNetstatUser(append(dst, ' '), r)
		dst = append(typeset.PadRight(dst, start+10), ' ')
		start = len(dst)
		dst = typeset.PadRight(strconv.AppendUint(dst, s.Inode.Or(0), 10), start+10)
	}
	if t.Processes {
		start = len(dst) + 1
		dst = typeset.PadRight(appendProgram(append(dst, ' '), r), start+20)
	}
	if t.Timers {
		dst = appendNetstatTimer(append(dst, ' '), &s.Timer)
	}
	return t.appendMore(append(dst, '\n'), r)
}

// namespaceTitle stands above the names of namespaces.
const namespaceTitle = "Namespace"

// appendUnbroken appends foreign text that must stay one word for scripts that
// count columns.
func appendUnbroken(dst []byte, text string) []byte {
	return append(dst, strings.ReplaceAll(typeset.Escape(text), " ", `\x20`)...)
}

// appendState appends the state in its column, coloured if the user insists on
// colours in a pipe.
func (t *Netstat) appendState(dst []byte, r *listing.Row) []byte {
	const width = 11
	start := len(dst)
	state := r.Socket.State.String()
	if t.Palette == nil {
		return typeset.PadRight(append(dst, state...), start+width)
	}
	dst = t.Palette.Append(dst, StateStyle(r.Socket.State, r.Note.Level), state)
	return typeset.AppendBlanks(dst, width-len(state))
}

// appendMore appends the lines that netstat does not have.
func (t *Netstat) appendMore(dst []byte, r *listing.Row) []byte {
	if t.Info && r.Socket.Info.Size > 0 {
		dst = append(appendInfo(append(dst, '\t'), r.Socket), '\n')
	}
	if t.Memory {
		if memory, ok := r.Socket.Memory.Get(); ok {
			dst = append(appendMemory(append(dst, '\t'), &memory), '\n')
		}
	}
	if t.Explain {
		if !r.Note.Empty() {
			dst = append(r.Note.Append(append(dst, '\t'), t.Lang), '\n')
		}
		dst = append(append(dst, '\t'), explain.State(r.Socket.State).Meaning.In(t.Lang)...)
		dst = append(dst, '\n')
	}
	return dst
}

// appendNetstatEnd appends one end as netstat does: IPv6 without brackets,
// v4-mapped addresses as plain IPv4, port 0 as a star.
func appendNetstatEnd(dst []byte, s *tcp.Socket, end netip.AddrPort, names listing.Endpoint) []byte {
	switch {
	case names.Host != "":
		dst = typeset.AppendEscaped(dst, names.Host)
	case end.IsValid():
		dst = typeset.AppendAddr(dst, end.Addr().Unmap())
	case s.Family == tcp.IPv6:
		dst = append(dst, "::"...)
	default:
		dst = append(dst, "0.0.0.0"...)
	}
	return appendService(append(dst, ':'), end.Port(), names)
}

// appendService appends a port by its name where one was found, 0 as a star.
func appendService(dst []byte, port uint16, names listing.Endpoint) []byte {
	switch {
	case names.Service != "":
		return typeset.AppendEscaped(dst, names.Service)
	case port == 0:
		return append(dst, '*')
	}
	return typeset.AppendPort(dst, port)
}

// appendNetstatUser appends the user's name where names were asked for. A
// mini-socket has no user and is shown with 0, as in netstat.
func appendNetstatUser(dst []byte, r *listing.Row) []byte {
	if r.User != "" {
		return typeset.AppendEscaped(dst, r.User)
	}
	return strconv.AppendUint(dst, uint64(r.Socket.UID.Or(0)), 10)
}

// programWidth is the room that netstat has for PID/Program name.
const programWidth = 19

// appendProgram appends one of the owners, as PID/name cut to netstat's width.
// The name is argv[0] as it stands, its base name when it is an absolute path.
func appendProgram(dst []byte, r *listing.Row) []byte {
	if len(r.Holders) == 0 {
		return append(dst, '-')
	}
	h := &r.Holders[0]
	name := h.Process.Command
	if strings.HasPrefix(name, "/") {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	cell := strconv.Itoa(int(h.PID)) + "/" + name
	if len(cell) > programWidth {
		cell = cell[:programWidth]
	}
	return typeset.AppendEscaped(dst, cell)
}

var netstatTimers = [...]string{"off", "on", "keepalive", "timewait", "probe"}

// appendNetstatTimer appends name (seconds/retransmissions/probes).
func appendNetstatTimer(dst []byte, t *tcp.Timer) []byte {
	if int(t.Code) < len(netstatTimers) {
		dst = append(dst, netstatTimers[t.Code]...)
	} else {
		dst = strconv.AppendUint(append(dst, "unkn-"...), uint64(t.Code), 10)
	}
	centis := uint64(t.Expires / (10 * time.Millisecond))
	dst = strconv.AppendUint(append(dst, " ("...), centis/100, 10)
	dst = append(dst, '.', byte('0'+centis/10%10), byte('0'+centis%10), '/')
	dst = strconv.AppendUint(dst, uint64(t.Retransmits), 10)
	dst = strconv.AppendUint(append(dst, '/'), uint64(t.Probes), 10)
	return append(dst, ')')
}
