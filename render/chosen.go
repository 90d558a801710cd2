package render

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tcpstat/internal/spelling"
	"tcpstat/listing"
	"tcpstat/render/typeset"
	"tcpstat/tcp"
)

// Column is one column of a list whose columns were chosen.
type Column struct {
	Name  string
	Needs ColumnNeeds

	title string
	right bool // its values are numbers

	// value appends what a script reads, and nothing where that is not known.
	value func(dst []byte, r *listing.Row) []byte

	// table is the column of the annotated table, columnCount where that has none.
	table column
}

// ColumnNeeds says what a row must carry for a column, beside the socket itself.
type ColumnNeeds struct {
	Owners     bool // Holders
	Details    bool // of their processes
	Info       bool // tcp_info
	Congestion bool // the congestion control algorithm
	Cgroup     bool // Cgroup
	View       bool // conclusions from the socket alone
	Note       bool // conclusions that take listeners and settings
}

// With is what two columns need.
func (n ColumnNeeds) With(other ColumnNeeds) ColumnNeeds {
	return ColumnNeeds{
		Owners:     n.Owners || other.Owners,
		Details:    n.Details || other.Details,
		Info:       n.Info || other.Info,
		Congestion: n.Congestion || other.Congestion,
		Cgroup:     n.Cgroup || other.Cgroup,
		View:       n.View || other.View,
		Note:       n.Note || other.Note,
	}
}

// Absent values in a column: what is not there, and what the source did not tell
// is unknownWord.
const noneWord = "none"

// chosenColumns are the columns but for those of tcp_info, notes in a language.
func chosenColumns(lang tcp.Lang) []Column {
	return []Column{
		{Name: "state", table: stateColumn, value: func(dst []byte, r *listing.Row) []byte { return append(dst, r.Socket.State.String()...) }},
		{Name: "namespace", table: namespaceColumn, value: appendNamespaceValue},
		{Name: "recvq", table: recvColumn, right: true, value: appendRecvQueue},
		{Name: "sendq", table: sendColumn, right: true, value: appendSendValue},
		{Name: "local", table: localColumn, value: func(dst []byte, r *listing.Row) []byte { return appendEndValue(dst, r.Socket.Local, r.Local) }},
		{Name: "remote", table: remoteColumn, value: func(dst []byte, r *listing.Row) []byte { return appendEndValue(dst, r.Socket.Remote, r.Remote) }},
		{Name: "timer", table: timerColumn, value: func(dst []byte, r *listing.Row) []byte { return append(dst, r.Socket.Timer.Kind.String()...) }},
		{Name: "process", table: ownerColumn, Needs: ColumnNeeds{Owners: true}, value: appendProcessValue},
		{Name: "user", table: userColumn, value: appendUserValue},
		{Name: "inode", table: inodeColumn, right: true, value: appendInodeValue},
		{Name: "age", table: ageColumn, Needs: ColumnNeeds{Info: true, View: true}, value: appendAgeValue},
		{Name: "interface", table: interfaceColumn, value: appendInterfaceValue},
		{Name: "cookie", table: cookieColumn, value: appendCookieValue},
		textColumn("family", "Family", ColumnNeeds{}, func(r *listing.Row) string { return r.Socket.Family.String() }),
		textColumn("opener", "Opener", ColumnNeeds{Note: true}, func(r *listing.Row) string { return r.View.Opener.String() }),
		textColumn("closer", "Closer", ColumnNeeds{View: true}, func(r *listing.Row) string { return r.View.Closer.String() }),
		textColumn("ownership", "Ownership", ColumnNeeds{View: true}, func(r *listing.Row) string { return r.View.Ownership.String() }),
		textColumn("verdict", "Verdict", ColumnNeeds{View: true}, func(r *listing.Row) string {
			if r.View.Verdict == tcp.NoVerdict {
				return noneWord
			}
			return r.View.Verdict.String()
		}),
		textColumn("congestion", "Congestion", ColumnNeeds{Congestion: true}, func(r *listing.Row) string { return r.Socket.Congestion }),
		textColumn("cgroup", "Cgroup", ColumnNeeds{Cgroup: true}, func(r *listing.Row) string { return cgroupWord(r, r.Cgroup.Path) }),
		textColumn("unit", "Unit", ColumnNeeds{Cgroup: true}, func(r *listing.Row) string { return cgroupWord(r, r.Cgroup.Unit) }),
		textColumn("container", "Container", ColumnNeeds{Cgroup: true}, func(r *listing.Row) string { return cgroupWord(r, r.Cgroup.Container) }),
		detailColumn("exe", "Executable", exeOf),
		detailColumn("cmdline", "Command line", cmdlineOf),
		detailColumn("euser", "Process user", userOf),
		detailColumn("started", "Started", startedOf),
		{Name: noteName, title: "Note", table: columnCount, Needs: ColumnNeeds{Note: true}, value: func(dst []byte, r *listing.Row) []byte {
			if r.Note.Empty() {
				return append(dst, noneWord...)
			}
			return r.Note.Append(dst, lang)
		}},
	}
}

// cgroupWord is a name in a socket's cgroup. A mini-socket has no cgroup, and one
// that is known may have neither unit nor container.
func cgroupWord(r *listing.Row, name string) string {
	if name == "" && (r.Socket.Mini || r.Cgroup.Path != "") {
		return noneWord
	}
	return name
}

// appendNamespaceValue appends the name of the namespace in a list over all.
func appendNamespaceValue(dst []byte, r *listing.Row) []byte {
	if r.Namespace == nil {
		return append(dst, noneWord...)
	}
	return typeset.AppendEscaped(dst, r.Namespace.Name)
}

// noteName is the column that the terminal sets apart.
const noteName = "note"

// textColumn is a column of words that the annotated table does not have.
func textColumn(name, title string, needs ColumnNeeds, word func(r *listing.Row) string) Column {
	return Column{
		Name: name, title: title, Needs: needs, table: columnCount,
		value: func(dst []byte, r *listing.Row) []byte { return typeset.AppendEscaped(dst, word(r)) },
	}
}

// infoColumn is the column of a field of tcp_info.
func infoColumn(f tcp.InfoField) Column {
	key := tcp.InfoFields[f].Key
	return Column{
		Name: key, title: key, right: true, table: columnCount, Needs: ColumnNeeds{Info: true},
		value: func(dst []byte, r *listing.Row) []byte {
			if v, known := r.Socket.InfoValue(f); known && r.Socket.Info.Size > 0 {
				return strconv.AppendUint(dst, v, 10)
			}
			return dst
		},
	}
}

// ColumnNames lists the words for --columns, those of tcp_info behind the others.
func ColumnNames() (names, info []string) {
	for _, c := range chosenColumns(tcp.English) {
		names = append(names, c.Name)
	}
	for i := range tcp.InfoFields {
		info = append(info, tcp.InfoFields[i].Key)
	}
	return names, info
}

// FindColumns finds the columns that words name. It gives the first word that
// names none, and the name that was probably meant.
func FindColumns(words []string, lang tcp.Lang) (found []Column, unknown, near string) {
	known := chosenColumns(lang)
	for _, word := range words {
		name := strings.ToLower(strings.TrimSpace(word))
		i := slices.IndexFunc(known, func(c Column) bool { return c.Name == name })
		field := slices.IndexFunc(tcp.InfoFields[:], func(d tcp.InfoFieldDoc) bool { return d.Key == name })
		switch {
		case i >= 0:
			found = append(found, known[i])
		case field >= 0:
			found = append(found, infoColumn(tcp.InfoField(field)))
		default:
			return nil, word, nearColumn(name)
		}
	}
	return found, "", ""
}

// nearColumn gives the column that was probably meant: one that is spelled alike,
// or begins like that (rtt of rtt_us).
func nearColumn(name string) string {
	names, info := ColumnNames()
	names = append(names, info...)
	if near := spelling.Nearest(name, names); near != "" || name == "" {
		return near
	}
	for _, known := range names {
		if strings.HasPrefix(known, name) {
			return known
		}
	}
	return ""
}

func appendRecvQueue(dst []byte, r *listing.Row) []byte {
	if r.Socket.State == tcp.Listen {
		return strconv.AppendUint(dst, uint64(r.Socket.Backlog.Used), 10)
	}
	return strconv.AppendUint(dst, uint64(r.Socket.RecvQueue), 10)
}

func appendSendValue(dst []byte, r *listing.Row) []byte {
	s := r.Socket
	if limit, known := s.Backlog.Limit.Get(); s.State == tcp.Listen && known {
		return strconv.AppendUint(dst, uint64(limit), 10)
	} else if s.State == tcp.Listen {
		return dst
	}
	return strconv.AppendUint(dst, uint64(s.SendQueue), 10)
}

// appendEndValue appends an end with the address as JSON has it, IPv6 in
// brackets.
func appendEndValue(dst []byte, end netip.AddrPort, names listing.Endpoint) []byte {
	if !end.IsValid() {
		return append(dst, noneWord...)
	}
	switch {
	case names.Host != "":
		dst = typeset.AppendEscaped(dst, names.Host)
	case end.Addr().Is6():
		dst = append(end.Addr().AppendTo(append(dst, '[')), ']')
	default:
		dst = typeset.AppendAddr(dst, end.Addr())
	}
	dst = append(dst, ':')
	if names.Service != "" {
		return typeset.AppendEscaped(dst, names.Service)
	}
	return typeset.AppendPort(dst, end.Port())
}

func appendProcessValue(dst []byte, r *listing.Row) []byte {
	switch {
	case len(r.Holders) > 0:
		return appendHolders(dst, r.Holders, ",")
	case r.HoldersKnown:
		return append(dst, noneWord...)
	}
	return dst
}

func appendUserValue(dst []byte, r *listing.Row) []byte {
	uid, known := r.Socket.UID.Get()
	switch {
	case r.User != "":
		return typeset.AppendEscaped(dst, r.User)
	case known:
		return strconv.AppendUint(dst, uint64(uid), 10)
	}
	return append(dst, noneWord...)
}

func appendInodeValue(dst []byte, r *listing.Row) []byte {
	if inode, known := r.Socket.Inode.Get(); known {
		return strconv.AppendUint(dst, inode, 10)
	}
	return append(dst, noneWord...)
}

// appendAgeValue appends the lower bound in milliseconds.
func appendAgeValue(dst []byte, r *listing.Row) []byte {
	if age, known := r.View.Age.Min.Get(); known {
		return strconv.AppendInt(dst, age.Milliseconds(), 10)
	}
	return dst
}

func appendInterfaceValue(dst []byte, r *listing.Row) []byte {
	index, known := r.Socket.Interface.Get()
	switch {
	case r.Interface != "":
		return typeset.AppendEscaped(dst, r.Interface)
	case known && index == 0:
		return append(dst, noneWord...)
	}
	return dst
}

func appendCookieValue(dst []byte, r *listing.Row) []byte {
	if cookie, known := r.Socket.Cookie.Get(); known {
		return typeset.AppendHexUint(dst, cookie)
	}
	return dst
}
